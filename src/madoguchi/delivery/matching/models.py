"""Bookings as the booking zone reports them, and the card that each belongs to."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.matching import rules


class BookedVisit(models.Model):
    """One person's part of a booking (予約者情報, seed 000 (3)ア(イ)d), as the newest file says, with the result of matching (突合)."""

    number = models.CharField(_("予約番号"), max_length=20)
    serial = models.CharField(_("予約用ID"), max_length=9)
    group = models.CharField(_("同時予約"), max_length=20)
    place = models.CharField(_("交付場所"), max_length=20)
    day = models.DateField(_("予約日"))
    start = models.TimeField(_("開始時刻"))
    end = models.TimeField(_("終了時刻"))
    state = models.CharField(_("予約結果"), max_length=12)
    rev = models.BigIntegerField(_("版"))
    requests = ArrayField(models.CharField(max_length=20), default=list, verbose_name=_("配慮"))
    card = models.ForeignKey(Card, on_delete=models.PROTECT, null=True, related_name="booked_visits", verbose_name=_("カード"))
    match = models.CharField(_("突合"), max_length=16)
    file_seq = models.PositiveBigIntegerField(_("ファイル番号"))
    received_at = models.DateTimeField(_("受信日時"), db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number", "serial"], name="one_row_per_booking_and_person"),
            models.CheckConstraint(condition=Q(state__in=[state.value for state in rules.BookingState]), name="booked_visit_state_known"),
            models.CheckConstraint(condition=Q(match__in=[match.value for match in rules.Match]), name="booked_visit_match_known"),
            models.CheckConstraint(condition=Q(match="matched", card__isnull=False) | ~Q(match="matched"), name="a_match_has_a_card"),
        ]
        indexes: ClassVar = [models.Index(fields=["day", "place", "start"], name="booked_visit_by_day")]

    def __str__(self) -> str:
        return f"booking:{self.number}"
