"""What is enough to search by, and who answers to it."""

import dataclasses

import pytest

from madoguchi.delivery.search.terms import (
    Described,
    Terms,
    answers,
    area_of,
    beginning,
    possible_births,
)
from madoguchi.kernel import names
from madoguchi.kernel.wareki import PartialDate

BORN = PartialDate(1980, 9, 8)
PERSON = Described(
    name="髙橋　邊一郎",
    former_name="神﨑",
    alias="",
    kana="タカハシ ベンイチロウ",
    address="神奈川県藤沢市辻堂神台２丁目３番地",
    born="1980-09-08",
    sex="m",
    is_protected=False,
    name_key=names.search_key("髙橋　邊一郎"),
    kana_key=names.kana_key("タカハシ ベンイチロウ"),
    address_key=names.search_key("神奈川県藤沢市辻堂神台２丁目３番地"),
)


@pytest.mark.parametrize(
    ("terms", "enough"),
    [
        (Terms(name="髙橋", address="辻堂"), True),
        (Terms(name="髙橋", born=BORN), True),
        (Terms(kana="たか", born=BORN), True),
        (Terms(address="辻堂", born=BORN), True),
        (Terms(name="髙橋"), False),
        (Terms(name="髙橋", kana="タカハシ"), False),
        (Terms(name="髙橋", sex="m"), False),
        (Terms(born=BORN, sex="m"), False),
        (Terms(name="髙橋", address="　・ "), False),
        (Terms(name=" ", kana="　", address="辻堂"), False),
        (Terms(), False),
    ],
)
def test_two_of_three_are_needed_and_sex_does_not_count(terms: Terms, enough: bool) -> None:
    assert terms.are_enough is enough


@pytest.mark.parametrize(
    "terms",
    [
        Terms(name="高橋", address="辻堂"),
        Terms(name="髙橋　辺一郎", born=BORN),
        Terms(name="邉一郎", address="辻堂神台"),
        Terms(name="神崎", born=BORN),
        Terms(kana="たかはし", address="つじ堂".replace("つじ", "辻")),
        Terms(kana="ﾍﾞﾝ", born=BORN),
        Terms(kana="ヘン", born=BORN, sex="m"),
        Terms(address="辻堂神台2丁目", born=BORN),
    ],
)
def test_other_forms_of_the_same_characters_answer(terms: Terms) -> None:
    assert answers(terms, PERSON)


@pytest.mark.parametrize(
    "terms",
    [
        Terms(name="高島", address="辻堂"),
        Terms(name="高橋", address="湘南台"),
        Terms(name="高橋", born=PartialDate(1980, 9, 9)),
        Terms(kana="サトウ", born=BORN),
        Terms(name="高橋", born=BORN, sex="f"),
    ],
)
def test_others_do_not_answer(terms: Terms) -> None:
    assert not answers(terms, PERSON)


def test_a_protected_person_is_never_found_by_an_address() -> None:
    protected = dataclasses.replace(PERSON, is_protected=True)
    assert not answers(Terms(name="髙橋", address="辻堂"), protected)
    assert not answers(Terms(born=BORN, address="辻堂"), protected)
    assert answers(Terms(name="髙橋", born=BORN), protected)
    # With name and birth date the person is found, and the same whether the address is right or wrong.
    assert answers(Terms(name="髙橋", born=BORN, address="辻堂"), protected)
    assert answers(Terms(name="髙橋", born=BORN, address="湘南台"), protected)


def test_a_day_is_also_looked_for_where_a_part_is_unknown() -> None:
    assert possible_births(BORN) == ("1980-09-08", "1980-09-00", "1980-00-00", "0000-00-00")
    assert possible_births(PartialDate(1930, None, None)) == ("1930-00-00", "0000-00-00")
    assert answers(Terms(name="髙橋", born=BORN), dataclasses.replace(PERSON, born="1980-00-00"))


@pytest.mark.parametrize(
    ("key", "area"), [("辻堂神台2丁目3", "辻堂神台2"), ("辻堂", "辻堂"), ("三番町12", "三番町1"), ("2丁目", "2"), ("", "")]
)
def test_the_part_of_town_ends_with_the_first_numeral(key: str, area: str) -> None:
    assert area_of(key) == area


def test_signs_of_patterns_are_no_patterns() -> None:
    assert beginning("高橋") == "高橋%"
    assert beginning("100%_\\") == "100\\%\\_\\\\%"
