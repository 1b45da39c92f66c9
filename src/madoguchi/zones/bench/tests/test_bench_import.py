"""The import bench: what is missing after a round is called a violation."""

import argparse

import pytest
from django.db import connection

from madoguchi.delivery.cards.models import BookingCode, Card, CardEvent
from madoguchi.zones.bench.import_list import wrong


def _card(number: int) -> Card:
    card = Card.objects.create(
        application_id=f"{number:023d}", serial=f"A1B{number:06d}", name="東", name_raw=b"", address_raw=b"", born="1980-09-08", sex="m"
    )
    CardEvent.objects.create(card=card, version=1, act="import", axis="progress", actor_kind="automatic", user_id="auto:bench")
    return card


@pytest.mark.django_db
def test_a_round_that_lost_a_code_is_a_violation() -> None:
    for number in (1, 2):
        BookingCode.objects.create(card=_card(number), sealed=b"x")
    assert wrong(connection.connection, 2, "import", staged=0) == []
    BookingCode.objects.filter(card__serial="A1B000002").delete()
    assert wrong(connection.connection, 2, "import", staged=0) == ["import: SELECT count(*) FROM cards_bookingcode is (1,), not 2"]


def test_the_command_knows_the_bench() -> None:
    from madoguchi.zones.command import build_parser

    arguments = build_parser().parse_args(["bench", "import", "--rows", "500", "--json"])
    assert isinstance(arguments, argparse.Namespace)
    assert (arguments.name, arguments.rows) == ("import", 500)
