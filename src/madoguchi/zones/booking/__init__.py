"""The process of the Internet zone."""
