"""予約の一括の変更・取消: chosen from the list, looked at, confirmed by a number, done line by line, taken back (S10)."""

import datetime as dt
import uuid
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from madoguchi.booking.calendar.models import Place, Slot
from madoguchi.booking.desk import contacts, mass
from madoguchi.booking.desk.models import ContactAttempt, ContactTask, MassChange, MassLine
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.invariants import violations
from madoguchi.booking.reservations.models import Booking, BookingEvent, Credential, MailIntent, State
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.jobs.models import Job
from madoguchi.platform.verbs import Refusal, Silent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.booking.urls")]
SignedIn = Callable[..., Client]
Book = Callable[..., Booking]
ACTOR = automatic("test")
MOVE, CANCEL = MassChange.Act.MOVE, MassChange.Act.CANCEL


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


@pytest.fixture
def book(person: Callable[..., Credential], slot: Slot) -> Book:
    def make(at: Slot = slot, email: str = "", **values: Any) -> Booking:
        return services.book_by_staff(ACTOR, person(**values).serial, at.pk, key=uuid.uuid4(), email=email)

    return make


def prepared(act: MassChange.Act, bookings: list[Booking], days: mass.NewDays | None = None) -> MassChange:
    found = Booking.objects.filter(pk__in=[one.pk for one in bookings]).select_related("slot__place", "kind").order_by("number")
    return mass.prepare(ACTOR, act, list(found), "システムの障害", days)


def outcomes(made: MassChange) -> dict[uuid.UUID, str]:
    return dict(MassLine.objects.filter(mass=made).values_list("booking", "outcome"))


def next_days(slot: Slot, number: int = 5, **values: Any) -> mass.NewDays:
    return mass.NewDays(slot.day + dt.timedelta(days=1), slot.day + dt.timedelta(days=number), **values)


def test_a_move_shows_its_times_first_and_then_does_what_it_showed(book: Book, slot: Slot) -> None:
    with_mail, without, gone = book(email="a@example.jp"), book(), book()
    services.cancel_by_staff(ACTOR, gone.pk, "本人の申し出")
    made = prepared(MOVE, [with_mail, without, gone], next_days(slot))
    assert outcomes(made) == {with_mail.pk: "ready", without.pk: "ready", gone.pk: "excluded"}
    assert {Booking.objects.get(pk=one.pk).slot_id for one in (with_mail, without)} == {slot.pk}, "nothing has moved yet"
    line = MassLine.objects.select_related("proposed").get(booking=without)
    assert line.proposed is not None
    assert (line.proposed.day, line.proposed.start) == (slot.day + dt.timedelta(days=1), slot.start)
    assert mass.carry_out(ACTOR, made, Silent()) == mass.Done(2, 0)
    assert Booking.objects.get(pk=without.pk).slot_id == line.proposed_id
    assert MailIntent.objects.filter(booking=with_mail, kind=MailIntent.Kind.CHANGED).exists()
    task = ContactTask.objects.get()
    assert (task.booking_id, task.cause) == (without.pk, "mass")
    assert f"{line.proposed.day.month}月{line.proposed.day.day}日" in task.note
    assert violations() == []


def test_what_changed_or_filled_up_since_the_preview_is_refused_and_says_why(
    book: Book, slot: Slot, person: Callable[..., Credential]
) -> None:
    changed, full, fine = book(), book(), book()
    made = prepared(MOVE, [changed, full, fine], next_days(slot))
    services.mark_late(ACTOR, changed.pk)
    line = MassLine.objects.get(booking=full)
    other = Slot.objects.filter(place=slot.place, day=slot.day + dt.timedelta(days=3)).order_by("start").first()
    assert other is not None
    for _place in range(other.capacity):
        services.book_by_staff(ACTOR, person().serial, other.pk, key=uuid.uuid4())
    MassLine.objects.filter(pk=line.pk).update(proposed=other)
    assert mass.carry_out(ACTOR, made, Silent()) == mass.Done(1, 2)
    assert outcomes(made) == {changed.pk: "refused", full.pk: "refused", fine.pk: "done"}
    assert "先に変えられました" in MassLine.objects.get(booking=changed).why
    assert MassLine.objects.get(booking=full).why
    assert Booking.objects.get(pk=full.pk).slot_id == slot.pk, "who cannot be moved keeps the old time"
    assert violations() == []


def test_no_time_by_the_rule_and_another_place_only_when_asked(book: Book, slot: Slot) -> None:
    one = book()
    closed = Slot.objects.filter(place=slot.place, day__gt=slot.day)
    closed.update(is_open=False)
    made = prepared(MOVE, [one], next_days(slot))
    assert MassLine.objects.get(mass=made).why == "決まりに合う空きがありません。"
    with pytest.raises(Refusal):
        prepared(MOVE, [one], mass.NewDays(clock.today(), clock.today()))
    with pytest.raises(Refusal):
        prepared(CANCEL, [])


def test_cancelled_together_and_taken_back_on_the_same_day(book: Book, slot: Slot) -> None:
    told, untold, touched = book(), book(), book(email="a@example.jp")
    made = prepared(CANCEL, [told, untold, touched])
    assert mass.carry_out(ACTOR, made, Silent()).changed == 3
    assert set(Booking.objects.values_list("state", flat=True)) == {State.CANCELLED}
    made.refresh_from_db()
    task = ContactTask.objects.get(booking=told)
    contacts.note_attempt(ACTOR, task.pk, ContactAttempt.Outcome.REACHED, "", version=task.version)
    services.undo_cancel_by_staff(ACTOR, touched.pk, reason="電話があった")
    mass.start_back(ACTOR, made.pk)
    made.refresh_from_db()
    assert mass.take_back(ACTOR, made, Silent()) == mass.Done(2, 1)
    assert outcomes(made) == {told.pk: "back", untold.pk: "back", touched.pk: "stays"}
    assert set(Booking.objects.values_list("state", flat=True)) == {State.CONFIRMED}
    kinds = list(BookingEvent.objects.filter(booking=told).order_by("version").values_list("kind", flat=True))
    assert kinds[-2:] == ["cancelled", "restored"], "taken back by a new event; the history stays"
    assert not ContactTask.objects.filter(booking=untold, is_done=False).exists(), "nobody has to be told of what they never heard"
    assert "元の日時に戻しました" in ContactTask.objects.get(booking=told, is_done=False).note
    with pytest.raises(Refusal):
        mass.start_back(ACTOR, made.pk)
    assert violations() == []


def test_another_day_nothing_is_taken_back(book: Book) -> None:
    made = prepared(CANCEL, [book()])
    mass.carry_out(ACTOR, made, Silent())
    MassChange.objects.update(done_at=clock.now() - dt.timedelta(days=1))
    with pytest.raises(Refusal):
        mass.start_back(ACTOR, made.pk)


def test_the_pages_from_the_list_to_the_file(book: Book, town: Place, slot: Slot, signed_in_client: SignedIn) -> None:
    client, day = signed_in_client("clerk"), slot.day.isoformat()
    first, second, prepare = book(), book(email="a@example.jp"), reverse("desk:prepare-mass")
    given = {"act": "cancel", "chosen": "rows", "reason": "停電", "query": f"day={day}", "booking": [str(first.pk)]}
    assert client.post(prepare, {**given, "reason": ""}).status_code == 422
    assert client.post(prepare, {**given, "booking": ["x"]}).status_code == 422
    one = client.post(prepare, given)
    assert one.status_code == 302
    assert MassLine.objects.get().booking_id == first.pk
    every = client.post(prepare, {**given, "chosen": "all", "booking": []}).headers["Location"]
    page = client.get(every).content.decode()
    assert first.number in page
    assert second.number in page
    assert "1件にはメールが届き、1件は「連絡要」" in page
    assert client.post(f"{every}start/", {"count": "1"}).status_code == 422
    assert signed_in_client("clerk", user_id="another").post(f"{every}start/", {"count": "2"}).headers["Location"] == every
    assert not Job.objects.exists()
    assert "/jobs/" in client.post(f"{every}start/", {"count": "2"}).headers["Location"]
    assert client.post(f"{every}start/", {"count": "2"}).headers["Location"] == every, "pressed twice is begun once"
    assert Job.objects.count() == 1
    made = MassChange.objects.get(pk=int(every.rstrip("/").rsplit("/", 1)[1]))
    mass.carry_out(ACTOR, made, Silent())
    assert "この操作を取り消す" in client.get(every).content.decode()
    assert client.post(f"{every}result/", {"purpose": ""}).status_code == 422
    sheet = load_workbook(BytesIO(client.post(f"{every}result/", {"purpose": "係への報告"}).content)).active
    assert sheet is not None
    assert {row[4] for row in sheet.iter_rows(min_row=2, values_only=True)} == {"実行済"}
    assert "停電" in client.get(reverse("desk:masses")).content.decode()
    assert signed_in_client("operator", user_id="operator").get(every).status_code == 403
    assert signed_in_client("clerk", user_id="far", place="branch").get(every).status_code == 404
