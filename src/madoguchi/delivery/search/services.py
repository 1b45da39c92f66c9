"""Searching, on record. The log keeps the terms only as keyed digests: who looked for whom can be proved to somebody who knows the
name, and a reader of the log learns no name from it (SF-04, SF-11).
"""

import hashlib
import hmac

from django.db import transaction

from madoguchi.delivery.search import audited, queries
from madoguchi.delivery.search.terms import Terms
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.secrets import read

_CARDS_NOTED = 20
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


def record_reveal(card_pk: int, actor: Actor) -> None:
    """Record that one hit was shown in full."""
    record(actor, audited.REVEAL_PERSON, subject=f"card:{card_pk}")


def _content(terms: Terms) -> dict[str, object]:
    return {"terms": {part: keyed(part, folded) for part, folded in terms.folded().items()}, "counted": list(terms.counted)}
