"""Work queues: which cards wait for what, lists of them with saved filters, acts on many of them, and the first page of each role."""
