"""Tables of letters: the municipality's words, batches and their sheets, and the history of everything sent (発送管理)."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import Card


class Kind(models.TextChoices):
    """発送物の種類."""

    NOTICE = "notice", _("交付案内")


class LetterText(models.Model):
    """The words of one kind of letter as the municipality wrote them; without a row the first text holds."""

    kind = models.CharField(max_length=12, choices=Kind.choices, primary_key=True)
    sender = models.CharField(_("差出人"), max_length=60)
    section = models.CharField(_("担当"), max_length=120, blank=True)
    title = models.CharField(_("題名"), max_length=40)
    lead = models.TextField(_("前文"))
    steps = models.TextField(_("予約のしかた (1行に1つ)"))
    steps_by_staff = models.TextField(_("生年月日の月日が分からない方の予約のしかた (1行に1つ)"))
    bring = models.TextField(_("持ち物 (1行に1つ)"))
    notes = models.TextField(_("ご注意 (1行に1つ)"))
    contact = models.TextField(_("お問い合わせ先"), blank=True)
    deadline_days = models.PositiveSmallIntegerField(_("受取期限までの日数"))
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(deadline_days__range=(14, 365)), name="letter_deadline_days")]

    def __str__(self) -> str:
        return self.kind


class LetterTextChange(models.Model):
    """What a letter said before and after each change, and who changed it."""

    append_only: ClassVar[bool] = True

    kind = models.CharField(max_length=12)
    at = models.DateTimeField(db_default=Now())
    by = models.CharField(max_length=64)
    before = models.JSONField()
    after = models.JSONField()


class BatchState(models.TextChoices):
    """How far a batch has come."""

    PRINTING = "printing", _("作成中")
    CHECKED = "checked", _("作成済（検査済）")
    SENT = "sent", _("発送済")
    STOPPED = "stopped", _("不一致で停止")
    GIVEN_UP = "given_up", _("中止")


class Batch(models.Model):
    """One print run. Its sheets are fixed before printing and never change (T-23: the batch is frozen)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=BatchState.choices, default=BatchState.PRINTING)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.CharField(max_length=64)
    deadline = models.DateField(_("受取期限"))
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
    """One sheet of a batch: whose letter it is, its place k of N, and the digest of the page that was checked."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="sheets")
    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="sheets")
    number = models.PositiveIntegerField(_("順番"))
    code = models.CharField(_("用紙番号"), max_length=12, unique=True)
    card_version = models.PositiveIntegerField()
    page_digest = models.CharField(max_length=64, blank=True)
    missing = models.JSONField(_("字形のない文字"), default=list)
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
    made_at = models.DateTimeField(db_default=Now())
    sent_on = models.DateField("発送日", null=True)
    postcode = models.CharField("郵便番号", max_length=7, blank=True)
    name = models.TextField("氏名")
    address = models.TextField("住所")
    tracking_number = models.CharField("追跡番号", max_length=20, blank=True)
    times = models.PositiveSmallIntegerField("発送回数")
    returned_on = models.DateField("返戻日", null=True)
    return_reason = models.CharField("返戻事由", max_length=100, blank=True)
    has_gaiji = models.BooleanField("外字有無")
    memo = models.CharField("メモ", max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(returned_on__isnull=True) | Q(sent_on__isnull=False), name="only_what_was_sent_comes_back"),
        ]

    def __str__(self) -> str:
        return f"dispatch:{self.pk}"
