"""Forms of the disposal."""

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import DeliveryPlace


class BagForm(forms.Form):
    """A card that goes into the bag."""

    code = forms.CharField(
        label=_("カードのコード"),
        max_length=60,
        help_text=_("スリーブのコード。スリーブのないカードは製造管理番号"),
        error_messages={"required": _("スリーブのラベルを読み取ってください。")},
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off", "data-scan-field": "", "data-expects-number": ""}),
    )


class LeaveOutForm(forms.Form):
    """Why a card does not go after all, and where it stays."""

    site = forms.ModelChoiceField(
        label=_("カードを戻す施設"),
        queryset=DeliveryPlace.objects.none(),
        empty_label=None,
        to_field_name="code",
        error_messages={"required": _("施設を選んでください。"), "invalid_choice": _("施設を選び直してください。")},
    )
    reason = forms.CharField(label=_("外す理由"), max_length=200, error_messages={"required": _("外す理由を入力してください。")})

    def __init__(self, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # request.POST or None
        self.fields["site"].queryset = DeliveryPlace.objects.filter(is_open=True)  # type: ignore[attr-defined]  # a model choice


class CarryOutForm(forms.Form):
    """The bag and how its cards are destroyed."""

    bag = forms.CharField(
        label=_("袋の番号"),
        max_length=40,
        error_messages={"required": _("封をした袋の番号を入力してください。")},
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off"}),
    )
    method = forms.CharField(
        label=_("廃棄の方法"),
        max_length=100,
        help_text=_("裁断、溶解など"),
        error_messages={"required": _("廃棄の方法を入力してください。")},
    )
