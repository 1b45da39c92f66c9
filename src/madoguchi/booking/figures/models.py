"""What cannot be counted afterwards: how long people would have had to wait for a free place, noted every night."""

from typing import ClassVar

from django.db import models

from madoguchi.booking.calendar.models import Place, VisitKind


class LeadTime(models.Model):
    """How many days lay between one day and the first free place for one person; empty: there was none."""

    day = models.DateField()
    place = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.ForeignKey(VisitKind, on_delete=models.CASCADE, related_name="+", db_index=False)
    days = models.PositiveSmallIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["day"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["day", "place", "kind"], name="lead_time_once_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.days}"
