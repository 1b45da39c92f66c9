"""What is counted about attempts and holds, decoys, alarms, and networks that many people share. Nothing here names a citizen."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Count(models.Model):
    """How often something happened in one window of time. Kept in the database: a crash forgets nothing.

    `scope` says what: failures of a network, of a booking number (as a keyed hash, whether it exists or not), of the whole municipality;
    times taken; waits used.
    """

    scope = models.CharField(max_length=64)
    window_from = models.DateTimeField(db_index=True)
    number = models.PositiveIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scope", "window_from"], name="one_count_for_each_window"),
            models.CheckConstraint(condition=Q(scope__regex=r"^[a-z-]+( ([0-9a-f.:/]+|unknown))?( [0-9]+)?$"), name="count_scope_form"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.number}"


class Canary(models.Model):
    """A decoy: a booking number that no letter carries and that no slip of one digit makes out of a real one."""

    serial = models.CharField(max_length=9)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["serial"], name="canary_once"),
            models.CheckConstraint(condition=Q(serial__regex=r"^[0-9A-Z]{3}[0-9]{6}$"), name="canary_serial_form"),
        ]

    def __str__(self) -> str:
        return f"canary:{self.pk}"


class Alarm(models.Model):
    """Something that somebody at the desk should look at: one row for each kind, network and day, with how often."""

    class Kind(models.TextChoices):
        CANARY = "canary", _("おとりの番号が試された")
        NETWORK = "network", _("1つのネットワークの受付を止めた")
        TOTAL = "total", _("1日の失敗が全体の上限に達した")
        NUMBER = "number", _("1つの番号への失敗が続いている")
        GRABBING = "grabbing", _("枠を取っては手放すことが続いている")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    network = models.CharField(max_length=50, blank=True)
    day = models.DateField()
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by = models.CharField(max_length=64, blank=True, default="", db_default="")

    class Meta:
        ordering: ClassVar = ["-last_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "network", "day"], name="one_alarm_a_day"),
            models.CheckConstraint(condition=Q(kind__in=["canary", "network", "total", "number", "grabbing"]), name="alarm_kind_known"),
            models.CheckConstraint(condition=Q(network__regex=r"^([0-9a-f.:/]+|unknown)?$"), name="alarm_network_form"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.network} {self.day}"


class SpentProof(models.Model):
    """A challenge that was answered: none counts twice."""

    digest = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["digest"], name="proof_spent_once"),
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="proof_digest_form"),
        ]

    def __str__(self) -> str:
        return f"proof:{self.pk}"


class SharedNetwork(models.Model):
    """A network that staff know many people share (a library, a company, a carrier): its limits are widened by `factor`."""

    network = models.CharField(_("ネットワーク"), max_length=50)
    factor = models.PositiveSmallIntegerField(_("上限の倍率"))
    reason = models.CharField(_("理由"), max_length=100)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["network"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["network"], name="shared_network_once"),
            models.CheckConstraint(condition=Q(network__regex=r"^[0-9a-f.:]+/[0-9]+$"), name="shared_network_form"),
            models.CheckConstraint(condition=Q(factor__range=(2, 20)), name="shared_network_factor"),
        ]

    def __str__(self) -> str:
        return self.network
