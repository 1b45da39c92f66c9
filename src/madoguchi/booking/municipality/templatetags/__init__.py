"""Tags for what a municipality says in its own words."""
