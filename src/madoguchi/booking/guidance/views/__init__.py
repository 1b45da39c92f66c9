"""The pages: the questions for everybody, the rules for staff."""
