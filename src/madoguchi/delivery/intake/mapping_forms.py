"""Forms of 対応付け."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.intake.mappings import FIELDS
from madoguchi.delivery.intake.picking import LONGEST_RECORD, MOST_COLUMNS, REQUIRED, UNITS, Description, SourceColumn

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
        label=_("列の区切り方"),
        choices=[
            ("comma", _("コンマ")),
            ("tab", _("タブ")),
            ("semicolon", _("セミコロン")),
            ("bar", _("縦線 ( | )")),
            ("bytes", _("固定長 (位置をバイトで数える)")),
            ("characters", _("固定長 (位置を文字で数える)")),
        ],
        help_text=_("ブックのときは使いません。"),
        error_messages={"required": _("列の区切り方を選んでください。"), "invalid_choice": _("列の区切り方を選び直してください。")},
    )
    has_header = forms.BooleanField(
        label=_("一行目は見出し"), required=False, initial=True, help_text=_("固定長のときは、一行目を読みとばします。")
    )
    dates = forms.ChoiceField(
        label=_("日付の形"),
        choices=[
            ("wareki", _("和暦 (昭和55年9月8日、S55.9.8)")),
            ("slash", _("1980/9/8、1980-09-08")),
            ("compact", _("19800908")),
            ("coded", _("3550908 (1明治、2大正、3昭和、4平成、5令和)")),
        ],
        error_messages={"required": _("日付の形を選んでください。"), "invalid_choice": _("日付の形を選び直してください。")},
    )

    positions = forms.CharField(
        label=_("列の位置 (固定長のとき)"),
        required=False,
        max_length=8000,
        help_text=_(
            "一行に一列、「名前,始まり,長さ」。始まりは1から数えます。「名前,長さ」とすると、前の列のすぐ後ろです。例: 申請書ID,1,23"
        ),
        error_messages={"max_length": _("列の位置が長すぎます。")},
        widget=forms.Textarea({"rows": 6, "cols": 40, "spellcheck": "false"}),
    )
    ends_trimmed = forms.BooleanField(
        label=_("行末の空白が省かれている (固定長のとき)"),
        required=False,
        help_text=_("選ぶと、短い行も読みます。途中で切れた行を見分けにくくなります。"),
    )

    def clean(self) -> dict[str, object]:
        given = super().clean() or {}
        if given.get("separator") in UNITS and "positions" in given:
            if given.get("encoding") == "xlsx":
                self.add_error("encoding", _("固定長の一覧はテキストです。文字コードを選んでください。"))
            try:
                given["places"] = _places(cast("str", given["positions"]))
            except forms.ValidationError as error:
                self.add_error("positions", error)
        return given

    def placed(self) -> list[SourceColumn]:
        """Return the columns of a list of fixed width as their places were written; none for a list with separators."""
        return [SourceColumn(title, start=start, width=width) for title, start, width in self.cleaned_data.get("places", ())]

    def description(self, columns: Sequence[SourceColumn]) -> Description:
        """Return what the valid form and the columns say together; places are those of the form, meanings those of the columns."""
        given = self.cleaned_data
        if given["separator"] in UNITS:
            meant = {one.title: one for one in columns}
            columns = [replace(meant.get(one.title, one), start=one.start, width=one.width) for one in self.placed()]
        return Description(
            given["encoding"], given["separator"], given["has_header"], given["dates"], tuple(columns), given["ends_trimmed"]
        )


def _places(text: str) -> list[tuple[str, int, int]]:
    """Read `title,start,width` or `title,width` line by line; raises ValidationError that names the line."""
    found: list[tuple[str, int, int]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        parts = [part.strip() for part in line.replace("\t", ",").replace("，", ",").split(",")]
        figures = [int(part) for part in parts[1:] if part.isascii() and part.isdigit() and len(part) <= 5]
        if not parts[0] or len(parts) not in {2, 3} or len(figures) != len(parts) - 1:
            raise forms.ValidationError(_("%(line)s 行目は「名前,始まり,長さ」の形ではありません。"), params={"line": number})
        start = figures[0] if len(figures) == 2 else (found[-1][1] + found[-1][2] if found else 1)
        if start < 1 or not figures[-1] or start + figures[-1] - 1 > LONGEST_RECORD:
            raise forms.ValidationError(_("%(line)s 行目の始まりか長さが正しくありません。"), params={"line": number})
        if parts[0][:60] in {title for title, _start, _width in found}:
            raise forms.ValidationError(_("%(line)s 行目の名前は前にもあります。別の名前にしてください。"), params={"line": number})
        found.append((parts[0][:60], start, figures[-1]))
    if not found:
        raise forms.ValidationError(_("固定長の一覧では、列の位置を入力してください。"))
    if len(found) > MOST_COLUMNS:
        raise forms.ValidationError(_("列が多すぎます。%(most)s 列までです。"), params={"most": MOST_COLUMNS})
    return found


def positions_of(description: Description) -> str:
    """Write the places of a list of fixed width as the form takes them."""
    return "\n".join(f"{one.title},{one.start},{one.width}" for one in description.columns) if description.unit else ""


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

    field_order = ("code", "name", "encoding", "separator", "has_header", "dates", "positions", "ends_trimmed", "file")


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
            replace(one, field=given[f"field_{place}"], codes=given[f"codes_{place}"] if given[f"field_{place}"] else ())
            for place, one in enumerate(self._columns)
        ]

    def rows(self) -> Iterator[tuple[str, str, forms.BoundField, forms.BoundField]]:
        """Yield position (in a list of fixed width from where to where), title and the two boxes of each column."""
        for place, one in enumerate(self._columns):
            where = f"{one.start}–{one.start + one.width - 1}" if one.width else str(place + 1)
            yield where, one.title, self[f"field_{place}"], self[f"codes_{place}"]
