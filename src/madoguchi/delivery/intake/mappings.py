"""The layouts of card lists: which column means what, in which encoding and date form.

No layout of カード発行一覧 is published. The three here are assumptions that the product ships with; others are described by staff
(madoguchi.delivery.intake.picking). Each has a version, and a batch keeps which one it was read by (DL-01).
"""

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from typing import Literal

from madoguchi.kernel.fixed_width import Span, Unit
from madoguchi.kernel.tables import column_letter

Dates = Literal["wareki", "slash", "compact", "coded"]
Reader = Literal[
    "application_id",
    "shown_id",
    "serial",
    "dispatch_no",
    "name",
    "kana",
    "text",
    "address",
    "born",
    "date",
    "past_date",
    "sex",
    "postcode",
    "certificates",
    "word",
]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list: its title (also what error messages call it), the listed column it fills, how it is read."""

    title: str
    field: str
    reader: Reader


@dataclass(frozen=True, slots=True)
class Fixed:
    """A list without separators: the unit of its places, where the taken columns stand, how long a line is."""

    unit: Unit
    spans: tuple[Span, ...]
    width: int
    ends_trimmed: bool


@dataclass(frozen=True, slots=True)
class Source:
    """Where the columns of a described list stand in its file: see madoguchi.delivery.intake.picking."""

    separator: str
    header: tuple[str, ...] | None
    width: int
    picks: tuple[int, ...]
    codes: tuple[MappingOf[str, str], ...]
    is_workbook: bool
    fixed: Fixed | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """One saved mapping with its version."""

    code: str
    name: str
    version: int
    encoding: Literal["utf-8", "cp932"]
    separator: str
    has_header: bool
    quoting: bool
    dates: Dates
    columns: tuple[Column, ...]
    source: Source | None = None

    @property
    def header(self) -> list[str] | None:
        return [column.title for column in self.columns] if self.has_header else None

    @property
    def fields(self) -> frozenset[str]:
        """The listed columns that this layout fills; the others of a known card stay as they are."""
        return frozenset(column.field for column in self.columns)

    def letter_of(self, title: str) -> str:
        """Return under which letter a spreadsheet shows the column of this title; empty for a list that no spreadsheet opens in columns."""
        place = next((number for number, column in enumerate(self.columns) if column.title == title), None)
        if place is None or (self.source is not None and self.source.fixed is not None):
            return ""
        return column_letter(self.source.picks[place] if self.source is not None else place)


# Columns that lists of several systems have under the same title.
_APPLICATION_ID = Column("申請書ID", "application_id", "application_id")
_SERIAL = Column("製造管理番号", "serial", "serial")
_DISPATCH_NO = Column("発送番号", "dispatch_no", "dispatch_no")
_NAME = Column("氏名", "name", "name")
_KANA = Column("氏名カナ", "kana", "kana")
_BORN = Column("生年月日", "born", "born")
_SEX = Column("性別", "sex", "sex")
_POSTCODE = Column("郵便番号", "postcode", "postcode")
_ADDRESS = Column("住所", "address", "address")
_HOUSE = Column("方書", "house", "text")
_CERTIFICATES = Column("電子証明書情報", "certificates", "certificates")

FUJISAWA = Layout(
    code="fujisawa",
    name="見出しあり・和暦 (CP932)",
    version=1,
    encoding="cp932",
    separator=",",
    has_header=True,
    quoting=True,
    dates="wareki",
    columns=(_APPLICATION_ID, _SERIAL, _DISPATCH_NO, _NAME, _BORN, _SEX, _ADDRESS, _CERTIFICATES),
)

KOBE = Layout(
    code="kobe",
    name="見出しあり・28項目 (UTF-8)",
    version=1,
    encoding="utf-8",
    separator=",",
    has_header=True,
    quoting=True,
    dates="slash",
    columns=(
        Column("申請書ID(内部キー用)", "application_id", "application_id"),
        Column("申請書ID(見た目用)", "application_id_shown", "shown_id"),
        *(_SERIAL, _DISPATCH_NO, _NAME, _KANA),
        Column("旧氏", "former_name", "text"),
        Column("通称", "alias", "text"),
        *(_BORN, _SEX, _POSTCODE, _ADDRESS, _HOUSE),
        Column("カードステータス", "card_status", "word"),
        Column("点字有無", "braille", "word"),
        Column("証明書有無情報", "certificates", "certificates"),
        Column("カード有効期限", "expires", "date"),
        Column("利用者証明用電子証明書有効期限", "auth_expires", "date"),
        Column("署名用電子証明書有効期限", "sign_expires", "date"),
        Column("利用者証明用電子証明書シリアル", "auth_serial", "text"),
        Column("申請受付方式", "application_way", "word"),
        Column("申請受付日", "applied_on", "past_date"),
        Column("交付種別", "issue_kind", "word"),
        Column("登録事由", "registration_reason", "word"),
        Column("有料・無料", "fee_kind", "word"),
        Column("カード交付場所", "listed_place", "word"),
        Column("カード保管場所", "listed_storage", "word"),
        Column("メモ", "memo", "text"),
    ),
)

FIXED = Layout(
    code="fixed",
    name="見出しなし・位置による (CP932、タブ区切り)",
    version=1,
    encoding="cp932",
    separator="\t",
    has_header=False,
    quoting=False,
    dates="compact",
    columns=(_APPLICATION_ID, _SERIAL, _DISPATCH_NO, _NAME, _KANA, _BORN, _SEX, _POSTCODE, _ADDRESS, _HOUSE, _CERTIFICATES),
)

LAYOUTS: MappingOf[str, Layout] = {layout.code: layout for layout in (FUJISAWA, KOBE, FIXED)}

FIELDS: MappingOf[str, Column] = {
    **{column.field: column for column in KOBE.columns},
    "application_id": _APPLICATION_ID,
    "certificates": _CERTIFICATES,
}
"""Every column that a list can fill: its name for people and how its cells are read."""
