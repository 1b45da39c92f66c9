"""The kinds of acts that a second person approves; each app names its own in its `approvable.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from madoguchi.platform.accounts.rights import Right
from madoguchi.platform.audit.actors import Actor

if TYPE_CHECKING:
    from madoguchi.platform.approvals.models import Approval


def _nothing_follows(_approval: "Approval", _actor: Actor) -> None:
    """A rejected or withdrawn act that left nothing to clear away."""


def _no_page(_approval: "Approval") -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of act.

    `right` is what the approver must hold. `carry_out(approval, actor)` does the act in the transaction of the decision: when it raises
    Refusal, nothing is decided. `give_up` follows a rejection or withdrawal in the same way. `page_of` returns the address at which
    the approver sees what is to be done, or an empty string.
    """

    code: str
    name: str
    right: Right
    carry_out: Callable[["Approval", Actor], None]
    give_up: Callable[["Approval", Actor], None] = _nothing_follows
    page_of: Callable[["Approval"], str] = _no_page


_KINDS: dict[str, Kind] = {}


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
