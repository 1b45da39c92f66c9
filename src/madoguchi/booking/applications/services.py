"""Commands of form bookings: the answers are sealed in the request that brings them, with the public key of the delivery zone."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from madoguchi.booking.applications.applications_file import DAYS_BACK
from madoguchi.booking.applications.audited import APPLIED, QUESTION_SAVED, UNLOCKED
from madoguchi.booking.applications.macs import last_figures, telephone_mac
from madoguchi.booking.applications.models import OwnQuestion, SealedApplication, WaitingNumber
from madoguchi.booking.applications.questions import TELEPHONE
from madoguchi.booking.calendar.models import VisitKind
from madoguchi.booking.reservations import services as reservations
from madoguchi.booking.reservations.models import LIVE_STATES, Booking, MailIntent, Wish
from madoguchi.booking.reservations.rules import BookingRefused, Why, booking_number
from madoguchi.kernel.sealed_answers import seal
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, ActorKind
from madoguchi.platform.audit.services import record
from madoguchi.platform.exchange import keys


def may_apply() -> bool:
    """Tell whether answers can be sealed: without the delivery zone's key no form is shown (no key, no answer)."""
    try:
        keys.peer()
    except keys.KeyRefusedError:
        return False
    return True


def apply(
    hold: uuid.UUID,
    answers: Mapping[str, str],
    *,
    email: str = "",
    language: str = "ja",
    privacy_notice: int = 0,
    client: str,
) -> Booking:
    """Seal the answers, store them and make the held booking certain, in one transaction; the open answers reach no statement.

    A hold that merely ran out is taken again when its time is still free: then the answers are sealed for the new 予約番号. The same hold
    sent twice gives the same booking.

    Args:
        hold: key of the hold (reservations.services.hold_without_number).
        answers: from the form, by the code of the question.
        email: where mails are wanted; empty for none. It is stored open, since this zone writes the mails.
        language: of the pages.
        privacy_notice: version of the notice on personal data that was shown.
        client: address of the client.

    Raises:
        BookingRefused: FULL, NOT_OFFERED, HOLD_EXPIRED.
        madoguchi.platform.exchange.keys.KeyRefusedError: no key of the delivery zone is enrolled.
    """
    booking = Booking.objects.select_related("kind").filter(idempotency_key=hold).first()
    if booking is None:
        raise BookingRefused(Why.HOLD_EXPIRED)
    try:
        return _apply(booking, answers, email, privacy_notice, client)
    except BookingRefused as refused:
        if refused.why is not Why.HOLD_EXPIRED:
            raise
    again = reservations.hold_without_number(
        booking.kind, booking.slot_id, key=uuid.uuid5(hold, "again"), people=booking.people, language=language, client=client
    )
    return _apply(again, answers, email, privacy_notice, client)


@transaction.atomic
def _apply(booking: Booking, answers: Mapping[str, str], email: str, privacy_notice: int, client: str) -> Booking:
    done = reservations.confirm_without_number(booking.idempotency_key, email=email, privacy_notice=privacy_notice, client=client)
    if not done.repeated:
        _store_sealed(booking, answers, Actor(kind=ActorKind.CITIZEN, client=client))
        reservations.note_that_an_offer_was_taken(booking.pk)
    return Booking.objects.select_related("slot__place", "kind").get(pk=booking.pk)


def _store_sealed(booking: Booking, answers: Mapping[str, str], actor: Actor) -> None:
    SealedApplication.objects.create(
        booking=booking,
        sealed=seal(answers, recipient=keys.peer(), number=booking.number, kind=booking.kind.code),
        telephone_mac=telephone_mac(booking.number, last_figures(answers[TELEPHONE])),
        sealed_at=clock.now(),
    )
    record(actor, APPLIED, subject=f"booking:{booking.pk}")


@transaction.atomic
def apply_by_staff(
    actor: Actor,
    kind: VisitKind,
    slot: int,
    answers: Mapping[str, str],
    *,
    key: uuid.UUID,
    source: Booking.Source,
    email: str = "",
    overbook_reason: str = "",
    privacy_notice: int = 0,
) -> Booking:
    """Book for a caller with the answers that staff typed, sealed in the same transaction: nobody of this zone reads them again (BS-01).

    Args:
        actor: who types; the caller of this function has checked the right, that to overbook too.
        kind: of the visit.
        slot: the time.
        answers: by the code of the question.
        key: from the form; the same key always gives the same booking, whose answers stay as they were.
        source: by telephone or at the counter.
        email: where mails are wanted; empty for none.
        overbook_reason: not empty: the time may be full.
        privacy_notice: version of the notice that was read out.

    Raises:
        BookingRefused: FULL, NOT_OFFERED.
        madoguchi.platform.exchange.keys.KeyRefusedError: no key of the delivery zone is enrolled.
    """
    booking, repeated = reservations.book_without_number_by_staff(
        actor, kind, slot, key=key, source=source, email=email, overbook_reason=overbook_reason, privacy_notice=privacy_notice
    )
    if not repeated:
        _store_sealed(booking, answers, actor)
    return booking


@transaction.atomic
def wait_for(
    kind: VisitKind, wanted: reservations.Wanted, figures: str, *, email: str = "", language: str = "ja", client: str
) -> WaitingNumber:
    """Put somebody on the waiting list of a form kind, to be found again by a number and the last figures of a telephone (BK-12).

    Raises ValidationError for a wrong mail address; ValueError for days that can never be offered.
    """
    made = reservations.wish_without_number(kind, wanted, email=email, language=language, client=client)
    number = booking_number()
    return WaitingNumber.objects.create(wish=made, number=number, telephone_mac=telephone_mac(number, figures))


@transaction.atomic
def unlock(actor: Actor, booking: uuid.UUID, reason: str) -> bool:
    """Release the look-up of a form booking that wrong figures have locked; the caller has checked the right. Tells whether it was."""
    changed = SealedApplication.objects.filter(booking=booking, locked_at__isnull=False).update(locked_at=None, wrong_secrets=0)
    if changed:
        record(actor, UNLOCKED, subject=f"booking:{booking}", reason=reason)
    return bool(changed)


@transaction.atomic
def save_question(actor: Actor, question: OwnQuestion) -> OwnQuestion:
    """Store a question of this municipality. Raises ValidationError when it cannot be."""
    question.full_clean()
    question.save()
    record(actor, QUESTION_SAVED, subject=f"question:{question.code}")
    return question


@transaction.atomic
def set_questions(actor: Actor, kind: VisitKind, codes: Sequence[str]) -> None:
    """Set what the form of a kind asks, in this order."""
    VisitKind.objects.filter(pk=kind.pk).update(questions=list(codes))
    record(actor, QUESTION_SAVED, subject=f"kind:{kind.code}", content={"questions": list(codes)})


# How long a mail on its way may still need the address, and how long the answers may wait for the delivery zone behind the visit.
_MAIL_DAYS = dt.timedelta(days=1)


def forget_what_is_not_needed() -> tuple[int, int]:
    """Erase mail addresses a day behind the visit or the cancellation, and answers that the delivery zone can ask for no more.

    With them go the numbers of wishes that ended a day ago. Run by the worker. Returns how many addresses and how many answers.
    """
    now = clock.now()
    ended = Wish.objects.filter(state__in=[Wish.State.BOOKED, Wish.State.STOPPED], changed_at__lt=now - _MAIL_DAYS)
    WaitingNumber.objects.filter(wish__in=ended).delete()
    over = Q(slot__day__lt=now.date() - _MAIL_DAYS) | (~Q(state__in=LIVE_STATES) & Q(changed_at__lt=now - _MAIL_DAYS))
    owed = MailIntent.objects.filter(booking=OuterRef("pk"))
    by_form = Booking.objects.filter(over, ~Exists(owed), application__isnull=False)
    addresses = Booking.objects.filter(pk__in=by_form.values("pk")).exclude(email="").update(email="")
    late = SealedApplication.objects.filter(sealed__isnull=False, booking__slot__day__lt=now.date() - DAYS_BACK)
    return addresses, SealedApplication.objects.filter(pk__in=late.values("pk")).update(sealed=None)
