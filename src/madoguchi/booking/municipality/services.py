"""Changing the settings, each change with its author."""

import datetime as dt
import logging

from django.core.cache import cache
from django.db import transaction

from madoguchi.booking.calendar.kinds import provide_starting_calendar
from madoguchi.booking.municipality.audited import CHANGED, SET_UP
from madoguchi.booking.municipality.models import Municipality, MunicipalityChange
from madoguchi.booking.municipality.queries import CACHE_KEY
from madoguchi.kernel import municipalities
from madoguchi.kernel.numbers import municipality_code
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, automatic
from madoguchi.platform.audit.services import record

logger = logging.getLogger(__name__)

INITIALISER = automatic("init")

CHANGEABLE = (
    "name",
    "telephone",
    "telephone_hours",
    "uses_booking_codes",
    "hold_minutes",
    "hold_extensions",
    "earliest_days_ahead",
    "latest_days_ahead",
    "window_counts",
    "release_time",
    "cancel_days_before",
    "languages",
    "undo_minutes",
    "undo_keeps_place",
    "release_delay_minutes",
    "late_minutes",
    "results_from_delivery",
    "no_show_wait_days",
    "cancellation_limit",
    "offer_hours",
    "reminder_days",
    "reminder_hour",
)


@transaction.atomic
def set_up(code: str, name: str = "", *, actor: Actor = INITIALISER, telephone: str = "") -> Municipality:
    """Write the one row of settings and the kinds of visit when the zone is initialised; a second call changes nothing.

    Without `name` the municipality is called as the national list calls it.
    Raises madoguchi.kernel.numbers.NumberError when `code` is no 全国地方公共団体コード.
    """
    code = municipality_code(code)
    listed = municipalities.find(code)
    row, made = Municipality.objects.get_or_create(
        pk=Municipality.ONLY_ROW,
        defaults={
            "code": code,
            "name": name or (listed.short_name if listed else code),
            "telephone": telephone,
            "changed_at": clock.now(),
            "changed_by": actor.user_id,
        },
    )
    if made:
        record(actor, SET_UP, subject=f"municipality:{row.code}")
        provide_starting_calendar()
        cache.delete(CACHE_KEY)
    return row


@transaction.atomic
def change(actor: Actor, **values: object) -> Municipality:
    """Set the named settings; each one that differs gets a line of history.

    Switching booking codes off leaves 生月日 as the only secret of a booking number: 366 values. It is the mode of seed 000, it works with
    far stricter limits (madoguchi.booking.reservations.rules), and it warns in the log and on the settings page (`warning_about_codes`).

    Raises ValidationError when a value is out of its range, TypeError for a setting that does not exist.
    """
    unknown = set(values) - set(CHANGEABLE)
    if unknown:
        raise TypeError(f"no such setting: {', '.join(sorted(unknown))}")
    row = Municipality.objects.select_for_update().get(pk=Municipality.ONLY_ROW)
    changes = {name: (getattr(row, name), after) for name, after in values.items() if getattr(row, name) != after}
    if not changes:
        return row
    for name, (_before, after) in changes.items():
        setattr(row, name, after)
    row.changed_at, row.changed_by = clock.now(), actor.user_id
    row.full_clean()
    row.save()
    MunicipalityChange.objects.bulk_create(
        MunicipalityChange(at=row.changed_at, by=actor.user_id, setting=name, before=_stored(before), after=_stored(after))
        for name, (before, after) in changes.items()
    )
    record(actor, CHANGED, subject=f"municipality:{row.code}", content={"settings": sorted(changes)})
    if "uses_booking_codes" in changes and not row.uses_booking_codes:
        logger.warning("booking codes are off: the month and day of birth is the only secret of a booking number")
    transaction.on_commit(lambda: cache.delete(CACHE_KEY))
    return row


def _stored(value: object) -> object:
    """Return a value as the history keeps it."""
    return f"{value:%H:%M}" if isinstance(value, dt.time) else value
