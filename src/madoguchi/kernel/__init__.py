"""Ground floor: the notions of the field in pure Python, without framework, database or clock."""
