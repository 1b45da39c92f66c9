"""Forms of the scanning desk."""

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.scanning.codes import OF_A_CARD, Kind
from madoguchi.delivery.scanning.formats import LENGTHS, PAPERS, Check, Form
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


class FormatForm(forms.Form):
    """A form of codes, and one real code by which it is tried."""

    name = forms.CharField(
        label=_("名前"),
        max_length=40,
        help_text=_("例: 旧システムのスリーブ"),
        error_messages={"required": _("名前を入力してください。"), "max_length": _("名前は40文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    paper = forms.ChoiceField(
        label=_("付いている紙"),
        choices=[(kind.value, kind.label) for kind in PAPERS],
        error_messages={"required": _("付いている紙を選んでください。"), "invalid_choice": _("付いている紙を選び直してください。")},
    )
    beginning = forms.RegexField(
        regex=r"^[A-Z0-9]{1,10}$",
        label=_("前置き"),
        help_text=_("コードのはじめの、いつも同じ文字。半角の英大文字と数字で、10文字まで。ハイフンは除きます。"),
        error_messages={
            "required": _("前置きを入力してください。"),
            "invalid": _("前置きは半角の英大文字と数字で、10文字までにしてください。"),
        },
        widget=forms.TextInput({"class": "figures width-8", "autocomplete": "off"}),
    )
    number = forms.ChoiceField(
        label=_("入っている番号"),
        choices=[(kind.value, kind.label) for kind in LENGTHS],
        error_messages={"required": _("入っている番号を選んでください。"), "invalid_choice": _("入っている番号を選び直してください。")},
    )
    length = forms.IntegerField(
        label=_("番号のけた数"),
        min_value=8,
        max_value=23,
        help_text=_("製造管理番号は9、予約番号は10、申請書IDは23、発送番号は8から20です。"),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), _("けた数は8から23までの数字で入力してください。")),
        widget=forms.NumberInput({"class": "width-4"}),
    )
    check_kind = forms.ChoiceField(
        label=_("検査数字"),
        choices=[(check.value, check.label) for check in Check],
        help_text=_("番号のあとに1けた付いているときだけ選びます。"),
        error_messages={"required": _("検査数字を選んでください。"), "invalid_choice": _("検査数字を選び直してください。")},
    )
    sample = forms.CharField(
        label=_("見本のコード"),
        max_length=60,
        help_text=_("実際のラベルを読み取るか、入力します。この形で読めるかを確かめるだけで、残しません。"),
        error_messages={"required": _("見本のコードを読み取るか、入力してください。")},
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off", "data-accepts-scan": ""}),
    )
    is_used = forms.BooleanField(label=_("使っている"), required=False, initial=True)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def form_of_codes(self) -> Form:
        """Return the form that was described."""
        given = self.cleaned_data
        return Form(
            given["name"], given["beginning"], Kind(given["number"]), given["length"], Check(given["check_kind"]), Kind(given["paper"])
        )
