"""One day after the other in the delivery zone: what the office does in the morning, who comes, what is counted in the evening."""

import datetime as dt
from collections import Counter
from typing import Any

from madoguchi.kernel.office_days import is_office_day
from madoguchi.platform import clock
from madoguchi.zones.month import played_time
from madoguchi.zones.month.counter import Counters
from madoguchi.zones.month.office import BackOffice
from madoguchi.zones.month.plan import Plan


class DeliveryDays:
    """The days of the delivery zone, and what was counted in them."""

    def __init__(self, plan: Plan, office: BackOffice, counters: Counters) -> None:
        self._plan, self.office, self.counters = plan, office, counters
        self.counted: Counter[str] = Counter()
        counters.furnish()

    def play(self, day: dt.date) -> dict[str, Any]:
        """Play a day until its last visit; return the letters that were posted, with the codes in them."""
        self.counters.open_drawers()
        self.counters.fetch_cards(day)
        posted = self._office_morning(day) if is_office_day(day) else []
        self.counted.update({f"visit_{name}": number for name, number in self.counters.serve_day(day).items()})
        played_time.reach(dt.datetime.combine(day, dt.time(17, 0), clock.TOKYO))
        self.office.shelve_again()
        self.counters.close_drawers()
        return {"letters": posted}

    def _office_morning(self, day: dt.date) -> list[tuple[str, str]]:
        for one in self._plan.lists:
            if one.day == day:
                self.counted.update({f"list_{name}": number for name, number in self.office.take_list_in(one).items()})
        self.office.receive_bags()
        self.office.preset()
        self.office.send_bags()
        posted = self.office.notify(day)
        for box in self._plan.boxes:
            if box.day == day:
                self.office.take_box_in(box)
                self.counted["boxes"] += 1
        return posted

    def end(self) -> dict[str, Any]:
        """Leave the sign-in lines behind."""
        from madoguchi.zones.demo_data import write_sign_in_lines

        write_sign_in_lines()
        return {}
