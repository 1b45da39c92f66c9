"""Calendar files: one event for one booking, for life (RFC 5545; the scheduling methods of RFC 5546).

What the three big calendars need beyond the letter of the standard: Outlook takes an update by UID and SEQUENCE and wants METHOD in the
file and in the part's type, its busy time in an own property, and one alarm at most; Google adds an event only where the attendee is the
receiver and not the organizer; Apple takes times from VTIMEZONE alone, so that no name of a zone has to be known.
"""

import datetime as dt
from email.utils import parseaddr

from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event, Timezone, TimezoneStandard, vCalAddress, vText

from madoguchi.booking.notices.appointments import Appointment
from madoguchi.booking.notices.kinds import Method
from madoguchi.platform import clock
from madoguchi.platform.ui.furigana import in_brackets

# A request must name an attendee (RFC 5546, 3.2.2); who gave no mail address is named by an address that no mail program will try.
NOBODY = "invalid:nomail"


def event_uid(appointment: Appointment) -> str:
    """Return the UID that the booking keeps for life, whatever is changed about it."""
    return f"{appointment.uid}@{appointment.municipality_code}.madoguchi"


def _japan() -> Timezone:
    """Return Asia/Tokyo: one standard time, no summer time since 1951."""
    standard = TimezoneStandard()
    standard.add("DTSTART", dt.datetime(1970, 1, 1))  # noqa: DTZ001 local time by definition (RFC 5545, 3.6.5)
    standard.add("TZOFFSETFROM", dt.timedelta(hours=9))
    standard.add("TZOFFSETTO", dt.timedelta(hours=9))
    standard.add("TZNAME", "JST")
    zone = Timezone()
    zone.add("TZID", "Asia/Tokyo")
    zone.add_component(standard)
    return zone


def _attendee(address: str) -> vCalAddress:
    attendee = vCalAddress(f"mailto:{address}" if address else NOBODY)
    # The booking is made: no answer is asked for, and none would be read.
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    attendee.params["RSVP"] = vText("FALSE")
    return attendee


def _alarm(summary: str) -> Alarm:
    """Return a reminder on the person's own device a day before."""
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", summary)
    alarm.add("TRIGGER", dt.timedelta(days=-1))
    return alarm


def invitation(appointment: Appointment, method: Method, *, organizer: str, attendee: str = "") -> bytes:
    """Return the calendar file of a booking.

    Parameters: `method` REQUEST makes or changes the event, CANCEL takes it away; `organizer` is the sender as mails name it (with or
    without a display name), `attendee` the person's mail address, empty where none was given.
    """
    summary = in_brackets(appointment.kind_name)
    stands = method == "REQUEST"
    now = clock.now().astimezone(dt.UTC).replace(microsecond=0)
    event = Event()
    event.add("UID", event_uid(appointment))
    event.add("SEQUENCE", appointment.sequence)
    event.add("DTSTAMP", now)
    event.add("LAST-MODIFIED", now)
    event.add("DTSTART", appointment.starts.astimezone(clock.TOKYO))
    event.add("DTEND", appointment.ends.astimezone(clock.TOKYO))
    event.add("SUMMARY", summary)
    event.add("LOCATION", " ".join(part for part in (appointment.place_name, appointment.place_address) if part))
    event.add(
        "DESCRIPTION",
        in_brackets(
            _("予約番号 %(number)s\n%(municipality)s 電話 %(telephone)s")
            % {"number": appointment.number, "municipality": appointment.municipality_name, "telephone": appointment.telephone}
        ),
    )
    organizer_address = vCalAddress(f"mailto:{parseaddr(organizer)[1]}")
    organizer_address.params["CN"] = vText(appointment.municipality_name)
    event["ORGANIZER"] = organizer_address
    event.add("ATTENDEE", _attendee(attendee), encode=False)
    event.add("CLASS", "PRIVATE")
    event.add("STATUS", "CONFIRMED" if stands else "CANCELLED")
    event.add("TRANSP", "OPAQUE" if stands else "TRANSPARENT")
    event.add("X-MICROSOFT-CDO-BUSYSTATUS", "BUSY" if stands else "FREE")
    event.add("X-MICROSOFT-DISALLOW-COUNTER", "TRUE")
    if stands:
        event.add_component(_alarm(summary))

    calendar = Calendar()
    calendar.add("PRODID", "-//madoguchi//booking//JA")
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", method)
    calendar.add_component(_japan())
    calendar.add_component(event)
    file: bytes = calendar.to_ical()
    return file
