from django.apps import AppConfig


class RegistrationConfig(AppConfig):
    name = "madoguchi.delivery.registration"
    label = "registration"
