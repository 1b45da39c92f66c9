"""Addresses of visits without stock."""

from django.urls import path

from madoguchi.delivery.procedures import views

app_name = "procedures"
urlpatterns = [
    path("", views.board, name="board"),
    path("figures/", views.figures, name="figures"),
    path("figures/<int:year>-<int:month>.xlsx", views.figures_file, name="figures-file"),
    path("<int:pk>/", views.visit_page, name="visit"),
    path("<int:pk>/start/", views.start, name="start"),
    path("<int:pk>/case/", views.case, name="case"),
    path("<int:pk>/documents/", views.documents, name="documents"),
    path("<int:pk>/finish/", views.finish, name="finish"),
    path("<int:pk>/left/", views.left, name="left"),
]
