"""Addresses of the disposal."""

from django.urls import path

from madoguchi.delivery.disposal import views

app_name = "disposal"
urlpatterns = [
    path("", views.home, name="home"),
    path("make/", views.make, name="make"),
    path("<int:pk>/", views.batch_page, name="batch"),
    path("<int:pk>/request/", views.ask, name="request"),
    path("<int:pk>/scan/", views.scan, name="scan"),
    path("<int:pk>/carry-out/", views.carry_out, name="carry-out"),
    path("<int:pk>/items/<int:item>/", views.leave_out, name="leave-out"),
    path("<int:pk>/certificate/", views.certificate, name="certificate"),
]
