"""Pages of the register: counts, lists with masked names, one card, search by number; every view of a person on record."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client

from madoguchi.delivery.cards.models import Card, CardEvent, DeliveryPlace, Hold
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.models import AuditEvent

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
MakeCard = Callable[..., Card]
AsAuditor = Callable[[], AbstractContextManager[None]]


def test_home_opens_for_every_role_and_names_nobody(make_card: MakeCard, signed_in_client: SignIn) -> None:
    make_card(1)
    for role in ("clerk", "chief", "operator", "administrator", "auditor"):
        answer = signed_in_client(role).get("/cards/progress/")
        assert answer.status_code == 200
        assert "髙橋" not in answer.content.decode()
    assert "到着待ち" in signed_in_client("clerk", user_id="other").get("/cards/progress/").content.decode()


def test_the_list_masks_names_and_is_on_record(make_card: MakeCard, signed_in_client: SignIn, as_auditor: AsAuditor) -> None:
    make_card(1)
    page = signed_in_client("clerk").get("/cards/?state=ordered").content.decode()
    assert "A1B-000001" in page
    assert "髙＊　一＊" in page
    assert "髙橋" not in page
    with as_auditor():
        assert AuditEvent.objects.filter(process_code="cards.list.view", user_id="clerk").count() == 1


@pytest.mark.parametrize("chosen", ["state=lost", "phase=lost", "phase=ordered"])
def test_an_unknown_state_or_phase_is_no_page(city: DeliveryPlace, signed_in_client: SignIn, chosen: str) -> None:
    assert signed_in_client("clerk").get(f"/cards/?{chosen}").status_code == 404


def test_a_tile_leads_to_the_cards_that_it_counts(make_card: MakeCard, signed_in_client: SignIn, city: DeliveryPlace) -> None:
    make_card(1)
    make_card(2, progress="arrived", place_kind="stored", site=city)
    client = signed_in_client("clerk")
    assert '<a href="/cards/?phase=to_inspect">検品待ち</a>' in client.get("/cards/progress/").content.decode()
    page = client.get("/cards/?phase=to_inspect").content.decode()
    assert "A1B-000002" in page
    assert "A1B-000001" not in page
    assert "phase=to_inspect" not in signed_in_client("administrator").get("/cards/progress/").content.decode()


def test_a_card_names_nobody_until_asked_and_every_view_is_on_record(
    make_card: MakeCard, signed_in_client: SignIn, as_auditor: AsAuditor
) -> None:
    card = make_card(1, kana="タカハシ イチロウ", address="神奈川県藤沢市本町１丁目", born="1930-00-00")
    page = signed_in_client("clerk").get(f"/cards/{card.pk}/").content.decode()
    for words in ("髙＊　一＊", "タ＊＊＊　イ＊＊＊", "1930-**-**", "神奈川県藤沢市本町＊", "次に行うこと", "発行待ち・未着"):
        assert words in page
    for hidden in ("髙橋", "一郎", "タカハシ", "1930-00-00", "１丁目"):
        assert hidden not in page
    assert "<title>" in page
    assert "髙橋" not in page.split("</title>")[0]
    with as_auditor():
        assert AuditEvent.objects.get(process_code="cards.card.view").subject == f"card:{card.pk}"


def test_each_tab_shows_what_belongs_to_it_and_is_on_record(
    make_card: MakeCard, signed_in_client: SignIn, as_auditor: AsAuditor, city: DeliveryPlace
) -> None:
    card = make_card(1, progress="arrived", place_kind="stored", site=city, custodian="clerk", terminal="in_use")
    client, address = signed_in_client("clerk"), f"/cards/{card.pk}/"
    own = {
        "": ("当方と統合端末", "当方は未交付、統合端末は運用中", "一覧の記載", "停止を登録する"),
        "booking": ("予約管理から届いた予約はありません。", "窓口での対応はまだありません。"),
        "storage": ("今の場所", "保管の経過"),
        "notice": ("今の通知", "まだ何も発送していません。"),
        "contact": ("経過記録はまだありません。",),
        "audit": ("カードの履歴",),
    }
    for tab in own:
        page = client.get(address, {"tab": tab} if tab else {}).content.decode()
        tabs = page.partition('<nav class="tabs')[2].partition("</nav>")[0]
        assert (tabs.count("<a "), tabs.count('aria-current="page"')) == (6, 1)
        assert ("次に行うこと" in page, "髙＊　一＊" in page) == (True, True)
        for other, theirs in own.items():
            assert [word in page for word in theirs] == [other == tab] * len(theirs), (tab, other)
    assert client.get(address, {"tab": "everything"}).status_code == 404
    with as_auditor():
        looked = AuditEvent.objects.filter(process_code="cards.card.view").order_by("pk").values_list("content__tab", flat=True)
        assert list(looked) == ["course", "booking", "storage", "notice", "contact", "audit"]


def test_a_card_that_is_not_there_is_no_page(city: DeliveryPlace, signed_in_client: SignIn) -> None:
    assert signed_in_client("clerk").get("/cards/999999/").status_code == 404


def test_a_scanned_number_opens_the_card_and_stays_out_of_the_address(make_card: MakeCard, signed_in_client: SignIn) -> None:
    card, client = make_card(1), signed_in_client("clerk")
    answer = client.post("/cards/find/", {"code": "ａ１ｂ－000001"})
    assert (answer.status_code, answer["Location"]) == (302, f"/cards/{card.pk}/")
    missing = client.post("/cards/find/", {"code": "A1B-000009"})
    assert missing.status_code == 422
    assert "その番号のカードはありません" in missing.content.decode()


def test_a_hold_is_set_and_released_by_two_people(make_card: MakeCard, signed_in_client: SignIn) -> None:
    card, clerk, chief = make_card(1), signed_in_client("clerk"), signed_in_client("chief")
    assert clerk.post(f"/cards/{card.pk}/hold/", {"kind": "died", "reason": "", "version": 1}).status_code == 422
    assert clerk.post(f"/cards/{card.pk}/hold/", {"kind": "died", "reason": "異動リスト", "version": 1}).status_code == 302
    hold = Hold.objects.get()
    release = f"/cards/{card.pk}/hold/{hold.pk}/release/"
    own = clerk.post(release, {"reason": "誤り", "version": 2})
    assert own.status_code == 422
    assert "別の職員" in own.content.decode()
    stale = chief.post(release, {"reason": "誤り", "version": 1})
    assert stale.status_code == 409
    assert chief.post(release, {"reason": "誤り", "version": 2}).status_code == 302
    hold.refresh_from_db()
    assert hold.released_by == "chief"


def test_the_auditor_and_the_operator_do_not_see_cards(make_card: MakeCard, signed_in_client: SignIn) -> None:
    card = make_card(1)
    for role in ("auditor", "operator"):
        client = signed_in_client(role)
        for address in ("/cards/", f"/cards/{card.pk}/", "/cards/find/"):
            assert client.get(address).status_code == 403


def test_lists_need_the_same_number_of_statements_whatever_the_rows(
    make_card: MakeCard, signed_in_client: SignIn, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    client = signed_in_client("clerk")
    make_card(1)
    client.get("/cards/")
    for number in range(2, 40):
        make_card(number)
    with django_assert_max_num_queries(12):
        assert client.get("/cards/").status_code == 200


def test_the_history_names_both_people_the_place_and_the_terminal(make_card: MakeCard, clerk: Actor, signed_in_client: SignIn) -> None:
    card = make_card(1)
    for act, second in (("import", ""), ("inspect", "second-clerk")):
        CardEvent.objects.create(
            card=card,
            version=1,
            act=act,
            axis="progress",
            actor_kind=clerk.kind.value,
            user_id=clerk.user_id,
            site="01",
            client="10.20.30.40",
            detail={"second_person": second},
        )
    page = signed_in_client("clerk").get(f"/cards/{card.pk}/?tab=audit").content.decode()
    assert page.count("01 10.20.30.40") == 2
    assert page.count("もう一人 second-clerk") == 1
