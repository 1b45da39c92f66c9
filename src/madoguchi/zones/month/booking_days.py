"""One day after the other in the booking zone: letters reach people, people act, the desk marks, mails go out."""

import datetime as dt
from typing import Any

from madoguchi.booking.calendar.generation import generate_horizon
from madoguchi.booking.figures.services import note_lead_times
from madoguchi.booking.notices import services as notices
from madoguchi.booking.reservations import services
from madoguchi.platform.audit.actors import automatic
from madoguchi.zones.month.citizens import Town
from madoguchi.zones.month.plan import Plan


class BookingDays:
    """The days of the booking zone, and what was counted in them."""

    def __init__(self, plan: Plan) -> None:
        self.town = Town(plan)

    @property
    def counted(self) -> dict[str, int]:
        return self.town.counted

    def play(self, day: dt.date, letters: list[list[str]]) -> dict[str, Any]:
        """Play a day; `letters` were posted on the days before and lie in their letter boxes now."""
        generate_horizon(automatic("calendar"))
        note_lead_times()
        for serial, code, posted_on in letters:
            self.town.get_letter(serial, code, dt.date.fromisoformat(posted_on))
        self.town.cancel_for_closed_numbers()
        notices.remind()
        self.town.live_day(day)
        return {"counted": self.town.counted}

    def evening(self, day: dt.date) -> dict[str, Any]:
        """Let held times end, and send every mail that is owed."""
        services.expire_holds()
        while (drained := notices.drain_outbox()).counts and drained.reached:
            pass
        return {"day": str(day)}

    def close(self, day: dt.date) -> dict[str, Any]:
        """Mark what is over, once the counters' results are in."""
        return {"left": self.town.close_day(day)}
