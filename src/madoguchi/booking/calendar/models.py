"""Places, when they open, when they are closed, and the times that follow from it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Place(models.Model):
    """交付場所: where cards are handed over."""

    code = models.CharField(_("交付場所コード"), max_length=20, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    address = models.CharField(_("所在地"), max_length=200, blank=True)
    access = models.CharField(_("行き方"), max_length=200, blank=True)
    is_open = models.BooleanField(_("予約を受け付ける"), default=True)
    position = models.PositiveSmallIntegerField(_("並び順"), default=0)

    class Meta:
        ordering: ClassVar = ["position", "code"]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(code__regex=r"^[0-9A-Za-z_-]{1,20}$"), name="place_code_form")]

    def __str__(self) -> str:
        return self.name


class OpeningRule(models.Model):
    """The hours of a place on one day of the week and how many counters serve them.

    A time slot of such a rule has `counters_public` places for citizens and `counters_internal` more that only staff give out.
    """

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("月曜日")
        TUESDAY = 1, _("火曜日")
        WEDNESDAY = 2, _("水曜日")
        THURSDAY = 3, _("木曜日")
        FRIDAY = 4, _("金曜日")
        SATURDAY = 5, _("土曜日")
        SUNDAY = 6, _("日曜日")

    place = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="rules")
    weekday = models.PositiveSmallIntegerField(_("曜日"), choices=Weekday.choices)
    opens = models.TimeField(_("開始時刻"))
    closes = models.TimeField(_("終了時刻"))
    slot_minutes = models.PositiveSmallIntegerField(_("1枠の長さ(分)"), default=15)
    counters_public = models.PositiveSmallIntegerField(_("公開窓口数"))
    counters_internal = models.PositiveSmallIntegerField(_("職員用窓口数"), default=0)
    open_on_holidays = models.BooleanField(_("祝日も開く"), default=False)
    valid_from = models.DateField(_("適用開始日"))
    valid_until = models.DateField(_("適用終了日"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["place", "weekday", "opens"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="rule_weekday"),
            models.CheckConstraint(condition=Q(opens__lt=F("closes")), name="rule_opens_before_it_closes"),
            models.CheckConstraint(condition=Q(slot_minutes__range=(5, 240)), name="rule_slot_minutes"),
            models.CheckConstraint(condition=Q(counters_public__gt=0) | Q(counters_internal__gt=0), name="rule_has_a_counter"),
            models.CheckConstraint(condition=Q(counters_public__lte=200, counters_internal__lte=200), name="rule_counters_limit"),
            models.CheckConstraint(condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="rule_period"),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"


class Closure(models.Model):
    """Days on which one place, or every place (`place` empty), is closed."""

    place = models.ForeignKey(Place, on_delete=models.CASCADE, null=True, blank=True, related_name="closures")
    day_from = models.DateField(_("休止開始日"))
    day_until = models.DateField(_("休止終了日"))
    reason = models.CharField(_("理由"), max_length=100)

    class Meta:
        ordering: ClassVar = ["day_from"]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(day_until__gte=F("day_from")), name="closure_period")]

    def __str__(self) -> str:
        return f"{self.day_from}-{self.day_until}"


class Slot(models.Model):
    """One time at one place. The counters are the truth about capacity: whoever takes a place raises them by a guarded UPDATE.

    `taken` counts every place given, `taken_public` those given to citizens themselves. A slot that no rule supports any more stays
    while bookings refer to it, with `is_open` false.
    """

    place = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="slots")
    day = models.DateField()
    start = models.TimeField()
    end = models.TimeField()
    capacity = models.PositiveSmallIntegerField()
    public_capacity = models.PositiveSmallIntegerField()
    taken = models.PositiveSmallIntegerField(default=0, db_default=0)
    taken_public = models.PositiveSmallIntegerField(default=0, db_default=0)
    is_open = models.BooleanField(default=True, db_default=True)

    class Meta:
        ordering: ClassVar = ["day", "start"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["place", "day", "start"], name="slot_once"),
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="slot_starts_before_it_ends"),
            models.CheckConstraint(condition=Q(taken__lte=F("capacity")), name="slot_not_over"),
            models.CheckConstraint(condition=Q(taken_public__lte=F("public_capacity")), name="slot_not_over_public"),
            models.CheckConstraint(condition=Q(taken_public__lte=F("taken")), name="slot_public_within_taken"),
            models.CheckConstraint(condition=Q(public_capacity__lte=F("capacity")), name="slot_public_within_capacity"),
        ]
        indexes: ClassVar = [models.Index(fields=["day", "place"])]

    def __str__(self) -> str:
        return f"{self.place_id} {self.day} {self.start:%H:%M}"
