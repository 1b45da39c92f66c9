"""Addresses of letters."""

from django.urls import path

from madoguchi.delivery.dispatch import views

app_name = "dispatch"
urlpatterns = [
    path("", views.list_page, name="list"),
    path("history/", views.history_page, name="history"),
    path("text/", views.text_page, name="text"),
    path("text/sample/", views.sample_pdf, name="sample"),
    path("<uuid:pk>/", views.batch_page, name="batch"),
    path("<uuid:pk>/pdf/", views.open_pdf, name="pdf"),
    path("<uuid:pk>/sent/", views.mark_sent, name="sent"),
    path("<uuid:pk>/clear/", views.clear_stop, name="clear"),
]
