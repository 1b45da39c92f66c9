"""What the desk keeps for itself: call numbers of a day, views of the list, emergency stops and what they leave to do, call displays."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.calendar.models import Closure, Place, Slot
from madoguchi.booking.municipality.models import Announcement
from madoguchi.booking.reservations.models import Booking, Credential
from madoguchi.platform.accounts.models import Staff

_COUNTER = r"^[0-9A-Za-z]{0,4}$"


class CallTicket(models.Model):
    """受付番号: one party that waits at one place today. Its number is all that a call display ever shows of it.

    A walk-in without a booking has a ticket and no booking. `for_counter` is the only window that may call it (forwarded), `counter` the
    window that called it last.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("呼出待ち")
        CALLED = "called", _("呼出中")
        SERVED = "served", _("対応中")
        MISSED = "missed", _("不在")
        PARKED = "parked", _("保留")
        CLOSED = "closed", _("終了")
        VOID = "void", _("取消")

    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="tickets", db_index=False)
    day = models.DateField()
    number = models.PositiveSmallIntegerField()
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="tickets", null=True)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    counter = models.CharField(max_length=4, blank=True, default="")
    for_counter = models.CharField(max_length=4, blank=True, default="")
    calls = models.PositiveSmallIntegerField(default=0)
    key = models.UUIDField(unique=True)
    version = models.PositiveIntegerField(default=1)
    issued_at = models.DateTimeField()
    called_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["place", "day", "number"], name="ticket_number_once_a_day"),
            models.UniqueConstraint(
                fields=["booking", "day"], condition=Q(booking__isnull=False) & ~Q(state="void"), name="ticket_once_for_a_booking"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "called", "served", "missed", "parked", "closed", "void"]), name="ticket_state_known"
            ),
            models.CheckConstraint(condition=Q(counter__regex=_COUNTER), name="ticket_counter_form"),
            models.CheckConstraint(condition=Q(for_counter__regex=_COUNTER), name="ticket_for_counter_form"),
            models.CheckConstraint(condition=~Q(state="called") | Q(called_at__isnull=False), name="ticket_called_has_a_time"),
        ]

    def __str__(self) -> str:
        return f"ticket:{self.pk}"


class TicketSequence(models.Model):
    """The last call number given at a place on a day: one row that is raised, so that two machines never give one number."""

    place = models.ForeignKey(Place, on_delete=models.CASCADE, db_index=False)
    day = models.DateField()
    last = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["place", "day"], name="one_sequence_a_day")]

    def __str__(self) -> str:
        return f"{self.place_id} {self.day} {self.last}"


class TicketEvent(models.Model):
    """One step of one call number; written with the step, never altered. Taking a step back is a further step."""

    append_only: ClassVar[bool] = True

    ticket = models.ForeignKey(CallTicket, on_delete=models.CASCADE, related_name="events", db_index=False)
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    act = models.CharField(max_length=8)
    from_state = models.CharField(max_length=7, blank=True)
    to_state = models.CharField(max_length=7)
    from_counter = models.CharField(max_length=4, blank=True)
    to_counter = models.CharField(max_length=4, blank=True)
    by = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["version"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["ticket", "version"], name="one_ticket_event_for_each_version")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.act}"


class SavedView(models.Model):
    """A named filter of the booking list: `query` is what stands behind the question mark of its address."""

    owner = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(_("名前"), max_length=40)
    query = models.CharField(max_length=500, blank=True)
    is_shared = models.BooleanField(_("ほかの職員にも見せる"), default=False)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "name"], name="view_name_once_for_an_owner"),
            models.CheckConstraint(condition=Q(query__regex=r"^[A-Za-z0-9=&_.~-]*$"), name="view_query_form"),
        ]

    def __str__(self) -> str:
        return f"view:{self.pk}"


class EmergencyStop(models.Model):
    """臨時停止: the days on which a place (`place` empty: every place) does not receive people, from now on (BS-05).

    Its closure takes the free times off at once, its announcement tells the public. Both are taken back with it.
    """

    place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="stops")
    day_from = models.DateField()
    day_until = models.DateField()
    reason = models.CharField(_("理由"), max_length=100)
    closure = models.ForeignKey(Closure, on_delete=models.SET_NULL, null=True, related_name="stops", db_index=False)
    announcement = models.ForeignKey(Announcement, on_delete=models.SET_NULL, null=True, related_name="stops", db_index=False)
    key = models.UUIDField(unique=True)
    stopped_at = models.DateTimeField()
    stopped_by = models.CharField(max_length=64)
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(day_until__gte=F("day_from")), name="stop_period")]

    def __str__(self) -> str:
        return f"stop:{self.pk}"


class AffectedBooking(models.Model):
    """One booking that an emergency stop hit: which time was proposed for it, and what became of it."""

    class State(models.TextChoices):
        OPEN = "open", _("未対応")
        TOLD = "told", _("連絡済み")

    stop = models.ForeignKey(EmergencyStop, on_delete=models.CASCADE, related_name="affected", db_index=False)
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="stops")
    state = models.CharField(max_length=5, choices=State.choices, default=State.OPEN)
    told_at = models.DateTimeField(null=True)
    proposed = models.ForeignKey(Slot, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    # The version of the booking for which the time was proposed: what was changed since is not moved unseen.
    proposed_for = models.PositiveIntegerField(null=True)
    refusal = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stop", "booking"], name="affected_once_by_a_stop"),
            models.CheckConstraint(condition=Q(state__in=["open", "told"]), name="affected_state_known"),
        ]

    def __str__(self) -> str:
        return f"affected:{self.pk}"


class ContactTask(models.Model):
    """連絡要: somebody must be told by telephone or letter. The number to call is in the delivery zone alone, found by the 予約用ID."""

    class Cause(models.TextChoices):
        STOPPED = "stopped", _("臨時停止")
        MAIL = "mail", _("メール不達")
        BACK = "back", _("折り返しの約束")
        MASS = "mass", _("一括の変更・取消")
        OTHER = "other", _("そのほか")

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="contact_tasks")
    stop = models.ForeignKey(EmergencyStop, on_delete=models.CASCADE, null=True, related_name="tasks")
    cause = models.CharField(max_length=7, choices=Cause.choices)
    note = models.CharField(_("伝えること"), max_length=200, blank=True)
    due = models.DateField(_("期限"))
    is_done = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=64)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["booking", "cause"], condition=Q(is_done=False), name="one_open_task_for_a_cause"),
            models.CheckConstraint(condition=Q(cause__in=["stopped", "mail", "back", "mass", "other"]), name="task_cause_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["due"], condition=Q(is_done=False), name="task_open")]

    def __str__(self) -> str:
        return f"task:{self.pk}"


class ContactAttempt(models.Model):
    """One attempt to reach somebody, and how it went; never altered."""

    append_only: ClassVar[bool] = True

    class Outcome(models.TextChoices):
        REACHED = "reached", _("伝えた")
        MOVED = "moved", _("伝えて、日時を変えた")
        CANCELLED = "cancel", _("伝えて、取り消した")
        NO_ANSWER = "none", _("出ない")
        MESSAGE = "message", _("留守番電話・伝言")
        LETTER = "letter", _("手紙を送った")
        DROPPED = "drop", _("連絡が要らなくなった")

    task = models.ForeignKey(ContactTask, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    outcome = models.CharField(_("結果"), max_length=7, choices=Outcome.choices)
    note = models.CharField(_("メモ"), max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(outcome__in=["reached", "moved", "cancel", "none", "message", "letter", "drop"]), name="attempt_outcome_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.outcome}"


class MassChange(models.Model):
    """一括の変更・取消: bookings chosen from the list, looked at together, changed by a job, and taken back on the same day (S10)."""

    class Act(models.TextChoices):
        MOVE = "move", _("日時を移す")
        CANCEL = "cancel", _("取り消す")

    class State(models.TextChoices):
        PREPARED = "prepared", _("確認待ち")
        STARTED = "started", _("実行中")
        DONE = "done", _("完了")
        BACK = "back", _("取消済")

    act = models.CharField(_("操作"), max_length=6, choices=Act.choices)
    reason = models.CharField(_("理由"), max_length=100)
    first_day = models.DateField(_("新しい日のはじめ"), null=True)
    last_day = models.DateField(_("新しい日の終わり"), null=True)
    other_places = models.BooleanField(_("ほかの場所も探す"), default=False)
    state = models.CharField(_("状態"), max_length=8, choices=State.choices, default=State.PREPARED)
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(act__in=["move", "cancel"]), name="mass_act_known"),
            models.CheckConstraint(condition=Q(state__in=["prepared", "started", "done", "back"]), name="mass_state_known"),
        ]

    def __str__(self) -> str:
        return f"mass:{self.pk}"


class MassLine(models.Model):
    """What becomes of one booking of a mass change: `version` is the one looked at, after the change the one that the change made."""

    class Outcome(models.TextChoices):
        READY = "ready", _("対象")
        EXCLUDED = "excluded", _("対象外")
        DONE = "done", _("実行済")
        REFUSED = "refused", _("できなかった")
        BACK = "back", _("元に戻した")
        STAYS = "stays", _("戻せなかった")

    mass = models.ForeignKey(MassChange, on_delete=models.CASCADE, related_name="lines", db_index=False)
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="mass_lines")
    version = models.PositiveIntegerField()
    was = models.ForeignKey(Slot, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    proposed = models.ForeignKey(Slot, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mass", "booking"], name="one_line_for_a_booking_of_a_mass_change"),
            models.CheckConstraint(
                condition=Q(outcome__in=["ready", "excluded", "done", "refused", "back", "stays"]), name="mass_line_outcome_known"
            ),
        ]

    def __str__(self) -> str:
        return f"mass line:{self.pk}"


class WrapUp(models.Model):
    """通話の結果: how a call ended, as the municipality counts it (S12). Closed ones stay with the calls that have them."""

    name = models.CharField(_("名前"), max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(_("並び順"), default=0)
    is_open = models.BooleanField(_("使う"), default=True)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(name=""), name="wrap_up_has_a_name")]

    def __str__(self) -> str:
        return self.name


class PhoneCall(models.Model):
    """One telephone call: whom it was about by our own keys, what was asked and what was right (codes, never an answer), how it ended."""

    begun_at = models.DateTimeField()
    begun_by = models.CharField(max_length=64)
    credential = models.ForeignKey(Credential, on_delete=models.SET_NULL, null=True, related_name="+")
    booking = models.ForeignKey(Booking, on_delete=models.SET_NULL, null=True, related_name="+")
    asked = ArrayField(models.CharField(max_length=8), default=list)
    right = ArrayField(models.CharField(max_length=8), default=list)
    wrap_up = models.ForeignKey(WrapUp, on_delete=models.PROTECT, null=True, related_name="calls", db_index=False)
    ended_at = models.DateTimeField(null=True)
    # 折り返し for somebody without a booking; with one the booking stands on the list of people to be told.
    call_back_on = models.DateField(null=True)
    call_back_note = models.CharField(max_length=200, blank=True, default="")
    called_back_at = models.DateTimeField(null=True)
    called_back_by = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ended_at__isnull=True) | Q(wrap_up__isnull=False), name="call_ends_with_a_result"),
            models.CheckConstraint(condition=Q(asked__contains=F("right")), name="call_right_was_asked"),
            models.CheckConstraint(condition=Q(called_back_at__isnull=True) | Q(call_back_on__isnull=False), name="call_back_was_promised"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["ended_at"], name="call_by_end"),
            models.Index(
                fields=["call_back_on"], condition=Q(call_back_on__isnull=False, called_back_at__isnull=True), name="call_back_open"
            ),
        ]

    def __str__(self) -> str:
        return f"call:{self.pk}"


class CallDisplay(models.Model):
    """呼出表示: a screen in a waiting room. It proves itself by a key in its cookie, of which only the hash is here; nobody is signed in.

    A screen is paired by a short code that staff read from their own page; the code works once and for ten minutes.
    """

    name = models.CharField(_("表示機の名前"), max_length=40)
    places = models.ManyToManyField(Place, verbose_name=_("呼び出す場所"), related_name="displays")
    speaks = models.BooleanField(_("声で呼ぶ"), default=True)
    key_digest = models.CharField(max_length=64, blank=True, default="")
    code_digest = models.CharField(max_length=64, blank=True, default="")
    code_until = models.DateTimeField(null=True)
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=64)
    paired_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key_digest"], condition=~Q(key_digest=""), name="display_key_once"),
            models.CheckConstraint(condition=Q(key_digest__regex=r"^([0-9a-f]{64})?$"), name="display_key_form"),
            models.CheckConstraint(condition=Q(code_digest__regex=r"^([0-9a-f]{64})?$"), name="display_code_form"),
        ]

    def __str__(self) -> str:
        return f"display:{self.pk}"
