from django.apps import AppConfig


class CalendarConfig(AppConfig):
    name = "madoguchi.booking.calendar"
    label = "calendar"
