"""Tables as files: every record or its fault, to the byte; nothing lost, nothing guessed."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from madoguchi.kernel import tables
from madoguchi.kernel.tables import Record, TableError, TableFault, open_table, write_csv, write_xlsx

HEADER = ["番号", "氏名", "住所"]
ENCODINGS = st.sampled_from(["utf-8", "cp932"])
CP932_TEXT = st.text(alphabet="abc,\"'\t 佐藤髙﨑ｶﾅ\ue000\ue757①～ー表ソ", max_size=8)
ANY_CELL = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0\r\n\ufeff", exclude_categories=["Cs"]), max_size=8)


def read(
    data: bytes, encoding: tables.Encoding = "utf-8", separator: str = ",", columns: int = 3, **options: object
) -> list[Record | TableFault]:
    header = options.pop("header", None)
    return list(open_table(data, encoding=encoding, separator=separator, header=header, columns=columns, **options))  # type: ignore[arg-type]  # options differ per test


def refusal(data: bytes | Path, encoding: tables.Encoding = "utf-8", header: list[str] | None = None, columns: int = 3) -> TableError:
    with pytest.raises(TableError) as refused:
        list(open_table(data, encoding=encoding, separator=",", header=header, columns=columns))
    return refused.value


def test_records_come_with_line_cells_and_bytes() -> None:
    data = '番号,氏名,住所\r\n1,佐藤,"朝日町\r\nコーポ"\r\n2,"O""Brien",\r\n'.encode("cp932")
    assert read(data, "cp932", header=HEADER) == [
        Record(2, ["1", "佐藤", "朝日町\r\nコーポ"], '1,佐藤,"朝日町\r\nコーポ"'.encode("cp932")),
        Record(4, ["2", 'O"Brien', ""], b'2,"O""Brien",'),
    ]


def test_the_bytes_of_a_cell_are_those_of_the_file() -> None:
    data = b'1,"\x81\xca \xee\xef""\r\nx",\xfa\x54\x95\x5c\r\n'  # characters with two codes each, and one that ends in a backslash
    (record,) = read(data, "cp932")
    assert isinstance(record, Record)
    cells = tables.raw_cells(record.raw, ",")
    assert cells == [b"1", b'\x81\xca \xee\xef"\r\nx', b"\xfa\x54\x95\x5c"]
    assert [cell.decode("cp932") for cell in cells] == record.cells
    assert [cell.encode("cp932") for cell in record.cells] != cells
    assert tables.raw_cells(b'"a\tb', "\t", quoting=False) == [b'"a', b"b"]
    with pytest.raises(ValueError, match="separator"):
        tables.raw_cells(b"a:b", ":")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_every_line_end_is_one(end: str, last: bool) -> None:
    data = end.join(["1,a,b", "", "2,c,d"]) + (end if last else "")
    assert read(data.encode()) == [Record(1, ["1", "a", "b"], b"1,a,b"), Record(3, ["2", "c", "d"], b"2,c,d")]


def test_mixed_line_ends_and_the_end_mark_of_old_systems() -> None:
    found = read(b"1,a,b\r2,a,b\n3,a,b\r\n\x1a")
    assert [record.line for record in found] == [1, 2, 3]


def test_a_quotation_mark_inside_a_cell_is_data() -> None:
    assert read(b'1,O"Brien,x"\n') == [Record(1, ["1", 'O"Brien', 'x"'], b'1,O"Brien,x"')]
    assert read(b'1\t"a\tb"\n', separator="\t", quoting=False) == [Record(1, ["1", '"a', 'b"'], b'1\t"a\tb"')]


def test_own_characters_of_a_municipality_are_kept() -> None:
    data = b"\xf0\x40\x93\x63,\xf9\xfc,x\r\n"
    (record,) = read(data, "cp932")
    assert isinstance(record, Record)
    assert record.cells == ["\ue000田", "\ue757", "x"]
    assert record.raw == data[:-2]


@given(
    st.lists(st.lists(CP932_TEXT, min_size=3, max_size=3), min_size=1, max_size=5),
    ENCODINGS,
    st.sampled_from([",", "\t"]),
    st.sampled_from([64, 1 << 20]),
)
def test_what_was_written_is_read_back(rows: list[list[str]], encoding: str, separator: str, block: int) -> None:
    data = b"".join(write_csv(rows, encoding=encoding, bom=False, guard=False, separator=separator))  # type: ignore[arg-type]  # both are literals
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "BLOCK_SIZE", block)
        found = list(open_table(data, encoding=encoding, separator=separator, header=None, columns=3))  # type: ignore[arg-type]  # as above
    assert [record.cells for record in found if isinstance(record, Record)] == rows
    assert b"\r\n".join(record.raw for record in found if isinstance(record, Record)) + b"\r\n" == data


@given(
    st.lists(st.lists(ANY_CELL, min_size=3, max_size=3), min_size=1, max_size=4),
    st.sampled_from([1, 7, 1 << 20]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_the_size_of_blocks_does_not_matter(rows: list[list[str]], block: int, end: str) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([[cell + "\n" for cell in row] for row in rows])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "BLOCK_SIZE", block)
        found = read(buffer.getvalue().encode())
    assert [record.cells for record in found if isinstance(record, Record)] == [[cell + "\n" for cell in row] for row in rows]
    assert [record.line for record in found] == [1 + 4 * place for place in range(len(rows))]


@pytest.mark.parametrize("block", [16, 1 << 20])
@pytest.mark.parametrize(
    ("encoding", "good", "bad", "within"),
    [
        ("utf-8", "佐藤", b"\xe4\xbd", 0),
        ("utf-8", "佐藤", b"\xff", 0),
        ("utf-8", "佐藤", b"ab\xc0\x80", 2),
        ("utf-8", "佐藤", b"\xed\xa0\x80", 0),
        ("cp932", "佐藤", b"\x8d\xb2\x81", 2),
        ("cp932", "佐藤", b"\x80", 0),
        ("cp932", "佐藤", b"a\xa0", 1),
        ("cp932", "佐藤", b"\xb1\xfd", 1),
        ("cp932", "佐藤", b"\x85\x40", 0),
    ],
)
def test_a_bad_byte_is_named_to_the_byte(
    encoding: tables.Encoding, good: str, bad: bytes, within: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "BLOCK_SIZE", block)
    first = f"1,{good},{good}\r\n" * 5
    data = first.encode(encoding) + f'2,"{good}\r\n'.encode(encoding) + b'",' + bad + b"\r\n" + first.encode(encoding)
    found = read(data, encoding)
    faults = [item for item in found if isinstance(item, TableFault)]
    position = data.index(b'",' + bad) + 2 + within
    assert faults == [TableFault(6, 3, "bytes", position)]
    assert [item.line for item in found] == [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12]


def test_the_byte_order_mark_counts_in_positions() -> None:
    data = b"\xef\xbb\xbf" + "番号,氏名,住所\n1,佐藤,\n".encode() + b"2,\xff,\n"
    assert read(data, header=HEADER)[1] == TableFault(3, 2, "bytes", data.index(b"\xff"))


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"1,a", TableFault(2, 3, "columns", found=2)),
        (b"1,a,b,c", TableFault(2, 4, "columns", found=4)),
        (b",", TableFault(2, 3, "columns", found=2)),
        (b"1,a\0,b", TableFault(2, 2, "nul", 9)),
        (b'1,"a"x,b', TableFault(2, 2, "quote")),
        (b'1,a,"b', TableFault(2, 3, "quote")),
        (b'"1,a,b', TableFault(2, 1, "quote")),
        (b"1,a," + b"x" * 5000, TableFault(2, 3, "long")),
        (b"1," + b"x" * 200_000 + b",b", TableFault(2, 2, "long")),
        (b'1,a,"' + b"x" * 200_000 + b'"', TableFault(2, 3, "long")),
    ],
)
@pytest.mark.parametrize("block", [8, 1 << 20])
def test_a_damaged_record_is_reported_and_the_others_are_read(
    line: bytes, fault: TableFault, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "BLOCK_SIZE", block)
    found = read(b"0,a,b\n" + line + b'\n2,"c",d\n3,e,f\n')
    assert found == [
        Record(1, ["0", "a", "b"], b"0,a,b"),
        fault,
        Record(3, ["2", "c", "d"], b'2,"c",d'),
        Record(4, ["3", "e", "f"], b"3,e,f"),
    ]


def test_a_cell_of_the_greatest_length_is_taken() -> None:
    cell = "佐" * tables.CELL_LIMIT
    assert [record.cells for record in read(f"1,a,{cell}\n".encode()) if isinstance(record, Record)] == [["1", "a", cell]]
    assert read(f"1,a,{cell}佐\n".encode()) == [TableFault(1, 3, "long")]


def test_a_file_cut_in_the_middle_reports_its_last_record() -> None:
    whole = '1,佐藤,"朝日町"\r\n'.encode() * 2
    empty_cell = whole.rindex(b'"\xe6')
    for cut in {*range(len(whole) // 2 + 1, len(whole) - 3)} - {empty_cell}:
        found = read(whole[:cut])
        assert found[0] == Record(1, ["1", "佐藤", "朝日町"], whole[: len(whole) // 2 - 2])
        assert [item for item in found[1:] if isinstance(item, Record)] == []
        assert len(found) == 2, cut


def test_broken_quotes_throughout_end_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "RESCANNED_LINES", 1000)
    table = open_table(b'a","b\n' * 2000, encoding="utf-8", separator=",", header=None, columns=2)
    with pytest.raises(TableError) as refused:
        list(table)
    assert refused.value.code == "quotes"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\r\n\r\n", "empty"),
        ("番号,氏名".encode("utf-16"), "utf16"),
        ("1,a,b\r\n".encode("utf-16-le"), "utf16"),
        (b"%PDF-1.7\n", "pdf"),
        (b"KFX1\n" + bytes(20), "kfx"),
        (b"PK\x03\x04" + bytes(20), "zip"),
        (b"PK\x03\x04....[Content_Types].xml", "xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\xff\xd8\xff\xe0" + bytes(range(1, 255)), "picture"),
        (b"\x00" * 3_000_000, "utf16"),
        (b"x" * 3_000_000, "line"),
    ],
)
def test_another_kind_of_file_is_named(data: bytes, code: str) -> None:
    assert refusal(data).code == code
    assert refusal(data, "cp932").code == code


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path).code == "directory"
    assert refusal(tmp_path / "none.csv").code == "missing"
    book = io.BytesIO()
    write_xlsx(book, HEADER, [["1", "佐藤", ""]])
    assert refusal(book.getvalue()).code == "xlsx"


def test_the_wrong_encoding_is_named_once() -> None:
    text = "番号,氏名,住所\r\n" + "1,佐藤,朝日町\r\n" * 20
    for right, wrong in (("utf-8", "cp932"), ("cp932", "utf-8")):
        for header in (HEADER, None):
            error = refusal(text.encode(right), wrong, header)  # type: ignore[arg-type]  # both are literals
            assert (error.code, error.found) == ("encoding", right)
    error = refusal(text.encode("utf-8-sig"), "cp932", HEADER)
    assert (error.code, error.found) == ("encoding", "utf-8")


@pytest.mark.parametrize("own", ["utf-8", "cp932"])
@pytest.mark.parametrize("header", [HEADER, None])
@pytest.mark.parametrize("other", ["euc_jp", "iso2022_jp"])
def test_encodings_of_old_machines_are_named_and_not_read_as_other_characters(own: str, header: list[str] | None, other: str) -> None:
    text = "番号,氏名,住所\r\n" + "".join(f"{no},{name},羽鳥三丁目\r\n" for no, name in enumerate(["森田", "神谷", "柳澤", "辻", "吉川"]))
    error = refusal(text.encode(other), own, header)  # type: ignore[arg-type]  # both are literals
    assert (error.code, error.found) == ("encoding", other.replace("_", "-").replace("iso2022", "iso-2022"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_the_encoding_is_found_when_asked_for(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BLOCK_SIZE", 32)
    data = ("1,a,b\r\n" * 20 + "2,佐藤,朝日町\r\n").encode(encoding)
    with open_table(data, encoding="auto", separator=",", header=None, columns=3) as table:
        records = list(table)
    assert table.encoding == encoding.removesuffix("-sig")
    assert records[-1].line == 21
    assert isinstance(records[-1], Record)
    assert records[-1].cells == ["2", "佐藤", "朝日町"]
    assert table.bytes_read == table.size == len(data)


@pytest.mark.parametrize(
    ("header", "column", "expected"),
    [("番号,名前,住所", 2, "氏名"), ("番号,氏名", 3, "住所"), ("番号,氏名,住所,性別", 4, None), ("佐藤,一郎,x", 1, "番号")],
)
def test_the_first_differing_heading_is_named_without_the_cell_of_the_file(header: str, column: int, expected: str | None) -> None:
    error = refusal(f"{header}\r\n1,a,b\r\n".encode(), header=HEADER)
    assert (error.code, error.line, error.column, error.expected, error.found) == ("header", 1, column, expected, None)
    assert read("番号, 氏名　,住所\r\n".encode(), header=HEADER) == []


def test_another_layout_is_refused_as_a_whole() -> None:
    error = refusal(b"1\ta\tb\n" * 3)
    assert (error.code, error.found) == ("separator", "\t")
    error = refusal("番号;氏名;住所\n".encode(), header=HEADER)
    assert (error.code, error.found) == ("separator", ";")
    error = refusal(b"1,a,b,c\n" * 3)
    assert (error.code, error.expected, error.found) == ("columns", "3", "4")
    assert [type(item) for item in read(b"1,a,b,c\n" * 3 + b"1,a,b\n")] == [TableFault] * 3 + [Record]


@given(st.binary(max_size=200), st.sampled_from(["utf-8", "cp932", "auto"]), st.sampled_from([5, 1 << 20]), st.booleans())
@example(b'",\r"\n', "utf-8", 5, False)
def test_any_bytes_are_read_or_refused(data: bytes, encoding: tables.Encoding, block: int, header: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "BLOCK_SIZE", block)
        try:
            found = read(data, encoding, columns=2, header=["a", "b"] if header else None)
        except TableError:
            return
    lines = [item.line for item in found]
    assert lines == sorted(set(lines))
    for item in found:
        if isinstance(item, Record):
            assert len(item.cells) == 2
            assert item.raw in data


@given(st.text(alphabet='a,"\n\r佐', max_size=30))
def test_the_size_of_blocks_does_not_matter_for_damage_either(text: str) -> None:
    results = []
    for block in (3, 1 << 20):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tables, "BLOCK_SIZE", block)
            results.append(read(b"1,2\n" + text.encode(), columns=2))
    assert results[0] == results[1]


def test_a_great_file_is_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "great.csv"
    line = b'"1","' + b"x" * 80 + b'","y"\r\n'
    path.write_bytes(line * 200_000)
    held: list[int] = []
    with open_table(path, encoding="utf-8", separator=",", header=None, columns=3) as table:
        count = 0
        for _ in table:
            count += 1
            if count % 10_000 == 0:
                held.append(sum(map(len, table._raws)))
    assert count == 200_000
    assert max(held) <= tables.BLOCK_SIZE + len(line)
    assert table.bytes_read == path.stat().st_size


def test_a_stream_that_came_open_stays_open() -> None:
    stream = io.BytesIO(b"1,a,b\n")
    assert len(list(open_table(stream, encoding="utf-8", separator=",", header=None, columns=3))) == 1
    assert not stream.closed


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\0=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    '=HYPERLINK("http://127.0.0.1/","佐藤")',
]


@pytest.mark.parametrize("cell", FORMULAS)
def test_lists_for_people_hold_no_formula(cell: str) -> None:
    assert tables.guard_formula(cell) == f"'{cell}"
    data = b"".join(write_csv([[cell, "佐藤"]], header=["a", "b"]))
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows == [["a", "b"], [f"'{cell}", "佐藤"]]
    book = io.BytesIO()
    assert write_xlsx(book, ["a", "b"], [[cell, "佐藤"]]) == 1
    sheet = openpyxl.load_workbook(book).worksheets[0]
    assert sheet["A2"].data_type == "s"
    assert sheet["A2"].number_format == "@"


def test_lists_for_machines_are_left_alone() -> None:
    rows = [["=1+1", 'a"b', None, -5]]
    assert b"".join(write_csv(rows, bom=False, guard=False)) == b'"=1+1","a""b","","-5"\r\n'
    assert b"".join(write_csv(rows, bom=False)) == b'"\'=1+1","a""b","","-5"\r\n'


def test_what_cp932_would_lose_is_named() -> None:
    assert tables.losses_in_cp932("髙﨑①㈱ｶﾅ\ue000～") == []
    assert tables.losses_in_cp932("𠮷野神\U000e0100é〜") == [(0, "𠮷"), (2, "神\U000e0100"), (4, "é"), (5, "〜")]
    with pytest.raises(TableError) as refused:
        list(write_csv([["a", "b"], ["c", "𠮷"]], encoding="cp932", header=["x", "y"]))
    assert (refused.value.code, refused.value.line, refused.value.column) == ("loss", 3, 2)
    data = b"".join(write_csv([["𠮷野", "髙\ue000"]], encoding="cp932", substitute="〓"))
    assert data == '"〓野","髙\ue000"\r\n'.encode("cp932")


@given(st.text(max_size=10))
def test_what_is_no_loss_comes_back(text: str) -> None:
    lost = tables.losses_in_cp932(text)
    for place, cluster in lost:
        assert text[place : place + len(cluster)] == cluster
    if not lost:
        assert text.encode("cp932").decode("cp932") == text


def test_a_workbook_holds_text(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    rows: list[list[str | int | None]] = [
        ["12345678901234567890123", "神\U000e0100田", "0908", None, 5],
        ["a\x07b", "2026/11/20", "", "𠮷", "x"],
    ]
    assert write_xlsx(path, ["ID", "氏名", "生月日", "メモ", "数"], rows) == 2
    sheet = openpyxl.load_workbook(path).worksheets[0]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells[0] == ["ID", "氏名", "生月日", "メモ", "数"]
    assert cells[1] == ["12345678901234567890123", "神\U000e0100田", "0908", None, "5"]
    assert cells[2] == ["a␇b", "2026/11/20", None, "𠮷", "x"]


def test_a_workbook_refuses_more_than_a_sheet_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "SHEET_ROWS", 3)
    path = tmp_path / "list.xlsx"
    assert write_xlsx(path, ["a"], [["1"], ["2"]]) == 2
    path.unlink()
    with pytest.raises(TableError) as refused:
        write_xlsx(path, ["a"], [["1"], ["2"], ["3"]])
    assert refused.value.code == "rows"
    assert not path.exists()


def test_columns_are_called_as_a_spreadsheet_calls_them() -> None:
    assert [tables.column_letter(place) for place in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
