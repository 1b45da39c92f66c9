"""Mail to citizens: outbox, delivery, calendar entries."""
