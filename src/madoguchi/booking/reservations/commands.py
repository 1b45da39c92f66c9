"""Command-line verbs of bookings."""

import argparse
import datetime as dt

from django.db import transaction

from madoguchi.booking.reservations import queries
from madoguchi.booking.reservations.audited import LIST_EXPORTED
from madoguchi.kernel.tables import write_csv
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.services import record
from madoguchi.platform.language import Sentence, say
from madoguchi.platform.verbs import Outcome, Progress, Refusal, rows_as_json

_HEADER = (
    Sentence("予約番号"),
    Sentence("予約用ID"),
    Sentence("交付場所"),
    Sentence("予約日"),
    Sentence("開始時刻"),
    Sentence("終了時刻"),
    Sentence("予約結果"),
    Sentence("予約区分"),
)


@transaction.atomic
def list_bookings(arguments: argparse.Namespace, progress: Progress) -> Outcome:  # noqa: ARG001 every verb is given its progress
    """`madoguchi booking reservations list [--date D] [--format csv|json]`: the bookings of a day, or all, a row for each person.

    Raises Refusal when the date is none.
    """
    try:
        day = dt.date.fromisoformat(arguments.date) if arguments.date else None
    except ValueError:
        raise Refusal(Sentence("--date は YYYY-MM-DD の日付で指定してください。")) from None
    rows = [
        {
            "no": row.number,
            "id": row.serial,
            "place": row.place,
            "day": row.day.isoformat(),
            "start": f"{row.start:%H:%M}",
            "end": f"{row.end:%H:%M}",
            "state": str(row.state),
            "kind": row.kind,
        }
        for row in queries.bookings(day=day)
    ]
    record(automatic("command"), LIST_EXPORTED, content={"day": day.isoformat() if day else "", "rows": len(rows)})
    if arguments.format == "json":
        return Outcome({"rows": rows}, rows_as_json(rows))
    table = b"".join(write_csv((tuple(row.values()) for row in rows), header=[say(title) for title in _HEADER], bom=False))
    return Outcome({"rows": rows}, table.decode().splitlines())
