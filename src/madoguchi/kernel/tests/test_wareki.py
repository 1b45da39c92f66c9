"""Dates and eras, by values from the card lists and by property."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kernel import wareki
from madoguchi.kernel.wareki import DateError, PartialDate

DAYS = st.dates(min_value=dt.date(1873, 1, 1), max_value=dt.date(2199, 12, 31))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("平成3年2月28日", PartialDate(1991, 2, 28)),
        ("令和元年5月1日", PartialDate(2019, 5, 1)),
        ("令和1年5月1日", PartialDate(2019, 5, 1)),
        ("平成31年4月30日", PartialDate(2019, 4, 30)),
        ("平成元年1月8日", PartialDate(1989, 1, 8)),
        ("昭和64年1月7日", PartialDate(1989, 1, 7)),
        ("大正15年12月25日", PartialDate(1926, 12, 25)),
        ("昭和元年12月25日", PartialDate(1926, 12, 25)),
        ("明治45年7月30日", PartialDate(1912, 7, 30)),
        ("大正元年7月30日", PartialDate(1912, 7, 30)),
        ("昭和５５年３月３日", PartialDate(1980, 3, 3)),
        ("昭和 5年 3月 3日", PartialDate(1930, 3, 3)),
        ("昭和五十五年三月三日", PartialDate(1980, 3, 3)),
        ("昭和六十年十二月三十一日", PartialDate(1985, 12, 31)),
        ("一九八〇年三月三日", PartialDate(1980, 3, 3)),
        ("西暦1980年3月3日", PartialDate(1980, 3, 3)),
        ("1980年3月3日", PartialDate(1980, 3, 3)),
        ("㍼55年3月3日", PartialDate(1980, 3, 3)),
        ("昭55.3.3", PartialDate(1980, 3, 3)),
        ("R6.1.2", PartialDate(2024, 1, 2)),
        ("H3.2.28", PartialDate(1991, 2, 28)),
        ("S55/1/1", PartialDate(1980, 1, 1)),
        ("s55-01-01", PartialDate(1980, 1, 1)),
        ("R06.01.02", PartialDate(2024, 1, 2)),
        ("R060102", PartialDate(2024, 1, 2)),
        ("Ｓ５５．１．１", PartialDate(1980, 1, 1)),
        ("昭和5年不詳", PartialDate(1930, None, None)),
        ("昭和5年月日不詳", PartialDate(1930, None, None)),
        ("昭和5年3月不詳", PartialDate(1930, 3, None)),
        ("昭和5年3月日不詳", PartialDate(1930, 3, None)),
        ("昭和5年3月不詳日", PartialDate(1930, 3, None)),
        ("昭和5年不詳月不詳日", PartialDate(1930, None, None)),
        ("昭和5年00月00日", PartialDate(1930, None, None)),
        ("昭和64年不詳", PartialDate(1989, None, None)),
        ("1930/00/00", PartialDate(1930, None, None)),
        ("1930/03/00", PartialDate(1930, 3, None)),
        ("1930-00-00", PartialDate(1930, None, None)),
        ("19300000", PartialDate(1930, None, None)),
        ("19910228", PartialDate(1991, 2, 28)),
        ("1991/2/28", PartialDate(1991, 2, 28)),
        ("1991-02-28", PartialDate(1991, 2, 28)),
        ("１９９１／０２／２８", PartialDate(1991, 2, 28)),
        ("平成12年2月29日", PartialDate(2000, 2, 29)),
    ],
)
def test_every_written_form_is_read(text: str, expected: PartialDate) -> None:
    assert wareki.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "missing"),
        ("　", "missing"),
        ("平成3年2月30日", "impossible"),
        ("1991/02/30", "impossible"),
        ("19910230", "impossible"),
        ("19000229", "impossible"),
        ("1991/13/01", "impossible"),
        ("99999999", "impossible"),
        ("昭和64年1月8日", "era"),
        ("昭和65年不詳", "era"),
        ("平成元年1月7日", "era"),
        ("平成31年5月1日", "era"),
        ("令和元年4月30日", "era"),
        ("大正元年7月29日", "era"),
        ("明治5年12月2日", "era"),
        ("令和0年1月1日", "era"),
        ("不詳", "unknown"),
        ("年月日不詳", "unknown"),
        ("0000/00/00", "unknown"),
        ("00000000", "unknown"),
        ("昭和55年3月", "form"),
        ("昭和55年3月3日不詳", "form"),
        ("昭和年3月3日", "form"),
        ("慶応3年1月1日", "form"),
        ("1991/02", "form"),
        ("1991/02-03", "form"),
        ("910228", "form"),
        ("三月三日", "form"),
        ("なし", "form"),
        ("昭和155年1月1日", "era"),
    ],
)
def test_what_is_no_date_names_its_reason_and_not_its_value(text: str, code: str) -> None:
    with pytest.raises(DateError) as refused:
        wareki.parse(text)
    assert refused.value.code == code
    assert str(refused.value) == f"date: {code}"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("1991/02/28", "wareki"),
        ("19910228", "slash"),
        ("平成3年2月28日", "slash"),
        ("1991/02/28", "compact"),
        ("S55.1.1", "compact"),
    ],
)
def test_a_mapping_takes_its_own_form_only(text: str, form: wareki.Form) -> None:
    wareki.parse(text)
    with pytest.raises(DateError) as refused:
        wareki.parse(text, form=form)
    assert refused.value.code == "form"


@given(DAYS)
def test_a_written_day_is_read_back(day: dt.date) -> None:
    expected = PartialDate(day.year, day.month, day.day)
    assert wareki.parse(wareki.format_wareki(day)) == expected
    assert wareki.parse(day.isoformat(), form="slash") == expected
    assert wareki.parse(day.strftime("%Y%m%d"), form="compact") == expected
    assert expected.date() == day
    assert expected.iso() == day.isoformat()


@given(st.integers(1873, 2199), st.none() | st.integers(1, 12))
def test_an_unknown_day_is_read_back(year: int, month: int | None) -> None:
    born = PartialDate(year, month, None)
    assert wareki.parse(wareki.format_wareki(born)) == born
    assert wareki.parse(born.iso()) == born
    assert born.date() is None
    assert not born.is_complete
    assert wareki.month_day(born) is None


@given(
    st.text(alphabet="令和平成昭大正明治元年月日不詳〇一二十千0123456789/.-RHS　 ", max_size=14),
    st.sampled_from(["wareki", "slash", "compact", "any"]),
)
def test_any_text_is_read_or_refused(text: str, form: wareki.Form) -> None:
    try:
        found = wareki.parse(text, form=form)
    except DateError:
        return
    assert found.is_complete == (found.date() is not None)


def test_dates_are_written_for_people() -> None:
    day = dt.date(2026, 12, 3)
    assert wareki.format_wareki(day) == "令和8年12月3日"
    assert wareki.format_long(day) == "2026年（令和8年）12月3日（木）"
    assert wareki.format_wareki(dt.date(2019, 5, 1)) == "令和元年5月1日"
    assert wareki.format_wareki(PartialDate(1930, None, None)) == "昭和5年月日不詳"
    assert wareki.format_wareki(PartialDate(1989, None, None)) == "1989年月日不詳"
    assert wareki.format_wareki(PartialDate(1989, 2, None)) == "平成元年2月日不詳"
    assert wareki.format_wareki(dt.date(1872, 1, 1)) == "1872年1月1日"
    assert PartialDate(1930, None, None).iso() == "1930-00-00"
    assert wareki.month_day(PartialDate(1980, 9, 8)) == "0908"


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (dt.date(2010, 11, 21), dt.date(2026, 11, 20), 15),
        (dt.date(2010, 11, 21), dt.date(2026, 11, 21), 16),
        (dt.date(2008, 2, 29), dt.date(2026, 2, 28), 17),
        (dt.date(2008, 2, 29), dt.date(2026, 3, 1), 18),
        (dt.date(2026, 11, 21), dt.date(2026, 11, 21), 0),
    ],
)
def test_age_grows_on_the_birthday(born: dt.date, day: dt.date, age: int) -> None:
    assert wareki.age_on(born, day) == age


@pytest.mark.parametrize(
    ("text", "iso"),
    [("3550908", "1980-09-08"), ("5010501", "2019-05-01"), ("4310430", "2019-04-30"), ("3550900", "1980-09-00"), ("2150000", "1926-00-00")],
)
def test_an_era_by_its_code_is_read_only_when_asked_for(text: str, iso: str) -> None:
    assert wareki.parse(text, form="coded").iso() == iso
    with pytest.raises(wareki.DateError):
        wareki.parse(text)


@pytest.mark.parametrize(("text", "code"), [("6010101", "form"), ("19800908", "form"), ("3650101", "era"), ("3551301", "impossible")])
def test_a_code_of_no_era_or_no_day_is_refused(text: str, code: str) -> None:
    with pytest.raises(wareki.DateError) as refused:
        wareki.parse(text, form="coded")
    assert refused.value.code == code


def test_a_day_is_written_with_the_code_of_its_era() -> None:
    assert wareki.format_coded(dt.date(1980, 9, 8)) == "3550908"
    assert wareki.format_coded(dt.date(2026, 11, 21)) == "5081121"
    assert wareki.format_coded(dt.date(1870, 1, 1)) == ""
