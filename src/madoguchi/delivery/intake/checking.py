"""Checking card lists record by record: every column by its own rule, every faulty record reported once, in words a clerk understands.

A fault never carries the value: it says line, column, what is wrong and what to do. An error refuses the record, a warning lets it in and
asks somebody to look. Rules: DL-01, DL-17, SF-05; 外字 and unknown birth days are facts of the 住民記録, not errors.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from madoguchi.delivery.cards.rules import terminal_state
from madoguchi.delivery.intake.mappings import Column, Layout
from madoguchi.kernel import names, wareki
from madoguchi.kernel.municipalities import Municipality
from madoguchi.kernel.numbers import (
    NumberError,
    application_id,
    dispatch_number,
    display_application_id,
    find_individual_numbers,
    normalise_digits,
    serial_number,
)
from madoguchi.kernel.tables import Record, TableFault, raw_cells
from madoguchi.platform.language import Sentence

# code: what is wrong and what to do, as the clerk reads it behind 「○行目 △△:」.
SENTENCES: dict[str, str] = {
    "bytes": "この文字コードにない文字があります。元のシステムで文字を確かめてください。",
    "nul": "読めない制御文字 (NUL) があります。元のシステムから出し直してください。",
    "header-again": "見出しの行がくり返されています。カードの行ではないので、除いて取り込めます。",
    "quote": "引用符が閉じていません。途中で切れたか、書き換えられた可能性があります。元のシステムから出し直してください。",
    "columns": "列の数が違います。区切り文字が余分にあるか、足りません。",
    "width": "行の長さが対応付けと違います。途中で切れたか、別の一覧の行です。",
    "long": "文字数が多すぎます。",
    "control-character": "目に見えない制御文字が入っています。元のデータを直してください。",
    "lost-character": "文字化けした文字 (�) があります。元のシステムから出し直してください。",
    "application-id-missing": "申請書IDがありません。",
    "application-id-length": "申請書IDは23桁です。桁数が違います。",
    "application-id-digits": "申請書IDに数字でない文字があります。",
    "application-id-twice": "同じ申請書IDが{twin}にもあります。どちらが正しいか確かめてください。",
    "application-id-differs": "見た目用の申請書IDが内部キー用と違います。",
    "serial-missing": "製造管理番号がありません。",
    "serial-form": "製造管理番号の形ではありません (英数字3桁と数字6桁)。",
    "serial-twice": "同じ製造管理番号が{twin}にもあります。どちらが正しいか確かめてください。",
    "serial-of-another-card": "この製造管理番号は、別の申請書IDのカードとして登録済みです。",
    "serial-changed": "この申請書IDは、別の製造管理番号で登録済みです。",
    "dispatch-no-form": "発送番号の形ではありません (20桁までの数字)。",
    "dispatch-no-missing": "発送番号がありません。",
    "name-missing": "氏名がありません。",
    "address-missing": "住所がありません。",
    "individual-number": "個人番号 (12桁) とみられる数字があります。取り込めません。元のデータから取り除いてください。",
    "formula": "表計算ソフトの式とみられる文字 (= + - @) で始まっています。正しい値か確かめてください。",
    "own-character": "外字があります。字形は元の市区町村の外字表でしか分かりません。印刷の前に確かめてください。",
    "elsewhere": "住所が他の市区町村です。正しい一覧か確かめてください。",
    "birth-missing": "生年月日がありません。",
    "birth-form": "生年月日として読めません。",
    "birth-impossible": "暦にない生年月日です。",
    "birth-future": "生年月日が未来の日付です。",
    "birth-unknown": "生年月日に不詳の部分があります。予約は職員が受け付けます。",
    "date-form": "日付として読めません。",
    "date-impossible": "暦にない日付です。",
    "date-future": "未来の日付です。",
    "applied-before-birth": "申請受付日が生年月日より前です。どちらが正しいか確かめてください。",
    "expires-before-application": "カードの有効期限が申請受付日より前です。どちらが正しいか確かめてください。",
    "expired": "カードの有効期限が過ぎています。渡せないカードではないか確かめてください。",
    "sex-unknown": "性別の値が決まったものではありません。",
    "postcode-form": "郵便番号は7桁の数字です。",
    "certificates-unknown": "電子証明書の値が決まったものではありません。",
}
WARNINGS = frozenset({"formula", "own-character", "elsewhere", "birth-unknown", "dispatch-no-missing", "expired"})

_LIMITS = {
    "application_id_shown": 40,
    "name": 300,
    "kana": 300,
    "former_name": 300,
    "alias": 300,
    "address": 500,
    "house": 500,
    "card_status": 40,
    "braille": 20,
    "auth_serial": 40,
    "application_way": 40,
    "issue_kind": 40,
    "registration_reason": 40,
    "fee_kind": 20,
    "listed_place": 100,
    "listed_storage": 100,
    "memo": 4000,
}
_PERSONAL = ("name", "kana", "former_name", "alias", "address", "house", "memo")
_FREE = (*_PERSONAL, "auth_serial")
_FORMULA_STARTS = frozenset("=+-@＝＋－＠")
_CERTIFICATES = {
    "署名用・利用者証明用": "both",
    "利用者証明用・署名用": "both",
    "利用者証明用": "auth",
    "署名用": "sign",
    "なし": "none",
    "無": "none",
    "11": "both",
    "10": "auth",
    "01": "sign",
    "00": "none",
}
_SEXES = {"男": "m", "女": "f", "1": "m", "2": "f", "１": "m", "２": "f"}
NULL = "\\N"


class Problem(NamedTuple):
    """One record's report: its first line, the title of the column, the code.

    `more` is how many other columns of the record are faulty as well, `earlier` the line of the twin.
    """

    line: int
    column: str
    code: str
    more: int = 0
    earlier: int = 0

    @property
    def is_error(self) -> bool:
        return self.code not in WARNINGS

    @property
    def message(self) -> str:
        twin = Sentence("{line}行目", line=self.earlier) if self.earlier else Sentence("前の行")
        more = Sentence(" (この行にはほかにも{more}件あります)", more=self.more) if self.more else ""
        sentence = Sentence(SENTENCES[self.code], twin=twin)
        return Sentence("{line}行目 {column}: {sentence}{more}", line=self.line, column=self.column, sentence=sentence, more=more)

    def as_json(self) -> dict[str, object]:
        return {"line": self.line, "column": self.column, "code": self.code, "message": self.message}


class ColumnFault(Exception):
    """A cell that its column refuses, or with a warning takes as `value`."""

    def __init__(self, code: str, value: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.value = value


@dataclass
class Tally:
    """What was found in a file."""

    rows: int = 0
    accepted: int = 0
    elsewhere: int = 0
    last_line: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        return self.rows - self.accepted

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.is_error]

    @property
    def warnings(self) -> list[Problem]:
        return [problem for problem in self.problems if not problem.is_error]


_REMEMBERED_AT_MOST = 1 << 15
Read = Callable[[str], str]


class _Remembered(dict[str, str]):
    """Readings of cells with few different values; a cell that is refused is not remembered."""

    def __init__(self, read: Read) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, cell: str) -> str:
        value = self._read(cell)
        if len(self) < _REMEMBERED_AT_MOST:
            self[cell] = value
        return value


class Checker:
    """Checks the records of one file in one layout and writes the accepted ones as lines for COPY into the staging table.

    A sound record passes a few quick tests; only one that fails any of them is examined column by column. Numbers that stand twice in
    the file, or belong to another card of the register, are found by the database behind this (madoguchi.delivery.intake.staging).
    """

    def __init__(
        self, layout: Layout, municipality: Municipality, today: dt.date, batch_pk: int, *, fold: Callable[[str], str] = str
    ) -> None:
        self.tally = Tally()
        self._fold = fold  # what a text is found by: own characters by their substitutes
        self._layout = layout
        self._municipality = municipality
        self._own_address = municipality.prefecture + municipality.name
        self._today, self._today_iso = (today.year, today.month, today.day), today.isoformat()
        self._titles = [column.title for column in layout.columns]
        self._place = {column.field: number for number, column in enumerate(layout.columns)}
        self._free = [(self._place[name], _LIMITS[name]) for name in _FREE if name in self._place]
        self._personal = [self._place[name] for name in _PERSONAL if name in self._place]
        self._shown = self._place.get("application_id_shown")
        self._kana = self._place.get("kana")
        self._applied, self._expires = self._place.get("applied_on"), self._place.get("expires")
        self._status = self._place.get("card_status")
        self._reads: list[Read] = [self._reader_of(column) for column in layout.columns]
        self._terminal = _Remembered(lambda word: terminal_state(word).value)
        own = ["batch_id", "line", "raw_encoding", "terminal", "name_raw", "address_raw", "name_key", "kana_key", "address_key"]
        self.copy_columns = (*own, *(["application_id_shown"] if self._shown is None else []), *self._place)
        self._batch = str(batch_pk)
        self.refused_numbers: dict[str, dict[str, int]] = {"application_id": {}, "serial": {}}

    def lines(self, records: Iterable[Record | TableFault]) -> Iterator[str]:
        """Yield one line for COPY (columns `copy_columns`) per accepted record; everything else goes to `tally`."""
        tally, check = self.tally, self._check
        record: Record | TableFault | None = None
        for record in records:
            tally.rows += 1
            if isinstance(record, TableFault):
                self._report_fault(record)
                continue
            line = check(record)
            if line is not None:
                tally.accepted += 1
                yield line
        tally.last_line = record.line if record is not None else 0

    def title_of(self, field_name: str) -> str:
        """Return what the list calls a listed column."""
        return self._titles[self._place[field_name]]

    def _report_fault(self, fault: TableFault) -> None:
        place = (fault.column or 1) - 1
        title = self._titles[place] if place < len(self._titles) else Sentence("末尾の余分な列")
        self.tally.problems.append(Problem(fault.line, title, fault.code))

    def _check(self, record: Record) -> str | None:
        """Check one record; return its line for COPY, or None when it is refused."""
        cells = record.cells
        try:
            values = [read(cell) for read, cell in zip(self._reads, cells, strict=True)]
        except ColumnFault:
            return self._examine(record)
        if self._doubts_about_dates(values):
            return self._examine(record)
        together = " ".join(cells).replace("\u3000", " ")
        if not together.isprintable() or "\\" in together or "\ufffd" in together or self._is_doubtful(cells):
            return self._examine(record)
        return self._line(record, values)

    def _is_doubtful(self, cells: list[str]) -> bool:
        """Tell whether name, address or the shown id may need a report: never False for a record with something to report."""
        for number, limit in self._free:
            cell = cells[number]
            if len(cell) > limit or cell[:1] in _FORMULA_STARTS:
                return True
        place = self._place
        if not cells[place["name"]].strip() or not cells[place["address"]].startswith(self._own_address):
            return True
        if self._shown is not None and cells[self._shown].replace("-", "") != cells[place["application_id"]]:
            return True
        return bool(find_individual_numbers("\0".join([cells[number] for number in self._personal])))

    def _examine(self, record: Record) -> str | None:
        """Find everything that is wrong with a record, report the first error or else the first warning, and judge it."""
        cells, values, found = record.cells, [], []
        if [cell.strip() for cell in cells] == self._titles:
            self._report(record.line, [(0, "header-again")])
            return None
        for number, (read, cell) in enumerate(zip(self._reads, cells, strict=True)):
            try:
                values.append(read(cell))
            except ColumnFault as fault:
                found.append((number, fault.code))
                values.append(fault.value)
        found += self._odd_characters(cells)
        for number, limit in self._free:
            found += [(number, code) for code in _doubts(cells[number], limit)]
        found += [(number, "individual-number") for number in self._personal if find_individual_numbers(cells[number])]
        found += self._doubts_about_address(cells[self._place["address"]])
        found += self._doubts_about_dates(values)
        if not cells[self._place["name"]].strip():
            found.append((self._place["name"], "name-missing"))
        if self._shown is not None:
            shown, own = normalise_digits(cells[self._shown]), values[self._place["application_id"]]
            if shown and own and shown != own:
                found.append((self._shown, "application-id-differs"))
        if found and self._report(record.line, found).is_error:
            self._remember_numbers(record.line, values, {number for number, _code in found})
            return None
        return self._line(record, [value if value == NULL else escape(value) for value in values])

    def _remember_numbers(self, line: int, values: list[str], faulty: set[int]) -> None:
        """Keep the sound numbers of a refused record: the same number in a later record is a twin all the same."""
        for name, seen in self.refused_numbers.items():
            if self._place[name] not in faulty:
                seen.setdefault(values[self._place[name]], line)

    def _doubts_about_address(self, address: str) -> list[tuple[int, str]]:
        if not address.strip():
            return [(self._place["address"], "address-missing")]
        if self._municipality.is_elsewhere(address):
            self.tally.elsewhere += 1
            return [(self._place["address"], "elsewhere")]
        return []

    def _doubts_about_dates(self, values: list[str]) -> list[tuple[int, str]]:
        """Compare the days of a card with one another; a day that is missing or unread compares with nothing."""
        applied, expires = (values[place] if place is not None else "" for place in (self._applied, self._expires))
        if self._applied is not None and applied[:1].isdigit() and applied < values[self._place["born"]]:
            return [(self._applied, "applied-before-birth")]
        if self._expires is None or not expires[:1].isdigit():
            return []
        if applied[:1].isdigit() and expires <= applied:
            return [(self._expires, "expires-before-application")]
        return [(self._expires, "expired")] if expires < self._today_iso else []

    def _odd_characters(self, cells: list[str]) -> list[tuple[int, str]]:
        found, memo = [], self._place.get("memo")
        for number, cell in enumerate(cells):
            if names.has_control_characters(cell.replace("\r", "").replace("\n", "") if number == memo else cell):
                found.append((number, "control-character"))
            elif "\ufffd" in cell:
                found.append((number, "lost-character"))
            elif names.has_gaiji(cell):
                found.append((number, "own-character"))
        return found

    def _report(self, line: int, found: list[tuple[int, str]]) -> Problem:
        """Add one problem for the record: its first error, else its first warning."""
        first: dict[int, str] = {}
        for number, code in sorted(found, key=lambda item: (item[1] in WARNINGS, item[0])):
            first.setdefault(number, code)
        number, code = next(iter(first.items()))
        problem = Problem(line, self._titles[number], code, len(first) - 1)
        self.tally.problems.append(problem)
        return problem

    def _line(self, record: Record, values: list[str]) -> str:
        cells, place = record.cells, self._place
        name, address = cells[place["name"]], cells[place["address"]]
        head = [
            self._batch,
            str(record.line),
            self._layout.encoding,
            self._terminal[cells[self._status] if self._status is not None else ""],
            f"\\\\x{self._raw(record, 'name', name).hex()}",
            f"\\\\x{self._raw(record, 'address', address).hex()}",
            escape(names.search_key(self._fold(name))),
            escape(names.kana_key(cells[self._kana])) if self._kana is not None else "",
            escape(names.search_key(self._fold(address))),
        ]
        if self._shown is None:
            head.append(display_application_id(values[place["application_id"]]))
        return "\t".join(head + values)

    def _raw(self, record: Record, name: str, cell: str) -> bytes:
        """Return the bytes of a cell as they stand in the file: CP932 has several codes for some characters."""
        if self._layout.encoding == "utf-8":
            return cell.encode()
        try:
            raw = cell.encode(self._layout.encoding)
        except UnicodeEncodeError:
            raw = b""
        if raw and raw in record.raw:
            return raw
        return raw_cells(record.raw, self._layout.separator, quoting=self._layout.quoting)[self._place[name]]

    def _reader_of(self, column: Column) -> Read:
        """Return how the cells of `column` are read: to a value for COPY, or a ColumnFault."""
        limit = _LIMITS.get(column.field, 0)
        unique: dict[str, Read] = {
            "application_id": _read_application_id,
            "serial": _read_serial,
            "dispatch_no": _read_dispatch_no,
            "shown_id": str,
            "name": str,
            "kana": str,
            "text": str,
            "address": str,
        }
        if column.reader in unique:
            return unique[column.reader]
        few: dict[str, Read] = {
            "born": self._read_born,
            "date": lambda cell: self._read_date(cell, past=False),
            "past_date": lambda cell: self._read_date(cell, past=True),
            "sex": _read_sex,
            "postcode": _read_postcode,
            "certificates": _read_certificates,
            "word": lambda cell: _read_word(cell, limit),
        }
        return _Remembered(few[column.reader]).__getitem__

    def _read_born(self, cell: str) -> str:
        try:
            born = wareki.parse(cell, form=self._layout.dates)
        except wareki.DateError as error:
            if error.code == "unknown":
                raise ColumnFault("birth-unknown", "0000-00-00") from None
            raise ColumnFault(_BIRTH_CODES[error.code]) from None
        if (born.year, born.month or 1, born.day or 1) > self._today:
            raise ColumnFault("birth-future")
        if not born.is_complete:
            raise ColumnFault("birth-unknown", born.iso())
        return born.iso()

    def _read_date(self, cell: str, *, past: bool) -> str:
        if not cell.strip():
            return NULL
        try:
            date = wareki.parse(cell, form=self._layout.dates)
        except wareki.DateError as error:
            raise ColumnFault("date-form" if error.code == "form" else "date-impossible") from None
        if not date.is_complete:
            raise ColumnFault("date-impossible")
        if past and (date.year, date.month or 1, date.day or 1) > self._today:
            raise ColumnFault("date-future")
        return date.iso()


_BIRTH_CODES = {"missing": "birth-missing", "form": "birth-form", "impossible": "birth-impossible", "era": "birth-impossible"}


def escape(text: str) -> str:
    """Escape a text for PostgreSQL's COPY."""
    if "\\" in text or "\n" in text or "\r" in text:
        return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return text


def _doubts(cell: str, limit: int) -> Iterator[str]:
    """Yield what is wrong with the form of a text."""
    if len(cell) > limit:
        yield "long"
    if cell[:1] in _FORMULA_STARTS:
        yield "formula"


def _read_application_id(cell: str) -> str:
    try:
        return application_id(cell)
    except NumberError as error:
        raise ColumnFault(f"application-id-{error.code}") from None


def _read_serial(cell: str) -> str:
    try:
        return serial_number(cell)
    except NumberError as error:
        raise ColumnFault(f"serial-{error.code}") from None


def _read_dispatch_no(cell: str) -> str:
    try:
        return dispatch_number(cell)
    except NumberError as error:
        if error.code == "missing":
            raise ColumnFault("dispatch-no-missing") from None
        raise ColumnFault("dispatch-no-form") from None


def _read_sex(cell: str) -> str:
    try:
        return _SEXES[cell.strip()]
    except KeyError:
        raise ColumnFault("sex-unknown") from None


def _read_postcode(cell: str) -> str:
    digits = normalise_digits(cell)
    if digits and not (len(digits) == 7 and digits.isascii() and digits.isdigit()):
        raise ColumnFault("postcode-form")
    return digits


def _read_certificates(cell: str) -> str:
    try:
        return _CERTIFICATES[cell.strip()]
    except KeyError:
        raise ColumnFault("certificates-unknown") from None


def _read_word(cell: str, limit: int) -> str:
    if len(cell) > limit:
        raise ColumnFault("long")
    if find_individual_numbers(cell):
        raise ColumnFault("individual-number")
    return cell
