"""Items that staff write, 経過記録, code tables, and cards chosen by their items (DL-20, DL-21)."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from madoguchi.delivery.cards import items
from madoguchi.delivery.cards.models import Card, CardEvent, CodeWord, Comment, DeliveryPlace
from madoguchi.delivery.cards.presenting import care_words
from madoguchi.delivery.cards.services import Conflict, NotAllowed
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.models import AuditEvent

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
MakeCard = Callable[..., Card]
AsAuditor = Callable[[], AbstractContextManager[None]]
INDIVIDUAL_NUMBER = "123456789018"


def test_a_comment_is_added_struck_and_never_overwritten(make_card: MakeCard, clerk: Actor, chief: Actor) -> None:
    card = make_card(1)
    comment = items.add_comment(card.pk, Comment.Kind.CALL_IN, " 明日来ると電話 ", clerk)
    items.strike_comment(comment.pk, chief, "別の人の電話")
    comment.refresh_from_db()
    assert (comment.text, comment.by, comment.struck_by, comment.strike_reason) == ("明日来ると電話", "clerk", "chief", "別の人の電話")
    with pytest.raises(NotAllowed, match="すでに"):
        items.strike_comment(comment.pk, clerk, "もう一度")
    card.refresh_from_db()
    assert card.version == 1


@pytest.mark.parametrize("text", ["", "  ", f"番号は {INDIVIDUAL_NUMBER}", "１２３４－５６７８－９０１８ です"])
def test_an_empty_comment_or_one_with_an_individual_number_is_refused(make_card: MakeCard, clerk: Actor, text: str) -> None:
    card = make_card(1)
    with pytest.raises(NotAllowed):
        items.add_comment(card.pk, Comment.Kind.NOTE, text, clerk)
    assert not Comment.objects.exists()


def test_a_strike_without_reason_is_refused_by_the_database_too(make_card: MakeCard, clerk: Actor) -> None:
    comment = items.add_comment(make_card(1).pk, Comment.Kind.NOTE, "確認", clerk)
    with pytest.raises(NotAllowed, match="理由"):
        items.strike_comment(comment.pk, clerk, " ")
    with pytest.raises(IntegrityError), transaction.atomic():
        Comment.objects.filter(pk=comment.pk).update(struck_by="clerk")


def test_the_page_of_notes_shows_strikes_and_each_look_is_on_record(
    make_card: MakeCard, signed_in_client: SignIn, as_auditor: AsAuditor
) -> None:
    card, client = make_card(1), signed_in_client("clerk")
    notes = f"/cards/{card.pk}/notes/"
    assert client.post(notes, {"kind": "call_out", "text": "留守番電話に入れた"}).status_code == 302
    assert client.post(notes, {"kind": "call_out", "text": INDIVIDUAL_NUMBER}).status_code == 422
    comment = Comment.objects.get()
    assert client.post(f"{notes}{comment.pk}/strike/", {"reason": ""}).status_code == 422
    assert client.post(f"{notes}{comment.pk}/strike/", {"reason": "書き間違い"}).status_code == 302
    page = client.get(notes).content.decode()
    assert "<s>留守番電話に入れた</s>" in page
    assert "書き間違い" in page
    assert "<s>留守番電話に入れた</s>" in client.get(f"/cards/{card.pk}/?tab=contact").content.decode()
    assert client.post(f"/cards/{make_card(2).pk}/notes/{comment.pk}/strike/", {"reason": "x"}).status_code == 404
    with as_auditor():
        assert AuditEvent.objects.filter(process_code="cards.comment.strike", subject=f"card:{card.pk}").count() == 1
        assert AuditEvent.objects.filter(process_code="cards.card.view", content__part="notes").exists()


def test_items_are_written_with_one_event_that_names_them(make_card: MakeCard, clerk: Actor) -> None:
    card = make_card(1)
    values = {"visit_way": "申請時来庁", "uses_substitutes": True, "posted_on": dt.date(2026, 11, 20), "memo": ""}
    assert items.set_items(card.pk, values, clerk, expected_version=1)
    card.refresh_from_db()
    assert (card.visit_way, card.uses_substitutes, card.posted_on, card.version) == ("申請時来庁", True, dt.date(2026, 11, 20), 2)
    event = CardEvent.objects.get(card=card)
    assert (event.act, event.axis, event.version) == ("set_items", "data", 2)
    assert event.detail == {"fields": ["posted_on", "uses_substitutes", "visit_way"]}
    assert not items.set_items(card.pk, values, clerk, expected_version=2)
    with pytest.raises(Conflict):
        items.set_items(card.pk, {"memo": "x"}, clerk, expected_version=1)
    with pytest.raises(TypeError):
        items.set_items(card.pk, {"progress": "delivered"}, clerk, expected_version=2)
    with pytest.raises(NotAllowed):
        items.set_items(card.pk, {"memo": INDIVIDUAL_NUMBER}, clerk, expected_version=2)


def test_the_form_of_items_offers_the_code_table_and_sees_a_conflict(make_card: MakeCard, signed_in_client: SignIn, chief: Actor) -> None:
    items.set_up_words(chief)
    card, client = make_card(1, applied_at="旧サテライト"), signed_in_client("clerk")
    page = client.get(f"/cards/{card.pk}/items/").content.decode()
    assert '<option value="旧サテライト" selected>' in page
    assert "出張申請" in page
    given = {"version": 1, "visit_way": "出張申請", "applied_at": "旧サテライト", "memo": "", "checked_by_hand": "on"}
    assert client.post(f"/cards/{card.pk}/items/", {**given, "visit_way": "郵便"}).status_code == 422
    assert client.post(f"/cards/{card.pk}/items/", given).status_code == 302
    assert client.post(f"/cards/{card.pk}/items/", given).status_code == 409
    assert "出張申請" in client.get(f"/cards/{card.pk}/").content.decode()
    assert "項目の記録" in client.get(f"/cards/{card.pk}/?tab=audit").content.decode()


def test_code_tables_begin_with_words_and_name_values_they_lack(make_card: MakeCard, signed_in_client: SignIn, chief: Actor) -> None:
    items.set_up_words(chief)
    items.set_up_words(chief)
    assert CodeWord.objects.filter(item="fee_kind").count() == 2
    make_card(1, application_way="スマホ", fee_kind="無料")
    assert [(stray.item, stray.word, stray.cards) for stray in items.stray_words()] == [("application_way", "スマホ", 1)]
    client = signed_in_client("chief", user_id="head")
    assert "「スマホ」を加える" in client.get("/cards/words/").content.decode()
    assert client.post("/cards/words/", {"item": "application_way", "word": "スマホ"}).status_code == 302
    assert items.stray_words() == []
    assert client.post("/cards/words/", {"item": "application_way", "word": "スマホ", "close": "1"}).status_code == 302
    assert "スマホ" not in items.words_of("application_way")
    with pytest.raises(NotAllowed):
        items.save_word("name", "髙橋", chief)
    with pytest.raises(NotAllowed):
        items.save_word("braille", "あ" * 21, chief)
    assert signed_in_client("clerk").get("/cards/words/").status_code == 403


def test_cards_are_chosen_by_their_items(make_card: MakeCard, signed_in_client: SignIn, chief: Actor, as_auditor: AsAuditor) -> None:
    items.set_up_words(chief)
    make_card(1, braille="有", expires=dt.date(2031, 1, 1), certificates="both")
    make_card(2, braille="無", expires=dt.date(2030, 1, 1), uses_substitutes=True)
    client, braille = signed_in_client("clerk"), CodeWord.objects.get(item="braille", word="有").pk
    for query, wanted, unwanted in (
        (f"braille={braille}", "A1B-000001", "A1B-000002"),
        ("expires_to=2030-06-01", "A1B-000002", "A1B-000001"),
        ("uses_substitutes=1", "A1B-000002", "A1B-000001"),
        ("certificates=both&expires_from=2031-01-01", "A1B-000001", "A1B-000002"),
    ):
        page = client.get(f"/cards/items/?{query}").content.decode()
        assert wanted in page
        assert unwanted not in page
        assert "髙橋" not in page
    assert client.get("/cards/items/?expires_from=2031-01-01&expires_to=2030-01-01").status_code == 422
    assert client.get("/cards/items/?braille=999999").status_code == 422
    with as_auditor():
        assert AuditEvent.objects.filter(process_code="cards.items.filter").count() == 4


def test_the_filter_needs_the_same_number_of_statements_whatever_the_rows(
    make_card: MakeCard, signed_in_client: SignIn, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    client = signed_in_client("clerk")
    for number in range(1, 30):
        make_card(number)
    with django_assert_max_num_queries(12):
        assert client.get("/cards/items/").status_code == 200


def test_braille_substitutes_and_own_characters_are_said_in_words(city: DeliveryPlace) -> None:
    assert care_words(Card(name="林", address="本町", braille="無", uses_substitutes=False)) == []
    said = [str(words) for words in care_words(Card(name="林\ue000", address="本町", braille="有", uses_substitutes=True))]
    assert [word for word in ("点字", "代替文字", "外字") if any(word in words for words in said)] == ["点字", "代替文字", "外字"]
