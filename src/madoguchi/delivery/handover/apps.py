from django.apps import AppConfig


class HandoverConfig(AppConfig):
    name = "madoguchi.delivery.handover"
    label = "handover"
