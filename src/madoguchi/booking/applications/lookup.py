"""Who asks for a form booking: 予約番号 and the last four figures of the telephone number, and nothing tells which of them was wrong.

The same rules as for booking numbers (madoguchi.booking.reservations.identification): one answer and the same work for an unknown number
and for wrong figures; failures are counted by network, number and overall (madoguchi.booking.abuse); five wrong figures lock the booking.
"""

import hmac
import uuid

from django.db import transaction
from django.db.models import Case, F, Value, When

from madoguchi.booking.abuse.counting import count_failure, standing_of
from madoguchi.booking.abuse.rules import Limits, Risk, risk_of
from madoguchi.booking.applications.audited import LOOKED_UP
from madoguchi.booking.applications.macs import telephone_mac
from madoguchi.booking.applications.models import SealedApplication, WaitingNumber
from madoguchi.booking.reservations.identification import WhyUnknown
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, ActorKind, anonymous
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record

WRONG_FIGURES_UNTIL_LOCK = 5
# Nine random figures and four more are ten million million: a total alone never stops anybody, it tightens the limits of each network.
LIMITS = Limits(network_raises=10, network_short=10, network_day=50, number_raises=10, total_day=2_000, total_stops=False)
_NOBODY = b"\0" * 32
_NUMBER_FIGURES = 10


def look_up(number: str, figures: str, *, client: str) -> uuid.UUID | WaitingNumber | WhyUnknown:
    """Return the booking or the place in the waiting list that number and figures prove, or why not.

    The same statements run whether the number exists or not.
    """
    started = clock.now()
    with transaction.atomic():
        standing = standing_of(client, number)
        if risk_of(standing, LIMITS) is Risk.STOPPED:
            _record_refusal(client, "", WhyUnknown.TOO_MANY)
            return WhyUnknown.TOO_MANY
        # The rows are locked so that many guesses sent at once are counted one by one.
        form = (
            SealedApplication.objects.select_for_update(no_key=True, of=("self",)).filter(booking__number=number[:_NUMBER_FIGURES]).first()
        )
        waiting = WaitingNumber.objects.select_for_update(no_key=True, of=("self",)).filter(number=number[:_NUMBER_FIGURES]).first()
        found = form or waiting
        subject = f"booking:{form.pk}" if form else f"wish:{waiting.pk}" if waiting else ""
        fits = hmac.compare_digest(bytes(found.telephone_mac) if found else _NOBODY, telephone_mac(number, figures))
        if found is None or not fits or found.locked_at is not None:
            _count_wrong_figures(found.pk if found is not None and not fits else uuid.UUID(int=0))
            well_formed = len(number) == _NUMBER_FIGURES and number.isascii() and number.isdigit() and bool(figures)
            count_failure(client, number, standing, LIMITS, well_formed=well_formed, unknown=False)
            _record_refusal(client, subject, WhyUnknown.MISMATCH)
            return WhyUnknown.MISMATCH
        if found.wrong_secrets:
            type(found).objects.filter(pk=found.pk).update(wrong_secrets=0)
        record(Actor(kind=ActorKind.CITIZEN, client=client), LOOKED_UP, subject=subject, started_at=started)
        return waiting if form is None and waiting is not None else found.pk


def _count_wrong_figures(row: uuid.UUID) -> None:
    """Count wrong figures of one booking or wish (none: of nobody's), and lock its look-up at the fifth. Two statements."""
    locked = Case(When(wrong_secrets__gte=WRONG_FIGURES_UNTIL_LOCK - 1, then=Value(clock.now())), default=None)
    for table in (SealedApplication, WaitingNumber):
        table.objects.filter(pk=row, locked_at=None).update(wrong_secrets=F("wrong_secrets") + 1, locked_at=locked)


def _record_refusal(client: str, subject: str, why: WhyUnknown) -> None:
    record(anonymous(client), LOOKED_UP, subject=subject, content={"why": why}, result=Result.REFUSED)
