"""The waiting list: who wishes for an earlier or better time, and what was offered to whom (BK-12)."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from madoguchi.booking.calendar.models import VisitKind
from madoguchi.booking.reservations.models.bookings import Booking
from madoguchi.booking.reservations.models.roster import Credential, are_codes


class Wish(models.Model):
    """One entry of the waiting list. `queued_at` is its turn: the oldest is asked first, and looking at the page moves nobody."""

    class State(models.TextChoices):
        WAITING = "waiting", "空き待ち"
        OFFERED = "offered", "ご案内中"
        BOOKED = "booked", "予約済"
        STOPPED = "stopped", "終了"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    kind = models.ForeignKey(VisitKind, on_delete=models.PROTECT, related_name="wishes")
    people = models.PositiveSmallIntegerField()
    # Codes of places; empty: any.
    places = ArrayField(models.CharField(max_length=20), default=list)
    first_day = models.DateField()
    last_day = models.DateField()
    # Days of the week from Monday (0); empty: any.
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list)
    # Times that begin from `first_time` on and before `last_time`.
    first_time = models.TimeField()
    last_time = models.TimeField()
    email = models.CharField(max_length=254, blank=True, default="", db_default="")
    language = models.CharField(max_length=10, default="ja", db_default="ja")
    missed = models.PositiveSmallIntegerField(default=0, db_default=0)
    queued_at = models.DateTimeField()
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=["waiting", "offered", "booked", "stopped"]), name="wish_state_known"),
            models.CheckConstraint(condition=Q(people__range=(1, 20)), name="wish_people"),
            models.CheckConstraint(condition=Q(first_day__lte=F("last_day")), name="wish_days"),
            models.CheckConstraint(condition=Q(first_time__lt=F("last_time")), name="wish_times"),
            models.CheckConstraint(condition=Q(email="") | Q(email__regex=r"^[^\s@]+@[^\s@]+$"), name="wish_email_form"),
            models.CheckConstraint(condition=Q(language__regex=r"^[a-z]{2}(-[a-z]{1,8})*$"), name="wish_language_form"),
            are_codes("places", "wish_places_are_codes"),
        ]
        indexes: ClassVar = [models.Index(fields=["queued_at", "id"], condition=Q(state="waiting"), name="wish_queue")]

    def __str__(self) -> str:
        return f"wish:{self.pk}"


class WishMember(models.Model):
    """One person of a wish. A person stands in the waiting list once: the database sees to it."""

    wish = models.ForeignKey(Wish, on_delete=models.CASCADE, related_name="members", db_index=False)
    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="wishes")
    live = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["credential"], condition=Q(live=True), name="one_live_wish"),
            models.UniqueConstraint(fields=["wish", "credential"], name="wish_member_once"),
        ]

    def __str__(self) -> str:
        return f"wish_member:{self.pk}"


class Offer(models.Model):
    """A freed place, kept for one wish by a held booking until it is taken, declined or its time is up."""

    class State(models.TextChoices):
        OPEN = "open", "ご案内中"
        TAKEN = "taken", "予約済"
        DECLINED = "declined", "見送り"
        EXPIRED = "expired", "期限切れ"

    wish = models.ForeignKey(Wish, on_delete=models.CASCADE, related_name="offers")
    booking = models.OneToOneField(Booking, on_delete=models.CASCADE, related_name="offer")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["wish"], condition=Q(state="open"), name="one_open_offer"),
            models.CheckConstraint(condition=Q(state__in=["open", "taken", "declined", "expired"]), name="offer_state_known"),
            models.CheckConstraint(
                condition=(Q(state="open") & Q(closed_at__isnull=True)) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="offer_closed_when_not_open",
            ),
        ]

    def __str__(self) -> str:
        return f"offer:{self.pk}"
