"""Lists read by the headings that a person names."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.kernel.headed import Fault, Row, read_headed
from madoguchi.kernel.tables import TableError

HEADINGS = {"serial": "製造管理番号", "state": "状態", "at": ""}


def test_columns_are_found_by_their_headings_in_any_order_and_others_are_passed_over() -> None:
    data = "余り,状態,製造管理番号\r\nx, 運用中 ,A1B000001\r\ny,失効,A1B000002\r\n".encode()
    assert list(read_headed(data, HEADINGS)) == [
        Row(2, {"serial": "A1B000001", "state": "運用中"}),
        Row(3, {"serial": "A1B000002", "state": "失効"}),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_encodings_and_tabs_are_read(encoding: str) -> None:
    data = "製造管理番号\t状態\nA1B000001\t運用中\n".encode(encoding)
    assert [row.cells["state"] for row in read_headed(data, HEADINGS) if isinstance(row, Row)] == ["運用中"]


@pytest.mark.parametrize("header", ["製造管理番号,ステータス", "製造管理番号,状態,状態", "状態"])
def test_a_heading_that_is_missing_or_stands_twice_refuses_the_file(header: str) -> None:
    with pytest.raises(TableError) as refused:
        list(read_headed(f"{header}\nA,B\n".encode(), HEADINGS))
    assert refused.value.code == "header"


def test_a_record_with_too_many_cells_is_a_fault_and_the_others_go_on() -> None:
    data = "製造管理番号,状態\nA,B,C\nD,E\n".encode()
    assert list(read_headed(data, HEADINGS)) == [Fault(2), Row(3, {"serial": "D", "state": "E"})]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_being_read_or_refused(data: bytes) -> None:
    try:
        rows = list(read_headed(data, HEADINGS))
    except TableError:
        return
    assert all(row.line >= 1 for row in rows)
