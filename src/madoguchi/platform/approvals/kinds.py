"""The kinds of acts that a second person approves; each app names its own in its `approvable.py`."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from madoguchi.platform.accounts.rights import Right
from madoguchi.platform.audit.actors import Actor

if TYPE_CHECKING:
    from madoguchi.platform.approvals.models import Approval


def _nothing_follows(_approval: "Approval", _actor: Actor) -> None:
    """A rejected or withdrawn act that left nothing to clear away."""


def _no_facts(_approval: "Approval") -> Sequence[tuple[str, Sequence[str]]]:
    return ()


def _no_page(_approval: "Approval") -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of act.

    `right` is what the approver must hold. `carry_out(approval, actor)` does the act in the transaction of the decision: when it raises
    Refusal, nothing is decided. `give_up` follows a rejection or withdrawal in the same way. `page_of` returns the address at which
    the approver sees what is to be done, or an empty string; `facts_of` says it on the page of the request itself, as terms with lines.
    """

    code: str
    name: str
    right: Right
    carry_out: Callable[["Approval", Actor], None]
    give_up: Callable[["Approval", Actor], None] = _nothing_follows
    page_of: Callable[["Approval"], str] = _no_page
    facts_of: Callable[["Approval"], Sequence[tuple[str, Sequence[str]]]] = _no_facts


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits for a second person and is decided on a page of its own."""

    title: str
    requested_by: str
    requested_at: dt.datetime
    address: str


@dataclass(frozen=True, slots=True)
class Queue:
    """Things of an app that wait for somebody with `right` and are decided on the app's own pages; `waiting` reads them, oldest first."""

    code: str
    name: str
    right: Right
    waiting: Callable[[], Sequence[Waiting]]


_KINDS: dict[str, Kind] = {}
_QUEUES: dict[str, Queue] = {}


def register_queue(queue: Queue) -> Queue:
    """Make `queue` known; raises ValueError when its code is taken by another."""
    known = _QUEUES.setdefault(queue.code, queue)
    if known != queue:
        raise ValueError(f"two queues of approvals are called {queue.code}")
    return queue


def queues_decided_with(rights: set[str]) -> list[Queue]:
    """Return the queues whose things somebody with these right codes may decide."""
    return [queue for _code, queue in sorted(_QUEUES.items()) if queue.right.code in rights]


def register(kind: Kind) -> Kind:
    """Make `kind` known; raises ValueError when its code is taken by another."""
    known = _KINDS.setdefault(kind.code, kind)
    if known != kind:
        raise ValueError(f"two kinds of approvals are called {kind.code}")
    return kind


def kind_of(code: str) -> Kind:
    """Return the kind `code`; raises KeyError for one that no installed app names."""
    return _KINDS[code]


def known_kinds() -> list[str]:
    """Return the codes of all kinds that the installed apps name."""
    return sorted(_KINDS)


def kinds_decided_with(rights: set[str]) -> list[str]:
    """Return the codes of the kinds that somebody with these right codes may decide."""
    return sorted(code for code, kind in _KINDS.items() if kind.right.code in rights)
