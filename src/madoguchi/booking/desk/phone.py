"""電話受付: a call from its beginning to its result; the only writer of its tables (S12, BS-10).

What was asked to know the caller, and which of it was right, is kept as codes; no answer, no name and no telephone number is kept.
"""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from madoguchi.booking.desk import contacts
from madoguchi.booking.desk.audited import CALL_BACK_PROMISED, CALL_BEGUN, CALL_ENDED, CALLED_BACK, CALLER_ASKED, WRAP_UP_SAVED
from madoguchi.booking.desk.models import ContactTask, PhoneCall, WrapUp
from madoguchi.booking.reservations.models import Booking, Credential
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.verbs import Refusal

FIRST_WRAP_UPS = ("予約した", "日時を変えた", "取り消した", "案内だけ", "本人を確かめられなかった", "ほかの係へ", "折り返す", "間違い電話")


@transaction.atomic
def set_up_wrap_ups(actor: Actor) -> None:
    """Give a new installation the results of calls to begin with; one that has any keeps its own."""
    if not WrapUp.objects.exists():
        WrapUp.objects.bulk_create([WrapUp(name=name, position=10 * place) for place, name in enumerate(FIRST_WRAP_UPS, start=1)])
        record(actor, WRAP_UP_SAVED, content={"names": list(FIRST_WRAP_UPS)})


@transaction.atomic
def save_wrap_up(actor: Actor, wrap_up: WrapUp) -> WrapUp:
    """Keep a result of calls; the caller of this function has checked the form and the right of `actor`."""
    wrap_up.save()
    content = {"name": wrap_up.name, "position": wrap_up.position, "is_open": wrap_up.is_open}
    record(actor, WRAP_UP_SAVED, subject=f"wrap_up:{wrap_up.pk}", content=content)
    return wrap_up


@transaction.atomic
def begin(actor: Actor, credential: Credential | None, booking: Booking | None) -> PhoneCall:
    """Begin a call about a booking number, a booking, or nothing yet."""
    call = PhoneCall.objects.create(begun_at=clock.now(), begun_by=actor.user_id, credential=credential, booking=booking)
    record(actor, CALL_BEGUN, subject=f"call:{call.pk}", content=_whom(credential, booking))
    return call


@transaction.atomic
def set_caller(actor: Actor, call: PhoneCall, credential: Credential | None, booking: Booking | None) -> None:
    """Say whom the call is about; what was asked of somebody else counts no more. Raises Refusal when the call is over."""
    _change(actor, call, credential=credential, booking=booking, asked=[], right=[])
    record(actor, CALL_BEGUN, subject=f"call:{call.pk}", content=_whom(credential, booking))


def _whom(credential: Credential | None, booking: Booking | None) -> dict[str, object]:
    return {"credential": credential.pk if credential else None, "booking": str(booking.pk) if booking else None}


@transaction.atomic
def note_asked(actor: Actor, call: PhoneCall, asked: Collection[str], right: Collection[str]) -> None:
    """Keep which questions were asked and which answers were right. Raises Refusal when the call is over."""
    _change(actor, call, asked=sorted({*asked, *right}), right=sorted(right))
    record(actor, CALLER_ASKED, subject=f"call:{call.pk}", content={"asked": call.asked, "right": call.right})


@transaction.atomic
def note_booking(actor: Actor, call: PhoneCall, booking: Booking) -> None:
    """Note what the call made or changed. Raises Refusal when the call is over."""
    _change(actor, call, booking=booking)


@transaction.atomic
def promise_to_call_back(actor: Actor, call: PhoneCall, note: str, day: dt.date) -> None:
    """折り返し: put the booking on the list of people to be told, or the call itself where there is no booking. Raises Refusal."""
    if call.booking is not None:
        contacts.make(actor, call.booking, ContactTask.Cause.BACK, note=note, due=day)
    else:
        _change(actor, call, call_back_on=day, call_back_note=note)
    record(actor, CALL_BACK_PROMISED, subject=f"call:{call.pk}", content={"on": day.isoformat(), "task": call.booking is not None})


@transaction.atomic
def called_back(actor: Actor, pk: int) -> bool:
    """Note that somebody without a booking was called back. Tells whether it was still to be done."""
    waiting = promised().filter(pk=pk)
    done = waiting.update(called_back_at=clock.now(), called_back_by=actor.user_id)
    if done:
        record(actor, CALLED_BACK, subject=f"call:{pk}")
    return bool(done)


def promised() -> QuerySet[PhoneCall]:
    """Return the calls whose people wait to be called back, the oldest promise first."""
    return PhoneCall.objects.filter(call_back_on__isnull=False, called_back_at__isnull=True).order_by("call_back_on", "pk")


@transaction.atomic
def end(actor: Actor, call: PhoneCall, wrap_up: WrapUp) -> None:
    """End a call with its result. Raises Refusal when it is over already."""
    _change(actor, call, wrap_up=wrap_up, ended_at=clock.now())
    seconds = int((clock.now() - call.begun_at).total_seconds())
    record(actor, CALL_ENDED, subject=f"call:{call.pk}", content={"wrap_up": wrap_up.pk, "seconds": seconds})


def _change(actor: Actor, call: PhoneCall, **values: object) -> None:
    if not PhoneCall.objects.filter(pk=call.pk, ended_at__isnull=True, begun_by=actor.user_id).update(**values):
        raise Refusal(_("この通話は終わっているか、ほかの職員が受けています。何も変えていません。"))
    for name, value in values.items():
        setattr(call, name, value)


def open_calls(actor: Actor) -> list[PhoneCall]:
    """Return the calls that a person has begun and not ended, the newest first."""
    return list(PhoneCall.objects.filter(begun_by=actor.user_id, ended_at__isnull=True).select_related("credential", "booking")[:20])


def wrap_ups() -> QuerySet[WrapUp]:
    """Return the results that a call may end with now."""
    return WrapUp.objects.filter(is_open=True).order_by(F("position"), "pk")
