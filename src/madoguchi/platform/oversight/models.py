"""Tables of the auditors: thresholds by day, days examined, findings with who looked into them, signed exports of the log."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from madoguchi.platform.oversight.rules import Rule, Thresholds

_USUALLY = Thresholds()
_HEX_64 = r"^[0-9a-f]{64}$"


class ThresholdsSince(models.Model):
    """点検のめやす from a day on; earlier rows stay, so that a finding can be read with the measure of its day."""

    append_only: ClassVar[bool] = True

    since = models.DateField(_("適用日"))
    opens = models.TimeField(_("業務の始まり"), default=_USUALLY.opens)
    closes = models.TimeField(_("業務の終わり"), default=_USUALLY.closes)
    outside = models.PositiveIntegerField(default=_USUALLY.outside)
    own_times = models.PositiveIntegerField(default=_USUALLY.own_times)
    own_least = models.PositiveIntegerField(default=_USUALLY.own_least)
    peer_times = models.PositiveIntegerField(default=_USUALLY.peer_times)
    peer_least = models.PositiveIntegerField(default=_USUALLY.peer_least)
    idle = models.PositiveIntegerField(default=_USUALLY.idle)
    repeated = models.PositiveIntegerField(default=_USUALLY.repeated)
    protected = models.PositiveIntegerField(default=_USUALLY.protected)
    bulk = models.PositiveIntegerField(default=_USUALLY.bulk)
    refused = models.PositiveIntegerField(default=_USUALLY.refused)
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["-since", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="thresholds_day_has_hours"),
            models.CheckConstraint(condition=Q(own_times__gte=1, peer_times__gte=1), name="thresholds_times"),
        ]

    def __str__(self) -> str:
        return f"thresholds:{self.pk}"


class ExaminedDay(models.Model):
    """A day whose events were examined, the last time when and by whom."""

    day = models.DateField(primary_key=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["-day"]

    def __str__(self) -> str:
        return f"{self.day}"


class Finding(models.Model):
    """Something unusual about a day's use of personal data. Internal keys and user ids alone: no value of a person stands here."""

    day = models.DateField()
    rule = models.CharField(max_length=10)
    user_id = models.CharField(max_length=64)
    subject = models.CharField(max_length=100, blank=True)
    number = models.PositiveIntegerField()
    limit = models.PositiveIntegerField()
    found_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    signed_by = models.CharField(max_length=64, blank=True)
    signed_by_name = models.CharField(max_length=100, blank=True)
    note = models.CharField(_("確かめたこと"), max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["-day", "rule", "user_id", "subject"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "rule", "user_id", "subject"], name="one_finding_of_a_kind_a_day"),
            models.CheckConstraint(condition=Q(rule__in=[rule.value for rule in Rule]), name="finding_rule_known"),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, signed_by="", note="") | (Q(signed_at__isnull=False) & ~Q(signed_by="") & ~Q(note="")),
                name="finding_signed_with_a_note",
            ),
            models.CheckConstraint(condition=~Q(signed_by=F("user_id")), name="finding_signed_by_another"),
        ]
        indexes: ClassVar = [models.Index(fields=["day"], condition=Q(signed_at__isnull=True), name="finding_unread")]

    def __str__(self) -> str:
        return f"finding:{self.pk}"


class LogExport(models.Model):
    """A signed export of the operation log: what it holds, the hashes that a copy is held against, and the export before it."""

    append_only: ClassVar[bool] = True

    first = models.DateField()
    last = models.DateField()
    narrowed = models.JSONField(default=dict)
    rows = models.PositiveIntegerField()
    head = models.CharField(max_length=64)
    manifest = models.CharField(max_length=64, unique=True)
    previous = models.CharField(max_length=64)
    key = models.CharField(max_length=16)
    purpose = models.CharField(_("目的"), max_length=200)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=64)
    made_by_name = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            # Each export but the first is anchored in exactly one before it.
            models.UniqueConstraint(fields=["previous"], name="log_exports_are_one_chain"),
            models.CheckConstraint(
                condition=Q(head__regex=_HEX_64, manifest__regex=_HEX_64, previous__regex=_HEX_64), name="log_export_hashes"
            ),
            models.CheckConstraint(condition=Q(key__regex="^[0-9a-f]{16}$"), name="log_export_key"),
        ]

    def __str__(self) -> str:
        return f"log-export:{self.pk}"
