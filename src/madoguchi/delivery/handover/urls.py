"""Addresses of the counter."""

from django.urls import path

from madoguchi.delivery.handover import views

app_name = "handover"
urlpatterns = [
    path("", views.board, name="board"),
    path("receive/", views.receive_page, name="receive"),
    path("<int:pk>/", views.encounter_page, name="encounter"),
    path("<int:pk>/sleeve/", views.sleeve, name="sleeve"),
    path("<int:pk>/notice/", views.notice, name="notice"),
    path("<int:pk>/without-notice/", views.without_notice, name="without-notice"),
    path("<int:pk>/documents/", views.documents, name="documents"),
    path("<int:pk>/fee/", views.fee, name="fee"),
    path("<int:pk>/deliver/", views.deliver, name="deliver"),
    path("<int:pk>/refuse/", views.refuse_page, name="refuse"),
]
