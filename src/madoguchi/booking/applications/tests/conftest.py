"""A town that takes certificate renewals by form, with the delivery zone's key enrolled."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from madoguchi.booking.applications import services
from madoguchi.booking.calendar.models import Place, Slot, VisitKind
from madoguchi.booking.reservations import services as reservations
from madoguchi.booking.reservations.models import Booking
from madoguchi.kernel.kfx_keys import KeyPair
from madoguchi.platform.exchange import enrolment

CLIENT = "192.0.2.7"
ANSWERS = {
    "name": "髙橋　一郎",
    "kana": "タカハシ　イチロウ",
    "born": "1980-09-08",
    "sex": "m",
    "address": "神奈川県藤沢市朝日町１番地の１",
    "building": "コーポ藤沢２０３号",
    "telephone": "0466-25-1111",
    "email": "ichiro.takahashi@example.jp",
    "comer": "self",
    "request": "更新の通知が届きました",
}
FIGURES = "1111"


def posted(**changes: str) -> dict[str, str]:
    """Return the answers as a browser posts them."""
    rest = {code: answer for code, answer in ANSWERS.items() if code != "born"}
    return {**rest, "born_year": "1980", "born_month": "9", "born_day": "8", **changes}


@pytest.fixture
def delivery_keys(town: Place, settings: Any) -> KeyPair:
    """The delivery zone's keys; only their public half is enrolled here."""
    settings.MADOGUCHI_ZONE, settings.MADOGUCHI_MUNICIPALITY = "booking", "142051"
    settings.MADOGUCHI_INSTALLATION = "0f5f5a52-90a6-4a4e-8b07-3a0de7bd0f11"
    enrolment.make_own_keys()
    pair = KeyPair.generate(tenant="142051", inst=settings.MADOGUCHI_INSTALLATION, zone="C")
    enrolment.enrol_peer(pair.public.to_bytes())
    return pair


@pytest.fixture
def kind(town: Place, delivery_keys: KeyPair) -> VisitKind:
    """電子証明書更新, open, at the counters of the card hand-overs."""
    VisitKind.objects.filter(code="renew-certificate").update(is_open=True)
    return VisitKind.objects.select_related("schedule").get(code="renew-certificate")


@pytest.fixture
def hold(kind: VisitKind, slot: Slot) -> Callable[..., Booking]:
    """Hold a time for a form."""

    def take(at: Slot = slot) -> Booking:
        return reservations.hold_without_number(kind, at.pk, key=uuid.uuid4(), client=CLIENT)

    return take


@pytest.fixture
def apply(hold: Callable[..., Booking]) -> Callable[..., Booking]:
    """Hold a time and book it with the answers."""

    def run(answers: Mapping[str, str] = ANSWERS, **values: Any) -> Booking:
        held = hold(**({"at": values.pop("at")} if "at" in values else {}))
        return services.apply(held.idempotency_key, answers, client=CLIENT, **values)

    return run


@pytest.fixture
def later(town: Place, day: dt.date) -> Slot:
    """The last time of the same day."""
    return Slot.objects.get(place=town, day=day, start=dt.time(9, 45))
