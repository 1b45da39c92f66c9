"""What the desk of the booking site records travels to the core zone in a sealed file, and its card waits there for a call (EX-02)."""

import datetime as dt
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from madoguchi.booking.calendar.models import Place, Schedule, Slot, VisitKind
from madoguchi.booking.municipality.services import set_up
from madoguchi.booking.reservations.models import Attendee, Booking, Credential
from madoguchi.booking.reservations.services.visiting import mark_refused
from madoguchi.delivery.cards import services as register
from madoguchi.delivery.cards.models import Card, CardEvent
from madoguchi.delivery.queues.rules import Marks, Queue, queues_of
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.exchange import enrolment
from madoguchi.platform.exchange.models import PeerKey
from madoguchi.platform.exchange.services import receiving, sending
from madoguchi.zones.booking import settings as booking_zone
from madoguchi.zones.delivery import settings as delivery_zone

CLERK = automatic("test")
SERIAL = "A1B000001"


@pytest.fixture
def enter(tmp_path: Path, settings: Any) -> Callable[[str], None]:
    """Return what switches the process from one zone to the other; each knows the other's keys."""
    settings.MADOGUCHI_MUNICIPALITY, settings.MADOGUCHI_INSTALLATION = "142051", str(uuid.UUID(int=7))

    def into(zone: str) -> None:
        settings.MADOGUCHI_ZONE = zone
        settings.MADOGUCHI_FOLDER, settings.MADOGUCHI_SECRETS = tmp_path / zone, tmp_path / zone / "secrets"
        own = booking_zone if zone == "booking" else delivery_zone
        settings.MADOGUCHI_EXCHANGE_SENDS, settings.MADOGUCHI_EXCHANGE_RECEIVES = (
            own.MADOGUCHI_EXCHANGE_SENDS,
            own.MADOGUCHI_EXCHANGE_RECEIVES,
        )

    for zone in ("booking", "delivery"):
        into(zone)
        enrolment.make_own_keys()
    for zone, other in (("booking", "delivery"), ("delivery", "booking")):
        into(zone)
        enrolment.enrol_peer((tmp_path / other / "public-keys.json").read_bytes())
    PeerKey.objects.update(valid_from=clock.now() - dt.timedelta(days=1))
    return into


def _booked() -> Booking:
    now, today = clock.now(), clock.today()
    place = Place.objects.create(code="01", name="本庁舎")
    hours = {"start": dt.time(9), "end": dt.time(9, 15)}
    slot = Slot.objects.create(
        place=place, schedule=Schedule.default(), day=today, **hours, capacity=1, public_capacity=1, taken=1, taken_public=1
    )
    credential = Credential.objects.create(serial=SERIAL, code_mac=bytes(32), birthday_mac=bytes(32), status="open", rev=1, changed_at=now)
    made = Booking.objects.create(
        number="1234567897",
        state="confirmed",
        kind=VisitKind.objects.order_by("pk")[0],
        slot=slot,
        source="web",
        idempotency_key=uuid.uuid4(),
        created_at=now,
        changed_at=now,
        confirmed_at=now,
    )
    Attendee.objects.create(booking=made, credential=credential)
    return made


@pytest.mark.django_db
def test_a_refusal_at_the_desk_alone_reaches_the_clerk_who_calls(enter: Callable[[str], None], tmp_path: Path) -> None:
    set_up("142051", telephone="0466-00-0000")
    register.set_up_municipality("142051", CLERK)
    site = register.save_place("01", "市民窓口センター", CLERK)
    card = Card.objects.create(
        application_id="1" * 23, serial=SERIAL, name="見本", name_raw=b"", address_raw=b"", born="1980-09-08", sex="m",
        progress="preset", notice="sent", place_kind="stored", site=site,
    )  # fmt: skip
    made = _booked()
    for visit in ("booked", "refused"):
        enter("booking")
        if visit == "refused":
            mark_refused(CLERK, made.pk, reason="書類が足りない")
        medium = tmp_path / visit
        medium.mkdir()
        written = sending.export_file("bookings", CLERK, folder=medium)
        enter("delivery")
        outcome = receiving.import_file(written.path, CLERK, receipt_folder=receiving.receipt_folder())
        assert outcome.refusal is None
        card.refresh_from_db()
        assert card.visit == visit
    assert Queue.CALL in queues_of(card.facts(), Marks())
    assert CardEvent.objects.filter(card=card).latest("pk").act == "refuse_handover"
