"""伏せ字: the patterns, one value opened at a time on record, reasons and seconds as the municipality sets them (DL-05, SF-05)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import Client

from madoguchi.delivery.cards import masking, services
from madoguchi.delivery.cards.models import Card, Hold, MunicipalityChange
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.models import AuditEvent

SignIn = Callable[..., Client]
MakeCard = Callable[..., Card]
AsAuditor = Callable[[], AbstractContextManager[None]]
ADDRESS = "神奈川県藤沢市本町１丁目２－３"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("髙橋　一郎", "髙＊　一＊"),
        ("林　一", "林　＊"),
        ("一", "＊"),
        ("", ""),
        ("𠮷野　𠮟", "𠮷＊　＊"),
        ("葛\U000e0100城", "葛\U000e0100＊"),
        ("葛\U000e0100　神\U000e0101", "葛\U000e0100　＊"),
        ("ﾀﾞﾃ ﾏｻﾑﾈ", "ﾀﾞ＊　ﾏ＊＊＊"),
        ("NGUYEN VAN", "N＊＊＊＊＊　V＊＊"),
        ("O'BRIEN", "O＊＊＊＊＊＊"),
        ("マリア・テレサ", "マ＊＊＊＊＊＊"),
        ("渡\ue000　一郎", "渡＊　一＊"),
    ],
)
def test_a_masked_name_shows_the_first_character_of_each_part_and_no_whole_one(name: str, shown: str) -> None:
    assert masking.masked(name) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (ADDRESS, "神奈川県藤沢市本町＊"),
        ("神奈川県藤沢市三番町1-2", "神奈川県藤沢市三番町＊"),
        ("辻堂", "辻＊"),
        ("", "＊"),
    ],
)
def test_an_address_is_hidden_from_its_first_number(address: str, shown: str) -> None:
    assert masking.masked_address(address) == shown


@pytest.mark.parametrize(("postcode", "shown"), [("2510052", "251-****"), ("251", "＊"), ("", "＊")])
def test_a_postcode_names_the_post_office(postcode: str, shown: str) -> None:
    assert masking.masked_postcode(postcode) == shown


def test_month_and_day_of_birth_are_hidden() -> None:
    assert masking.masked_birth("1980-09-08") == "1980-**-**"
    assert masking.born_words("1980-09-08") == "昭和55年9月8日 (1980-09-08)"


def test_nothing_tells_where_a_protected_person_lives() -> None:
    card = Card(name="髙橋　一郎", alias="", postcode="2510052", address=ADDRESS, house="藤沢荘101")
    assert {field: masking.mask_of(card, field, is_protected=True) for field in ("name", "alias", "postcode", "address", "house")} == {
        "name": "髙＊　一＊",
        "alias": "",
        "postcode": "＊＊＊",
        "address": "＊＊＊",
        "house": "＊＊＊",
    }
    assert masking.mask_of(card, "house", is_protected=False) == "＊＊＊"


def reveals_in_the_log(as_auditor: AsAuditor) -> list[tuple[str, str, str, str]]:
    with as_auditor():
        events = AuditEvent.objects.filter(process_code="cards.field.reveal").order_by("pk")
        return [(event.user_id, event.subject, event.content["field"], event.reason) for event in events]


@pytest.mark.django_db
def test_one_value_is_opened_at_a_time_on_record_and_counted(make_card: MakeCard, signed_in_client: SignIn, as_auditor: AsAuditor) -> None:
    card = make_card(1, address=ADDRESS, alias="田中　一郎")
    client, address = signed_in_client("clerk"), f"/cards/{card.pk}/reveal/"
    page = client.post(address, {"field": "name"})
    text = page.content.decode()
    assert (page.status_code, page.headers["Refresh"]) == (200, f"60; url=/cards/{card.pk}/")
    assert "髙橋　一郎" in text
    assert "１丁目" not in text
    assert "田中" not in text
    part = client.post(address, {"field": "address"}, headers={"X-Reveal": "ask"}).content.decode()
    assert ADDRESS in part
    assert 'data-reveals="2"' in part
    assert "<html" not in part
    # Nothing that is no masked value, or that this card has not, is opened or recorded; nothing opens by an address.
    assert client.post(address, {"field": "memo"}).status_code == 404
    assert client.post(address, {"field": "former_name"}).status_code == 404
    assert client.post(address, {"field": "name,address"}).status_code == 404
    assert client.get(address).status_code == 405
    assert reveals_in_the_log(as_auditor) == [("clerk", f"card:{card.pk}", "name", ""), ("clerk", f"card:{card.pk}", "address", "")]
    assert "<span data-number>2</span>" in client.get(f"/cards/{card.pk}/").content.decode()


@pytest.mark.django_db
def test_the_reason_is_asked_for_where_the_municipality_demands_it(
    make_card: MakeCard, signed_in_client: SignIn, as_auditor: AsAuditor, clerk: Actor
) -> None:
    card, client = make_card(1), signed_in_client("clerk")
    address = f"/cards/{card.pk}/reveal/"
    assert "表示する理由" not in client.get(f"/cards/{card.pk}/").content.decode()
    services.change_settings({"reveal_needs_reason": True, "reveal_seconds": 30}, clerk, second="chief", reason="規程の改正")
    assert set(MunicipalityChange.objects.filter(setting__startswith="reveal").values_list("setting", "before", "after")) == {
        ("reveal_needs_reason", False, True),
        ("reveal_seconds", 60, 30),
    }
    assert 'data-seconds="30"' in client.get(f"/cards/{card.pk}/").content.decode()
    for reason in ("", "  ", "123456789018"):
        refused = client.post(address, {"field": "name", "reason": reason})
        assert (refused.status_code, "髙橋" in refused.content.decode()) == (422, False)
    assert client.post(address, {"field": "name", "reason": "本人の電話"}, headers={"X-Reveal": "ask"}).status_code == 200
    assert reveals_in_the_log(as_auditor) == [("clerk", f"card:{card.pk}", "name", "本人の電話")]


@pytest.mark.django_db
def test_without_the_right_nothing_is_opened(make_card: MakeCard, signed_in_client: SignIn, as_auditor: AsAuditor) -> None:
    card = make_card(1)
    for role in ("auditor", "administrator", "operator"):
        assert signed_in_client(role).post(f"/cards/{card.pk}/reveal/", {"field": "name"}).status_code == 403
    assert reveals_in_the_log(as_auditor) == []


@pytest.mark.django_db
def test_the_page_of_a_protected_person_tells_no_part_of_town(make_card: MakeCard, signed_in_client: SignIn) -> None:
    card = make_card(1, address=ADDRESS, postcode="2510052")
    Hold.objects.create(card=card, kind="protected", reason="申出", set_by="chief", source="申出書")
    page = signed_in_client("clerk").get(f"/cards/{card.pk}/").content.decode()
    assert "藤沢市本町" not in page
    assert "251-" not in page


@pytest.mark.django_db
def test_notes_are_masked_and_acts_show_whom_the_papers_are_compared_with(make_card: MakeCard, signed_in_client: SignIn) -> None:
    card, client = make_card(1), signed_in_client("clerk")
    shown: dict[str, Any] = {}
    for page in ("notes/", "items/", "acts/withdraw/", "reissue/"):
        answer = client.get(f"/cards/{card.pk}/{page}")
        shown[page] = (answer.status_code, "髙橋　一郎" in answer.content.decode())
    assert shown == {"notes/": (200, False), "items/": (200, False), "acts/withdraw/": (200, True), "reissue/": (200, True)}
