"""The municipality's settings and texts."""
