"""Bookings matched to persons."""
