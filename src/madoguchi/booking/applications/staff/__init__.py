"""Staff pages of the forms: what is asked, and look-ups that were locked."""
