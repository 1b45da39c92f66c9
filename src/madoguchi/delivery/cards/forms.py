"""Forms of the register."""

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards import rules

_OLD = _("画面の内容が古くなっています。カードを開き直してから、もう一度行ってください。")
PAGE_IS_OLD = {"required": _OLD, "invalid": _OLD}


class FindForm(forms.Form):
    """The number to look for, typed or scanned; it travels in the body and never in an address."""

    code = forms.CharField(
        label=_("番号"),
        max_length=60,
        help_text=_("スリーブのコード、製造管理番号、申請書ID、発送番号のどれか。カードの QR は読み取らないでください。"),
        error_messages={
            "required": _("番号を入力するか、読み取ってください。"),
            "max_length": _("番号が長すぎます。もう一度読み取ってください。"),
        },
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off", "data-scan-field": "", "data-expects-number": ""}),
    )


class HoldForm(forms.Form):
    """Why a card is stopped."""

    kind = forms.ChoiceField(
        label=_("停止の種類"),
        choices=[(kind.value, kind.label) for kind in rules.HoldKind],
        error_messages={"required": _("停止の種類を選んでください。"), "invalid_choice": _("停止の種類を選び直してください。")},
    )
    reason = forms.CharField(
        label=_("停止の理由"),
        max_length=500,
        error_messages={"required": _("停止の理由を入力してください。")},
        widget=forms.Textarea({"rows": 2}),
    )
    source = forms.CharField(label=_("情報源"), max_length=100, required=False, help_text=_("異動リスト、本人の届出など"))
    version = forms.IntegerField(widget=forms.HiddenInput, error_messages=PAGE_IS_OLD)


class ReleaseForm(forms.Form):
    """Why a hold is released; the one who set it cannot."""

    reason = forms.CharField(
        label=_("解除の理由"),
        max_length=500,
        error_messages={"required": _("解除の理由を入力してください。")},
        widget=forms.Textarea({"rows": 2}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, error_messages=PAGE_IS_OLD)
