"""Forms of the scanning desk."""

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.scanning.codes import OF_A_CARD, Kind
from madoguchi.platform.ui.forms import RadioList

VOLUMES = [("0", _("鳴らさない")), ("25", _("小さい")), ("50", _("ふつう")), ("100", _("大きい"))]


class CodeForm(forms.Form):
    """What was scanned, and the paper that lay there before it (its kind and its card's key), for the comparison."""

    code = forms.CharField(
        label=_("読み取ったコード"),
        max_length=400,
        help_text=_("スリーブ、箱、通知書のQRコード、予約の控え、用紙番号、移送票。カードの裏のQRコードは読み取らないでください。"),
        error_messages={
            "required": _("コードを読み取るか、入力してください。"),
            "max_length": _("コードが長すぎます。もう一度読み取ってください。"),
        },
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off", "data-scan-field": ""}),
    )
    first_kind = forms.ChoiceField(choices=[(kind.value, kind.label) for kind in OF_A_CARD], required=False, widget=forms.HiddenInput)
    first_card = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)

    def first(self) -> tuple[Kind, int] | None:
        """Return the paper that was read before, where there was one."""
        kind, card = self.cleaned_data.get("first_kind"), self.cleaned_data.get("first_card")
        return (Kind(kind), card) if kind and card else None


class SoundForm(forms.Form):
    """How loud this terminal is, and whether single keys act on it."""

    volume = forms.ChoiceField(
        label=_("音の大きさ"),
        choices=VOLUMES,
        widget=RadioList(),
        error_messages={"required": _("音の大きさを選んでください。"), "invalid_choice": _("音の大きさを選び直してください。")},
    )
    shortcuts = forms.BooleanField(
        label=_("一つのキーだけの操作を使う（/、?、g と文字、一覧の行のキー）"),
        required=False,
        help_text=_("音声で文字を入れる人など、思わぬキーが入る端末では切ってください。切ると、Alt＋P（画面を隠す）も効きません。"),
    )
