"""The database under a zone: the embedded cluster, the roles and what each may do."""
