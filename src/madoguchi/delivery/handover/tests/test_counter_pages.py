"""The pages of the counter, as a clerk drives them by keyboard."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.cards.services import set_hold
from madoguchi.delivery.handover.models import Encounter
from madoguchi.delivery.matching.models import BookedVisit
from madoguchi.kernel.labels import sleeve_code
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic

pytestmark = pytest.mark.django_db(transaction=True)
SET = {"pin_way": "person", "certificates": "both", "old_card": "none", "fee": "free", "reason": "first"}
PASSWORD = "kawa-no-hotori-7"  # the password of every account that `signed_in_client` makes


@pytest.fixture
def card(make_card: Callable[..., Card]) -> Card:
    site = DeliveryPlace.objects.get(code="01")
    return make_card(progress="preset", notice="sent", place_kind="stored", site=site, sleeve_code=sleeve_code(1))


def post(client: Client, visit: Encounter, step: str, **values: object) -> int:
    visit.refresh_from_db()
    return client.post(f"/counter/{visit.pk}/{step}/", {"version": visit.version, **values}).status_code


def test_a_clerk_serves_one_person_from_the_notice_to_the_card(card: Card, signed_in_client: Callable[..., Client]) -> None:
    signed_in_client("chief")
    client = signed_in_client("clerk")
    assert client.get("/counter/").status_code == 200
    assert client.post("/counter/receive/", {"code": "a1b-000001"}).status_code == 302
    visit = Encounter.objects.get()
    assert post(client, visit, "sleeve", code=sleeve_code(2)) == 409
    assert post(client, visit, "sleeve", code=card.sleeve_code) == 302
    assert post(client, visit, "notice", code="Ａ１Ｂ－０００００１") == 302
    assert post(client, visit, "documents", kinds=["pension"], face_compared="on", certificates_explained="on") == 422
    assert post(client, visit, "documents", kinds=["passport"], face_compared="on", certificates_explained="on") == 302
    assert post(client, visit, "fee", **{**SET, "pin_way": "face"}) == 422
    assert post(client, visit, "fee", **SET) == 302
    assert post(client, visit, "deliver", witness_user_id="chief", witness_password="wrong") == 422
    assert post(client, visit, "deliver", witness_user_id="clerk", witness_password=PASSWORD) == 422
    assert post(client, visit, "deliver", witness_user_id="chief", witness_password=PASSWORD) == 302
    card.refresh_from_db()
    assert card.progress == "delivered"
    assert "交付済" in client.get(f"/counter/{visit.pk}/").content.decode()


def test_a_double_click_and_a_page_left_open_meet_the_present_state(card: Card, signed_in_client: Callable[..., Client]) -> None:
    client = signed_in_client("clerk")
    client.post("/counter/receive/", {"code": card.serial})
    visit = Encounter.objects.get()
    stale = visit.version
    assert client.post(f"/counter/{visit.pk}/sleeve/", {"version": stale, "code": card.sleeve_code}).status_code == 302
    answer = client.post(f"/counter/{visit.pk}/sleeve/", {"version": stale, "code": card.sleeve_code})
    assert answer.status_code == 409
    assert "先に" in answer.content.decode()


def test_the_sleeve_read_twice_is_no_mismatch_and_changes_nothing(card: Card, signed_in_client: Callable[..., Client]) -> None:
    client = signed_in_client("clerk")
    client.post("/counter/receive/", {"code": card.serial})
    visit = Encounter.objects.get()
    assert post(client, visit, "sleeve", code=card.sleeve_code) == 302
    visit.refresh_from_db()
    assert post(client, visit, "notice", code=card.sleeve_code) == 302
    assert "何も変わっていません" in client.get(f"/counter/{visit.pk}/").content.decode()
    again = Encounter.objects.get()
    assert (again.version, again.notice_matched) == (visit.version, False)
    assert post(client, visit, "notice", code="A1B-999999") == 409


@pytest.mark.parametrize("code", ["", "A1B-999999", "いろは", "x" * 200])
def test_a_wrong_number_is_answered_in_words(card: Card, signed_in_client: Callable[..., Client], code: str) -> None:
    answer = signed_in_client("clerk").post("/counter/receive/", {"code": code})
    assert answer.status_code == 422
    assert "入力の確認が必要です" in answer.content.decode()


@pytest.mark.parametrize("code", ["1234567897", "Y1234567897", "1234-5678-97", "１２３４５６７８９７"])
def test_the_slip_of_a_booking_begins_the_visit_too(card: Card, signed_in_client: Callable[..., Client], code: str) -> None:
    client = signed_in_client("clerk")
    assert client.post("/counter/receive/", {"code": code}).status_code == 422, "there is no such booking yet"
    BookedVisit.objects.create(
        number="1234567897",
        serial=card.serial,
        place="01",
        day=clock.today(),
        start="09:00",
        end="09:15",
        state="confirmed",
        rev=1,
        card=card,
        match="matched",
        file_seq=1,
    )
    assert client.post("/counter/receive/", {"code": code}).status_code == 302
    assert Encounter.objects.get().card == card


def test_the_slip_of_a_booking_stands_for_the_notice_and_more_papers_are_asked(card: Card, signed_in_client: Callable[..., Client]) -> None:
    client = signed_in_client("clerk")
    client.post("/counter/receive/", {"code": card.serial})
    visit = Encounter.objects.get()
    client.post(f"/counter/{visit.pk}/sleeve/", {"code": card.sleeve_code, "version": visit.version})
    visit.refresh_from_db()
    slip = {"code": "Y1234567897", "version": visit.version}
    other = client.post(f"/counter/{visit.pk}/notice/", slip, follow=True)
    assert "不一致" in other.content.decode(), "nobody booked under this number"
    visit.refresh_from_db()
    assert (visit.notice_matched, visit.without_notice) == (False, False)
    for serial in (card.serial, "Z9Z000009"):  # a party of two on one slip
        BookedVisit.objects.create(
            number="1234567897",
            serial=serial,
            place="01",
            day=clock.today(),
            start="09:00",
            end="09:15",
            state="confirmed",
            rev=1,
            card=card if serial == card.serial else None,
            match="matched" if serial == card.serial else "unknown",
            file_seq=1,
        )
    page = client.post(f"/counter/{visit.pk}/notice/", slip | {"version": visit.version}, follow=True).content.decode()
    assert "予約が一致しました" in page
    visit.refresh_from_db()
    assert (visit.notice_matched, visit.without_notice) == (False, True)


def test_the_call_centre_does_not_serve_at_the_counter(card: Card, signed_in_client: Callable[..., Client]) -> None:
    assert signed_in_client("operator").get("/counter/").status_code == 403


def test_the_work_list_of_matching_opens(city: DeliveryPlace, signed_in_client: Callable[..., Client]) -> None:
    assert signed_in_client("clerk").get("/matching/?show=unmatched").status_code == 200


def test_an_agent_is_served_on_pages_and_the_sealed_paper_ends_in_the_register(card: Card, signed_in_client: Callable[..., Client]) -> None:
    signed_in_client("chief")
    client = signed_in_client("clerk")
    client.post("/counter/receive/", {"code": card.serial})
    visit = Encounter.objects.get()
    post(client, visit, "sleeve", code=card.sleeve_code)
    post(client, visit, "notice", code=card.serial)
    assert post(client, visit, "case", owner="adult", visitor="agent") == 422
    assert post(client, visit, "case", owner="adult", visitor="agent", reason="care") == 302
    page = client.get(f"/counter/{visit.pk}/").content.decode()
    assert "来た人：A の書類 2点" in page
    assert "顔写真証明書" in page
    ticks = {"face_compared": "on", "certificates_explained": "on", "escort_kinds": ["passport", "pension"]}
    answer = client.post(
        f"/counter/{visit.pk}/documents/", {"version": Encounter.objects.get().version, "kinds": ["photo_certificate"], **ticks}
    )
    assert answer.status_code == 422
    assert "「介護保険証" in answer.content.decode()
    proofs = ["notice-filled-in", "proof-care"]
    assert post(client, visit, "documents", kinds=["photo_certificate"], proofs=proofs, **ticks) == 302
    assert post(client, visit, "fee", **{**SET, "pin_way": "sealed"}) == 302
    register = client.get("/counter/sealed/")
    assert "使用済" in register.content.decode()
    paper = f"/counter/sealed/{visit.card.sealed_papers.get().pk}/"
    assert client.get(paper).status_code == 200
    assert client.post(paper, {"witness_user_id": "clerk", "witness_password": PASSWORD}).status_code == 422
    assert client.post(paper, {"witness_user_id": "chief", "witness_password": PASSWORD}).status_code == 302
    assert "廃棄済" in client.get("/counter/sealed/?show=all").content.decode()


def test_a_visit_is_interrupted_resumed_kept_and_refused_on_pages(card: Card, signed_in_client: Callable[..., Client]) -> None:
    client, other = signed_in_client("clerk"), signed_in_client("clerk", user_id="other")
    client.post("/counter/receive/", {"code": card.serial})
    visit = Encounter.objects.get()
    assert post(client, visit, "interrupt", reason="") == 422
    assert post(client, visit, "interrupt", reason="電話") == 302
    assert "中断" in other.get("/counter/").content.decode()
    assert post(other, visit, "sleeve", code=card.sleeve_code) == 409
    assert post(other, visit, "resume") == 302
    assert post(other, visit, "keep", reason="端末の停止") == 302
    assert "預り" in other.get("/counter/").content.decode()
    assert client.post("/counter/receive/", {"code": card.serial}).status_code == 302
    assert post(client, visit, "refuse", reason="期限切れ") == 422
    assert post(client, visit, "refuse", kind="papers", reason="期限切れ") == 302
    assert "書類の不足" in client.get(f"/counter/{visit.pk}/").content.decode()


def test_a_sealed_paper_that_came_by_post_is_entered(card: Card, signed_in_client: Callable[..., Client]) -> None:
    client = signed_in_client("clerk")
    assert client.post("/counter/sealed/", {"code": "A1B-999999", "kind": "request"}).status_code == 422
    assert client.post("/counter/sealed/", {"code": card.serial, "kind": "request"}).status_code == 302
    assert client.post("/counter/sealed/", {"code": card.serial, "kind": "request"}).status_code == 422
    assert "暗証番号設定依頼書" in client.get("/counter/sealed/").content.decode()


def test_the_board_asks_the_database_no_more_for_more_visits(
    make_card: Callable[..., Card], signed_in_client: Callable[..., Client]
) -> None:
    client = signed_in_client("clerk")
    site = DeliveryPlace.objects.get(code="01")
    counts = []
    for number in range(1, 5):
        card = make_card(number, progress="preset", place_kind="stored", site=site, sleeve_code=sleeve_code(number))
        client.post("/counter/receive/", {"code": card.serial})
        with CaptureQueriesContext(connection) as captured:
            client.get("/counter/")
        counts.append(len(captured))
    assert len(set(counts)) == 1, counts


def test_the_board_says_no_place_of_a_card_under_protection(card: Card, signed_in_client: Callable[..., Client]) -> None:
    BookedVisit.objects.create(
        number="1234567890",
        serial=card.serial,
        place="01",
        day=clock.today(),
        start="09:00",
        end="09:15",
        state="confirmed",
        rev=1,
        card=card,
        match="matched",
        file_seq=1,
        received_at=clock.now(),
    )
    client = signed_in_client("clerk")

    def booked_today() -> str:
        return client.get("/counter/").content.decode().partition("予約番号</th>")[2].partition("</table>")[0]

    assert booked_today().count(DeliveryPlace.objects.get(code="01").name) == 2, "where one comes, and where the card is"
    set_hold(card.pk, HoldKind.PROTECTED, automatic("test"), expected_version=card.version, reason="申出")
    assert card.serial in booked_today()
    assert DeliveryPlace.objects.get(code="01").name not in booked_today()
