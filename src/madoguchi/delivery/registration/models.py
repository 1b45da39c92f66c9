"""Tables of applications that the office takes itself."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.applications.models import Application
from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.filing.models import Document
from madoguchi.delivery.registration.rules import Receipt, SentWay, Way


class RegistrationSettings(models.Model):
    """What the municipality set for the applications that it takes; one row."""

    ONLY_ROW: ClassVar[int] = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY_ROW)
    card_within_days = models.PositiveSmallIntegerField(_("送付からカードが届くまでの日数"), default=45)
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="registration_settings_one_row"),
            models.CheckConstraint(condition=Q(card_within_days__range=(5, 180)), name="registration_card_within_days"),
        ]


class Venue(models.Model):
    """出張申請の会場: a day at a company, a school or a home, with the list that goes along."""

    name = models.CharField(_("会場"), max_length=60)
    day = models.DateField(_("実施日"))
    place = models.ForeignKey(DeliveryPlace, on_delete=models.PROTECT, related_name="venues", verbose_name=_("担当する場所"))
    rows = models.PositiveSmallIntegerField(_("一覧の行数"))
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.CharField(max_length=64)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar = ["-day", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(rows__range=(1, 500)), name="venue_rows"),
            models.UniqueConstraint(fields=["name", "day"], name="venue_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"venue:{self.pk}"

    def row_ids(self) -> list[str]:
        """Return the numbers of the rows of the list, which know each applicant again."""
        return [f"V{self.pk:05d}-{number:03d}" for number in range(1, self.rows + 1)]


class Registration(models.Model):
    """One application taken by the office: where, with what papers, its photo, how it went to J-LIS, how the card is to be received."""

    card = models.OneToOneField(Card, on_delete=models.PROTECT, related_name="registration")
    way = models.CharField(_("来庁方式"), max_length=8)
    place = models.ForeignKey(DeliveryPlace, on_delete=models.PROTECT, related_name="registrations", verbose_name=_("申請場所"))
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, null=True, related_name="registrations")
    row_id = models.CharField(_("行番号"), max_length=12, null=True, unique=True)
    application = models.OneToOneField(Application, on_delete=models.PROTECT, null=True, related_name="registration")
    receipt = models.CharField(_("受取方法"), max_length=10)
    documents = ArrayField(models.CharField(max_length=40), default=list, verbose_name=_("本人確認書類の種類"))
    photo = models.OneToOneField(Document, on_delete=models.PROTECT, null=True, related_name="photo_of", verbose_name=_("顔写真"))
    photo_bound_at = models.DateTimeField(null=True)
    photo_bound_by = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField(_("受付日時"), db_default=Now())
    received_by = models.CharField(_("受付者"), max_length=64)
    received_by_name = models.CharField(max_length=100, blank=True)
    sent_way = models.CharField(_("送付方法"), max_length=4, blank=True, default="")
    sent_on = models.DateField(_("送付日"), null=True)
    sent_by = models.CharField(_("送付者"), max_length=64, blank=True)
    sent_by_name = models.CharField(max_length=100, blank=True)
    looked_at_by = models.CharField(_("確認者"), max_length=64, blank=True)
    memo = models.CharField(_("メモ"), max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(way__in=[value.value for value in Way]), name="registration_way_known"),
            models.CheckConstraint(condition=Q(receipt__in=[value.value for value in Receipt]), name="registration_receipt_known"),
            models.CheckConstraint(condition=Q(sent_way__in=[value.value for value in SentWay]), name="registration_sent_way_known"),
            models.CheckConstraint(
                condition=Q(sent_way="", sent_on__isnull=True) | (Q(sent_on__isnull=False) & ~Q(sent_by="") & ~Q(looked_at_by="")),
                name="a_sent_application_names_two",
            ),
            models.CheckConstraint(condition=Q(sent_by="") | ~Q(sent_by=F("looked_at_by")), name="application_sent_by_two"),
            models.CheckConstraint(condition=~Q(way="offsite") | Q(venue__isnull=False, row_id__isnull=False), name="offsite_has_its_row"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["received_at"], condition=Q(sent_way=""), name="registration_unsent"),
            models.Index(fields=["-received_at", "-id"], name="registration_newest"),
        ]

    def __str__(self) -> str:
        return f"registration:{self.pk}"
