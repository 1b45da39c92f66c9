"""外字: the pages of the municipality's own characters, its font, and how staff's pages show them."""
