"""Codes on sleeve labels: what the check digit finds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kernel.labels import LabelError, read_sleeve_code, sleeve_code

NUMBERS = st.integers(min_value=1, max_value=999_999_999)


@given(NUMBERS)
def test_a_code_is_read_as_it_was_made(number: int) -> None:
    code = sleeve_code(number)
    assert read_sleeve_code(code) == code
    assert read_sleeve_code(f" {code[:1]}-{code[1:].lower()}　") == code


@given(NUMBERS, st.data())
def test_every_single_wrong_digit_is_found(number: int, data: st.DataObject) -> None:
    code = sleeve_code(number)
    place = data.draw(st.integers(1, len(code) - 1))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != code[place]]))
    with pytest.raises(LabelError):
        read_sleeve_code(code[:place] + digit + code[place + 1 :])


@given(NUMBERS, st.data())
def test_every_swap_of_neighbours_is_found(number: int, data: st.DataObject) -> None:
    code = sleeve_code(number)
    place = data.draw(st.integers(1, len(code) - 2))
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if swapped != code:
        with pytest.raises(LabelError):
            read_sleeve_code(swapped)


@pytest.mark.parametrize("text", ["", "S", "123456789018", "A1B000001", "T000000019", "Ｓ"])
def test_other_numbers_are_not_taken_for_a_sleeve(text: str) -> None:
    with pytest.raises(LabelError):
        read_sleeve_code(text)


def test_full_width_typing_is_read() -> None:
    code = sleeve_code(42)
    assert read_sleeve_code("".join(chr(ord(char) + 0xFEE0) for char in code)) == code
