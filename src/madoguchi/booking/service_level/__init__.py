"""How well the site answers, measured, against what was agreed (BS-09, BS-13)."""
