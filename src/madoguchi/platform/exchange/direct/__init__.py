"""Direct transport between joined zones (EX-05): the same sealed files over mutually authenticated TLS; the core zone calls, always."""
