"""Every data item of the two municipalities' papers has a column and a screen, or a written reason (DL-02, DL-19)."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import models
from django.test import Client

from madoguchi.delivery.cards.masking import FIELDS, mask_of
from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.parts import Tab
from madoguchi.delivery.cards.services import save_place, set_up_municipality
from madoguchi.platform.audit.actors import automatic
from madoguchi.zones.seed_items import FILE, Item, faults, read_items, table

ITEMS = read_items()


def test_every_item_has_a_column_and_a_screen_or_a_reason() -> None:
    assert list(faults(ITEMS)) == []


def test_an_item_that_lacks_something_is_found() -> None:
    item = next(item for item in ITEMS if item.columns)
    assert list(faults([replace(item, columns=())])) == [f"{item.seed} {item.item}: no column, no screen and no reason"]
    assert list(faults([replace(item, columns=("cards.Card.shoe_size",))])) == [f"{item.seed} {item.item}: no column cards.Card.shoe_size"]
    assert list(faults([replace(item, screens=("delivery:cards:shoes",))])) == [f"{item.seed} {item.item}: no screen delivery:cards:shoes"]
    assert list(faults([replace(item, reason="x")])) == [f"{item.seed} {item.item}: kept and not kept"]


def test_no_item_of_either_list_is_left_out() -> None:
    counted = Counter(item.seed for item in ITEMS)
    assert counted == {
        "000(3)ア(ア)": 8,
        "000(3)ア(イ)": 4,
        "000(3)ア(イ)ｄ": 8,
        "000(3)イ": 8,
        "003(1)本文": 19,
        "003(1)別紙": 19,
        "003(2)本文": 46,
        "003(2)別紙": 40,
        "003(3)本文": 4,
        "003(3)別紙": 4,
        "003(4)本文": 4,
        "003(4)別紙": 4,
        "003(5)本文": 13,
        "003(5)別紙": 13,
        "003(6)本文": 13,
        "003(6)別紙": 14,
        "003(7)本文": 25,
        "003(7)別紙": 25,
    }


def test_where_the_two_lists_differ_the_reading_is_noted() -> None:
    spelled = {"本文": set[str](), "別紙": set[str]()}
    for item in ITEMS:
        if item.seed.startswith("003"):
            spelled[item.seed[-2:]].add(item.item.replace(" ", ""))
    only = spelled["別紙"] - spelled["本文"]
    assert only
    assert [item.item for item in ITEMS if item.item in only and not item.reading] == []


def test_the_table_in_the_manual_is_the_one_that_the_file_makes() -> None:
    assert (FILE.parent / "manual" / "items.md").read_text(encoding="utf-8") == table(ITEMS)


def _filled(field: models.Field) -> object:  # type: ignore[type-arg]  # any column
    """Return a value for a column that is recognised on the page."""
    if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
        return dt.date(2027, 1, 1) + dt.timedelta(days=sum(map(ord, field.name)) % 300)
    return f"値{field.name}"[: field.max_length or 40]


@pytest.mark.django_db
def test_the_page_of_a_card_shows_every_column_that_it_is_said_to_show(settings: object, signed_in_client: Callable[..., Client]) -> None:
    settings.ROOT_URLCONF = "madoguchi.zones.delivery.urls"  # type: ignore[attr-defined]  # pytest-django's settings wrapper
    settings.MADOGUCHI_SHELL = settings.MADOGUCHI_MENU = ""  # type: ignore[attr-defined]
    set_up_municipality("142051", automatic("test"))
    place: DeliveryPlace = save_place("07", "項目サテライト", automatic("test"))
    said = {column for item in ITEMS if "delivery:cards:card" in item.screens for column in item.columns}
    fields = [
        field
        for field in Card._meta.local_fields
        if f"cards.Card.{field.name}" in said and isinstance(field, (models.CharField, models.TextField, models.DateField))
    ]
    fixed = {"born": "1980-09-08", "sex": "f", "certificates": "both", "serial": "A1B000007", "application_id": "1" * 23}
    axes = {"progress": "preset", "terminal": "unseen", "disposal": "none"}
    values = {field.name: _filled(field) for field in fields} | fixed | axes
    raw = {"name_raw": b"", "address_raw": b"", "raw_encoding": "utf-8"}
    where = {"place_kind": "stored", "site": place, "delivery_place": place}
    card = Card.objects.create(**{**values, **raw, **where})
    client = signed_in_client("clerk")
    page = "".join(client.get(f"/cards/{card.pk}/", {"tab": tab.value}).content.decode() for tab in Tab)
    words = {name: mask_of(card, name, is_protected=False) for name in FIELDS} | {
        "sex": "女",
        "certificates": "署名用・利用者証明用",
        "serial": "A1B-000007",
    }
    words |= {"progress": "交付前設定済", "terminal": "統合端末", "disposal": "廃棄"}
    missing = []
    for name, value in values.items():
        shown = words.get(name) or (f"{value:%Y年%-m月%-d日}" if isinstance(value, dt.date) else str(value))
        if shown not in page:
            missing.append(f"{name}: {shown}")
    assert missing == []
    assert "項目サテライト" in page
    assert isinstance(ITEMS[0], Item)
