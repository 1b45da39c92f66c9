"""Lists of existing stock: read, waiting for a second person, applied, signed off."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import Card


class StockList(models.Model):
    """One spreadsheet of stock. Its rows are kept until somebody decides; who read, approved and signed it off is named."""

    class State(models.TextChoices):
        WAITING = "waiting", _("承認待ち")
        APPLYING = "applying", _("反映中")
        APPLIED = "applied", _("反映済、棚卸待ち")
        SIGNED_OFF = "signed_off", _("締め済")
        DISCARDED = "discarded", _("取り下げ")

    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    file_name = models.CharField(_("ファイル"), max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField(_("件数"))
    read_by = models.CharField(_("読み込んだ人"), max_length=64)
    read_at = models.DateTimeField(_("読み込んだ日時"), db_default=Now())
    approved_by = models.CharField(_("承認した人"), max_length=64, blank=True)
    applied_at = models.DateTimeField(_("反映した日時"), null=True)
    signed_off_by = models.CharField(_("締めた人"), max_length=64, blank=True)
    signed_off_at = models.DateTimeField(_("締めた日時"), null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "applying", "applied", "signed_off", "discarded"]), name="stock_list_state_known"
            ),
            models.CheckConstraint(condition=~Q(approved_by=F("read_by")), name="stock_list_by_two_people"),
            models.CheckConstraint(
                condition=~Q(state__in=["applied", "signed_off"]) | (~Q(approved_by="") & Q(applied_at__isnull=False)),
                name="stock_list_applied_with_approval",
            ),
            models.CheckConstraint(
                condition=~Q(state="signed_off") | (~Q(signed_off_by="") & Q(signed_off_at__isnull=False)),
                name="stock_list_sign_off_names_who",
            ),
            models.UniqueConstraint(
                fields=["sha256"], condition=Q(state__in=["waiting", "applying", "applied", "signed_off"]), name="a_stock_list_once"
            ),
        ]


class StockRow(models.Model):
    """One row that waits; it goes when the list is applied or thrown away."""

    source = models.ForeignKey(StockList, on_delete=models.CASCADE, related_name="waiting_rows")
    line = models.PositiveIntegerField()
    row_values = models.JSONField()


class TakenOver(models.Model):
    """A card that a list brought or completed."""

    source = models.ForeignKey(StockList, on_delete=models.PROTECT, related_name="taken_over")
    card = models.OneToOneField(Card, on_delete=models.PROTECT, related_name="taken_over")
