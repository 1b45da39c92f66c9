"""Long work with a page of its own: queued, running with progress, done."""
