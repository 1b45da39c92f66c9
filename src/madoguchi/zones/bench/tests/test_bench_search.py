"""The search bench: a search that does not find the one who was asked for is counted."""

import pytest

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.cards.services import set_up_municipality
from madoguchi.kernel import names
from madoguchi.platform.audit.actors import automatic
from madoguchi.zones.bench.search_people import KINDS, Asked, _search
from madoguchi.zones.command import build_parser


@pytest.mark.django_db
def test_somebody_who_is_not_found_is_counted() -> None:
    set_up_municipality("142051", automatic("test"))
    card = Card.objects.create(
        application_id="1" * 23,
        serial="A0B000001",
        name="林　正",
        name_key=names.search_key("林　正"),
        kana="ハヤシ タダシ",
        kana_key=names.kana_key("ハヤシ タダシ"),
        name_raw=b"",
        address="神奈川県藤沢市本町１丁目",
        address_key=names.search_key("神奈川県藤沢市本町１丁目"),
        address_raw=b"",
        born="1980-09-08",
        sex="m",
    )
    one = Asked(card.pk, card.serial, "林", "正", "ハヤシ", card.born, "本町1丁目")
    absent = Asked(0, "A0B000009", "森", "進", "モリ", "1990-01-01", "本町1丁目")
    for kind in KINDS:
        # The first of ten is asked for where nobody lives.
        seconds, in_database, missed = _search(kind, [one, one])
        assert missed == 0
        assert all(0 < inside <= whole for inside, whole in zip(in_database, seconds, strict=True))
        assert _search(kind, [one, absent])[2] == 1


def test_the_command_knows_the_search_bench() -> None:
    assert build_parser().parse_args(["bench", "search", "--rows", "500"]).name == "search"
