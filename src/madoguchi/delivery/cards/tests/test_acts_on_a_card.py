"""Acts from the page of a card: only those allowed now are offered, each with what its guards demand; heavy ones wait for the head."""

from collections.abc import Callable

import pytest
from django.test import Client

from madoguchi.delivery.cards import queries, rules, services, ways
from madoguchi.delivery.cards.models import Card, CardEvent, DeliveryPlace, Hold
from madoguchi.kernel.labels import sleeve_code
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.audit.actors import Actor

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
MakeCard = Callable[..., Card]
PASSWORD = "correct horse battery staple"


def address(card: Card, act: str) -> str:
    return f"/cards/{card.pk}/acts/{act}/"


@pytest.fixture
def stored(make_card: MakeCard, city: DeliveryPlace) -> Card:
    card = make_card(1, progress="preset", place_kind="stored", site=city, custodian="市民窓口センター")
    Card.objects.filter(pk=card.pk).update(sleeve_code=sleeve_code(card.pk))
    card.refresh_from_db()
    return card


def test_a_card_offers_what_may_be_done_with_it_now_and_nothing_else(stored: Card, signed_in_client: SignIn) -> None:
    page = signed_in_client("clerk").get(f"/cards/{stored.pk}/").content.decode()
    for offered in ("withdraw", "lapse", "report_missing", "propose_disposal"):
        assert f"/acts/{offered}/" in page
    for other in ("correct_delivery", "take_back", "confirm_loss", "take_from_bag", "dispose", "finish_visit", "unmake_notice"):
        assert f"/acts/{other}/" not in page


def test_what_the_card_does_not_allow_now_is_said_and_not_asked_for(stored: Card, signed_in_client: SignIn) -> None:
    answer = signed_in_client("clerk").get(address(stored, "take_back"))
    assert answer.status_code == 409
    assert "進捗が「交付前設定済」" in answer.content.decode()


def test_withdrawing_asks_for_the_document_and_the_reason(stored: Card, signed_in_client: SignIn) -> None:
    client = signed_in_client("clerk")
    short = client.post(address(stored, "withdraw"), {"version": 1, "reason": "本人の希望", "document": ""})
    assert short.status_code == 422
    assert "書類の種類と日付" in short.content.decode()
    given = {"version": 1, "reason": "本人の希望", "document": "取りやめ届 11/21"}
    alone = client.post(address(stored, "withdraw"), given)
    assert alone.status_code == 422
    assert "二人目の利用者ID" in alone.content.decode()
    signed_in_client("clerk", user_id="colleague")
    second = {"witness_user_id": "colleague", "witness_password": "kawa-no-hotori-7"}
    assert client.post(address(stored, "withdraw"), {**given, **second, "witness_user_id": "clerk"}).status_code == 422
    done = client.post(address(stored, "withdraw"), {**given, **second})
    assert done.status_code == 302
    event = CardEvent.objects.get(card=stored, act="withdraw")
    assert (event.after, event.reason, event.detail["document"]) == ("withdrawn", "本人の希望", "取りやめ届 11/21")
    assert event.detail["second_person"] == "colleague"


def test_an_act_on_what_has_changed_meanwhile_changes_nothing(stored: Card, signed_in_client: SignIn) -> None:
    answer = signed_in_client("clerk").post(address(stored, "report_missing"), {"version": 9, "reason": "棚にない"})
    assert answer.status_code == 409
    stored.refresh_from_db()
    assert stored.place_kind == "stored"


def test_a_delivery_is_corrected_only_when_the_head_has_approved_it(
    make_card: MakeCard, city: DeliveryPlace, signed_in_client: SignIn
) -> None:
    card = make_card(1, progress="delivered", place_kind="person", custodian="本人", visit="done", delivered_on="2026-11-01")
    clerk, chief = signed_in_client("clerk"), signed_in_client("chief")
    given = {"version": 1, "reason": "別の人に渡した", "site": "01"}
    assert clerk.post(address(card, "correct_delivery"), given).status_code == 422
    assert clerk.post(address(card, "correct_delivery"), {**given, "terminal_checked": "on"}).status_code == 302
    card.refresh_from_db()
    assert card.progress == "delivered"
    approval = Approval.objects.get()
    own = clerk.post(f"/approvals/{approval.pk}/", {"decision": "approve"})
    assert own.status_code != 302
    assert chief.post(f"/approvals/{approval.pk}/", {"decision": "approve"}).status_code == 302
    card.refresh_from_db()
    assert (card.progress, card.place_kind, card.site_id, card.visit, card.delivered_on) == ("preset", "counter", city.pk, "none", None)
    event = CardEvent.objects.get(card=card, axis="progress", act="correct_delivery")
    assert (event.user_id, event.detail["approved_by"]) == ("clerk", "chief")


def test_a_card_that_was_ended_too_early_is_taken_up_again_when_the_head_has_approved_it(
    stored: Card, clerk: Actor, signed_in_client: SignIn
) -> None:
    Card.objects.filter(pk=stored.pk).update(progress="withdrawn", disposal="proposed", withdrawn_on="2026-11-01", preset_on="2026-10-01")
    client, given = signed_in_client("clerk"), {"version": 1, "reason": "期限の後に本人が来た"}
    assert client.post(address(stored, "take_up_again"), given).status_code == 422
    assert client.post(address(stored, "take_up_again"), {**given, "terminal_checked": "on"}).status_code == 302
    stored.refresh_from_db()
    assert stored.progress == "withdrawn"
    assert signed_in_client("chief").post(f"/approvals/{Approval.objects.get().pk}/", {"decision": "approve"}).status_code == 302
    stored.refresh_from_db()
    assert (stored.progress, stored.disposal, stored.withdrawn_on, stored.preset_on) == ("inspected", "none", None, None)
    event = CardEvent.objects.get(card=stored, axis="progress", act="take_up_again")
    assert (event.user_id, event.detail["approved_by"]) == ("clerk", "chief")


@pytest.mark.parametrize(
    ("values", "why"),
    [({"disposal": "approved"}, "廃棄が承認されています"), ({"sleeve_code": None}, "検品を終えていない")],
)
def test_what_may_not_be_taken_up_again_is_said(stored: Card, values: dict[str, object], why: str, signed_in_client: SignIn) -> None:
    Card.objects.filter(pk=stored.pk).update(progress="lapsed", **values)
    answer = signed_in_client("clerk").get(address(stored, "take_up_again"))
    assert answer.status_code == 409
    assert why in answer.content.decode()


def test_an_approval_of_what_has_changed_meanwhile_carries_nothing_out(
    make_card: MakeCard, city: DeliveryPlace, clerk: Actor, signed_in_client: SignIn
) -> None:
    card = make_card(1, progress="arrived", place_kind="missing", site=city)
    signed_in_client("clerk").post(address(card, "confirm_loss"), {"version": 1, "reason": "3か月探した"})
    services.perform(card.pk, "store", clerk, expected_version=1, detail={"site": "01"})
    answer = signed_in_client("chief").post(f"/approvals/{Approval.objects.get().pk}/", {"decision": "approve"})
    assert answer.status_code != 302
    card.refresh_from_db()
    assert card.place_kind == "stored"


def test_a_second_person_stands_behind_an_application_that_is_sent(make_card: MakeCard, signed_in_client: SignIn) -> None:
    card = make_card(1, progress="applied")
    client, _second = signed_in_client("clerk"), signed_in_client("clerk", user_id="clerk2")
    colleague = Staff.objects.get(user_id="clerk2")
    colleague.set_password(PASSWORD)
    colleague.must_change_password = False
    colleague.save()
    alone = client.post(address(card, "send_application"), {"version": 1})
    assert alone.status_code == 422
    both = {"version": 1, "witness_user_id": "clerk2", "witness_password": PASSWORD}
    assert client.post(address(card, "send_application"), both).status_code == 302
    assert CardEvent.objects.get(act="send_application").detail["second_person"] == "clerk2"


def test_a_reissue_makes_a_linked_card_and_stops_the_one_that_is_still_here(stored: Card, signed_in_client: SignIn) -> None:
    client = signed_in_client("clerk")
    given = {"version": 1, "application_id": "9" * 23, "why": "misprint", "reason": "氏名の字が違う"}
    assert client.post(f"/cards/{stored.pk}/reissue/", {**given, "application_id": "123"}).status_code == 422
    answer = client.post(f"/cards/{stored.pk}/reissue/", given)
    new = Card.objects.get(replaces=stored)
    assert answer["Location"] == f"/cards/{new.pk}/"
    assert (new.progress, new.name, new.serial) == ("applied", stored.name, "")
    assert Hold.objects.get(card=stored).kind == "misprint"
    assert "前のカードを開く" in client.get(f"/cards/{new.pk}/").content.decode()
    again = client.post(f"/cards/{stored.pk}/reissue/", {**given, "version": 2, "application_id": "8" * 23})
    assert again.status_code == 422
    assert "すでに再発行依頼があります" in again.content.decode()


def test_protection_goes_over_to_the_new_card_of_a_reissue(stored: Card, clerk: Actor, chief: Actor) -> None:
    services.set_hold(stored.pk, rules.HoldKind.PROTECTED, chief, expected_version=stored.version, reason="申出")
    stored.refresh_from_db()
    why = rules.ReissueReason.DAMAGE
    new = services.reissue(stored.pk, "9" * 23, why, clerk, expected_version=stored.version, reason="汚した")
    assert set(queries.open_holds(new.pk)) == {rules.HoldKind.PROTECTED}
    assert set(queries.open_holds(stored.pk)) == {rules.HoldKind.PROTECTED, rules.HoldKind.INCOMPLETE}


def test_two_cards_may_wait_for_their_number_but_never_share_one(make_card: MakeCard) -> None:
    make_card(1, serial="")
    make_card(2, serial="")
    assert Card.objects.filter(serial="").count() == 2


def test_the_auditor_and_the_operator_do_nothing_with_cards(stored: Card, signed_in_client: SignIn) -> None:
    for role in ("auditor", "operator", "administrator"):
        assert signed_in_client(role).get(address(stored, "withdraw")).status_code == 403


def test_everything_on_the_card_asks_only_for_what_its_form_has() -> None:
    from madoguchi.delivery.cards.forms import ActForm

    for page in ways.ON_THE_CARD.values():
        assert set(page.asks) <= set(ActForm.base_fields), page.code


@pytest.mark.parametrize("act", ["import", "hand_over", "nonsense"])
def test_what_is_no_act_of_the_cards_page_is_no_page(stored: Card, signed_in_client: SignIn, act: str) -> None:
    assert signed_in_client("clerk").get(address(stored, act)).status_code == 404


def test_a_card_under_protection_shows_no_place_on_a_list(stored: Card, clerk: Actor, signed_in_client: SignIn) -> None:
    client = signed_in_client("clerk")
    assert "保管中 市民窓口センター" in client.get("/cards/?state=preset").content.decode()
    services.set_hold(stored.pk, rules.HoldKind.PROTECTED, clerk, expected_version=stored.version, reason="申出")
    assert "市民窓口センター" not in client.get("/cards/?state=preset").content.decode().split("<tbody>")[1]


def ready_for(act: rules.Act, city: DeliveryPlace) -> dict[str, object]:
    """Return the columns of a card that stands where `act` begins, on every axis that it moves."""
    first: dict[str, str] = {change.axis: min(change.sources) for change in act.changes}
    progress = first.setdefault("progress", "preset")
    usual = {"applied": "not_arrived", "ordered": "not_arrived", "delivered": "person"}.get(progress, "stored")
    place = first.setdefault("place_kind", usual)
    is_in_the_house = place in {"stored", "counter", "transfer"}
    others = {"site": city} if is_in_the_house else {}
    if place == "transfer":
        others["transfer_to"] = DeliveryPlace.objects.exclude(pk=city.pk).get()
    sleeve = {"sleeve_code": sleeve_code(1)} if rules.was_inspected in act.guards else {}
    return {**first, **others, **sleeve, "custodian": "窓口"}


@pytest.mark.parametrize("code", sorted(ways.ON_THE_CARD))
def test_each_act_of_the_page_is_done_with_its_evidence_and_leaves_its_events(
    code: str, make_card: MakeCard, city: DeliveryPlace, signed_in_client: SignIn
) -> None:
    page = ways.ON_THE_CARD[code]
    card = make_card(1, **ready_for(page.act, city))
    before = {change.axis: getattr(card, change.axis) for change in page.act.changes}
    client = signed_in_client("clerk")
    assert f"/acts/{code}/" in client.get(f"/cards/{card.pk}/").content.decode()
    given = {"version": card.version, "reason": "理由", "document": "届出", "terminal_checked": "on", "site": "01"}
    if page.confirmed is ways.Confirmed.BY_WITNESS:
        signed_in_client("clerk", user_id="clerk2")
        colleague = Staff.objects.get(user_id="clerk2")
        colleague.set_password(PASSWORD)
        colleague.must_change_password = False
        colleague.save()
        given |= {"witness_user_id": "clerk2", "witness_password": PASSWORD}
    assert client.post(address(card, code), given).status_code == 302
    if page.confirmed is ways.Confirmed.BY_APPROVAL:
        signed_in_client("chief").post(f"/approvals/{Approval.objects.get().pk}/", {"decision": "approve"})
    card.refresh_from_db()
    wanted = {
        change.axis: (before[change.axis], change.target.value) for change in page.act.changes if before[change.axis] in change.sources
    }
    events = {event.axis: (event.before, event.after) for event in CardEvent.objects.filter(card=card, act=code, user_id="clerk")}
    assert events == wanted
    assert {axis: getattr(card, axis) for axis in wanted} == {axis: after for axis, (_before, after) in wanted.items()}
