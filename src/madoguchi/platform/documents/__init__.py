"""Printed papers: layouts, fonts, barcodes, and the check of each sheet before release."""
