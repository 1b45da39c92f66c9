"""The Internet zone's domain: calendars, bookings, citizens' pages and the desk. It knows numbers, never names."""
