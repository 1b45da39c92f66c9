"""Counts of answers by the minute and by the day, probes, incidents, what was agreed, and cases. Nothing here concerns a person."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

_AUDIENCES = ["public", "staff"]


class ServedMinute(models.Model):
    """What one process answered within one minute."""

    minute = models.DateTimeField(db_index=True)
    audience = models.CharField(max_length=6)
    requests = models.PositiveIntegerField()
    errors = models.PositiveIntegerField()
    histogram = ArrayField(models.PositiveIntegerField())

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(audience__in=_AUDIENCES), name="served_minute_audience")]

    def __str__(self) -> str:
        return f"{self.minute} {self.audience}"


class ServedDay(models.Model):
    """The minutes of one day added up; the minutes themselves are kept for some weeks only."""

    day = models.DateField()
    audience = models.CharField(max_length=6)
    requests = models.PositiveBigIntegerField()
    errors = models.PositiveBigIntegerField()
    histogram = ArrayField(models.PositiveBigIntegerField())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "audience"], name="served_day_once"),
            models.CheckConstraint(condition=Q(audience__in=_AUDIENCES), name="served_day_audience"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.audience}"


class Probe(models.Model):
    """Whether the site answered in one minute, asked from outside the web server. A minute without a row was not answered either."""

    minute = models.DateTimeField(primary_key=True)
    answered = models.BooleanField()
    milliseconds = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.minute} {self.answered}"


class Incident(models.Model):
    """Minutes in a row in which the site did not answer; open while `ended_at` is empty."""

    began_at = models.DateTimeField(unique=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-began_at"]

    def __str__(self) -> str:
        return f"incident:{self.pk}"


class Agreement(models.Model):
    """What was agreed from one month on. Rows are added, never changed: they are the history."""

    append_only: ClassVar[bool] = True

    valid_from = models.DateField(_("適用開始月"))
    availability_percent = models.DecimalField(_("稼働率(%)"), max_digits=5, decimal_places=2)
    p95_ms = models.PositiveIntegerField(_("応答時間の95%(ミリ秒)"))
    error_percent = models.DecimalField(_("誤りの割合(%)"), max_digits=5, decimal_places=2)
    reason = models.CharField(_("変更の理由"), max_length=200)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["-valid_from", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(availability_percent__range=(50, 100)), name="agreement_availability"),
            models.CheckConstraint(condition=Q(p95_ms__range=(50, 60_000)), name="agreement_p95"),
            models.CheckConstraint(condition=Q(error_percent__range=(0, 50)), name="agreement_errors"),
        ]

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m}"


class Case(models.Model):
    """A value that was missed in one month: why, what is done about it, and when that was done (BS-13)."""

    class Measure(models.TextChoices):
        AVAILABILITY = "availability", _("稼働率")
        P95 = "p95", _("応答時間")
        ERRORS = "errors", _("誤りの割合")

    month = models.DateField()
    measure = models.CharField(max_length=12, choices=Measure.choices)
    agreed = models.DecimalField(max_digits=8, decimal_places=2)
    measured = models.DecimalField(max_digits=8, decimal_places=2)
    cause = models.CharField(_("原因"), max_length=500, blank=True, default="", db_default="")
    action = models.CharField(_("対策"), max_length=500, blank=True, default="", db_default="")
    done_on = models.DateField(_("対策を終えた日"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, db_default=1)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=64, blank=True, default="", db_default="")

    class Meta:
        ordering: ClassVar = ["-month", "measure"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["month", "measure"], name="case_once_a_month"),
            models.CheckConstraint(condition=Q(measure__in=["availability", "p95", "errors"]), name="case_measure_known"),
            models.CheckConstraint(condition=Q(done_on__isnull=True) | ~(Q(cause="") | Q(action="")), name="case_done_says_why"),
        ]

    def __str__(self) -> str:
        return f"case:{self.pk}"
