"""Tables of the reconciliation: lists of the terminal, explanations of differences, and the days that the head signed."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards import rules as card_rules
from madoguchi.delivery.cards.checked_lists import CheckedList, ListProblem
from madoguchi.delivery.cards.models import Card


class TerminalList(CheckedList):
    """One list of the terminal (統合端末の一覧): read and checked first, applied by whoever has looked at the result.

    `changing` counts the cards that it would show in another state, `moved` those that it did: where there are such, who applied it is
    not who read it (DL-01).
    """

    as_of = models.DateTimeField(_("一覧の日時"))
    unknown = models.PositiveIntegerField()
    changing = models.PositiveIntegerField()
    moved = models.PositiveIntegerField(default=0)

    class Meta(CheckedList.Meta):
        constraints: ClassVar = [
            *CheckedList.Meta.constraints,
            models.CheckConstraint(condition=Q(moved=0) | ~Q(closed_by=F("read_by")), name="terminallist_moves_cards_by_two"),
        ]


class TerminalRow(models.Model):
    """One row of a list. Rows of cards that are not in the register stay, until somebody has said what they are."""

    source = models.ForeignKey(TerminalList, on_delete=models.CASCADE, related_name="lines")
    line = models.PositiveIntegerField()
    card = models.ForeignKey(Card, on_delete=models.PROTECT, null=True, related_name="+")
    number = models.CharField(_("一覧の番号"), max_length=40)
    word = models.CharField(_("カードステータス"), max_length=40)
    state = models.CharField(max_length=12)
    at = models.DateTimeField()
    note = models.CharField(_("説明"), max_length=500, blank=True)
    noted_by = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar = ["source", "line"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=[value.value for value in card_rules.Terminal]), name="terminal_row_state_known"),
            models.CheckConstraint(condition=Q(note="", noted_by="") | (~Q(note="") & ~Q(noted_by="")), name="terminal_row_note_names_who"),
        ]


class TerminalProblem(ListProblem):
    """One row of such a list that could not be taken."""

    source = models.ForeignKey(TerminalList, on_delete=models.CASCADE, related_name="problems")


class Explanation(models.Model):
    """Why a difference may stand: for one card, as long as both sides say what they said then. Never changed again."""

    append_only: ClassVar[bool] = True

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="+")
    progress = models.CharField(max_length=12)
    terminal = models.CharField(max_length=12)
    note = models.CharField(_("説明"), max_length=500)
    by = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(note=""), name="explanation_says_something")]
        indexes: ClassVar = [models.Index(fields=["card", "progress", "terminal"], name="explanation_by_pair")]


class ReconciledDay(models.Model):
    """照合済の日: that the head of the section has seen the day's books agree, with the figures of that moment. Never changed again."""

    append_only: ClassVar[bool] = True

    day = models.DateField(unique=True)
    signed_by = models.CharField(max_length=64)
    signed_by_name = models.CharField(max_length=100)
    signed_at = models.DateTimeField(db_default=Now())
    lists = models.PositiveIntegerField(_("反映した一覧"))
    delivered = models.PositiveIntegerField(_("その日の交付"))
    unconfirmed = models.PositiveIntegerField(_("交付済(未照合)"))
    explained = models.PositiveIntegerField(_("説明のある差異"))
    note = models.CharField(_("特記事項"), max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["-day"]
