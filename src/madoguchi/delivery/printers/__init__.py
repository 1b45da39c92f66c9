"""Printers: how far each lies off, where its sheet of labels goes on, and the sheet by which both are measured (S20)."""
