"""Addresses of the municipality's own characters."""

from django.urls import path

from madoguchi.delivery.characters import views

app_name = "characters"
urlpatterns = [
    path("", views.table_page, name="table"),
    path("save/", views.save, name="save"),
    path("table.csv", views.export, name="export"),
    path("import/", views.import_page, name="import"),
    path("import/apply/", views.apply, name="apply"),
    path("font/", views.font_page, name="font-page"),
    path("unknown/", views.unknown_page, name="unknown"),
    path("<int:point>/", views.character, name="character"),
    path("style/<slug:digest>.css", views.style, name="style"),
    path("font/<slug:digest>/", views.font, name="font"),
]
