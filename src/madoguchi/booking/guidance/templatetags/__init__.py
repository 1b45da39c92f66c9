"""Tags of the guidance for pages and mails of other apps."""
