"""持ち物案内: what a person has to bring, by the nation's dated rules and the municipality's own (BK-09)."""
