"""The counter: visit, checks, hand-over."""
