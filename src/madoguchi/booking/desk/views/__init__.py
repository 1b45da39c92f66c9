"""The staff pages, by subject."""
