"""Booking numbers, bookings and what happened to them. No citizen's name or address has a column here."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CharField, F, Func, Q, Value
from django.db.models.functions import Length
from django.db.models.lookups import Exact, IsNull, Regex

from madoguchi.booking.calendar.models import Place, Slot
from madoguchi.booking.calendar.rules import Admission


class State(models.TextChoices):
    """States of a booking. `expired` also stands for a hold that the person gave up."""

    HELD = "held", "仮押さえ"
    CONFIRMED = "confirmed", "確定"
    ARRIVED = "arrived", "来庁"
    DONE = "done", "完了"
    REFUSED = "refused", "交付不可"
    NO_SHOW = "no_show", "来庁なし"
    EXPIRED = "expired", "期限切れ"
    CANCELLED = "cancelled", "取消"


# A booking in one of these takes the person's one live booking.
LIVE_STATES = (State.HELD, State.CONFIRMED, State.ARRIVED)
# A booking in one of these has given its place back.
FREED_STATES = (State.EXPIRED, State.CANCELLED)

# What the delivery zone reports of a person; empty: nothing yet.
RESULTS = ("", "delivered", "refused", "no_show", "withdrawn")
# Results after which the booking number is done with.
CLOSING_RESULTS = ("delivered", "withdrawn")


def _is_a_verifier(field: str) -> models.CheckConstraint:
    """Hold a column to the 32 bytes of an HMAC-SHA-256, or nothing."""
    return models.CheckConstraint(condition=IsNull(field, True) | Exact(Length(field), 32), name=f"credential_{field}_size")


def _are_codes(field: str, name: str) -> models.CheckConstraint:
    """Hold an array to codes: letters, digits, hyphen and underscore."""
    joined = Func(F(field), Value(","), function="array_to_string", output_field=CharField())
    return models.CheckConstraint(condition=Regex(joined, Value("^[0-9A-Za-z_,-]*$")), name=name)


class Credential(models.Model):
    """One line of the roster from the delivery zone: a 予約用ID (製造管理番号), its verifiers, and where and when its holder may come.

    The verifiers are HMACs with a pepper that is not in the database. Without `birthday_mac` (生年月日不詳) or, where codes are used,
    without `code_mac`, only staff can book.
    """

    class Status(models.TextChoices):
        OPEN = "open", "予約できる"
        CLOSED = "closed", "予約できない"

    serial = models.CharField(max_length=9)
    code_mac = models.BinaryField(null=True)
    birthday_mac = models.BinaryField(null=True)
    dispatch_no = models.CharField(max_length=20, blank=True)
    places = ArrayField(models.CharField(max_length=20), default=list)
    not_before = models.DateField(null=True)
    deadline = models.DateField(null=True)
    status = models.CharField(max_length=6, choices=Status.choices)
    rev = models.BigIntegerField()
    result = models.CharField(max_length=9, blank=True, default="", db_default="")
    result_rev = models.BigIntegerField(default=0, db_default=0)
    wrong_birthdays = models.PositiveSmallIntegerField(default=0, db_default=0)
    locked_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            # A constraint rather than unique=True, which would add a second index for LIKE; the same below.
            models.UniqueConstraint(fields=["serial"], name="credential_serial_once"),
            models.CheckConstraint(condition=Q(serial__regex=r"^[0-9A-Z]{3}[0-9]{6}$"), name="credential_serial_form"),
            models.CheckConstraint(condition=Q(dispatch_no__regex=r"^[0-9]*$"), name="credential_dispatch_form"),
            _is_a_verifier("code_mac"),
            _is_a_verifier("birthday_mac"),
            _are_codes("places", "credential_places_are_codes"),
            models.CheckConstraint(condition=Q(status__in=["open", "closed"]), name="credential_status_known"),
            models.CheckConstraint(condition=Q(result__in=RESULTS), name="credential_result_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["locked_at"], condition=Q(locked_at__isnull=False), name="credential_locked")]

    def __str__(self) -> str:
        return f"credential:{self.pk}"

    @property
    def admission(self) -> Admission:
        """Where and when its holder may come, as the calendar asks for it."""
        return Admission(tuple(self.places), self.not_before, self.deadline)


class Booking(models.Model):
    """One visit: one or more people at one time. `number` (予約番号) is what people read and say."""

    class Source(models.TextChoices):
        WEB = "web", "インターネット"
        STAFF = "staff", "窓口"
        PHONE = "phone", "電話"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=10)
    state = models.CharField(max_length=9, choices=State.choices)
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="bookings")
    is_public = models.BooleanField()
    source = models.CharField(max_length=5, choices=Source.choices)
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
            models.CheckConstraint(condition=Q(language__regex=r"^[a-z]{2}(-[a-z]{2,7})?$"), name="booking_language_form"),
            _are_codes("requests", "booking_requests_are_codes"),
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
    result = models.CharField(max_length=9, blank=True, default="", db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["credential"], condition=Q(live=True), name="one_live_booking"),
            models.UniqueConstraint(fields=["booking", "credential"], name="attendee_once"),
            models.CheckConstraint(condition=Q(result__in=RESULTS), name="attendee_result_known"),
        ]

    def __str__(self) -> str:
        return f"attendee:{self.pk}"


class Draft(models.Model):
    """How far one browser has come in the public pages after it proved a booking number.

    The cookie holds a random key, the row its hash.
    """

    key_digest = models.CharField(max_length=64)
    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="drafts")
    booking = models.ForeignKey(Booking, on_delete=models.SET_NULL, null=True, related_name="drafts")
    place = models.ForeignKey(Place, on_delete=models.SET_NULL, null=True, db_index=False)
    email = models.CharField(max_length=254, blank=True, default="", db_default="")
    language = models.CharField(max_length=10, default="ja", db_default="ja")
    # Which version of the notice on personal data was shown (BK-18); 0 where none was, as when staff book for a caller.
    privacy_notice = models.PositiveSmallIntegerField(default=0, db_default=0)
    requests = ArrayField(models.CharField(max_length=20), default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key_digest"], name="draft_key_once"),
            models.CheckConstraint(condition=Q(key_digest__regex=r"^[0-9a-f]{64}$"), name="draft_key_form"),
            models.CheckConstraint(condition=Q(email="") | Q(email__regex=r"^[^\s@]+@[^\s@]+$"), name="draft_email_form"),
            models.CheckConstraint(condition=Q(language__regex=r"^[a-z]{2}(-[a-z]{2,7})?$"), name="draft_language_form"),
            _are_codes("requests", "draft_requests_are_codes"),
        ]

    def __str__(self) -> str:
        return f"draft:{self.pk}"


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

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="events", db_index=False)
    at = models.DateTimeField()
    kind = models.CharField(max_length=9, choices=Kind.choices)
    from_state = models.CharField(max_length=9, blank=True)
    to_state = models.CharField(max_length=9)
    slot_id = models.BigIntegerField()
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

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="mail_intents", db_index=False)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    version = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["booking", "version"], name="one_mail_for_each_version"),
            models.CheckConstraint(condition=Q(kind__in=["confirmed", "cancelled"]), name="mail_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.kind}"


class GuessCount(models.Model):
    """Failed identifications in one window of time: of one network, or of the whole municipality.

    Kept in the database: a crash forgets nothing.
    """

    scope = models.CharField(max_length=50)
    window_from = models.DateTimeField(db_index=True)
    failures = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["scope", "window_from"], name="one_count_for_each_window")]

    def __str__(self) -> str:
        return f"{self.window_from} {self.failures}"
