"""A municipality, places and cards for the tests of every step of a card's way."""

from collections.abc import Callable
from typing import Any

import pytest

from madoguchi.delivery.cards import services
from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.platform.audit.actors import Actor, ActorKind


@pytest.fixture
def clerk() -> Actor:
    return Actor(kind=ActorKind.STAFF, user_id="clerk", user_name="窓口 太郎")


@pytest.fixture
def chief() -> Actor:
    return Actor(kind=ActorKind.STAFF, user_id="chief", user_name="責任 花子")


@pytest.fixture
def city(db: None, chief: Actor) -> DeliveryPlace:
    """藤沢市 with two places; the main one is returned."""
    services.set_up_municipality("142051", chief)
    services.save_place("02", "湘南台市民センター", chief)
    return services.save_place("01", "市民窓口センター", chief)


@pytest.fixture
def make_card(city: DeliveryPlace) -> Callable[..., Card]:
    """Return a maker of cards; columns may be given by name."""

    def make(number: int = 1, **columns: object) -> Card:
        values: dict[str, object] = {
            "application_id": f"{number:023d}",
            "serial": f"A1B{number:06d}",
            "dispatch_no": f"{202611200000 + number}",
            "name": "髙橋　一郎",
            "name_raw": "髙橋　一郎".encode("cp932"),
            "raw_encoding": "cp932",
            "address_raw": b"",
            "born": "1980-09-08",
            "sex": "m",
        }
        card = Card.objects.create(**{**values, **columns})
        card.refresh_from_db()
        return card

    return make


@pytest.fixture(autouse=True)
def _delivery_zone(settings: Any) -> None:  # noqa: ANN401 pytest-django's settings wrapper
    """Let the pages of these tests stand in the delivery zone: its addresses, its shell, its menu."""
    settings.ROOT_URLCONF = "madoguchi.zones.delivery.urls"
    settings.MADOGUCHI_SHELL = "madoguchi.zones.delivery.shell.shell"
    settings.MADOGUCHI_MENU = "madoguchi.zones.delivery.menu.menu"
    settings.MADOGUCHI_STAFF_HOME = "queues:home"
