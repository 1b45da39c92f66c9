"""移行: the stock of the day on which the product begins, taken over from a spreadsheet and signed off by a full stock-taking."""
