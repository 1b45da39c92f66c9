"""The figures as tiles, charts and tables; every number leads to the list behind it where there is one."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from madoguchi.booking.calendar.models import OpeningRule, VisitKind
from madoguchi.booking.figures import queries, rules
from madoguchi.booking.figures.queries import BookingCount, DayCount, Lead, PlaceCount, Scope, Wait
from madoguchi.booking.figures.rules import Totals
from madoguchi.booking.reservations.models import Booking, State
from madoguchi.platform.ui.charts import Chart, HeatTable, Point, Series, heat_cell

NOTHING = "—"
_MOST_LINES = 4


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure in large type."""

    number: str
    words: str
    hint: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """Everything that was counted for one page."""

    scope: Scope
    bookings: Sequence[BookingCount]
    by_day: Sequence[DayCount]
    places: Sequence[PlaceCount]
    waits: Sequence[Wait]
    leads: Sequence[Lead]


def count(scope: Scope) -> Counted:
    """Count everything. Five statements."""
    return Counted(
        scope, queries.bookings(scope), queries.by_day(scope), queries.places_taken(scope), queries.waits(scope), queries.leads(scope)
    )


def percent(value: float | None) -> str:
    """Return a share in words."""
    return NOTHING if value is None else f"{value:.1f}%"


def minutes(value: float | None) -> str:
    """Return a mean number of minutes in words."""
    return NOTHING if value is None else _("%(minutes).1f分") % {"minutes": value}


def _list(scope: Scope, **more: str) -> str:
    """Return the address of the booking list that explains a number; nothing for those who may not open it."""
    if not scope.leads_to_lists:
        return ""
    values: dict[str, str] = {"day_from": scope.day_from.isoformat(), "day_until": scope.day_until.isoformat()}
    if len(scope.places) == 1:
        values["place"] = scope.places[0].code
    if scope.kind:
        values["kind"] = scope.kind.code
    values.update(more)
    return f"{reverse('desk:bookings')}?{urlencode(values)}"


def tiles(counted: Counted) -> list[Tile]:
    """Return the six figures at the top."""
    scope, total = counted.scope, rules.totals(counted.bookings)
    last = max((lead.day for lead in counted.leads), default=None)
    leads = [lead.days for lead in counted.leads if lead.day == last]
    nearest = min((days for days in leads if days is not None), default=None)
    return [
        Tile(str(total.standing), _("予約"), _("%(people)d人") % {"people": total.people}, _list(scope)),
        Tile(percent(rules.occupancy(counted.places)), _("予約率"), _("枠のうち埋まった割合")),
        Tile(
            percent(rules.share(total.no_show, total.over)),
            _("来庁なし"),
            _("来る予定だった%(over)d件のうち%(number)d件") % {"over": total.over, "number": total.no_show},
            _list(scope, state=State.NO_SHOW.value),
        ),
        Tile(
            percent(rules.share(total.cancelled, total.bookings)),
            _("取消"),
            _("%(all)d件のうち%(number)d件") % {"all": total.bookings, "number": total.cancelled},
            _list(scope, state=State.CANCELLED.value),
        ),
        Tile(
            percent(rules.share(total.web, total.bookings)),
            _("インターネット予約"),
            _("電話%(phone)d件、窓口%(staff)d件") % {"phone": total.phone, "staff": total.staff},
            _list(scope, source="web"),
        ),
        Tile(
            NOTHING if nearest is None else _("%(days)d日") % {"days": nearest},
            _("いちばん早い空きまで"),
            _("%(day)sの朝の記録") % {"day": last.isoformat()} if last else _("まだ記録がありません"),
        ),
    ]


def charts(counted: Counted) -> list[Chart]:
    """Return the charts of the page."""
    found = [_booked(counted), _ways(counted), _occupied(counted), _no_shows(counted), _lead_times(counted)]
    return [*found, _waited(counted)] if counted.waits else found


def _bucket_name(first: dt.date, last: dt.date) -> str:
    if first == last:
        return f"{first.month}/{first.day}"
    return _("%(month)d/%(day)d～") % {"month": first.month, "day": first.day}


def _booked(counted: Counted) -> Chart:
    scope, series = counted.scope, []
    parts = rules.buckets(scope.day_from, scope.day_until)
    for source in Booking.Source:
        points = []
        for first, last in parts:
            number = sum(one.bookings for one in counted.by_day if first <= one.day <= last and one.source == source)
            url = _list(scope, day_from=first.isoformat(), day_until=last.isoformat(), source=source.value)
            points.append(Point(_bucket_name(first, last), number, str(number), url))
        series.append(Series(str(source.label), points))
    return Chart("booked", _("来庁日ごとの予約（取消を除く）"), _("件"), _("期間"), series)


def _ways(counted: Counted) -> Chart:
    scope, by_kind = counted.scope, rules.grouped(counted.bookings, lambda one: one.kind)
    kinds = VisitKind.objects.in_bulk(list(by_kind))
    series = []
    for source in Booking.Source:
        points = []
        for kind, total in by_kind.items():
            part = rules.share(getattr(total, source.value), total.bookings)
            url = _list(scope, kind=kinds[kind].code, source=source.value)
            points.append(Point(kinds[kind].name, part, percent(part), url))
        series.append(Series(str(source.label), points))
    return Chart("ways", _("予約の方法の割合（区分ごと）"), "%", _("区分"), series)


def _occupied(counted: Counted) -> Chart:
    points = []
    for place in counted.scope.places:
        value = rules.occupancy(one for one in counted.places if one.place == place.pk)
        points.append(Point(place.name, value, percent(value), _list(counted.scope, place=place.code)))
    return Chart("occupied", _("予約率（場所ごと）"), "%", _("場所"), [Series(_("予約率"), points)])


def _no_shows(counted: Counted) -> Chart:
    by_weekday = rules.grouped(counted.bookings, lambda one: one.weekday)
    points = []
    for weekday in OpeningRule.Weekday:
        total = by_weekday.get(weekday.value, Totals())
        value = rules.share(total.no_show, total.over)
        points.append(Point(str(weekday.label)[:1], value, percent(value)))
    return Chart("no-shows", _("来庁なしの割合（曜日ごと）"), "%", _("曜日"), [Series(_("来庁なし"), points)])


def _lead_times(counted: Counted) -> Chart:
    scope = counted.scope
    days = [scope.day_from + dt.timedelta(days=number) for number in range((scope.day_until - scope.day_from).days + 1)]
    known = {(lead.day, lead.place): lead.days for lead in counted.leads}
    series = []
    for place in scope.places[:_MOST_LINES]:
        points = []
        for day in days:
            value = known.get((day, place.pk))
            words = _("空きなし") if (day, place.pk) in known else NOTHING
            points.append(Point(f"{day.month}/{day.day}", value, words if value is None else _("%(days)d日") % {"days": value}))
        series.append(Series(place.name, points))
    more = len(scope.places) - _MOST_LINES
    summary = _("はじめの4か所を示しています。ほかの場所は、場所を選ぶと見られます。") if more > 0 else ""
    return Chart("lead", _("いちばん早い空きまでの日数（毎朝の記録）"), _("日"), _("日付"), series, kind="line", summary=summary)


def _waited(counted: Counted) -> Chart:
    hours = sorted({one.hour for one in counted.waits})
    series = []
    for name, value in ((_("待ち時間"), lambda one: one.waited), (_("対応時間"), lambda one: one.served)):
        points = []
        for hour in hours:
            mean = rules.weighted([one for one in counted.waits if one.hour == hour], value)
            points.append(Point(_("%(hour)d時") % {"hour": hour}, mean, minutes(mean)))
        series.append(Series(name, points))
    tickets = sum(one.tickets for one in counted.waits)
    summary = _("呼出番号%(tickets)d件の平均です。") % {"tickets": tickets}
    return Chart("waits", _("窓口での待ち時間と対応時間（時間帯ごと）"), _("分"), _("時間帯"), series, summary=summary)


def heat(counted: Counted) -> HeatTable:
    """Return occupancy by weekday and hour."""
    hours = sorted({one.hour for one in counted.places})
    rows = []
    for weekday in OpeningRule.Weekday:
        cells = []
        for hour in hours:
            value = rules.occupancy(one for one in counted.places if (one.weekday, one.hour) == (weekday.value, hour))
            cells.append(heat_cell(value, 100, percent(value)))
        rows.append((str(weekday.label), cells))
    return HeatTable(_("予約率（曜日と時間帯）"), _("曜日"), [_("%(hour)d時") % {"hour": hour} for hour in hours], rows)


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One place in the table of places."""

    name: str
    total: Totals
    occupancy: str
    no_show: str
    waited: str
    served: str
    url: str
    no_show_url: str
    cancelled_url: str


def place_rows(counted: Counted) -> list[PlaceRow]:
    """Return the table of places."""
    scope, by_place = counted.scope, rules.grouped(counted.bookings, lambda one: one.place)
    found = []
    for place in scope.places:
        total = by_place.get(place.pk, Totals())
        waits = [one for one in counted.waits if one.place == place.pk]
        found.append(
            PlaceRow(
                name=place.name,
                total=total,
                occupancy=percent(rules.occupancy(one for one in counted.places if one.place == place.pk)),
                no_show=percent(rules.share(total.no_show, total.over)),
                waited=minutes(rules.weighted(waits, lambda one: one.waited)),
                served=minutes(rules.weighted(waits, lambda one: one.served)),
                url=_list(scope, place=place.code),
                no_show_url=_list(scope, place=place.code, state=State.NO_SHOW.value),
                cancelled_url=_list(scope, place=place.code, state=State.CANCELLED.value),
            )
        )
    return found
