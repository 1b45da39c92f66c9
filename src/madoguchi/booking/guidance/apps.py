from django.apps import AppConfig


class GuidanceConfig(AppConfig):
    name = "madoguchi.booking.guidance"
    label = "guidance"
