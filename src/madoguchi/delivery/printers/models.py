"""The table of printers."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import DeliveryPlace

FARTHEST = Decimal("10.0")
"""A printer that lies farther off than this (mm) is loaded wrongly, not calibrated."""


class Printer(models.Model):
    """One printer of one place: how many millimetres its paper has to be met further right and further down.

    `label_starts` says for each kind of label sheet at which place the sheet in use goes on (1: a whole sheet).
    """

    name = models.CharField(_("名前"), max_length=40, unique=True)
    place = models.ForeignKey(DeliveryPlace, on_delete=models.PROTECT, related_name="+", verbose_name=_("置いてある施設"))
    offset_x = models.DecimalField(_("右へずらす (mm)"), max_digits=4, decimal_places=1, default=0)
    offset_y = models.DecimalField(_("下へずらす (mm)"), max_digits=4, decimal_places=1, default=0)
    label_starts = models.JSONField(default=dict)
    is_used = models.BooleanField(_("使っている"), default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(offset_x__gte=-FARTHEST, offset_x__lte=FARTHEST, offset_y__gte=-FARTHEST, offset_y__lte=FARTHEST),
                name="printer_lies_near",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_off(self) -> bool:
        """Whether sheets have to be shifted for this printer."""
        return bool(self.offset_x or self.offset_y)
