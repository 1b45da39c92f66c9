"""Tables of letters: the words in their versions, batches and their sheets, other addresses, and everything sent (発送管理)."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import Card


class Kind(models.TextChoices):
    """発送物の種類."""

    NOTICE = "notice", _("交付案内")
    LABEL = "label", _("目隠しラベル")
    RESEND = "resend", _("再送の案内")
    REMIND = "remind", _("督促（1回目）")
    URGE = "urge", _("督促（2回目）")
    WARNING = "warning", _("廃棄予告")
    CODE = "code", _("予約コードのお知らせ")
    INQUIRY = "inquiry", _("照会書兼回答書")
    CARD = "card", _("カードの郵送")


class Way(models.TextChoices):
    """送り方."""

    ORDINARY = "ordinary", _("普通郵便（転送不要）")
    REGISTERED = "registered", _("簡易書留")
    RESTRICTED = "restricted", _("本人限定受取郵便（特例型）")


class TextState(models.TextChoices):
    """Where a version of the words stands."""

    WAITING = "waiting", _("承認待ち")
    APPROVED = "approved", _("承認済")
    REJECTED = "rejected", _("差戻し・取下げ")


class LetterText(models.Model):
    """One version of the words of a kind of letter. It never changes again; without an approved one the first text holds.

    `words` are the fields of `texts.LetterWords`. A version prints from `valid_from` on, once somebody else than its writer approved it.
    """

    kind = models.CharField(_("種類"), max_length=12, choices=Kind.choices)
    number = models.PositiveIntegerField(_("版"))
    state = models.CharField(_("状態"), max_length=10, choices=TextState.choices, default=TextState.WAITING)
    words = models.JSONField(_("文面"))
    valid_from = models.DateField(_("使い始める日"))
    reason = models.CharField(_("変える理由"), max_length=200)
    written_by = models.CharField(_("作成者"), max_length=64)
    written_at = models.DateTimeField(db_default=Now())
    decided_by = models.CharField(_("承認者"), max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["kind", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "number"], name="letter_text_numbered_once"),
            models.UniqueConstraint(fields=["kind"], condition=Q(state="waiting"), name="one_waiting_text_of_a_kind"),
            models.CheckConstraint(condition=Q(state__in=TextState.values), name="letter_text_state_known"),
            models.CheckConstraint(
                condition=~Q(state="approved") | (~Q(decided_by="") & ~Q(decided_by=F("written_by")) & Q(decided_at__isnull=False)),
                name="letter_text_approved_by_a_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"letter-text:{self.kind}:{self.number}"


class BatchState(models.TextChoices):
    """How far a batch has come."""

    PRINTING = "printing", _("作成中")
    PAUSED = "paused", _("中断中")
    CHECKED = "checked", _("作成済（検査済）")
    SENT = "sent", _("発送済")
    STOPPED = "stopped", _("不一致で停止")
    GIVEN_UP = "given_up", _("中止")


class Batch(models.Model):
    """One print run. Its sheets and its words are fixed before printing and never change (T-23: the batch is frozen)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    way = models.CharField(_("送り方"), max_length=12, choices=Way.choices, default=Way.ORDINARY)
    state = models.CharField(max_length=10, choices=BatchState.choices, default=BatchState.PRINTING)
    made_at = models.DateTimeField(db_default=Now())
    made_on = models.DateField(_("用紙の日付"))
    made_by = models.CharField(max_length=64)
    deadline = models.DateField(_("受取期限"))
    words = models.JSONField(_("文面"), default=dict)
    text_number = models.PositiveIntegerField(_("文面の版"), null=True)
    reprint_reason = models.CharField(_("刷り直す理由"), max_length=200, blank=True)
    start_at = models.PositiveSmallIntegerField(_("ラベルの開始位置"), default=1)
    pause_asked = models.BooleanField(default=False)
    sha256 = models.CharField(max_length=64, blank=True)
    kept = models.BooleanField(_("PDFを保存している"), default=False)
    mismatches = models.JSONField(default=list)
    failure = models.CharField(max_length=200, blank=True)
    sent_on = models.DateField(_("発送日"), null=True)
    cleared_at = models.DateTimeField(_("停止の解除"), null=True)
    cleared_by = models.CharField(max_length=64, blank=True)
    cleared_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["-made_at"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=BatchState.values), name="batch_state_known"),
            models.CheckConstraint(condition=~Q(state="sent") | Q(sent_on__isnull=False), name="sent_batch_has_a_day"),
        ]

    def __str__(self) -> str:
        return f"letters:{self.pk}"


class Sheet(models.Model):
    """One sheet of a batch: whose letter it is, its place k of N, the digest of the page that was checked, and its scan before the post."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="sheets")
    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="sheets")
    number = models.PositiveIntegerField(_("順番"))
    code = models.CharField(_("用紙番号"), max_length=12, unique=True)
    card_version = models.PositiveIntegerField()
    page_digest = models.CharField(max_length=64, blank=True)
    missing = models.JSONField(_("字形のない文字"), default=list)
    uncoded = models.CharField(_("カスタマバーコードを付けない理由"), max_length=10, blank=True)
    scanned_at = models.DateTimeField(_("封筒の読取"), null=True)
    scanned_by = models.CharField(max_length=64, blank=True)
    void = models.BooleanField(_("無効"), default=False)
    void_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "number"], name="sheet_number_once_in_a_batch"),
            models.UniqueConstraint(fields=["batch", "card"], name="card_once_in_a_batch"),
        ]

    def __str__(self) -> str:
        return self.code


class Dispatch(models.Model):
    """発送管理 (seed 003 (6)): what was sent to whom at which address, by which number, how often, and what came back."""

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="dispatches", verbose_name="カード")
    sheet = models.OneToOneField(Sheet, on_delete=models.PROTECT, null=True, related_name="dispatch")
    kind = models.CharField("発送物の種類", max_length=12, choices=Kind.choices)
    way = models.CharField("送り方", max_length=12, choices=Way.choices, default=Way.ORDINARY)
    made_at = models.DateTimeField(db_default=Now())
    sent_on = models.DateField("発送日", null=True)
    postcode = models.CharField("郵便番号", max_length=7, blank=True)
    name = models.TextField("氏名")
    address = models.TextField("住所")
    tracking_number = models.CharField("追跡番号", max_length=20, blank=True)
    times = models.PositiveSmallIntegerField("発送回数")
    delivered_on = models.DateField("配達日", null=True)
    returned_on = models.DateField("返戻日", null=True)
    return_reason = models.CharField("返戻事由", max_length=100, blank=True)
    has_gaiji = models.BooleanField("外字有無")
    external_code = models.CharField("その他連携コード", max_length=40, blank=True)
    memo = models.CharField("メモ", max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(returned_on__isnull=True) | Q(sent_on__isnull=False), name="only_what_was_sent_comes_back"),
            models.CheckConstraint(
                condition=Q(delivered_on__isnull=True) | Q(sent_on__isnull=False, returned_on__isnull=True),
                name="only_what_was_sent_is_delivered",
            ),
            models.UniqueConstraint(fields=["tracking_number"], condition=~Q(tracking_number=""), name="tracking_number_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["sent_on", "id"], name="dispatch_by_day"), models.Index(fields=["card", "kind"])]

    def __str__(self) -> str:
        return f"dispatch:{self.pk}"


class OtherAddress(models.Model):
    """送付先: where letters of one card go instead of the registered address (a home, 支援措置), for a reason and until a day."""

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="other_addresses")
    postcode = models.CharField(_("郵便番号"), max_length=7)
    address = models.TextField(_("送付先の住所"))
    reason = models.CharField(_("理由"), max_length=200)
    until = models.DateField(_("いつまで"))
    set_at = models.DateTimeField(db_default=Now())
    set_by = models.CharField(max_length=64)
    approved_by = models.CharField(max_length=64)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(approved_by=F("set_by")), name="other_address_approved_by_a_second_person"),
            models.UniqueConstraint(fields=["card"], condition=Q(ended_at__isnull=True), name="one_other_address_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"other-address:{self.pk}"
