"""Uploading a small list of another system: the file, and under which heading each column stands."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from madoguchi.kernel.headed import Fault, Row, read_headed
from madoguchi.kernel.tables import TableError

LARGEST = 30_000_000


@dataclass(frozen=True, slots=True)
class Column:
    """One column that a list may have: the field, the heading that it mostly has, and whether the list needs it."""

    field: str
    heading: str
    is_needed: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one line; the value itself is never repeated."""

    line: int
    column: str
    message: str


class ListFileForm(forms.Form):
    """A list and its headings. Subclasses name their columns; `read` gives its rows."""

    columns: Sequence[Column] = ()
    file = forms.FileField(
        label=_("一覧のファイル"),
        help_text=_("CSV またはタブ区切りのテキスト。UTF-8 か CP932 (シフトJIS)"),
        error_messages={
            "required": _("ファイルを選んでください。"),
            "empty": _("ファイルが空です。空の一覧では何も変わりません。正しいファイルか確かめてください。"),
        },
        widget=forms.FileInput({"accept": ".csv,.tsv,.txt"}),
    )

    def __init__(self, *arguments: object, headings: Mapping[str, str] | None = None, **words: object) -> None:
        super().__init__(*arguments, **words)  # type: ignore[arg-type]  # passed on as they are
        for column in self.columns:
            self.fields[f"heading_{column.field}"] = forms.CharField(
                label=_now("「%(column)s」の見出し") % {"column": column.heading},
                required=column.is_needed,
                max_length=60,
                initial=(headings or {}).get(column.field, column.heading),
                widget=forms.TextInput({"class": "width-16", "autocomplete": "off"}),
                error_messages={"required": _now("「%(column)s」の列の見出しを入力してください。") % {"column": column.heading}},
            )

    def headings(self) -> dict[str, str]:
        """Return the headings as they were entered, by field."""
        return {column.field: self.cleaned_data[f"heading_{column.field}"].strip() for column in self.columns}

    def title_of(self, field: str) -> str:
        """Return the heading of a field as the person knows it."""
        return self.headings().get(field) or next(column.heading for column in self.columns if column.field == field)

    def read(self) -> tuple[str, list[Row | Fault]] | None:
        """Return the bytes' SHA-256 and the rows of the list; None when the file is refused and the form says why."""
        uploaded = self.cleaned_data["file"]
        if uploaded.size > LARGEST:
            self.add_error("file", _("ファイルが大きすぎます。正しいファイルか確かめてください。"))
            return None
        data = uploaded.read()
        try:
            rows = list(read_headed(data, self.headings()))
        except TableError as error:
            self.add_error("file", _refusal(error))
            return None
        if not rows:
            self.add_error("file", _("行が1件もありません。空の一覧では何も変わりません。正しいファイルか確かめてください。"))
            return None
        return hashlib.sha256(data).hexdigest(), rows


def _refusal(error: TableError) -> str:
    if error.code == "header" and error.expected:
        return _now("見出し「%(heading)s」が、無いか、二つ以上あります。見出しの欄をファイルに合わせてください。") % {
            "heading": error.expected
        }
    if error.code in {"xlsx", "xls", "zip", "pdf", "gzip", "kfx", "utf16"}:
        return _now("テキストの一覧ではありません。元のシステムから CSV で出し直してください。")
    return _now("一覧として読めません。文字コードと区切りを確かめ、元のシステムから出し直してください。")
