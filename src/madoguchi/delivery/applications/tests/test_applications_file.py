"""Form bookings taken in: opened with this zone's key, listed when they cannot be, acknowledged, and never taken for older (BK-11)."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from madoguchi.delivery.applications import orders_file, services
from madoguchi.delivery.applications.applications_file import ApplicationsHandler
from madoguchi.delivery.applications.models import Application, Order
from madoguchi.delivery.applications.rules import Act, Stage
from madoguchi.delivery.applications.tests.conftest import ANSWERS, NUMBER
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.exchange.handlers import Applied

pytestmark = pytest.mark.django_db
Report = Callable[..., dict[str, Any]]
TakeIn = Callable[..., Applied]


def test_answers_are_opened_and_acknowledged_once(report: Report, take_in: TakeIn) -> None:
    assert take_in(report()) == Applied(taken=1)
    row = Application.objects.get()
    assert (row.answers, row.stage, row.kind_name, row.telephone_key) == (ANSWERS, "received", "電子証明書更新", "0466251111")
    take_in(report())
    assert [(order["no"], order["act"]) for order in orders_file.records()] == [(NUMBER, "taken")]


def test_answers_that_the_booking_zone_has_forgotten_stay_here(report: Report, take_in: TakeIn) -> None:
    take_in(report())
    take_in(report(answers=None, state="cancelled", rev=3))
    row = Application.objects.get()
    assert (row.answers, row.state, row.rev) == (ANSWERS, "cancelled", 3)


def test_answers_sealed_for_another_booking_are_listed_as_unreadable(report: Report, take_in: TakeIn) -> None:
    applied = take_in(report(sealed_for="1234567898"))
    assert (applied.taken, applied.refused, applied.reasons) == (0, 1, {"unreadable": 1})
    row = Application.objects.get()
    assert (row.reading, row.answers, Order.objects.count()) == ("unreadable", {}, 0)
    # The booking zone keeps them, since nothing was acknowledged; once they can be opened they are.
    take_in(report())
    row.refresh_from_db()
    assert (row.reading, row.answers) == ("opened", ANSWERS)


def test_a_booking_cancelled_on_its_way_is_not_opened(report: Report, take_in: TakeIn) -> None:
    take_in(report(state="cancelled"))
    row = Application.objects.get()
    assert (row.reading, row.answers) == ("left_closed", {})
    assert [order["act"] for order in orders_file.records()] == ["taken"]


def test_a_booking_that_never_had_answers_here_is_counted_and_not_made_up(report: Report, take_in: TakeIn) -> None:
    applied = take_in(report(answers=None))
    assert (applied.refused, applied.reasons) == (1, {"no_answers": 1})
    assert not Application.objects.exists()


def test_an_answer_to_an_order_ends_its_repetition(report: Report, take_in: TakeIn, clerk: Actor) -> None:
    take_in(report())
    row = Application.objects.get()
    services.set_stage(row.pk, Stage.WORKING, clerk, expected_version=row.version)
    waiting = {order["act"]: order["id"] for order in orders_file.records()}
    assert set(waiting) == {"taken", "stage"}
    take_in(report(answers=None, orders={waiting["stage"]: "done", waiting["taken"]: "done", str(uuid.uuid4()): "done"}))
    assert list(orders_file.records()) == []
    assert Order.objects.get(act=Act.STAGE.value).outcome == "done"


def test_an_answer_beside_another_booking_changes_nothing(report: Report, take_in: TakeIn) -> None:
    take_in(report(), report(number="2234567896"))
    other = Order.objects.get(application__number="2234567896")
    take_in(report(orders={str(other.key): "done"}))
    other.refresh_from_db()
    assert other.outcome == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("no", "12"),
        ("kind", "電子証明書"),
        ("kind_name", ""),
        ("place", "本庁 舎"),
        ("day", "いつか"),
        ("start", None),
        ("end", "08:00"),
        ("state", "held"),
        ("rev", "2"),
        ("at", "2026-11-21T10:00:00"),
        ("labels", ["氏名"]),
        ("sealed", "zz"),
        ("sealed", "00" * 70_000),
        ("orders", {"x": "done"}),
        ("orders", {"0f5f5a52-90a6-4a4e-8b07-3a0de7bd0f11": "maybe"}),
    ],
)
def test_a_fault_of_form_is_named_by_line_and_field(report: Report, field: str, value: object) -> None:
    refusals = list(ApplicationsHandler().check([report(), {**report(number="2234567896"), field: value}]))
    assert [(refusal.code, refusal.line, refusal.field) for refusal in refusals] == [("E20", 2, field)]


def test_an_older_row_is_refused(report: Report, take_in: TakeIn) -> None:
    take_in(report())
    assert [(refusal.code, refusal.field) for refusal in ApplicationsHandler().check([report(rev=1)])] == [("E23", "rev")]
