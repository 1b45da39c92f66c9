"""Addresses for tests of single services: the booking zone's; tests of delivery pages name that zone's addresses."""

from madoguchi.zones.booking.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
