"""Pages of the filing."""
