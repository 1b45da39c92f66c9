"""Pure decisions of the filing: which year a paper belongs to, how long it is kept, what may be searched for."""

import datetime as dt
from collections.abc import Iterable, Sequence

from madoguchi.delivery.cards.rules import Labelled

_FIRST_MONTH = 4


class Source(Labelled):
    """取込元: how a paper came in."""

    FOLDER = "folder", "共有フォルダー"
    UPLOAD = "upload", "画面から"


class Paper(Labelled):
    """原本: where the paper itself is (DL-26)."""

    KEPT = "kept", "保管する"
    HELD = "held", "画像の確認待ち"
    LISTED = "listed", "細断待ち"
    SHREDDED = "shredded", "細断済"


class Disposal(Labelled):
    """廃棄 of the pictures: proposed when their time is over, approved by a second person, removed before two."""

    NONE = "none", "保存中"
    PROPOSED = "proposed", "廃棄候補"
    DISPOSED = "disposed", "廃棄済"


class Incoming(Labelled):
    """What became of a file in the watched folder."""

    WATCHED = "watched", "書き込み中"
    WAITING = "waiting", "表紙なし・本人の指定待ち"
    REFUSED = "refused", "取り込めない"
    DOUBLE = "double", "取込済と同じ"
    TAKEN = "taken", "取込済"


def fiscal_year(day: dt.date) -> int:
    """Return the 年度 of a day: it begins on 1 April."""
    return day.year if day.month >= _FIRST_MONTH else day.year - 1


def keep_until(filed_on: dt.date, periods: Iterable[tuple[dt.date, int]]) -> dt.date | None:
    """Return the last day on which a paper filed on `filed_on` is kept, by the period in force on that day; None when none is.

    Years are counted from the April behind the 年度 in which it was filed, as offices count 保存年限.
    """
    in_force = [(since, years) for since, years in periods if since <= filed_on]
    if not in_force:
        return None
    return dt.date(fiscal_year(filed_on) + 1 + max(in_force)[1], 3, 31)


def enough_to_search(terms: Sequence[str]) -> bool:
    """Tell whether a search by name names something else beside it: a name alone finds whole families (DL-14)."""
    return sum(1 for term in terms if term) >= 2


def turned(angle: int, by: int) -> int:
    """Return an angle of 0, 90, 180 or 270 turned by a multiple of 90 degrees."""
    return (angle + by) % 360


def moved(order: Sequence[int], key: int, by: int) -> list[int]:
    """Return `order` with `key` moved by `by` places, as far as the ends."""
    left = [one for one in order if one != key]
    left.insert(min(max(order.index(key) + by, 0), len(left)), key)
    return left
