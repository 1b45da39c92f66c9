"""外字 of this municipality: what its table and its fonts know, and texts folded by them so that people are found (DL-17)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db import transaction

from madoguchi.delivery.cards import audited
from madoguchi.delivery.cards.models import HOLDS_OWN_CHARACTERS, Card, OwnCharacter
from madoguchi.kernel import names
from madoguchi.kernel.own_characters import points_in, unicode_code, with_substitutes
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents.own_fonts import own_fonts, points_of
from madoguchi.platform.documents.zone_fonts import own_font_folder


def substitutes() -> dict[int, str]:
    """Return the substitute of each own character that has one. One statement."""
    return dict(OwnCharacter.objects.filter(replaced_at__isnull=True).exclude(substitute="").values_list("code_point", "substitute"))


class Known:
    """What can be shown: characters with a shape in a font of ours, and those with a substitute; read when first asked for."""

    @cached_property
    def drawn(self) -> frozenset[int]:
        """The points that our fonts have a shape for."""
        return points_of(own_fonts(own_font_folder()))

    @cached_property
    def substitutes(self) -> dict[int, str]:
        """The substitutes of the table."""
        return substitutes()

    def unknown_in(self, *texts: str) -> list[int]:
        """List the own characters of `texts` that have neither a shape nor a substitute."""
        return [point for point in points_in(texts) if point not in self.drawn and point not in self.substitutes]

    def unknown_on(self, card: Card) -> list[int]:
        """List those of a card's name and address; without own characters nothing is asked of the database."""
        return self.unknown_in(card.name, card.address, card.house)

    def folded(self, text: str) -> str:
        """Return `text` with substitutes in place of own characters, for a search key alone."""
        return with_substitutes(text, self.substitutes) if names.has_gaiji(text) else text


def folding() -> Callable[[str], str]:
    """Return a function that folds as `Known.folded` does, with the table read now: it asks the database for nothing any more."""
    table = substitutes()
    return lambda text: with_substitutes(text, table)


@dataclass(frozen=True, slots=True)
class UnknownOn:
    """A card with characters that cannot be shown, and which."""

    card: Card
    codes: str


def cards_with_unknown() -> list[UnknownOn]:
    """List the cards that letters wait for because nobody knows how a character of theirs looks."""
    known = Known()
    found = Card.objects.filter(HOLDS_OWN_CHARACTERS, progress__in=_LIVE).order_by("pk")
    return [
        UnknownOn(card, " ".join(unicode_code(point) for point in points))
        for card in found.iterator()
        if (points := known.unknown_on(card))
    ]


_LIVE = ("applied", "ordered", "arrived", "inspected", "preset")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a table: the code point, its substitute (or none), and what is said of it."""

    code_point: int
    substitute: str
    note: str


@transaction.atomic
def write_entries(entries: Sequence[Entry], actor: Actor, *, second: str) -> int:
    """Put entries into force as new versions; the same entry again changes nothing. Search keys follow. Returns how many changed."""
    before = {
        row.code_point: row
        for row in OwnCharacter.objects.select_for_update().filter(
            replaced_at__isnull=True, code_point__in=[entry.code_point for entry in entries]
        )
    }
    changed = [entry for entry in entries if _differs(before.get(entry.code_point), entry)]
    if not changed:
        return 0
    OwnCharacter.objects.filter(pk__in=[before[entry.code_point].pk for entry in changed if entry.code_point in before]).update(
        replaced_at=clock.now()
    )
    OwnCharacter.objects.bulk_create(
        OwnCharacter(
            code_point=entry.code_point,
            version=before[entry.code_point].version + 1 if entry.code_point in before else 1,
            substitute=entry.substitute,
            note=entry.note,
            made_by=actor.user_id,
            second=second,
        )
        for entry in changed
    )
    refold()
    codes = [unicode_code(entry.code_point) for entry in changed]
    record(actor, audited.CHANGE_CHARACTERS, content={"changed": len(changed), "codes": codes[:50], "second": second})
    return len(changed)


def differing(entries: Iterable[Entry]) -> tuple[int, int]:
    """Return how many of `entries` are new and how many differ from what is in force."""
    before = {row.code_point: row for row in OwnCharacter.objects.filter(replaced_at__isnull=True)}
    listed = list(entries)
    new = sum(entry.code_point not in before for entry in listed)
    return new, sum(_differs(before.get(entry.code_point), entry) for entry in listed) - new


def _differs(row: OwnCharacter | None, entry: Entry) -> bool:
    return row is None or (row.substitute, row.note) != (entry.substitute, entry.note)


def refold() -> int:
    """Make the search keys of every card with own characters anew by the table in force; names and addresses stay as they came."""
    known, changed = Known(), []
    for card in Card.objects.filter(HOLDS_OWN_CHARACTERS).only("pk", "name", "address", "name_key", "address_key").iterator():
        keys = names.search_key(known.folded(card.name)), names.search_key(known.folded(card.address))
        if keys != (card.name_key, card.address_key):
            card.name_key, card.address_key = keys
            changed.append(card)
    Card.objects.bulk_update(changed, ["name_key", "address_key"], batch_size=1000)
    return len(changed)


def in_force() -> Mapping[int, OwnCharacter]:
    """Return the table in force by code point."""
    return {row.code_point: row for row in OwnCharacter.objects.filter(replaced_at__isnull=True)}
