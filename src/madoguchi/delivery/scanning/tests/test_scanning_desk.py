"""The scanning desk: every code of ours opens its record, what is none of ours is named, and no scan changes anything."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madoguchi.delivery.cards import services as register
from madoguchi.delivery.cards.models import Card, CardEvent, DeliveryPlace
from madoguchi.delivery.cards.rules import CardFacts, Disposal, HoldKind, Notice, PlaceKind, Progress, Terminal, Visit
from madoguchi.delivery.handover.models import Encounter
from madoguchi.delivery.matching.models import BookedVisit
from madoguchi.delivery.scanning.codes import Kind, NotOurs, Read, read
from madoguchi.delivery.scanning.rules import Comparison, Scanned, Step, compare, next_step
from madoguchi.delivery.storage import transfers
from madoguchi.delivery.storage.services import make_box
from madoguchi.kernel.labels import own_code, sleeve_code, slot_code
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.models import AuditEvent

MakeCard = Callable[..., Card]
READY = {"progress": "preset", "place_kind": "stored", "safe": "A", "box": "01", "slot": "1", "notice": "sent"}


def facts(**axes: object) -> CardFacts:
    values: dict[str, object] = {
        "progress": Progress.PRESET,
        "place_kind": PlaceKind.STORED,
        "notice": Notice.SENT,
        "visit": Visit.NONE,
        "terminal": Terminal.UNSEEN,
        "disposal": Disposal.NONE,
    }
    return CardFacts(**{**values, **axes})  # type: ignore[arg-type]  # values by name


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        (sleeve_code(12), Kind.SLEEVE, sleeve_code(12)),
        ("ｓ" + sleeve_code(12)[1:], Kind.SLEEVE, sleeve_code(12)),
        (own_code("B", 3), Kind.BOX, own_code("B", 3)),
        (slot_code(3, 17), Kind.SLOT, slot_code(3, 17)),
        (own_code("L", 9), Kind.SHEET, own_code("L", 9)),
        (own_code("T", 9), Kind.TRANSFER, own_code("T", 9)),
        (own_code("F", 9), Kind.COVER, own_code("F", 9)),
        ("a0a-000001", Kind.SERIAL, "A0A000001"),
        ("https://yoyaku.example.jp/q#A0A000001.12345674", Kind.NOTICE, "A0A000001"),
        ("https://yoyaku.example.jp/q#A0A000001", Kind.NOTICE, "A0A000001"),
        ("Y1234567890", Kind.BOOKING, "1234567890"),
        ("1234-5678-90", Kind.BOOKING, "1234567890"),
        ("12345678901234567890123", Kind.APPLICATION, "12345678901234567890123"),
        ("202611200001", Kind.DISPATCH, "202611200001"),
    ],
)
def test_each_of_our_papers_is_known_by_its_code(text: str, kind: Kind, value: str) -> None:
    assert read(text) == Read(kind, value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("S000000124", "検査数字が合いません"),
        ("S12", "けた数が違います"),
        ("https://example.jp/", "Webページのアドレス"),
        ("4901", "4けたの数字"),
        ("さくら", "日本語入力"),
        ("-", "当システムのコードではありません"),
        ("XYZ?1", "当システムのコードではありません"),
    ],
)
def test_what_is_none_of_ours_is_named(text: str, words: str) -> None:
    with pytest.raises(NotOurs) as strange:
        read(text)
    assert words in strange.value.sentence
    assert text not in repr(strange.value)


@pytest.mark.parametrize(
    ("kind", "scanned", "step"),
    [
        (Kind.SLEEVE, Scanned(facts(progress=Progress.ORDERED, place_kind=PlaceKind.NOT_ARRIVED), False, False), Step.OPEN_ARRIVALS),
        (Kind.SLEEVE, Scanned(facts(progress=Progress.ARRIVED), False, False), Step.INSPECT),
        (Kind.SLEEVE, Scanned(facts(progress=Progress.INSPECTED), False, False), Step.PRESET),
        (Kind.SLEEVE, Scanned(facts(), False, False), Step.STORE),
        (Kind.SLEEVE, Scanned(facts(place_kind=PlaceKind.COUNTER), False, False), Step.STORE),
        (Kind.SLEEVE, Scanned(facts(notice=Notice.NONE), True, False), Step.LETTERS),
        (Kind.SLEEVE, Scanned(facts(), True, False), Step.RECEIVE_PERSON),
        (Kind.NOTICE, Scanned(facts(notice=Notice.NONE), True, False), Step.RECEIVE_PERSON),
        (Kind.BOOKING, Scanned(facts(), False, False), Step.RECEIVE_PERSON),
        (Kind.SLEEVE, Scanned(facts(), True, True), Step.CONTINUE_VISIT),
        (Kind.SLEEVE, Scanned(facts(place_kind=PlaceKind.TRANSFER), False, False), Step.RECEIVE_TRANSFER),
        (Kind.SLEEVE, Scanned(facts(place_kind=PlaceKind.MISSING), False, False), Step.STORE),
        (Kind.SLEEVE, Scanned(facts(progress=Progress.DELIVERED, place_kind=PlaceKind.PERSON), False, False), Step.OPEN_CARD),
        (Kind.NOTICE, Scanned(facts(holds=frozenset({HoldKind.DIED})), True, False), Step.OPEN_CARD),
        (Kind.NOTICE, Scanned(facts(holds=frozenset({HoldKind.PROTECTED})), True, False), Step.RECEIVE_PERSON),
    ],
)
def test_every_state_has_one_next_step(kind: Kind, scanned: Scanned, step: Step) -> None:
    assert next_step(kind, scanned) is step


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        (None, (Kind.SLEEVE, 1), Comparison.NONE),
        ((Kind.NOTICE, 1), (Kind.SLEEVE, 1), Comparison.MATCH),
        ((Kind.NOTICE, 1), (Kind.SLEEVE, 2), Comparison.NO_MATCH),
        ((Kind.SLEEVE, 1), (Kind.SLEEVE, 1), Comparison.SAME_AGAIN),
        ((Kind.SLEEVE, 1), (Kind.SLEEVE, 2), Comparison.NONE),
        ((Kind.BOX, 1), (Kind.SLEEVE, 2), Comparison.NONE),
    ],
)
def test_two_papers_of_different_kinds_are_compared(
    first: tuple[Kind, int] | None, second: tuple[Kind, int] | None, answer: Comparison
) -> None:
    assert compare(first, second) is answer


@pytest.fixture
def ready(make_card: MakeCard, city: object) -> Card:
    return make_card(1, **READY, site=city, sleeve_code=sleeve_code(1))


def test_sleeve_and_notice_of_one_card_match_and_those_of_two_do_not(
    ready: Card, make_card: MakeCard, signed_in_client: Callable[..., Client]
) -> None:
    other = make_card(2, **{**READY, "slot": "2"}, site=ready.site, sleeve_code=sleeve_code(2))
    client = signed_in_client("clerk")
    page = client.post("/scan/", {"code": f"https://x.example/q#{ready.serial}.12345674"})
    assert page.status_code == 200
    words = page.content.decode()
    assert "髙橋" in words
    assert "来庁を受け付ける" in words
    assert words.count("btn-solid") == 1
    first = {"first_kind": "notice", "first_card": ready.pk}
    right = client.post("/scan/", {"code": ready.sleeve_code, **first}).content.decode()
    assert "match-match" in right
    wrong = client.post("/scan/", {"code": other.sleeve_code, **first})
    assert wrong.status_code == 409
    assert "match-no-match" in wrong.content.decode()
    assert "はじめのカードに戻る" in wrong.content.decode()
    assert not CardEvent.objects.exists()


def test_a_double_scan_shows_the_same_record_and_changes_nothing(ready: Card, signed_in_client: Callable[..., Client]) -> None:
    client = signed_in_client("clerk")
    for first in ({}, {"first_kind": "sleeve", "first_card": ready.pk}):
        page = client.post("/scan/", {"code": ready.sleeve_code, **first}).content.decode()
    assert "何も変わっていません" in page
    assert Card.objects.get(pk=ready.pk).version == ready.version
    assert not CardEvent.objects.exists()


def test_the_cards_read_last_stand_below_the_box_without_a_name(ready: Card, signed_in_client: Callable[..., Client]) -> None:
    client = signed_in_client("clerk")
    assert "最近読み取ったカード" not in client.get("/scan/").content.decode()
    for _twice in range(2):
        client.post("/scan/", {"code": ready.serial})
    page = client.get("/scan/").content.decode()
    assert page.count(f'href="/cards/{ready.pk}/"') == 1
    assert ready.shown_serial in page
    assert ready.name[0] not in page.partition("最近読み取ったカード")[2].partition("</table>")[0]


def test_the_step_leads_to_where_the_work_is_done(ready: Card, clerk: Actor, signed_in_client: Callable[..., Client]) -> None:
    client = signed_in_client("clerk")
    begun = client.post("/counter/receive/", {"code": f"https://yoyaku.city.example.lg.jp/booking/q#{ready.serial}.12345674"})
    encounter = Encounter.objects.get()
    assert begun.status_code == 302
    page = client.post("/scan/", {"code": ready.sleeve_code}).content.decode()
    assert f'href="/counter/{encounter.pk}/"' in page
    box = make_box(ready.site, "A", "02", 5, clerk)  # type: ignore[arg-type]  # stored cards have a site
    assert f"/storage/put/?box={box.code}" in client.post("/scan/", {"code": box.code}).content.decode()
    assert "位置" in client.post("/scan/", {"code": slot_code(box.pk, 3)}).content.decode()
    assert client.post("/scan/", {"code": slot_code(box.pk, 6)}).status_code == 404


def test_a_slip_and_a_card_on_the_way_lead_to_the_bag(ready: Card, clerk: Actor, signed_in_client: Callable[..., Client]) -> None:
    transfer = transfers.begin(DeliveryPlace.objects.get(code="01"), DeliveryPlace.objects.get(code="02"), clerk)
    transfers.pack(transfer.pk, str(ready.sleeve_code), clerk)
    transfers.send(transfer.pk, "庁用車", clerk)
    client = signed_in_client("clerk")
    for code in (transfer.code, ready.sleeve_code):
        assert f'href="/storage/transfers/{transfer.code}/"' in client.post("/scan/", {"code": code}).content.decode()


def test_a_booking_of_one_opens_the_card_and_that_of_a_party_asks_for_more(
    ready: Card, make_card: MakeCard, signed_in_client: Callable[..., Client]
) -> None:
    def book(card: Card, number: str) -> None:
        BookedVisit.objects.create(
            number=number, serial=card.serial, group=number, place="01", day=dt.date(2026, 11, 24), start="9:00", end="9:30",
            state="confirmed", rev=1, card=card, match="matched", file_seq=1,
        )  # fmt: skip

    client = signed_in_client("clerk")
    book(ready, "1234567890")
    assert "来庁を受け付ける" in client.post("/scan/", {"code": "Y1234567890"}).content.decode()
    book(make_card(2), "1234567890")
    party = client.post("/scan/", {"code": "Y1234567890"})
    assert party.status_code == 404
    assert "何人かの予約" in party.content.decode()


def test_stopped_cards_and_words_to_be_said_are_said(ready: Card, chief: Actor, signed_in_client: Callable[..., Client]) -> None:
    Card.objects.filter(pk=ready.pk).update(braille="あり", uses_substitutes=True)
    register.set_hold(ready.pk, HoldKind.DIED, chief, expected_version=ready.version, reason="届出")
    page = signed_in_client("clerk").post("/scan/", {"code": ready.sleeve_code}).content.decode()
    assert "停止中" in page
    assert "点字の刻印がある" in page
    assert "代替文字" in page


def test_every_reading_is_an_event_without_the_code_that_was_none_of_ours(
    ready: Card, signed_in_client: Callable[..., Client], as_auditor: Callable[..., object]
) -> None:
    client = signed_in_client("clerk")
    client.post("/scan/", {"code": ready.sleeve_code})
    client.post("/scan/", {"code": "123456789018"})
    with as_auditor():  # type: ignore[attr-defined]
        seen, refused = AuditEvent.objects.filter(process_code="scanning.code.read").order_by("id")
        assert seen.subject == f"card:{ready.pk}"
        assert refused.content == {"kind": "dispatch", "found": False, "compared": "none"}
        assert refused.subject == ""


@pytest.mark.parametrize("number", ["123456789018", "１２３４-５６７８-９０１８"])
def test_what_may_be_an_individual_number_is_called_so_unless_a_card_has_it(
    number: str, make_card: MakeCard, signed_in_client: Callable[..., Client], city: object
) -> None:
    client = signed_in_client("clerk")
    answer = client.post("/scan/", {"code": number})
    assert answer.status_code == 404
    assert "マイナンバー（個人番号）のようです" in answer.content.decode()
    assert number not in answer.content.decode()
    make_card(1, dispatch_no="123456789018")
    assert client.post("/scan/", {"code": number}).status_code == 200


def test_the_number_of_statements_is_small_and_does_not_grow(
    ready: Card, make_card: MakeCard, signed_in_client: Callable[..., Client]
) -> None:
    client = signed_in_client("clerk")
    client.post("/scan/", {"code": ready.sleeve_code})

    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.post("/scan/", {"code": ready.sleeve_code}).status_code == 200
        return len(seen)

    before = statements()
    for number in range(2, 30):
        make_card(number, **{**READY, "slot": str(number)}, site=ready.site, sleeve_code=sleeve_code(number))
    assert statements() == before
    assert before <= 12


def test_nothing_typed_and_a_stranger_are_answered(ready: Card, signed_in_client: Callable[..., Client], client: Client) -> None:
    clerk = signed_in_client("clerk")
    assert clerk.get("/scan/").status_code == 200
    assert clerk.post("/scan/", {"code": ""}).status_code == 422
    assert clerk.post("/scan/", {"code": own_code("F", 1)}).status_code == 404
    assert signed_in_client("auditor", user_id="looks").post("/scan/", {"code": ready.sleeve_code}).status_code == 403


def test_the_volume_is_kept_by_the_terminal(signed_in_client: Callable[..., Client], city: object) -> None:
    client = signed_in_client("clerk")
    assert 'data-volume="50"' in client.get("/scan/").content.decode()
    assert client.post("/scan/sound/", {"volume": "0"}).status_code == 302
    assert 'data-volume="0"' in client.get("/scan/sound/").content.decode()
    assert client.post("/scan/sound/", {"volume": "200"}).status_code == 422
    assert client.post("/scan/sound/", {"volume": "50", "shortcuts": "on"}).status_code == 302
    client.cookies["madoguchi_volume"] = "much"
    assert 'data-volume="50"' in client.get("/scan/").content.decode()


def test_single_keys_act_until_the_terminal_switches_them_off(signed_in_client: Callable[..., Client], city: object) -> None:
    client = signed_in_client("clerk")
    assert "shortcuts.js" in client.get("/scan/").content.decode()
    assert client.post("/scan/sound/", {"volume": "50"}).status_code == 302
    page = client.get("/cards/").content.decode()
    assert "shortcuts.js" not in page
    assert "data-shortcuts" not in page
    client.post("/scan/sound/", {"volume": "50", "shortcuts": "on"})
    assert "data-shortcuts" in client.get("/cards/").content.decode()
