"""Visits at the counter, each for one person and one card."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.handover import rules
from madoguchi.delivery.matching.models import BookedVisit


class Encounter(models.Model):
    """One visit of one person for one card, from reception to its end; every step is saved, so that it can be resumed (DL-09)."""

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="encounters")
    booking = models.ForeignKey(BookedVisit, on_delete=models.PROTECT, null=True, related_name="encounters")
    place = models.CharField(_("交付場所"), max_length=20, blank=True)
    state = models.CharField(_("状態"), max_length=12, default="open")
    opened_at = models.DateTimeField(_("受付日時"), db_default=Now())
    opened_by = models.CharField(_("受付者"), max_length=64)
    sleeve_matched = models.BooleanField(_("スリーブ一致"), default=False)
    notice_matched = models.BooleanField(_("通知書一致"), default=False)
    without_notice = models.BooleanField(_("通知書なし"), default=False)
    documents = ArrayField(models.CharField(max_length=40), default=list, verbose_name=_("本人確認書類の種類"))
    face_compared = models.BooleanField(_("顔を見比べた"), default=False)
    certificates_explained = models.BooleanField(_("暗証番号と電子証明書を説明した"), default=False)
    fee = models.CharField(_("徴収区分"), max_length=8, blank=True, default="")
    fee_yen = models.PositiveIntegerField(_("手数料"), default=0)
    fee_reason = models.CharField(_("無料・有料の理由"), max_length=100, blank=True)
    second_person = models.CharField(_("確認者"), max_length=64, blank=True)
    closed_at = models.DateTimeField(_("終了日時"), null=True)
    reason = models.CharField(_("理由"), max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["card"], condition=Q(state="open"), name="one_open_encounter_per_card"),
            models.CheckConstraint(condition=Q(state__in=[state.value for state in rules.EncounterState]), name="encounter_state_known"),
            models.CheckConstraint(condition=Q(fee__in=[fee.value for fee in rules.FeeKind]), name="encounter_fee_known"),
            models.CheckConstraint(condition=~Q(fee__in=["cash", "cashless"]) | Q(fee_yen__gt=0), name="a_charged_fee_has_an_amount"),
            models.CheckConstraint(condition=Q(state="open") | Q(closed_at__isnull=False), name="an_ended_encounter_has_a_time"),
            models.CheckConstraint(
                condition=~Q(state="delivered") | Q(sleeve_matched=True), name="nothing_is_delivered_without_the_sleeve_scan"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "opened_at"], name="encounter_by_state")]

    def __str__(self) -> str:
        return f"encounter:{self.pk}"

    def facts(self) -> rules.Facts:
        """Return what the rules may know."""
        return rules.Facts(
            state=rules.EncounterState(self.state),
            sleeve_matched=self.sleeve_matched,
            notice_matched=self.notice_matched,
            without_notice=self.without_notice,
            documents=tuple(self.documents),
            face_compared=self.face_compared,
            certificates_explained=self.certificates_explained,
            fee=rules.FeeKind(self.fee),
        )


class ReportedResult(models.Model):
    """What became of a card, as the booking zone is told: one row per card, the newest result, its revision rising."""

    card = models.OneToOneField(Card, on_delete=models.PROTECT, primary_key=True, related_name="reported_result")
    number = models.CharField(_("予約番号"), max_length=20, blank=True)
    result = models.CharField(_("結果"), max_length=12)
    rev = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(result__in=["delivered", "refused", "no_show", "withdrawn"]), name="reported_result_known")
        ]
