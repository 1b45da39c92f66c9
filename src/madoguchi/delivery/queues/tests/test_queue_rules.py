"""Which queues a card stands in, by values."""

import pytest

from madoguchi.delivery.cards.rules import ACT_BY_CODE, CardFacts, Disposal, HoldKind, Notice, PlaceKind, Progress, Terminal, Visit
from madoguchi.delivery.queues.rules import BULK_ACTS, EXPLANATIONS, Marks, Queue, needs_second_person, queues_of


def facts(**given: object) -> CardFacts:
    usual = {
        "progress": Progress.PRESET,
        "place_kind": PlaceKind.STORED,
        "notice": Notice.SENT,
        "visit": Visit.NONE,
        "terminal": Terminal.UNSEEN,
        "disposal": Disposal.NONE,
    }
    return CardFacts(**{**usual, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "marks", "queues"),
    [
        ({}, Marks(), set()),
        ({"progress": Progress.ORDERED, "notice": Notice.NONE}, Marks(late_to_arrive=True), {Queue.NOT_ARRIVED}),
        ({"progress": Progress.ARRIVED, "notice": Notice.NONE}, Marks(late_to_arrive=True), {Queue.TO_INSPECT}),
        ({"progress": Progress.INSPECTED, "notice": Notice.NONE}, Marks(), {Queue.TO_PRESET}),
        ({"progress": Progress.INSPECTED, "notice": Notice.NONE, "holds": frozenset({HoldKind.CHIP})}, Marks(), {Queue.STOPPED}),
        ({"notice": Notice.MADE}, Marks(), {Queue.TO_NOTIFY}),
        ({"notice": Notice.NONE, "holds": frozenset({HoldKind.PROTECTED})}, Marks(), {Queue.STOPPED}),
        ({"notice": Notice.NONE, "visit": Visit.BOOKED}, Marks(), set()),
        ({"notice": Notice.CAME_BACK}, Marks(long_without_booking=True), {Queue.CAME_BACK}),
        ({}, Marks(long_without_booking=True), {Queue.NO_BOOKING}),
        ({"visit": Visit.BOOKED}, Marks(long_without_booking=True), set()),
        ({}, Marks(long_without_booking=True, deadline_over=True), {Queue.NO_BOOKING, Queue.OVERDUE}),
        ({"visit": Visit.BOOKED}, Marks(comes_next=True), {Queue.TOMORROW}),
        ({"visit": Visit.BOOKED, "place_kind": PlaceKind.COUNTER}, Marks(comes_next=True), set()),
        ({"visit": Visit.BOOKED}, Marks(comes_today=True), {Queue.TODAY}),
        ({"visit": Visit.SERVING}, Marks(), {Queue.TODAY}),
        ({"visit": Visit.NO_SHOW}, Marks(), {Queue.CALL}),
        ({}, Marks(expires_soon=True), {Queue.EXPIRING}),
        (
            {"progress": Progress.DELIVERED, "place_kind": PlaceKind.PERSON},
            Marks(deadline_over=True, comes_today=True),
            {Queue.UNCONFIRMED},
        ),
        ({"progress": Progress.DELIVERED, "terminal": Terminal.PRESET}, Marks(), {Queue.UNCONFIRMED}),
        ({"progress": Progress.DELIVERED, "terminal": Terminal.PRESET}, Marks(list_is_newer=True), {Queue.UNCONFIRMED, Queue.DIFFERENT}),
        ({"terminal": Terminal.IN_USE}, Marks(list_is_newer=True), {Queue.DIFFERENT}),
        ({"terminal": Terminal.PRESET}, Marks(list_is_newer=True), set()),
        ({"progress": Progress.DELIVERED, "terminal": Terminal.IN_USE}, Marks(), set()),
        ({"place_kind": PlaceKind.MISSING}, Marks(), {Queue.MISSING}),
        ({"place_kind": PlaceKind.LOST}, Marks(deadline_over=True, comes_next=True, expires_soon=True), {Queue.MISSING}),
        ({"disposal": Disposal.PROPOSED}, Marks(), {Queue.TO_APPROVE}),
        ({"progress": Progress.LAPSED, "disposal": Disposal.APPROVED}, Marks(deadline_over=True), {Queue.TO_DISPOSE}),
    ],
)
def test_a_card_stands_in_the_queues_of_what_it_waits_for(given: dict[str, object], marks: Marks, queues: set[Queue]) -> None:
    assert queues_of(facts(**given), marks) == queues


def test_every_queue_is_explained_and_every_act_and_its_inverse_are_acts_of_the_life_cycle() -> None:
    assert set(EXPLANATIONS) == set(Queue)
    for bulk in BULK_ACTS:
        assert bool(bulk.act) != bool(bulk.hold)
        assert all(code in ACT_BY_CODE for code in (bulk.act, bulk.undo) if code)


def test_a_mass_change_is_one_over_the_share_but_never_a_few_cards() -> None:
    assert not needs_second_person(20, 20, 20)
    assert needs_second_person(21, 100, 20)
    assert not needs_second_person(21, 105, 20)
