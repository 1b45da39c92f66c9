"""Bookings, the people and places of each, and what happened to them."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, Q, Value
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.calendar.models import Slot, VisitKind
from madoguchi.booking.reservations.models.roster import RESULTS, Credential, are_codes

# The sequence behind `Booking.record_no`, made by the first migration (written by hand there).
RECORD_NUMBERS = "reservations_record_no"


class State(models.TextChoices):
    """States of a booking. `expired` also stands for a hold that the person gave up."""

    HELD = "held", _("仮押さえ")
    CONFIRMED = "confirmed", _("確定")
    ARRIVED = "arrived", _("来庁")
    DONE = "done", _("完了")
    REFUSED = "refused", _("交付不可")
    NO_SHOW = "no_show", _("来庁なし")
    EXPIRED = "expired", _("期限切れ")
    CANCELLED = "cancelled", _("取消")


# A booking in one of these takes the person's one live booking.
LIVE_STATES = (State.HELD, State.CONFIRMED, State.ARRIVED)
# A booking in one of these has given its place back.
FREED_STATES = (State.EXPIRED, State.CANCELLED)


class Booking(models.Model):
    """One visit: one or more people at one time. `number` (予約番号) is what people read and say."""

    class Source(models.TextChoices):
        WEB = "web", "インターネット"
        STAFF = "staff", "窓口"
        PHONE = "phone", "電話"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=10)
    state = models.CharField(max_length=9, choices=State.choices)
    kind = models.ForeignKey(VisitKind, on_delete=models.PROTECT, related_name="bookings")
    # The first of the times that the booking occupies; all of them are its seats.
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="bookings")
    # How many come together (BK-05); the people of a booking by number are its attendees, those of a booking by form have none.
    people = models.PositiveSmallIntegerField(default=1, db_default=1)
    source = models.CharField(max_length=5, choices=Source.choices)
    # レコード番号 (BK-16): counts bookings and requests of every kind in the order in which they came.
    record_no = models.BigIntegerField(unique=True, db_default=Func(Value(RECORD_NUMBERS), function="nextval"))
    idempotency_key = models.UUIDField(unique=True)
    held_until = models.DateTimeField(null=True)
    extensions = models.PositiveSmallIntegerField(default=0, db_default=0)
    version = models.PositiveIntegerField(default=1, db_default=1)
    sequence = models.PositiveIntegerField(default=0, db_default=0)
    email = models.CharField(max_length=254, blank=True, default="", db_default="")
    language = models.CharField(max_length=10, default="ja", db_default="ja")
    # Which version of the notice on personal data was shown (BK-18); 0 where none was, as when staff book for a caller.
    privacy_notice = models.PositiveSmallIntegerField(default=0, db_default=0)
    requests = ArrayField(models.CharField(max_length=20), default=list)
    # メッセージ (BK-16): what the office tells the person; staff type it, the page of the booking shows it.
    message = models.CharField(max_length=200, blank=True, default="", db_default="")
    # Somebody came without a booking and was given a place at the counter (BS-04).
    walk_in = models.BooleanField(default=False, db_default=False)
    # The person called that they come late, or staff saw that they are.
    late = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number"], name="booking_number_once"),
            models.CheckConstraint(condition=Q(number__regex=r"^[0-9]{10}$"), name="booking_number_form"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="booking_state_known"),
            models.CheckConstraint(condition=Q(source__in=["web", "staff", "phone"]), name="booking_source_known"),
            models.CheckConstraint(
                condition=(Q(state="held") & Q(held_until__isnull=False)) | (~Q(state="held") & Q(held_until__isnull=True)),
                name="booking_held_until_when_held",
            ),
            models.CheckConstraint(condition=Q(email="") | Q(email__regex=r"^[^\s@]+@[^\s@]+$"), name="booking_email_form"),
            models.CheckConstraint(condition=Q(language__regex=r"^[a-z]{2}(-[a-z]{1,8})*$"), name="booking_language_form"),
            models.CheckConstraint(condition=Q(people__range=(1, 20)), name="booking_people"),
            are_codes("requests", "booking_requests_are_codes"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["held_until"], condition=Q(state="held"), name="booking_held_until"),
        ]

    def __str__(self) -> str:
        return f"booking:{self.pk}"


class Attendee(models.Model):
    """One person of a booking, known by the booking number alone. A person has at most one live booking: the database sees to it."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="attendees", db_index=False)
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="attendances")
    live = models.BooleanField(default=True)
    # Taken out of the party while the others still come.
    left = models.BooleanField(default=False, db_default=False)
    result = models.CharField(max_length=9, blank=True, default="", db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["credential"], condition=Q(live=True), name="one_live_booking"),
            models.UniqueConstraint(fields=["booking", "credential"], name="attendee_once"),
            models.CheckConstraint(condition=Q(result__in=RESULTS), name="attendee_result_known"),
        ]

    def __str__(self) -> str:
        return f"attendee:{self.pk}"


class Seat(models.Model):
    """What a booking occupies: `places` of one time. A booking that spans several times has one row for each.

    The rows of a slot add up to its counters. A row that a booking has left stays behind until `free_at` where the municipality keeps
    places back for a while (a random delay against resale, or the time in which a cancellation can be undone).
    """

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="seats", db_index=False)
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="seats")
    places = models.PositiveSmallIntegerField()
    is_public = models.BooleanField()
    channel = models.CharField(max_length=5, choices=Booking.Source.choices)
    free_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["booking", "slot"], name="seat_once"),
            models.CheckConstraint(condition=Q(places__gt=0), name="seat_has_a_place"),
            models.CheckConstraint(condition=Q(channel__in=Booking.Source.values), name="seat_channel_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["free_at"], condition=Q(free_at__isnull=False), name="seat_free_at")]

    def __str__(self) -> str:
        return f"seat:{self.pk}"


class BookingEvent(models.Model):
    """One change of one booking: what, from, to, by whom. Written with the change, never altered."""

    append_only: ClassVar[bool] = True

    class Kind(models.TextChoices):
        HELD = "held", "仮押さえ"
        EXTENDED = "extended", "仮押さえの延長"
        RELEASED = "released", "仮押さえの解除"
        EXPIRED = "expired", "仮押さえの期限切れ"
        CONFIRMED = "confirmed", "確定"
        CANCELLED = "cancelled", "取消"
        RESULT = "result", "来庁結果"
        MOVED = "moved", "日時・場所の変更"
        PARTY = "party", "人数の変更"
        RESTORED = "restored", "取消の取り下げ"
        ARRIVED = "arrived", "来庁"
        LATE = "late", "遅刻"
        NO_SHOW = "no_show", "来庁なし"
        DONE = "done", "完了"
        REFUSED = "refused", "交付不可"
        CORRECTED = "corrected", "来庁の記録の訂正"
        MESSAGE = "message", "メッセージ"
        ADDRESS = "address", "メールアドレスの変更"

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="events", db_index=False)
    at = models.DateTimeField()
    kind = models.CharField(max_length=9, choices=Kind.choices)
    from_state = models.CharField(max_length=9, blank=True)
    to_state = models.CharField(max_length=9)
    slot_id = models.BigIntegerField()
    people = models.PositiveSmallIntegerField(default=1, db_default=1)
    version = models.PositiveIntegerField()
    by_kind = models.CharField(max_length=12)
    by = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["booking", "version"], name="one_event_for_each_version")]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.kind}"


class MailIntent(models.Model):
    """A mail that is owed: written in the transaction of the booking, drained by the notices app."""

    class Kind(models.TextChoices):
        CONFIRMED = "confirmed", "予約完了"
        CANCELLED = "cancelled", "予約取消"
        CHANGED = "changed", "予約変更"
        REMINDER = "reminder", "来庁日のお知らせ"
        OFFER = "offer", "空き待ちのご案内"
        STOPPED = "stopped", "受付中止のお知らせ"

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="mail_intents", db_index=False)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    version = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["booking", "kind", "version"], name="one_mail_for_each_version"),
            models.CheckConstraint(
                condition=Q(kind__in=["confirmed", "cancelled", "changed", "reminder", "offer", "stopped"]), name="mail_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.kind}"
