"""The choice of what is counted, from the address."""

import datetime as dt
from collections.abc import Sequence

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.calendar.models import Place, VisitKind
from madoguchi.platform.ui.periods import PeriodForm


class ScopeForm(PeriodForm):
    """Period, place and kind; without a period the four weeks up to today."""

    place = forms.ChoiceField(label=_("場所"), required=False, error_messages={"invalid_choice": _("場所を選び直してください。")})
    kind = forms.ChoiceField(label=_("区分"), required=False, error_messages={"invalid_choice": _("区分を選び直してください。")})

    def __init__(self, values: QueryDict, places: Sequence[Place], kinds: Sequence[VisitKind], today: dt.date) -> None:
        super().__init__(values, (today - dt.timedelta(days=27), today), auto_id="figures_%s")
        for name, choices in (
            ("place", [(place.code, place.name) for place in places]),
            ("kind", [(kind.code, kind.name) for kind in kinds]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("すべて")), *choices]
