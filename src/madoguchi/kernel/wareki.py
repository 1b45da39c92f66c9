"""Dates as municipalities write them: eras, 元年, unknown parts, kanji numerals, and the forms of the card lists.

Sources: 元号法 and the 政令 of 昭和64年 and 平成31年 (政令第1号, 政令第143号), the 詔書 of 大正元年 and 昭和元年, JIS
X 0301 for the letters
(R06.01.02). A birth date whose day or month nobody knows (不詳) is a fact of the 住民記録, not an error:
`PartialDate` keeps it.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from madoguchi.kernel.numbers import kanji_number

Form = Literal["wareki", "slash", "compact", "coded", "any"]


class DateError(ValueError):
    """A text that is no date of the form asked for.

    `code`: `missing` (blank), `form` (not written as a date), `impossible` (no such day in the calendar), `era` (the
    day lies
    outside the era named), `unknown` (not even the year is known). The value itself is in no attribute.
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"date: {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date whose month or day may be unknown (生年月日不詳); the year always is known."""

    year: int
    month: int | None
    day: int | None

    @property
    def is_complete(self) -> bool:
        """Tell whether month and day are both known."""
        return self.month is not None and self.day is not None

    def date(self) -> dt.date | None:
        """Give the calendar day, or None when a part of it is unknown."""
        if self.month is None or self.day is None:
            return None
        return dt.date(self.year, self.month, self.day)

    def iso(self) -> str:
        """Write the date as 住民記録 systems store it: 1930-00-00 when month and day are unknown."""
        return f"{self.year:04d}-{self.month or 0:02d}-{self.day or 0:02d}"


class Era(NamedTuple):
    """An era with its first and last day.

    The last day of 明治 and of 大正 is also the first of the next era, and births of that day stand under both in the
    registers.
    明治 begins here with its sixth year: before that the lunisolar calendar was in force (明治5年太政官布告第337号).
    """

    name: str
    letter: str
    first_year: int
    begins: dt.date
    ends: dt.date


ERAS = (
    Era("令和", "R", 2019, dt.date(2019, 5, 1), dt.date.max),
    Era("平成", "H", 1989, dt.date(1989, 1, 8), dt.date(2019, 4, 30)),
    Era("昭和", "S", 1926, dt.date(1926, 12, 25), dt.date(1989, 1, 7)),
    Era("大正", "T", 1912, dt.date(1912, 7, 30), dt.date(1926, 12, 25)),
    Era("明治", "M", 1868, dt.date(1873, 1, 1), dt.date(1912, 7, 30)),
)

EARLIEST_YEAR = 1868
LATEST_YEAR = 2200

_ERA_BY_NAME = {name: era for era in ERAS for name in (era.name, era.name[0], era.letter, era.letter.lower())}
_ERA_NAMES = "令和|平成|昭和|大正|明治|[令平昭大明]"
_NUMBER = r"\d+|[〇零一二三四五六七八九十百千]+"
_PART = rf"{_NUMBER}|不詳|不明"

_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_SLASH = re.compile(r"(\d{4})([/.\-])(\d{1,2})(?:\2(\d{1,2}))?", re.ASCII)
_ERA_WORDS = re.compile(
    rf"(?:(?P<era>{_ERA_NAMES}|[RHSTMrhstm])|(?:西暦)?(?=\d{{4}}|[一二][〇零一二三四五六七八九千]))"
    rf"(?P<year>元|{_NUMBER})年(?P<rest>.*)",
    re.ASCII,
)
_REST = re.compile(rf"(?:(?P<month>{_PART})月)?(?:(?P<day>{_PART})日)?(?P<unknown>月日不詳|月日不明|日不詳|日不明|不詳|不明)?")
_ERA_MARKS = re.compile(rf"(?P<era>{_ERA_NAMES}|[RHSTMrhstm])(?P<year>元|\d{{1,2}})([/.\-])(\d{{1,2}})\3(\d{{1,2}})", re.ASCII)
_ERA_COMPACT = re.compile(r"(?P<era>[RHSTMrhstm])(?P<year>\d{2})(\d{2})(\d{2})", re.ASCII)
_WHOLLY_UNKNOWN = re.compile("(?:生年月日|年月日|生年)?(?:不詳|不明)|0+(?:[/.-]0+){0,2}")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")


def _checked(year: int, month: int | None, day: int | None) -> PartialDate:
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise DateError("unknown" if year == 0 else "impossible")
    if month is not None and not 1 <= month <= 12:
        raise DateError("impossible")
    if day is not None:
        last = 31 if month is None else calendar.monthrange(year, month)[1]
        if not 1 <= day <= last:
            raise DateError("impossible")
    return PartialDate(year, month, day)


def _within(era: Era, found: PartialDate) -> PartialDate:
    """Refuse a date of which no possible day lies in the era."""
    earliest = (found.year, found.month or 1, found.day or 1)
    latest = (found.year, found.month or 12, found.day or 31)
    begins = (era.begins.year, era.begins.month, era.begins.day)
    ends = (era.ends.year, era.ends.month, era.ends.day)
    if latest < begins or earliest > ends:
        raise DateError("era")
    return found


def _number(part: str | None) -> int | None:
    """Read a year, month or day; None for an unknown one (absent, 不詳, 00)."""
    if part is None or part.startswith("不"):
        return None
    return (int(part) if part.isdigit() else kanji_number(part)) or None


def _in_era(name: str | None, year_text: str, month: int | None, day: int | None) -> PartialDate:
    year = 1 if year_text == "元" else _number(year_text)
    if year is None:
        raise DateError("unknown" if name is None else "era")
    if name is None:
        return _checked(year, month, day)
    era = _ERA_BY_NAME[name]
    return _within(era, _checked(era.first_year + year - 1, month, day))


def _parse_words(text: str) -> PartialDate | None:
    """Read 昭和55年3月3日, 昭和5年不詳, 令和元年五月一日, S55年3月3日, 西暦1980年3月3日."""
    found = _ERA_WORDS.fullmatch(text)
    if not found:
        return None
    rest = _REST.fullmatch(found["rest"])
    if not rest:
        return None
    month, day, unknown = rest["month"], rest["day"], rest["unknown"]
    complete = month is not None and day is not None
    if complete == bool(unknown) or (month is None and unknown in {"日不詳", "日不明"}) or (unknown and day is not None):
        return None
    return _in_era(found["era"], found["year"], _number(month), _number(day))


def _parse_wareki(text: str) -> PartialDate | None:
    found = _parse_words(text)
    if found:
        return found
    marks = _ERA_MARKS.fullmatch(text)
    if marks:
        return _in_era(marks["era"], marks["year"], int(marks[4]) or None, int(marks[5]) or None)
    compact = _ERA_COMPACT.fullmatch(text)
    if compact:
        return _in_era(compact["era"], compact["year"], int(compact[3]) or None, int(compact[4]) or None)
    return None


def _parse_slash(text: str) -> PartialDate | None:
    found = _SLASH.fullmatch(text)
    if not found:
        return None
    month, day = int(found[3]), int(found[4] or 0)
    if found[4] is None and month:
        return None
    return _checked(int(found[1]), month or None, day or None)


def _parse_compact(text: str) -> PartialDate | None:
    found = _COMPACT.fullmatch(text)
    if not found:
        return None
    return _checked(int(found[1]), int(found[2]) or None, int(found[3]) or None)


_CODED_ERAS = {"1": "明治", "2": "大正", "3": "昭和", "4": "平成", "5": "令和"}
_CODED = re.compile(r"([1-5])(\d{2})(\d{2})(\d{2})", re.ASCII)


def _parse_coded(text: str) -> PartialDate | None:
    found = _CODED.fullmatch(text)
    if not found:
        return None
    return _in_era(_CODED_ERAS[found[1]], found[2], int(found[3]) or None, int(found[4]) or None)


def format_coded(day: dt.date) -> str:
    """Write 3550908: the code of the era as the systems of 住民記録 number them, year, month and day; empty before 1873."""
    era = era_of(day)
    code = next((code for code, name in _CODED_ERAS.items() if era and name == era.name), "")
    return f"{code}{day.year - era.first_year + 1:02d}{day:%m%d}" if era else ""


_READERS = {
    "coded": (_parse_coded,),
    "wareki": (_parse_wareki,),
    "slash": (_parse_slash,),
    "compact": (_parse_compact,),
    "any": (_parse_slash, _parse_compact, _parse_wareki),
}


@lru_cache(maxsize=1 << 16)
def parse(text: str, *, form: Form = "any") -> PartialDate:
    """Read a date.

    `wareki` takes 平成3年2月28日, 令和元年５月１日, 昭和五十五年三月三日, 昭和5年不詳, 昭和5年3月日不詳, S55.3.3,
    H03/02/28, R060102, and a
    western year written with 年月日 (foreign residents); `slash` takes 1980/3/3, 1980-03-03 and 1930/00/00; `compact`
    takes
    19800303 and 19300000; `any` takes all of these. `coded` takes 3550303 (code of the era 1 明治 to 5 令和, year, month, day)
    and is never guessed. Full-width digits and blanks do not matter.

    Raises DateError with `code` (see there).
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_DASHES)
    if not text.isalnum():
        text = "".join(text.split())
    if not text:
        raise DateError("missing")
    for read in _READERS[form]:
        found = read(text)
        if found:
            return found
    raise DateError("unknown" if _WHOLLY_UNKNOWN.fullmatch(text) else "form")


def era_of(day: dt.date) -> Era | None:
    """Give the era of a day, the newer one on a day that two share; None before 1873."""
    return next((era for era in ERAS if era.begins <= day), None)


def _year_in(era: Era, year: int) -> str:
    count = year - era.first_year + 1
    return f"{era.name}{'元' if count == 1 else count}年"


def _wareki_year(date: dt.date | PartialDate) -> str | None:
    """Write the year in its era; None where the unknown month or day leaves two eras open, or none fits."""
    if isinstance(date, PartialDate):
        month = date.month
        last = 31 if month is None else calendar.monthrange(date.year, month)[1]
        first_era = era_of(dt.date(date.year, month or 1, date.day or 1))
        last_era = era_of(dt.date(date.year, month or 12, date.day or last))
        if first_era is not last_era:
            return None
        era = first_era
    else:
        era = era_of(date)
    return _year_in(era, date.year) if era else None


def format_wareki(date: dt.date | PartialDate) -> str:
    """Write 令和8年12月3日; 令和元年 for the first year; 昭和5年月日不詳 and 昭和5年3月日不詳 where parts are unknown.

    A year that lies in two eras and whose month is unknown is written in western years, as is everything before 1873.
    """
    year = _wareki_year(date) or f"{date.year}年"
    if date.month is None and date.day is None:
        return f"{year}月日不詳"
    if date.day is None:
        return f"{year}{date.month}月日不詳"
    return f"{year}{'不詳' if date.month is None else date.month}月{date.day}日"


def format_long(date: dt.date) -> str:
    """Write 2026年（令和8年）12月3日（木）, the form that leaves no doubt on pages and letters."""
    wareki = _wareki_year(date)
    between = f"（{wareki}）" if wareki else ""
    return f"{date.year}年{between}{date.month}月{date.day}日（{'月火水木金土日'[date.weekday()]}）"


def month_day(date: PartialDate) -> str | None:
    """Give the 生月日 (MMDD) that opens the booking pages (seed 000); None when unknown, and the person goes to
    staff.
    """
    if date.month is None or date.day is None:
        return None
    return f"{date.month:02d}{date.day:02d}"


def age_on(born: dt.date, day: dt.date) -> int:
    """Give the age in full years as people count it: one more on each birthday, on 1 March for those born on 29
    February in
    a year without one.

    The law lets an age be reached at the end of the day before (年齢計算ニ関スル法律, 民法143条); where a rule turns
    on that day,
    ask for the day after the one in question.
    """
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
