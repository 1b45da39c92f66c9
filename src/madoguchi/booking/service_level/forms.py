"""Forms of the service level: agreed values, and what is said about a missed one."""

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.platform.ui.forms import DateBoxesField

_FIGURES = {"inputmode": "decimal", "autocomplete": "off", "class": "figures width-8"}


class AgreementForm(forms.Form):
    """What is agreed from a month on."""

    valid_from = DateBoxesField(
        label=_("適用開始月"),
        help_text=_("この日を含む月から適用します。今月以降の日を入力してください。"),
        error_messages={"required": _("適用開始月を入力してください。")},
    )
    availability_percent = forms.DecimalField(
        label=_("稼働率(%)"),
        min_value=50,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        error_messages={
            "required": _("稼働率を入力してください。"),
            "invalid": _("稼働率を数字で入力してください。"),
            "min_value": _("稼働率は50から100までです。"),
            "max_value": _("稼働率は50から100までです。"),
        },
        widget=forms.TextInput(_FIGURES),
    )
    p95_ms = forms.IntegerField(
        label=_("応答時間の95%(ミリ秒)"),
        min_value=50,
        max_value=60_000,
        help_text=_("100回のうち95回の応答が、この時間以内に終わることを目標にします。"),
        error_messages={
            "required": _("応答時間を入力してください。"),
            "invalid": _("応答時間をミリ秒の整数で入力してください。"),
            "min_value": _("応答時間は50から60000までです。"),
            "max_value": _("応答時間は50から60000までです。"),
        },
        widget=forms.TextInput(_FIGURES),
    )
    error_percent = forms.DecimalField(
        label=_("誤りの割合(%)"),
        min_value=0,
        max_value=50,
        max_digits=5,
        decimal_places=2,
        error_messages={
            "required": _("誤りの割合を入力してください。"),
            "invalid": _("誤りの割合を数字で入力してください。"),
            "min_value": _("誤りの割合は0から50までです。"),
            "max_value": _("誤りの割合は0から50までです。"),
        },
        widget=forms.TextInput(_FIGURES),
    )
    reason = forms.CharField(
        label=_("変更の理由"),
        max_length=200,
        error_messages={"required": _("変更の理由を入力してください。"), "max_length": _("理由を200文字以内にしてください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class CaseForm(forms.Form):
    """Why a value was missed, what is done about it, and when that was done."""

    cause = forms.CharField(
        label=_("原因"),
        max_length=500,
        required=False,
        error_messages={"max_length": _("原因を500文字以内にしてください。")},
        widget=forms.Textarea({"rows": 3}),
    )
    action = forms.CharField(
        label=_("対策"),
        max_length=500,
        required=False,
        error_messages={"max_length": _("対策を500文字以内にしてください。")},
        widget=forms.Textarea({"rows": 3}),
    )
    done_on = DateBoxesField(label=_("対策を終えた日"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)
