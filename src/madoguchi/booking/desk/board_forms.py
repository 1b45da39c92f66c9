"""Small forms of the day board: the own window, and somebody who comes without a booking."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from madoguchi.platform.accounts.rules import window_as_called


def clean_counter(text: str) -> str:
    """Return the name of a window as displays call it: up to four letters or figures. Raises ValidationError for anything else."""
    try:
        return window_as_called(text)
    except ValueError:
        raise ValidationError(_("窓口は、半角の数字か英字で4文字までです。例：3")) from None


class CounterForm(forms.Form):
    """Which window somebody works at today."""

    counter = forms.CharField(
        label=_("自分の窓口"),
        max_length=10,
        error_messages={"required": _("窓口の番号を入力してください。"), "max_length": _("窓口の番号が長すぎます。")},
        widget=forms.TextInput({"autocomplete": "off", "class": "width-2 figures"}),
    )

    def clean_counter(self) -> str:
        """Return the window in its plain form."""
        return clean_counter(self.cleaned_data["counter"])


class WalkInForm(forms.Form):
    """Somebody who came without a booking: with a number they get a place, without one a call number only."""

    number = forms.CharField(
        label=_("予約用ID"),
        required=False,
        max_length=60,
        help_text=_("通知書の番号。ないときは空欄のまま、受付番号だけを出します。"),
        error_messages={"max_length": _("番号が長すぎます。読み直してください。")},
        widget=forms.TextInput({"autocomplete": "off", "class": "width-16 figures", "spellcheck": "false", "data-scan-field": ""}),
    )
    reason = forms.CharField(
        label=_("確認したこと"),
        required=False,
        max_length=200,
        help_text=_("予約用IDで受け付けるとき。例：通知書と本人確認書類を見た"),
        error_messages={"max_length": _("200文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )
