"""Cards leave the house: by rule, by approval, by scan, by two, with a certificate."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pypdfium2
import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from madoguchi.delivery.cards import rules as card_rules
from madoguchi.delivery.cards import services as cards
from madoguchi.delivery.cards.models import Card, CardEvent, DeliveryPlace
from madoguchi.delivery.disposal import queries, services
from madoguchi.delivery.disposal.certificate import print_certificate
from madoguchi.delivery.disposal.models import DisposalBatch, DisposalItem
from madoguchi.kernel.labels import sleeve_code
from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.verbs import Refusal

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
MakeCard = Callable[..., Card]
PASSWORD = "correct horse battery staple"


@pytest.fixture
def ended(make_card: MakeCard, city: DeliveryPlace) -> list[Card]:
    """Three cards that ended and still lie in the safe; the last came before labels and has no sleeve."""
    found = [make_card(number, progress="lapsed", place_kind="stored", site=city, safe="A", box="01") for number in (1, 2, 3)]
    for card in found[:2]:
        Card.objects.filter(pk=card.pk).update(sleeve_code=sleeve_code(card.pk))
        card.refresh_from_db()
    return found


@pytest.fixture
def second(signed_in_client: SignIn) -> Staff:
    signed_in_client("clerk", user_id="clerk2")
    colleague: Staff = Staff.objects.get(user_id="clerk2")
    colleague.set_password(PASSWORD)
    colleague.must_change_password = False
    colleague.save()
    return colleague


def test_the_whole_way_out(ended: list[Card], make_card: MakeCard, city: DeliveryPlace, second: Staff, signed_in_client: SignIn) -> None:
    make_card(4, progress="preset", place_kind="stored", site=city)
    clerk, chief = signed_in_client("clerk"), signed_in_client("chief")
    assert "廃棄の候補になるカード: 3 枚" in clerk.get("/disposal/").content.decode()
    address = clerk.post("/disposal/make/")["Location"]
    batch = DisposalBatch.objects.get()
    assert set(Card.objects.filter(disposal="proposed").values_list("disposal_reason", flat=True)) == {"失効(交付前)"}
    assert clerk.post(f"{address}scan/", {"code": ended[0].sleeve_code}).status_code == 422

    assert clerk.post(f"{address}request/").status_code == 302
    approval = Approval.objects.get()
    clerk.post(f"/approvals/{approval.pk}/", {"decision": "approve"})
    batch.refresh_from_db()
    assert batch.state == "proposed"
    assert chief.post(f"/approvals/{approval.pk}/", {"decision": "approve"}).status_code == 302
    event = CardEvent.objects.get(card=ended[0], act="approve_disposal")
    assert (event.user_id, event.detail["approved_by"]) == ("clerk", "chief")

    both = {"bag": "H-12", "method": "裁断", "witness_user_id": "clerk2", "witness_password": PASSWORD}
    assert clerk.post(f"{address}carry-out/", both).status_code == 422
    assert clerk.post(f"{address}scan/", {"code": ended[0].sleeve_code}).status_code == 302
    again = clerk.post(f"{address}scan/", {"code": ended[0].sleeve_code})
    assert "すでに袋に入っています" in again.content.decode()
    by_face = clerk.post(f"{address}scan/", {"code": ended[1].serial})
    assert "スリーブのラベルを読み取ってください" in by_face.content.decode()
    stranger = clerk.post(f"{address}scan/", {"code": "A1B-000004"})
    assert "この廃棄の一覧にありません" in stranger.content.decode()
    assert clerk.post(f"{address}scan/", {"code": ended[2].serial}).status_code == 302

    item = DisposalItem.objects.get(card=ended[1])
    assert clerk.post(f"{address}items/{item.pk}/", {"site": "01", "reason": ""}).status_code == 422
    assert clerk.post(f"{address}items/{item.pk}/", {"site": "01", "reason": "本人が来た"}).status_code == 302
    alone = clerk.post(f"{address}carry-out/", {**both, "witness_user_id": "clerk", "witness_password": PASSWORD})
    assert alone.status_code == 422
    assert clerk.post(f"{address}carry-out/", both).status_code == 302
    assert dict(Card.objects.values_list("serial", "progress")) == {
        "A1B000001": "disposed",
        "A1B000002": "lapsed",
        "A1B000003": "disposed",
        "A1B000004": "preset",
    }
    gone = Card.objects.get(serial="A1B000001")
    assert (gone.place_kind, gone.custodian, gone.disposal, gone.disposed_on is not None) == ("gone", "なし", "carried_out", True)
    assert CardEvent.objects.filter(card=gone, act="dispose", axis="progress").get().detail["second_person"] == "clerk2"
    batch.refresh_from_db()
    assert (batch.state, batch.carried_out_by, batch.witness, batch.approved_by) == ("carried_out", "clerk", "clerk2", "chief")
    assert clerk.post(f"{address}carry-out/", both).status_code == 422
    assert signed_in_client("auditor").get(address).status_code == 200


def test_the_certificate_names_cards_and_people_and_no_citizen(
    ended: list[Card], clerk: Actor, chief: Actor, second: Staff, tmp_path: Path, settings: object, signed_in_client: SignIn
) -> None:
    settings.MADOGUCHI_FOLDER = tmp_path  # type: ignore[attr-defined]  # pytest-django's settings
    batch = services.make_batch(clerk)
    with pytest.raises(ValueError, match="not carried out"):
        print_certificate(batch, clerk)
    services.approve(batch.pk, clerk, chief)
    for card in ended:
        services.scan_into_bag(batch.pk, card.sleeve_code or card.serial, clerk)
    services.carry_out(batch.pk, clerk, second, bag="H-12", method="裁断")
    batch.refresh_from_db()
    pdf = pypdfium2.PdfDocument(signed_in_client("auditor").get(f"/disposal/{batch.pk}/certificate/").content)
    words = "".join(page.get_textpage().get_text_range() for page in pdf).replace("\ufffe", "-")
    for wanted in ("カード廃棄証明書", "A1B-000001", "A1B-000003", "H-12", "裁断", "責任 花子", "clerk2", "3 枚"):
        assert wanted in words
    assert "髙橋" not in words


def test_a_card_that_came_back_to_life_is_left_out_at_the_approval(ended: list[Card], clerk: Actor, chief: Actor) -> None:
    batch = services.make_batch(clerk)
    cards.perform(ended[0].pk, "release_disposal", clerk, expected_version=2, reason="見直し")
    services.approve(batch.pk, clerk, chief)
    assert list(queries.items(batch).values_list("card__serial", flat=True)) == ["A1B000002", "A1B000003"]


def test_a_rejected_batch_gives_its_cards_back(ended: list[Card], signed_in_client: SignIn) -> None:
    clerk, chief = signed_in_client("clerk"), signed_in_client("chief")
    address = clerk.post("/disposal/make/")["Location"]
    clerk.post(f"{address}request/")
    assert chief.post(f"/approvals/{Approval.objects.get().pk}/", {"decision": "reject", "reason": "まだ待つ"}).status_code == 302
    assert set(Card.objects.values_list("disposal", "disposal_reason")) == {("none", "")}
    assert DisposalBatch.objects.get().state == "given_up"
    assert len(queries.candidates()) == 3


def test_a_card_in_the_bag_is_taken_out_of_it_when_left_out(ended: list[Card], clerk: Actor, chief: Actor) -> None:
    batch = services.make_batch(clerk)
    services.approve(batch.pk, clerk, chief)
    services.scan_into_bag(batch.pk, str(ended[0].sleeve_code), clerk)
    services.leave_out(batch.pk, DisposalItem.objects.get(card=ended[0]).pk, clerk, reason="本人が来た", site="02")
    ended[0].refresh_from_db()
    assert (ended[0].place_kind, ended[0].site.code if ended[0].site else "", ended[0].disposal) == ("stored", "02", "none")
    with pytest.raises(Refusal, match="2 枚"):
        services.carry_out(batch.pk, clerk, Staff(user_id="x"), bag="1", method="裁断")


def test_the_database_itself_refuses_one_name_for_two(ended: list[Card], clerk: Actor) -> None:
    batch = services.make_batch(clerk)
    with pytest.raises(IntegrityError), transaction.atomic():
        DisposalBatch.objects.filter(pk=batch.pk).update(state="approved", approved_by="clerk", approved_at=clock.now())


def test_a_card_under_a_hold_shows_no_place_in_the_list(ended: list[Card], clerk: Actor, signed_in_client: SignIn) -> None:
    cards.set_hold(ended[0].pk, card_rules.HoldKind.PROTECTED, clerk, expected_version=1, reason="申出")
    client = signed_in_client("clerk")
    page = client.get(client.post("/disposal/make/")["Location"]).content.decode()
    assert page.count("保管中 市民窓口センター A 01") == 2
    assert page.count("停止中。カードの画面で確かめます") == 1


def test_the_pages_open_with_nothing_in_them_and_only_for_those_who_may(city: DeliveryPlace, signed_in_client: SignIn) -> None:
    assert signed_in_client("auditor").get("/disposal/").status_code == 200
    assert signed_in_client("auditor", user_id="a2").post("/disposal/make/").status_code == 403
    assert signed_in_client("operator").get("/disposal/").status_code == 403
    assert signed_in_client("clerk").post("/disposal/make/", follow=True).content.decode().count("廃棄の候補になるカードはありません") == 1


def test_a_batch_needs_the_same_number_of_statements_whatever_the_rows(
    make_card: MakeCard,
    city: DeliveryPlace,
    clerk: Actor,
    signed_in_client: SignIn,
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    for number in range(1, 40):
        make_card(number, progress="withdrawn", place_kind="stored", site=city)
    client = signed_in_client("clerk")
    batch = services.make_batch(clerk)
    with django_assert_max_num_queries(14):
        assert client.get(f"/disposal/{batch.pk}/").status_code == 200
