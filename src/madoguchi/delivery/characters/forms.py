"""Forms of the table of own characters and of the font."""

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.characters.font_files import LARGEST as LARGEST_FONT
from madoguchi.delivery.characters.tables import fault_of_substitute, sentences
from madoguchi.kernel.own_characters import CodeError, code_point

LARGEST_TABLE = 5_000_000


class EntryForm(forms.Form):
    """One character: its code, and what stands for it where the font has no shape."""

    code = forms.CharField(
        label=_("文字コード"),
        max_length=10,
        help_text=_("Unicodeは「U+E000」、CP932(シフトJIS)は「F040」の形"),
        error_messages={"required": _("文字コードを入力してください。"), "max_length": _("文字コードは10文字以内で入力してください。")},
        widget=forms.TextInput({"class": "figures width-8", "autocomplete": "off", "autocapitalize": "characters"}),
    )
    substitute = forms.CharField(
        label=_("代替文字"),
        max_length=8,
        required=False,
        help_text=_("フォントに字形が無いときに、表示と印刷に使い、検索でも同じ字とみなす1文字。使わないときは空にします。"),
        widget=forms.TextInput({"class": "width-4 person-name", "autocomplete": "off"}),
    )
    note = forms.CharField(
        label=_("説明"),
        max_length=200,
        required=False,
        help_text=_("どの字か、代替文字を決めた根拠など。氏名は書きません。"),
        error_messages={"max_length": _("説明は200文字以内で入力してください。")},
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off"}),
    )

    def clean_code(self) -> int:
        try:
            return code_point(self.cleaned_data["code"])
        except CodeError as error:
            raise forms.ValidationError(sentences()[error.code]) from None

    def clean_substitute(self) -> str:
        text = str(self.cleaned_data["substitute"]).strip()
        if fault := fault_of_substitute(text):
            raise forms.ValidationError(fault)
        return text


class TableFileForm(forms.Form):
    """A table as a file."""

    file = forms.FileField(
        label=_("外字の表 (CSV)"),
        help_text=_("見出しは「文字コード」「代替文字」「説明」。UTF-8 か CP932。今の表を出して直すと作れます。"),
        error_messages={
            "required": _("外字の表のファイルを選んでください。"),
            "empty": _("ファイルが空です。正しいファイルか確かめてください。"),
        },
        widget=forms.FileInput({"accept": ".csv,.tsv,.txt"}),
    )

    def clean_file(self) -> object:
        uploaded = self.cleaned_data["file"]
        if uploaded.size > LARGEST_TABLE:
            raise forms.ValidationError(_("ファイルが大きすぎます。外字の表か確かめてください。"))
        return uploaded


class FontForm(forms.Form):
    """The municipality's font."""

    file = forms.FileField(
        label=_("外字フォント"),
        help_text=_("TrueType か OpenType。今のフォントと入れ替わります。"),
        error_messages={
            "required": _("フォントのファイルを選んでください。"),
            "empty": _("ファイルが空です。正しいファイルか確かめてください。"),
        },
        widget=forms.FileInput({"accept": ".ttf,.otf,.tte"}),
    )

    def clean_file(self) -> object:
        uploaded = self.cleaned_data["file"]
        if uploaded.size > LARGEST_FONT:
            raise forms.ValidationError(_("ファイルが大きすぎます。外字だけのフォントを選んでください。"))
        return uploaded
