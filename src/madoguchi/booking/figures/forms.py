"""The choice of what is counted, from the address."""

import datetime as dt
from collections.abc import Sequence

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.calendar.models import Place, VisitKind
from madoguchi.booking.figures.rules import LONGEST_PERIOD

_DAY = {"type": "date"}


class ScopeForm(forms.Form):
    """Period, place and kind."""

    day_from = forms.DateField(
        label=_("はじめの日"),
        widget=forms.DateInput(_DAY, format="%Y-%m-%d"),
        error_messages={
            "required": _("はじめの日を入力してください。"),
            "invalid": _("はじめの日は「2026-12-03」の形で入力してください。"),
        },
    )
    day_until = forms.DateField(
        label=_("終わりの日"),
        widget=forms.DateInput(_DAY, format="%Y-%m-%d"),
        error_messages={
            "required": _("終わりの日を入力してください。"),
            "invalid": _("終わりの日は「2026-12-03」の形で入力してください。"),
        },
    )
    place = forms.ChoiceField(label=_("場所"), required=False, error_messages={"invalid_choice": _("場所を選び直してください。")})
    kind = forms.ChoiceField(label=_("区分"), required=False, error_messages={"invalid_choice": _("区分を選び直してください。")})

    def __init__(self, values: QueryDict, places: Sequence[Place], kinds: Sequence[VisitKind], today: dt.date) -> None:
        chosen = values.copy()
        # The four weeks up to today, unless something else is asked for.
        chosen.setdefault("day_from", (today - dt.timedelta(days=27)).isoformat())
        chosen.setdefault("day_until", today.isoformat())
        super().__init__(chosen, auto_id="figures_%s")
        for name, choices in (
            ("place", [(place.code, place.name) for place in places]),
            ("kind", [(kind.code, kind.name) for kind in kinds]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("すべて")), *choices]

    def clean(self) -> dict[str, object]:
        """See to it that the period has a beginning before its end and is not too long."""
        first, last = self.cleaned_data.get("day_from"), self.cleaned_data.get("day_until")
        if first and last and last < first:
            self.add_error("day_until", _("終わりの日は、はじめの日より後にしてください。"))
        elif first and last and (last - first).days >= LONGEST_PERIOD:
            self.add_error("day_until", _("期間は366日以内にしてください。"))
        return self.cleaned_data
