"""臨時停止: whom it hits, proposed times, moving together, calls, announcement, and taking it back."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from madoguchi.booking.calendar.models import Closure, Place, Slot
from madoguchi.booking.calendar.rules import Admission
from madoguchi.booking.desk import contacts, stops
from madoguchi.booking.desk.models import AffectedBooking, ContactAttempt, ContactTask, EmergencyStop
from madoguchi.booking.desk.rules import FreeTime, ToMove, propose_times
from madoguchi.booking.municipality import announcements
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.invariants import violations
from madoguchi.booking.reservations.models import Booking, Credential, MailIntent, State
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.jobs import services as jobs
from madoguchi.platform.jobs.models import Job
from madoguchi.platform.verbs import Silent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.booking.urls")]

SignedIn = Callable[..., Client]
Book = Callable[..., Booking]
ACTOR = automatic("test")
DAY = dt.date(2026, 12, 3)
WORDS = stops.Words("12月3日は受け付けられません。", {"en": "We are closed on December 3."})


def text(answer: Any) -> str:
    return bytes(answer.content).decode()


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


@pytest.fixture
def book(person: Callable[..., Credential], slot: Slot) -> Book:
    def make(at: Slot = slot, email: str = "", **values: Any) -> Booking:
        return services.book_by_staff(ACTOR, person(**values).serial, at.pk, key=uuid.uuid4(), email=email)

    return make


@pytest.fixture
def chief(signed_in_client: SignedIn, town: Place) -> Client:
    return signed_in_client("chief")


def stop(place: Place | None, day: dt.date, **values: Any) -> EmergencyStop:
    return stops.stop(ACTOR, place, day, day, "全国システムの障害", key=values.pop("key", uuid.uuid4()), **values)


def free(slot: int, place: str = "main", days: int = 1, hour: int = 9, room: int = 1) -> FreeTime:
    return FreeTime(slot, place, DAY + dt.timedelta(days=days), dt.time(hour), room)


def to_move(name: str, hour: int = 9, seats: int = 1, **admission: Any) -> ToMove:
    return ToMove(name, "main", DAY, dt.time(hour), seats, [Admission(**admission)])


def test_the_nearest_day_and_hour_is_proposed_and_no_place_twice() -> None:
    times = [free(1, days=2), free(2, hour=15), free(3, hour=10)]
    found = propose_times([to_move("late", 10), to_move("early", 9), to_move("third", 11)], times, other_places=False)
    assert found == {"early": 3, "late": 2, "third": 1}


def test_a_family_chooses_before_single_people() -> None:
    times = [free(1, room=2), free(2, days=5)]
    assert propose_times([to_move("one"), to_move("two", 11, seats=2)], times, other_places=False) == {"one": 2, "two": 1}


def test_nobody_is_sent_where_or_when_they_may_not_come() -> None:
    times = [free(1, place="branch"), free(2, days=3)]
    assert propose_times([to_move("a")], times[:1], other_places=False) == {"a": None}
    assert propose_times([to_move("a")], times[:1], other_places=True) == {"a": 1}
    assert propose_times([to_move("a", places=("main",))], times, other_places=True) == {"a": 2}
    assert propose_times([to_move("a", deadline=DAY)], times, other_places=True) == {"a": None}
    assert propose_times([to_move("a", not_before=DAY + dt.timedelta(days=4))], times, other_places=True) == {"a": None}


def test_a_stop_closes_the_day_mails_lists_calls_and_tells_the_public(
    book: Book, town: Place, slot: Slot, client: Client, settings: Any
) -> None:
    with_mail, without = book(email="a@example.jp"), book()
    elsewhere = book(at=Slot.objects.get(place=town, day=slot.day + dt.timedelta(days=1), start=slot.start))
    key = uuid.uuid4()
    stopped = stop(town, slot.day, key=key, words=WORDS)
    assert stop(town, slot.day, key=key).pk == stopped.pk, "the same form twice is one stop"
    assert not Slot.objects.filter(place=town, day=slot.day, is_open=True).exists()
    assert [hit.affected.booking for hit in stops.hits(stopped)] == sorted([with_mail, without], key=lambda one: one.number)
    assert MailIntent.objects.filter(kind=MailIntent.Kind.STOPPED).get().booking == with_mail
    assert ContactTask.objects.get().booking == without
    assert elsewhere.pk not in {hit.affected.booking_id for hit in stops.hits(stopped)}
    assert WORDS.text in text(client.get(reverse("citizens:top")))
    assert Booking.objects.get(pk=without.pk).state == State.CONFIRMED, "a booking stands until people decide"


def test_without_mails_everybody_is_called(book: Book, town: Place, slot: Slot) -> None:
    book(email="a@example.jp")
    stopped = stop(town, slot.day, with_mails=False)
    assert not MailIntent.objects.filter(kind=MailIntent.Kind.STOPPED).exists()
    assert ContactTask.objects.filter(stop=stopped).count() == 1


def test_a_stop_of_all_places_and_days_that_make_no_sense(book: Book, town: Place, slot: Slot) -> None:
    book()
    assert stop(None, slot.day).affected.count() == 1
    for first, last in ((-1, 0), (2, 1), (0, 63)):
        with pytest.raises(ValidationError):
            stops.stop(
                ACTOR, town, slot.day + dt.timedelta(days=first - 5 if first < 0 else first), slot.day + dt.timedelta(days=last), "x",
                key=uuid.uuid4(),
            )  # fmt: skip


def test_everybody_moves_at_once_and_what_changed_meanwhile_stays(book: Book, town: Place, slot: Slot) -> None:
    first, second, third = book(email="a@example.jp"), book(), book()
    stopped = stop(town, slot.day)
    assert stops.propose(stopped, days=10, other_places=False) == 3
    services.mark_late(ACTOR, third.pk)
    assert stops.rebook(ACTOR, stopped, Silent()) == stops.Rebooked(2, 1)
    standing = {hit.affected.booking_id: hit for hit in stops.hits(stopped)}
    assert [standing[one.pk].standing for one in (first, second, third)] == ["moved", "moved", "open"]
    assert "先に変えられました" in standing[third.pk].affected.refusal
    moved = Booking.objects.select_related("slot").get(pk=second.pk)
    assert moved.slot.day == slot.day + dt.timedelta(days=1)
    assert moved.slot.start == slot.start
    assert MailIntent.objects.filter(booking=first, kind=MailIntent.Kind.CHANGED).exists()
    task = ContactTask.objects.get(booking=second)
    assert "新しい日時" in task.note
    assert not task.is_done, "somebody still has to call"
    assert violations() == []
    stops.propose(stopped, days=10, other_places=False)
    assert stops.rebook(ACTOR, stopped, Silent()) == stops.Rebooked(1, 0), "a second run goes on"


def test_a_time_that_filled_up_after_the_preview_is_refused_with_the_reason(
    book: Book, person: Callable[..., Credential], town: Place, slot: Slot
) -> None:
    booking = book()
    stopped = stop(town, slot.day)
    stops.propose(stopped, days=10, other_places=False)
    proposed = AffectedBooking.objects.get().proposed
    assert proposed is not None
    for _number in range(proposed.capacity):
        services.book_by_staff(ACTOR, person().serial, proposed.pk, key=uuid.uuid4())
    assert stops.rebook(ACTOR, stopped, Silent()) == stops.Rebooked(0, 1)
    assert "満員" in AffectedBooking.objects.get().refusal
    assert Booking.objects.get(pk=booking.pk).slot_id == slot.pk


def test_a_deadline_is_kept_and_people_decide(book: Book, town: Place, slot: Slot) -> None:
    book(deadline=slot.day)
    stopped = stop(town, slot.day)
    assert stops.propose(stopped, days=10, other_places=True) == 0
    assert stops.rebook(ACTOR, stopped, Silent()) == stops.Rebooked(0, 0)


def test_taking_back_opens_the_day_and_drops_the_calls(book: Book, town: Place, slot: Slot, client: Client) -> None:
    book()
    stopped = stop(town, slot.day, words=WORDS)
    assert stops.take_back(ACTOR, stopped.pk)
    assert not stops.take_back(ACTOR, stopped.pk), "once is enough"
    assert Slot.objects.filter(place=town, day=slot.day, is_open=True).count() == 4
    assert not Closure.objects.exists()
    assert not announcements.standing().exists()
    task = ContactTask.objects.get()
    assert (task.is_done, task.tries.get().outcome) == (True, ContactAttempt.Outcome.DROPPED)


def fill(first: dt.date, **more: str) -> dict[str, str]:
    days = {f"{name}_{part}": str(getattr(first, part)) for name in ("day_from", "day_until") for part in ("year", "month", "day")}
    return {"place": "main", **days, "reason": "停電", "text": "本日は停止します。", "with_mails": "on", **more}


@pytest.mark.django_db(transaction=True)
def test_a_chief_stops_a_day_moves_everybody_and_takes_it_back(book: Book, chief: Client, slot: Slot) -> None:
    book()
    book(email="a@example.jp")
    address = reverse("desk:new-stop")
    page = chief.post(address, fill(slot.day))
    assert "2件" in text(page)
    assert not EmergencyStop.objects.exists(), "nothing stops before the number is typed"
    wrong = chief.post(address, fill(slot.day, count="1", key=str(page.context["key"])))
    assert wrong.status_code == 422
    answer = chief.post(address, fill(slot.day, count="２", key=str(page.context["key"])))
    stopped = EmergencyStop.objects.get()
    assert answer["Location"] == reverse("desk:stop", args=[stopped.pk])
    assert "影響する予約 2件" in text(chief.get(answer["Location"]))
    chief.post(reverse("desk:propose", args=[stopped.pk]), {"days": "14"})
    assert chief.post(reverse("desk:rebook", args=[stopped.pk]), {"count": "5"}).status_code == 422
    chief.post(reverse("desk:rebook", args=[stopped.pk]), {"count": "2"})
    jobs.run(Job.objects.get().pk)
    assert {hit.standing.value for hit in stops.hits(stopped)} == {"moved"}
    chief.post(reverse("desk:take-back", args=[stopped.pk]))
    assert "取り下げ" in text(chief.get(reverse("desk:stops")))


@pytest.mark.parametrize("role", ["clerk", "operator", "administrator", "auditor"])
def test_a_stop_is_the_chiefs(signed_in_client: SignedIn, town: Place, slot: Slot, role: str) -> None:
    stopped = stop(town, slot.day)
    client = signed_in_client(role)
    for name in ("stops", "new-stop", "announcements"):
        assert client.get(reverse(f"desk:{name}")).status_code == 403
    for name in ("stop", "take-back", "propose", "rebook"):
        assert client.post(reverse(f"desk:{name}", args=[stopped.pk])).status_code == 403


def test_a_chief_of_one_place_stops_no_other(signed_in_client: SignedIn, town: Place, slot: Slot) -> None:
    Place.objects.create(code="branch", name="北市民センター")
    elsewhere = signed_in_client("chief", place="branch")
    assert elsewhere.post(reverse("desk:new-stop"), fill(slot.day)).status_code == 422
    assert elsewhere.post(reverse("desk:new-stop"), fill(slot.day, place="*")).status_code == 422
    for stopped in (stop(town, slot.day), stop(None, slot.day)):
        assert elsewhere.get(reverse("desk:stop", args=[stopped.pk])).status_code == 404


def test_calls_are_noted_until_somebody_is_reached(signed_in_client: SignedIn, book: Book, town: Place, slot: Slot) -> None:
    book()
    stopped = stop(town, slot.day)
    operator = signed_in_client("operator")
    task = ContactTask.objects.get()
    address = reverse("desk:contact", args=[task.pk])
    assert task.booking.number in text(operator.get(reverse("desk:contacts")))
    assert "結果を選んでください" in text(operator.post(address, {"version": "1"}))
    for _press in range(2):
        operator.post(address, {"outcome": "none", "version": "1"})
    task.refresh_from_db()
    assert (task.attempts, task.is_done) == (1, False)
    stale = operator.post(address, {"outcome": "reached", "version": "1"}, follow=True)
    assert "ほかの職員が先に記録しました" in text(stale)
    operator.post(address, {"outcome": "reached", "note": "翌日に来庁", "version": "2"})
    task.refresh_from_db()
    assert task.is_done
    assert [hit.standing.value for hit in stops.hits(stopped)] == ["told"]
    assert task.booking.number not in text(operator.get(reverse("desk:contacts")))
    assert task.booking.number in text(operator.get(reverse("desk:contacts") + "?show=done"))


def test_a_booking_is_put_on_the_list_once_for_a_cause(signed_in_client: SignedIn, book: Book) -> None:
    booking = book()
    operator = signed_in_client("operator")
    address = reverse("desk:new-contact", args=[booking.pk])
    assert operator.post(address, {"cause": "back"}).status_code == 422
    for _press in range(2):
        assert operator.post(address, {"cause": "back", "note": "午後に折り返す"}).status_code == 302
    task = ContactTask.objects.get()
    assert (task.cause, task.note) == ("back", "午後に折り返す")
    contacts.note_attempt(ACTOR, task.pk, ContactAttempt.Outcome.REACHED, "", version=1)
    operator.post(address, {"cause": "back", "note": "もう一度"})
    assert ContactTask.objects.count() == 2, "a new cause for a call after the first was settled"


def test_lists_of_stops_and_calls_have_a_constant_number_of_statements(
    signed_in_client: SignedIn, book: Book, town: Place, slot: Slot, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    chief = signed_in_client("chief")
    later = Slot.objects.filter(place=town, day=slot.day + dt.timedelta(days=1)).first()
    book()
    one, two = stop(town, slot.day), later
    assert two is not None
    for _number in range(3):
        book(at=two)
    many = stop(town, two.day)

    def statements(address: str) -> int:
        chief.get(address)
        with django_assert_max_num_queries(20) as asked:
            chief.get(address)
        return len(asked)

    assert statements(reverse("desk:stop", args=[one.pk])) == statements(reverse("desk:stop", args=[many.pk]))
    contacts_of = reverse("desk:contacts")
    assert statements(f"{contacts_of}?stop={one.pk}") == statements(f"{contacts_of}?stop={many.pk}")


def test_an_announcement_stands_between_its_days_in_the_readers_language(chief: Client, client: Client, town: Place) -> None:
    today = clock.today()
    last = today + dt.timedelta(days=3)
    days = {"day_until_year": str(last.year), "day_until_month": str(last.month), "day_until_day": str(last.day)}
    assert chief.post(reverse("desk:announcements"), {"text": ""}).status_code == 422
    past = {"day_until_year": "2020", "day_until_month": "1", "day_until_day": "1"}
    assert chief.post(reverse("desk:announcements"), {"text": "x", **past}).status_code == 422
    answer = chief.post(
        reverse("desk:announcements"), {"text": "臨時に開きます。", "in_en": "Open this Sunday.", "is_urgent": "on", **days}
    )
    assert answer.status_code == 302
    cache.clear()
    page = text(client.get(reverse("citizens:top")))
    assert "臨時に開きます。" in page
    assert "重要なお知らせ" in page
    client.cookies["madoguchi_language"] = "pt"
    page = text(client.get(reverse("citizens:top")))
    assert "Open this Sunday." in page
    assert "somente em inglês" in page
    client.cookies["madoguchi_language"] = "ja"
    chief.post(reverse("desk:take-down", args=[announcements.standing().get().pk]))
    cache.clear()
    assert "臨時に開きます。" not in text(client.get(reverse("citizens:top")))
