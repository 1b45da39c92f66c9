"""Forms of the storage pages."""

import datetime as dt

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import DeliveryPlace
from madoguchi.platform.ui.forms import DateBoxesField

_SCAN = {"class": "figures width-16", "autocomplete": "off"}


class BoxForm(forms.Form):
    """A new box."""

    site = forms.ModelChoiceField(
        label=_("施設"),
        queryset=DeliveryPlace.objects.none(),
        empty_label=_("選んでください"),
        error_messages={"required": _("施設を選んでください。"), "invalid_choice": _("施設を選び直してください。")},
    )
    safe = forms.CharField(label=_("金庫"), max_length=20, error_messages={"required": _("金庫の名前を入力してください。")})
    name = forms.CharField(label=_("箱"), max_length=20, error_messages={"required": _("箱の名前を入力してください。")})
    slots = forms.IntegerField(
        label=_("位置の数"),
        min_value=1,
        max_value=999,
        widget=forms.TextInput({"class": "figures width-4", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": _("位置の数を入力してください。"),
            "invalid": _("位置の数は、1から999までの数を入力してください。"),
            "min_value": _("位置の数は、1から999までの数を入力してください。"),
            "max_value": _("位置の数は、1から999までの数を入力してください。"),
        },
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self.fields["site"].queryset = DeliveryPlace.objects.filter(is_open=True)  # type: ignore[attr-defined]  # a ModelChoiceField


class PutForm(forms.Form):
    """A card goes into a box: first the box's label is scanned, then sleeve after sleeve."""

    box = forms.CharField(
        label=_("箱のコード"),
        max_length=20,
        widget=forms.TextInput(_SCAN),
        error_messages={"required": _("箱のラベルを読み取ってください。")},
    )
    sleeve = forms.CharField(
        label=_("スリーブのコード"),
        max_length=20,
        widget=forms.TextInput({**_SCAN, "data-scan-field": ""}),
        error_messages={"required": _("スリーブのラベルを読み取ってください。")},
    )


class DayForm(forms.Form):
    """The day whose pick list is wanted."""

    day = DateBoxesField(label=_("予約日"), error_messages={"required": _("予約日を入力してください。")})


class TakeForm(forms.Form):
    """A card is taken out."""

    sleeve = forms.CharField(
        label=_("スリーブのコード"),
        max_length=20,
        widget=forms.TextInput({**_SCAN, "data-scan-field": ""}),
        error_messages={"required": _("スリーブのラベルを読み取ってください。")},
    )


def day_from(text: str) -> dt.date | None:
    """Read the day in an address; None when it is no day."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
