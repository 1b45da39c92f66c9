"""Command-line verbs of matching."""

import argparse

from madoguchi.delivery.matching.audited import MATCHES_LISTED
from madoguchi.delivery.matching.queries import work_list
from madoguchi.delivery.matching.rules import BookingState, Match
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.services import record
from madoguchi.platform.language import Sentence, say
from madoguchi.platform.verbs import Outcome, Progress, rows_as_json


def list_matches(arguments: argparse.Namespace, _progress: Progress) -> Outcome:
    """List open bookings with what matching found; no names: the list leaves the screen."""
    rows = [
        {
            "number": visit.number,
            "serial": visit.serial,
            "place": visit.place,
            "day": visit.day.isoformat(),
            "start": visit.start.isoformat("minutes"),
            "end": visit.end.isoformat("minutes"),
            "state": visit.state,
            "match": visit.match,
        }
        for visit in work_list(unmatched_only=arguments.unmatched)
    ]
    record(automatic("command"), MATCHES_LISTED, content={"rows": len(rows), "unmatched": arguments.unmatched})
    if arguments.format == "json":
        return Outcome({"rows": rows}, rows_as_json(rows))
    header = Sentence("予約番号,予約用ID,交付場所,予約日,開始時刻,終了時刻,予約結果,突合")
    lines = [
        f"{row['number']},{row['serial']},{row['place']},{row['day']},{row['start']},{row['end']},"
        f"{say(BookingState(row['state']).label)},{say(Match(row['match']).label)}"
        for row in rows
    ]
    return Outcome({"rows": rows}, [header, *lines])
