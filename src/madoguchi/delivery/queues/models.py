"""Filters that people keep, the columns each person likes, who has taken which card, and acts on many cards with the line of every card."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.queues import rules
from madoguchi.platform.accounts.models import Section, Staff


class SavedFilter(models.Model):
    """A named filter of the queues: `query` is what stands behind the question mark of its address. It holds no number of a person."""

    class Scope(models.TextChoices):
        OWN = "own", _("自分")
        COUNTER = "counter", _("自分の係")
        ALL = "all", _("全員")

    owner = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="queue_filters")
    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="+")
    scope = models.CharField(_("見せる相手"), max_length=8, choices=Scope.choices, default=Scope.OWN)
    name = models.CharField(_("条件の名前"), max_length=40)
    query = models.CharField(max_length=500, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "name"], name="queue_filter_name_once_for_an_owner"),
            models.CheckConstraint(condition=Q(query__regex=r"^[A-Za-z0-9=&_.~-]*$"), name="queue_filter_query_form"),
            models.CheckConstraint(condition=Q(scope__in=["own", "counter", "all"]), name="queue_filter_scope_known"),
        ]

    def __str__(self) -> str:
        return f"filter:{self.pk}"


class ChosenColumns(models.Model):
    """The columns that one person wants to see on every queue, in the order of the page."""

    staff = models.OneToOneField(Staff, on_delete=models.CASCADE, primary_key=True, related_name="queue_columns")
    columns = ArrayField(models.CharField(max_length=20))

    def __str__(self) -> str:
        return f"columns:{self.pk}"


class Charge(models.Model):
    """担当: somebody has taken a card to work on it. One person at a time, until an act, until the time is over, or let go (S13)."""

    class Ended(models.TextChoices):
        OWN = "own", _("自分で外した")
        ACT = "act", _("操作が行われた")
        TIME = "time", _("時間が過ぎた")
        HEAD = "head", _("責任者が外した")

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="+")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(_("担当した日時"))
    until = models.DateTimeField(_("担当の期限"))
    ended_at = models.DateTimeField(_("外れた日時"), null=True)
    ended = models.CharField(_("外れた理由"), max_length=4, choices=Ended.choices, blank=True, default="")
    ended_by = models.CharField(_("外した人"), max_length=64, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["card"], condition=Q(ended_at__isnull=True), name="one_in_charge_of_a_card"),
            models.CheckConstraint(condition=Q(ended__in=["", "own", "act", "time", "head"]), name="charge_ended_known"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended="") | (Q(ended_at__isnull=False) & ~Q(ended="")), name="charge_ended_for_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"charge:{self.pk}"


class Bulk(models.Model):
    """One act on many cards: looked at first, then confirmed, done by a job, and taken back as long as nobody touched the cards."""

    class State(models.TextChoices):
        PREPARED = "prepared", _("確認待ち")
        STARTED = "started", _("実行中")
        DONE = "done", _("完了")
        UNDONE = "undone", _("取消済")

    act = models.CharField(_("操作"), max_length=24)
    reason = models.CharField(_("理由"), max_length=500)
    state = models.CharField(_("状態"), max_length=8, choices=State.choices, default=State.PREPARED)
    made_by = models.CharField(_("操作した人"), max_length=64)
    made_at = models.DateTimeField(_("下見の日時"))
    confirmed_by = models.CharField(_("二人目"), max_length=64, blank=True)
    done_at = models.DateTimeField(_("実行日時"), null=True)
    undone_by = models.CharField(_("取り消した人"), max_length=64, blank=True)
    undone_at = models.DateTimeField(_("取消日時"), null=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(act__in=[bulk.code for bulk in rules.BULK_ACTS]), name="bulk_act_known"),
            models.CheckConstraint(condition=Q(state__in=["prepared", "started", "done", "undone"]), name="bulk_state_known"),
            models.CheckConstraint(condition=~Q(confirmed_by=models.F("made_by")), name="bulk_confirmed_by_a_second_person"),
        ]

    def __str__(self) -> str:
        return f"bulk:{self.pk}"


class BulkLine(models.Model):
    """What becomes of one card: `version` is the one that was looked at, after the act the one that the act made."""

    class Outcome(models.TextChoices):
        READY = "ready", _("対象")
        EXCLUDED = "excluded", _("対象外")
        DONE = "done", _("実行済")
        CHANGED = "changed", _("ほかの操作が先")
        UNDONE = "undone", _("取消済")

    bulk = models.ForeignKey(Bulk, on_delete=models.CASCADE, related_name="lines")
    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    why = models.CharField(max_length=300, db_default="")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bulk", "card"], name="one_line_per_card_of_a_bulk"),
            models.CheckConstraint(
                condition=Q(outcome__in=["ready", "excluded", "done", "changed", "undone"]), name="bulk_line_outcome_known"
            ),
        ]

    def __str__(self) -> str:
        return f"bulk line:{self.pk}"
