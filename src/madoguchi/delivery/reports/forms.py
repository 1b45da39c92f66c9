"""The choice of what is reported, from the address."""

import datetime as dt
from collections.abc import Mapping

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from madoguchi.platform.ui.periods import PeriodForm


class ScopeForm(PeriodForm):
    """Period and place; without a period the month up to today."""

    place = forms.ChoiceField(label=_("場所"), required=False, error_messages={"invalid_choice": _("場所を選び直してください。")})

    def __init__(self, values: QueryDict, places: Mapping[str, str], today: dt.date) -> None:
        super().__init__(values, (today.replace(day=1), today), auto_id="report_%s")
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("すべて")), *places.items()]
