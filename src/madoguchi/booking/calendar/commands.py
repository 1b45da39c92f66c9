"""Command-line verbs of the calendar."""

import argparse
import datetime as dt

from django.core.exceptions import ValidationError

from madoguchi.booking.calendar import queries
from madoguchi.booking.calendar.generation import generate_slots
from madoguchi.booking.calendar.models import Place
from madoguchi.booking.calendar.queries import Day
from madoguchi.booking.calendar.rules import DayState
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.language import Sentence
from madoguchi.platform.verbs import Outcome, Progress, Refusal

_MARKS = {DayState.FREE: "◯", DayState.FEW: "△", DayState.FULL: "×", DayState.NONE: "－"}


def generate(arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """`madoguchi booking slots generate --from DATE --to DATE`: bring the slots in step with the rules.

    Raises Refusal when the span is empty or too long.
    """
    first, last = _date(arguments.date_from, "--from"), _date(arguments.date_to, "--to")
    progress.advance(0, None, Sentence("予約枠を作っています"))
    try:
        done = generate_slots(first, last, actor=automatic("calendar"))
    except ValidationError:
        raise Refusal(Sentence("期間は開始日から終了日まで、800日以内で指定してください。")) from None
    return Outcome(
        data={
            "days": [
                {
                    "place": day.place,
                    "schedule": day.schedule,
                    "day": day.day.isoformat(),
                    "slots": day.slots,
                    "capacity": day.capacity,
                    "public_capacity": day.public_capacity,
                }
                for day in done.days
                if day.slots
            ],
            "added": done.added,
            "changed": done.changed,
            "closed": done.closed,
            "conflicts": [
                {
                    "place": conflict.place,
                    "day": conflict.day.isoformat(),
                    "start": f"{conflict.start:%H:%M}",
                    "taken": conflict.taken,
                    "allowed": conflict.allowed,
                }
                for conflict in done.conflicts
            ],
        },
        lines=[
            Sentence(
                "{first} から {last} まで: 追加 {added} 枠、変更 {changed} 枠、休止 {closed} 枠",
                first=first,
                last=last,
                added=done.added,
                changed=done.changed,
                closed=done.closed,
            ),
            *(
                Sentence(
                    "注意: {place} {day} {start:%H:%M} は予約 {taken} 件、規則では {allowed} 件",
                    place=conflict.place,
                    day=conflict.day,
                    start=conflict.start,
                    taken=conflict.taken,
                    allowed=conflict.allowed,
                )
                for conflict in done.conflicts
            ),
        ],
    )


def show_month(arguments: argparse.Namespace, progress: Progress) -> Outcome:  # noqa: ARG001 every verb is given its progress
    """`madoguchi booking calendar show --place P --month M`: what the public calendar shows of a month for one person who comes for a card.

    Raises Refusal when there is no such place or month; the open places are then named.
    """
    try:
        first = dt.date.fromisoformat(f"{arguments.month}-01")
    except ValueError:
        raise Refusal(Sentence("--month は YYYY-MM の年月で指定してください。")) from None
    place = Place.objects.filter(code=arguments.place, is_open=True).first()
    if place is None:
        known = "、".join(f"{open_place.code} {open_place.name}" for open_place in queries.places())
        raise Refusal(
            Sentence("場所コード {code} の開いている場所はありません。開いている場所: {known}", code=arguments.place, known=known or "－")
        )
    days = queries.month(place, first.year, first.month)
    return Outcome(
        data={
            "place": place.code,
            "month": f"{first:%Y-%m}",
            "days": [{"day": day.day.isoformat(), "state": day.state.value, "free": day.free, "holiday": day.holiday} for day in days],
        },
        lines=[f"{place.code} {place.name} {first:%Y-%m}", *(_line(day) for day in days)],
    )


def _line(day: Day) -> str:
    return f"{day.day.isoformat()} {_MARKS[day.state]} {day.free:>4} {day.holiday}".rstrip()


def _date(text: object, option: str) -> dt.date:
    try:
        return dt.date.fromisoformat(str(text))
    except ValueError:
        raise Refusal(Sentence("{option} は YYYY-MM-DD の日付で指定してください。", option=option)) from None
