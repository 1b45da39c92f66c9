"""The municipality's settings: one row, and the history of its values."""

import datetime as dt
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Cast, Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from madoguchi.platform.ui.languages import CODES, JAPANESE, LANGUAGES


def list_of_languages() -> list[str]:
    """Return every language that the product speaks: what a new municipality offers."""
    return list(CODES)


def list_of_reminder_days() -> list[int]:
    """Return how many days before a visit the person is reminded, as a new municipality begins (BK-07)."""
    return [7, 1]


class Municipality(models.Model):
    """What this municipality set for its booking site. One database serves one municipality, so there is exactly one row."""

    ONLY_ROW: ClassVar[int] = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY_ROW)
    code = models.CharField(_("全国地方公共団体コード"), max_length=6)
    name = models.CharField(_("市区町村名"), max_length=60)
    telephone = models.CharField(_("予約に関する電話番号"), max_length=20, blank=True)
    telephone_hours = models.CharField(_("電話を受け付ける日と時間"), max_length=60, blank=True, default="", db_default="")
    uses_booking_codes = models.BooleanField(_("予約コードを使う"), default=True)
    hold_minutes = models.PositiveSmallIntegerField(
        _("仮押さえの時間(分)"), default=10, validators=[MinValueValidator(3), MaxValueValidator(60)]
    )
    hold_extensions = models.PositiveSmallIntegerField(_("仮押さえを延長できる回数"), default=3, validators=[MaxValueValidator(10)])
    earliest_days_ahead = models.PositiveSmallIntegerField(_("何日後から予約できるか"), default=1, validators=[MaxValueValidator(60)])
    latest_days_ahead = models.PositiveSmallIntegerField(
        _("何日後まで予約できるか"), default=60, validators=[MinValueValidator(1), MaxValueValidator(366)]
    )
    window_counts = models.CharField(
        _("予約期間の日数の数え方"),
        max_length=8,
        choices=[("calendar", _("暦日で数える")), ("business", _("開庁日で数える"))],
        default="calendar",
        db_default="calendar",
    )
    release_time = models.TimeField(_("新しい日の受付を始める時刻"), default=dt.time(8, 30), db_default=dt.time(8, 30))
    cancel_days_before = models.PositiveSmallIntegerField(_("何日前まで本人が取り消せるか"), default=0, validators=[MaxValueValidator(60)])
    languages = ArrayField(
        models.CharField(max_length=10, choices=[(language.code, language.name) for language in LANGUAGES]),
        verbose_name=_("公開ページの言語"),
        default=list_of_languages,
    )
    undo_minutes = models.PositiveSmallIntegerField(
        _("取消を取り下げられる時間(分)"), default=30, db_default=30, validators=[MaxValueValidator(1440)]
    )
    undo_keeps_place = models.BooleanField(_("取り下げられる間は枠を空けない"), default=False, db_default=False)
    release_delay_minutes = models.PositiveSmallIntegerField(
        _("空いた枠を戻すまでの最大の時間(分)"), default=0, db_default=0, validators=[MaxValueValidator(1440)]
    )
    late_minutes = models.PositiveSmallIntegerField(
        _("何分遅れたら後の人を先にするか"), default=5, db_default=5, validators=[MaxValueValidator(120)]
    )
    results_from_delivery = models.BooleanField(_("来庁の結果は交付管理で記録する"), default=False, db_default=False)
    no_show_wait_days = models.PositiveSmallIntegerField(
        _("来なかった日から何日後に予約し直せるか"), default=0, db_default=0, validators=[MaxValueValidator(90)]
    )
    cancellation_limit = models.PositiveSmallIntegerField(
        _("30日間に本人が取り消せる回数(0は制限なし)"), default=0, db_default=0, validators=[MaxValueValidator(50)]
    )
    offer_hours = models.PositiveSmallIntegerField(
        _("空き待ちのご案内の期限(時間)"), default=24, db_default=24, validators=[MinValueValidator(1), MaxValueValidator(168)]
    )
    reminder_days = ArrayField(
        models.PositiveSmallIntegerField(validators=[MaxValueValidator(60)]),
        verbose_name=_("来庁日の何日前にお知らせメールを送るか"),
        default=list_of_reminder_days,
        size=5,
        blank=True,
    )
    reminder_hour = models.PositiveSmallIntegerField(
        _("お知らせメールを送り始める時刻(時)"),
        default=9,
        db_default=9,
        validators=[MinValueValidator(6), MaxValueValidator(20)],
    )
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(languages__contained_by=list(CODES), languages__contains=[JAPANESE]), name="municipality_languages_known"
            ),
            models.CheckConstraint(condition=models.Q(id=1), name="municipality_one_row"),
            models.CheckConstraint(condition=models.Q(code__regex=r"^[0-9]{6}$"), name="municipality_code_form"),
            models.CheckConstraint(condition=models.Q(telephone__regex=r"^[0-9+() -]*$"), name="municipality_telephone_form"),
            models.CheckConstraint(condition=models.Q(window_counts__in=["calendar", "business"]), name="municipality_window_counts_known"),
            models.CheckConstraint(condition=models.Q(hold_minutes__range=(3, 60)), name="municipality_hold_minutes"),
            models.CheckConstraint(condition=models.Q(reminder_hour__range=(6, 20)), name="municipality_reminder_hour"),
            models.CheckConstraint(
                condition=models.Q(latest_days_ahead__gte=models.F("earliest_days_ahead"), latest_days_ahead__lte=366),
                name="municipality_booking_window",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MunicipalityChange(models.Model):
    """Who changed which setting from what to what, and when."""

    append_only: ClassVar[bool] = True

    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    setting = models.CharField(max_length=40)
    before = models.JSONField(null=True)
    after = models.JSONField()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=LessThanOrEqual(Length(Cast(value, models.TextField())), 200), name=f"municipality_change_{value}_is_short"
            )
            for value in ("before", "after")
        ]

    def __str__(self) -> str:
        return f"{self.setting} {self.at:%Y-%m-%d %H:%M}"


class Announcement(models.Model):
    """お知らせ: a sentence above every public page, between two moments (BS-05); other languages stand in `OwnWords`."""

    text = models.CharField(_("お知らせ"), max_length=200)
    is_urgent = models.BooleanField(_("重要なお知らせとして目立たせる"), default=False)
    shown_from = models.DateTimeField(_("掲載を始める日時"))
    shown_until = models.DateTimeField(_("掲載を終える日時"))
    taken_down_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["-is_urgent", "shown_from"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(shown_until__gt=models.F("shown_from")), name="announcement_period"),
            models.CheckConstraint(condition=~models.Q(text=""), name="announcement_has_words"),
        ]

    def __str__(self) -> str:
        return f"announcement:{self.pk}"


class OwnWords(models.Model):
    """What a text that staff typed in Japanese is in one other language (BK-14)."""

    text = models.CharField(_("日本語"), max_length=400)
    language = models.CharField(_("言語"), max_length=10, choices=[(one.code, one.name) for one in LANGUAGES if one.code != JAPANESE])
    words = models.CharField(_("訳"), max_length=600)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["text", "language"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["text", "language"], name="own_words_once"),
            models.CheckConstraint(
                condition=models.Q(language__in=[code for code in CODES if code != JAPANESE]), name="own_words_language_known"
            ),
            models.CheckConstraint(condition=~models.Q(text="") & ~models.Q(words=""), name="own_words_has_words"),
        ]

    def __str__(self) -> str:
        return f"{self.language}: {self.pk}"
