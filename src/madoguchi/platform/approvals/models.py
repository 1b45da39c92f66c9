"""The table of what waits for a second person, and how it was decided."""

from typing import ClassVar

from django.db import models


class Approval(models.Model):
    """One act that was asked for by one person and is carried out when another approves it (SF-02, SF-06; research: ASVS 5.0 2.3.5).

    Requester and approver are kept by user id, which is never given twice: automatic runs ask as well (`auto:importer`).
    """

    class State(models.TextChoices):
        OPEN = "open", "承認待ち"
        APPROVED = "approved", "承認済"
        REJECTED = "rejected", "差戻し"
        WITHDRAWN = "withdrawn", "取下げ"

    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=100)
    title = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    requested_by = models.CharField(max_length=64)
    requested_by_name = models.CharField(max_length=100)
    requested_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64, blank=True)
    decided_by_name = models.CharField(max_length=100, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state="open", decided_at=None, decided_by="")
                | models.Q(state__in=["approved", "rejected", "withdrawn"], decided_at__isnull=False) & ~models.Q(decided_by=""),
                name="approval_is_open_or_decided",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "withdrawn"]) | ~models.Q(decided_by=models.F("requested_by")),
                name="approval_takes_two_people",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=models.Q(state="open"), name="one_open_approval_per_kind_and_subject"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "requested_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
