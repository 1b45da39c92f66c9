"""Call displays: registering one, pairing a screen with it, and what it shows; the only writer of its table (BS-04).

A screen has no account. Staff register a display and read an eight-figure code from their own page; the code, typed at the screen within
ten minutes, gives that browser a random key in a cookie that only the display's pages get. The database keeps the hashes of both.
"""

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from madoguchi.booking.calendar.models import Place
from madoguchi.booking.desk.audited import DISPLAY_ENDED, DISPLAY_MADE, DISPLAY_PAIRED
from madoguchi.booking.desk.models import CallDisplay, CallTicket
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, ActorKind, automatic
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record

CODE_LIFE = dt.timedelta(minutes=10)
# After so many wrong codes every waiting code is void: guessing eight figures in ten tries is hopeless.
MOST_WRONG_CODES = 10
_CALLS_SHOWN = 6
_WAITING_SHOWN = 12
_SEEN_EVERY = dt.timedelta(minutes=1)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def register(actor: Actor, name: str, places: Sequence[Place], *, speaks: bool) -> tuple[CallDisplay, str]:
    """Register a display for `places` and return it with its pairing code. The caller has checked the right of `actor`."""
    display = CallDisplay.objects.create(name=name, speaks=speaks, made_at=clock.now(), made_by=actor.user_id)
    display.places.set(places)
    record(actor, DISPLAY_MADE, subject=f"display:{display.pk}", content={"places": sorted(place.code for place in places)})
    return display, new_code(actor, display)


@transaction.atomic
def new_code(actor: Actor, display: CallDisplay) -> str:
    """Return a fresh pairing code for `display`; an earlier one and the screen paired before are ended."""
    code = f"{secrets.randbelow(10**8):08d}"
    CallDisplay.objects.filter(pk=display.pk).update(
        code_digest=_digest(code), code_until=clock.now() + CODE_LIFE, wrong_codes=0, key_digest="", paired_at=None
    )
    record(actor, DISPLAY_MADE, subject=f"display:{display.pk}", content={"code": "issued"})
    return code


@transaction.atomic
def end(actor: Actor, pk: int) -> bool:
    """Remove a display: its screen shows nothing from now on. Tells whether there was one."""
    gone, _rows = CallDisplay.objects.filter(pk=pk).delete()
    if gone:
        record(actor, DISPLAY_ENDED, subject=f"display:{pk}")
    return bool(gone)


@transaction.atomic
def pair(code: str, *, client: str) -> str | None:
    """Pair the screen at `client` by a code from the staff page; return the key for its cookie, None for a wrong or outdated code.

    Wrong codes count against every code that waits; the tenth voids them all.
    """
    key = secrets.token_urlsafe(32)
    now = clock.now()
    waiting = CallDisplay.objects.select_for_update().exclude(code_digest="").filter(code_until__gt=now)
    display = next((one for one in waiting if secrets.compare_digest(one.code_digest, _digest(code))), None)
    actor = Actor(kind=ActorKind.AUTOMATIC, user_id=automatic("display").user_id, client=client)
    if display is None or display.wrong_codes >= MOST_WRONG_CODES:
        CallDisplay.objects.filter(pk__in=[one.pk for one in waiting]).update(wrong_codes=F("wrong_codes") + 1)
        record(actor, DISPLAY_PAIRED, result=Result.REFUSED)
        return None
    CallDisplay.objects.filter(pk=display.pk).update(
        key_digest=_digest(key), code_digest="", code_until=None, wrong_codes=0, paired_at=now, seen_at=now
    )
    record(actor, DISPLAY_PAIRED, subject=f"display:{display.pk}")
    return key


def display_of(key: str) -> CallDisplay | None:
    """Return the display whose screen has `key`; notes once a minute that it is alive."""
    if not key:
        return None
    display = CallDisplay.objects.filter(key_digest=_digest(key)).prefetch_related("places").first()
    if display is not None and (display.seen_at is None or clock.now() - display.seen_at > _SEEN_EVERY):
        CallDisplay.objects.filter(pk=display.pk).update(seen_at=clock.now())
    return display


@dataclass(frozen=True, slots=True)
class Call:
    """One number that is called, and to which window; `words` is what a voice says."""

    number: int
    counter: str
    place: str
    reference: str
    words: str


@dataclass(frozen=True, slots=True)
class Screen:
    """What a display shows: the numbers that are called, the newest first, and those that wait. No name, no booking number."""

    calls: Sequence[Call]
    missed: Sequence[int]
    waiting: Sequence[int]
    several_places: bool


def screen(display: CallDisplay) -> Screen:
    """Return what `display` shows now. Two statements."""
    places = list(display.places.all())
    found = CallTicket.objects.filter(place__in=places, day=clock.today()).select_related("place")
    shown = (CallTicket.State.CALLED, CallTicket.State.WAITING, CallTicket.State.MISSED)
    tickets = list(found.filter(state__in=shown).order_by("issued_at", "pk"))
    called = sorted((one for one in tickets if one.state == CallTicket.State.CALLED and one.called_at), key=_called, reverse=True)
    several = len(places) > 1
    return Screen(
        [_call(one, several=several) for one in called[:_CALLS_SHOWN]],
        [one.number for one in tickets if one.state == CallTicket.State.MISSED][:_WAITING_SHOWN],
        [one.number for one in tickets if one.state == CallTicket.State.WAITING][:_WAITING_SHOWN],
        several,
    )


def _called(ticket: CallTicket) -> dt.datetime:
    assert ticket.called_at is not None
    return ticket.called_at


def _call(ticket: CallTicket, *, several: bool) -> Call:
    words = _("受付番号、%(number)d番の方。%(counter)s番の窓口へお越しください。") % {"number": ticket.number, "counter": ticket.counter}
    if several:
        words = _("%(place)s。%(words)s") % {"place": ticket.place.name, "words": words}
    # A repeated call is called again aloud: its reference differs.
    return Call(ticket.number, ticket.counter, ticket.place.name if several else "", f"{ticket.pk}-{ticket.calls}", words)
