"""Each character of a name goes to a font that has it, and what no font has is named."""

import functools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.platform.documents.fonts import BREAK, GETA, Shelf, open_shelf

_opened_once = functools.cache(open_shelf)


def test_a_character_outside_the_basic_plane_is_set_whole(shelf: Shelf) -> None:
    setting = shelf.set_name("𠮷田 花子")
    assert setting.printed == "𠮷田 花子"
    assert setting.missing == ()


def test_a_registered_variant_is_set_from_the_font_of_registered_characters(shelf: Shelf) -> None:
    if shelf.names[0].family != "IPAmjMincho":
        pytest.fail("fonts-ipamj-mincho is needed for this test: apt install fonts-ipamj-mincho")
    setting = shelf.set_name("葛\U000e0102城")
    assert setting.runs == (("IPAmjMincho", "葛\U000e0102城"),)
    assert setting.missing == ()


def test_a_variant_of_the_other_collection_goes_to_a_font_that_has_it(shelf: Shelf) -> None:
    (first, *_) = shelf.set_name("葛\U000e0100城").runs
    assert first[0] != "IPAmjMincho"
    assert first[1] == "葛\U000e0100"


def test_a_variant_that_no_font_has_falls_back_to_its_base_and_is_named(shelf: Shelf) -> None:
    setting = shelf.set_name("一\U000e01ef郎")
    assert setting.printed == "一郎"
    assert setting.missing == ("U+4E00 U+E01EF",)


def test_a_private_use_character_without_the_municipalitys_font_is_a_geta_and_named(shelf: Shelf) -> None:
    setting = shelf.set_name("外\ue000字")
    assert setting.printed == f"外{GETA}字"
    assert setting.missing == ("U+E000",)


def test_a_private_use_character_comes_from_the_municipalitys_font(own_fonts: Path) -> None:
    setting = open_shelf(own_fonts).set_name("外\ue000字")
    assert ("Town Gaiji", "\ue000") in setting.runs
    assert setting.missing == ()


def test_a_private_use_character_never_comes_from_anybody_elses_font(shelf: Shelf) -> None:
    # IPAmj Mincho has glyphs at U+F860 and a few others; they mean nothing to the municipality.
    assert shelf.set_name("\uf860").missing == ("U+F860",)


def test_a_foreign_name_is_set_in_one_font(shelf: Shelf) -> None:
    runs = shelf.set_name("Nguyễn Thị Đặng-Trần").runs
    assert len(runs) == 1


def test_a_very_long_word_may_break_and_loses_nothing(shelf: Shelf) -> None:
    setting = shelf.set_name("X" * 95)
    assert BREAK in setting.runs[0][1]
    assert setting.printed == "X" * 95


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).filter(lambda text: BREAK not in text))
def test_nothing_is_dropped_in_silence(text: str) -> None:
    setting = _opened_once().set_name(text)
    assert setting.missing or setting.printed == text


def test_a_bare_machine_prints_with_the_shipped_fonts_and_says_so(tmp_path: Path) -> None:
    shelf = open_shelf(roots=[tmp_path])
    assert [face.family for face in shelf.names] == ["Noto Serif JP"]
    assert shelf.text_families == ("Noto Sans JP",)
    assert len(shelf.warnings) == 2
    assert "fonts-ipamj-mincho" in shelf.warnings[0]
    assert shelf.set_name("𠮷田髙﨑").missing == ()


def test_a_font_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    shelf = open_shelf(tmp_path)
    assert any("broken.ttf" in warning for warning in shelf.warnings)
