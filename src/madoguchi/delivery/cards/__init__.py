"""The register of cards and their life cycle."""
