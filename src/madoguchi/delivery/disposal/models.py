"""Tables of the disposal: batches (one bag each) and the cards in them."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import Card


class DisposalBatch(models.Model):
    """One bag of cards on its way out: who proposed, who approved, which two carried it out."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("候補")
        APPROVED = "approved", _("承認済")
        CARRIED_OUT = "carried_out", _("実施済")
        GIVEN_UP = "given_up", _("取りやめ")

    state = models.CharField(max_length=12, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.CharField(max_length=64)
    proposed_by_name = models.CharField(max_length=100, blank=True)
    proposed_at = models.DateTimeField(db_default=Now())
    approved_by = models.CharField(max_length=64, blank=True)
    approved_by_name = models.CharField(max_length=100, blank=True)
    approved_at = models.DateTimeField(null=True)
    bag = models.CharField(_("袋の番号"), max_length=40, blank=True)
    method = models.CharField(_("廃棄の方法"), max_length=100, blank=True)
    carried_out_by = models.CharField(max_length=64, blank=True)
    carried_out_by_name = models.CharField(max_length=100, blank=True)
    witness = models.CharField(max_length=64, blank=True)
    witness_name = models.CharField(max_length=100, blank=True)
    carried_out_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "approved", "carried_out", "given_up"]), name="card_disposal_state_known"
            ),
            models.CheckConstraint(condition=~Q(approved_by=F("proposed_by")), name="card_disposal_approved_by_a_second_person"),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "carried_out"]) | (~Q(approved_by="") & Q(approved_at__isnull=False)),
                name="card_disposal_goes_on_only_approved",
            ),
            models.CheckConstraint(
                condition=~Q(state="carried_out")
                | (~Q(carried_out_by="") & ~Q(witness="") & ~Q(witness=F("carried_out_by")) & Q(carried_out_at__isnull=False) & ~Q(bag="")),
                name="card_disposal_carried_out_by_two",
            ),
        ]


class DisposalItem(models.Model):
    """One card of a batch: why it goes, who read it into the bag; or why it was left out after all."""

    batch = models.ForeignKey(DisposalBatch, on_delete=models.PROTECT, related_name="items")
    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("カード廃棄事由"), max_length=200)
    bagged_by = models.CharField(max_length=64, blank=True)
    bagged_at = models.DateTimeField(null=True)
    left_out_by = models.CharField(max_length=64, blank=True)
    left_out_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "card"], name="card_once_in_a_disposal"),
            models.CheckConstraint(
                condition=Q(bagged_at__isnull=True, bagged_by="") | (Q(bagged_at__isnull=False) & ~Q(bagged_by="")),
                name="disposal_item_bagged_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(left_out_by="", left_out_reason="") | (~Q(left_out_by="") & ~Q(left_out_reason="")),
                name="disposal_item_left_out_for_a_reason",
            ),
        ]
