"""監査の道具: how personal data were used, what is unusual about it, and the operation log as a signed file (S29)."""
