"""How far a browser has come in the public pages."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from madoguchi.booking.calendar.models import Place, VisitKind
from madoguchi.booking.reservations.models.bookings import Booking
from madoguchi.booking.reservations.models.roster import Credential, are_codes


class Draft(models.Model):
    """How far one browser has come in the public pages after it proved a booking number.

    The cookie holds a random key, the row its hash.
    """

    key_digest = models.CharField(max_length=64)
    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="drafts")
    kind = models.ForeignKey(VisitKind, on_delete=models.CASCADE, related_name="+", db_index=False)
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
            models.CheckConstraint(condition=Q(language__regex=r"^[a-z]{2}(-[a-z]{1,8})*$"), name="draft_language_form"),
            are_codes("requests", "draft_requests_are_codes"),
        ]

    def __str__(self) -> str:
        return f"draft:{self.pk}"


class DraftMember(models.Model):
    """One more person for whom the visitor books or changes a booking; each proved their own number (BK-05)."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="members", db_index=False)
    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="+")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["draft", "credential"], name="draft_member_once")]

    def __str__(self) -> str:
        return f"draft_member:{self.pk}"
