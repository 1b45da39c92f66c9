"""The tables of long work: the jobs, and what happened to each."""

from typing import ClassVar

from django.db import models


class Job(models.Model):
    """One piece of long work: who started it, how far it has come, how it ended.

    `arguments` and `result` are data for the work and its pages; `title`, `note` and `message` are read by people and hold no
    personal value. `paced_from` is when the present phase was first heard of, with `paced_done` done by then: its speed is measured
    from there. `seen_at` is when who started it opened its page after its end.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "順番待ち"
        RUNNING = "running", "実行中"
        DONE = "done", "完了"
        FAILED = "failed", "失敗"
        CANCELLED = "cancelled", "中止"

    kind = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    arguments = models.JSONField(default=dict)
    actor = models.JSONField()
    started_by = models.CharField(max_length=64)
    started_by_name = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    note = models.CharField(max_length=200, blank=True)
    message = models.TextField(blank=True)
    result = models.JSONField(default=dict)
    lines = models.JSONField(default=list)
    cancel_asked = models.BooleanField(default=False)
    paced_from = models.DateTimeField(null=True)
    paced_done = models.BigIntegerField(default=0)
    again_of = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="again")
    created_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state="queued", began_at=None, ended_at=None)
                | models.Q(state="running", began_at__isnull=False, ended_at=None)
                | models.Q(state__in=["done", "failed"], began_at__isnull=False, ended_at__isnull=False)
                | models.Q(state="cancelled", ended_at__isnull=False),
                name="job_state_fits_its_times",
            ),
            models.CheckConstraint(condition=models.Q(done__gte=0), name="job_counts_up"),
        ]
        indexes: ClassVar = [models.Index(fields=["state"]), models.Index(fields=["started_by", "created_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_active(self) -> bool:
        """Whether it waits or runs."""
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    @property
    def can_start_again(self) -> bool:
        """Whether it ended without success and nobody has started it again."""
        return self.state in (self.State.FAILED, self.State.CANCELLED) and not Job.objects.filter(again_of=self).exists()


class Step(models.Model):
    """One line of a job's log: what happened, when, by whom, and how much was done by then. It holds no personal value of citizens."""

    class Event(models.TextChoices):
        STARTED = "started", "受付"
        AGAIN = "again", "再開の受付"
        BEGAN = "began", "開始"
        WENT_ON = "went-on", "続きから開始"
        PHASE = "phase", "段階"
        CANCEL_ASKED = "cancel-asked", "中止の指示"
        INTERRUPTED = "interrupted", "ワーカーの停止"
        PAUSED = "paused", "中断"
        DONE = "done", "完了"
        FAILED = "failed", "失敗"
        CANCELLED = "cancelled", "中止"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="steps")
    at = models.DateTimeField()
    event = models.CharField(max_length=12, choices=Event.choices)
    by = models.CharField(max_length=100)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.job_id} {self.event}"
