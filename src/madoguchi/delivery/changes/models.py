"""Tables of changes: lists of changes with their rows, and decisions on people under protection."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.checked_lists import CheckedList, ListProblem
from madoguchi.delivery.cards.models import Card, Hold
from madoguchi.delivery.changes import rules


class ChangeList(CheckedList):
    """One 異動リスト: read and looked at first, applied then."""


class ListedChange(models.Model):
    """One row of a list: what happened to whom, which card it is, and what became of it.

    Name, birth date and address stand here only while nobody has said which card the row means.
    """

    source = models.ForeignKey(ChangeList, on_delete=models.CASCADE, related_name="lines")
    line = models.PositiveIntegerField()
    kind = models.CharField(max_length=12)
    happened_on = models.DateField(_("異動日"), null=True)
    until = models.DateField(_("新しい在留期限"), null=True)
    card = models.ForeignKey(Card, on_delete=models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=12)
    number = models.CharField(_("一覧の番号"), max_length=40, blank=True)
    name = models.TextField(_("氏名"), blank=True)
    born = models.CharField(_("生年月日"), max_length=10, blank=True)
    address = models.TextField(_("住所"), blank=True)
    note = models.CharField(_("処理の内容"), max_length=500, blank=True)
    settled_by = models.CharField(max_length=64, blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["source", "line"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=[value.value for value in rules.ChangeKind]), name="change_kind_known"),
            models.CheckConstraint(condition=Q(outcome__in=[value.value for value in rules.Outcome]), name="change_outcome_known"),
            models.CheckConstraint(
                condition=~Q(outcome="settled") | (~Q(note="") & ~Q(settled_by="") & Q(settled_at__isnull=False)),
                name="change_settled_says_by_whom",
            ),
        ]


class ChangeProblem(ListProblem):
    """One row of such a list that could not be taken."""

    source = models.ForeignKey(ChangeList, on_delete=models.CASCADE, related_name="problems")


class ProtectionDecision(models.Model):
    """支援措置: how the person's own service goes on. The newest decision of a hold counts; none is ever changed."""

    class Way(models.TextChoices):
        OTHER_ADDRESS = "other_address", _("別の送付先に送る")
        BY_PHONE = "by_phone", _("本人の指定した方法で連絡し、窓口で渡す")

    append_only: ClassVar[bool] = True

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="+")
    way = models.CharField(_("対応"), max_length=16, choices=Way.choices)
    note = models.CharField(_("確かめたこと"), max_length=500)
    by = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(way__in=["other_address", "by_phone"]), name="protection_way_known"),
        ]
