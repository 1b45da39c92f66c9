"""The counts as tiles, charts and tables; every number leads to the list behind it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from madoguchi.delivery.cards.rules import Phase
from madoguchi.delivery.fees.queries import Taken, taken
from madoguchi.delivery.reports import queries, rules
from madoguchi.delivery.reports.queries import Aged, Cohort, Scope, Served
from madoguchi.delivery.reports.rules import MEASURE_BY_CODE, MEASURES, DayCount
from madoguchi.platform.ui.charts import Chart, Point, Series

NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Counted:
    """Everything that was counted for one report."""

    scope: Scope
    place: str
    links: bool
    counts: Sequence[DayCount]
    changes: dict[dt.date, int]
    stock: int
    aged: Sequence[Aged]
    cohorts: Sequence[Cohort]
    leads: Sequence[int]
    served: Served
    taken: Taken


def count(scope: Scope, place: str, *, links: bool) -> Counted:
    """Count everything; the fees are what the books of fees say. Eight statements. `links`: whether the numbers lead to cards."""
    return Counted(
        *(scope, place, links, queries.counts(scope), queries.stock_changes(scope), queries.stock_now(scope), queries.aged(scope)),
        *(queries.cohorts(scope), queries.leads(scope), queries.served(scope), taken(scope.first, scope.last, scope.places)),
    )


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as written, with the list behind it."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure in large type."""

    number: str
    words: str
    hint: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a report: on the page, in files and on paper."""

    code: str
    title: str
    header: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Figure]]]

    @property
    def cells(self) -> list[list[str]]:
        return [[name, *(figure.text for figure in figures)] for name, figures in self.rows]


def percent(value: float | None) -> str:
    """Return a share in words."""
    return NOTHING if value is None else f"{value:.1f}%"


def _behind(counted: Counted, measure: str, first: dt.date, last: dt.date) -> str:
    if not counted.links:
        return ""
    values = {"measure": measure, "day_from": first.isoformat(), "day_until": last.isoformat(), "place": counted.place}
    return f"{reverse('reports:behind')}?{urlencode({name: value for name, value in values.items() if value})}"


def _queue(counted: Counted, **values: str | int | None) -> str:
    if not counted.links:
        return ""
    given = {name: value for name, value in {**values, "place": counted.place}.items() if value is not None and value != ""}
    return f"{reverse('queues:list')}?{urlencode(given)}"


def tiles(counted: Counted) -> list[Tile]:
    """Return the six figures at the top."""
    scope = counted.scope
    total = rules.totals(counted.counts, scope.first, scope.last)
    told, delivered = sum(one.told for one in counted.cohorts), sum(one.delivered for one in counted.cohorts)
    over = total["visited"] + total["no_show"]
    return [
        Tile(f"{total['delivered']:,}", _("交付"), _("期間に渡したカード"), _behind(counted, "delivered", scope.first, scope.last)),
        Tile(f"{total['arrived']:,}", _("到着"), _("期間に届いたカード"), _behind(counted, "arrived", scope.first, scope.last)),
        Tile(f"{counted.stock:,}", _("いまの在庫"), _("庁内にあるカード")),
        Tile(percent(rules.share(delivered, told)), _("交付率"), _("12か月に通知した%(told)s人のうち") % {"told": f"{told:,}"}),
        Tile(
            percent(rules.share(total["no_show"], over)),
            _("来庁なし"),
            _("来庁と来庁なし%(over)s件のうち") % {"over": f"{over:,}"},
            _behind(counted, "no_show", scope.first, scope.last),
        ),
        Tile(
            NOTHING if counted.served.median_minutes is None else _("%(minutes).0f分") % {"minutes": counted.served.median_minutes},
            _("窓口の時間（中央値）"),
            _("%(visits)s件、手数料 %(yen)s円") % {"visits": f"{counted.served.visits:,}", "yen": f"{counted.taken.yen:,}"},
        ),
    ]


def _name(first: dt.date, last: dt.date) -> str:
    return f"{first.month}/{first.day}" if first == last else _("%(month)d/%(day)d～") % {"month": first.month, "day": first.day}


def period_table(counted: Counted) -> Table:
    """Return what happened, by day, week or month, and in all."""
    scope = counted.scope
    parts = rules.buckets(scope.first, scope.last)
    rows = [(_long_name(first, last), _figures(counted, first, last)) for first, last in parts]
    if len(parts) > 1:
        rows.append((_("合計"), _figures(counted, scope.first, scope.last)))
    return Table("period", _("期間の件数"), [_("期間"), *(measure.name for measure in MEASURES)], rows)


def _long_name(first: dt.date, last: dt.date) -> str:
    return first.isoformat() if first == last else f"{first.isoformat()}～{last:%m-%d}"


def _figures(counted: Counted, first: dt.date, last: dt.date) -> list[Figure]:
    found = rules.totals(counted.counts, first, last)
    return [Figure(str(number), _behind(counted, code, first, last) if number else "") for code, number in found.items()]


def ageing_table(counted: Counted) -> Table:
    """Return what waits now, by phase and by how long (滞留)."""
    header = [_("段階"), *(rules.bucket_name(first, last) for first, last in rules.WAIT_BUCKETS), _("合計")]
    rows = []
    for phase in Phase:
        numbers = [sum(one.number for one in counted.aged if (one.phase, one.bucket) == (phase, place)) for place in range(len(header) - 2)]
        if not sum(numbers):
            continue
        figures = [
            Figure(str(number), _queue(counted, phase=phase.value, waited=first or None, waited_most=last) if number else "")
            for number, (first, last) in zip(numbers, rules.WAIT_BUCKETS, strict=True)
        ]
        rows.append((phase.label, [*figures, Figure(str(sum(numbers)), _queue(counted, phase=phase.value))]))
    return Table("ageing", _("滞留（いま、最後の処理からの日数）"), header, rows)


def cohort_table(counted: Counted) -> Table:
    """Return how many of those who were told in a month have their card (交付率)."""
    header = [_("通知した月"), _("通知した人"), _("交付済"), _("まだの人"), _("交付率"), _("半数が受け取るまでの日数")]
    rows = []
    for one in counted.cohorts:
        address = f"{reverse('reports:cohort', args=[f'{one.month:%Y-%m}'])}?{urlencode({'place': counted.place} if counted.place else {})}"
        waiting = one.told - one.delivered
        figures = [
            Figure(str(one.told)),
            Figure(str(one.delivered), f"{address}&delivered=yes" if counted.links and one.delivered else ""),
            Figure(str(waiting), f"{address}&delivered=no" if counted.links and waiting else ""),
            Figure(percent(rules.share(one.delivered, one.told))),
            Figure(NOTHING if one.median_days is None else f"{one.median_days:.0f}"),
        ]
        rows.append((f"{one.month:%Y-%m}", figures))
    return Table("cohorts", _("交付率（通知した月ごと）"), header, rows)


def counter_table(counted: Counted) -> Table:
    """Return times and fees of the counter."""
    one = counted.served

    def minutes(value: float | None) -> str:
        return NOTHING if value is None else f"{value:.0f}"

    rows = [
        (_("終わった来庁"), [Figure(str(one.visits))]),
        (_("窓口の時間の中央値（分）"), [Figure(minutes(one.median_minutes))]),
        (_("窓口の時間の最長（分）"), [Figure(minutes(one.longest_minutes))]),
        (_("手数料の徴収（件、取消・返金を引いたもの）"), [Figure(str(counted.taken.payments))]),
        (_("手数料の合計（円、取消・返金を引いたもの）"), [Figure(str(counted.taken.yen))]),
    ]
    return Table("counter", _("窓口の時間と手数料"), [_("項目"), _("値")], rows)


def tables(counted: Counted) -> list[Table]:
    """Return every table of the report."""
    return [period_table(counted), ageing_table(counted), cohort_table(counted), counter_table(counted)]


def charts(counted: Counted) -> list[Chart]:
    """Return the charts of the report, at most six."""
    return [
        _flow(counted, "flow", _("到着、通知、交付"), ("arrived", "sent", "delivered")),
        _stock(counted),
        _flow(counted, "visits", _("来庁、交付不可、来庁なし"), ("visited", "refused", "no_show")),
        _ageing(counted),
        _rates(counted),
        _lead(counted),
    ]


def _flow(counted: Counted, code: str, title: str, measures: Sequence[str]) -> Chart:
    parts = rules.buckets(counted.scope.first, counted.scope.last)
    series = []
    for measure in measures:
        points = []
        for first, last in parts:
            number = rules.totals(counted.counts, first, last)[measure]
            points.append(Point(_name(first, last), number, str(number), _behind(counted, measure, first, last) if number else ""))
        series.append(Series(MEASURE_BY_CODE[measure].name, points))
    return Chart(code, title, _("件"), _("期間"), series)


def _stock(counted: Counted) -> Chart:
    days = [last for _first, last in rules.buckets(counted.scope.first, counted.scope.last)]
    numbers = rules.stock_by_day(counted.stock, counted.changes, days)
    points = [Point(f"{day.month}/{day.day}", number, str(number)) for day, number in zip(days, numbers, strict=True)]
    return Chart("stock", _("在庫（その日の終わり）"), _("枚"), _("日付"), [Series(_("在庫"), points)], kind="line")


def _ageing(counted: Counted) -> Chart:
    points = []
    for place, (first, last) in enumerate(rules.WAIT_BUCKETS):
        number = sum(one.number for one in counted.aged if one.bucket == place)
        points.append(Point(rules.bucket_name(first, last), number, str(number), _queue(counted, waited=first or None, waited_most=last)))
    summary = _("交付済と廃棄済のほか、いま庁内か途中にあるカードです。")
    return Chart("ageing", _("滞留日数"), _("枚"), _("最後の処理からの日数"), [Series(_("カード"), points)], summary=summary)


def _rates(counted: Counted) -> Chart:
    points = []
    for one in counted.cohorts:
        value = rules.share(one.delivered, one.told)
        points.append(Point(_("%(month)d月") % {"month": one.month.month}, value, percent(value)))
    return Chart("rates", _("交付率（通知した月ごと）"), "%", _("通知した月"), [Series(_("交付率"), points)])


def _lead(counted: Counted) -> Chart:
    names = [rules.bucket_name(first, last) for first, last in rules.LEAD_BUCKETS]
    points = [Point(name, number, str(number)) for name, number in zip(names, counted.leads, strict=True)]
    return Chart("lead", _("通知から交付までの日数（期間に渡したカード）"), _("枚"), _("日数"), [Series(_("カード"), points)])
