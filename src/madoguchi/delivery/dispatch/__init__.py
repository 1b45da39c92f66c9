"""Letters and their dispatch."""
