"""Forms of 対応付け."""

from collections.abc import Iterator, Sequence
from typing import cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.intake.mappings import FIELDS
from madoguchi.delivery.intake.picking import REQUIRED, Description, SourceColumn

_MOST_CODES = 200


class HowForm(forms.Form):
    """How the file of a list is written."""

    name = forms.CharField(
        label=_("名称"),
        max_length=60,
        error_messages={"required": _("名称を入力してください。"), "max_length": _("名称が長すぎます。60文字までにしてください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    encoding = forms.ChoiceField(
        label=_("ファイルの形"),
        choices=[("utf-8", _("テキスト (UTF-8)")), ("cp932", _("テキスト (CP932、シフトJIS)")), ("xlsx", _("Excel のブック (XLSX)"))],
        error_messages={"required": _("ファイルの形を選んでください。"), "invalid_choice": _("ファイルの形を選び直してください。")},
    )
    separator = forms.ChoiceField(
        label=_("区切り文字"),
        choices=[("comma", _("コンマ")), ("tab", _("タブ")), ("semicolon", _("セミコロン"))],
        help_text=_("ブックのときは使いません。"),
        error_messages={"required": _("区切り文字を選んでください。"), "invalid_choice": _("区切り文字を選び直してください。")},
    )
    has_header = forms.BooleanField(label=_("一行目は見出し"), required=False, initial=True)
    dates = forms.ChoiceField(
        label=_("日付の形"),
        choices=[("wareki", _("和暦 (昭和55年9月8日、S55.9.8)")), ("slash", _("1980/9/8、1980-09-08")), ("compact", _("19800908"))],
        error_messages={"required": _("日付の形を選んでください。"), "invalid_choice": _("日付の形を選び直してください。")},
    )

    def description(self, columns: Sequence[SourceColumn]) -> Description:
        """Return what the valid form and the columns say together."""
        given = self.cleaned_data
        return Description(given["encoding"], given["separator"], given["has_header"], given["dates"], tuple(columns))


class SampleForm(forms.Form):
    """A list to look at or to try on; it is not kept."""

    file = forms.FileField(
        label=_("見本の一覧"),
        help_text=_("読むだけです。保存しません。"),
        error_messages={"required": _("見本の一覧を選んでください。"), "empty": _("ファイルが空です。別の見本を選んでください。")},
        widget=forms.FileInput({"accept": ".csv,.tsv,.txt,.xlsx"}),
    )


class NewMappingForm(HowForm):
    """A new mapping: its code, how its file is written, and a sample."""

    code = forms.SlugField(
        label=_("対応付けのコード"),
        max_length=20,
        help_text=_("半角の英数字とハイフン。コマンドでもこの名で呼びます。"),
        error_messages={
            "required": _("対応付けのコードを入力してください。"),
            "invalid": _("対応付けのコードは半角の英数字、ハイフン、下線だけです。"),
            "max_length": _("対応付けのコードは20文字までです。"),
        },
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    file = SampleForm.base_fields["file"]

    field_order = ("code", "name", "encoding", "separator", "has_header", "dates", "file")


class ColumnsForm(forms.Form):
    """What each column means, and which of its words stand for ours."""

    def __init__(self, columns: Sequence[SourceColumn], data: QueryDict | None = None) -> None:
        super().__init__(data)
        self._columns = columns
        offered = [
            ("", _("取り込まない")),
            *((field, f"{column.title} (必須)" if field in REQUIRED else column.title) for field, column in FIELDS.items()),
        ]
        for place, one in enumerate(columns):
            self.fields[f"field_{place}"] = forms.ChoiceField(
                label=_("%(title)s の意味") % {"title": one.title or place + 1},
                choices=offered,
                required=False,
                initial=one.field,
                error_messages={"invalid_choice": _("意味を選び直してください。")},
            )
            self.fields[f"codes_{place}"] = forms.CharField(
                label=_("%(title)s の読み替え") % {"title": one.title or place + 1},
                required=False,
                max_length=8000,
                strip=False,
                initial="\n".join(f"{source}={ours}" for source, ours in one.codes),
                error_messages={"max_length": _("読み替えが長すぎます。")},
                widget=forms.Textarea({"rows": 1, "cols": 24}),
            )

    def _clean_codes(self, text: str) -> tuple[tuple[str, str], ...]:
        pairs = [line.partition("=") for line in text.splitlines() if line.strip()]
        if any(not middle for _source, middle, _ours in pairs):
            raise forms.ValidationError(_("読み替えは「一覧の値=当方の値」を一行に一つずつ書いてください。"))
        if len(pairs) > _MOST_CODES or len({source for source, _middle, _ours in pairs}) != len(pairs):
            raise forms.ValidationError(_("読み替えの左側が二度出ているか、多すぎます。"))
        return tuple((source, ours) for source, _middle, ours in pairs)

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        for place in range(len(self._columns)):
            name = f"codes_{place}"
            if name in cleaned:
                try:
                    cleaned[name] = self._clean_codes(cast("str", cleaned[name]))
                except forms.ValidationError as error:
                    self.add_error(name, error)
        return cleaned

    def columns(self) -> list[SourceColumn]:
        """Return the columns as the valid form describes them."""
        given = self.cleaned_data
        return [
            SourceColumn(one.title, given[f"field_{place}"], given[f"codes_{place}"] if given[f"field_{place}"] else ())
            for place, one in enumerate(self._columns)
        ]

    def rows(self) -> Iterator[tuple[int, str, forms.BoundField, forms.BoundField]]:
        """Yield position, title and the two boxes of each column."""
        for place, one in enumerate(self._columns):
            yield place + 1, one.title, self[f"field_{place}"], self[f"codes_{place}"]
