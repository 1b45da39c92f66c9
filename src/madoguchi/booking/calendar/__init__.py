"""Places, opening rules, closures and the slots that they make."""
