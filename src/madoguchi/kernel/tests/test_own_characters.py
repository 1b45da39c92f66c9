"""Codes of 外字: Unicode and CP932 name the same character, and what is ambiguous is refused."""

import pytest

from madoguchi.kernel.own_characters import (
    CodeError,
    code_point,
    cp932_code,
    is_private_use,
    points_in,
    unicode_code,
    with_substitutes,
)


@pytest.mark.parametrize(("code", "point"), [("F040", 0xE000), ("0xf07e", 0xE03E), ("F080", 0xE03F), ("F0FC", 0xE0BB), ("F140", 0xE0BC)])
def test_a_code_of_cp932_is_what_decoders_make_of_it(code: str, point: int) -> None:
    assert code_point(code) == point
    assert bytes.fromhex(code[-4:]).decode("cp932") == chr(point)


def test_every_character_of_the_user_defined_area_goes_both_ways() -> None:
    for point in range(0xE000, 0xE758):
        assert bytes.fromhex(cp932_code(point)).decode("cp932") == chr(point)
        assert code_point(cp932_code(point)) == point
    assert cp932_code(0xE757) == "F9FC"
    assert cp932_code(0xE758) == ""


@pytest.mark.parametrize(("text", "point"), [("U+E000", 0xE000), ("u+f0000", 0xF0000), ("Ｕ＋10FFFD", 0x10FFFD), ("\ue123", 0xE123)])
def test_a_code_of_unicode_says_so(text: str, point: int) -> None:
    assert code_point(text) == point


@pytest.mark.parametrize(
    ("text", "code"),
    [("E000", "bare"), ("U+8FBA", "range"), ("U+FFFFE", "range"), ("F03F", "range"), ("F07F", "range"), ("FA40", "bare"), ("辺", "form")],
)
def test_what_is_no_own_character_is_refused_with_why(text: str, code: str) -> None:
    with pytest.raises(CodeError) as refused:
        code_point(text)
    assert refused.value.code == code


def test_own_characters_are_listed_once_and_replaced_only_where_the_table_says() -> None:
    assert points_in(["渡\ue000太\ue001", "\ue000町", "山田"]) == [0xE000, 0xE001]
    assert with_substitutes("渡\ue000太\ue001", {0xE000: "辺"}) == "渡辺太\ue001"
    assert is_private_use(0xE000)
    assert not is_private_use(0xD7FF)
    assert unicode_code(0xE000) == "U+E000"
