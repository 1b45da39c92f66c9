"""Addresses of the work queues."""

from django.urls import path

from madoguchi.delivery.queues import views

app_name = "queues"
urlpatterns = [
    path("", views.home, name="home"),
    path("numbers/", views.home_live, name="home-live"),
    path("queues/numbers/", views.list_live, name="list-live"),
    path("queues/", views.list_page, name="list"),
    path("queues/save/", views.save, name="save"),
    path("queues/filters/<int:pk>/remove/", views.remove, name="remove"),
    path("queues/columns/", views.columns_page, name="columns"),
    path("queues/export/", views.export, name="export"),
    path("queues/bulk/", views.bulks_page, name="bulks"),
    path("queues/keep/", views.keep, name="keep"),
    path("queues/cards/<int:pk>/", views.look, name="look"),
    path("queues/take/", views.take, name="take"),
    path("queues/let-go/", views.let_go, name="let-go"),
    path("queues/bulk/prepare/", views.prepare, name="prepare"),
    path("queues/bulk/<int:pk>/", views.bulk_page, name="bulk"),
    path("queues/bulk/<int:pk>/confirm/", views.confirm, name="confirm"),
    path("queues/bulk/<int:pk>/undo/", views.undo, name="undo"),
]
