"""The plan of a month: the same for the same seed, as large as asked for, with something wrong in it."""

import datetime as dt

import pytest

from madoguchi.kernel.office_days import is_office_day
from madoguchi.zones.month.plan import BOX, CARDS, CITIZENS, SMALLEST, Plan

TODAY = dt.date(2026, 11, 21)


def conduct(plan: Plan) -> list[object]:
    day = plan.days[10]
    return [(serial, plan.way(serial), plan.comes(serial, day), plan.visit(serial, day)) for serial in plan.people]


def test_the_same_seed_plays_the_same_month_and_another_seed_another() -> None:
    first, again, other = Plan(1, 145, TODAY), Plan(1, 145, TODAY), Plan(2, 145, TODAY)
    assert first.lists == again.lists
    assert first.boxes == again.boxes
    assert conduct(first) == conduct(again)
    assert first.lists != other.lists


@pytest.mark.parametrize("cards", [SMALLEST, 145, CARDS])
def test_a_month_has_its_cards_its_faults_and_its_days(cards: int) -> None:
    plan = Plan(1, cards, TODAY)
    assert sum(len(one.people) for one in plan.lists) == cards
    assert all(one.spoilt for one in plan.lists)
    assert len(plan.people) == cards - sum(len(one.spoilt) for one in plan.lists)
    assert sum(len(set(box.inside())) for box in plan.boxes) >= len(plan.people) - sum(len(box.missing) for box in plan.boxes)
    assert any(box.missing for box in plan.boxes)
    assert any(box.damaged for box in plan.boxes)
    assert any(box.stranger for box in plan.boxes)
    # What the box before lacked lies in a box besides its own cards.
    assert all(len(box.serials) <= BOX + 1 and is_office_day(box.day) for box in plan.boxes)
    assert 18 <= len(plan.office_days) <= 23
    assert max(plan.days) < TODAY


def test_who_books_in_the_demo_does_nothing_in_the_month() -> None:
    plan = Plan(1, SMALLEST, TODAY)
    waiting = [serial for serial in plan.people if plan.is_demo_citizen(serial)]
    assert sorted(waiting) == [f"A0A{number:06d}" for number in range(1, CITIZENS + 1)]
    together = {serial for members in plan.households().values() for serial in members}
    faulty = {serial for box in plan.boxes for serial in (*box.missing, *box.damaged)}
    assert not set(waiting) & (together | faulty)


def test_a_list_has_its_faults_on_their_rows() -> None:
    one = Plan(1, 145, TODAY).lists[0]
    lines = one.content().decode("utf-8-sig").split("\r\n")
    assert len(lines) == len(one.people) + 2
    (position, kind), *_more = one.spoilt
    sound = lines[position].count(",")
    assert (lines[position + 1].count(",") != sound) == (kind == "columns missing")
