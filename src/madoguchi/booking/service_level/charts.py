"""The service level as charts."""

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext as _

from madoguchi.booking.service_level.queries import DayFigures
from madoguchi.booking.service_level.rules import AgreedValues
from madoguchi.platform.ui.charts import Chart, Point, Series


def _day(day: dt.date) -> str:
    return _("%(day)d日") % {"day": day.day}


def charts_of(days: Sequence[DayFigures], agreed: AgreedValues) -> list[Chart]:
    """Return response time and minutes without an answer by day."""
    slow = [Point(_day(one.day), one.p95_ms, _("%(ms).0fミリ秒") % {"ms": one.p95_ms} if one.p95_ms is not None else "—") for one in days]
    away = [
        Point(
            _day(one.day),
            None if one.availability is None else 100 - one.availability,
            "—" if one.availability is None else f"{100 - one.availability:.2f}%",
        )
        for one in days
    ]
    p95_limit = (float(agreed.p95_ms), _("合意値 %(ms)dミリ秒") % {"ms": agreed.p95_ms})
    away_limit = float(100 - agreed.availability_percent)
    return [
        Chart(
            *("p95", _("応答時間の95%（日ごと、市民の画面）"), _("ミリ秒"), _("日")),
            [Series(_("応答時間の95%"), slow)],
            kind="line",
            limit=p95_limit,
        ),
        Chart(
            *("away", _("応答しなかった時間の割合（日ごと）"), "%", _("日")),
            [Series(_("応答しなかった割合"), away)],
            limit=(away_limit, _("合意値 %(percent).2f%%") % {"percent": away_limit}),
        ),
    ]
