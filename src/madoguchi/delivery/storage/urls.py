"""Addresses of storage."""

from django.urls import path

from madoguchi.delivery.storage import views

app_name = "storage"
urlpatterns = [
    path("", views.boxes_page, name="boxes"),
    path("boxes/<str:code>/label/", views.box_label, name="label"),
    path("boxes/new/", views.new_box, name="new-box"),
    path("put/", views.put_page, name="put"),
    path("pick-list/", views.pick_list_page, name="pick-list"),
    path("pick-list/<str:day>/take/", views.take_out, name="take"),
]
