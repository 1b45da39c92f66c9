"""Made-up facts for previews and test mails."""

import datetime as dt
import uuid

from django.utils import translation
from django.utils.translation import gettext as _

from madoguchi.booking.calendar.models import VisitKind
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.notices.appointments import Appointment, moment
from madoguchi.booking.notices.links import Links
from madoguchi.booking.notices.queries import kind_in_words
from madoguchi.platform import clock

_DAYS_AHEAD = 10


def sample_appointment(language: str) -> Appointment:
    """Return a visit in ten days that nobody has booked, under the municipality's own name."""
    office, day = municipality.current(), clock.today() + dt.timedelta(days=_DAYS_AHEAD)
    with translation.override(language):
        kind_name = kind_in_words(VisitKind.default())
    return Appointment(
        uid=uuid.uuid4(),
        number="0000000000",
        sequence=0,
        place_name=_("見本の交付場所"),
        place_address=_("見本町1丁目1番1号"),
        starts=moment(day, dt.time(10)),
        ends=moment(day, dt.time(10, 15)),
        municipality_code=office.code,
        municipality_name=office.name,
        telephone=office.telephone,
        kind_code=VisitKind.DEFAULT,
        kind_name=kind_name,
        people=1,
    )


def sample_links(site: str) -> Links:
    """Return links in their form that lead to nothing."""
    base, token = site.rstrip("/"), "0" * 40
    return Links(site=site, prove=f"{base}/mail/prove/{token}/", manage=f"{base}/mail/manage/{token}/", stop=f"{base}/mail/stop/{token}/")


def sample_until() -> dt.datetime:
    """Return the end of an offer that nobody has made."""
    return moment(clock.today() + dt.timedelta(days=1), dt.time(17))


def sample_message() -> str:
    """Return what an office might write."""
    return _("これは見本です。予約ごとに窓口が書いた連絡が、ここに入ります。")
