"""Reconciliation: what the terminal's lists say, where that differs from what was done here, and the day's sign-off."""
