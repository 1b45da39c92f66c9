"""Places, timetables and kinds of visit, when a place opens, when it is closed, and the times that follow from it."""

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import CharField, F, Func, Q, Value
from django.db.models.functions import Cast, Length
from django.db.models.lookups import LessThanOrEqual, Regex
from django.utils.translation import gettext_lazy as _

LONGEST_WINDOW = 366


class Place(models.Model):
    """交付場所: where cards are handed over.

    `lead_days` is how many business days a card needs until it lies there: no visit that needs the card is offered sooner.
    """

    code = models.CharField(_("交付場所コード"), max_length=20, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    address = models.CharField(_("所在地"), max_length=200, blank=True)
    access = models.CharField(_("行き方"), max_length=200, blank=True)
    is_open = models.BooleanField(_("予約を受け付ける"), default=True)
    lead_days = models.PositiveSmallIntegerField(
        _("カードが届くまでの日数(開庁日)"), default=0, db_default=0, validators=[MaxValueValidator(30)]
    )
    position = models.PositiveSmallIntegerField(_("並び順"), default=0)

    class Meta:
        ordering: ClassVar = ["position", "code"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(code__regex=r"^[0-9A-Za-z_-]{1,20}$"), name="place_code_form"),
            models.CheckConstraint(condition=Q(lead_days__lte=30), name="place_lead_days"),
        ]

    def __str__(self) -> str:
        return self.name


class Schedule(models.Model):
    """予約表: one set of times. Kinds of visit that share counters share a schedule; a kind with counters of its own has its own."""

    DEFAULT: ClassVar[str] = "cards"

    code = models.CharField(_("予約表コード"), max_length=20, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    position = models.PositiveSmallIntegerField(_("並び順"), default=0)

    class Meta:
        ordering: ClassVar = ["position", "code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9a-z_-]{1,20}$"),
                name="schedule_code_form",
                violation_error_message=_("予約表コードは、半角の英小文字、数字、-、_ で入力してください。"),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def default(cls) -> Self:
        """Return the schedule of card hand-overs. Raises DoesNotExist before `madoguchi init`."""
        return cls.objects.get(code=cls.DEFAULT)


class VisitKind(models.Model):
    """予約区分: what people come for, how they say who they are, how long it takes, and when it may be booked (BK-10).

    A window or a cancellation limit that is empty is the municipality's. `minutes` empty means one time of the schedule, whatever its
    length; else as many times one after another as the minutes need.
    """

    DEFAULT: ClassVar[str] = "receive"

    class Identification(models.TextChoices):
        NUMBER = "number", _("予約用ID（交付通知書の番号）")
        FORM = "form", _("入力フォーム")

    class PartyRule(models.TextChoices):
        PLACES = "places", _("同じ時間に人数分の枠を使う")
        TIME = "time", _("1つの窓口で人数分の時間を使う")

    class Counts(models.TextChoices):
        CALENDAR = "calendar", _("暦日で数える")
        BUSINESS = "business", _("開庁日で数える")

    code = models.CharField(_("予約区分コード"), max_length=20, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="kinds", verbose_name=_("予約表"))
    identification = models.CharField(_("本人の確かめ方"), max_length=6, choices=Identification.choices)
    minutes = models.PositiveSmallIntegerField(
        _("1人の所要時間(分)"), null=True, blank=True, validators=[MinValueValidator(5), MaxValueValidator(480)]
    )
    party_rule = models.CharField(_("複数人の予約"), max_length=6, choices=PartyRule.choices, default=PartyRule.PLACES)
    party_limit = models.PositiveSmallIntegerField(
        _("1件の人数の上限"), default=1, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    earliest_days_ahead = models.PositiveSmallIntegerField(
        _("何日後から予約できるか"), null=True, blank=True, validators=[MaxValueValidator(60)]
    )
    latest_days_ahead = models.PositiveSmallIntegerField(
        _("何日後まで予約できるか"), null=True, blank=True, validators=[MaxValueValidator(LONGEST_WINDOW)]
    )
    counts = models.CharField(_("日数の数え方"), max_length=8, choices=Counts.choices, blank=True, default="")
    cancel_days_before = models.PositiveSmallIntegerField(
        _("何日前まで本人が取り消せるか"), null=True, blank=True, validators=[MaxValueValidator(60)]
    )
    questions = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    is_open = models.BooleanField(_("予約を受け付ける"), default=False)
    position = models.PositiveSmallIntegerField(_("並び順"), default=0)

    class Meta:
        ordering: ClassVar = ["position", "code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9a-z-]{1,20}$"),
                name="kind_code_form",
                violation_error_message=_("予約区分コードは、半角の英小文字、数字、- で入力してください。"),
            ),
            models.CheckConstraint(condition=Q(identification__in=["number", "form"]), name="kind_identification_known"),
            models.CheckConstraint(condition=Q(party_rule__in=["places", "time"]), name="kind_party_rule_known"),
            models.CheckConstraint(condition=Q(party_limit__range=(1, 10)), name="kind_party_limit"),
            models.CheckConstraint(condition=Q(minutes__isnull=True) | Q(minutes__range=(5, 480)), name="kind_minutes"),
            models.CheckConstraint(condition=Q(counts__in=["", "calendar", "business"]), name="kind_counts_known"),
            models.CheckConstraint(
                condition=Q(latest_days_ahead__isnull=True) | Q(latest_days_ahead__lte=LONGEST_WINDOW), name="kind_window"
            ),
            models.CheckConstraint(
                condition=Regex(
                    Func(F("questions"), Value(","), function="array_to_string", output_field=CharField()), Value("^[0-9a-z_,-]*$")
                ),
                name="kind_questions_are_codes",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def default(cls) -> Self:
        """Return the kind of card hand-overs (受取) with its schedule. Raises DoesNotExist before `madoguchi init`."""
        return cls.objects.select_related("schedule").get(code=cls.DEFAULT)


class KindText(models.Model):
    """What a kind of visit is called and how it is explained in one language; Japanese too, for the explanation."""

    kind = models.ForeignKey(VisitKind, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=10)
    name = models.CharField(_("名称"), max_length=120, blank=True)
    description = models.CharField(_("説明"), max_length=400, blank=True)

    class Meta:
        ordering: ClassVar = ["kind", "language"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "language"], name="kind_text_once"),
            models.CheckConstraint(condition=Q(language__regex=r"^[a-z]{2}(-[a-z-]{1,7})?$"), name="kind_text_language_form"),
        ]

    def __str__(self) -> str:
        return f"{self.kind_id} {self.language}"


class KindQuota(models.Model):
    """How many places a kind may take on one day at one place (`place` empty: at each place).

    `days` tells on which days; weekends are Saturdays, Sundays and holidays. `free_days_before` ends the quota that many days before the
    day: what it kept back is then open to all, so that people who are told late find a Saturday too. Citizens are bound by it, staff are
    not; what staff give out counts.
    """

    class Days(models.TextChoices):
        ALL = "all", _("毎日")
        WEEKDAYS = "weekdays", _("平日")
        WEEKENDS = "weekends", _("土日・祝日")

    kind = models.ForeignKey(VisitKind, on_delete=models.CASCADE, related_name="quotas")
    place = models.ForeignKey(Place, on_delete=models.CASCADE, null=True, blank=True, verbose_name=_("場所"))
    days = models.CharField(_("曜日"), max_length=8, choices=Days.choices, default=Days.ALL)
    allowed = models.PositiveSmallIntegerField(_("1日の枠数の上限"))
    free_days_before = models.PositiveSmallIntegerField(
        _("何日前に制限を解くか"), null=True, blank=True, validators=[MaxValueValidator(60)]
    )

    class Meta:
        ordering: ClassVar = ["kind", "place", "days"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "place", "days"],
                nulls_distinct=False,
                name="quota_once",
                violation_error_message=_("この場所と曜日の上限は、すでにあります。"),
            ),
            models.CheckConstraint(condition=Q(days__in=["all", "weekdays", "weekends"]), name="quota_days_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind_id} {self.place_id} {self.days}"


class KindDay(models.Model):
    """How many places a kind has taken on one day at one place, against the quota of that day.

    Kept for kinds that have a quota only: a counter that every booking of a day must raise makes bookings wait for each other.
    """

    kind = models.ForeignKey(VisitKind, on_delete=models.CASCADE, related_name="days", db_index=False)
    place = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    taken = models.PositiveIntegerField(default=0, db_default=0)
    allowed = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "place", "day"], name="kind_day_once"),
            models.CheckConstraint(condition=Q(taken__lte=F("allowed")), name="kind_day_not_over"),
        ]

    def __str__(self) -> str:
        return f"{self.kind_id} {self.place_id} {self.day}"


class Holiday(models.Model):
    """A day on which offices are closed, or nothing can be handed over, with its name: dated data, filled ahead and corrected by people.

    `is_closed` false keeps the day's name and opens it like any other day.
    """

    class Kind(models.TextChoices):
        NATIONAL = "national", _("国民の祝日")
        YEAR_END = "year_end", _("年末年始")
        MAINTENANCE = "maintenance", _("全国システムの停止日")
        OWN = "own", _("市区町村の休日")

    day = models.DateField(_("日"), primary_key=True)
    name = models.CharField(_("名称"), max_length=40)
    kind = models.CharField(_("種類"), max_length=11, choices=Kind.choices)
    is_closed = models.BooleanField(_("休みにする"), default=True, db_default=True)

    class Meta:
        ordering: ClassVar = ["day"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=["national", "year_end", "maintenance", "own"]), name="holiday_kind_known")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class _Hours(models.Model):
    """Hours of a place and how many counters serve them.

    A time of `slot_minutes` has `counters_public` places for citizens and `counters_internal` more that only staff give out;
    `phone_limit` bounds what is given out by telephone.
    """

    opens = models.TimeField(_("開始時刻"))
    closes = models.TimeField(_("終了時刻"))
    slot_minutes = models.PositiveSmallIntegerField(_("1枠の長さ(分)"), default=15)
    counters_public = models.PositiveSmallIntegerField(_("公開窓口数"))
    counters_internal = models.PositiveSmallIntegerField(_("職員用窓口数"), default=0)
    phone_limit = models.PositiveSmallIntegerField(_("電話予約の上限"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(opens__lt=F("closes")), name="%(class)s_opens_before_it_closes"),
            models.CheckConstraint(condition=Q(slot_minutes__range=(5, 240)), name="%(class)s_slot_minutes"),
            models.CheckConstraint(condition=Q(counters_public__lte=200, counters_internal__lte=200), name="%(class)s_counters_limit"),
            models.CheckConstraint(condition=Q(counters_public__gt=0) | Q(counters_internal__gt=0), name="%(class)s_has_a_counter"),
        ]


class OpeningRule(_Hours):
    """開所規則: the hours of a place on one day of the week.

    `weeks` are the weeks of the month in which the rule holds (1 to 5; empty: every week), so that 第1・3土曜日 is one rule.
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
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="rules", verbose_name=_("予約表"))
    weekday = models.PositiveSmallIntegerField(_("曜日"), choices=Weekday.choices)
    weeks = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, verbose_name=_("第何週"))
    open_on_holidays = models.BooleanField(_("祝日も開く"), default=False)
    open_at_year_end = models.BooleanField(_("年末年始も開く"), default=False, db_default=False)
    valid_from = models.DateField(_("適用開始日"))
    valid_until = models.DateField(_("適用終了日"), null=True, blank=True)

    class Meta(_Hours.Meta):
        ordering: ClassVar = ["place", "schedule", "weekday", "opens"]
        constraints: ClassVar = [
            *_Hours.Meta.constraints,
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="rule_weekday"),
            models.CheckConstraint(condition=Q(weeks__contained_by=[1, 2, 3, 4, 5]), name="rule_weeks_of_the_month"),
            models.CheckConstraint(condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="rule_period"),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"


class OpeningException(_Hours):
    """臨時の開所: other hours on one day. On that day they stand in the place of every weekly rule of the same schedule, holidays included.

    A closure is stronger than an exception.
    """

    place = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="exceptions")
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="exceptions", verbose_name=_("予約表"))
    day = models.DateField(_("日"))
    reason = models.CharField(_("理由"), max_length=100)

    class Meta(_Hours.Meta):
        ordering: ClassVar = ["day", "place", "schedule", "opens"]
        constraints: ClassVar = [*_Hours.Meta.constraints]

    def __str__(self) -> str:
        return f"{self.place_id} {self.day} {self.opens:%H:%M}-{self.closes:%H:%M}"


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

    `taken` counts every place given, `taken_public` those given to citizens themselves, `taken_phone` those given out by telephone
    (`phone_capacity` empty: no limit of their own). A slot that no rule supports any more stays while bookings refer to it, with
    `is_open` false. `rebooking_wanted` tells that people decided to move what is over the rules.
    """

    place = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="slots")
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="slots", db_index=False)
    day = models.DateField()
    start = models.TimeField()
    end = models.TimeField()
    capacity = models.PositiveSmallIntegerField()
    public_capacity = models.PositiveSmallIntegerField()
    phone_capacity = models.PositiveSmallIntegerField(null=True)
    taken = models.PositiveSmallIntegerField(default=0, db_default=0)
    taken_public = models.PositiveSmallIntegerField(default=0, db_default=0)
    taken_phone = models.PositiveSmallIntegerField(default=0, db_default=0)
    is_open = models.BooleanField(default=True, db_default=True)
    rebooking_wanted = models.BooleanField(default=False, db_default=False)

    class Meta:
        ordering: ClassVar = ["day", "start"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["place", "schedule", "day", "start"], name="slot_once"),
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="slot_starts_before_it_ends"),
            models.CheckConstraint(condition=Q(taken__lte=F("capacity")), name="slot_not_over"),
            models.CheckConstraint(condition=Q(taken_public__lte=F("public_capacity")), name="slot_not_over_public"),
            models.CheckConstraint(
                condition=Q(phone_capacity__isnull=True) | Q(taken_phone__lte=F("phone_capacity")), name="slot_not_over_phone"
            ),
            models.CheckConstraint(condition=Q(taken_public__lte=F("taken")), name="slot_public_within_taken"),
            models.CheckConstraint(condition=Q(taken_phone__lte=F("taken")), name="slot_phone_within_taken"),
            models.CheckConstraint(condition=Q(public_capacity__lte=F("capacity")), name="slot_public_within_capacity"),
        ]
        indexes: ClassVar = [models.Index(fields=["day", "place"])]

    def __str__(self) -> str:
        return f"{self.place_id} {self.day} {self.start:%H:%M}"


class CalendarChange(models.Model):
    """Who changed what of the calendar, from what to what, and when."""

    append_only: ClassVar[bool] = True

    class Subject(models.TextChoices):
        PLACE = "place", _("交付場所")
        RULE = "rule", _("開所規則")
        EXCEPTION = "exception", _("臨時の開所")
        CLOSURE = "closure", _("休止日")
        HOLIDAY = "holiday", _("祝日など")
        KIND = "kind", _("予約区分")
        QUOTA = "quota", _("1日の枠数の上限")
        SCHEDULE = "schedule", _("予約表")

    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    by_name = models.CharField(max_length=100, blank=True)
    subject = models.CharField(max_length=9, choices=Subject.choices)
    key = models.CharField(max_length=40)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(subject__in=["place", "rule", "exception", "closure", "holiday", "kind", "quota", "schedule"]),
                name="calendar_change_subject_known",
            ),
            *(
                models.CheckConstraint(
                    condition=LessThanOrEqual(Length(Cast(value, models.TextField())), 4000), name=f"calendar_change_{value}_is_short"
                )
                for value in ("before", "after")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.at:%Y-%m-%d %H:%M}"
