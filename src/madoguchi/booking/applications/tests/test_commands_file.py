"""Orders of the delivery zone: carried out once, in their order, each with an answer in the next applications file (BS-11)."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from madoguchi.booking.applications.applications_file import records
from madoguchi.booking.applications.commands_file import CommandsHandler
from madoguchi.booking.applications.models import SealedApplication
from madoguchi.booking.calendar.models import Slot
from madoguchi.booking.reservations import services as reservations
from madoguchi.booking.reservations.invariants import violations
from madoguchi.booking.reservations.models import Booking
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.exchange.handlers import Applied, Source

pytestmark = pytest.mark.django_db
Apply = Callable[..., Booking]
FILE = Source(type="commands", seq=1, file_hash="0" * 64, mode="delta")
IMPORTER = automatic("test")


def order(booking: Booking, act: str, rev: int = 1, **columns: object) -> dict[str, Any]:
    row = {"id": str(uuid.uuid4()), "act": act, "rev": rev, "no": booking.number, "place": None, "day": None, "start": None, "text": ""}
    return {**row, **columns}


def moved(booking: Booking, slot: Slot, rev: int = 1) -> dict[str, Any]:
    return order(booking, "move", rev, place=slot.place.code, day=slot.day.isoformat(), start=f"{slot.start:%H:%M}")


def carry_out(*orders: dict[str, Any]) -> Applied:
    handler = CommandsHandler()
    assert list(handler.check(orders)) == []
    return handler.apply(orders, IMPORTER, FILE)


def told(booking: Booking) -> dict[str, Any]:
    return next(dict(row) for row in records() if row["no"] == booking.number)


def test_the_file_tells_the_booking_and_carries_the_answers_sealed(apply: Apply, slot: Slot) -> None:
    booking = apply()
    row = told(booking)
    sealed = bytes(SealedApplication.objects.get(booking=booking).sealed or b"").hex()
    assert (row["kind"], row["kind_name"], row["place"], row["day"]) == (
        "renew-certificate",
        "電子証明書更新",
        "main",
        slot.day.isoformat(),
    )
    assert (row["start"], row["end"], row["state"], row["rev"], row["orders"]) == ("09:00", "09:15", "confirmed", booking.version, {})
    assert row["sealed"] == sealed
    assert list(row["labels"])[:3] == ["name", "kana", "born"]


def test_holds_are_nobodys_business(hold: Apply) -> None:
    hold()
    assert list(records()) == []


def test_answers_are_forgotten_when_the_delivery_zone_has_them(apply: Apply) -> None:
    booking = apply()
    taken = order(booking, "taken")
    assert carry_out(taken) == Applied(taken=1)
    row = told(booking)
    assert (row["sealed"], row["orders"]) == (None, {taken["id"]: "done"})
    assert SealedApplication.objects.get(booking=booking).stage == "received"


def test_a_cancellation_is_carried_out_once(apply: Apply, slot: Slot) -> None:
    booking = apply()
    cancelling = order(booking, "cancel")
    for _turn in range(2):
        assert carry_out(cancelling) == Applied(taken=1)
    row = told(booking)
    assert (row["state"], row["orders"]) == ("cancelled", {cancelling["id"]: "done"})
    slot.refresh_from_db()
    assert slot.taken == 0
    assert violations() == []


def test_a_move_keeps_the_number_and_gives_the_old_time_back(apply: Apply, slot: Slot, later: Slot) -> None:
    booking = apply()
    assert carry_out(moved(booking, later)).refused == 0
    row = told(booking)
    assert (row["start"], row["state"], row["no"]) == ("09:45", "confirmed", booking.number)
    slot.refresh_from_db()
    assert slot.taken == 0
    assert violations() == []


def test_a_full_time_is_answered_and_leaves_the_booking_as_it_was(apply: Apply, hold: Apply, later: Slot) -> None:
    booking = apply()
    Slot.objects.filter(pk=later.pk).update(capacity=1, public_capacity=1)
    hold(later)
    wanted = moved(booking, later)
    assert carry_out(wanted) == Applied(taken=0, refused=1, reasons={"full": 1})
    row = told(booking)
    assert (row["start"], row["orders"]) == ("09:00", {wanted["id"]: "full"})


def test_one_order_that_cannot_be_does_not_stop_the_others(apply: Apply, later: Slot) -> None:
    booking = apply()
    nowhere = order(booking, "move", 1, place="main", day="2020-01-01", start="09:00")
    lost = {**order(booking, "cancel", 2), "no": "0000000000"}
    message = order(booking, "message", 3, text="印鑑は不要です。")
    applied = carry_out(nowhere, lost, message)
    assert (applied.taken, applied.reasons) == (1, {"not_offered": 1, "unknown": 1})
    booking.refresh_from_db()
    assert booking.message == "印鑑は不要です。"


def test_orders_are_carried_out_in_the_order_in_which_they_were_given(apply: Apply, later: Slot) -> None:
    booking = apply()
    first, second, third = moved(booking, later, 1), order(booking, "cancel", 2), moved(booking, later, 3)
    carry_out(third, second, first)
    assert told(booking)["orders"] == {first["id"]: "done", second["id"]: "done", third["id"]: "ended"}


def test_a_booking_by_number_is_not_an_application(apply: Apply, visitor: Any, later: Slot) -> None:
    apply()
    key, draft = visitor()
    held = reservations.hold(draft, later.pk, client="192.0.2.7")
    reservations.confirm(key, held.idempotency_key, client="192.0.2.7")
    assert carry_out(order(held, "cancel")).reasons == {"unknown": 1}
    held.refresh_from_db()
    assert held.state == "confirmed"
    assert held.number not in [row["no"] for row in records()]


@pytest.mark.parametrize("stage", ["working", "done", "withdrawn"])
def test_the_stage_is_shown_to_the_applicant(apply: Apply, stage: str) -> None:
    booking = apply()
    carry_out(order(booking, "taken", 1), order(booking, "stage", 2, text=stage))
    assert SealedApplication.objects.get(booking=booking).stage == stage


@pytest.mark.parametrize(
    ("act", "field", "value"),
    [
        ("cancel", "id", "1"),
        ("shout", "act", "shout"),
        ("cancel", "rev", -1),
        ("cancel", "no", "12"),
        ("move", "place", 1),
        ("move", "day", "いつか"),
        ("move", "start", "25:00"),
        ("message", "text", "あ" * 201),
        ("message", "text", "番号は 1234 5678 9018"),
        ("stage", "text", "waiting"),
    ],
)
def test_a_fault_of_form_is_named_by_line_and_field(apply: Apply, later: Slot, act: str, field: str, value: object) -> None:
    row = {**(moved(apply(), later) if act == "move" else order(apply(), act)), field: value}
    refusals = list(CommandsHandler().check([row]))
    assert ("E20", 1, field) in [(refusal.code, refusal.line, refusal.field) for refusal in refusals]
