"""Cards that await their notice."""

from collections.abc import Callable
from pathlib import Path

import pytest

from madoguchi.delivery.cards import services
from madoguchi.delivery.cards.codes import CodeBox
from madoguchi.delivery.cards.models import BookingCode, Card, DeliveryPlace
from madoguchi.platform.audit.actors import Actor, ActorKind


@pytest.fixture
def clerk() -> Actor:
    return Actor(kind=ActorKind.STAFF, user_id="clerk", user_name="窓口 太郎")


@pytest.fixture
def chief() -> Actor:
    return Actor(kind=ActorKind.STAFF, user_id="chief", user_name="責任 花子")


@pytest.fixture
def city(db: None, secrets_folder: Path, chief: Actor, settings: object) -> DeliveryPlace:
    """藤沢市 with one place, a public address and a folder for letters."""
    settings.MADOGUCHI_PUBLIC_URL = "https://yoyaku.city.example.jp/"  # type: ignore[attr-defined]
    settings.MADOGUCHI_FOLDER = secrets_folder.parent  # type: ignore[attr-defined]
    services.set_up_municipality("142051", chief)
    return services.save_place("01", "市民窓口センター", chief, address="藤沢市朝日町1番地の1", telephone="0466-25-1111")


@pytest.fixture
def make_card(city: DeliveryPlace) -> Callable[..., Card]:
    """Return a maker of cards that are preset, with a booking code; columns may be given by name."""

    def make(number: int = 1, **columns: object) -> Card:
        values: dict[str, object] = {
            "application_id": f"{number:023d}",
            "serial": f"A1B{number:06d}",
            "dispatch_no": f"{202611200000 + number}",
            "name": f"山田　{number}郎",
            "name_raw": b"",
            "raw_encoding": "cp932",
            "address_raw": b"",
            "postcode": "2510054",
            "address": "神奈川県藤沢市朝日町１番地の１　コーポ藤沢２０３号",
            "born": "1980-09-08",
            "sex": "m",
            "progress": "preset",
            "place_kind": "stored",
            "site": city,
            "delivery_place": city,
        }
        card = Card.objects.create(**{**values, **columns})
        BookingCode.objects.create(card=card, sealed=CodeBox().new(card.pk))
        card.refresh_from_db()
        return card

    return make
