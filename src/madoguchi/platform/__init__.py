"""What every zone installs: accounts, approvals, audit, exchange, jobs, documents, ui."""
