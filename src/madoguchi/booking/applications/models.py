"""Tables of form bookings: a municipality's own questions, the sealed answers, and orders of the delivery zone that were carried out."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact, IsNull, LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.applications.stages import Stage
from madoguchi.booking.reservations.models import Booking, Wish
from madoguchi.kernel.sealed_answers import MAX_BYTES


class OwnQuestion(models.Model):
    """A question that this municipality adds to the usual ones."""

    class Kind(models.TextChoices):
        LINE = "line", _("1行の文字")
        TEXT = "text", _("数行の文字")
        DAY = "day", _("日付")
        CHOICE = "choice", _("選択肢から1つ")

    code = models.CharField(_("コード"), max_length=20)
    label = models.CharField(_("質問"), max_length=60)
    help = models.CharField(_("説明"), max_length=200, blank=True)
    answer = models.CharField(_("答え方"), max_length=6, choices=Kind.choices)
    needed = models.BooleanField(_("必ず答える"), default=False)
    choices = ArrayField(models.CharField(max_length=60), verbose_name=_("選択肢"), default=list, blank=True)

    class Meta:
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code"], name="own_question_once"),
            models.CheckConstraint(condition=Q(code__regex=r"^own_[a-z0-9_]{1,16}$"), name="own_question_code_form"),
            models.CheckConstraint(condition=Q(answer__in=["line", "text", "day", "choice"]), name="own_question_answer_known"),
            models.CheckConstraint(condition=~Q(answer="choice") | Q(choices__len__gte=2), name="own_question_has_choices"),
        ]

    def __str__(self) -> str:
        return self.code


class SealedApplication(models.Model):
    """The answers of one form booking, sealed for the delivery zone: this zone has no key that opens them (BK-11).

    `sealed` is emptied once the delivery zone says that it has them. `telephone_mac` is an HMAC of the last four figures of the telephone
    number with a pepper that is not in the database; it proves whoever looks the booking up (BS-11).
    """

    booking = models.OneToOneField(Booking, on_delete=models.CASCADE, primary_key=True, related_name="application")
    sealed = models.BinaryField(null=True)
    telephone_mac = models.BinaryField()
    wrong_secrets = models.PositiveSmallIntegerField(default=0, db_default=0)
    locked_at = models.DateTimeField(null=True)
    stage = models.CharField(max_length=9, choices=Stage.choices, default=Stage.WAITING, db_default=Stage.WAITING)
    sealed_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=IsNull("sealed", True) | LessThanOrEqual(Length("sealed"), MAX_BYTES), name="application_sealed_size"
            ),
            models.CheckConstraint(condition=Exact(Length("telephone_mac"), 32), name="application_mac_size"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="application_stage_known"),
            models.CheckConstraint(condition=Q(taken_at__isnull=False) | Q(stage="waiting"), name="application_stage_when_taken"),
        ]

    def __str__(self) -> str:
        return f"application:{self.pk}"


class WaitingNumber(models.Model):
    """By what somebody without a booking number finds an own place in the waiting list again: a number and the figures of a telephone.

    No answer is asked for before a place is offered. Gone a day behind the end of the wish.
    """

    wish = models.OneToOneField(Wish, on_delete=models.CASCADE, primary_key=True, related_name="number")
    number = models.CharField(max_length=10)
    telephone_mac = models.BinaryField()
    wrong_secrets = models.PositiveSmallIntegerField(default=0, db_default=0)
    locked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number"], name="waiting_number_once"),
            models.CheckConstraint(condition=Q(number__regex=r"^[0-9]{10}$"), name="waiting_number_form"),
            models.CheckConstraint(condition=Exact(Length("telephone_mac"), 32), name="waiting_mac_size"),
        ]

    def __str__(self) -> str:
        return f"waiting_number:{self.pk}"


class CarriedOut(models.Model):
    """An order of the delivery zone that was read, and what became of it: each is carried out once, however often it comes."""

    append_only: ClassVar[bool] = True

    class Outcome(models.TextChoices):
        DONE = "done", _("実行済")
        UNKNOWN = "unknown", _("該当する予約がない")
        FULL = "full", _("満員")
        NOT_OFFERED = "not_offered", _("予約できない日時")
        ENDED = "ended", _("予約が終わっている")

    command = models.UUIDField()
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, null=True, related_name="commands")
    act = models.CharField(max_length=8)
    outcome = models.CharField(max_length=11, choices=Outcome.choices)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["command"], name="command_once"),
            models.CheckConstraint(condition=Q(act__in=["taken", "stage", "message", "cancel", "move"]), name="command_act_known"),
            models.CheckConstraint(
                condition=Q(outcome__in=["done", "unknown", "full", "not_offered", "ended"]), name="command_outcome_known"
            ),
            models.CheckConstraint(condition=Q(booking__isnull=False) | Q(outcome="unknown"), name="command_has_its_booking"),
        ]
        indexes: ClassVar = [models.Index(F("at"), name="command_at")]

    def __str__(self) -> str:
        return f"command:{self.command}"
