"""Books as one process tells them to another and as a person reads them."""

import pytest

from madoguchi.platform.language import Sentence
from madoguchi.zones.month.books import Book, read, table


def test_a_book_arrives_with_its_words_in_the_language_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    told = [Book(Sentence("予約: 不変条件 {number} 種の違反", number=8), 0, 2).as_told()]
    (arrived,) = read(told)
    assert (arrived.expected, arrived.found, arrived.balances) == (0, 2, False)
    assert table([arrived]) == ["× 0 ≠ 2  予約: 不変条件 8 種の違反"]
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert arrived.as_json() == {"name": "Bookings: violations of 8 invariants", "expected": 0, "found": 2, "balances": False}


def test_a_table_shows_both_sides_of_every_book() -> None:
    books = [Book(Sentence("予約: 定員を超えた予約枠"), 0, 0), Book(Sentence("手数料: 終えていない日計"), 1200, 1200)]
    assert table(books) == ["○     0 =     0  予約: 定員を超えた予約枠", "○ 1,200 = 1,200  手数料: 終えていない日計"]
