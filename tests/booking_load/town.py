"""Run as a process of the booking zone: open a town with few places for many people, so that they compete for every time.

python tests/booking_load/town.py PEOPLE SLOTS_A_DAY > town.json
"""

import datetime as dt
import json
import sys
from typing import Any

import django

django.setup()

from django.db import transaction  # noqa: E402 the zone is known now

from madoguchi.booking.calendar.models import OpeningRule, Place, Schedule, Slot  # noqa: E402
from madoguchi.booking.calendar.services import save_place, save_rule  # noqa: E402
from madoguchi.booking.municipality.services import change  # noqa: E402
from madoguchi.booking.reservations.roster import TargetsHandler  # noqa: E402
from madoguchi.platform import clock  # noqa: E402
from madoguchi.platform.audit.actors import automatic  # noqa: E402
from madoguchi.platform.exchange.handlers import Source  # noqa: E402

CODE, MMDD = "12345674", "0908"
ACTOR = automatic("load")


def open_town(people: int, slots: int) -> dict[str, object]:
    """Make one place with `slots` times of two places on one day, and a roster of `people`."""
    change(ACTOR, telephone="0466-00-0000")
    place = save_place(ACTOR, Place(code="main", name="市民窓口センター"))
    day = clock.today() + dt.timedelta(days=7)
    rule = OpeningRule(place=place, weekday=day.weekday(), opens=dt.time(8), slot_minutes=10, open_on_holidays=True)
    rule.closes = (dt.datetime.combine(day, rule.opens) + dt.timedelta(minutes=10 * slots)).time()
    rule.schedule, rule.open_at_year_end = Schedule.default(), True
    rule.valid_from, rule.counters_public, rule.counters_internal = day, 2, 1
    save_rule(ACTOR, rule)
    serials = [f"A0A{number:06d}" for number in range(1, people + 1)]
    records: list[dict[str, Any]] = [
        {"id": serial, "code": CODE, "md": MMDD, "dispatch": None, "places": [], "from": None, "until": None, "status": "open", "rev": 1}
        for serial in serials
    ]
    handler = TargetsHandler()
    with transaction.atomic():
        faults = list(handler.check(records))
        if faults:
            raise SystemExit(f"the roster is refused: {faults[0]}")
        handler.apply(records, ACTOR, Source(type="targets", seq=1, file_hash="0" * 64, mode="delta"))
    times = list(Slot.objects.filter(place=place, day=day).values_list("pk", flat=True))
    return {"serials": serials, "code": CODE, "mmdd": MMDD, "place": "main", "day": day.isoformat(), "slots": times}


if __name__ == "__main__":
    json.dump(open_town(int(sys.argv[1]), int(sys.argv[2])), sys.stdout)
