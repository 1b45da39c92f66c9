"""The day board and what hangs on it: marks, call numbers, walk-ins, the call display."""

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.test import Client
from django.urls import reverse

from madoguchi.booking.calendar.models import Place, Slot
from madoguchi.booking.desk import displays, tickets
from madoguchi.booking.desk.board import board
from madoguchi.booking.desk.models import CallDisplay, CallTicket, TicketEvent
from madoguchi.booking.desk.rules import STEPS, Act, acts_for, minutes_late
from madoguchi.booking.municipality.services import change
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.models import Booking, BookingEvent, Credential, State
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.booking.urls")]

SignedIn = Callable[..., Client]
Ticket = Callable[..., CallTicket]
CLERK = automatic("test")


def text(answer: Any) -> str:
    return bytes(answer.content).decode()


@pytest.fixture
def today(town: Place, slot: Slot) -> Any:
    """Make it the morning of the slot's day, five minutes past its start."""
    with time_machine.travel(dt.datetime.combine(slot.day, dt.time(9, 5)).astimezone(), tick=False):
        yield slot.day


@pytest.fixture
def booked(person: Callable[..., Credential], slot: Slot) -> Booking:
    return services.book_by_staff(CLERK, person().serial, slot.pk, key=uuid.uuid4())


@pytest.fixture
def clerk(signed_in_client: SignedIn, town: Place, today: dt.date) -> Client:
    client = signed_in_client("clerk")
    client.post(reverse("desk:set-counter"), {"counter": "３"})
    return client


@pytest.fixture
def ticket(town: Place, today: dt.date) -> Ticket:
    def give(place: Place = town, **values: Any) -> CallTicket:
        return tickets.issue(CLERK, place, key=values.pop("key", uuid.uuid4()), **values)

    return give


def press_mark(client: Client, booking: Booking, mark: str, version: int | None = None) -> Any:
    return client.post(reverse("desk:mark", args=[booking.pk]), {"mark": mark, "version": str(version or booking.version)})


def press(client: Client, ticket: CallTicket, act: Act, **more: str) -> Any:
    answer = client.post(reverse("desk:ticket-step", args=[ticket.pk]), {"act": act.value, "version": str(ticket.version), **more})
    ticket.refresh_from_db()
    return answer


def test_whoever_arrives_gets_a_number_and_stands_on_the_board(booked: Booking, clerk: Client) -> None:
    assert "5分経過" in text(clerk.get(reverse("desk:board")))
    for _press in range(2):
        assert press_mark(clerk, booked, "arrived").status_code == 302
    booked.refresh_from_db()
    assert booked.state == State.ARRIVED
    assert CallTicket.objects.get().number == 1
    page = text(clerk.get(reverse("desk:board")))
    assert "受付番号は 1 です" in page
    assert "来庁中 <strong>1</strong>" in page
    assert BookingEvent.objects.filter(booking=booked, kind="arrived").count() == 1


def test_a_mark_taken_back_leaves_both_in_the_history_and_voids_the_number(booked: Booking, clerk: Client) -> None:
    press_mark(clerk, booked, "arrived")
    clerk.post(reverse("desk:undo"))
    booked.refresh_from_db()
    assert booked.state == State.CONFIRMED
    assert CallTicket.objects.get().state == CallTicket.State.VOID
    assert [event.kind for event in BookingEvent.objects.filter(booking=booked).order_by("pk")][-2:] == ["arrived", "corrected"]
    assert "元に戻せる操作がありません" in text(clerk.post(reverse("desk:undo"), follow=True)), "once is enough"
    press_mark(clerk, Booking.objects.get(), "arrived")
    assert sorted(CallTicket.objects.values_list("number", "state")) == [(1, "void"), (2, "waiting")]


def test_done_taken_back_is_arrived_again(booked: Booking, clerk: Client) -> None:
    press_mark(clerk, booked, "arrived")
    press_mark(clerk, Booking.objects.get(), "done")
    clerk.post(reverse("desk:undo"))
    assert Booking.objects.get().state == State.ARRIVED


def test_results_that_the_delivery_zone_enters_are_only_shown_here(booked: Booking, clerk: Client) -> None:
    change(CLERK, results_from_delivery=True)
    page = text(clerk.get(reverse("desk:board")))
    assert ('value="arrived"' in page, 'value="no_show"' in page) == (True, False)
    mark = reverse("desk:mark", args=[booked.pk])
    clerk.post(mark, {"mark": "arrived"})
    assert "交付管理で記録する設定" in text(clerk.post(mark, {"mark": "done"}, follow=True))
    assert Booking.objects.get().state == State.ARRIVED
    change(CLERK, results_from_delivery=False)
    clerk.post(mark, {"mark": "done"})
    assert Booking.objects.get().state == State.DONE


def test_of_two_windows_the_second_is_told(booked: Booking, clerk: Client, signed_in_client: SignedIn) -> None:
    other = signed_in_client("clerk", user_id="second")
    press_mark(clerk, booked, "arrived")
    page = text(other.post(reverse("desk:mark", args=[booked.pk]), {"mark": "no_show", "version": booked.version}, follow=True))
    assert "先に変えられました" in page
    assert Booking.objects.get().state == State.ARRIVED


@pytest.mark.parametrize("role", ["operator", "auditor"])
def test_who_only_looks_marks_nothing(signed_in_client: SignedIn, today: dt.date, booked: Booking, role: str) -> None:
    client = signed_in_client(role)
    page = text(client.get(reverse("desk:board")))
    assert booked.number in page
    assert "消し込み" not in page
    assert press_mark(client, booked, "arrived").status_code == 403


def test_another_place_is_not_ones_business(signed_in_client: SignedIn, today: dt.date, booked: Booking, ticket: Ticket) -> None:
    Place.objects.create(code="branch", name="北市民センター")
    elsewhere = signed_in_client("clerk", place="branch")
    assert press_mark(elsewhere, booked, "arrived").status_code == 404
    given = ticket()
    assert press(elsewhere, given, Act.CALL).status_code == 404
    assert elsewhere.get(reverse("desk:slip", args=[given.pk])).status_code == 404
    assert given.state == CallTicket.State.WAITING


def test_nobody_has_come_before_the_day(signed_in_client: SignedIn, booked: Booking) -> None:
    client = signed_in_client("clerk")
    assert "まだ来ていません" in text(
        client.post(reverse("desk:mark", args=[booked.pk]), {"mark": "arrived", "version": booked.version}, follow=True)
    )
    assert Booking.objects.get().state == State.CONFIRMED


def test_a_number_goes_from_the_call_to_the_end(clerk: Client, ticket: Ticket) -> None:
    given = ticket()
    press(clerk, given, Act.CALL)
    assert (given.state, given.counter, given.calls) == ("called", "3", 1)
    press(clerk, given, Act.RECALL)
    assert given.calls == 2
    press(clerk, given, Act.MISS)
    assert given.state == "missed"
    press(clerk, given, Act.CALL)
    press(clerk, given, Act.SERVE)
    press(clerk, given, Act.CLOSE)
    assert given.state == "closed"
    assert [event.act for event in given.events.all()] == ["issue", "call", "recall", "miss", "call", "serve", "close"]


def test_a_button_pressed_twice_is_one_step(clerk: Client, ticket: Ticket) -> None:
    given = ticket()
    first = given.version
    press(clerk, given, Act.CALL)
    clerk.post(reverse("desk:ticket-step", args=[given.pk]), {"act": "call", "version": str(first)})
    given.refresh_from_db()
    assert (given.calls, given.version) == (1, 2)


def test_a_stale_button_of_another_act_does_nothing(clerk: Client, ticket: Ticket) -> None:
    given = ticket()
    stale = given.version
    press(clerk, given, Act.CALL)
    answer = clerk.post(reverse("desk:ticket-step", args=[given.pk]), {"act": "park", "version": str(stale)}, follow=True)
    assert "ほかの職員が先に操作し" in text(answer)
    given.refresh_from_db()
    assert given.state == "called"


def test_a_forwarded_number_is_called_by_its_window_alone(clerk: Client, ticket: Ticket) -> None:
    given = ticket()
    press(clerk, given, Act.FORWARD, counter="7")
    assert (given.state, given.for_counter) == ("waiting", "7")
    assert "窓口7に回されています" in text(press_and_follow(clerk, given, Act.CALL))
    clerk.post(reverse("desk:set-counter"), {"counter": "7"})
    press(clerk, given, Act.CALL)
    assert (given.state, given.counter) == ("called", "7")


def press_and_follow(client: Client, ticket: CallTicket, act: Act) -> Any:
    return client.post(reverse("desk:ticket-step", args=[ticket.pk]), {"act": act.value, "version": str(ticket.version)}, follow=True)


def test_a_step_taken_back_leads_where_the_number_was(clerk: Client, ticket: Ticket) -> None:
    given = ticket()
    press(clerk, given, Act.CALL)
    press(clerk, given, Act.MISS)
    clerk.post(reverse("desk:undo"))
    given.refresh_from_db()
    assert (given.state, given.counter) == ("called", "3")
    assert given.events.last().act == "undo"  # type: ignore[union-attr]  # there is one


@pytest.mark.parametrize("state", list(CallTicket.State))
@pytest.mark.parametrize("act", list(Act))
def test_only_the_listed_steps_are_made(ticket: Ticket, state: str, act: Act) -> None:
    given = ticket()
    CallTicket.objects.filter(pk=given.pk).update(state=state, called_at=clock.now())
    fits = state in STEPS[act][0]
    assert (act in acts_for(state)) == fits
    if fits:
        assert tickets.step(CLERK, given.pk, act, version=1, counter="1").state == STEPS[act][1]
    else:
        with pytest.raises(tickets.TicketRefused):
            tickets.step(CLERK, given.pk, act, version=1, counter="1")


def test_numbers_count_up_by_place_and_day_and_a_key_gives_one(ticket: Ticket, town: Place) -> None:
    branch = Place.objects.create(code="branch", name="北市民センター")
    key = uuid.uuid4()
    assert [ticket(key=key).number, ticket(key=key).number, ticket().number, ticket(branch).number] == [1, 1, 2, 1]


@pytest.mark.django_db(transaction=True)
def test_windows_that_give_numbers_at_once_never_give_one_twice(town: Place) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def give(_number: int) -> int:
        try:
            return tickets.issue(CLERK, town, key=uuid.uuid4()).number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as windows:
        given = list(windows.map(give, range(24)))
    assert sorted(given) == list(range(1, 25))
    assert TicketEvent.objects.count() == 24


def test_somebody_without_a_booking_gets_a_place_and_a_number(clerk: Client, person: Callable[..., Credential]) -> None:
    someone = person()
    typed = {"number": someone.serial, "reason": "", "key": str(uuid.uuid4()), "place": "main"}
    assert clerk.post(reverse("desk:walk-in"), typed).status_code == 422
    typed["reason"] = "通知書を見た"
    for _press in range(2):
        assert clerk.post(reverse("desk:walk-in"), typed).status_code == 302
    booking = Booking.objects.get()
    assert (booking.state, booking.walk_in) == (State.ARRIVED, True)
    assert CallTicket.objects.get().booking == booking


def test_somebody_without_a_number_gets_a_call_number_alone(clerk: Client, town: Place) -> None:
    answer = clerk.post(reverse("desk:walk-in"), {"number": "", "place": "main", "key": str(uuid.uuid4())}, follow=True)
    assert "受付票" in text(answer)
    assert not Booking.objects.exists()
    assert CallTicket.objects.get().booking is None


def test_somebody_who_has_a_booking_today_is_simply_here(clerk: Client, booked: Booking) -> None:
    serial = booked.attendees.get().credential.serial
    clerk.post(reverse("desk:walk-in"), {"number": serial, "place": "main", "key": str(uuid.uuid4())})
    assert Booking.objects.get().state == State.ARRIVED


def test_a_full_day_takes_a_walk_in_by_the_right_to_overbook_alone(
    clerk: Client, signed_in_client: SignedIn, person: Callable[..., Credential], town: Place, today: dt.date
) -> None:
    for slot in Slot.objects.filter(place=town, day=today):
        for _number in range(slot.capacity):
            services.book_by_staff(CLERK, person().serial, slot.pk, key=uuid.uuid4())
    typed = {"number": person().serial, "reason": "遠方から来庁", "place": "main", "key": str(uuid.uuid4())}
    page = clerk.post(reverse("desk:walk-in"), typed)
    assert page.status_code == 422
    assert "満員" in text(page)
    chief = signed_in_client("chief", user_id="chief")
    assert chief.post(reverse("desk:walk-in"), typed).status_code == 302
    assert Slot.objects.filter(place=town, day=today, capacity=5).count() == 1


def test_the_board_has_a_constant_number_of_statements(
    clerk: Client, person: Callable[..., Credential], slot: Slot, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    def add() -> None:
        booking = services.book_by_staff(CLERK, person().serial, slot.pk, key=uuid.uuid4())
        services.mark_arrived(CLERK, booking.pk)
        tickets.issue(CLERK, slot.place, key=uuid.uuid4(), booking=booking)

    add()
    for name in ("board", "board-live"):
        clerk.get(reverse(f"desk:{name}"))
        with django_assert_max_num_queries(16) as one:
            clerk.get(reverse(f"desk:{name}"))
        add()
        with django_assert_max_num_queries(16) as more:
            clerk.get(reverse(f"desk:{name}"))
        assert len(more) == len(one), name


def test_a_look_is_recorded_once_and_not_with_every_refresh(clerk: Client, as_auditor: Callable[[], Any]) -> None:
    clerk.get(reverse("desk:board"))
    for _refresh in range(3):
        clerk.get(reverse("desk:board-live"))
    with as_auditor():
        assert AuditEvent.objects.filter(process_code="desk.board.view").count() == 1


@pytest.mark.parametrize(("now", "minutes"), [("08:59", 0), ("09:00", 0), ("09:06", 6)])
def test_how_late_is_counted_from_the_start_on_the_day_only(now: str, minutes: int) -> None:
    day = dt.date(2026, 12, 3)
    moment = dt.datetime.fromisoformat(f"2026-12-03T{now}:30+09:00")
    assert minutes_late(dt.time(9), moment, day) == minutes
    assert minutes_late(dt.time(9), moment, day + dt.timedelta(days=1)) == 0


def paired(client: Client, code: str) -> Any:
    return client.post(reverse("desk:screen"), {"code": code})


def test_a_screen_is_paired_once_and_shows_numbers_only(
    town: Place, client: Client, ticket: Ticket, booked: Booking, clerk: Client
) -> None:
    _display, code = displays.register(CLERK, "1階 待合", [town], speaks=True)
    assert "接続コード" in text(client.get(reverse("desk:screen")))
    assert client.get(reverse("desk:screen-live")).status_code == 410
    assert paired(client, f"{code[:4]}　{code[4:]}").status_code == 302
    given = ticket(booking=booked)
    press(clerk, given, Act.CALL)
    page = text(client.get(reverse("desk:screen-live")))
    assert "受付番号、1番の方。3番の窓口へお越しください。" in page
    assert booked.number not in page
    assert booked.attendees.get().credential.serial not in page
    first = re.findall(r'data-call="([^"]+)"', page)
    press(clerk, given, Act.RECALL)
    assert re.findall(r'data-call="([^"]+)"', text(client.get(reverse("desk:screen-live")))) != first, "a recall is called aloud again"
    assert paired(Client(), code).status_code == 422, "a code works once"


def test_a_screen_of_two_places_says_which(town: Place, client: Client, ticket: Ticket) -> None:
    branch = Place.objects.create(code="branch", name="北市民センター")
    other = Place.objects.create(code="other", name="南市民センター")
    _display, code = displays.register(CLERK, "2階", [town, branch], speaks=False)
    paired(client, code)
    for place in (town, branch, other):
        tickets.step(CLERK, ticket(place).pk, Act.CALL, version=1, counter="1")
    page = text(client.get(reverse("desk:screen-live")))
    assert "本庁舎。受付番号" in page
    assert "北市民センター。受付番号" in page
    assert "南市民センター" not in page


def test_guessing_a_code_ends_it(town: Place, client: Client) -> None:
    _display, code = displays.register(CLERK, "待合", [town], speaks=True)
    wrong = f"{(int(code) + 1) % 10**8:08d}"
    for _guess in range(displays.MOST_WRONG_CODES):
        assert paired(client, wrong).status_code == 422
    assert paired(client, code).status_code == 422


def test_an_old_code_and_an_ended_display_show_nothing(town: Place, client: Client) -> None:
    display, code = displays.register(CLERK, "待合", [town], speaks=True)
    with time_machine.travel(clock.now() + displays.CODE_LIFE + dt.timedelta(seconds=1)):
        assert paired(client, code).status_code == 422
    assert paired(client, displays.new_code(CLERK, display)).status_code == 302
    assert client.get(reverse("desk:screen-live")).status_code == 200
    displays.new_code(CLERK, display)
    assert client.get(reverse("desk:screen-live")).status_code == 410, "a new code ends the screen before"
    displays.end(CLERK, display.pk)
    assert not CallDisplay.objects.exists()


def test_displays_are_registered_by_those_who_may(signed_in_client: SignedIn, town: Place) -> None:
    chief = signed_in_client("chief")
    assert "場所を1つ以上" in text(chief.post(reverse("desk:displays"), {"name": "待合"}))
    page = text(chief.post(reverse("desk:displays"), {"name": "待合", "places": [str(town.pk)], "speaks": "on"}))
    assert re.search(r"\d{4} \d{4}", page)
    display = CallDisplay.objects.get()
    assert chief.post(reverse("desk:renew-display", args=[display.pk])).status_code == 200
    clerk = signed_in_client("clerk", user_id="c")
    assert clerk.get(reverse("desk:displays")).status_code == 403
    Place.objects.create(code="branch", name="北市民センター")
    elsewhere = signed_in_client("chief", user_id="other", place="branch")
    elsewhere.post(reverse("desk:remove-display", args=[display.pk]))
    assert CallDisplay.objects.exists()
    chief.post(reverse("desk:remove-display", args=[display.pk]))
    assert not CallDisplay.objects.exists()


def test_the_board_reads_counts_by_state(town: Place, booked: Booking, today: dt.date) -> None:
    seen = board(town, today)
    assert (seen.expected, seen.overdue, seen.here, seen.over) == (1, 1, 0, 0)
