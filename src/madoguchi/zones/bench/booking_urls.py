"""Every address of the booking zone, and the reference views."""

from django.urls import path

from madoguchi.zones.bench.booking_reference import constant, reference
from madoguchi.zones.booking.urls import handler400, handler403, handler404, handler500
from madoguchi.zones.booking.urls import urlpatterns as booking_patterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [*booking_patterns, path("bench/reference/", reference), path("bench/constant/<int:size>/", constant)]
