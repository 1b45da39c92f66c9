"""Booking numbers, identification, holds and bookings."""
