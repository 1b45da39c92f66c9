"""Proposals that were tried out, with all that went in and all that came out."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Proposal(models.Model):
    """A set of opening rules and notice waves with the world it was tried in; the same row always gives the same answer."""

    class State(models.TextChoices):
        WAITING = "waiting", _("計算待ち")
        DONE = "done", _("計算済")
        GIVEN_UP = "given_up", _("取りやめ")

    name = models.CharField(_("名前"), max_length=60)
    state = models.CharField(_("状態"), max_length=8, choices=State.choices, default=State.WAITING)
    rules = models.JSONField()
    world = models.JSONField()
    first_day = models.DateField(_("はじめの日"))
    days = models.PositiveSmallIntegerField(_("日数"))
    runs = models.PositiveSmallIntegerField(_("繰返しの数"))
    seed = models.PositiveIntegerField(_("乱数の種"))
    target_minutes = models.PositiveSmallIntegerField(_("待ち時間の目標（分）"))
    answer = models.JSONField(null=True)
    counters_needed = models.PositiveSmallIntegerField(_("目標に要る窓口の数"), null=True)
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(days__range=(1, 120)) & Q(runs__range=(2, 200)), name="proposal_size"),
            models.CheckConstraint(condition=~Q(state="done") | Q(answer__isnull=False), name="proposal_done_has_an_answer"),
        ]

    def __str__(self) -> str:
        return f"proposal:{self.pk}"
