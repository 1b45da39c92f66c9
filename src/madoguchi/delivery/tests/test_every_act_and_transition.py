"""Goes over the table of acts (cards.rules.ACTS): each has its page, its right, its guards, its events, and a test that does it there.

What stands beside the table goes over the same bar: how a card enters the register, and how it is stopped and released.
"""

import ast
import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from madoguchi.delivery.cards import rules, services, ways
from madoguchi.delivery.cards.models import Card, CardEvent, DeliveryPlace
from madoguchi.delivery.cards.rules import Disposal, HoldKind, Notice, PlaceKind, Progress, Terminal, Visit
from madoguchi.kernel.labels import sleeve_code
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.zones.url_table import addresses_of, roles_by_right

ADDRESSES = {one.name: one for one in addresses_of("delivery")}
DOMAIN = Path(rules.__file__).parent.parent
TODAY = dt.date(2026, 11, 21)
# The act that a file from the other zone leads to is chosen by the room that reads it.
ROOM_BEHIND = {"exchange": "matching"}
HOLDS = ("cards:hold", "cards:release")

ON_THE_CARD = "cards/test_acts_on_a_card.py::test_each_act_of_the_page_is_done_with_its_evidence_and_leaves_its_events"
SERVED = "handover/test_counter_pages.py::test_a_clerk_serves_one_person_from_the_notice_to_the_card"
RECEIVED = "intake/test_intake_pages.py::test_a_box_is_received_by_two"
BAGGED = "disposal/test_disposal.py::test_the_whole_way_out"
MAILED = "dispatch/test_mailing.py::test_a_card_is_mailed_by_scans_alone"
PRINTED = "dispatch/test_letter_pages.py::test_a_clerk_prints_opens_and_sends"
REMINDED = "dispatch/test_letter_pages.py::test_each_later_letter_is_sent_from_its_page"
BOOKED = "matching/test_bookings_file.py::test_each_state_of_a_booking_that_a_file_brings_moves_the_visit"
CARRIED = "storage/test_transfers.py::test_a_clerk_sends_a_bag_and_the_branch_receives_it"

DONE_IN: Mapping[str, str] = {
    **dict.fromkeys(ways.ON_THE_CARD, ON_THE_CARD),
    "send_application": ON_THE_CARD,
    "arrive": RECEIVED,
    "arrive_ended": "intake/test_intake_pages.py::test_a_card_that_ended_on_the_way_gets_its_place_and_is_not_inspected",
    "inspect": RECEIVED,
    "preset": "intake/test_intake_pages.py::test_results_of_the_preset_are_entered_by_scan",
    "hand_over": SERVED,
    "person_arrives": SERVED,
    "begin_service": SERVED,
    "refuse_handover": "handover/test_counter_pages.py::test_a_visit_is_interrupted_resumed_kept_and_refused_on_pages",
    "store": "storage/test_storage.py::test_a_clerk_prepares_the_day",
    "take_to_counter": "storage/test_storage.py::test_a_clerk_prepares_the_day",
    "send_transfer": CARRIED,
    "receive_transfer": CARRIED,
    "make_notice": PRINTED,
    "send_notice": PRINTED,
    "remind": REMINDED,
    "urge": REMINDED,
    "warn_of_disposal": REMINDED,
    "notice_came_back": "dispatch/test_mailing.py::test_a_return_is_recorded_with_one_scan_and_one_key",
    "put_in_mail": MAILED,
    "deliver_by_mail": MAILED,
    "book_visit": BOOKED,
    "cancel_visit": BOOKED,
    "no_show": BOOKED,
    "approve_disposal": BAGGED,
    "put_in_bag": BAGGED,
    "dispose": BAGGED,
}
"""Which test does an act at its page. A file of the other zone is one page for every act that it may lead to: there its reader is tried."""

READY = rules.CardFacts(
    Progress.PRESET, PlaceKind.STORED, Notice.NONE, Visit.NONE, Terminal.UNSEEN, Disposal.NONE, expires=TODAY, has_sleeve=True
)
BROUGHT = replace(rules.with_everything(rules.Evidence(today=TODAY, actor="clerk")), document="届出")
SPOILED: Mapping[rules.Guard, Mapping[str, object]] = {
    rules.needs_reason: {"reason": " "},
    rules.needs_second_person: {"second_person": "clerk"},
    rules.needs_approval: {"approved_by": "clerk"},
    rules.second_person_by_setting: {"second_person": ""},
    rules.in_open_arrival: {"in_open_batch": False},
    rules.sleeve_bound: {"sleeve_bound": False, "has_sleeve": False},
    rules.preset_is_ok: {"preset_result": "ng"},
    rules.here: {"place_kind": PlaceKind.MISSING},
    rules.scan_matches: {"notice_matched": False, "booking_matched": False, "documents_without_notice": False},
    rules.checklist_done: {"checklist_complete": False},
    rules.fee_is_settled: {"fee_settled": False},
    rules.not_expired: {"expires": TODAY - dt.timedelta(days=1)},
    rules.stay_is_valid: {"stay_checked": False},
    rules.no_hold_on_letters: {"holds": frozenset({HoldKind.DIED})},
    rules.no_hold_on_handover: {"holds": frozenset({HoldKind.DIED})},
    rules.terminal_is_checked: {"terminal_checked": False},
    rules.enclosure_matches: {"tracking_number": ""},
    rules.has_document: {"document": ""},
    rules.preset_or_by_setting: {"progress": Progress.INSPECTED},
    rules.preset_is_done: {"progress": Progress.INSPECTED},
    rules.still_waits: {"visit": Visit.BOOKED},
    rules.before_delivery: {"progress": Progress.DELIVERED},
    rules.disposal_is_approved: {"disposal": Disposal.PROPOSED},
    rules.disposal_is_not_approved: {"disposal": Disposal.APPROVED},
    rules.has_ended_before_delivery: {"progress": Progress.ORDERED},
    rules.was_inspected: {"has_sleeve": False},
}
"""For each guard the one thing that it does not let pass."""

each_act = pytest.mark.parametrize("act", rules.ACTS, ids=lambda act: act.code)


def ready_for(act: rules.Act) -> rules.CardFacts:
    """Return a card with which `act` may be done when everything is brought along."""
    fitting = {
        change.axis: READY.value(change.axis) if READY.value(change.axis) in change.sources else min(change.sources)
        for change in act.changes
    }
    if rules.disposal_is_approved in act.guards:
        fitting.setdefault("disposal", Disposal.APPROVED)
    if rules.has_ended_before_delivery in act.guards:
        fitting.setdefault("progress", Progress.WITHDRAWN)
    return replace(READY, **fitting)  # type: ignore[arg-type]  # axes and their values


def spoil(facts: rules.CardFacts, evidence: rules.Evidence, change: Mapping[str, object]) -> tuple[rules.CardFacts, rules.Evidence]:
    of_the_card = {name: value for name, value in change.items() if hasattr(facts, name)}
    of_the_act = {name: value for name, value in change.items() if not hasattr(facts, name)}
    return replace(facts, **of_the_card), replace(evidence, **of_the_act)  # type: ignore[arg-type]  # fields by name


def test_the_table_of_pages_is_that_of_the_acts() -> None:
    assert [act.code for act in rules.ACTS if not ways.ways_of(act.code)] == []
    assert set(ways.ELSEWHERE) | set(ways.ON_THE_CARD) == set(rules.ACT_BY_CODE) == set(DONE_IN)
    assert set(ways.ENTRIES) == {code for code, _name, _target in rules.ENTRIES}


@each_act
def test_an_act_has_pages_with_a_right_that_somebody_holds(act: rules.Act) -> None:
    for name in ways.ways_of(act.code):
        assert who_may(name), f"nobody opens {name}"


@pytest.mark.parametrize("name", [*(name for names in ways.ENTRIES.values() for name in names), *HOLDS])
def test_entries_and_holds_have_pages_with_a_right_that_somebody_holds(name: str) -> None:
    assert who_may(name)


def who_may(name: str) -> set[str]:
    needed = ADDRESSES[name].requirement
    assert needed is not None, f"{name} says nothing"
    assert needed.rights, f"{name} lets everybody in"
    holders = roles_by_right()
    return {role for right in needed.rights for role in holders.get(right.code, [])}


@pytest.mark.parametrize(("act", "name"), [(act, name) for act, names in ways.ELSEWHERE.items() for name in names])
def test_the_room_behind_the_page_carries_the_act_out(act: str, name: str) -> None:
    namespace = name.partition(":")[0]
    room = ROOM_BEHIND.get(namespace, namespace)
    assert find_spec(f"madoguchi.delivery.{room}")
    sources = "".join(path.read_text(encoding="utf-8") for path in (DOMAIN / room).glob("*.py"))
    assert f'"{act}"' in sources, f"{room} never says {act}"


@each_act
def test_an_act_is_refused_from_every_other_state_and_the_sentence_names_it(act: rules.Act) -> None:
    facts = ready_for(act)
    assert rules.refusal(act, facts, BROUGHT) is None
    for change in act.changes:
        axis = next(axis for axis in rules.AXES if axis.code == change.axis)
        for value in axis.values:
            said = rules.refusal(act, replace(facts, **{change.axis: value}), BROUGHT)  # type: ignore[arg-type]  # an axis and its value
            if value not in change.sources and not change.if_possible:
                assert said is not None
                assert value.label in str(said)


@each_act
def test_each_guard_of_an_act_refuses_by_itself(act: rules.Act) -> None:
    for guard in act.guards:
        facts, evidence = spoil(ready_for(act), BROUGHT, SPOILED[guard])
        assert guard(facts, evidence), f"{guard.__name__} lets it pass"
        assert rules.refusal(act, facts, evidence), f"{act.code} does not ask {guard.__name__}"


@pytest.mark.django_db
def test_every_act_writes_one_event_for_each_axis_and_one_line_in_the_log(
    make_card: Callable[..., Card], city: DeliveryPlace, clerk: Actor, as_auditor: Callable[[], AbstractContextManager[object]]
) -> None:
    brought = {name: getattr(BROUGHT, name) for name in rules.EVIDENCE_FROM_CALLERS}
    elsewhere, cards = DeliveryPlace.objects.exclude(pk=city.pk).get(), list[int]()
    for number, act in enumerate(rules.ACTS, start=1):
        facts = ready_for(act)
        axes = {axis.code: facts.value(axis.code).value for axis in rules.AXES}
        house = {"site": city} if facts.place_kind in {PlaceKind.STORED, PlaceKind.COUNTER, PlaceKind.TRANSFER} else {}
        on_the_way = {"transfer_to": elsewhere} if facts.place_kind is PlaceKind.TRANSFER else {}
        sleeve = {"sleeve_code": sleeve_code(number)} if rules.was_inspected in act.guards else {}
        card = make_card(number, **axes, **house, **on_the_way, **sleeve, custodian="前の人")
        given = {**brought, "site": city.code, "transfer_to": elsewhere.code} if moves(act) else brought
        done = services.perform(card.pk, act.code, clerk, expected_version=1, reason="理由", detail=given)
        steps = {axis: (before, after) for axis, before, after in rules.changes_of(act, facts)}
        events = {event.axis: event for event in CardEvent.objects.filter(card=card)}
        assert {axis: (event.before, event.after) for axis, event in events.items()} == steps, act.code
        assert {(event.act, event.user_id, event.version, event.reason) for event in events.values()} == {(act.code, "clerk", 2, "理由")}
        assert {axis: getattr(done, axis) for axis in steps} == {axis: after for axis, (_before, after) in steps.items()}, act.code
        cards.append(card.pk)
    with as_auditor():
        logged = AuditEvent.objects.filter(subject__in=[f"card:{pk}" for pk in cards]).values_list("subject", "content__act")
        assert sorted(logged) == sorted((f"card:{pk}", act.code) for pk, act in zip(cards, rules.ACTS, strict=True))


def moves(act: rules.Act) -> bool:
    return any(change.axis == "place_kind" for change in act.changes)


@pytest.mark.django_db
def test_a_card_is_stopped_and_released_at_its_page_by_two_people_with_an_event_each(
    make_card: Callable[..., Card], signed_in_client: Callable[..., Client]
) -> None:
    card, setter, releaser = make_card(), signed_in_client("chief"), signed_in_client("chief", user_id="chief2")
    page = f"/cards/{card.pk}/hold/"
    assert setter.post(page, {"kind": "chip", "reason": "", "version": 1}).status_code == 422
    assert setter.post(page, {"kind": "chip", "reason": "読めない", "version": 1}).status_code == 302
    assert setter.post(page, {"kind": "chip", "reason": "読めない", "version": 2}).status_code == 422
    release = f"{page}{card.holds.get().pk}/release/"
    assert setter.post(release, {"reason": "直った", "version": 2}).status_code == 422
    assert releaser.post(release, {"reason": "直った", "version": 2}).status_code == 302
    events = CardEvent.objects.filter(card=card, axis="holds").order_by("id").values_list("act", "before", "after", "user_id")
    assert list(events) == [("set_hold", "", "chip", "chief"), ("release_hold", "chip", "", "chief2")]


@pytest.mark.parametrize("code", sorted(rules.ACT_BY_CODE))
def test_some_test_does_the_act_at_its_page(code: str) -> None:
    """Read the named test: it is there, and it (or what it calls beside it) goes to an address at which the act is done."""
    file, _sign, name = DONE_IN[code].partition("::")
    room, _slash, module = file.partition("/")
    parts = ast.parse((DOMAIN / room / "tests" / module).read_text(encoding="utf-8")).body
    functions = {part.name: part for part in parts if isinstance(part, ast.FunctionDef)}
    assert name in functions, DONE_IN[code]
    beside = [part for one, part in functions.items() if one == name or not one.startswith("test_")]
    said = "".join(ast.unparse(part) for part in beside)
    # A file of the other zone has one page for all that it may lead to; there the reader of the file is called itself.
    words = {"BookingsHandler" if way == "exchange:import" else last_word(ADDRESSES[way].path) for way in ways.ways_of(code)}
    assert any(word in said for word in words), f"{DONE_IN[code]} goes to none of {words}"


def last_word(path: str) -> str:
    """Return the last part of an address that is no number or code."""
    return [part for part in path.split("/") if part and not part.startswith("<")][-1]


def test_this_file_knows_every_guard() -> None:
    used: set[Any] = {guard for act in rules.ACTS for guard in act.guards}
    assert set(SPOILED) == used
