"""お知らせ above the public pages: posting, taking down, and what stands there now (BS-05)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.municipality.audited import ANNOUNCED, ANNOUNCEMENT_TAKEN_DOWN
from madoguchi.booking.municipality.models import Announcement
from madoguchi.booking.municipality.own_words import save_words
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

_CACHE_KEY = "announcements"
_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """One sentence as it stands above the public pages, with the moments between which it does."""

    text: str
    is_urgent: bool
    shown_from: dt.datetime
    shown_until: dt.datetime


@transaction.atomic
def announce(
    actor: Actor,
    text: str,
    *,
    shown_from: dt.datetime,
    shown_until: dt.datetime,
    words: Mapping[str, str] | None = None,
    is_urgent: bool = False,
) -> Announcement:
    """Post a sentence for a time, with its `words` in other languages by code; the caller has checked the right of `actor`.

    Raises ValidationError without words, with too many, or when it would end before it begins.
    """
    if shown_until <= shown_from:
        raise ValidationError({"shown_until": _("掲載を終える日時は、始める日時より後にしてください。")})
    posted = Announcement(
        text=text.strip(),
        is_urgent=is_urgent,
        shown_from=shown_from,
        shown_until=shown_until,
        made_at=clock.now(),
        made_by=actor.user_id,
    )
    posted.full_clean(validate_constraints=False)
    posted.save()
    save_words(actor, posted.text, words or {})
    record(actor, ANNOUNCED, subject=f"announcement:{posted.pk}", content={"until": shown_until.isoformat(), "urgent": is_urgent})
    transaction.on_commit(_forget)
    return posted


@transaction.atomic
def take_down(actor: Actor, pk: int) -> bool:
    """Take a sentence off the public pages now. Tells whether it was there."""
    gone = Announcement.objects.filter(pk=pk, taken_down_at__isnull=True).update(taken_down_at=clock.now())
    if gone:
        record(actor, ANNOUNCEMENT_TAKEN_DOWN, subject=f"announcement:{pk}")
        transaction.on_commit(_forget)
    return bool(gone)


def _forget() -> None:
    cache.delete(_CACHE_KEY)


def standing() -> QuerySet[Announcement]:
    """Return the sentences that are not taken down and not over, also those that are to come, for staff."""
    return Announcement.objects.filter(taken_down_at__isnull=True, shown_until__gt=clock.now())


def shown_now() -> list[Shown]:
    """Return what stands above the public pages now, urgent first: one statement, kept for five seconds per process."""
    kept: list[Shown] | None = cache.get(_CACHE_KEY)
    if kept is None:
        kept = [Shown(one.text, one.is_urgent, one.shown_from, one.shown_until) for one in standing()]
        cache.set(_CACHE_KEY, kept, _SECONDS)
    now = clock.now()
    return [one for one in kept if one.shown_from <= now < one.shown_until]
