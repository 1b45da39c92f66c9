"""Month and times of one kind of visit at one place, as the pages of the forms show them."""

import datetime as dt

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.calendar.models import Place, VisitKind
from madoguchi.booking.citizens.month_table import month_of, month_table, neighbours
from madoguchi.booking.citizens.views.entrance import opening_words, shown_view
from madoguchi.booking.municipality.own_words import place_name, say_sentence
from madoguchi.platform import clock
from madoguchi.platform.ui.forms import RadioList
from madoguchi.platform.ui.languages import day_in_words, month_in_words


class VisitPlaceForm(forms.Form):
    """Where to come, each place with its address and its first free day."""

    place = forms.ChoiceField(
        label=gettext_lazy("来る場所を選んでください"),
        error_messages={
            "required": gettext_lazy("来る場所を選んでください。"),
            "invalid_choice": gettext_lazy("この場所では予約できません。場所を選び直してください。"),
        },
    )

    def __init__(self, data: QueryDict | None, *, kind: VisitKind, places: list[Place]) -> None:
        super().__init__(data)
        first_free = calendar.first_free_days(kind=kind)
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)
        field.widget = RadioList(help_texts={place.code: _place_line(place, first_free.get(place.pk)) for place in places})
        field.choices = [(place.code, place_name(place.name)) for place in places]
        if len(places) == 1:
            field.initial = places[0].code


def _place_line(place: Place, first_free: dt.date | None) -> SafeString:
    free = _("いちばん早い空き：%(day)s") % {"day": day_in_words(first_free)} if first_free else _("今は空きがありません")
    return format_html_join(mark_safe("<br>"), "{}", ((part,) for part in (place.address, say_sentence(place.access), free) if part))


def places_for(kind: VisitKind) -> list[Place]:
    """Return the open places that have hours for the kind."""
    return list(Place.objects.filter(is_open=True, rules__schedule=kind.schedule_id).distinct())


def month_context(kind: VisitKind, place: Place, request: HttpRequest, links: str) -> dict[str, object]:
    """Return what the page of a month shows: the table or list, the months beside it, the earliest free day."""
    begins, ends = calendar.window(kind)
    earliest = calendar.first_free_days(kind=kind).get(place.pk)
    wanted, this_month = month_of(request.GET.get("month", "")), clock.today().replace(day=1)
    last = ends.replace(day=1)
    # The month asked for while it lies in the booking window, else the first with a free time.
    fitting = wanted if wanted is not None and this_month <= wanted <= last else None
    first = fitting or (earliest or max(begins, this_month)).replace(day=1)
    before, after = neighbours(first)
    return {
        "table": month_table(calendar.month(place, first.year, first.month, kind=kind)),
        "view": shown_view(request),
        "month_value": f"{first:%Y-%m}",
        "links": links,
        "as_of": clock.now(),
        "opening": opening_words(ends),
        "earliest": {"day": earliest, "words": day_in_words(earliest)} if earliest else None,
        "before": {"value": f"{before:%Y-%m}", "words": month_in_words(before)} if before >= this_month else None,
        "after": {"value": f"{after:%Y-%m}", "words": month_in_words(after)} if after <= last else None,
    }


def day_of(text: str) -> dt.date | None:
    """Read 2026-12-03; None for anything else."""
    try:
        return dt.date.fromisoformat(text) if len(text) == len("2026-12-03") else None
    except ValueError:
        return None


def slot_of(text: str) -> int | None:
    """Read the number of a time as a radio sends it; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
