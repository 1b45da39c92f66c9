"""The operation log: who did or saw what, when, from where; written with the act, never changed."""
