"""Many bookings chosen from the list, moved or cancelled together: looked at, confirmed, done by a job, taken back (S10).

Preview and deed agree or the difference is told: a line is done against the version that was looked at, the new time goes through the
same guard as every booking, and what is refused says why. No place is held in between: a preview left lying would keep citizens out.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from madoguchi.booking.calendar.models import Slot
from madoguchi.booking.desk import contacts
from madoguchi.booking.desk.audited import MASS_DONE, MASS_PREPARED, MASS_STARTED, MASS_TAKEN_BACK
from madoguchi.booking.desk.models import ContactAttempt, ContactTask, MassChange, MassLine
from madoguchi.booking.desk.rules import FreeTime, ToMove, propose_times
from madoguchi.booking.desk.stops import admissions_of, free_times
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.models import Booking, State
from madoguchi.booking.reservations.rules import BookingRefused, Why
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.verbs import Progress, Refusal

MOST_BOOKINGS = 2_000
LONGEST_SPAN = dt.timedelta(days=92)
_Outcome = MassLine.Outcome


@dataclass(frozen=True, slots=True)
class NewDays:
    """Where new times are looked for: between two days, at the same place or at others too (`places`: their codes, None: all)."""

    first: dt.date
    last: dt.date
    other_places: bool = False
    places: frozenset[str] | None = None


@transaction.atomic
def prepare(actor: Actor, act: MassChange.Act, bookings: Sequence[Booking], reason: str, days: NewDays | None = None) -> MassChange:
    """Look at what would become of `bookings` (fetched with slot, place and kind); nothing changes. A constant number of statements.

    Raises Refusal when there are none or too many, or when the days make no sense.
    """
    if not bookings:
        raise Refusal(_("予約が選ばれていません。行に印を付けるか、「絞り込み結果すべて」を選んでください。"))
    if len(bookings) > MOST_BOOKINGS:
        raise Refusal(_("一度にできるのは%(most)d件までです。条件を狭めてください。") % {"most": MOST_BOOKINGS})
    if act == MassChange.Act.MOVE and (days is None or not clock.today() < days.first <= days.last <= days.first + LONGEST_SPAN):
        raise Refusal(_("新しい日は、明日以後で、はじめの日から92日以内にしてください。"))
    whys = {booking.pk: why for booking in bookings if (why := _why_not(booking))}
    left = [booking for booking in bookings if booking.pk not in whys]
    proposed: Mapping[object, int | None] = {}
    if days is not None and act == MassChange.Act.MOVE:
        single = _with_one_time(left)
        several = _("続けて複数の枠を使う予約です。一件ずつ変えてください。")
        whys |= {booking.pk: several for booking in left if booking.pk not in single}
        proposed = _proposals([booking for booking in left if booking.pk in single], single, days)
        nothing = _("決まりに合う空きがありません。")
        whys |= {booking.pk: nothing for booking in left if booking.pk in single and proposed.get(booking.pk) is None}
    mass = MassChange.objects.create(act=act, reason=reason, made_by=actor.user_id, made_at=clock.now())
    if days is not None and act == MassChange.Act.MOVE:
        mass.first_day, mass.last_day, mass.other_places = days.first, days.last, days.other_places
        mass.save(update_fields=["first_day", "last_day", "other_places"])
    lines = [
        MassLine(
            mass=mass,
            booking=booking,
            version=booking.version,
            was_id=booking.slot_id,
            proposed_id=proposed.get(booking.pk),
            outcome=_Outcome.EXCLUDED if booking.pk in whys else _Outcome.READY,
            why=whys.get(booking.pk, ""),
        )
        for booking in bookings
    ]
    MassLine.objects.bulk_create(lines, batch_size=1000)
    ready = len(lines) - len(whys)
    record(actor, MASS_PREPARED, subject=f"mass:{mass.pk}", content={"act": act.value, "ready": ready, "excluded": len(whys)})
    return mass


def _why_not(booking: Booking) -> str:
    now = clock.now()
    if booking.state != State.CONFIRMED:
        return _("状態が「%(state)s」です。") % {"state": State(booking.state).label}
    if (booking.slot.day, booking.slot.start) <= (now.date(), now.time().replace(tzinfo=None)):
        return _("始まりの時刻を過ぎています。")
    return ""


def _with_one_time(bookings: Sequence[Booking]) -> dict[uuid.UUID, int]:
    counted = Booking.objects.filter(pk__in=[booking.pk for booking in bookings])
    counted = counted.annotate(times=Count("seats", filter=Q(seats__free_at__isnull=True))).filter(times=1)
    return dict(counted.values_list("pk", "seats__places"))


def _proposals(bookings: Sequence[Booking], seats: Mapping[uuid.UUID, int], days: NewDays) -> Mapping[object, int | None]:
    admissions = admissions_of([booking.pk for booking in bookings])
    by_schedule: dict[int, list[ToMove]] = defaultdict(list)
    for booking in bookings:
        slot = booking.slot
        by_schedule[booking.kind.schedule_id].append(
            ToMove(booking.pk, slot.place.code, slot.day, slot.start, seats[booking.pk], admissions[booking.pk])
        )
    # Nobody is moved onto a time from which others of the same choice are moved away.
    left = {booking.slot_id for booking in bookings}
    found: dict[object, int | None] = {}
    for schedule, to_move in by_schedule.items():
        times: list[FreeTime] = [
            time
            for time in free_times(schedule, days.first, days.last)
            if time.slot not in left and (days.places is None or time.place in days.places)
        ]
        found |= propose_times(to_move, times, other_places=days.other_places)
    return found


@transaction.atomic
def start(actor: Actor, pk: int) -> None:
    """Confirm what was looked at; only once, and only by who looked. Raises Refusal."""
    if not MassChange.objects.filter(pk=pk, state=MassChange.State.PREPARED, made_by=actor.user_id).update(state=MassChange.State.STARTED):
        raise Refusal(_("この操作はすでに始まっているか、ほかの職員が下見したものです。一覧からやり直してください。"))
    record(actor, MASS_STARTED, subject=f"mass:{pk}")


@dataclass(frozen=True, slots=True)
class Done:
    """How many bookings were changed, and how many were refused."""

    changed: int
    refused: int


def carry_out(actor: Actor, mass: MassChange, progress: Progress) -> Done:
    """Change every ready booking, each in its own transaction: what is done stays done, and a second run goes on where the first ended."""
    done = _go_through(actor, mass, _Outcome.READY, progress)
    MassChange.objects.filter(pk=mass.pk).update(state=MassChange.State.DONE, done_at=clock.now())
    record(actor, MASS_DONE, subject=f"mass:{mass.pk}", content={"changed": done.changed, "refused": done.refused}, reason=mass.reason)
    return done


def may_take_back(mass: MassChange) -> bool:
    """Tell whether it is still the day of the change."""
    return mass.state == MassChange.State.DONE and mass.done_at is not None and mass.done_at.astimezone(clock.TOKYO).date() == clock.today()


@transaction.atomic
def start_back(actor: Actor, pk: int) -> None:
    """Confirm that a change is taken back, on the day on which it was made. Raises Refusal."""
    mass = MassChange.objects.select_for_update().get(pk=pk)
    if not may_take_back(mass):
        raise Refusal(_("取り消せるのは、行った日のうちに一度だけです。予約を一件ずつ開いて直してください。"))
    MassChange.objects.filter(pk=pk).update(state=MassChange.State.BACK)
    record(actor, MASS_TAKEN_BACK, subject=f"mass:{pk}")


def take_back(actor: Actor, mass: MassChange, progress: Progress) -> Done:
    """Bring every booking back that nobody has touched since and whose old time is still free: each a new event of the booking."""
    done = _go_through(actor, mass, _Outcome.DONE, progress)
    record(actor, MASS_DONE, subject=f"mass:{mass.pk}", content={"back": done.changed, "refused": done.refused}, reason=mass.reason)
    return done


def _go_through(actor: Actor, mass: MassChange, before: MassLine.Outcome, progress: Progress) -> Done:
    lines = list(mass.lines.filter(outcome=before).select_related("booking", "proposed__place", "was__place"))
    changed = 0
    progress.advance(0, len(lines))
    for number, line in enumerate(lines, start=1):
        try:
            with transaction.atomic():
                booking = _change(actor, mass, line) if before == _Outcome.READY else _bring_back(actor, mass, line)
                outcome = _Outcome.DONE if before == _Outcome.READY else _Outcome.BACK
                MassLine.objects.filter(pk=line.pk).update(outcome=outcome, version=booking.version, why="")
        except BookingRefused as refusal:
            refused = _Outcome.REFUSED if before == _Outcome.READY else _Outcome.STAYS
            MassLine.objects.filter(pk=line.pk).update(outcome=refused, why=str(refusal.message)[:200])
        else:
            changed += 1
        progress.advance(number, len(lines))
    return Done(changed, len(lines) - changed)


def _change(actor: Actor, mass: MassChange, line: MassLine) -> Booking:
    if mass.act == MassChange.Act.MOVE:
        if line.proposed is None:
            raise BookingRefused(Why.NOT_OFFERED)
        booking = services.move_by_staff(actor, line.booking_id, line.proposed.pk, reason=mass.reason, version=line.version)
        _tell(actor, booking, _("新しい日時 %(when)s") % {"when": when(line.proposed)})
        return booking
    booking = services.cancel_by_staff(actor, line.booking_id, mass.reason, version=line.version)
    if booking.version != line.version + 1:
        raise BookingRefused(Why.CHANGED)  # cancelled by somebody else meanwhile: not our deed
    _tell(actor, booking, _("予約を取り消しました"))
    return booking


def _bring_back(actor: Actor, mass: MassChange, line: MassLine) -> Booking:
    reason = _("一括の操作（第%(number)d号）の取消。元の理由: %(reason)s") % {"number": mass.pk, "reason": mass.reason}
    if line.booking.version != line.version:
        raise BookingRefused(Why.CHANGED)
    if mass.act == MassChange.Act.CANCEL:
        booking = services.undo_cancel_by_staff(actor, line.booking_id, reason=reason[:200])
    elif line.was is None:
        raise BookingRefused(Why.NOT_OFFERED)
    else:
        booking = services.move_by_staff(actor, line.booking_id, line.was.pk, reason=reason[:200], version=line.version)
    told = ContactTask.objects.filter(booking=line.booking_id, cause=ContactTask.Cause.MASS, is_done=False, attempts=0).first()
    if told is not None:  # nobody has been told: nothing has to be said
        contacts.note_attempt(actor, told.pk, ContactAttempt.Outcome.DROPPED, _("一括の操作を取り消した"), version=told.version)
    else:
        _tell(actor, booking, _("一括の操作を取り消し、元の日時に戻しました"))
    return booking


def _tell(actor: Actor, booking: Booking, words: str) -> None:
    """Whoever gave an address is owed the mail by the change itself; everybody else stands on the list of people to be told."""
    if not booking.email and not contacts.make_many(actor, [booking], ContactTask.Cause.MASS, note=words):
        contacts.add_to_note(booking.pk, ContactTask.Cause.MASS, words)


def when(slot: Slot) -> str:
    """Return day, time and place of a slot, as they are said."""
    return f"{slot.day.month}月{slot.day.day}日 {slot.start.hour}:{slot.start:%M} {slot.place.name}"
