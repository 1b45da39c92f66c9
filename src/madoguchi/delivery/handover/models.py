"""Visits at the counter, each for one person and one card."""

from collections.abc import Sequence
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.handover import cases, rules
from madoguchi.delivery.matching.models import BookedVisit
from madoguchi.kernel import required_documents


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
    owner = models.CharField(_("カードの持ち主"), max_length=8, default="adult")
    guardianship = models.CharField(_("後見などの種類"), max_length=16, blank=True, default="")
    visitor = models.CharField(_("来た人"), max_length=16, default="self")
    agent_reason = models.CharField(_("代理の理由"), max_length=16, blank=True, default="")
    circumstances = ArrayField(models.CharField(max_length=24), default=list, verbose_name=_("事情"))
    infant = models.BooleanField(_("1歳未満"), default=False)
    case_decided = models.BooleanField(_("来た人を確かめた"), default=True)
    documents = ArrayField(models.CharField(max_length=40), default=list, verbose_name=_("本人確認書類の種類"))
    escort_documents = ArrayField(models.CharField(max_length=40), default=list, verbose_name=_("来た人の本人確認書類の種類"))
    proofs = ArrayField(models.CharField(max_length=40), default=list, verbose_name=_("そのほかの書類"))
    copies = ArrayField(models.CharField(max_length=40), default=list, verbose_name=_("写しを取った書類の種類"))
    face_compared = models.BooleanField(_("顔を見比べた"), default=False)
    certificates_explained = models.BooleanField(_("暗証番号と電子証明書を説明した"), default=False)
    pin_way = models.CharField(_("暗証番号の設定"), max_length=8, blank=True, default="")
    certificates = models.CharField(_("電子証明書の発行"), max_length=8, blank=True, default="")
    endorsed = models.BooleanField(_("追記欄に書いた"), default=False)
    old_card = models.CharField(_("前のカード"), max_length=8, default="none")
    returned = ArrayField(models.CharField(max_length=20), default=list, verbose_name=_("返却されたもの"))
    fee = models.CharField(_("徴収区分"), max_length=8, blank=True, default="")
    fee_yen = models.PositiveIntegerField(_("手数料"), default=0)
    fee_reason = models.CharField(_("無料・有料の理由"), max_length=100, blank=True)
    exemption = models.CharField(_("減免の理由"), max_length=200, blank=True, default="")
    fee_on = models.DateField(_("徴収日"), null=True)
    second_person = models.CharField(_("確認者"), max_length=64, blank=True)
    served_by = models.CharField(_("対応者"), max_length=64, blank=True)
    interrupted_at = models.DateTimeField(_("中断"), null=True)
    interruption = models.CharField(_("中断の理由"), max_length=200, blank=True, default="")
    served_on = models.DateField(_("対応日"))
    refusal_kind = models.CharField(_("交付できなかった理由の種類"), max_length=12, blank=True, default="")
    closed_at = models.DateTimeField(_("終了日時"), null=True)
    reason = models.CharField(_("理由"), max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["card"], condition=Q(state__in=["open", "kept"]), name="one_open_encounter_per_card"),
            models.CheckConstraint(condition=Q(owner__in=list(cases.OWNER_NAMES)), name="encounter_owner_known"),
            models.CheckConstraint(condition=Q(visitor__in=list(cases.VISITOR_NAMES)), name="encounter_visitor_known"),
            models.CheckConstraint(
                condition=(Q(visitor="agent") & ~Q(agent_reason="")) | (~Q(visitor="agent") & Q(agent_reason="")),
                name="an_agent_has_a_reason",
            ),
            models.CheckConstraint(
                condition=(Q(owner="ward") & ~Q(guardianship="")) | (~Q(owner="ward") & Q(guardianship="")),
                name="a_ward_has_a_guardianship",
            ),
            models.CheckConstraint(condition=Q(pin_way__in=[way.value for way in rules.PinWay]), name="encounter_pin_way_known"),
            models.CheckConstraint(
                condition=Q(certificates__in=[one.value for one in rules.Certificates]), name="encounter_certificates_known"
            ),
            models.CheckConstraint(
                condition=~Q(certificates="both") | (~Q(owner="child") & ~Q(pin_way="face")),
                name="no_signing_certificate_for_children_and_face_cards",
            ),
            models.CheckConstraint(condition=Q(old_card__in=[one.value for one in rules.OldCard]), name="encounter_old_card_known"),
            models.CheckConstraint(
                condition=Q(refusal_kind__in=["", *(kind.value for kind in rules.RefusalKind)]), name="encounter_refusal_kind_known"
            ),
            models.CheckConstraint(condition=~Q(state="refused") | ~Q(refusal_kind=""), name="a_refusal_has_a_kind"),
            models.CheckConstraint(condition=Q(state__in=[state.value for state in rules.EncounterState]), name="encounter_state_known"),
            models.CheckConstraint(condition=Q(fee__in=[fee.value for fee in rules.FeeKind]), name="encounter_fee_known"),
            models.CheckConstraint(condition=~Q(fee__in=["cash", "cashless"]) | Q(fee_yen__gt=0), name="a_charged_fee_has_an_amount"),
            models.CheckConstraint(condition=Q(fee_reason="exempt") ^ Q(exemption=""), name="an_exemption_says_why"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "kept"]) | Q(closed_at__isnull=False), name="an_ended_encounter_has_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state="delivered") | Q(sleeve_matched=True), name="nothing_is_delivered_without_the_sleeve_scan"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "opened_at"], name="encounter_by_state")]

    def __str__(self) -> str:
        return f"encounter:{self.pk}"

    def case(self) -> cases.Case:
        """Return whose card it is and who came."""
        return cases.Case(self.owner, self.guardianship, self.visitor, self.agent_reason, frozenset(self.circumstances), self.infant)

    def facts(self, paper_rules: Sequence[required_documents.OwnRule] = ()) -> rules.Facts:
        """Return what the rules may know; `paper_rules` are the municipality's rows over the national rules."""
        return rules.Facts(
            paper_rules=tuple(paper_rules),
            state=rules.EncounterState(self.state),
            sleeve_matched=self.sleeve_matched,
            notice_matched=self.notice_matched,
            without_notice=self.without_notice,
            case=self.case(),
            case_decided=self.case_decided,
            shown=cases.Shown(self.documents, self.escort_documents, self.proofs),
            face_compared=self.face_compared,
            certificates_explained=self.certificates_explained,
            pin_way=rules.PinWay(self.pin_way),
            fee=rules.FeeKind(self.fee),
        )


class OwnPaperRule(models.Model):
    """What this municipality wants to see in the place of a national rule, from a day on; approved by another person, never changed.

    `code` is that of the national rule; `papers` are the ways that are enough instead, `hidden`: not asked for here.
    """

    append_only: ClassVar[bool] = True

    code = models.CharField(_("規則"), max_length=40)
    papers = ArrayField(models.CharField(max_length=5), default=list, verbose_name=_("足りる組み合わせ"))
    hidden = models.BooleanField(_("確かめない"), default=False)
    since = models.DateField(_("この日から"))
    until = models.DateField(_("この日まで"), null=True)
    source = models.CharField(_("根拠"), max_length=200)
    requested_by = models.CharField(_("依頼者"), max_length=64)
    approved_by = models.CharField(_("承認者"), max_length=64)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(papers__contained_by=list(required_documents.PAPERS)), name="own_paper_ways_known"),
            models.CheckConstraint(condition=Q(hidden=True) ^ ~Q(papers=[]), name="own_paper_rule_says_one_thing"),
            models.CheckConstraint(condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="own_paper_rule_period"),
            models.CheckConstraint(condition=~Q(approved_by=F("requested_by")), name="own_paper_rule_approved_by_another"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.since}"

    def as_rule(self) -> required_documents.OwnRule:
        """Return the row as the pure rules take it."""
        return required_documents.OwnRule(self.code, self.since, self.until, self.hidden, papers=tuple(self.papers))


class SealedPaper(models.Model):
    """A sealed paper with 暗証番号 (DL-32): never opened by a scanner, only received, used at the terminal, destroyed by two.

    What is on it is nowhere in this system; the register says that there is one, whose it is, and who had it.
    """

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="sealed_papers")
    kind = models.CharField(_("種類"), max_length=12)
    received_at = models.DateTimeField(_("受け取った日時"), db_default=Now())
    received_by = models.CharField(_("受け取った人"), max_length=64)
    used_at = models.DateTimeField(_("使った日時"), null=True)
    used_by = models.CharField(_("使った人"), max_length=64, blank=True, default="")
    destroyed_at = models.DateTimeField(_("廃棄した日時"), null=True)
    destroyed_by = models.CharField(_("廃棄した人"), max_length=64, blank=True, default="")
    destroyed_with = models.CharField(_("廃棄を確かめた人"), max_length=64, blank=True, default="")
    unused_reason = models.CharField(_("使わずに廃棄した理由"), max_length=200, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["card"], condition=Q(destroyed_at__isnull=True), name="one_sealed_paper_of_a_card"),
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in rules.SealedKind]), name="sealed_paper_kind_known"),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True, used_by="") | (Q(used_at__isnull=False) & ~Q(used_by="")), name="sealed_paper_used_by"
            ),
            models.CheckConstraint(
                condition=Q(destroyed_at__isnull=True, destroyed_by="", destroyed_with="")
                | (Q(destroyed_at__isnull=False) & ~Q(destroyed_by="") & ~Q(destroyed_with="") & ~Q(destroyed_with=F("destroyed_by"))),
                name="a_sealed_paper_is_destroyed_by_two",
            ),
            models.CheckConstraint(
                condition=Q(destroyed_at__isnull=True) | Q(used_at__isnull=False) | ~Q(unused_reason=""),
                name="an_unused_sealed_paper_is_destroyed_for_a_reason",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["destroyed_at", "received_at"], name="sealed_paper_by_day")]

    def __str__(self) -> str:
        return f"sealed paper:{self.pk}"


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
