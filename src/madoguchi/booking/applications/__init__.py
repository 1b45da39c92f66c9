"""Bookings that are asked for by a form: questions, sealed answers, look-up, and what the delivery zone orders."""
