"""A forecast and the answer to a proposal as charts and rows."""

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext as _

from madoguchi.delivery.planning.forecast import Estimate
from madoguchi.delivery.planning.models import Proposal
from madoguchi.delivery.planning.queries import Past
from madoguchi.delivery.planning.services import overall, rules_of
from madoguchi.platform.ui.charts import Chart, Point, Series

NOTHING = "—"
_WEEKDAYS = "月火水木金土日"
# What is shown of an answer: measure, words, unit, digits.
_OVERALL = (
    ("wait", "待ち時間の平均", "分", 1),
    ("wait_90", "10人に9人の待ち時間", "分", 1),
    ("overtime", "終業後の残り", "分", 1),
    ("visits", "一日の来庁", "人", 1),
    ("lead", "予約が取れるまで", "日", 1),
    ("stock", "最後の日の在庫", "枚", 0),
)


def _range(one: Estimate, percent: bool = False) -> str:
    scale, unit = (100, "%") if percent else (1, "")
    if one.is_assumed:
        return _("%(value).1f%(unit)s（記録がないため仮の値）") % {"value": one.value * scale, "unit": unit}
    return _("%(value).1f%(unit)s（%(low).1f～%(high).1f、%(cases)d件から）") % {
        "value": one.value * scale,
        "unit": unit,
        "low": one.low * scale,
        "high": one.high * scale,
        "cases": one.cases,
    }


def forecast_rows(past: Past) -> list[tuple[str, str]]:
    """Return what the past says, in words."""
    return [
        (_("来庁なしの割合"), _range(past.no_show, percent=True)),
        (_("通知に応じる割合"), _range(past.response, percent=True)),
        (_("通知から予約までの日数"), _range(past.days_to_book)),
        (_("窓口の時間（分）"), _range(past.minutes)),
        (_("いまの在庫"), _("%(number)d枚") % {"number": past.stock}),
        (_("通知を待つカード"), _("%(number)d枚") % {"number": past.ready}),
        (_("予約を待つ人"), _("%(number)d人") % {"number": past.told}),
    ]


def forecast_chart(past: Past) -> Chart:
    """Return the arrivals that are to be expected, by weekday."""
    points = [Point(_WEEKDAYS[number], one.value, f"{one.value:.1f}") for number, one in enumerate(past.arrivals)]
    high = [Point(_WEEKDAYS[number], one.high, f"{one.high:.1f}") for number, one in enumerate(past.arrivals)]
    series = [Series(_("見込み"), points), Series(_("多いとき（95%）"), high)]
    return Chart("arrivals", _("一日に届くカードの見込み（過去8週間から）"), _("枚"), _("曜日"), series)


def rule_rows(proposal: Proposal) -> list[tuple[str, str]]:
    """Return what a proposal proposes, in words."""
    rules = rules_of(proposal)
    return [
        (_("開く曜日"), "・".join(_WEEKDAYS[number] for number in sorted(rules.weekdays))),
        (_("一日に開く時間"), _("%(minutes)d分、%(slots)d枠") % {"minutes": rules.open_minutes, "slots": rules.slots}),
        (_("一日の枠"), _("%(capacity)d人") % {"capacity": rules.capacity}),
        (_("窓口の数"), str(rules.counters)),
        (_("一日に出す通知"), _("%(number)d通") % {"number": rules.notices_a_day}),
        (
            _("期間"),
            _("%(first)s から %(days)d日、%(runs)d回") % {"first": proposal.first_day, "days": proposal.days, "runs": proposal.runs},
        ),
        (_("乱数の種"), str(proposal.seed)),
    ]


def answer_rows(proposals: Sequence[Proposal]) -> list[tuple[str, list[str]]]:
    """Return the answers of proposals beside each other: mean ± 1.96 standard errors."""
    answers = [overall(proposal) for proposal in proposals]
    return [
        (words, [_plus_minus(answer.get(name, (None, None)), unit, digits) for answer in answers]) for name, words, unit, digits in _OVERALL
    ]


def _plus_minus(value: tuple[float | None, float | None], unit: str, digits: int) -> str:
    mean, error = value
    if mean is None:
        return NOTHING
    return f"{mean:.{digits}f}{unit}" + ("" if error is None else f" ±{1.96 * error:.{digits}f}")


def charts(proposals: Sequence[Proposal]) -> list[Chart]:
    """Return the plots: waits, overtime, stock, those without a time, each proposal a line."""
    known = [proposal for proposal in proposals if proposal.answer]
    limit = (float(known[0].target_minutes), _("目標 %(minutes)d分") % {"minutes": known[0].target_minutes})
    return [
        _plot(known, "wait_90", _("10人に9人の待ち時間"), _("分"), limit),
        _plot(known, "overtime", _("終業後に残る時間"), _("分")),
        _plot(known, "stock", _("在庫"), _("枚")),
        _plot(known, "unbooked", _("枠が足りず予約できない人"), _("人")),
    ]


def _plot(proposals: Sequence[Proposal], measure: str, title: str, unit: str, limit: tuple[float, str] | None = None) -> Chart:
    series = []
    days = max(proposal.days for proposal in proposals)
    first = proposals[0].first_day
    for proposal in proposals:
        means = (proposal.answer or {})["by_day"][measure]
        points = []
        for number in range(days):
            day, mean = first + dt.timedelta(days=number), means[number][0] if number < len(means) else None
            points.append(Point(f"{day.month}/{day.day}", mean, NOTHING if mean is None else f"{mean:.1f}"))
        series.append(Series(proposal.name, points))
    return Chart(measure.replace("_", "-"), title, unit, _("日付"), series, kind="line", limit=limit)
