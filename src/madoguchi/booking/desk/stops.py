"""臨時停止: stopping days at once, whom that hits, moving them together, taking it back; the only writer of its tables (BS-05)."""

import datetime as dt
import enum
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from madoguchi.booking.calendar import services as calendar
from madoguchi.booking.calendar.models import Closure, Place, Slot
from madoguchi.booking.calendar.rules import Admission
from madoguchi.booking.desk import contacts
from madoguchi.booking.desk.audited import REBOOKED, STOP_MAILED, STOP_TAKEN_BACK, STOPPED
from madoguchi.booking.desk.models import AffectedBooking, ContactAttempt, ContactTask, EmergencyStop
from madoguchi.booking.desk.rules import FreeTime, ToMove, propose_times
from madoguchi.booking.municipality.announcements import announce, take_down
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.mail_intents import owe
from madoguchi.booking.reservations.models import Attendee, Booking, MailIntent, State
from madoguchi.booking.reservations.rules import BookingRefused
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.verbs import Progress

LONGEST_STOP = dt.timedelta(days=62)


@dataclass(frozen=True, slots=True)
class Words:
    """What the public reads above every page while the stop lasts; empty text: nothing is posted."""

    text: str = ""
    others: Mapping[str, str] = field(default_factory=dict)


def hit_by(place: Place | None, day_from: dt.date, day_until: dt.date) -> QuerySet[Booking]:
    """Return the confirmed bookings that a stop of these days would hit: of today those whose time is not over."""
    now = clock.now()
    found = Booking.objects.filter(state=State.CONFIRMED, slot__day__range=(day_from, day_until), slot__day__gte=now.date())
    found = found.exclude(slot__day=now.date(), slot__end__lte=now.time().replace(tzinfo=None))
    return found.filter(slot__place=place) if place else found


def stop(
    actor: Actor,
    place: Place | None,
    day_from: dt.date,
    day_until: dt.date,
    reason: str,
    *,
    key: uuid.UUID,
    words: Words | None = None,
    with_mails: bool = True,
) -> EmergencyStop:
    """Stop days of `place` (None: of every place) now, in one transaction; the same `key` gives the same stop.

    The free times close at once, the bookings stand until people decide. Whoever gave an address is owed a mail, everybody else stands on
    the list of people to be called. The caller of this function has checked the right of `actor`.

    Raises ValidationError for days in the past, in the wrong order, or too many.
    """
    known = EmergencyStop.objects.filter(key=key).first()
    if known is not None:
        return known
    if day_from < clock.today():
        raise ValidationError({"day_from": _("停止を始める日は、今日以後の日にしてください。")})
    if not dt.timedelta(0) <= day_until - day_from <= LONGEST_STOP:
        raise ValidationError({"day_until": _("停止を終える日は、始める日から62日以内の日にしてください。")})
    with transaction.atomic():
        return _stop(actor, place, day_from, day_until, reason, key, words or Words(), with_mails=with_mails)


def _stop(
    actor: Actor, place: Place | None, day_from: dt.date, day_until: dt.date, reason: str, key: uuid.UUID, words: Words, *, with_mails: bool
) -> EmergencyStop:
    now = clock.now()
    closure = Closure(place=place, day_from=day_from, day_until=day_until, reason=reason)
    calendar.save_closure(actor, closure, rebook=True)
    posted = None
    if words.text:
        until = dt.datetime.combine(day_until + dt.timedelta(days=1), dt.time(), tzinfo=now.tzinfo)
        posted = announce(actor, words.text, words=words.others, shown_from=now, shown_until=until, is_urgent=True)
    stopped = EmergencyStop.objects.create(
        place=place,
        day_from=day_from,
        day_until=day_until,
        reason=reason,
        closure=closure,
        announcement=posted,
        key=key,
        stopped_at=now,
        stopped_by=actor.user_id,
    )
    bookings = list(hit_by(place, day_from, day_until).order_by("pk").select_for_update(of=("self",), no_key=True))
    AffectedBooking.objects.bulk_create(AffectedBooking(stop=stopped, booking=booking, changed_at=now) for booking in bookings)
    content = {
        "place": place.code if place else "",
        "from": day_from.isoformat(),
        "until": day_until.isoformat(),
        "bookings": len(bookings),
        "announced": bool(posted),
    }
    record(actor, STOPPED, subject=f"stop:{stopped.pk}", content=content, reason=reason)
    mailed = _mail(actor, stopped, bookings) if with_mails else set()
    contacts.make_many(
        actor,
        [booking for booking in bookings if booking.pk not in mailed],
        ContactTask.Cause.STOPPED,
        note=reason,
        stop=stopped,
    )
    return stopped


def _mail(actor: Actor, stopped: EmergencyStop, bookings: Sequence[Booking]) -> set[uuid.UUID]:
    """Owe a mail to everybody with an address; return whose bookings these are."""
    mailed = {booking.pk for booking in bookings if booking.email and owe(booking.pk, MailIntent.Kind.STOPPED)}
    AffectedBooking.objects.filter(stop=stopped, booking__in=mailed).update(told_at=clock.now())
    record(actor, STOP_MAILED, subject=f"stop:{stopped.pk}", content={"mails": len(mailed)})
    return mailed


@transaction.atomic
def take_back(actor: Actor, pk: int) -> bool:
    """Take a stop back: its times open again, its announcement goes, calls not yet made are dropped. Bookings moved meanwhile stay moved.

    Tells whether it was in force; a second call changes nothing.
    """
    now = clock.now()
    taken = EmergencyStop.objects.filter(pk=pk, taken_back_at__isnull=True).update(taken_back_at=now, taken_back_by=actor.user_id)
    if not taken:
        return False
    stopped = EmergencyStop.objects.select_related("closure").get(pk=pk)
    if stopped.announcement_id:
        take_down(actor, stopped.announcement_id)
    if stopped.closure is not None:
        calendar.remove_closure(actor, stopped.closure)
    for task in ContactTask.objects.filter(stop=stopped, is_done=False):
        contacts.note_attempt(actor, task.pk, ContactAttempt.Outcome.DROPPED, _("停止を取り下げた"), version=task.version)
    record(actor, STOP_TAKEN_BACK, subject=f"stop:{pk}")
    return True


class Standing(enum.StrEnum):
    """What became of a booking that a stop hit, as far as it can be told from the booking itself and from the calls."""

    OPEN = "open"
    TOLD = "told"
    MOVED = "moved"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of the affected list."""

    affected: AffectedBooking
    standing: Standing
    serials: tuple[str, ...]

    @property
    def words(self) -> str:
        return {
            Standing.OPEN: _("未対応"),
            Standing.TOLD: _("連絡済み"),
            Standing.MOVED: _("振替済み"),
            Standing.GONE: _("取消済み"),
        }[self.standing]


def standing_of(stopped: EmergencyStop, affected: AffectedBooking) -> Standing:
    """Return what became of a booking: gone, moved out of the stopped days, told, or open."""
    booking, slot = affected.booking, affected.booking.slot
    if booking.state not in {State.CONFIRMED, State.ARRIVED, State.DONE, State.REFUSED}:
        return Standing.GONE
    if not (stopped.day_from <= slot.day <= stopped.day_until) or (stopped.place_id and slot.place_id != stopped.place_id):
        return Standing.MOVED
    return Standing.TOLD if affected.state == AffectedBooking.State.TOLD else Standing.OPEN


def hits(stopped: EmergencyStop) -> list[Hit]:
    """Return the affected bookings in the order of their times, with what became of each. Two statements."""
    rows = list(
        AffectedBooking.objects.filter(stop=stopped)
        .select_related("booking__slot__place", "booking__kind", "proposed__place")
        .order_by("booking__slot__day", "booking__slot__start", "booking__number")
    )
    serials: dict[uuid.UUID, list[str]] = defaultdict(list)
    people = Attendee.objects.filter(booking__in=[row.booking_id for row in rows], left=False).order_by("pk")
    for booking, serial in people.values_list("booking", "credential__serial"):
        serials[booking].append(serial)
    return [Hit(row, standing_of(stopped, row), tuple(serials[row.booking_id])) for row in rows]


@transaction.atomic
def propose(stopped: EmergencyStop, *, days: int, other_places: bool) -> int:
    """Propose a time for every open booking of a stop and remember it for the preview; return for how many one was found.

    Times come from the same schedule, on the days after the stop and up to `days` later; the internal places of staff count. Bookings that
    take several times one after another are left to people.
    """
    open_hits = [hit for hit in hits(stopped) if hit.standing in {Standing.OPEN, Standing.TOLD}]
    booking_pks = [hit.affected.booking_id for hit in open_hits]
    admissions = admissions_of(booking_pks)
    seats = dict(
        Booking.objects.filter(pk__in=booking_pks)
        .annotate(times=Count("seats", filter=Q(seats__free_at__isnull=True)))
        .filter(times=1)
        .values_list("pk", "seats__places")
    )
    by_schedule: dict[int, list[ToMove]] = defaultdict(list)
    for hit in open_hits:
        booking, slot = hit.affected.booking, hit.affected.booking.slot
        if booking.pk in seats:
            by_schedule[booking.kind.schedule_id].append(
                ToMove(booking.pk, slot.place.code, slot.day, slot.start, seats[booking.pk], admissions[booking.pk])
            )
    found: dict[object, int | None] = {}
    first = max(stopped.day_until, clock.today()) + dt.timedelta(days=1)
    for schedule, bookings in by_schedule.items():
        found |= propose_times(bookings, free_times(schedule, first, first + dt.timedelta(days=days)), other_places=other_places)
    for hit in open_hits:
        AffectedBooking.objects.filter(pk=hit.affected.pk).update(
            proposed=found.get(hit.affected.booking_id), proposed_for=hit.affected.booking.version, refusal=""
        )
    return sum(slot is not None for slot in found.values())


def admissions_of(bookings: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Admission]]:
    """Return where and when the people of each booking may come. One statement."""
    admissions: dict[uuid.UUID, list[Admission]] = defaultdict(list)
    for person in Attendee.objects.filter(booking__in=bookings, left=False).select_related("credential"):
        admissions[person.booking_id].append(person.credential.admission)
    return admissions


def free_times(schedule: int, first: dt.date, last: dt.date) -> list[FreeTime]:
    """Return the times of a schedule with room, the internal places of staff included. One statement."""
    slots = Slot.objects.filter(schedule=schedule, day__range=(first, last), is_open=True, place__is_open=True, taken__lt=F("capacity"))
    values = slots.values_list("pk", "place__code", "day", "start", "capacity", "taken").order_by("day", "start", "pk")
    return [FreeTime(pk, place, day, start, capacity - taken) for pk, place, day, start, capacity, taken in values]


@dataclass(frozen=True, slots=True)
class Rebooked:
    """What a mass re-booking did."""

    moved: int
    refused: int


def rebook(actor: Actor, stopped: EmergencyStop, progress: Progress) -> Rebooked:
    """Move every booking with a proposed time, each in its own transaction: what is done stays done, and a second run goes on.

    A booking that somebody changed after the preview is left alone, and so is one whose new time has filled up; the list says why. Whoever
    has a mail address is owed the mail on the change by the move itself; the calls for the others stay on the list with the new time.
    """
    waiting = [hit for hit in hits(stopped) if hit.affected.proposed_id and hit.standing in {Standing.OPEN, Standing.TOLD}]
    moved = refused = 0
    progress.advance(0, len(waiting))
    for number, hit in enumerate(waiting, start=1):
        done = _move(actor, stopped, hit.affected)
        moved, refused = moved + done, refused + (not done)
        progress.advance(number, len(waiting))
    record(actor, REBOOKED, subject=f"stop:{stopped.pk}", content={"moved": moved, "refused": refused}, reason=stopped.reason)
    return Rebooked(moved, refused)


def _move(actor: Actor, stopped: EmergencyStop, affected: AffectedBooking) -> bool:
    assert affected.proposed_id is not None
    try:
        with transaction.atomic():
            booking = services.move_by_staff(
                actor, affected.booking_id, affected.proposed_id, reason=stopped.reason, version=affected.proposed_for
            )
            slot = booking.slot
            when = _("新しい日時 %(month)d月%(day)d日 %(time)s %(place)s") % {
                "month": slot.day.month,
                "day": slot.day.day,
                "time": f"{slot.start.hour}:{slot.start:%M}",
                "place": slot.place.name,
            }
            contacts.add_to_note(affected.booking_id, ContactTask.Cause.STOPPED, when)
            AffectedBooking.objects.filter(pk=affected.pk).update(refusal="", changed_at=clock.now())
    except BookingRefused as refusal:
        AffectedBooking.objects.filter(pk=affected.pk).update(refusal=str(refusal.message)[:200], changed_at=clock.now())
        return False
    return True
