"""Visits without a card in stock: certificates, 暗証番号, entries on the card, suspensions, returned cards (DL-31)."""
