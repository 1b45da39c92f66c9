"""What a mail or a calendar file says of one booking: no name, no 予約用ID, no booking code."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.utils.translation import gettext as _

from madoguchi.platform import clock
from madoguchi.platform.ui.languages import long_day_in_words, time_in_words


def moment(day: dt.date, time: dt.time) -> dt.datetime:
    """Return the moment at which the municipality's clocks show `time` on `day`."""
    return dt.datetime.combine(day, time, clock.TOKYO)


@dataclass(frozen=True, slots=True)
class Appointment:
    """One booking as it is told to the outside. `sequence` grows with every change of it (RFC 5546, 2.1.4)."""

    uid: uuid.UUID
    number: str
    sequence: int
    place_name: str
    place_address: str
    starts: dt.datetime
    ends: dt.datetime
    municipality_code: str
    municipality_name: str
    telephone: str
    kind_code: str
    kind_name: str
    people: int

    @property
    def when(self) -> str:
        """Return day and time in one line: 2026年（令和8年）12月3日（木） 9時00分から9時15分まで."""
        return f"{self.day_words} {self.time_words}"

    @property
    def day_words(self) -> str:
        """Return 2026年（令和8年）12月3日（木）."""
        return long_day_in_words(self.starts.astimezone(clock.TOKYO).date())

    @property
    def time_words(self) -> str:
        """Return 9時00分から9時15分まで."""
        starts, ends = self.starts.astimezone(clock.TOKYO), self.ends.astimezone(clock.TOKYO)
        return _("%(start)sから%(end)sまで") % {"start": time_in_words(starts), "end": time_in_words(ends)}
