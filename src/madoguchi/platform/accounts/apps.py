from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "madoguchi.platform.accounts"
    label = "accounts"
