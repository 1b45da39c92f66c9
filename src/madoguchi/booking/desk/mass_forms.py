"""Forms of the mass change: what is done with the chosen bookings, and what the list of results is taken out for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.desk.models import MassChange
from madoguchi.platform.ui.forms import DayField, RadioList


def _day(words: Any) -> DayField:  # noqa: ANN401 a text that is translated when it is shown
    return DayField(label=words, required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


class MassForm(forms.Form):
    """Move or cancel, which bookings, why; for a move where new times are looked for."""

    act = forms.ChoiceField(
        label=_("操作"),
        choices=MassChange.Act.choices,
        widget=RadioList(),
        error_messages={"required": _("操作を選んでください。"), "invalid_choice": _("操作を選び直してください。")},
    )
    chosen = forms.ChoiceField(
        label=_("対象"),
        choices=[("rows", _("印を付けた行")), ("all", _("絞り込み結果すべて（ほかのページも）"))],
        initial="rows",
        widget=RadioList(),
        error_messages={"required": _("対象を選んでください。"), "invalid_choice": _("対象を選び直してください。")},
    )
    first_day = _day(_("新しい日のはじめ（移すとき）"))
    last_day = _day(_("新しい日の終わり（移すとき）"))
    other_places = forms.BooleanField(label=_("ほかの場所も探す"), required=False, help_text=_("カードを運ぶ必要があります。"))
    reason = forms.CharField(
        label=_("理由"),
        max_length=100,
        help_text=_("一件ずつの予約の履歴に残ります。"),
        error_messages={"required": _("理由を入力してください。"), "max_length": _("理由は100文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the days of a move, in their order."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("act") == MassChange.Act.MOVE:
            first, last = values.get("first_day"), values.get("last_day")
            if first is None and "first_day" not in self.errors:
                self.add_error("first_day", _("移す先のはじめの日を入力してください。"))
            if last is None and "last_day" not in self.errors:
                self.add_error("last_day", _("移す先の終わりの日を入力してください。"))
            if first and last and last < first:
                self.add_error("last_day", _("終わりの日は、はじめの日以後にしてください。"))
        return values


class PurposeForm(forms.Form):
    """What a list is taken out for."""

    purpose = forms.CharField(
        label=_("出力の目的"),
        max_length=200,
        help_text=_("操作記録に残ります。"),
        error_messages={"required": _("出力の目的を入力してください。"), "max_length": _("目的は200文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )
