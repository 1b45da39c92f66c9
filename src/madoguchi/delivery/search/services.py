"""Searching, on record. The log keeps the terms only as keyed digests: who looked for whom can be proved to somebody who knows the
name, and a reader of the log learns no name from it (SF-04, SF-11).
"""

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from madoguchi.delivery.cards.services import reason_to_reveal
from madoguchi.delivery.search import audited, queries
from madoguchi.delivery.search.terms import Terms
from madoguchi.platform import clock
from madoguchi.platform.accounts import reveals
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.queries import reading_as_auditor
from madoguchi.platform.audit.services import record
from madoguchi.platform.secrets import read

_CARDS_NOTED = 20
TRACES_SHOWN = 500
_DIGEST_SIGNS = 16


def keyed(part: str, folded: str) -> str:
    """Return the digest of a folded search term: equal for equal terms of one zone, and no way back without its secret."""
    message = f"madoguchi search {part}\0{folded}".encode()
    return hmac.digest(read("pepper"), message, hashlib.sha256).hex()[:_DIGEST_SIGNS]


@transaction.atomic
def search_people(terms: Terms, actor: Actor) -> queries.Found:
    """Search and record it: which parts were given, their digests, how many and which cards were found."""
    found = queries.people(terms)
    content = _content(terms) | {"found": len(found.hits), "cut": found.is_cut}
    content["cards"] = [hit.card_pk for hit in found.hits[:_CARDS_NOTED]]
    record(actor, audited.SEARCH_PEOPLE, content=content)
    return found


def record_refused(terms: Terms, actor: Actor) -> None:
    """Record a search that was refused because too little was given."""
    record(actor, audited.SEARCH_PEOPLE, content=_content(terms), result=Result.REFUSED)


def record_reveal(card_pk: int, actor: Actor, *, reason: str = "") -> None:
    """Record that one hit is shown in full, and count it for the person; raises NotAllowed as `reason_to_reveal` does."""
    reveals.record_reveal(actor, audited.REVEAL_PERSON, subject=f"card:{card_pk}", reason=reason_to_reveal(reason))


def _content(terms: Terms) -> dict[str, object]:
    return {"terms": {part: keyed(part, folded) for part, folded in terms.folded().items()}, "counted": list(terms.counted)}


@dataclass(frozen=True, slots=True)
class Traced:
    """A search in the log that used one of the terms: when, by whom, with which parts, how many were found."""

    at: dt.datetime
    user_id: str
    user_name: str
    section: str
    parts: tuple[str, ...]
    matched: tuple[str, ...]
    found: int | None


def trace(terms: Terms, first: dt.date, last: dt.date, actor: Actor) -> list[Traced]:
    """Return the searches of some days that used any of the given terms, newest first; that somebody asked is on record as well.

    The log holds no name, only keyed digests: the same digest is made of what the auditor types, and compared (SF-04).
    """
    wanted = {part: keyed(part, folded) for part, folded in terms.folded().items()}
    record(actor, audited.TRACE, content={"terms": wanted, "first": first.isoformat(), "last": last.isoformat()})
    start = dt.datetime.combine(first, dt.time(), clock.TOKYO)
    end = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), clock.TOKYO)
    any_of = Q()
    for part, digest in wanted.items():
        any_of |= Q(content__terms__contains={part: digest})
    with reading_as_auditor() as alias:
        events = AuditEvent.objects.using(alias).filter(any_of, at__gte=start, at__lt=end, process_code=audited.SEARCH_PEOPLE.code)
        found = list(events.order_by("-pk")[:TRACES_SHOWN])
    return [_traced(event, wanted) for event in found]


def _traced(event: AuditEvent, wanted: dict[str, str]) -> Traced:
    used: dict[str, str] = event.content.get("terms", {})
    matched = tuple(part for part, digest in used.items() if wanted.get(part) == digest)
    return Traced(event.at, event.user_id, event.user_name, event.section, tuple(used), matched, event.content.get("found"))
