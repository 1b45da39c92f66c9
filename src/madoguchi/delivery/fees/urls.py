"""Addresses of fees."""

from django.urls import path

from madoguchi.delivery.fees import views

app_name = "fees"
urlpatterns = [
    path("", views.home, name="home"),
    path("open/", views.open_drawer, name="open"),
    path("drawers/", views.drawers, name="drawers"),
    path("table/", views.table, name="table"),
    path("report/", views.report, name="report"),
    path("report/<str:day>.<str:form>", views.report_file, name="report-file"),
    path("days/<int:pk>/", views.drawer_day, name="drawer-day"),
    path("entries/<int:pk>/", views.entry_page, name="entry"),
    path("entries/<int:pk>/receipt/", views.receipt, name="receipt"),
]
