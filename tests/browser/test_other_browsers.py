"""The way of a booking in Firefox and in WebKit, as far as this machine has them (BK-19)."""

import re
from pathlib import Path

import pytest

from tests.conftest import RunningDemo
from tests.other_browsers import BROWSERS, Reader, installed

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("demo")]

OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
NEXT, CHOICE = "main .btn-solid", "main .choice label"


def stands(reader: Reader, heading: str) -> None:
    """Hold that the page is the one meant, fits, and is drawn by our own sheets."""
    assert heading in reader.evaluate("document.querySelector('h1').innerText").replace("\n", "")
    assert reader.evaluate(OVER) <= 0
    assert reader.evaluate("document.styleSheets.length > 0 && getComputedStyle(document.body).fontFamily.includes('Noto Sans')")


def identify(reader: Reader, citizen: dict[str, str]) -> None:
    reader.fill("input[name=booking_id]", citizen["id"])
    if "code" in citizen:
        reader.fill("input[name=code]", citizen["code"])
    reader.fill("input[name=birthday]", citizen["birthday"])
    reader.follow(NEXT)


@pytest.mark.parametrize("name", installed())
def test_a_citizen_books_and_cancels(demo: RunningDemo, tmp_path: Path, name: str) -> None:
    start, _programs = BROWSERS[name]
    with start(tmp_path) as reader:
        reader.open(demo.booking)
        stands(reader, "受け取り予約")
        reader.follow(".way-first")
        stands(reader, "ご本人の予約")
        reader.follow(NEXT)
        assert reader.evaluate("document.activeElement.matches('[data-error-summary], [data-error-summary] *')"), "scripts are at work"
        identify(reader, demo.citizens[-3])
        stands(reader, "場所を選んで")
        reader.press(CHOICE)
        reader.follow(NEXT)
        stands(reader, "日を選んで")
        reader.follow(".calendar td a")
        stands(reader, "時間を選んで")
        reader.press(CHOICE)
        reader.follow(NEXT)
        stands(reader, "お知らせの方法")
        assert "10分のばす" in reader.evaluate("document.querySelector('main').innerText")
        reader.follow("main .btn-solid")
        stands(reader, "この内容で予約しますか")
        reader.follow("main .btn-solid")
        stands(reader, "予約が完了しました")
        assert re.search(r"\d{10}", reader.evaluate("document.querySelector('main').innerText"))
        reader.open(f"{demo.booking}manage/cancel/")
        reader.follow("main form .btn")
        stands(reader, "予約を取り消しました")
