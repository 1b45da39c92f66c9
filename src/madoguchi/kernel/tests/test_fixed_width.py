"""Lists of fixed width: cells by bytes or characters, kept to the byte, and damaged lines reported while others go on."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.kernel.fixed_width import FixedTable, Span, Unit, overlapping
from madoguchi.kernel.tables import Record, TableError, TableFault, raw_cells

SPANS = (Span(1, 4), Span(5, 12), Span(17, 10))


def table(data: bytes, *, unit: Unit = "bytes", encoding: str = "cp932", **words: bool) -> FixedTable:
    width = 26 if unit == "bytes" else 20
    spans = SPANS if unit == "bytes" else (Span(1, 4), Span(5, 6), Span(11, 10))
    return FixedTable(io.BytesIO(data), encoding, unit, spans, width, **words)  # type: ignore[arg-type]  # both encodings are tried


def line(number: str, name: str, rest: str) -> bytes:
    return number.encode().ljust(4) + name.encode("cp932").ljust(12) + rest.encode("cp932").ljust(10)


def test_cells_by_bytes_lose_their_padding_and_keep_their_bytes() -> None:
    (record,) = table(line("1", "髙橋　一郎", "ﾀｶﾊｼ") + b"\r\n")
    assert isinstance(record, Record)
    assert record.cells == ["1", "髙橋　一郎", "ﾀｶﾊｼ"]
    assert record.raw == b"\t".join([b"1", "髙橋　一郎".encode("cp932"), "ﾀｶﾊｼ".encode("cp932")])


def test_own_characters_and_second_codes_of_cp932_come_through_as_they_are() -> None:
    # F040 is 外字; 879A is the second code of 〓-like signs that encoding anew would change (NEC row 13: ∵).
    name = b"\xf0\x40\x87\x9a"
    (record,) = table(b"1   " + name.ljust(12) + b" " * 10 + b"\n")
    assert isinstance(record, Record)
    assert record.cells[1] == "\ue000∵"
    assert record.raw.split(b"\t")[1] == name
    assert record.cells[1].encode("cp932") != name


def test_cells_by_characters_stand_behind_each_other_whatever_their_bytes() -> None:
    data = "1   髙橋　一郎 ﾀｶﾊｼ      \n2   𠮷川　一　　          \n"
    both = [item.cells for item in table(data.encode(), unit="characters", encoding="utf-8") if isinstance(item, Record)]
    assert both == [["1", "髙橋　一郎", "ﾀｶﾊｼ"], ["2", "𠮷川　一", ""]]


def test_a_short_a_long_and_a_cut_line_are_reported_and_the_others_read() -> None:
    good = line("1", "髙橋", "x")
    cut = b"2   " + "ア髙橋髙橋髙".encode("cp932")[:12]  # a half of a character stands in the next cell
    broken = cut + "髙".encode("cp932")[1:].ljust(10)
    found = list(table(b"\n".join([good, good[:20], good + b"  ", good + b" x", broken, b"", b"\x1a", good])))
    kinds = [(item.line, item.code) if isinstance(item, TableFault) else (item.line, "read") for item in found]
    assert kinds == [(1, "read"), (2, "width"), (3, "read"), (4, "width"), (5, "bytes"), (8, "read")]


def test_blanks_left_off_at_the_end_are_read_only_when_the_description_says_so() -> None:
    short = line("1", "髙橋", "").rstrip() + b"\n"
    assert [type(item) for item in table(short)] == [TableFault]
    (record,) = table(short, ends_trimmed=True)
    assert isinstance(record, Record)
    assert record.cells == ["1", "髙橋", ""]


def test_the_first_line_is_passed_over_where_it_holds_titles() -> None:
    data = b"HEADER\r\n" + line("1", "髙橋", "x")
    assert [item.line for item in table(data, passes_first=True)] == [2]


@pytest.mark.parametrize(
    ("data", "encoding", "code"),
    [
        (b"", "cp932", "empty"),
        (b"%PDF-1.7\n", "cp932", "pdf"),
        ("1   髙橋　一郎\n".encode(), "cp932", "encoding"),
        (line("1", "髙橋　一郎", "x"), "utf-8", "encoding"),
        (b"\xef\xbb\xbf1   ", "cp932", "encoding"),
    ],
)
def test_another_kind_of_file_is_refused_as_a_whole(data: bytes, encoding: str, code: str) -> None:
    with pytest.raises(TableError) as refused:
        table(data, encoding=encoding)
    assert refused.value.code == code


def test_two_columns_in_one_place_are_found() -> None:
    assert overlapping(SPANS) is None
    assert overlapping([Span(5, 3), Span(1, 5)]) == (1, 0)


@settings(max_examples=50)
@given(st.lists(st.text(alphabet="aｱ髙ポソ\ue000|", max_size=5), min_size=3, max_size=3))
def test_whatever_is_written_at_its_place_is_read_there(cells: list[str]) -> None:
    data = b"".join(cell.encode("cp932").ljust(10) for cell in cells)
    fixed = FixedTable(io.BytesIO(b"x" + data), "cp932", "bytes", (Span(2, 10), Span(12, 10), Span(22, 10)), 31)
    (record,) = fixed
    assert isinstance(record, Record)
    assert record.cells == cells
    assert record.raw.split(b"\t") == [cell.encode("cp932") for cell in cells]


@settings(max_examples=50)
@given(st.lists(st.text(alphabet='aｱ髙ポソ\ue000"', max_size=5), min_size=2, max_size=4))
def test_bars_are_told_from_second_bytes_of_characters(cells: list[str]) -> None:
    raw = "|".join('"' + cell.replace('"', '""') + '"' for cell in cells).encode("cp932")
    assert raw_cells(raw, "|", encoding="cp932") == [cell.encode("cp932") for cell in cells]
