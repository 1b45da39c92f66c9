"""The form of a period, for pages of figures: staff alone see it, so its words are Japanese only."""

import datetime as dt
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from madoguchi.platform.ui.forms import DayField

# Days that a page of figures counts at most: a leap year.
LONGEST_PERIOD = 366


class DaysForm(forms.Form):
    """Two days, the first and the last."""

    day_from = DayField(
        label=_("はじめの日"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("はじめの日を入力してください。"),
            "invalid": _("はじめの日は「2026-12-03」の形で入力してください。"),
        },
    )
    day_until = DayField(
        label=_("終わりの日"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("終わりの日を入力してください。"),
            "invalid": _("終わりの日は「2026-12-03」の形で入力してください。"),
        },
    )


class PeriodForm(DaysForm):
    """Two days of an address and all between them, at most a leap year; `usually` is meant where the address names none."""

    def __init__(self, values: QueryDict, usually: tuple[dt.date, dt.date], *, auto_id: str) -> None:
        chosen = values.copy()
        chosen.setdefault("day_from", usually[0].isoformat())
        chosen.setdefault("day_until", usually[1].isoformat())
        super().__init__(chosen, auto_id=auto_id)

    def clean(self) -> dict[str, Any]:
        """See to it that the period has a beginning before its end and is not too long."""
        first, last = self.cleaned_data.get("day_from"), self.cleaned_data.get("day_until")
        if first and last and last < first:
            self.add_error("day_until", _("終わりの日は、はじめの日より後にしてください。"))
        elif first and last and (last - first).days >= LONGEST_PERIOD:
            self.add_error("day_until", _("期間は366日以内にしてください。"))
        elif first and not 2000 <= first.year <= 2999:
            self.add_error("day_from", _("はじめの日の年を確かめてください。"))
        return self.cleaned_data
