"""The staff pages of the booking zone."""
