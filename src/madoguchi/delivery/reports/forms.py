"""The choice of what is reported, from the address."""

import datetime as dt
from collections.abc import Mapping

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.reports.rules import LONGEST_PERIOD

_DAY = {"type": "date"}


class ScopeForm(forms.Form):
    """Period and place; without a period the month up to today."""

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

    def __init__(self, values: QueryDict, places: Mapping[str, str], today: dt.date) -> None:
        chosen = values.copy()
        chosen.setdefault("day_from", today.replace(day=1).isoformat())
        chosen.setdefault("day_until", today.isoformat())
        super().__init__(chosen, auto_id="report_%s")
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("すべて")), *places.items()]

    def clean(self) -> dict[str, object]:
        """See to it that the period has a beginning before its end and is not too long."""
        first, last = self.cleaned_data.get("day_from"), self.cleaned_data.get("day_until")
        if first and last and last < first:
            self.add_error("day_until", _("終わりの日は、はじめの日より後にしてください。"))
        elif first and last and (last - first).days >= LONGEST_PERIOD:
            self.add_error("day_until", _("期間は366日以内にしてください。"))
        elif first and not 2000 <= first.year <= 2999:
            self.add_error("day_from", _("はじめの日の年を確かめてください。"))
        return self.cleaned_data
