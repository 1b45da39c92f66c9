"""The counts as a file: one line for each sort of bookings, of places, of lead times or of waits."""

import io
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madoguchi.booking.calendar.models import OpeningRule, VisitKind
from madoguchi.booking.figures import queries
from madoguchi.booking.figures.queries import Scope
from madoguchi.booking.reservations.models import Booking, State
from madoguchi.kernel.tables import Cell, write_csv, write_xlsx

TABLES: Mapping[str, str | Promise] = MappingProxyType(
    {
        "bookings": gettext_lazy("予約の件数"),
        "places": gettext_lazy("枠と予約率"),
        "leads": gettext_lazy("空きまでの日数"),
        "waits": gettext_lazy("待ち時間と対応時間"),
        "calls": gettext_lazy("電話受付の結果"),
    }
)
_Table = tuple[list[str], list[list[Cell]]]


def _bookings(scope: Scope, names: Mapping[int, str]) -> _Table:
    kinds = {kind.pk: kind.name for kind in VisitKind.objects.all()}
    header = [_("場所"), _("区分"), _("曜日"), _("時間帯"), _("受付"), _("予約なし来庁"), _("状態"), _("件数"), _("人数")]
    return header, [
        [
            names[one.place],
            kinds[one.kind],
            str(OpeningRule.Weekday(one.weekday).label),
            str(one.hour),
            str(Booking.Source(one.source).label),
            _("はい") if one.walk_in else "",
            str(State(one.state).label),
            str(one.bookings),
            str(one.people),
        ]
        for one in queries.bookings(scope)
    ]


def _places(scope: Scope, names: Mapping[int, str]) -> _Table:
    return [_("場所"), _("曜日"), _("時間帯"), _("枠"), _("予約"), _("予約率(%)")], [
        [
            names[one.place],
            str(OpeningRule.Weekday(one.weekday).label),
            str(one.hour),
            str(one.offered),
            str(one.taken),
            f"{100 * one.taken / one.offered:.1f}" if one.offered else "",
        ]
        for one in queries.places_taken(scope)
    ]


def _leads(scope: Scope, names: Mapping[int, str]) -> _Table:
    return [_("日付"), _("場所"), _("空きまでの日数")], [
        [one.day.isoformat(), names[one.place], _("空きなし") if one.days is None else str(one.days)] for one in queries.leads(scope)
    ]


def _waits(scope: Scope, names: Mapping[int, str]) -> _Table:
    return [_("場所"), _("時間帯"), _("呼出番号"), _("待ち時間の平均(分)"), _("対応時間の平均(分)")], [
        [names[one.place], str(one.hour), str(one.tickets), _minutes(one.waited), _minutes(one.served)] for one in queries.waits(scope)
    ]


def _calls(scope: Scope, _names: Mapping[int, str]) -> _Table:
    return [_("通話の結果"), _("件数"), _("通話の平均(分)")], [
        [one.name, str(one.calls), _minutes(one.minutes)] for one in queries.call_results(scope)
    ]


def _minutes(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


_MAKERS: Mapping[str, Callable[[Scope, Mapping[int, str]], _Table]] = MappingProxyType(
    {"bookings": _bookings, "places": _places, "leads": _leads, "waits": _waits, "calls": _calls}
)


def table(scope: Scope, name: str) -> tuple[Sequence[str], Sequence[Sequence[Cell]]]:
    """Return header and lines of one of TABLES. At most two statements."""
    return _MAKERS[name](scope, {place.pk: place.name for place in scope.places})


def as_xlsx(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """Return the table as a workbook."""
    book = io.BytesIO()
    write_xlsx(book, header, rows)
    return book.getvalue()


def as_csv(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """Return the table as CSV (UTF-8 with byte order mark)."""
    return b"".join(write_csv(rows, header=header))
