"""Forms of the page of limits."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.abuse.services import network_form


class ReleaseForm(forms.Form):
    """Why a network is released."""

    reason = forms.CharField(
        label=_("解除する理由"),
        max_length=200,
        error_messages={"required": _("解除する理由を入力してください。"), "max_length": _("理由を200文字以内にしてください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class SharedNetworkForm(forms.Form):
    """A network that many people share."""

    network = forms.CharField(
        label=_("ネットワーク"),
        max_length=50,
        help_text=_("「192.0.2.0/24」のように、アドレスと範囲を入力してください。"),
        error_messages={"required": _("ネットワークを入力してください。"), "max_length": _("ネットワークが長すぎます。50文字以内です。")},
        widget=forms.TextInput({"class": "width-16 figures", "autocomplete": "off", "spellcheck": "false"}),
    )
    factor = forms.IntegerField(
        label=_("上限の倍率"),
        min_value=2,
        max_value=20,
        help_text=_("2から20までの数字です。"),
        error_messages={
            "required": _("倍率を入力してください。"),
            "invalid": _("倍率を数字で入力してください。"),
            "min_value": _("倍率は2から20までです。"),
            "max_value": _("倍率は2から20までです。"),
        },
        widget=forms.TextInput({"class": "width-4 figures", "inputmode": "numeric", "autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=_("共用だと分かる理由"),
        max_length=100,
        error_messages={"required": _("共用だと分かる理由を入力してください。"), "max_length": _("理由を100文字以内にしてください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def clean_network(self) -> str:
        """Return the network in its one form; a network that would be too wide is refused in words."""
        try:
            return network_form(str(self.cleaned_data["network"]))
        except ValidationError as refusal:
            raise forms.ValidationError(refusal.messages) from None
