"""The kinds of visit that every municipality starts with (BK-10); what is changed or added afterwards is its own."""

from django.utils.translation import gettext_noop

from madoguchi.booking.calendar.holidays import provide_holidays
from madoguchi.booking.calendar.models import Schedule, VisitKind
from madoguchi.platform import clock

# Code, name, how people say who they are. Only the first is open until the municipality opens another.
_NUMBER, _FORM = VisitKind.Identification.NUMBER, VisitKind.Identification.FORM
STARTING_KINDS = (
    (VisitKind.DEFAULT, gettext_noop("受取"), _NUMBER),
    ("apply", gettext_noop("申請時来庁"), _FORM),
    ("reissue", gettext_noop("再発行"), _FORM),
    ("renew-certificate", gettext_noop("電子証明書更新"), _FORM),
    ("reset-pin", gettext_noop("暗証番号再設定"), _FORM),
    ("card-update", gettext_noop("券面更新"), _FORM),
)
# How many cards may be fetched in one visit until the municipality says otherwise.
HOUSEHOLD = 4
# Business days are counted up to 640 days ahead.
YEARS_AHEAD = 2


def provide_starting_calendar() -> None:
    """Make the schedule of card hand-overs, the kinds of visit and the holidays of the coming years; what exists stays as it is."""
    this_year = clock.today().year
    provide_holidays(this_year, this_year + YEARS_AHEAD)
    schedule, _made = Schedule.objects.get_or_create(code=Schedule.DEFAULT, defaults={"name": gettext_noop("カードの受取")})
    for position, (code, name, identification) in enumerate(STARTING_KINDS):
        VisitKind.objects.get_or_create(
            code=code,
            defaults={
                "name": name,
                "schedule": schedule,
                "identification": identification,
                "party_limit": HOUSEHOLD if code == VisitKind.DEFAULT else 1,
                "is_open": code == VisitKind.DEFAULT,
                "position": position,
            },
        )
