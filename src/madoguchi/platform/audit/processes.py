"""The vocabulary of the operation log: process codes with their names and classes.

Every app names its processes as constants in its own `audited.py`; the log keeps code, name and class of each event
(処理コード, 処理名, 処理分類: seed 003 (5), SF-11).
"""

import enum
from dataclasses import dataclass


class ProcessClass(enum.StrEnum):
    """処理分類."""

    SIGN_IN = "sign_in"
    VIEW = "view"
    SEARCH = "search"
    CHANGE = "change"
    APPROVE = "approve"
    IMPORT = "import"
    EXPORT = "export"
    PRINT = "print"
    ADMINISTER = "administer"
    AUTOMATIC = "automatic"


class Result(enum.StrEnum):
    """How it ended; refused attempts are recorded as well (seed 002 Ⅲ.5R1)."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Process:
    """One kind of act: 処理コード, 処理名, 処理分類."""

    code: str
    name: str
    kind: ProcessClass
