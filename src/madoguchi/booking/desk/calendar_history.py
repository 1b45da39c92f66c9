"""The history of the calendar in words: which thing, which values, from what to what."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from madoguchi.booking.calendar.models import (
    CalendarChange,
    Closure,
    Holiday,
    KindQuota,
    OpeningException,
    OpeningRule,
    Place,
    Schedule,
    VisitKind,
)

_MODELS: Mapping[str, type[models.Model]] = MappingProxyType(
    {
        "place": Place,
        "rule": OpeningRule,
        "exception": OpeningException,
        "closure": Closure,
        "holiday": Holiday,
        "kind": VisitKind,
        "quota": KindQuota,
        "schedule": Schedule,
    }
)

# Shown also where they stay the same.
_SAYS_WHICH = frozenset({"place", "weekday", "day", "name"})


@dataclass(frozen=True, slots=True)
class Value:
    """One value that changed."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """One change: when, by whom, of what, and its values."""

    at: dt.datetime
    by: str
    subject: str
    act: str
    values: list[Value]


def in_words(changes: Iterable[CalendarChange]) -> list[Line]:
    """Return the changes as a clerk reads them. Three statements whatever the number of changes."""
    names = {
        "place": dict(Place.objects.values_list("code", "name")),
        "schedule": dict(Schedule.objects.values_list("code", "name")),
        "kind": dict(VisitKind.objects.values_list("code", "name")),
    }
    return [
        Line(
            change.at,
            f"{change.by_name}（{change.by}）" if change.by_name else change.by,
            change.get_subject_display(),
            _("登録") if change.before is None else _("削除") if change.after is None else _("変更"),
            list(_values(change, names)),
        )
        for change in changes
    ]


def _values(change: CalendarChange, names: Mapping[str, Mapping[str, str]]) -> Iterator[Value]:
    """Yield what changed, and the place and the day that say which row it was, in the order of the form."""
    columns = {column.name: column for column in _MODELS[change.subject]._meta.fields}  # noqa: SLF001 Django's documented API
    before, after = change.before or {}, change.after or {}
    for name in [*columns, "texts"]:
        old, new = before.get(name), after.get(name)
        says_which = name in _SAYS_WHICH and name in (after or before)
        if name in {"code", "id"} or not (says_which or (old or None) != (new or None)):
            continue
        column, known = columns.get(name), names.get(name, {})
        label = _("場所") if name == "place" else str(column.verbose_name) if column is not None else _("文面")
        words = [_("すべての場所") if name == "place" and value is None else _word(value, column, known) for value in (old, new)]
        yield Value(label, words[0] if change.before else "", words[1] if change.after else "")


def _word(value: Any, column: "models.Field[Any, Any] | None", names: Mapping[str, str]) -> str:  # noqa: ANN401 a value as JSON keeps it
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("はい") if value else _("いいえ")
    if isinstance(value, dict):
        return "、".join(sorted(value))
    if isinstance(value, list):
        return "、".join(str(part) for part in value)
    chosen = dict(column.flatchoices) if column is not None else {}
    return str(chosen.get(value) or names.get(str(value)) or value)
