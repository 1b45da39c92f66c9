"""The books of fees: own amounts, drawers and their days, and a ledger to which lines are only ever added."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.kernel.fees import ITEM_NAMES, Amount


class OwnAmount(models.Model):
    """What this municipality asks for an item from a day on; approved by another person, never changed afterwards."""

    append_only: ClassVar[bool] = True

    item = models.CharField(_("項目"), max_length=20)
    yen = models.PositiveIntegerField(_("金額"))
    since = models.DateField(_("この日から"))
    until = models.DateField(_("この日まで"), null=True)
    source = models.CharField(_("根拠"), max_length=200)
    requested_by = models.CharField(_("依頼者"), max_length=64)
    approved_by = models.CharField(_("承認者"), max_length=64)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(item__in=list(ITEM_NAMES)), name="own_amount_item_known"),
            models.CheckConstraint(condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="own_amount_period"),
            models.CheckConstraint(condition=~Q(approved_by=F("requested_by")), name="own_amount_approved_by_another"),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.since}"

    def as_amount(self) -> Amount:
        """Return the row as the pure rules take it."""
        return Amount(self.item, self.yen, self.since, self.until, self.source, own=True)


class Drawer(models.Model):
    """つり銭箱: a drawer at a counter. Closed for good, never deleted."""

    code = models.CharField(_("番号"), max_length=20, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    place = models.ForeignKey(DeliveryPlace, on_delete=models.PROTECT, related_name="drawers", verbose_name=_("場所"))
    is_open = models.BooleanField(_("使用中"), default=True)

    class Meta:
        ordering: ClassVar = ["place__code", "code"]

    def __str__(self) -> str:
        return self.name


class DrawerDay(models.Model):
    """One day of one drawer, from the opening amount to the counted one; a closed day balances to zero by constraint.

    What was taken is summed up from the ledger at closing. `cash_difference` is counted minus expected: 0 in most evenings.
    """

    drawer = models.ForeignKey(Drawer, on_delete=models.PROTECT, related_name="days")
    day = models.DateField(_("日"))
    state = models.CharField(max_length=8, default="open")
    opening_yen = models.PositiveIntegerField(_("開始時のつり銭"))
    opened_by = models.CharField(_("開けた人"), max_length=64)
    opened_at = models.DateTimeField(db_default=Now())
    entries = models.PositiveIntegerField(_("件数"), null=True)
    cash_yen = models.IntegerField(_("現金の徴収"), null=True)
    cashless_yen = models.IntegerField(_("キャッシュレスの徴収"), null=True)
    counted_yen = models.PositiveIntegerField(_("数えた現金"), null=True)
    cash_difference = models.IntegerField(_("現金の過不足"), null=True)
    cashless_counted = models.IntegerField(_("決済端末の日計"), null=True)
    cashless_difference = models.IntegerField(_("キャッシュレスの差"), null=True)
    explanation = models.CharField(_("差の説明"), max_length=500, blank=True, default="")
    closed_by = models.CharField(_("締めた人"), max_length=64, blank=True, default="")
    closed_with = models.CharField(_("確かめた人"), max_length=64, blank=True, default="")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-day", "drawer__code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["drawer", "day"], name="one_day_of_a_drawer"),
            models.UniqueConstraint(fields=["drawer"], condition=Q(state="open"), name="one_open_day_of_a_drawer"),
            models.CheckConstraint(condition=Q(state__in=["open", "closed"]), name="drawer_day_state_known"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True, counted_yen__isnull=True)
                | Q(
                    state="closed",
                    closed_at__isnull=False,
                    entries__isnull=False,
                    counted_yen=F("opening_yen") + F("cash_yen") + F("cash_difference"),
                    cashless_counted=F("cashless_yen") + F("cashless_difference"),
                ),
                name="a_closed_day_balances_to_zero",
            ),
            models.CheckConstraint(
                condition=Q(state="open") | (Q(cash_difference=0) & Q(cashless_difference=0)) | ~Q(explanation=""),
                name="a_difference_is_explained",
            ),
            models.CheckConstraint(
                condition=Q(state="open") | (~Q(closed_by="") & ~Q(closed_with="") & ~Q(closed_with=F("closed_by"))),
                name="a_day_is_closed_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"drawer day:{self.pk}"


class NumberSeries(models.Model):
    """The last running number of a fiscal year; taken in the transaction of its entry, so that none is ever missing."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.year}:{self.last}"


class Entry(models.Model):
    """One line of the ledger: a payment, or what takes one back. Lines are added, never changed, never removed.

    A payment is counted once: it stands in exactly one day of one drawer, may be taken back once, and its subject (a visit) has one
    payment unless the one before was taken back (`follows`).
    """

    append_only: ClassVar[bool] = True

    year = models.PositiveSmallIntegerField(_("年度"))
    number = models.PositiveIntegerField(_("番号"))
    kind = models.CharField(_("種類"), max_length=8)
    drawer_day = models.ForeignKey(DrawerDay, on_delete=models.PROTECT, related_name="ledger")
    subject = models.CharField(_("対象"), max_length=40)
    card = models.ForeignKey(Card, on_delete=models.PROTECT, null=True, related_name="fees")
    reason = models.CharField(_("徴収の理由"), max_length=30)
    lines = models.JSONField(_("内訳"))
    yen = models.IntegerField(_("金額"))
    method = models.CharField(_("徴収区分"), max_length=8)
    taken_on = models.DateField(_("徴収日"))
    at = models.DateTimeField(db_default=Now())
    by = models.CharField(_("担当"), max_length=64)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    follows = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="followed_by")
    reversal_reason = models.CharField(_("取消・返金の理由"), max_length=200, blank=True, default="")
    second_person = models.CharField(_("二人目"), max_length=64, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["year", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["year", "number"], name="each_number_of_a_year_once"),
            models.UniqueConstraint(
                fields=["subject"], condition=Q(reverses__isnull=True, follows__isnull=True), name="one_payment_of_a_subject"
            ),
            models.CheckConstraint(condition=Q(number__gt=0), name="numbers_begin_with_one"),
            models.CheckConstraint(condition=Q(method__in=["cash", "cashless"]), name="fee_method_known"),
            models.CheckConstraint(
                condition=Q(kind="payment", yen__gt=0, reverses__isnull=True, second_person="")
                | (
                    Q(kind__in=["void", "refund"], yen__lt=0, reverses__isnull=False, follows__isnull=True)
                    & ~Q(reversal_reason="")
                    & ~Q(second_person="")
                    & ~Q(second_person=F("by"))
                ),
                name="a_payment_is_taken_back_by_two_for_a_reason",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["taken_on", "id"], name="fee_by_day")]

    def __str__(self) -> str:
        return f"fee:{self.pk}"


class OwedBack(models.Model):
    """返金待ち: a payment whose ground fell away (交付済の訂正) while nobody stood at the counter to take the money.

    It is open until the payment is taken back; the settlement and the daily report show it until then.
    """

    append_only: ClassVar[bool] = True

    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, primary_key=True, related_name="owed_back")
    reason = models.CharField(_("返金の理由"), max_length=200)
    by = models.CharField(_("登録した人"), max_length=64)
    at = models.DateTimeField(_("登録した日時"), db_default=Now())

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(reason=""), name="what_is_owed_back_has_a_reason")]

    def __str__(self) -> str:
        return f"owed back:{self.pk}"
