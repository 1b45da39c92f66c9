"""Addresses of the sign-in and of accounts."""

from django.urls import path

from madoguchi.platform.accounts import (
    administration,
    duty_pages,
    review_pages,
    screen_list_pages,
    screen_lock_pages,
    security_key_pages,
    training_pages,
    views,
)

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in_page, name="sign-in"),
    path("sign-in/code/", views.confirm_code_page, name="confirm-code"),
    path("sign-in/key/", security_key_pages.confirm_key, name="confirm-key"),
    path("sign-in/enrol/", views.enrol_page, name="enrol"),
    path("sign-in/enrol/key/", security_key_pages.enrol_key, name="enrol-key"),
    path("sign-out/", views.sign_out_page, name="sign-out"),
    path("preferences/", views.preferences_page, name="preferences"),
    path("duty/", duty_pages.duty_page, name="duty"),
    path("screens/", screen_list_pages.screens_page, name="screens"),
    path("lock/", screen_lock_pages.lock_screen, name="lock-screen"),
    path("lock/open/", screen_lock_pages.open_screen, name="open-screen"),
    path("lock/still-there/", screen_lock_pages.still_there, name="still-there"),
    path("lock/time/", screen_lock_pages.lock_time_page, name="lock-time"),
    path("practice/", training_pages.practice_page, name="practice"),
    path("password/", views.password_page, name="password"),
    path("security-keys/", security_key_pages.keys_page, name="keys"),
    path("security-keys/add/", security_key_pages.add_key, name="add-key"),
    path("security-keys/remove/", security_key_pages.remove_key, name="remove-key"),
    path("accounts/", administration.list_page, name="list"),
    path("accounts/training/", training_pages.training_site_page, name="training-site"),
    path("accounts/roles/", administration.roles_page, name="roles"),
    path("accounts/new/", administration.create_page, name="create"),
    path("accounts/reviews/", review_pages.reviews_page, name="reviews"),
    path("accounts/reviews/begin/", review_pages.begin_review, name="begin-review"),
    path("accounts/reviews/<int:pk>/", review_pages.review_page, name="review"),
    path("accounts/reviews/<int:pk>/decide/", review_pages.decide, name="decide-review"),
    path("accounts/reviews/<int:pk>/close/", review_pages.close_review, name="close-review"),
    path("accounts/reviews/<int:pk>/print/", review_pages.print_review, name="print-review"),
    path("accounts/<int:pk>/", administration.account_page, name="account"),
    path("accounts/<int:pk>/role/", administration.request_role, name="request-role"),
    path("accounts/<int:pk>/role/withdraw/", administration.request_withdrawal, name="request-withdrawal"),
    path("accounts/<int:pk>/factor/", administration.request_factor_removal, name="request-factor-removal"),
    path("accounts/<int:pk>/key/", administration.remove_lost_key, name="remove-lost-key"),
    path("accounts/<int:pk>/password/", administration.issue_password, name="issue-password"),
    path("accounts/<int:pk>/unlock/", administration.unlock, name="unlock"),
    path("accounts/<int:pk>/close/", administration.close, name="close"),
]
