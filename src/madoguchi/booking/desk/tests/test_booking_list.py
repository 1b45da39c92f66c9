"""The booking list: filters in the address, columns, order, kept filters, and the files that leave it."""

import datetime as dt
import io
import uuid
from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from madoguchi.booking.calendar.models import Place, Slot
from madoguchi.booking.desk import calendars, exports, listing, saved_views
from madoguchi.booking.desk.models import SavedView
from madoguchi.booking.desk.rights import EXPORT_REQUESTS
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.models import Booking, Credential, State
from madoguchi.booking.reservations.rules import REQUESTS
from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Role
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.booking.urls")]

SignedIn = Callable[..., Client]
Book = Callable[..., Booking]
PURPOSE = "翌日の受付の準備"


def text(answer: Any) -> str:
    return bytes(answer.content).decode()


@pytest.fixture
def book(person: Callable[..., Credential], slot: Slot) -> Book:
    def make(**values: Any) -> Booking:
        at = values.pop("at", slot)
        return services.book_by_staff(automatic("test"), person().serial, at.pk, key=uuid.uuid4(), **values)

    return make


@pytest.fixture
def clerk(signed_in_client: SignedIn, town: Place) -> Client:
    return signed_in_client("clerk")


def asked(query: str, town: Place) -> listing.Wanted:
    values = QueryDict(query)
    return listing.Wanted.of(values, listing.ListForm(values, [town]))


def numbers(query: str, town: Place) -> list[str]:
    wanted = asked(query, town)
    return [row.booking.number for row in listing.rows(listing.chosen(wanted, None), wanted)]


def test_filters_choose_and_orders_sort(book: Book, town: Place, slot: Slot) -> None:
    later = Slot.objects.get(place=town, day=slot.day, start=dt.time(9, 30))
    phone, late = book(requests=["wheelchair"], email="a@example.jp"), book(at=later, source=Booking.Source.STAFF)
    services.cancel_by_staff(automatic("test"), late.pk, "電話")
    day = f"day={slot.day}"
    assert numbers(day, town) == [phone.number, late.number]
    assert numbers(f"{day}&order=-time", town) == [late.number, phone.number]
    assert numbers(f"{day}&state=cancelled", town) == [late.number]
    assert numbers(f"{day}&source=phone", town) == [phone.number]
    assert numbers(f"{day}&request=wheelchair", town) == numbers(f"{day}&request=any", town) == [phone.number]
    assert numbers(f"{day}&request=stroller", town) == []
    assert numbers(f"{day}&mail=yes", town) == [phone.number]
    assert numbers(f"{day}&mail=no", town) == [late.number]
    assert numbers("day=2026-01-05", town) == []


def test_an_address_that_makes_no_sense_asks_for_today(town: Place) -> None:
    wanted = asked("day_from=x&state=odd&order=odd&size=7&column=odd&place=nowhere", town)
    assert wanted == listing.Wanted(clock.today(), clock.today())


def test_days_in_the_wrong_order_are_turned_round(town: Place) -> None:
    wanted = asked("day_from=2026-12-09&day_until=2026-12-01", town)
    assert (wanted.day_from, wanted.day_until) == (dt.date(2026, 12, 1), dt.date(2026, 12, 9))


def test_chosen_columns_keep_the_number_that_leads_on(town: Place) -> None:
    assert asked("column=mail&column=time", town).columns == ("time", "number", "mail")


def test_a_data_range_holds_whatever_the_address_says(book: Book, town: Place, slot: Slot) -> None:
    book()
    wanted = asked(f"day={slot.day}&place=main", town)
    assert not listing.chosen(wanted, frozenset({"branch"})).exists()


def test_a_kept_filter_holds_no_day_and_is_replaced_by_its_name(clerk: Client, town: Place, slot: Slot) -> None:
    save = reverse("desk:save-view")
    query = f"day={slot.day}&state=confirmed&source=phone&order=-time&page=3&csrfmiddlewaretoken=x"
    assert clerk.post(save, {"name": "電話の予約", "query": query, "is_shared": "on"}).status_code == 302
    clerk.post(save, {"name": "電話の予約", "query": "source=web"})
    view = SavedView.objects.get()
    assert (view.query, view.is_shared) == ("source=web", False)
    assert saved_views.query_to_keep(QueryDict(query)) == "state=confirmed&source=phone&order=-time"
    assert "電話の予約" in text(clerk.get(reverse("desk:bookings")))


def test_a_kept_filter_is_its_owners_and_shared_ones_are_seen_by_all(signed_in_client: SignedIn, town: Place) -> None:
    first, second = signed_in_client("clerk", user_id="one"), signed_in_client("chief", user_id="two")
    first.post(reverse("desk:save-view"), {"name": "内緒", "query": "source=web"})
    first.post(reverse("desk:save-view"), {"name": "みんな用", "query": "source=web", "is_shared": "on"})
    page = text(second.get(reverse("desk:bookings")))
    assert "みんな用" in page
    assert "内緒" not in page
    for view in SavedView.objects.all():
        second.post(reverse("desk:remove-view", args=[view.pk]))
    assert SavedView.objects.count() == 2, "somebody else's views stay"
    first.post(reverse("desk:remove-view", args=[SavedView.objects.get(name="内緒").pk]))
    assert SavedView.objects.get().name == "みんな用"


def test_a_filter_without_a_name_and_one_too_many_are_refused(clerk: Client, town: Place) -> None:
    page = clerk.post(reverse("desk:save-view"), {"name": " ", "query": "source=web"})
    assert page.status_code == 422
    assert "条件の名前を入力してください" in text(page)
    staff = clerk.staff  # type: ignore[attr-defined]  # the fixture puts the account there
    now = clock.now()
    SavedView.objects.bulk_create(SavedView(owner=staff, name=f"{number}", made_at=now) for number in range(saved_views.MOST_VIEWS))
    with pytest.raises(ValidationError):
        saved_views.save_view(staff, automatic("test"), "もう一つ", "", is_shared=False)
    assert saved_views.save_view(staff, automatic("test"), "7", "source=web", is_shared=False).query == "source=web"


def export(client: Client, day: dt.date, kind: str, **more: str) -> Any:
    return client.post(reverse("desk:export"), {"query": f"day={day}", "kind": kind, "purpose": PURPOSE, **more})


def test_a_file_holds_no_column_that_the_role_may_not_take_out(clerk: Client, book: Book, slot: Slot) -> None:
    book(requests=["wheelchair"])
    assert "お手伝い" in export(clerk, slot.day, "csv").content.decode("utf-8-sig")
    role = Role.objects.get(code="clerk")
    role.rights.remove(EXPORT_REQUESTS.code)
    role.save()
    assert "お手伝い" not in export(clerk, slot.day, "csv").content.decode("utf-8-sig")
    assert "あなたの役割では、次の列はファイルに入りません：お手伝い" in text(clerk.get(reverse("desk:bookings")))


def test_every_file_holds_the_list_and_says_what_for(
    clerk: Client, book: Book, slot: Slot, as_auditor: Callable[[], Any], settings: Any, tmp_path: Any
) -> None:
    settings.MADOGUCHI_FOLDER = tmp_path
    booking = book(requests=["wheelchair"])
    book_file = export(clerk, slot.day, "xlsx")
    rows = list(load_workbook(io.BytesIO(book_file.content))["一覧"].values)
    assert rows[0][3] == "予約番号"
    assert rows[1][3] == booking.number
    csv = export(clerk, slot.day, "csv")
    assert csv.content.startswith(b"\xef\xbb\xbf")
    assert booking.number in csv.content.decode("utf-8-sig")
    assert booking.number in export(clerk, slot.day, "csv-cp932").content.decode("cp932")
    printed = export(clerk, slot.day, "pdf")
    assert printed.content.startswith(b"%PDF-")
    assert "no-store" in printed["Cache-Control"]
    with as_auditor():
        events = AuditEvent.objects.filter(process_code__in=["reservations.list.export", "desk.list.print"])
        assert [event.content["file"] for event in events.order_by("pk")] == ["xlsx", "csv", "csv-cp932", "pdf"]
        assert {event.reason for event in events} == {PURPOSE}
        assert {event.content["rows"] for event in events} == {1}


def test_no_file_without_a_purpose_and_none_for_who_may_not(clerk: Client, signed_in_client: SignedIn, slot: Slot) -> None:
    page = export(clerk, slot.day, "xlsx", purpose="")
    assert page.status_code == 422
    assert "目的を入力してください" in text(page)
    for role in ("operator", "auditor", "administrator"):
        assert export(signed_in_client(role, user_id=role), slot.day, "xlsx").status_code == 403


def test_what_shift_jis_would_lose_is_shown_before_it_is_lost(clerk: Client, book: Book, town: Place, slot: Slot) -> None:
    Place.objects.filter(pk=town.pk).update(name="𠮷野市民センター")
    book()
    page = export(clerk, slot.day, "csv-cp932")
    assert "𠮷" in text(page)
    assert "attachment" not in page.headers.get("Content-Disposition", "")
    lossy = export(clerk, slot.day, "csv-cp932", accepted="yes")
    assert "〓野市民センター" in lossy.content.decode("cp932")


@pytest.mark.parametrize("columns", [listing.USUAL_COLUMNS, tuple(listing.COLUMNS)], ids=["usual", "all"])
def test_a_printed_list_of_several_pages_numbers_them(
    columns: tuple[str, ...], book: Book, town: Place, slot: Slot, settings: Any, tmp_path: Any
) -> None:
    settings.MADOGUCHI_FOLDER = tmp_path
    Place.objects.filter(pk=town.pk).update(name="市役所本庁舎別館マイナンバーカード交付臨時特設窓口（3階）")
    booking = book(requests=list(REQUESTS))
    row = listing.listed(Booking.objects.select_related("slot__place").get(pk=booking.pk))
    wanted = listing.Wanted(slot.day, slot.day, columns=columns)
    rows = [row] * 50
    made = exports.make_file(automatic("test"), exports.FileKind.PDF, rows, wanted, purpose=PURPOSE)
    document = pypdfium2.PdfDocument(made.content)
    pages = [page.get_textpage().get_text_bounded() for page in document]
    assert len(pages) > 1
    assert f"{len(pages)} / {len(pages)}" in pages[-1]
    assert sum(page.count(row.booking.number) for page in pages) == 50


def test_the_calendars_count_what_is_booked(book: Book, town: Place, slot: Slot) -> None:
    book()
    book()
    gone = book()
    services.cancel_by_staff(automatic("test"), gone.pk, "電話")
    weeks = calendars.month_weeks([town], slot.day.year, slot.day.month)
    load = next(one for week in weeks for one in week if one.day == slot.day)
    assert (load.taken, load.capacity, load.percent) == (2, 16, 12)
    row = calendars.week_rows(town, slot.day - dt.timedelta(days=slot.day.weekday()))[0]
    cell = row.cells[slot.day.weekday()]
    assert cell is not None
    assert (row.start, cell.taken, cell.free) == (dt.time(9), 2, 2)
    sheet = calendars.day_sheet(town, slot.day)
    assert sheet.columns == 4
    first = sheet.rows[0]
    assert ([cell.listed.state for cell in first.cells], first.rest, first.free) == ([State.CONFIRMED, State.CONFIRMED], 2, 2)


def test_a_week_shows_all_places_beside_each_other(clerk: Client, book: Book, town: Place, slot: Slot) -> None:
    book()
    other = Place.objects.create(code="annex", name="分室", position=9)
    monday = slot.day - dt.timedelta(days=slot.day.weekday())
    here, there = calendars.place_weeks([town, other], monday)
    assert [(one.taken, one.capacity) for one in here.days if one.day == slot.day] == [(1, 16)]
    assert not any(one.is_open for one in there.days)
    week = reverse("desk:week-calendar") + f"?day={slot.day}&place="
    page = clerk.get(week).content.decode()
    assert "すべての場所" in page
    assert "分室" in page
    assert "<strong>1</strong> / 16" in page
    with CaptureQueriesContext(connection) as before:
        clerk.get(week)
    Place.objects.create(code="tower", name="タワー", position=10)
    with CaptureQueriesContext(connection) as after:
        clerk.get(week)
    assert len(before) == len(after)


@pytest.mark.parametrize("query", ["", "?day=x&month=y", "?month=9999-13", "?place=elsewhere", "?day=2026-12-03&month=2026-12&place=main"])
def test_no_address_breaks_a_calendar(clerk: Client, query: str) -> None:
    for name in ("month-calendar", "week-calendar", "day-calendar"):
        assert clerk.get(reverse(f"desk:{name}") + query).status_code == 200
