"""One zone's part of the month, played in a process of its own: it does what it is told line by line, and answers each line with one.

Told on stdin, answered on stdout, both as JSON. What the player of one zone knows, the other knows only by the sealed files and by the
letters that the post carries (`playing`).
"""

import argparse
import datetime as dt
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.verbs import Outcome, Progress, Silent
from madoguchi.zones.month import played_time
from madoguchi.zones.month.plan import Plan

EVENING = dt.time(17, 45)
MORNING = dt.time(8, 0)
Act = Callable[[dict[str, Any]], dict[str, Any]]


def _play(acts: Mapping[str, Act], lines: Iterator[str]) -> Outcome:
    done = 0
    for line in lines:
        told = json.loads(line)
        answer = acts[told["do"]](told)
        done += 1
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()
    return Outcome({"acts": done}, [])


def _begin() -> tuple[Plan, str, Iterator[str]]:
    """Read the first line, which says what is played, and let this process's clock begin with the month."""
    lines = iter(sys.stdin.readline, "")
    first = json.loads(next(lines))
    plan = Plan(first["seed"], first["cards"], dt.date.fromisoformat(first["today"]))
    played_time.start_at(plan.begins)
    return plan, first["part"], lines


def _seal(told: Mapping[str, Any]) -> dict[str, Any]:
    """Seal a file for the other zone and write it into the folder that stands for the medium."""
    from madoguchi.platform.exchange.services import sending

    exported = sending.export_file(told["type"], automatic("exchange"), folder=Path(told["folder"]))
    return {"file": str(exported.path), "rows": exported.file.rows, "seq": exported.file.seq}


def _open(told: Mapping[str, Any]) -> dict[str, Any]:
    """Take a file of the other zone in, or refuse it."""
    from madoguchi.platform.exchange.services import receiving

    outcome = receiving.import_file(Path(told["file"]), automatic("exchange"), receipt_folder=Path(told["folder"]))
    refusal = outcome.refusal.code if outcome.refusal else ""
    return {"taken": outcome.taken, "listed": outcome.refused, "refusal": refusal, "receipt": str(outcome.receipt or "")}


def _at(told: Mapping[str, Any], time: dt.time) -> dt.date:
    day = dt.date.fromisoformat(told["day"])
    played_time.reach(dt.datetime.combine(day, time, clock.TOKYO))
    return day


def play_delivery(_arguments: argparse.Namespace, _progress: Progress) -> Outcome:
    """Play one part of the delivery zone: the back office, or the counters."""
    plan, part, lines = _begin()
    from madoguchi.zones.demo_data import furnish_offices, write_sign_in_lines
    from madoguchi.zones.month.delivery_books import books
    from madoguchi.zones.month.delivery_days import CounterDays, OfficeDays

    if part == "counters":
        counters = CounterDays(plan)
        return _play(
            {
                "day": lambda told: counters.play(_at(told, MORNING)),
                "evening": lambda told: {"day": str(_at(told, EVENING))},
                "counted": lambda _told: {"counted": counters.counted},
            },
            lines,
        )
    furnish_offices()
    office = OfficeDays(plan)

    def end(_told: dict[str, Any]) -> dict[str, Any]:
        write_sign_in_lines()
        return {}

    return _play(
        {
            "furnished": lambda _told: {},
            "day": lambda told: office.play(_at(told, MORNING)),
            "evening": lambda told: {"day": str(_at(told, EVENING))},
            "reconcile": lambda told: office.reconcile(_at(told, EVENING)),
            "seal": _seal,
            "open": _open,
            "counted": lambda _told: {"counted": office.counted},
            "books": lambda told: {"books": [book.as_told() for book in books(plan, told["counted"])]},
            "end": end,
        },
        lines,
    )


def play_booking(_arguments: argparse.Namespace, _progress: Progress) -> Outcome:
    """Play the booking zone's part."""
    plan, _part, lines = _begin()
    from madoguchi.zones.demo_data import furnish_calendar
    from madoguchi.zones.month.booking_books import books
    from madoguchi.zones.month.booking_days import BookingDays

    furnish_calendar(Silent())
    days = BookingDays(plan)
    acts: dict[str, Act] = {
        "day": lambda told: days.play(_at(told, MORNING), told["letters"]),
        "evening": lambda told: days.evening(_at(told, EVENING)),
        "close": lambda told: days.close(_at(told, EVENING)),
        "seal": _seal,
        "open": _open,
        "counted": lambda _told: {"counted": days.counted},
        "books": lambda _told: {"books": [book.as_told() for book in books()]},
    }
    return _play(acts, lines)
