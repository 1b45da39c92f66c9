"""One day after the other in the delivery zone: the back office and the counters work side by side, each in a process of its own."""

import datetime as dt
from collections import Counter
from typing import Any

from madoguchi.kernel.office_days import is_office_day
from madoguchi.platform import clock
from madoguchi.zones.month import played_time
from madoguchi.zones.month.counter import Counters
from madoguchi.zones.month.exceptions import Exceptions
from madoguchi.zones.month.office import BackOffice
from madoguchi.zones.month.plan import Plan


class OfficeDays:
    """The days of the back office, and what was counted in them."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self.office = plan, BackOffice(plan, "A")
        self.office.open_offices()
        self.exceptions = Exceptions(plan, self.office)
        self._counted: Counter[str] = Counter()

    @property
    def counted(self) -> dict[str, int]:
        """What was counted so far, what was planted among it."""
        return {**self._counted, **{f"planted_{name}": number for name, number in self.exceptions.planted.items()}}

    def play(self, day: dt.date) -> dict[str, Any]:
        """Play an office day; return the letters that reach their people, with the codes in them."""
        if not is_office_day(day):
            return {"letters": []}
        number = self._plan.office_days.index(day)
        for one in self._plan.lists:
            if one.day == day:
                self._counted.update({f"list_{name}": count for name, count in self.office.take_list_in(one).items()})
        self.office.receive_bags()
        self.office.preset()
        self.office.send_bags()
        letters = self.exceptions.letters_posted(number, self.office.notify(day))
        letters += self.exceptions.morning(number, day)
        for box in self._plan.boxes:
            if box.day == day:
                self.office.take_box_in(box)
                self._counted["boxes"] += 1
        return {"letters": letters}

    def reconcile(self, day: dt.date) -> dict[str, Any]:
        """Compare the day with the terminal's list and sign it."""
        self.exceptions.reconcile(day)
        return {}


class CounterDays:
    """The days at the counters, and what was counted in them."""

    def __init__(self, plan: Plan) -> None:
        self.office = BackOffice(plan, "B")
        self.counters = Counters(plan, self.office)
        self.counters.furnish()
        self.counted: Counter[str] = Counter()

    def play(self, day: dt.date) -> dict[str, Any]:
        """Play a day from the opening of the drawers to their count."""
        self.counters.open_drawers()
        self.counters.fetch_cards(day)
        self.counted.update({f"visit_{name}": number for name, number in self.counters.serve_day(day).items()})
        played_time.reach(dt.datetime.combine(day, dt.time(17, 0), clock.TOKYO))
        self.office.shelve_again()
        self.counters.close_drawers()
        return {}
