"""Boxes in safes, transfers between places, stock-takings.

Where a card is stands on the card itself (one place, one custodian); what is here only says where it could be, or was seen.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import Card, DeliveryPlace


class Box(models.Model):
    """A box in a safe, with numbered slots (or none), and the code on its label."""

    site = models.ForeignKey(DeliveryPlace, on_delete=models.PROTECT, related_name="boxes", verbose_name=_("施設"))
    safe = models.CharField(_("金庫"), max_length=20)
    name = models.CharField(_("箱"), max_length=20)
    slots = models.PositiveSmallIntegerField(_("位置の数"))
    code = models.CharField(_("箱のコード"), max_length=12, unique=True)
    is_open = models.BooleanField(_("使用中"), default=True)

    class Meta:
        ordering: ClassVar = ["site__code", "safe", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "safe", "name"], name="box_once_in_a_safe"),
            models.CheckConstraint(condition=Q(slots__range=(1, 999)), name="box_slots"),
        ]

    def __str__(self) -> str:
        return self.code


class LeadTime(models.Model):
    """How many office days cards take from one place to another."""

    from_site = models.ForeignKey(DeliveryPlace, on_delete=models.PROTECT, related_name="+", verbose_name=_("移送元"))
    to_site = models.ForeignKey(DeliveryPlace, on_delete=models.PROTECT, related_name="+", verbose_name=_("移送先"))
    days = models.PositiveSmallIntegerField(_("開庁日の日数"))
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["from_site__code", "to_site__code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["from_site", "to_site"], name="one_lead_time_between_two_places"),
            models.CheckConstraint(condition=~Q(from_site=F("to_site")), name="lead_time_leads_elsewhere"),
            models.CheckConstraint(condition=Q(days__range=(0, 30)), name="lead_time_days"),
        ]

    def __str__(self) -> str:
        return f"{self.from_site_id}-{self.to_site_id}"


class TransferState(models.TextChoices):
    """How far a transfer has come."""

    PACKING = "packing", _("準備中")
    ON_THE_WAY = "on_the_way", _("移送中")
    RECEIVED = "received", _("受取済")
    GIVEN_UP = "given_up", _("取りやめ")


class Transfer(models.Model):
    """移送: one bag from one place to another, with its slip, who sent it, who carried it, who received it."""

    code = models.CharField(_("移送票のコード"), max_length=12, unique=True)
    from_site = models.ForeignKey(DeliveryPlace, on_delete=models.PROTECT, related_name="+", verbose_name=_("移送元"))
    to_site = models.ForeignKey(DeliveryPlace, on_delete=models.PROTECT, related_name="+", verbose_name=_("移送先"))
    state = models.CharField(_("状態"), max_length=12, choices=TransferState.choices, default=TransferState.PACKING)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.CharField(max_length=64)
    carrier = models.CharField(_("運ぶ人"), max_length=60, blank=True)
    sent_at = models.DateTimeField(_("送り出した日時"), null=True)
    sent_by = models.CharField(_("送り出した人"), max_length=64, blank=True)
    expected_on = models.DateField(_("着く予定の日"), null=True)
    closed_at = models.DateTimeField(_("受取を終えた日時"), null=True)
    closed_by = models.CharField(_("受取を終えた人"), max_length=64, blank=True)
    second_person = models.CharField(_("差異を確かめた人"), max_length=64, blank=True)
    reason = models.CharField(_("差異の説明"), max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=TransferState.values), name="transfer_state_known"),
            models.CheckConstraint(condition=~Q(from_site=F("to_site")), name="transfer_leads_elsewhere"),
            models.CheckConstraint(
                condition=~Q(state__in=["on_the_way", "received"])
                | (Q(sent_at__isnull=False, expected_on__isnull=False) & ~Q(sent_by="") & ~Q(carrier="")),
                name="a_sent_transfer_says_by_whom_and_until_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="received") | (Q(closed_at__isnull=False) & ~Q(closed_by="")), name="a_received_transfer_says_by_whom"
            ),
            models.CheckConstraint(
                condition=Q(second_person="") | ~Q(second_person=F("closed_by")), name="transfer_difference_by_two_people"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "expected_on"], name="transfer_by_state")]

    def __str__(self) -> str:
        return self.code


class TransferItem(models.Model):
    """One card of a transfer: scanned in, scanned out; `is_extra` was in the bag without being on the slip, `is_missing` the other way."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="items")
    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="transfer_items")
    packed_by = models.CharField(max_length=64, blank=True)
    packed_at = models.DateTimeField(null=True)
    received_by = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField(null=True)
    is_extra = models.BooleanField(default=False)
    is_missing = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["transfer", "card"], name="card_once_in_a_transfer"),
            models.CheckConstraint(condition=Q(is_extra=True) | Q(packed_at__isnull=False), name="only_an_extra_card_was_not_packed"),
            models.CheckConstraint(condition=Q(is_missing=False) | Q(received_at__isnull=True), name="a_missing_card_was_not_received"),
        ]


class StockTake(models.Model):
    """棚卸 of a place or of one box: what should be there is written down as it begins, and everything that is scanned after it."""

    class State(models.TextChoices):
        COUNTING = "counting", _("数えている")
        CLOSED = "closed", _("確定")
        GIVEN_UP = "given_up", _("取りやめ")

    site = models.ForeignKey(DeliveryPlace, on_delete=models.PROTECT, related_name="+", verbose_name=_("施設"))
    box = models.ForeignKey(Box, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("箱"))
    is_blind = models.BooleanField(_("予定の枚数を見せない"), default=True)
    state = models.CharField(_("状態"), max_length=10, choices=State.choices, default=State.COUNTING)
    opened_at = models.DateTimeField(_("開始"), db_default=Now())
    opened_by = models.CharField(_("開始した人"), max_length=64)
    counted_at = models.DateTimeField(_("数え終えた日時"), null=True)
    counted_by = models.CharField(_("数え終えた人"), max_length=64, blank=True)
    closed_at = models.DateTimeField(_("確定した日時"), null=True)
    closed_by = models.CharField(_("確定した人"), max_length=64, blank=True)
    second_person = models.CharField(_("確認した人"), max_length=64, blank=True)
    result = models.JSONField(_("結果"), default=dict)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=["counting", "closed", "given_up"]), name="stock_take_state_known"),
            models.CheckConstraint(
                condition=~Q(state="closed")
                | (Q(closed_at__isnull=False) & ~Q(closed_by="") & ~Q(second_person="") & ~Q(second_person=F("closed_by"))),
                name="stock_take_closed_by_two_people",
            ),
            models.CheckConstraint(condition=~Q(state="closed") | Q(counted_at__isnull=False), name="stock_take_closed_when_counted"),
            models.UniqueConstraint(fields=["site"], condition=Q(state="counting", box__isnull=True), name="one_open_stock_take_of_a_site"),
            models.UniqueConstraint(fields=["box"], condition=Q(state="counting"), name="one_open_stock_take_of_a_box"),
        ]

    def __str__(self) -> str:
        return f"stock-take:{self.pk}"


class StockExpected(models.Model):
    """A card that should have been there when a 棚卸 began."""

    pk = models.CompositePrimaryKey("take_id", "card_id")
    take = models.ForeignKey(StockTake, on_delete=models.CASCADE, related_name="expected")
    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="+")


class StockScan(models.Model):
    """A code that was read in a 棚卸: whose it is, and how often it was read. `key` is the reading's own, so that a repeat is no second."""

    take = models.ForeignKey(StockTake, on_delete=models.CASCADE, related_name="scans")
    code = models.CharField(max_length=20)
    card = models.ForeignKey(Card, on_delete=models.PROTECT, null=True, related_name="+")
    was_expected = models.BooleanField()
    times = models.PositiveIntegerField(default=1)
    key = models.CharField(max_length=40)
    at = models.DateTimeField(db_default=Now())
    by = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["take", "code"], name="a_code_once_in_a_stock_take")]
