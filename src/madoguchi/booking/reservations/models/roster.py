"""The roster: booking numbers with their verifiers. No citizen's name or address has a column here."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CharField, F, Func, Q, Value
from django.db.models.functions import Length
from django.db.models.lookups import Exact, IsNull, Regex

from madoguchi.booking.calendar.rules import Admission

# What the delivery zone reports of a person; empty: nothing yet.
RESULTS = ("", "delivered", "refused", "no_show", "withdrawn")
# How far the card is, as the delivery zone tells it (BK-13); empty: not told.
STAGES = ("", "preparing", "notice_made", "notice_sent", "notice_returned", "ready")
# Results after which the booking number is done with.
CLOSING_RESULTS = ("delivered", "withdrawn")


def _is_a_verifier(field: str) -> models.CheckConstraint:
    """Hold a column to the 32 bytes of an HMAC-SHA-256, or nothing."""
    return models.CheckConstraint(condition=IsNull(field, True) | Exact(Length(field), 32), name=f"credential_{field}_size")


def are_codes(field: str, name: str) -> models.CheckConstraint:
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
    stage = models.CharField(max_length=15, blank=True, default="", db_default="")
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
            are_codes("places", "credential_places_are_codes"),
            models.CheckConstraint(condition=Q(status__in=["open", "closed"]), name="credential_status_known"),
            models.CheckConstraint(condition=Q(result__in=RESULTS), name="credential_result_known"),
            models.CheckConstraint(condition=Q(stage__in=STAGES), name="credential_stage_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["locked_at"], condition=Q(locked_at__isnull=False), name="credential_locked")]

    def __str__(self) -> str:
        return f"credential:{self.pk}"

    @property
    def admission(self) -> Admission:
        """Where and when its holder may come, as the calendar asks for it."""
        return Admission(tuple(self.places), self.not_before, self.deadline)
