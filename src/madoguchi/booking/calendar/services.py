"""Changing places, rules, exceptions, closures, holidays and kinds of visit: each change with its author, its effect on slots and bookings.

Every command that touches the times returns an Effect: what was added and taken away, the load of each day before and after, and the
bookings that the new rules no longer support. `preview` carries a command out, looks, and undoes it all, so that what is shown before a
change and what the change does come from the same statements.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.calendar.audited import (
    CLOSURE_REMOVED,
    CLOSURE_SAVED,
    EXCEPTION_REMOVED,
    EXCEPTION_SAVED,
    HOLIDAY_REMOVED,
    HOLIDAY_SAVED,
    KIND_SAVED,
    PLACE_SAVED,
    QUOTA_REMOVED,
    QUOTA_SAVED,
    RULE_REMOVED,
    RULE_SAVED,
    SCHEDULE_SAVED,
)
from madoguchi.booking.calendar.generation import (
    Conflict,
    GeneratedDay,
    conflicts_between,
    generate_slots,
    horizon,
    load_between,
    lock_generation,
)
from madoguchi.booking.calendar.models import (
    CalendarChange,
    Closure,
    Holiday,
    KindQuota,
    KindText,
    OpeningException,
    OpeningRule,
    Place,
    Schedule,
    Slot,
    VisitKind,
)
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Process
from madoguchi.platform.audit.services import record

Stored = TypeVar("Stored", bound=models.Model)
Subject = CalendarChange.Subject


@dataclass(frozen=True, slots=True)
class DayLoad:
    """One day of one schedule at one place before and after a change."""

    place: str
    schedule: str
    day: dt.date
    slots_before: int
    slots_after: int
    capacity_before: int
    capacity_after: int
    taken: int

    @property
    def difference(self) -> int:
        return self.capacity_after - self.capacity_before


@dataclass(frozen=True)
class Effect:
    """What a change of the calendar does. `conflicts` are those that were none before the change."""

    added: int
    changed: int
    closed: int
    conflicts: list[Conflict] = field(default_factory=list)
    load: list[DayLoad] = field(default_factory=list)

    @property
    def days_changed(self) -> list[DayLoad]:
        """The days whose slots or places change."""
        return [day for day in self.load if day.difference or day.slots_before != day.slots_after]


class _Undone(Exception):
    """Ends the transaction of a preview."""


def preview(command: Callable[[], Effect]) -> Effect:
    """Carry a command out, note its effect, and undo it all: the what-if of a change. Raises what the command raises."""
    found: list[Effect] = []
    try:
        with transaction.atomic():
            found.append(command())
            raise _Undone
    except _Undone:
        return found[0]


def _values(row: models.Model | None) -> dict[str, Any] | None:
    """Return the values of a row as the history keeps them."""
    if row is None:
        return None
    values: dict[str, Any] = {}
    for column in row._meta.concrete_fields:  # noqa: SLF001 Django's documented API
        if column.primary_key and column.auto_created:
            continue
        value = getattr(row, column.name)
        if isinstance(value, dt.time):
            value = f"{value:%H:%M}"
        elif isinstance(value, dt.date):
            value = value.isoformat()
        elif isinstance(value, models.Model):
            value = getattr(value, "code", value.pk)
        values[column.name] = value
    return values


def _remember(actor: Actor, subject: Subject, key: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    if before == after:
        return
    CalendarChange.objects.create(
        at=clock.now(), by=actor.user_id, by_name=actor.user_name, subject=subject, key=key, before=before, after=after
    )


def _stored(row: Stored) -> Stored | None:
    """Return the row as it stands in the database, None for a new one."""
    return type(row)._default_manager.filter(pk=row.pk).first() if row.pk is not None else None  # noqa: SLF001 Django's documented API


def _carry_out(actor: Actor, write: Callable[[], object], *, place: int | None, rebook: bool) -> Effect:
    """Run `write`, which changes rows that slots follow from, bring the slots in step and return the effect.

    The bookings that the change leaves without a place are marked for re-booking, or taken off that list, as `rebook` says.
    """
    lock_generation()
    today, last = clock.today(), horizon()
    conflicts_before = {(found.slot, found.allowed) for found in conflicts_between(today, last, place)}
    load_before = load_between(today, last, place)
    write()
    done = generate_slots(today, last, actor=actor, place=place)
    conflicts = [found for found in done.conflicts if (found.slot, found.allowed) not in conflicts_before]
    if conflicts:
        Slot.objects.filter(pk__in=[found.slot for found in conflicts]).update(rebooking_wanted=rebook)
    return Effect(done.added, done.changed, done.closed, conflicts, _loads(load_before, done.days))


def _loads(before: list[GeneratedDay], after: list[GeneratedDay]) -> list[DayLoad]:
    old = {(day.day, day.place, day.schedule): day for day in before}
    new = {(day.day, day.place, day.schedule): day for day in after}
    loads = []
    for key in sorted(old.keys() | new.keys()):
        was, is_ = old.get(key), new.get(key)
        loads.append(
            DayLoad(
                day=key[0],
                place=key[1],
                schedule=key[2],
                slots_before=was.slots if was else 0,
                slots_after=is_.slots if is_ else 0,
                capacity_before=was.capacity if was else 0,
                capacity_after=is_.capacity if is_ else 0,
                taken=is_.taken if is_ else was.taken if was else 0,
            )
        )
    return loads


def _change(actor: Actor, process: Process, subject: Subject, row: models.Model, *, place: Place | None, rebook: bool) -> Effect:
    """Store a row that slots follow from, with its history and its audit event."""
    before = _values(_stored(row))

    def write() -> None:
        row.save()
        _remember(actor, subject, str(row.pk), before, _values(row))
        record(actor, process, subject=f"{subject.value}:{row.pk}", content={"place": place.code if place else ""})

    return _carry_out(actor, write, place=place.pk if place else None, rebook=rebook)


def _remove(actor: Actor, process: Process, subject: Subject, row: models.Model, *, place: Place | None, rebook: bool) -> Effect:
    """Delete a row that slots follow from, with its history and its audit event."""

    def write() -> None:
        key = str(row.pk)
        _remember(actor, subject, key, _values(row), None)
        record(actor, process, subject=f"{subject.value}:{key}", content={"place": place.code if place else ""})
        type(row)._default_manager.filter(pk=row.pk).delete()  # noqa: SLF001 Django's documented API

    return _carry_out(actor, write, place=place.pk if place else None, rebook=rebook)


@transaction.atomic
def save_place(actor: Actor, place: Place) -> Place:
    """Store a new or changed place. Raises ValidationError when a value is wrong or the code is taken."""
    place.full_clean()
    before = _values(_stored(place))
    place.save()
    _remember(actor, Subject.PLACE, place.code, before, _values(place))
    record(actor, PLACE_SAVED, subject=f"place:{place.code}", content={"is_open": place.is_open})
    return place


@transaction.atomic
def save_schedule(actor: Actor, schedule: Schedule) -> Schedule:
    """Store a new or changed schedule. Raises ValidationError when a value is wrong or the code is taken."""
    schedule.full_clean()
    before = _values(_stored(schedule))
    schedule.save()
    _remember(actor, Subject.SCHEDULE, schedule.code, before, _values(schedule))
    record(actor, SCHEDULE_SAVED, subject=f"schedule:{schedule.code}")
    return schedule


@transaction.atomic
def save_rule(actor: Actor, rule: OpeningRule, *, rebook: bool = False) -> Effect:
    """Store a new or changed opening rule and bring the slots of its place in step.

    `rebook` puts the bookings that the change leaves without a place on the re-booking list; else they stay above capacity.
    Raises ValidationError when a value is wrong or the hours overlap those of another rule of the same place, schedule and day.
    """
    rule.weeks = sorted(set(rule.weeks))
    rule.full_clean()
    # Rules of one place change one after the other, so that two people cannot store overlapping hours at the same moment.
    Place.objects.select_for_update().get(pk=rule.place_id)
    others = OpeningRule.objects.filter(
        place_id=rule.place_id, schedule_id=rule.schedule_id, weekday=rule.weekday, opens__lt=rule.closes, closes__gt=rule.opens
    ).exclude(pk=rule.pk)
    if rule.valid_until is not None:
        others = others.filter(valid_from__lte=rule.valid_until)
    if rule.weeks:
        others = others.filter(Q(weeks=[]) | Q(weeks__overlap=rule.weeks))
    if others.exclude(valid_until__lt=rule.valid_from).exists():
        raise ValidationError(_("同じ曜日・同じ時間帯の規則がすでにあります。時間帯、第何週か、適用期間を変えてください。"))
    return _change(actor, RULE_SAVED, Subject.RULE, rule, place=rule.place, rebook=rebook)


@transaction.atomic
def remove_rule(actor: Actor, rule: OpeningRule, *, rebook: bool = False) -> Effect:
    """Delete a rule; its slots are closed, bookings in them stand and are named as conflicts."""
    return _remove(actor, RULE_REMOVED, Subject.RULE, rule, place=rule.place, rebook=rebook)


@transaction.atomic
def save_exception(actor: Actor, exception: OpeningException, *, rebook: bool = False) -> Effect:
    """Store other hours of one day; on that day they stand in the place of the weekly rules of the same schedule.

    Raises ValidationError when a value is wrong or the hours overlap those of another exception of the day.
    """
    exception.full_clean()
    Place.objects.select_for_update().get(pk=exception.place_id)
    others = OpeningException.objects.filter(
        place_id=exception.place_id,
        schedule_id=exception.schedule_id,
        day=exception.day,
        opens__lt=exception.closes,
        closes__gt=exception.opens,
    )
    if others.exclude(pk=exception.pk).exists():
        raise ValidationError(_("同じ日の同じ時間帯に、臨時の開所がすでにあります。時間帯を変えてください。"))
    return _change(actor, EXCEPTION_SAVED, Subject.EXCEPTION, exception, place=exception.place, rebook=rebook)


@transaction.atomic
def remove_exception(actor: Actor, exception: OpeningException, *, rebook: bool = False) -> Effect:
    """Take the other hours of a day back; the weekly rules hold again."""
    return _remove(actor, EXCEPTION_REMOVED, Subject.EXCEPTION, exception, place=exception.place, rebook=rebook)


@transaction.atomic
def save_closure(actor: Actor, closure: Closure, *, rebook: bool = False) -> Effect:
    """Store closed days and close their slots; bookings in them stand and are named as conflicts. Raises ValidationError."""
    closure.full_clean()
    return _change(actor, CLOSURE_SAVED, Subject.CLOSURE, closure, place=closure.place, rebook=rebook)


@transaction.atomic
def remove_closure(actor: Actor, closure: Closure, *, rebook: bool = False) -> Effect:
    """Take a closure back; its slots open again."""
    return _remove(actor, CLOSURE_REMOVED, Subject.CLOSURE, closure, place=closure.place, rebook=rebook)


@transaction.atomic
def save_holiday(actor: Actor, holiday: Holiday, *, rebook: bool = False) -> Effect:
    """Store a national holiday, a day of the year's end, a day of national maintenance, or one of the municipality's own.

    Raises ValidationError.
    """
    holiday.full_clean(validate_unique=False)
    return _change(actor, HOLIDAY_SAVED, Subject.HOLIDAY, holiday, place=None, rebook=rebook)


@transaction.atomic
def remove_holiday(actor: Actor, holiday: Holiday, *, rebook: bool = False) -> Effect:
    """Delete a day that people entered. Raises ValidationError for a national holiday: it is opened instead, so that its name stays."""
    if holiday.kind == Holiday.Kind.NATIONAL:
        raise ValidationError(_("国民の祝日は削除できません。開くときは「休みにする」を外してください。"))
    return _remove(actor, HOLIDAY_REMOVED, Subject.HOLIDAY, holiday, place=None, rebook=rebook)


@transaction.atomic
def save_kind(actor: Actor, kind: VisitKind, texts: Mapping[str, tuple[str, str]] | None = None) -> VisitKind:
    """Store a new or changed kind of visit.

    Args:
        actor: who does it.
        kind: the kind; its own window, if it has one, must not be empty.
        texts: name and description by language; a language with both empty loses its text. None leaves the texts as they are.

    Raises ValidationError.
    """
    kind.full_clean()
    earliest, latest = kind.earliest_days_ahead, kind.latest_days_ahead
    if earliest is not None and latest is not None and latest < earliest:
        raise ValidationError({"latest_days_ahead": _("「何日後まで」は「何日後から」以上の数にしてください。")})
    stored = _stored(kind)
    before = _values(stored) and {**(_values(stored) or {}), "texts": _texts(kind)}
    kind.save()
    for language, (name, description) in (texts or {}).items():
        if name or description:
            text = KindText(kind=kind, language=language, name=name, description=description)
            text.full_clean(validate_unique=False, validate_constraints=False)
            KindText.objects.update_or_create(kind=kind, language=language, defaults={"name": name, "description": description})
        else:
            KindText.objects.filter(kind=kind, language=language).delete()
    _remember(actor, Subject.KIND, kind.code, before, {**(_values(kind) or {}), "texts": _texts(kind)})
    record(actor, KIND_SAVED, subject=f"kind:{kind.code}", content={"is_open": kind.is_open})
    return kind


def store_quota(actor: Actor, quota: KindQuota) -> KindQuota:
    """Store a quota within the caller's transaction, which also counts what is booked (madoguchi.booking.reservations.quotas).

    Raises ValidationError, also when the kind has a quota for these days at this place already.
    """
    quota.full_clean()
    before = _values(_stored(quota))
    quota.save()
    _remember(actor, Subject.QUOTA, str(quota.pk), before, _values(quota))
    record(actor, QUOTA_SAVED, subject=f"quota:{quota.pk}", content={"kind": quota.kind.code, "allowed": quota.allowed})
    return quota


def drop_quota(actor: Actor, quota: KindQuota) -> None:
    """Delete a quota within the caller's transaction."""
    _remember(actor, Subject.QUOTA, str(quota.pk), _values(quota), None)
    record(actor, QUOTA_REMOVED, subject=f"quota:{quota.pk}", content={"kind": quota.kind.code})
    quota.delete()


def _texts(kind: VisitKind) -> dict[str, list[str]]:
    return {text.language: [text.name, text.description] for text in KindText.objects.filter(kind=kind)}
