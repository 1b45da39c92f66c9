"""Addresses of the applications' pages. None of them carries a personal value."""

from django.urls import path

from madoguchi.delivery.applications import views

app_name = "received"
urlpatterns = [
    path("", views.list_page, name="list"),
    path("search/", views.search_page, name="search"),
    path("print/", views.print_list, name="print-list"),
    path("<int:pk>/", views.application_page, name="application"),
    path("<int:pk>/print/", views.print_one, name="print"),
    path("<int:pk>/stage/", views.set_stage, name="stage"),
    path("<int:pk>/message/", views.send_message, name="message"),
    path("<int:pk>/cancel/", views.order_cancellation, name="cancel"),
    path("<int:pk>/move/", views.order_move, name="move"),
]
