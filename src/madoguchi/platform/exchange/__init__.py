"""Sealed files between the zones: keys, streams, media ledger, receipts."""
