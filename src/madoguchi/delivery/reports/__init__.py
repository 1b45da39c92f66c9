"""Reports: what happened in a period, what waits how long, how many of those who were told have come; every number with its list."""
