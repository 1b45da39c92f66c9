"""Addresses of the sign-in and of accounts."""

from django.urls import path

from madoguchi.platform.accounts import views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in_page, name="sign-in"),
    path("sign-in/code/", views.confirm_code_page, name="confirm-code"),
    path("sign-in/enrol/", views.enrol_page, name="enrol"),
    path("sign-out/", views.sign_out_page, name="sign-out"),
    path("password/", views.password_page, name="password"),
]
