"""Pages of mail: the demo's mailbox, the send log, whom no mail reaches, and the texts."""
