from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "madoguchi.platform.exchange"
    label = "exchange"
