from django.apps import AppConfig


class ReservationsConfig(AppConfig):
    name = "madoguchi.booking.reservations"
    label = "reservations"
