"""Keeping guessers, scanners and grabbers out without locking anybody out."""
