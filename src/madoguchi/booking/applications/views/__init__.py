"""The forms' pages: asking for a time, and what the person may do with it afterwards."""
