"""What an application says of a person, and the list of a venue: read or refused in one sentence, whatever comes."""

import datetime as dt
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.delivery.cards.models import DeliveryPlace
from madoguchi.delivery.registration import rules, venue_lists
from madoguchi.delivery.registration.models import Venue

TODAY = dt.date(2026, 11, 21)
GOOD = {
    "application_id": "1234-5678-9012-3456-7890-123",
    "name": "髙橋　一郎",
    "kana": "タカハシ　イチロウ",
    "born": "昭和55年9月8日",
    "sex": "男",
    "postcode": "〒251-0054",
    "address": "神奈川県藤沢市朝日町１番地の１",
    "house": "",
}


def venue(rows: int = 12) -> Venue:
    return Venue(pk=7, name="工場", day=TODAY, place=DeliveryPlace(code="01", name="本庁"), rows=rows)


def test_a_person_is_read_in_one_form() -> None:
    person = rules.read_person(GOOD, TODAY)
    assert (person.application_id, person.born, person.sex, person.postcode) == ("12345678901234567890123", "1980-09-08", "m", "2510054")
    assert person.name == "髙橋　一郎"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("application_id", "123"),
        ("name", "　"),
        ("name", "山" * 101),
        ("name", "山田\x07"),
        ("name", "123456789018"),
        ("address", ""),
        ("address", "藤沢市1234 5678 9018"),
        ("born", "きのう"),
        ("born", "2027-01-01"),
        ("sex", "X"),
        ("postcode", "12"),
        ("house", "方" * 101),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_never_repeated(column: str, value: str) -> None:
    with pytest.raises(rules.Fault) as fault:
        rules.read_person({**GOOD, column: value}, TODAY)
    assert fault.value.column == column
    assert not value.strip() or value not in fault.value.sentence


@pytest.mark.parametrize(("born", "needed"), [("2025-11-22", False), ("2025-11-21", True), ("1980-09-08", True), ("1930-00-00", True)])
def test_a_child_below_one_year_needs_no_photo(born: str, needed: bool) -> None:
    assert rules.needs_photo(born, TODAY) is needed


def test_an_application_alarms_from_the_next_morning() -> None:
    assert not rules.is_overdue(TODAY, TODAY)
    assert rules.is_overdue(TODAY - dt.timedelta(days=1), TODAY)


def filled(rows: dict[int, list[str]], encoding: str = "utf-8-sig") -> bytes:
    lines = [list(rules.COLUMNS)]
    for number, row_id in enumerate(venue().row_ids(), start=1):
        lines.append([row_id, *rows.get(number, [""] * 9)])
    return "\r\n".join(",".join(line) for line in lines).encode(encoding)


PERSON = ["12345678901234567890123", "山田　花子", "ヤマダ　ハナコ", "H2.3.4", "女", "2510054", "藤沢市朝日町１", "", "簡易書留"]


def workbook(rows: dict[int, list[str]]) -> bytes:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(venue_lists.as_workbook(venue())))
    for number, cells in rows.items():
        for column, value in enumerate(cells, start=2):
            book.worksheets[0].cell(number + 1, column).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "content", [filled({3: PERSON}), filled({3: PERSON}, "cp932"), workbook({3: PERSON})], ids=["utf-8", "cp932", "xlsx"]
)
def test_a_filled_list_comes_back_and_free_rows_are_passed_over(content: bytes) -> None:
    found, faults = venue_lists.read_list(content, venue())
    assert faults == []
    assert [(one.row_id, one.person.name, one.person.born, one.receipt) for one in found] == [
        ("V00007-003", "山田　花子", "1990-03-04", rules.Receipt.SIMPLE)
    ]


def test_faults_name_line_and_column() -> None:
    wrong = [*PERSON[:3], "あした", *PERSON[4:]]
    found, faults = venue_lists.read_list(filled({1: PERSON, 2: wrong, 4: PERSON}), venue())
    assert len(found) == 1
    assert [(line, column) for line, column, _sentence in faults] == [(3, "生年月日"), (5, "申請書ID")]


def test_a_list_of_another_venue_is_refused_row_by_row() -> None:
    other = filled({1: PERSON}).replace(b"V00007-001", b"V00008-001")
    _found, faults = venue_lists.read_list(other, venue())
    assert [(line, column) for line, column, _sentence in faults] == [(2, "行番号")]


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "見出し"),
        (b"a,b,c\n1,2,3", "見出し"),
        (filled({}), "記入された行がありません"),
        (b"\x81", "文字コード"),
        (b"PK\x03\x04broken", "XLSX として読めません"),
        (bomb(), "中身が大きすぎます"),
        (b"x" * (venue_lists.LARGEST_FILE + 1), "大きすぎます"),
    ],
    ids=["empty", "other columns", "free", "no text", "broken", "bomb", "large"],
)
def test_what_is_no_list_says_so(content: bytes, words: str) -> None:
    with pytest.raises(venue_lists.NoList, match=words):
        venue_lists.read_list(content, venue())


@given(data=st.data(), kind=st.sampled_from(["csv", "xlsx"]))
@settings(max_examples=40, deadline=None)
def test_a_mutated_list_is_read_or_refused_and_nothing_else(data: st.DataObject, kind: str) -> None:
    content = bytearray(_CSV if kind == "csv" else _XLSX)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    refused = False
    try:
        found, faults = venue_lists.read_list(bytes(content), venue())
    except venue_lists.NoList:
        refused = True
    assert refused or found or faults


_CSV, _XLSX = filled({1: PERSON}), workbook({1: PERSON})
