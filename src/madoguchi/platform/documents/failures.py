"""A document that could not be made: whatever the reason, nothing of it was released and nothing was recorded as printed."""


class NotPrinted(Exception):
    """The document does not exist. Commands and jobs say the particular reason; a page is answered by `not_printed_pages`."""
