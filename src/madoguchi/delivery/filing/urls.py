"""Addresses of the filing. None of them carries a personal value."""

from django.urls import path

from madoguchi.delivery.filing.views import documents

app_name = "filing"
urlpatterns = [
    path("", documents.list_page, name="list"),
    path("search/", documents.search_page, name="search"),
    path("find/", documents.find, name="find"),
    path("cards/<int:pk>/", documents.card_page, name="card"),
    path("cards/<int:pk>/covers/", documents.covers, name="covers"),
    path("<int:pk>/", documents.document_page, name="document"),
    path("<int:pk>/class/", documents.change_class, name="change-class"),
    path("pages/<int:pk>/image/", documents.image, name="image"),
    path("pages/<int:pk>/thumb/", documents.thumb, name="thumb"),
    path("pages/<int:pk>/turn/", documents.turn, name="turn"),
    path("pages/<int:pk>/move/", documents.move, name="move"),
]
