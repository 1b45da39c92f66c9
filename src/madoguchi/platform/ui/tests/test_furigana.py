"""Readings over kanji, and days and times in the words of each language."""

import datetime as dt
import re

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.platform.ui import languages
from madoguchi.platform.ui.forms import DateBoxes
from madoguchi.platform.ui.furigana import as_ruby, in_brackets, without_marked, without_readings


def ruby(word: str, reading: str) -> str:
    return f"<ruby>{word}<rp>(</rp><rt>{reading}</rt><rp>)</rp></ruby>"


@pytest.mark.parametrize(
    ("marked", "page"),
    [
        ("<p>予約{よやく}する</p>", f"<p><span>{ruby('予約', 'よやく')}する</span></p>"),
        ("<p>12月{がつ}｜3日{みっか}</p>", f"<p><span>12{ruby('月', 'がつ')}{ruby('3日', 'みっか')}</span></p>"),
        ('<a title="予約{よやく}" href="/">予約{よやく}</a>', f'<a title="予約" href="/"><span>{ruby("予約", "よやく")}</span></a>'),
        ("<title>予約{よやく}</title><p>予約{よやく}</p>", f"<title>予約</title><p><span>{ruby('予約', 'よやく')}</span></p>"),
        ("<option>場所{ばしょ}</option>", "<option>場所</option>"),
        ("<script>if (a) { b(漢{c}) }</script>", "<script>if (a) { b(漢{c}) }</script>"),
        ("<p>時間{time} {よやく} 漢字{kanji}</p>", "<p>時間{time} {よやく} 漢字{kanji}</p>"),
        ("<p>漢字{<b>かんじ</b>}</p>", "<p>漢字{<b>かんじ</b>}</p>"),
        ('<p data-a="a > b{漢字{かんじ}">x</p>', '<p data-a="a > b{漢字">x</p>'),
    ],
)
def test_marks_become_ruby_where_there_is_room_for_it(marked: str, page: str) -> None:
    assert as_ruby(marked) == page


def test_readings_are_dropped_or_bracketed_in_plain_text() -> None:
    assert without_readings("予約{よやく}の日{ひ}") == "予約の日"
    assert in_brackets("12月{がつ}｜3日{みっか}") == "12月(がつ)3日(みっか)"
    assert without_marked("予約{よやく}の場所") == "の場所"


@given(st.text(alphabet="漢字かなabc<>\"'&{}｜ =/-!"))
def test_a_page_without_marks_stays_as_it_is_and_nothing_is_added_but_ruby(text: str) -> None:
    page = as_ruby(text)
    assert re.sub(r"</?(?:span|ruby|rp|rt)>", "", page).count("<") == text.count("<")
    if "{" not in text:
        assert page == text


@pytest.mark.parametrize(
    ("code", "long_day", "time"),
    [
        ("ja", "2026年（令和8年）12月3日（木）", "9時30分"),
        ("ja-x-easy", "2026年{ねん}12月{がつ}｜3日{みっか}（木曜日{もくようび}）", "9時{じ}30分{ぷん}"),
        ("en", "Thursday, 3 December 2026", "09:30"),
        ("zh-hans", "2026年12月3日（星期四）", "09:30"),
        ("zh-hant", "2026年12月3日（星期四）", "09:30"),
        ("ko", "2026년 12월 3일 (목요일)", "09:30"),
        ("pt", "quinta-feira, 3 de dezembro de 2026", "09:30"),
        ("vi", "Thứ 5, ngày 3/12/2026", "09:30"),
    ],
)
def test_days_and_times_are_said_in_the_language_of_the_page(code: str, long_day: str, time: str) -> None:
    with translation.override(code):
        assert languages.long_day_in_words(dt.date(2026, 12, 3)) == long_day
        assert languages.time_in_words(dt.time(9, 30)) == time


def test_an_unknown_language_is_japanese() -> None:
    with translation.override("fr"):
        assert languages.current() == "ja"
        assert languages.day_in_words(dt.date(2026, 12, 3)) == "12月3日木曜日"


@pytest.mark.parametrize(
    ("code", "boxes"),
    [("ja", ("年", "月", "日")), ("zh-hans", ("年", "月", "日")), ("pt", ("Ano", "Mês", "Dia")), ("vi", ("Năm", "Tháng", "Ngày"))],
)
def test_the_boxes_of_a_date_are_no_days_of_the_week(code: str, boxes: tuple[str, str, str]) -> None:
    with translation.override(code):
        assert languages.names_of_date_boxes() == boxes
        assert [box["label"] for box in DateBoxes().get_context("day", None, None)["widget"]["subwidgets"]] == list(boxes)
