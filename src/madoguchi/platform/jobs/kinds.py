"""The kinds of long work; each app names its own in its `tasks.py`, which every process reads at its start."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.verbs import Outcome, Progress

if TYPE_CHECKING:
    from madoguchi.platform.jobs.models import Job

Work = Callable[[Mapping[str, Any], Progress, Actor], Outcome]


def _no_page(_job: "Job") -> str:
    return ""


def _nothing_to_do(_arguments: Mapping[str, Any]) -> None:
    """Leave everything as it is: most work leaves nothing behind that waits for it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of long work.

    `run(arguments, progress, actor)` does it, tells `progress` how far it is, and returns its outcome; it raises Refusal for what a
    person can put right. With `atomic` (the rule) it runs in one transaction, so that a failure, a kill or a cancel leaves nothing;
    without, it keeps what it has finished and must be able to go on when it is started again. `page_of` leads to the result's page.
    Work that `resumes` is started again by itself when its worker is gone. `given_up` is told, in a transaction of its own, when the
    work failed or was cancelled and nobody will start it again by itself: what waits for the work must not wait for ever.
    """

    code: str
    run: Work
    atomic: bool = True
    page_of: Callable[["Job"], str] = _no_page
    resumes: bool = False
    given_up: Callable[[Mapping[str, Any]], None] = _nothing_to_do


_KINDS: dict[str, Kind] = {}


def job_kind(
    code: str,
    *,
    atomic: bool = True,
    page_of: Callable[["Job"], str] = _no_page,
    resumes: bool = False,
    given_up: Callable[[Mapping[str, Any]], None] = _nothing_to_do,
) -> Callable[[Work], Work]:
    """Declare a function as the work of the kind `code`; raises ValueError when another has that code."""

    def declare(work: Work) -> Work:
        first = _KINDS.setdefault(code, Kind(code, work, atomic, page_of, resumes, given_up))
        if first.run is not work:
            raise ValueError(f"two kinds of jobs are called {code}")
        return work

    return declare


def kind_of(code: str) -> Kind:
    """Return the kind `code`; raises KeyError for one that no installed app names."""
    return _KINDS[code]


def known(code: str) -> Kind | None:
    """Return the kind `code`, or None for one of an older version that no installed app names any more."""
    return _KINDS.get(code)
