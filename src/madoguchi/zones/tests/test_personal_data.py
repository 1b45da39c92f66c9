"""The sheet for the assessment says what the system really holds: no table of people is left out, and no value of anybody is in it."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.cards.services import set_up_municipality
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.oversight.facts import facts
from madoguchi.zones import personal_data

ROOTS = {
    "booking": {"reservations.Credential", "reservations.Booking", "reservations.Draft", "reservations.Wish", "notices.Mail"},
    "delivery": {"cards.Card", "received.Application", "filing.StoredFile"},
}
LISTED = {"booking": personal_data.BOOKING, "delivery": personal_data.DELIVERY}


def leading_to(roots: set[str], apps_of_zone: tuple[str, ...]) -> Iterator[str]:
    """Yield the tables of a zone whose rows lead to a person, over any number of steps."""
    known = set(roots)
    models = [model for model in apps.get_models() if model._meta.app_config.name in apps_of_zone]
    for _step in models:
        found = {
            model._meta.label
            for model in models
            for field in model._meta.fields
            if field.is_relation and field.related_model and field.related_model._meta.label in known
        }
        if found <= known:
            break
        known |= found
    yield from known


@pytest.mark.parametrize("zone", ["booking", "delivery"])
def test_every_table_that_leads_to_a_person_is_on_the_list(zone: str) -> None:
    zone_apps = import_module(f"madoguchi.zones.{zone}.settings").APPS
    assert sorted(set(leading_to(ROOTS[zone], zone_apps)) - set(LISTED[zone])) == []
    for label in LISTED[zone]:
        assert apps.get_model(label)
    assert "desk.CallTicket" in set(leading_to({"reservations.Booking"}, import_module("madoguchi.zones.booking.settings").APPS))


def test_the_chapter_of_the_manual_is_the_list() -> None:
    chapter = Path(__file__).parents[4] / "docs" / "manual" / "34-hyoka.md"
    assert chapter.read_text(encoding="utf-8") == personal_data.chapter(), (
        "python -m madoguchi.zones.personal_data > docs/manual/34-hyoka.md"
    )


@pytest.fixture
def delivery(settings: Any, db: None) -> None:
    settings.ROOT_URLCONF = "madoguchi.zones.delivery.urls"
    settings.MADOGUCHI_ZONE = "test"
    settings.MADOGUCHI_SHELL = settings.MADOGUCHI_MENU = ""
    settings.MADOGUCHI_HOLDINGS = "madoguchi.zones.personal_data.DELIVERY"
    settings.MADOGUCHI_OWN_FACTS = "madoguchi.zones.personal_data.of_delivery"
    settings.MADOGUCHI_OUTPUTS = "madoguchi.zones.delivery.outputs.PLACES"
    set_up_municipality("142051", automatic("test"))


@pytest.mark.usefixtures("delivery")
def test_the_sheet_counts_what_is_there_and_names_nobody(signed_in_client: Callable[..., Client]) -> None:
    def cards() -> str:
        return next(one.figure for one in facts() if one.name == "カード" and str(one.part).startswith("2"))

    assert cards() == "0"
    values = {"name": "見本 花子", "address": "秘密の町1", "name_raw": b"", "address_raw": b"", "raw_encoding": "cp932"}
    Card.objects.create(application_id="1" * 23, serial="A1B000001", born="1980-09-08", sex="f", **values)
    assert cards() == "1"
    auditor = signed_in_client("auditor")
    page = auditor.get("/audit/facts/").content.decode()
    for words in ("氏名（name）", "パスワード（生月日）", "扱わない", "予約管理へ送る：交付場所", "カード一覧", "期限で消す仕組み"):
        assert words in page
    assert "見本 花子" not in page
    assert "秘密の町" not in page
    book = auditor.get("/audit/facts/file/")
    assert book.content.startswith(b"PK")
    assert signed_in_client("clerk").get("/audit/facts/").status_code == 403
    assert signed_in_client("chief").get("/audit/facts/").status_code == 200


@pytest.mark.usefixtures("delivery")
def test_what_the_municipality_sends_is_what_the_sheet_says() -> None:
    from madoguchi.delivery.cards.models import Municipality

    def said() -> str:
        return str(next(one.says for one in facts() if one.name == "予約管理へ送る：交付場所"))

    Municipality.objects.update(sends_place=True)
    assert said().startswith("送る")
    Municipality.objects.update(sends_place=False)
    assert said() == "送らない"


@pytest.mark.usefixtures("delivery")
def test_the_sheet_is_printed_with_the_mark_of_who_printed_it(
    signed_in_client: Callable[..., Client], settings: Any, tmp_path: Any
) -> None:
    settings.MADOGUCHI_FOLDER = tmp_path
    answer = signed_in_client("auditor").get("/audit/facts/print/")
    assert answer.content.startswith(b"%PDF")
