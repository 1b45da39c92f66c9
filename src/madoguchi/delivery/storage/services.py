"""Moving cards by scan. Every move is an act on the card with its own event: who has it now, and where."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards import services as card_services
from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.storage import audited, queries
from madoguchi.delivery.storage.models import Box
from madoguchi.kernel.labels import BOX_LETTER, own_code
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

_ATTEMPTS = 5


class NoSuchSleeve(Exception):
    """No card has the scanned sleeve code."""


class NotWanted(Exception):
    """The scanned card is not on the pick list, or may not be fetched."""


class BoxFull(Exception):
    """Every slot of the box holds a card."""


class BoxExists(Exception):
    """The safe has a box of that name already."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a card was put; `already` says that it was there before the scan and nothing changed."""

    card: Card
    slot: str
    already: bool = False


@transaction.atomic
def make_box(site: DeliveryPlace, safe: str, name: str, slots: int, actor: Actor) -> Box:
    """Register a box and give it the code for its label. Raises BoxExists."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('storage_box', 'id'))")
        (number,) = cursor.fetchone()
    try:
        with transaction.atomic():
            box = Box.objects.create(pk=number, site=site, safe=safe, name=name, slots=slots, code=own_code(BOX_LETTER, number))
    except IntegrityError:
        raise BoxExists from None
    record(actor, audited.MAKE_BOX, subject=f"box:{box.code}", content={"site": site.code, "slots": slots})
    return box


class SlotTaken(Exception):
    """Another card is in the slot that was scanned."""


def put_in_box(sleeve: str, box: Box, actor: Actor, *, slot: str = "") -> Stored:
    """Put the scanned card into `slot` of `box`, or into the first free one.

    Two clerks who fill one box never get one slot: the database has one card in a slot, and the slower one takes the next.
    Raises NoSuchSleeve, BoxFull, SlotTaken, and NotAllowed or Conflict of the register.
    """
    card = _by_sleeve(sleeve)
    in_this_box = (card.site_id, card.safe, card.box) == (box.site_id, box.safe, box.name)
    if card.place_kind == rules.PlaceKind.STORED and in_this_box and slot in {"", card.slot}:
        return Stored(card, card.slot, already=True)
    for attempt in range(1, _ATTEMPTS + 1):
        taken = queries.slots_taken(box)
        if slot and slot in taken:
            raise SlotTaken
        free = slot or next((str(number) for number in range(1, box.slots + 1) if str(number) not in taken), None)
        if free is None:
            raise BoxFull
        act = "receive_transfer" if card.place_kind == rules.PlaceKind.TRANSFER else "store"
        detail = {"site": box.site.code, "safe": box.safe, "box": box.name, "slot": free, "custodian": box.site.name}
        try:
            with transaction.atomic():
                return Stored(card_services.perform(card.pk, act, actor, expected_version=card.version, detail=detail), free)
        except IntegrityError:
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError("the last attempt returns or raises")


def take_to_counter(sleeve: str, actor: Actor, *, only: Sequence[queries.Pick]) -> Card:
    """Take the scanned card out of its box: from now on the one who scanned it has it.

    `only` is the pick list: a card that is not on it, or that may not be fetched, is refused (NotWanted). Raises else like `put_in_box`.
    """
    card = _by_sleeve(sleeve)
    if not any(pick.card.pk == card.pk and pick.where and not pick.taken for pick in only):
        raise NotWanted
    return card_services.perform(card.pk, "take_to_counter", actor, expected_version=card.version)


def _by_sleeve(sleeve: str) -> Card:
    card = cards.by_sleeve(sleeve)
    if card is None:
        raise NoSuchSleeve
    return card
