"""The languages of public pages, and what of a day and a time is said in each.

Codes are BCP 47 tags as Django writes them; やさしい日本語 has no registered tag and uses the private part of Japanese (`ja-x-easy`).
Staff pages are Japanese.
"""

import datetime as dt
from dataclasses import dataclass
from types import MappingProxyType

from django.utils import dateformat, translation

from madoguchi.kernel.wareki import format_long, format_wareki

JAPANESE = "ja"
EASY = "ja-x-easy"


@dataclass(frozen=True, slots=True)
class Forms:
    """Patterns of Django's `date` filter: a whole day, a day of this year, a month; what stands at the boxes of a date; a time.

    The boxes are named here and not in the catalogues: 月 and 日 stand there for Monday and Sunday.
    """

    long_day: str
    day: str
    month: str
    boxes: tuple[str, str, str]
    time: str = "H:i"


@dataclass(frozen=True, slots=True)
class SiteLanguage:
    """A language by its code and by its own name; without `forms` dates are written in Japanese."""

    code: str
    name: str
    forms: Forms | None = None


LANGUAGES: tuple[SiteLanguage, ...] = (
    SiteLanguage(JAPANESE, "日本語"),
    SiteLanguage(EASY, "やさしい日本語"),
    SiteLanguage("en", "English", Forms("l, j F Y", "l, j F", "F Y", ("Year", "Month", "Day"))),
    SiteLanguage("zh-hans", "简体中文", Forms("Y年n月j日（l）", "n月j日（l）", "Y年n月", ("年", "月", "日"))),
    SiteLanguage("zh-hant", "繁體中文", Forms("Y年n月j日（l）", "n月j日（l）", "Y年n月", ("年", "月", "日"))),
    SiteLanguage("ko", "한국어", Forms("Y년 n월 j일 (l)", "n월 j일 (l)", "Y년 n월", ("년", "월", "일"))),
    SiteLanguage("pt", "Português", Forms(r"l, j \d\e F \d\e Y", r"l, j \d\e F", r"F \d\e Y", ("Ano", "Mês", "Dia"))),
    SiteLanguage("vi", "Tiếng Việt", Forms(r"l, \n\g\à\y j/n/Y", r"l, \n\g\à\y j/n", r"\t\h\á\n\g n/Y", ("Năm", "Tháng", "Ngày"))),
)
BY_CODE = MappingProxyType({language.code: language for language in LANGUAGES})
CODES: tuple[str, ...] = tuple(BY_CODE)

WEEKDAYS = ("月", "火", "水", "木", "金", "土", "日")
_WEEKDAY_READINGS = ("げつようび", "かようび", "すいようび", "もくようび", "きんようび", "どようび", "にちようび")
_DAY_READINGS = MappingProxyType(
    {
        1: "ついたち",
        2: "ふつか",
        3: "みっか",
        4: "よっか",
        5: "いつか",
        6: "むいか",
        7: "なのか",
        8: "ようか",
        9: "ここのか",
        10: "とおか",
        14: "じゅうよっか",
        20: "はつか",
        24: "にじゅうよっか",
    }
)
# 1分 いっぷん, 3分 さんぷん …; the rest are ふん.
_PUN = frozenset({0, 1, 3, 4, 6, 8})


def current() -> str:
    """Return the code of the language in which this page is being made."""
    active = translation.get_language() or JAPANESE
    return active if active in BY_CODE else JAPANESE


def names_of_date_boxes() -> tuple[str, str, str]:
    """Return what stands at the boxes for year, month and day: 年, 月, 日; Year, Month, Day."""
    code = current()
    forms = BY_CODE[code].forms
    if forms:
        return forms.boxes
    return ("年{ねん}", "月{つき}", "日{ひ}") if code == EASY else ("年", "月", "日")


def long_day_in_words(day: dt.date) -> str:
    """Return a day that leaves no doubt: 2026年（令和8年）12月3日（木）; Thursday, 3 December 2026."""
    code = current()
    forms = BY_CODE[code].forms
    if forms:
        return _written(day, forms.long_day, code)
    return f"{day.year}年{{ねん}}{_easy_day(day)}（{_easy_weekday(day)}）" if code == EASY else format_long(day)


def day_in_words(value: dt.date) -> str:
    """Return a day of the coming months: 12月3日木曜日; Thursday, 3 December."""
    code = current()
    forms = BY_CODE[code].forms
    if forms:
        return _written(value, forms.day, code)
    if code == EASY:
        return f"{_easy_day(value)}（{_easy_weekday(value)}）"
    return f"{value.month}月{value.day}日{WEEKDAYS[value.weekday()]}曜日"


def month_in_words(first: dt.date) -> str:
    """Return the month of a day: 2026年（令和8年）12月; December 2026."""
    code = current()
    forms = BY_CODE[code].forms
    if forms:
        return _written(first, forms.month, code)
    if code == EASY:
        return f"{first.year}年{{ねん}}{first.month}月{{がつ}}"
    era = format_wareki(first).partition("年")[0]
    return f"{first.year}年（{era}年）{first.month}月"


def time_in_words(value: dt.time | dt.datetime) -> str:
    """Return a time of day in 24 hours: 9時00分; 09:00."""
    code = current()
    forms = BY_CODE[code].forms
    if forms:
        return f"{value:%H:%M}"
    if code == EASY:
        minutes = f"{value.minute}分{{{'ぷん' if value.minute % 10 in _PUN else 'ふん'}}}" if value.minute else ""
        return f"{value.hour}時{{じ}}{minutes}"
    return f"{value.hour}時{value:%M}分"


def _written(value: dt.date, pattern: str, code: str) -> str:
    words = str(dateformat.format(value, pattern))
    # Brazil writes months and weekdays small; the names that Django knows for `pt` are those of Portugal.
    return words.lower() if code == "pt" else words


def _easy_day(value: dt.date) -> str:
    reading = _DAY_READINGS.get(value.day)
    named = f"｜{value.day}日{{{reading}}}" if reading else f"{value.day}日{{にち}}"
    return f"{value.month}月{{がつ}}{named}"


def _easy_weekday(value: dt.date) -> str:
    return f"{WEEKDAYS[value.weekday()]}曜日{{{_WEEKDAY_READINGS[value.weekday()]}}}"
