"""The process of the core zone."""
