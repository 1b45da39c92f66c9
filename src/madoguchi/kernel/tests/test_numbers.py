"""Numbers of the field, by published examples and by property."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from madoguchi.kernel import numbers
from madoguchi.kernel.numbers import NumberError

DIGITS = st.text(alphabet="0123456789", min_size=1, max_size=30)
FULL = str.maketrans("0123456789-", "０１２３４５６７８９－")
INDIVIDUAL = "123456789018"
"""A published example that nobody holds; its check digit is right."""


def code_of(error: pytest.ExceptionInfo[NumberError]) -> str:
    return error.value.code


@given(st.text(alphabet="0123456789", min_size=23, max_size=23))
def test_an_application_id_is_read_in_every_dress(number: str) -> None:
    shown = numbers.display_application_id(number)
    assert [len(group) for group in shown.split("-")] == [4, 4, 4, 4, 4, 3]
    for dress in (number, shown, shown.translate(FULL), f" {shown.replace('-', '　')} "):
        assert numbers.application_id(dress) == number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "missing"),
        ("　-", "missing"),
        ("1" * 22, "length"),
        ("1" * 24, "length"),
        ("1" * 10 + "O" + "1" * 12, "digits"),
        ("²" * 23, "digits"),
    ],
)
def test_a_wrong_application_id_names_its_reason(text: str, code: str) -> None:
    with pytest.raises(NumberError) as refused:
        numbers.application_id(text)
    assert code_of(refused) == code
    assert not text.strip("　-") or text not in str(refused.value)


@pytest.mark.parametrize("dash", [*"-－‐‑–—−ー～", "", " ", "　", " - "])
def test_a_serial_number_is_read_with_any_hyphen(dash: str) -> None:
    assert numbers.serial_number(f"A0A{dash}000001") == "A0A000001"
    assert numbers.serial_number(f"ａ０ａ{dash}０００００１") == "A0A000001"
    assert numbers.display_serial("A0A000001") == "A0A-000001"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "missing"),
        (" ", "missing"),
        ("A1-23", "form"),
        ("A0A00000O", "form"),
        ("A0A0000001", "form"),
        ("あ0A000001", "form"),
        ("A0A00000١", "form"),
    ],
)
def test_a_wrong_serial_number_names_its_reason(text: str, code: str) -> None:
    with pytest.raises(NumberError) as refused:
        numbers.serial_number(text)
    assert code_of(refused) == code


def test_a_dispatch_number_is_digits() -> None:
    assert numbers.dispatch_number("202611200000") == "202611200000"
    assert numbers.dispatch_number("２０２６-1120 0000") == "202611200000"
    for text, code in (("", "missing"), ("12A", "digits"), ("1" * 21, "length")):
        with pytest.raises(NumberError) as refused:
            numbers.dispatch_number(text)
        assert code_of(refused) == code


@given(st.integers(0, 10**7 - 1), st.integers(0, 7), st.integers(1, 9))
def test_a_booking_code_finds_one_wrong_digit(chance: int, place: int, change: int) -> None:
    asked: list[int] = []

    def randbelow(limit: int) -> int:
        asked.append(limit)
        return chance

    code = numbers.booking_code(randbelow)
    assert asked == [10**7]
    assert code.startswith(f"{chance:07d}")
    assert numbers.is_booking_code(code)
    wrong = code[:place] + str((int(code[place]) + change) % 10) + code[place + 1 :]
    assert not numbers.is_booking_code(wrong)


def test_booking_codes_by_value() -> None:
    assert numbers.is_booking_code("12345674")
    for wrong in ("12345675", "1234567", "123456740", "1234567a", "１２３４５６７４", ""):
        assert not numbers.is_booking_code(wrong)
    assert numbers.is_booking_code(numbers.normalise_digits("１２３４－５６７４"))


def test_digits_are_normalised() -> None:
    assert numbers.normalise_digits(" １２．３－４ 5/6") == "123456"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0908", "0908"),
        ("908", "0908"),
        ("9月8日", "0908"),
        ("９月８日", "0908"),
        ("9月8", "0908"),
        ("９／８", "0908"),
        ("9-8", "0908"),
        ("9－8", "0908"),
        ("09.08", "0908"),
        ("9 8", "0908"),
        ("０９　０８", "0908"),
        ("09 08 ", "0908"),
        ("０９０８", "0908"),
        ("9 月 8 日", "0908"),
        (" ９　月　８　日", "0908"),
        ("9 / 8", "0908"),
        ("九月八日", "0908"),
        ("十二月三十一日", "1231"),
        ("0229", "0229"),
        ("2月29日", "0229"),
        ("1231", "1231"),
    ],
)
def test_a_birthday_is_read_as_people_type_it(text: str, expected: str) -> None:
    assert numbers.mmdd(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "missing"),
        ("　", "missing"),
        ("0230", "impossible"),
        ("1301", "impossible"),
        ("0000", "impossible"),
        ("4/31", "impossible"),
        ("9", "form"),
        ("98", "form"),
        ("09081", "form"),
        ("あいう", "form"),
        ("9月", "form"),
        ("19800908", "form"),
    ],
)
def test_what_is_no_birthday_is_refused(text: str, code: str) -> None:
    with pytest.raises(NumberError) as refused:
        numbers.mmdd(text)
    assert code_of(refused) == code


@given(st.text(max_size=12))
def test_any_typed_birthday_is_read_or_refused(text: str) -> None:
    try:
        found = numbers.mmdd(text)
    except NumberError:
        return
    assert len(found) == 4
    assert found.isdigit()


def test_check_digits_of_published_examples() -> None:
    assert numbers.individual_number_check_digit("12345678901") == 8
    assert numbers.is_individual_number(INDIVIDUAL)
    assert not numbers.is_individual_number("123456789012")
    assert not numbers.is_individual_number("１２３４５６７８９０１８")
    assert numbers.is_resident_code("12345678901") is (numbers._weighted_check_digit("1234567890") == 1)
    assert numbers.municipality_code("142051") == "142051"
    assert numbers.municipality_code("１３１０１６") == "131016"
    assert numbers.municipality_code("011002") == "011002"


@given(st.text(alphabet="0123456789", min_size=10, max_size=11))
def test_exactly_one_check_digit_fits(body: str) -> None:
    check = numbers.is_individual_number if len(body) == 11 else numbers.is_resident_code
    assert sum(check(f"{body}{digit}") for digit in range(10)) == 1


@pytest.mark.parametrize(("text", "code"), [("", "missing"), ("142052", "check"), ("14205", "length"), ("14205A", "digits")])
def test_a_wrong_municipality_code_names_its_reason(text: str, code: str) -> None:
    with pytest.raises(NumberError) as refused:
        numbers.municipality_code(text)
    assert code_of(refused) == code


@pytest.mark.parametrize(
    "hidden",
    [
        "123456789018",
        "１２３４５６７８９０１８",
        "1234 5678 9018",
        "1234-5678-9018",
        "１２３４－５６７８－９０１８",
        "１２３４　５６７８　９０１８",
        "1234‐5678－9018",
        "123-456-789-018",
        "1 2 3 4 5 6 7 8 9 0 1 8",
        "1234.5678.9018",
        "1234・5678・9018",
        "1234/5678/9018",
        "1234 - 5678 - 9018",
        "1234\n5678\n9018",
    ],
)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("神奈川県藤沢市朝日町５丁目１番地　", ""),
        ("番号は", "です"),
        ("朝日町１番地の１２　", ""),
        ("ＴＥＬ０４６６－２５－１１１１、", "／控え"),
    ],
)
def test_an_individual_number_is_found_however_written(hidden: str, before: str, after: str) -> None:
    text = before + hidden + after
    spans = numbers.find_individual_numbers(text)
    assert [numbers.normalise_digits(text[start:end]) for start, end in spans] == [INDIVIDUAL]
    with pytest.raises(NumberError) as refused:
        numbers.refuse_individual_number(text)
    assert code_of(refused) == "individual_number"
    numbers.refuse_individual_number(text, known={INDIVIDUAL})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "123456789012",
        "12345678901",
        "1234567890183",
        "0123456789018",
        "1234-5678-9018-1234-5678-901",
        "1234 5678 9018 1234 5678 901",
        "12345678901812345678901",
        "0466-25-1111",
        "090-1234-5678",
        "神奈川県藤沢市朝日町１丁目１番地の１　コーポ湘南１０２号",
        "2026/11/20 10:30",
    ],
)
def test_other_numbers_are_no_individual_number(text: str) -> None:
    assert numbers.find_individual_numbers(text) == []
    numbers.refuse_individual_number(text)


@given(DIGITS)
def test_only_a_run_of_twelve_is_looked_at(digits: str) -> None:
    found = numbers.find_individual_numbers(f"番号{digits}号")
    assert bool(found) == numbers.is_individual_number(digits)


@given(
    st.text(alphabet="0123456789", min_size=11, max_size=11),
    st.text(alphabet="藤沢市号室のA", max_size=5),
    st.sampled_from(["", "-", " ", "－", "　"]),
)
def test_every_individual_number_is_found_in_text(body: str, around: str, link: str) -> None:
    number = f"{body}{numbers.individual_number_check_digit(body)}"
    written = link.join([number[:4], number[4:8], number[8:]])
    assert numbers.find_individual_numbers(f"{around}{written}{around}") == [(len(around), len(around) + len(written))]
    wrong = f"{body}{(int(number[-1]) + 1) % 10}"
    assume(link == "")
    assert numbers.find_individual_numbers(f"{around}{wrong}{around}") == []


def test_words_that_make_a_number_suspect() -> None:
    assert numbers.mentions_individual_number("マイナンバーは後日")
    assert numbers.mentions_individual_number("個人番号控え")
    assert not numbers.mentions_individual_number("発送番号 202611200000")
