"""Fees: dated amounts, payments with running numbers, refunds, and the daily settlement of every drawer."""
