"""カスタマバーコード: the examples of the post office's manual, and what holds for every code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kernel.customer_barcode import (
    BARS,
    NotCodable,
    address_number,
    bars,
    characters,
    check_character,
    read_bars,
)

_CODED = st.lists(st.sampled_from([*"0123456789", "-", *(f"CC{number}" for number in range(1, 9))]), min_size=20, max_size=20).map(tuple)


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("東京都千代田区霞が関1丁目3番2号　郵便プラザ503室", "1-3-2-503"),
        ("千葉県鎌ヶ谷市右京塚　東3丁目-20-5　郵便・A&bコーポB604号", "3-20-5B604"),
        ("茨城県日立市宮田町6丁目7-14　ABCビル2F", "6-7-14-2"),
        ("札幌市中央区南四条西29丁目1524-23　第2郵便ハウス501", "29-1524-23-2-501"),
        ("福井県福井市新田塚3丁目80-25　J1ビル2-B", "3-80-25J1-2B"),
        ("北海道札幌市東区北２４条西１０丁目１－２", "10-1-2"),
        ("神奈川県藤沢市朝日町１番地の１　コーポ藤沢２０３号", "1-1-203"),
        ("神奈川県藤沢市湘南台二丁目十三番二十一号", "2-13-21"),
        ("東京都千代田区六番町6番地", "6"),
        ("東京都中央区八丁堀四丁目１－２", "4-1-2"),
        ("東京都台東区三ノ輪1-2ー3", "1-2-3"),
        ("岩手県紫波郡紫波町第一地割二三の四", "1-23"),
        ("東京都青ヶ島村無番地", ""),
    ],
)
def test_the_number_is_taken_out_of_an_address(address: str, number: str) -> None:
    assert address_number(address) == number


def test_the_example_of_the_manual_has_its_check_digit() -> None:
    coded = characters("1000013", "東京都千代田区霞が関1丁目3番2号　郵便プラザ503室")
    assert coded == (*"1000013", *"1-3-2-503", *["CC4"] * 4)
    assert check_character(coded) == "9"


def test_a_code_that_is_too_long_is_cut_and_keeps_the_sign_of_a_letter() -> None:
    assert "".join(characters("0640804", "札幌市中央区南四条西29丁目1524-23　第2郵便ハウス501")) == "064080429-1524-23-2-"
    assert characters("9100067", "福井県福井市新田塚3丁目80-25　J1ビル2-B")[7:] == (*"3-80-25", "CC1", *"91-2", "CC1")


@pytest.mark.parametrize(
    ("postcode", "address", "reason"),
    [("", "朝日町1", "postcode"), ("251005", "朝日町1", "postcode"), ("2510000", "朝日町1", "postcode"), ("2510054", "朝日町", "number")],
)
def test_what_has_no_code_says_why(postcode: str, address: str, reason: str) -> None:
    with pytest.raises(NotCodable) as refused:
        characters(postcode, address)
    assert refused.value.reason == reason


@given(_CODED)
def test_every_code_is_read_back_from_its_bars(coded: tuple[str, ...]) -> None:
    drawn = bars(coded)
    assert len(drawn) == BARS
    assert read_bars(drawn) == coded


@given(_CODED, st.data())
def test_every_single_wrong_character_is_found(coded: tuple[str, ...], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, 19))
    other = data.draw(_CODED.map(lambda wrong: wrong[place]).filter(lambda wrong: wrong != coded[place]))
    drawn, wrong = bars(coded), bars((*coded[:place], other, *coded[place + 1 :]))
    begin = 2 + 3 * place
    with pytest.raises(ValueError, match="check digit"):
        read_bars(drawn[:begin] + wrong[begin : begin + 3] + drawn[begin + 3 :])


@given(st.text(max_size=60))
def test_any_address_is_coded_or_refused(address: str) -> None:
    try:
        coded = characters("2510054", address)
    except NotCodable:
        return
    assert read_bars(bars(coded)) == coded
