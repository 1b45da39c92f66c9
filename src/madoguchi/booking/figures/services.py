"""Noting what cannot be counted afterwards."""

from madoguchi.booking.calendar.models import Place, VisitKind
from madoguchi.booking.calendar.queries import first_free_days
from madoguchi.booking.figures.models import LeadTime
from madoguchi.platform import clock


def note_lead_times() -> int:
    """Note for every open place and kind how far the first free place lies today; a second time a day writes it anew. Returns how many."""
    today = clock.today()
    places, rows = list(Place.objects.filter(is_open=True)), []
    for kind in VisitKind.objects.filter(is_open=True).select_related("schedule"):
        first = first_free_days(kind=kind)
        rows += [
            LeadTime(day=today, place=place, kind=kind, days=(first[place.pk] - today).days if place.pk in first else None)
            for place in places
        ]
    LeadTime.objects.bulk_create(rows, update_conflicts=True, unique_fields=["day", "place", "kind"], update_fields=["days"])
    return len(rows)
