"""Applications as the booking zone reported them, opened; their history; and orders to the booking zone."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.applications.rules import ACT_NAMES, OUTCOME_NAMES, STAGE_NAMES, Act, Outcome, Reading, Stage
from madoguchi.delivery.matching.rules import BookingState


class Application(models.Model):
    """One form booking (来庁予約データ, seed 003 item (1)): when and where somebody comes and for what, with the answers of the form.

    The keys are for search only (madoguchi.kernel.names).
    """

    number = models.CharField(_("予約番号"), max_length=10)
    kind = models.CharField(_("手続きID"), max_length=40)
    kind_name = models.CharField(_("手続きの種類"), max_length=100)
    place = models.CharField(_("場所"), max_length=40)
    day = models.DateField(_("予約日付"))
    start = models.TimeField(_("予約開始時間"))
    end = models.TimeField(_("予約終了時間"))
    state = models.CharField(_("予約の状態"), max_length=12)
    rev = models.BigIntegerField(_("版"))
    recorded_at = models.DateTimeField(_("申請日時"))
    reading = models.CharField(max_length=11)
    answers = models.JSONField(_("申請の内容"), default=dict)
    # Pairs of code and question in the order of the form, which an object of jsonb would not keep.
    labels = models.JSONField(default=list)
    name_key = models.CharField(max_length=200, blank=True)
    kana_key = models.CharField(max_length=200, blank=True)
    address_key = models.CharField(max_length=400, blank=True)
    born = models.CharField(max_length=10, blank=True)
    telephone_key = models.CharField(max_length=20, blank=True)
    stage = models.CharField(_("対応状況"), max_length=9, default=Stage.RECEIVED.value)
    message = models.CharField(_("メッセージ"), max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)
    file_seq = models.PositiveBigIntegerField(_("ファイル番号"))
    received_at = models.DateTimeField(_("受信日時"))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number"], name="application_number_once"),
            models.CheckConstraint(condition=Q(state__in=[state.value for state in BookingState]), name="application_state_known"),
            models.CheckConstraint(condition=Q(stage__in=[stage.value for stage in Stage]), name="received_stage_known"),
            models.CheckConstraint(condition=Q(reading__in=[reading.value for reading in Reading]), name="application_reading_known"),
            models.CheckConstraint(condition=Q(reading="opened") | Q(answers={}), name="answers_when_opened"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["day", "place", "start"], name="application_by_day"),
            models.Index(fields=["name_key"], name="application_name_key"),
            models.Index(fields=["telephone_key"], name="application_telephone_key"),
        ]

    def __str__(self) -> str:
        return f"application:{self.number}"

    @property
    def stage_name(self) -> str:
        return str(STAGE_NAMES[Stage(self.stage)])

    @property
    def state_name(self) -> str:
        return BookingState(self.state).label


class ApplicationEvent(models.Model):
    """What was done with one application, by whom; never altered."""

    append_only: ClassVar[bool] = True

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    act = models.CharField(max_length=8)
    before = models.CharField(max_length=60, blank=True)
    after = models.CharField(max_length=60, blank=True)
    by = models.CharField(max_length=64)
    by_name = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.application_id} {self.act}"

    @property
    def act_name(self) -> str:
        return str(ACT_NAMES[Act(self.act)])


class Order(models.Model):
    """One order to the booking zone: sent in every file until its answer is back, carried out there once (BS-11)."""

    rank = models.BigAutoField(primary_key=True)
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="orders")
    act = models.CharField(max_length=8)
    place = models.CharField(max_length=40, blank=True)
    day = models.DateField(null=True)
    start = models.TimeField(null=True)
    text = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=64)
    outcome = models.CharField(max_length=11, blank=True, default=Outcome.NONE.value)
    outcome_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(act__in=[act.value for act in Act]), name="order_act_known"),
            models.CheckConstraint(condition=Q(outcome__in=[outcome.value for outcome in Outcome]), name="order_outcome_known"),
            models.CheckConstraint(condition=~Q(act="move") | Q(day__isnull=False, start__isnull=False), name="order_says_where_to"),
            # One cancellation or change at a time: the second would be given in ignorance of what became of the first.
            models.UniqueConstraint(
                fields=["application"], condition=Q(act__in=["cancel", "move"], outcome=""), name="one_change_under_way"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["made_at"], condition=Q(outcome=""), name="order_waiting")]

    def __str__(self) -> str:
        return f"order:{self.key}"

    @property
    def act_name(self) -> str:
        return str(ACT_NAMES[Act(self.act)])

    @property
    def outcome_name(self) -> str:
        return str(OUTCOME_NAMES[Outcome(self.outcome)])
