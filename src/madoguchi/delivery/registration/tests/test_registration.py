"""Applications taken by the office: on the register at once, bound to their photo by scan, sent by two, watched until the card comes."""

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from madoguchi.delivery.applications.models import Application
from madoguchi.delivery.cards.models import Card, CardEvent, DeliveryPlace
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.cards.services import perform, set_hold
from madoguchi.delivery.filing import services as filing
from madoguchi.delivery.filing.models import Document, DocumentClass
from madoguchi.delivery.filing.tests.conftest import as_file, read_here, sheet, zone
from madoguchi.delivery.registration import queries, rules, services, venue_lists
from madoguchi.delivery.registration.models import Registration, Venue
from madoguchi.delivery.registration.tests.test_registration_rules import GOOD
from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.audit.actors import Actor

__all__ = ["read_here", "zone"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("read_here")]
PHOTO = as_file([sheet("photo", (350, 450), "RGB")], "JPEG")
WITNESS = {"witness_user_id": "ren", "witness_password": "kawa-no-hotori-7"}
NUMBER = "12345678901234567890123"


@pytest.fixture
def office(city: DeliveryPlace, zone: Path, chief: Actor) -> DeliveryPlace:
    filing.set_up_filing(chief)
    return city


@pytest.fixture
def take(office: DeliveryPlace, clerk: Actor) -> Callable[..., Registration]:
    def register(number: int = 1, born: str = "1980-09-08", **taken: Any) -> Registration:
        person = rules.read_person({**GOOD, "application_id": f"{number:023d}", "born": born}, clock.today())
        given = {"way": rules.Way.COUNTER, "place": office, "receipt": rules.Receipt.RESTRICTED, **taken}
        return services.register(person, services.Taken(**given), clerk)

    return register


@pytest.fixture
def second(signed_in_client: Callable[..., Client]) -> Staff:
    return signed_in_client("clerk", user_id="ren").staff  # type: ignore[attr-defined,no-any-return]  # set by the fixture


def test_an_application_stands_on_the_register_as_taken(take: Callable[..., Registration]) -> None:
    row = take()
    card = Card.objects.get(pk=row.card_id)
    assert (card.progress, card.serial, card.visit_way, card.applied_at) == ("applied", "", "申請時来庁", "市民窓口センター")
    assert card.applied_on == clock.today()
    assert [(event.act, event.after) for event in CardEvent.objects.filter(card=card)] == [("register", "applied")]
    assert hasattr(card, "booking_code")
    take(2)
    with pytest.raises(services.Refused, match="すでに登録"):
        take(1)
    assert Registration.objects.count() == 2


def test_a_photo_is_bound_only_to_the_number_that_was_scanned(take: Callable[..., Registration], clerk: Actor) -> None:
    row, other = take(1), take(2)
    for scanned, words in ((other.card.application_id, "この申請と違います"), ("123", "23けた")):
        with pytest.raises(services.Refused, match=words):
            services.bind_new_photo(row, scanned, PHOTO, clerk)
    assert not Document.objects.exists()
    services.bind_new_photo(row, row.card.application_id, PHOTO, clerk)
    row.refresh_from_db()
    assert row.photo is not None
    assert (row.photo.document_class.code, row.photo.card_id, row.photo_bound_by) == ("photo", row.card_id, "clerk")
    with pytest.raises(services.Refused, match="すでに取り込まれて"):
        services.bind_new_photo(other, other.card.application_id, PHOTO, clerk)
    with pytest.raises(services.Refused, match="別の人"):
        services.bind_filed_photo(other, other.card.application_id, row.photo.number, clerk)


def test_a_photo_that_came_by_its_cover_is_bound_by_its_number(take: Callable[..., Registration], clerk: Actor) -> None:
    row = take()
    kind = DocumentClass.objects.get(code="photo")
    photo = filing.file_for_card(filing.check_file(PHOTO, clerk), row.card, kind, clerk)
    with pytest.raises(services.Refused, match="ありません"):
        services.bind_filed_photo(row, row.card.application_id, "F999", clerk)
    services.bind_filed_photo(row, row.card.application_id, photo.number.lower(), clerk)
    row.refresh_from_db()
    assert row.photo_id == photo.pk


def test_sending_needs_photo_second_person_and_a_day_that_can_be(take: Callable[..., Registration], clerk: Actor, second: Staff) -> None:
    row, today = take(), clock.today()
    with pytest.raises(services.Refused, match="顔写真"):
        services.send(row, rules.SentWay.WEB, today, clerk, second)
    services.bind_new_photo(row, row.card.application_id, PHOTO, clerk)
    row.refresh_from_db()
    for day in (today + dt.timedelta(days=1), today - dt.timedelta(days=1)):
        with pytest.raises(services.Refused, match="送付日"):
            services.send(row, rules.SentWay.WEB, day, clerk, second)
    services.send(row, rules.SentWay.POST, today, clerk, second)
    card = Card.objects.get(pk=row.card_id)
    assert (card.progress, card.application_sent_on, card.posted_on) == ("ordered", today, today)
    with pytest.raises(services.Refused, match="すでに送付"):
        services.send(row, rules.SentWay.WEB, today, clerk, second)
    row.refresh_from_db()
    with pytest.raises(services.Refused, match="変えられません"):
        services.bind_new_photo(row, card.application_id, PHOTO, clerk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Registration.objects.filter(pk=row.pk).update(looked_at_by=row.sent_by)


def test_an_infant_needs_no_photo(take: Callable[..., Registration], clerk: Actor, second: Staff) -> None:
    row = take(born=(clock.today() - dt.timedelta(days=100)).isoformat())
    services.send(row, rules.SentWay.WEB, clock.today(), clerk, second)
    assert Card.objects.get(pk=row.card_id).posted_on is None


def test_what_is_not_sent_alarms_next_morning_and_what_does_not_come_later(take: Callable[..., Registration], clerk: Actor) -> None:
    yesterday = clock.now() - dt.timedelta(days=1)
    fresh, late, sent, come, withdrawn = (take(number) for number in range(1, 6))
    Registration.objects.filter(pk__in=[late.pk, withdrawn.pk]).update(received_at=yesterday)
    detail = {"document": "申請取消届 11/21", "second_person": "chief"}
    perform(withdrawn.card_id, "withdraw", clerk, expected_version=withdrawn.card.version, reason="本人の希望", detail=detail)
    long_ago = clock.today() - dt.timedelta(days=46)
    for row in (sent, come):
        Registration.objects.filter(pk=row.pk).update(sent_way="web", sent_on=long_ago, sent_by="a", looked_at_by="b")
    Card.objects.filter(pk__in=[sent.card_id, come.card_id]).update(progress="ordered")
    Card.objects.filter(pk=come.card_id).update(progress="arrived", place_kind="stored", site=fresh.place)
    Card.objects.filter(pk=fresh.card_id).update(serial="A1B000009")
    assert queries.counts() == queries.Counts(unsent=2, unsent_overdue=1, without_photo=2, no_card=1, on_list_unsent=1)
    assert list(queries.overdue()) == [late]
    assert list(queries.without_card()) == [sent]
    assert list(queries.on_list_but_unsent()) == [fresh]
    assert queries.receipts_of([fresh.card_id, 0]) == {fresh.card_id: rules.Receipt.RESTRICTED}


@pytest.fixture
def venue(office: DeliveryPlace, clerk: Actor) -> Venue:
    return services.make_venue("湘南工場", clock.today(), office, 10, clerk)


def _applicants(venue: Venue, *numbers: int) -> list[rules.Applicant]:
    ids = venue.row_ids()
    return [
        rules.Applicant(
            ids[number - 1],
            rules.read_person({**GOOD, "application_id": f"{number:023d}"}, clock.today()),
            rules.Receipt.SIMPLE,
        )
        for number in numbers
    ]


def test_a_list_is_joined_without_doubles(venue: Venue, clerk: Actor) -> None:
    assert services.join(venue, _applicants(venue, 1, 2), clerk) == services.Joined(2, 0)
    assert services.join(venue, _applicants(venue, 1, 2, 3), clerk) == services.Joined(1, 2)
    assert Registration.objects.filter(venue=venue, way="offsite").count() == 3
    assert set(Card.objects.values_list("applied_at", "visit_way")) == {("湘南工場", "出張申請")}


def test_a_list_is_joined_whole_or_not_at_all(venue: Venue, clerk: Actor, take: Callable[..., Registration]) -> None:
    take(2)
    with pytest.raises(services.Refused, match="-002: "):
        services.join(venue, _applicants(venue, 1, 2), clerk)
    assert not Registration.objects.filter(venue=venue).exists()
    services.join(venue, _applicants(venue, 1), clerk)
    changed = [rules.Applicant(venue.row_ids()[0], _applicants(venue, 5)[0].person, rules.Receipt.SIMPLE)]
    with pytest.raises(services.DifferentRows, match="-001"):
        services.join(venue, changed, clerk)
    services.close_venue(venue, clerk)
    venue.refresh_from_db()
    with pytest.raises(services.Refused, match="締められて"):
        services.join(venue, _applicants(venue, 3), clerk)
    with pytest.raises(services.Refused, match="締められて"):
        services.close_venue(venue, clerk)


def test_the_list_on_paper_carries_its_row_numbers(venue: Venue) -> None:
    assert venue_lists.as_sheets(venue)[:5] == b"%PDF-"


def _form(**more: str) -> dict[str, str]:
    return {**GOOD, "sex": "m", "way": "counter", "place": "01", "receipt": "simple", "documents": "passport", "memo": "", **more}


def test_the_pages_take_photograph_and_send(office: DeliveryPlace, signed_in_client: Callable[..., Client], second: Staff) -> None:
    client, today = signed_in_client("clerk"), clock.today()
    assert "この条件の申請はありません" in client.get("/registration/").content.decode()
    assert client.get("/registration/new/").status_code == 200
    wrong = client.post("/registration/new/", _form(born="あした", memo="123456789018"))
    assert wrong.status_code == 422
    assert "個人番号とみられる" in wrong.content.decode()
    assert "のように入力してください" in client.post("/registration/new/", _form(born="あした")).content.decode()
    row_url = client.post("/registration/new/", _form()).headers["Location"]
    assert "すでに登録" in client.post("/registration/new/", _form()).content.decode()
    shown = client.get(row_url).content.decode()
    assert "旅券" in shown
    assert "顔写真を結び付けます" in shown
    assert client.post(f"{row_url}photo/", {"scanned": NUMBER}).status_code == 422
    assert client.post(f"{row_url}photo/", {"scanned": NUMBER, "file": SimpleUploadedFile("x.jpg", b"\xff\xd8\xffno")}).status_code == 422
    assert client.post(f"{row_url}photo/", {"scanned": NUMBER, "file": SimpleUploadedFile("x.jpg", PHOTO)}).status_code == 302
    day = {"day_year": today.year, "day_month": today.month, "day_day": today.day}
    assert client.post(f"{row_url}send/", {"way": "web", **day}).status_code == 422
    assert client.post(f"{row_url}send/", {"way": "web", **day, **WITNESS, "witness_user_id": "clerk"}).status_code == 422
    assert client.post(f"{row_url}send/", {"way": "web", **day, **WITNESS}).status_code == 302
    assert "Web（総合サイト）" in client.get(row_url).content.decode()
    everything = client.get("/registration/?show=").content.decode()
    assert "髙橋" not in everything
    assert "髙＊" in everything
    assert client.get("/registration/?show=x").status_code == 404


def test_a_form_booking_leads_to_registration_with_its_answers(office: DeliveryPlace, signed_in_client: Callable[..., Client]) -> None:
    booked = Application.objects.create(
        number="1234567897",
        kind="apply",
        kind_name="申請時来庁",
        place="01",
        day=clock.today(),
        start="09:00",
        end="09:30",
        state="confirmed",
        rev=1,
        recorded_at=clock.now(),
        received_at=clock.now(),
        reading="opened",
        answers={"name": "髙橋　一郎", "born": "1980-09-08", "sex": "m", "address": "藤沢市", "building": "２０３号"},
        file_seq=1,
    )
    client = signed_in_client("clerk")
    address = f"/registration/from/{booked.pk}/"
    assert address in client.get(f"/applications/{booked.pk}/").content.decode()
    shown = client.get(address).content.decode()
    for words in ("髙橋　一郎", "1980-09-08", "２０３号", "1234567897"):
        assert words in shown, words
    made = client.post(address, _form()).headers["Location"]
    assert Registration.objects.get().application_id == booked.pk
    assert client.get(address).headers["Location"] == made
    assert address not in signed_in_client("operator").get(f"/applications/{booked.pk}/").content.decode()
    assert client.get("/registration/from/999999/").status_code == 404


def test_the_alarm_stands_on_the_list_and_the_days_are_set(
    take: Callable[..., Registration], signed_in_client: Callable[..., Client]
) -> None:
    row, chief = take(), signed_in_client("chief")
    assert "送付の遅れている" not in chief.get("/registration/").content.decode()
    assert "送付の遅れている申請" not in chief.get("/").content.decode()
    Registration.objects.filter(pk=row.pk).update(received_at=clock.now() - dt.timedelta(days=1))
    assert "送付の遅れている" in chief.get("/registration/").content.decode()
    assert "未送付・遅れ" in chief.get("/registration/?show=overdue").content.decode()
    assert "送付の遅れている申請" in chief.get("/").content.decode()
    assert chief.post("/registration/settings/", {"days": "1"}).status_code == 422
    assert chief.post("/registration/settings/", {"days": "30"}).status_code == 302
    assert queries.settings_row().card_within_days == 30
    assert signed_in_client("clerk").get("/registration/settings/").status_code == 403


def test_the_pages_of_a_venue(office: DeliveryPlace, signed_in_client: Callable[..., Client]) -> None:
    client, today = signed_in_client("clerk"), clock.today()
    assert client.post("/registration/venues/", {"name": ""}).status_code == 422
    new = {"name": "市立高校", "day_year": today.year, "day_month": today.month, "day_day": today.day, "place": "01", "rows": "9"}
    page = client.post("/registration/venues/", new).headers["Location"]
    assert client.post("/registration/venues/", new).status_code == 422
    assert client.get(f"{page}sheets/").headers["Content-Type"] == "application/pdf"
    book = load_workbook(io.BytesIO(client.get(f"{page}workbook/").content))
    for column, value in enumerate((NUMBER, "山田花子", "", "H2.3.4", "女", "", "藤沢市", "", ""), start=2):
        book.worksheets[0].cell(2, column).value = value
    filled = io.BytesIO()
    book.save(filled)
    for _twice in range(2):
        assert client.post(page, {"file": SimpleUploadedFile("back.xlsx", filled.getvalue())}).status_code == 302
    assert Registration.objects.count() == 1
    book.worksheets[0].cell(2, 5).value = "いつか"
    broken = io.BytesIO()
    book.save(broken)
    answer = client.post(page, {"file": SimpleUploadedFile("back.xlsx", broken.getvalue())})
    assert answer.status_code == 422
    assert "直すところ 1 件" in answer.content.decode()
    assert client.post(page, {"file": SimpleUploadedFile("back.xlsx", b"junk")}).status_code == 422
    assert client.post(f"{page}close/").status_code == 302
    assert "取り込む" not in client.get(page).content.decode().split("取り込んだ申請")[0]


def test_lists_take_the_same_statements_however_long(take: Callable[..., Registration], signed_in_client: Callable[..., Client]) -> None:
    client, counted = signed_in_client("clerk"), []
    for numbers in ((1,), (2, 3, 4)):
        for number in numbers:
            take(number)
        with CaptureQueriesContext(connection) as seen:
            client.get("/registration/?show=")
        counted.append(len(seen))
    assert counted[0] == counted[1]


def test_applications_are_those_of_ones_own_places(
    take: Callable[..., Registration], clerk: Actor, signed_in_client: Callable[..., Client]
) -> None:
    row = take(1)
    other = take(2, place=DeliveryPlace.objects.get(code="02"))
    here = signed_in_client("clerk", place="01", user_id="here")

    def shown(client: Client) -> tuple[bool, bool]:
        page = client.get("/registration/?show=").content.decode()
        return f"/registration/{row.pk}/" in page, f"/registration/{other.pk}/" in page

    assert shown(signed_in_client("clerk", user_id="all")) == (True, True)
    assert shown(here) == (True, False)
    assert here.get(f"/registration/{row.pk}/").status_code == 200
    assert here.get(f"/registration/{other.pk}/").status_code == 404
    assert (queries.counts({"01"}).unsent, queries.counts().unsent) == (1, 2)
    set_hold(row.card_id, HoldKind.PROTECTED, clerk, expected_version=Card.objects.get(pk=row.card_id).version, reason="届出")
    assert shown(here) == (False, False)
    assert (queries.counts({"01"}).unsent, queries.counts().unsent) == (0, 2)
