"""A book that is broken on purpose is named, and no other; a month with such a book is refused."""

import argparse
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from madoguchi.delivery.cards.models import Card
from madoguchi.platform import clock
from madoguchi.platform.exchange.models import OutgoingFile
from madoguchi.platform.language import Sentence
from madoguchi.platform.verbs import Refusal, Silent
from madoguchi.zones import demo
from madoguchi.zones.month import booking_books, delivery_books
from madoguchi.zones.month.books import Book
from madoguchi.zones.month.plan import SMALLEST, Plan

PLAN = Plan(1, SMALLEST, dt.date(2026, 11, 21))
COUNTED = {"visit_delivered": 0, "visit_refused": 0}


def named_by(break_it: Callable[[], object], prove: Callable[[], list[Book]]) -> set[str]:
    """Return the books that balance before something is broken and do not afterwards."""
    before = {book.name for book in prove() if not book.balances}
    break_it()
    return {str(book.name) for book in prove() if not book.balances} - before


def a_card_from_nowhere() -> None:
    card = {"application_id": "1" * 23, "serial": "A1B000001", "name": "見本", "name_raw": b"", "address_raw": b"", "raw_encoding": "cp932"}
    Card.objects.create(**card, born="1980-09-08", sex="m", progress="ordered")


def a_file_that_skips_a_number() -> None:
    moment = clock.now()
    name, digest = "KFX_142051_B2C_bookings_2.kfx", "0" * 64
    OutgoingFile.objects.create(
        type="bookings", seq=2, file_name=name, file_hash=digest, prev=digest, rows=0, issued_at=moment, expires_at=moment, issued_by="x"
    )


@pytest.mark.django_db
def test_a_card_without_a_history_breaks_the_book_of_its_progress() -> None:
    named = named_by(a_card_from_nowhere, lambda: delivery_books.books(PLAN, COUNTED))
    assert named == {"カード: 進捗「発行待ち・未着」= 入った記録 − 出た記録"}


@pytest.mark.django_db
def test_a_number_that_is_missing_breaks_the_book_of_its_stream() -> None:
    assert named_by(a_file_that_skips_a_number, booking_books.books) == {"予約管理: 送ったファイル (bookings) の連番"}


@pytest.mark.django_db
def test_a_hand_over_that_was_not_played_breaks_a_book() -> None:
    books = delivery_books.books(PLAN, COUNTED | {"visit_delivered": 1})
    assert "窓口: 交付で終わった対応 = 再生した交付" in {book.name for book in books if not book.balances}


def test_a_month_with_a_book_that_does_not_balance_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    books = [Book(Sentence("手数料: 終えていない日計"), 0, 1), Book(Sentence("予約: 定員を超えた予約枠"), 0, 0)]
    (tmp_path / demo.MONTH).write_text(json.dumps({"books": [book.as_told() for book in books], "counted": {}}), encoding="utf-8")
    with pytest.raises(Refusal, match="合わない帳簿が 1 あります: 手数料: 終えていない日計") as refused:
        demo.make_month(tmp_path, Silent(), "http://127.0.0.1:1", "127.0.0.1", 1, PLAN)
    assert '"balances": false' in json.dumps(refused.value.data["books"])
    assert "× 0 ≠ 1" in capsys.readouterr().err


def test_a_folder_with_another_demo_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "booking").mkdir()
    (tmp_path / "booking" / "zone.json").write_text("{}")
    with pytest.raises(Refusal, match="別の試用があるか、再生の途中で止まっています"):
        demo.make_month(tmp_path, Silent(), "http://127.0.0.1:1", "127.0.0.1", 1, PLAN)
    assert [path.name for path in tmp_path.iterdir()] == ["booking"]


@pytest.mark.parametrize("cards", [1, 10**6])
def test_a_month_that_is_too_small_or_too_large_is_refused(cards: int) -> None:
    with pytest.raises(Refusal, match="--cards は 60 から 6000 まで"):
        demo.plan_of(argparse.Namespace(cards=cards, seed=1))
