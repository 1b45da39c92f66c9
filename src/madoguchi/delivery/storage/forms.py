"""Forms of the storage pages."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import DeliveryPlace
from madoguchi.platform.ui.forms import DateBoxesField, RadioList

_SCAN = {"class": "figures width-16", "autocomplete": "off"}


_SITE: dict[str, Any] = {
    "to_field_name": "code",
    "empty_label": _("選んでください"),
    "error_messages": {"required": _("施設を選んでください。"), "invalid_choice": _("施設を選び直してください。")},
}


def _offer_open_places(form: forms.Form, *fields: str) -> None:
    for name in fields:
        form.fields[name].queryset = DeliveryPlace.objects.filter(is_open=True)  # type: ignore[attr-defined]  # a model choice


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
    """A card goes into a box: first the label of a box or slot is scanned, then sleeve after sleeve; one field takes both."""

    box = forms.CharField(
        label=_("箱または位置のコード"),
        max_length=20,
        required=False,
        widget=forms.TextInput(_SCAN),
    )
    sleeve = forms.CharField(
        label=_("読み取ったコード"),
        max_length=20,
        help_text=_("スリーブのラベル。別の箱や位置のラベルを読み取ると、置き先が変わります。"),
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


class LeadTimeForm(forms.Form):
    """How long cards take between two places."""

    from_site = forms.ModelChoiceField(label=_("移送元"), queryset=DeliveryPlace.objects.none(), **_SITE)
    to_site = forms.ModelChoiceField(label=_("移送先"), queryset=DeliveryPlace.objects.none(), **_SITE)
    days = forms.IntegerField(
        label=_("開庁日の日数"),
        min_value=0,
        max_value=30,
        help_text=_("0 は当日に着くこと。土日祝日と年末年始は数えません。"),
        widget=forms.TextInput({"class": "figures width-4", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": _("日数を入力してください。"),
            "invalid": _("日数は、0から30までの数を入力してください。"),
            "min_value": _("日数は、0から30までの数を入力してください。"),
            "max_value": _("日数は、0から30までの数を入力してください。"),
        },
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        _offer_open_places(self, "from_site", "to_site")


class BeginTransferForm(forms.Form):
    """From where to where a bag goes."""

    from_site = forms.ModelChoiceField(label=_("移送元"), queryset=DeliveryPlace.objects.none(), **_SITE)
    to_site = forms.ModelChoiceField(label=_("移送先"), queryset=DeliveryPlace.objects.none(), **_SITE)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        _offer_open_places(self, "from_site", "to_site")


class SleeveForm(forms.Form):
    """One scanned sleeve."""

    sleeve = forms.CharField(
        label=_("スリーブのコード"),
        max_length=20,
        widget=forms.TextInput({**_SCAN, "data-scan-field": ""}),
        error_messages={"required": _("スリーブのラベルを読み取ってください。")},
    )


class CarrierForm(forms.Form):
    """Who carries the bag."""

    carrier = forms.CharField(
        label=_("運ぶ人"),
        max_length=60,
        help_text=_("職員の名前か、便の名前"),
        error_messages={"required": _("運ぶ人を入力してください。")},
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off"}),
    )


class DifferenceForm(forms.Form):
    """What is known of a difference."""

    reason = forms.CharField(
        label=_("差異の説明"),
        max_length=500,
        error_messages={"required": _("差異の説明を入力してください。")},
        widget=forms.Textarea({"rows": 2}),
    )


class BeginStockTakeForm(forms.Form):
    """What is counted, and whether the expected numbers are shown."""

    is_blind = forms.BooleanField(label=_("予定の枚数を見せない（数え終わるまで）"), required=False, initial=True)

    def __init__(self, *args: object, choices: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self.fields["what"] = forms.ChoiceField(
            label=_("数える場所"),
            choices=[("", _("選んでください")), *choices],
            error_messages={"required": _("数える場所を選んでください。"), "invalid_choice": _("数える場所を選び直してください。")},
        )
        self.order_fields(["what", "is_blind"])


class CloseStockTakeForm(forms.Form):
    """The number of missing cards, typed by the one who has looked at the list."""

    missing = forms.IntegerField(
        label=_("所在不明にする枚数"),
        min_value=0,
        help_text=_("差異の一覧の「見つからない」の枚数をそのまま入力します。"),
        widget=forms.TextInput({"class": "figures width-4", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": _("所在不明にする枚数を入力してください。ないときは 0 を入力します。"),
            "invalid": _("枚数は数字で入力してください。"),
            "min_value": _("枚数は 0 以上の数を入力してください。"),
        },
    )


class StockReportForm(forms.Form):
    """In which form the report of differences leaves, and what for: the purpose stands in the operation log."""

    kind = forms.ChoiceField(
        label=_("形式"),
        choices=[("xlsx", _("Excel（XLSX）")), ("pdf", _("印刷（PDF）"))],
        initial="xlsx",
        widget=RadioList(),
        error_messages={"required": _("形式を選んでください。"), "invalid_choice": _("形式を選び直してください。")},
    )
    purpose = forms.CharField(
        label=_("目的"),
        max_length=200,
        help_text=_("操作記録に残ります。例：月末の報告"),
        error_messages={"required": _("出力の目的を入力してください。"), "max_length": _("目的は200文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class GiveUpForm(forms.Form):
    """Why a 棚卸 is given up."""

    reason = forms.CharField(
        label=_("取りやめる理由"), max_length=200, error_messages={"required": _("取りやめる理由を入力してください。")}
    )
