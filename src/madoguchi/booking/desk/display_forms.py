"""Forms of the call displays: registering one, and typing its code at the screen."""

import unicodedata

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.calendar.models import Place
from madoguchi.platform.ui.forms import CheckboxList


class DisplayForm(forms.Form):
    """A new display: what it is called, for which places it calls, and whether it speaks."""

    name = forms.CharField(
        label=_("表示機の名前"),
        max_length=40,
        help_text=_("例：1階 待合"),
        error_messages={"required": _("表示機の名前を入力してください。"), "max_length": _("名前は40文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off", "class": "width-16"}),
    )
    places = forms.ModelMultipleChoiceField(
        Place.objects.none(),
        label=_("呼び出す場所"),
        widget=CheckboxList(),
        error_messages={"required": _("呼び出す場所を1つ以上選んでください。"), "invalid_choice": _("場所を選び直してください。")},
    )
    speaks = forms.BooleanField(
        label=_("声で呼ぶ"),
        required=False,
        initial=True,
        help_text=_("端末に日本語の音声が入っているときだけ声が出ます。チャイムはどの端末でも鳴ります。"),
    )


class PairForm(forms.Form):
    """The code that staff read from their page, typed at the screen."""

    code = forms.CharField(
        label=_("接続コード"),
        max_length=20,
        help_text=_("職員の画面「呼出表示」に出ている8けたの数字"),
        error_messages={"required": _("接続コードを入力してください。"), "max_length": _("接続コードは8けたの数字です。")},
        widget=forms.TextInput({"autocomplete": "off", "class": "width-8 figures", "inputmode": "numeric"}),
    )

    def clean_code(self) -> str:
        """Return the figures alone."""
        return "".join(sign for sign in unicodedata.normalize("NFKC", self.cleaned_data["code"]) if sign.isdigit())
