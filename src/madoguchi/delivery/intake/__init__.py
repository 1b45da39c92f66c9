"""Card lists taken in, boxes opened, cards inspected."""
