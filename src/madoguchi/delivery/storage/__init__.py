"""Where each card lies and who has it."""
