"""The public pages, by the part of the way they belong to."""
