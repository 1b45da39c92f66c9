"""Visits for which no card lies in the safe: flags, kinds of papers and times, never a number of a paper and never a name."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.applications.models import Application
from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.handover.cases import GUARDIANSHIP_NAMES, OWNER_NAMES, VISITOR_NAMES, Case
from madoguchi.delivery.procedures.rules import ProcedureKind, VisitState


class ProcedureVisit(models.Model):
    """One visit: a reception number of the day, what for, how it ended, and how long it took (DL-31).

    Who it was stands in the application where there is one, and in the register for a card of ours.
    """

    kind = models.CharField(_("手続き"), max_length=20)
    place = models.ForeignKey(DeliveryPlace, on_delete=models.PROTECT, related_name="procedure_visits", verbose_name=_("場所"))
    day = models.DateField(_("日"))
    number = models.PositiveIntegerField(_("受付番号"))
    application = models.OneToOneField(Application, on_delete=models.PROTECT, null=True, related_name="procedure_visit")
    card = models.ForeignKey(Card, on_delete=models.PROTECT, null=True, related_name="procedure_visits")
    state = models.CharField(_("状態"), max_length=8, default="waiting")
    received_at = models.DateTimeField(_("受付日時"))
    received_by = models.CharField(_("受付者"), max_length=64)
    started_at = models.DateTimeField(_("対応開始"), null=True)
    served_by = models.CharField(_("対応者"), max_length=64, blank=True, default="")
    ended_at = models.DateTimeField(_("終了"), null=True)
    owner = models.CharField(_("カードの持ち主"), max_length=8, default="adult")
    guardianship = models.CharField(_("後見などの種類"), max_length=16, blank=True, default="")
    visitor = models.CharField(_("来た人"), max_length=16, default="self")
    documents = ArrayField(models.CharField(max_length=40), default=list, verbose_name=_("本人の書類の種類"))
    escort_documents = ArrayField(models.CharField(max_length=40), default=list, verbose_name=_("来た人の書類の種類"))
    proofs = ArrayField(models.CharField(max_length=40), default=list, verbose_name=_("そのほかの書類"))
    documents_done = models.BooleanField(_("書類を確かめた"), default=False)
    certificates_issued = models.BooleanField(_("電子証明書を発行した"), default=False)
    pins_set = models.BooleanField(_("暗証番号を設定した"), default=False)
    fee = models.CharField(_("徴収区分"), max_length=8, blank=True, default="")
    fee_yen = models.PositiveIntegerField(_("手数料"), default=0)
    fee_reason = models.CharField(_("無料・有料の理由"), max_length=30, blank=True, default="")
    fee_on = models.DateField(_("徴収日"), null=True)
    reason = models.CharField(_("理由"), max_length=200, blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["day", "place_id", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "place", "number"], name="each_reception_number_of_a_day_once"),
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in ProcedureKind]), name="procedure_kind_known"),
            models.CheckConstraint(condition=Q(state__in=[state.value for state in VisitState]), name="procedure_state_known"),
            models.CheckConstraint(condition=Q(owner__in=list(OWNER_NAMES)), name="procedure_owner_known"),
            models.CheckConstraint(condition=Q(visitor__in=list(VISITOR_NAMES)), name="procedure_visitor_known"),
            models.CheckConstraint(condition=Q(guardianship__in=["", *GUARDIANSHIP_NAMES]), name="procedure_guardianship_known"),
            models.CheckConstraint(
                condition=Q(state="waiting") | Q(state="left") | Q(started_at__isnull=False), name="a_served_visit_began"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "serving"], ended_at__isnull=True)
                | Q(state__in=["done", "failed", "left"], ended_at__isnull=False),
                name="an_ended_procedure_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("received_at")), name="a_visit_ends_after_it_began"
            ),
            models.CheckConstraint(condition=~Q(state="done") | Q(documents_done=True), name="nothing_is_done_without_papers"),
            models.CheckConstraint(condition=~Q(state__in=["failed", "left"]) | ~Q(reason=""), name="what_was_not_done_has_a_reason"),
            models.CheckConstraint(condition=~Q(fee__in=["cash", "cashless"]) | Q(fee_yen__gt=0), name="a_charged_procedure_has_an_amount"),
            models.CheckConstraint(
                condition=Q(certificates_issued=False) | Q(kind__in=["renew-certificate", "card-update"]), name="who_issues_certificates"
            ),
        ]

    def __str__(self) -> str:
        return f"procedure:{self.pk}"

    def case(self) -> Case:
        """Return whose card it is and who came."""
        return Case(self.owner, self.guardianship, self.visitor)
