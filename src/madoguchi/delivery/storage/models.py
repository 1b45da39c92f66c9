"""Boxes in safes. Where a card is stands on the card itself (one place, one custodian); a box only says where it could be."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import DeliveryPlace


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
