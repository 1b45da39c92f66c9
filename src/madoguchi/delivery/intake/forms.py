"""Forms of the intake."""

from django import forms
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards.models import DeliveryPlace
from madoguchi.delivery.intake.mappings import LAYOUTS
from madoguchi.delivery.intake.models import ListMapping
from madoguchi.delivery.intake.services import LARGEST_FILE
from madoguchi.platform.documents.labels import PER_PAGE
from madoguchi.platform.ui.forms import RadioList


class ListSizeLimit(FileUploadHandler):
    """Lets no more of an upload reach the disk than shows that it is too large for a card list."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Pass a chunk on, unless the limit is behind it."""
        return raw_data if start <= LARGEST_FILE else None

    def file_complete(self, file_size: int) -> None:
        """Leave the making of the file to the next handler."""


def described_layouts() -> list[tuple[str, str]]:
    """Return the layouts to choose from: the built-in ones, and the described ones in use."""
    known = [(layout.code, f"{layout.code} {layout.name}") for layout in LAYOUTS.values()]
    described = ListMapping.objects.filter(state=ListMapping.State.APPROVED)
    return known + [(one.code, f"{one.code} {one.name} (第{one.version}版)") for one in described]


class UploadForm(forms.Form):
    """A card list and how to read it."""

    file = forms.FileField(
        label=_("カード発行一覧のファイル"),
        error_messages={
            "required": _("ファイルを選んでください。"),
            "empty": _("ファイルが空です。空の一覧では何も変わりません。正しいファイルか確かめてください。"),
        },
        widget=forms.FileInput({"accept": ".csv,.tsv,.txt,.xlsx"}),
    )
    layout = forms.ChoiceField(
        label=_("対応付け"),
        choices=described_layouts,
        help_text=_("区切り文字・文字コード・列は対応付けで決まります。ファイルの名前は見ません。"),
        error_messages={"required": _("対応付けを選んでください。"), "invalid_choice": _("対応付けを選び直してください。")},
    )
    expect_rows = forms.IntegerField(
        label=_("件数"),
        min_value=1,
        required=False,
        help_text=_("元のシステムで分かっているときに入力します。違えば取り込みません。"),
        widget=forms.TextInput({"class": "figures width-8", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": _("件数は数字で入力してください。"), "min_value": _("件数は1以上で入力してください。")},
    )


class MassChangeForm(forms.Form):
    """That the approver has seen how many cards a list changes, where it changes a large share of the register."""

    confirmed_changes = forms.IntegerField(
        label=_("変更されるカードの枚数"),
        help_text=_("取り込みの結果の「変更」の枚数を、自分で確かめて入力してください。"),
        error_messages={
            "required": _("変更されるカードの枚数を入力してください。"),
            "invalid": _("変更されるカードの枚数を数字で入力してください。"),
        },
        widget=forms.TextInput({"class": "figures width-8", "inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, data: object = None, *, changed: int) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # request.POST or None
        self._changed = changed

    def clean_confirmed_changes(self) -> int:
        """Refuse another number: somebody who did not look does not approve."""
        typed: int = self.cleaned_data["confirmed_changes"]
        if typed != self._changed:
            raise forms.ValidationError(_("取り込みの結果の枚数と違います。正しい一覧か、もう一度確かめてください。"))
        return typed


class DiscardForm(forms.Form):
    """Why a list is thrown away."""

    reason = forms.CharField(
        label=_("取り下げる理由"), max_length=200, error_messages={"required": _("取り下げる理由を入力してください。")}
    )


class ScannedListForm(forms.Form):
    """A scanned 交付一覧."""

    file = forms.FileField(
        label=_("スキャンした交付一覧"),
        help_text=_("PDF、TIFF、JPEG、PNG。バーコードだけを読み、画像は保存しません。"),
        error_messages={
            "required": _("スキャンした交付一覧を選んでください。"),
            "empty": _("ファイルが空です。スキャンし直してください。"),
        },
        widget=forms.FileInput({"accept": ".pdf,.tif,.tiff,.jpg,.jpeg,.png"}),
    )


class UndoForm(forms.Form):
    """Why a list that was applied is undone."""

    undo_reason = forms.CharField(
        label=_("取り消す理由"),
        max_length=200,
        error_messages={
            "required": _("取り消す理由を入力してください。"),
            "max_length": _("取り消す理由が長すぎます。200文字までにしてください。"),
        },
    )


class ArrivalForm(forms.Form):
    """A box that came."""

    place = forms.ModelChoiceField(
        label=_("受入場所"),
        queryset=DeliveryPlace.objects.none(),
        empty_label=None,
        to_field_name="code",
        error_messages={"required": _("受入場所を選んでください。"), "invalid_choice": _("受入場所を選び直してください。")},
    )
    expected = forms.IntegerField(
        label=_("送付書の枚数"),
        min_value=1,
        max_value=100_000,
        widget=forms.TextInput({"class": "figures width-8", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": _("送付書の枚数を入力してください。"), "invalid": _("枚数は数字で入力してください。")},
    )
    note = forms.CharField(label=_("箱の番号など"), max_length=100, required=False, widget=forms.TextInput({"autocomplete": "off"}))

    def __init__(self, *arguments: object, **words: object) -> None:
        super().__init__(*arguments, **words)  # type: ignore[arg-type]  # passed on as they are
        self.fields["place"].queryset = DeliveryPlace.objects.filter(is_open=True)  # type: ignore[attr-defined]  # a model choice


class CorrectForm(forms.Form):
    """The right number on the delivery note, and why the first was wrong."""

    expected = forms.IntegerField(
        label=_("正しい枚数"),
        min_value=1,
        max_value=100_000,
        widget=forms.TextInput({"class": "figures width-8", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": _("正しい枚数を入力してください。"), "invalid": _("枚数は数字で入力してください。")},
    )
    reason = forms.CharField(label=_("直す理由"), max_length=200, error_messages={"required": _("直す理由を入力してください。")})


_SCAN = {"class": "width-16", "autocomplete": "off", "data-scan-field": "", "data-expects-number": ""}


class ScanForm(forms.Form):
    """A number on a card or on its list."""

    code = forms.CharField(
        label=_("カードの番号"),
        max_length=60,
        help_text=_("製造管理番号、申請書ID、発送番号のどれか。カードの QR は読み取りません。"),
        error_messages={"required": _("番号を入力するか、読み取ってください。")},
        widget=forms.TextInput(_SCAN),
    )


class LabelForm(forms.Form):
    """Where on a sheet of labels used before the first sleeve label is printed; nothing said means a whole sheet."""

    start = forms.IntegerField(
        label=_("ラベル用紙の開始位置"),
        required=False,
        min_value=1,
        max_value=PER_PAGE,
        help_text=_("使いかけの用紙のとき、左上から右へ数えた位置を入力してください。"),
        widget=forms.TextInput({"class": "figures width-2", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), _("開始位置は、1から24までの数を入力してください。")),
    )


class InspectForm(forms.Form):
    """Label and card, read one after the other, and what was compared by eye."""

    sleeve = forms.CharField(
        label=_("スリーブのコード"),
        max_length=20,
        error_messages={"required": _("スリーブのラベルを読み取ってください。")},
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off", "data-accepts-scan": ""}),
    )
    number = forms.CharField(
        label=_("カードの製造管理番号"),
        max_length=60,
        error_messages={"required": _("カードの製造管理番号を読み取るか入力してください。")},
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off", "data-accepts-scan": "", "data-expects-number": ""}),
    )
    compared = forms.BooleanField(
        label=_("氏名と券面の番号を見比べた"), error_messages={"required": _("氏名と券面の番号を見比べてから検品済にしてください。")}
    )


class InspectionForm(forms.Form):
    """The next code at 検品: first the label or a number of the card, then the other; `first` is what was read before."""

    code = forms.CharField(
        label=_("読み取ったコード"),
        max_length=60,
        help_text=_("スリーブのラベルと、カードの製造管理番号。どちらからでも構いません。"),
        error_messages={"required": _("コードを読み取るか、入力してください。")},
        widget=forms.TextInput(_SCAN),
    )
    first = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)


class FaultForm(forms.Form):
    """What is wrong with a card that came."""

    kind = forms.ChoiceField(
        label=_("不良の種類"),
        choices=[(kind.value, kind.label) for kind in (rules.HoldKind.MISPRINT, rules.HoldKind.CHIP, rules.HoldKind.INCOMPLETE)],
        error_messages={"required": _("不良の種類を選んでください。"), "invalid_choice": _("不良の種類を選び直してください。")},
    )
    reason = forms.CharField(label=_("不良の内容"), max_length=500, error_messages={"required": _("不良の内容を入力してください。")})


class PresetForm(forms.Form):
    """The result of the 交付前設定 of one card."""

    code = forms.CharField(
        label=_("カードの番号"),
        max_length=60,
        help_text=_("スリーブのコードか製造管理番号"),
        error_messages={"required": _("番号を入力するか、読み取ってください。")},
        widget=forms.TextInput(_SCAN),
    )
    result = forms.ChoiceField(
        label=_("結果"),
        choices=[("ok", _("OK")), ("ng", _("NG"))],
        initial="ok",
        widget=RadioList(),
        error_messages={"required": _("結果を選んでください。"), "invalid_choice": _("結果を選び直してください。")},
    )
    kind = forms.ChoiceField(
        label=_("NGのときの停止"),
        choices=[(kind.value, kind.label) for kind in (rules.HoldKind.CHIP, rules.HoldKind.INCOMPLETE, rules.HoldKind.MISPRINT)],
        required=False,
        error_messages={"invalid_choice": _("停止の種類を選び直してください。")},
    )
    reason = forms.CharField(label=_("NGの理由"), max_length=500, required=False)

    def clean(self) -> dict[str, object]:
        """Ask for the reason of an NG."""
        cleaned: dict[str, object] = super().clean() or {}
        if cleaned.get("result") == "ng" and not str(cleaned.get("reason", "")).strip():
            self.add_error("reason", _("NG のときは理由を入力してください。"))
        return cleaned
