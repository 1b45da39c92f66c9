"""madoguchi 窓口: booking and delivery of My Number Cards, in two network zones that never touch."""
