"""An 異動リスト stops cards the moment it is applied; rows that it cannot place wait for people; 支援措置 is decided and told to nobody."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, transaction
from django.test import Client

from madoguchi.delivery.cards import rules as card_rules
from madoguchi.delivery.cards import services as cards
from madoguchi.delivery.cards.codes import CodeBox
from madoguchi.delivery.cards.models import BookingCode, Card, DeliveryPlace, Hold
from madoguchi.delivery.cards.queries import open_holds
from madoguchi.delivery.changes import queries, services
from madoguchi.delivery.changes.models import ChangeList, ListedChange, ProtectionDecision
from madoguchi.delivery.dispatch import mailing
from madoguchi.delivery.dispatch import services as dispatch
from madoguchi.delivery.dispatch.choosing import HELD, choose_by_serials
from madoguchi.delivery.dispatch.mailing import set_other_address, sheets_to_pull
from madoguchi.delivery.dispatch.models import Batch, BatchState, Dispatch, Kind, Sheet
from madoguchi.delivery.dispatch.queries import listed_dispatches
from madoguchi.delivery.dispatch.targets import records
from madoguchi.kernel import names
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.verbs import Refusal, Silent

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
MakeCard = Callable[..., Card]
COLUMNS = {
    "kind": "異動事由",
    "on": "異動日",
    "serial": "製造管理番号",
    "application_id": "申請書ID",
    "name": "氏名",
    "born": "生年月日",
    "address": "住所",
    "until": "在留期限",
}
HEAD = ",".join(COLUMNS.values()) + "\r\n"


def upload(client: Client, body: str) -> ChangeList:
    given = {f"heading_{field}": title for field, title in COLUMNS.items()}
    answer = client.post("/changes/", {**given, "file": SimpleUploadedFile("ido.csv", (HEAD + body).encode("cp932"))})
    assert answer.status_code == 302, answer.content.decode()
    return ChangeList.objects.get(pk=int(answer["Location"].rstrip("/").rpartition("/")[2]))


def person(make_card: MakeCard, number: int, name: str, address: str = "", **more: object) -> Card:
    return make_card(number, name=name, name_key=names.search_key(name), address=address, **more)


def test_a_death_stops_the_card_and_the_letter_that_lies_ready(make_card: MakeCard, city: DeliveryPlace, signed_in_client: SignIn) -> None:
    card = make_card(1, progress="preset", place_kind="stored", site=city, notice="made")
    batch = Batch.objects.create(kind="notice", state=BatchState.CHECKED, made_by="clerk", made_on=clock.today(), deadline=clock.today())
    sheet = Sheet.objects.create(batch=batch, card=card, number=1, code="L000000018", card_version=1)
    client = signed_in_client("clerk")
    assert sheets_to_pull([sheet], Kind.NOTICE) == []
    found = upload(client, "死亡,R8.11.20,A1B-000001,,,,,\r\n")
    assert not Hold.objects.exists()
    assert client.post(f"/changes/lists/{found.pk}/apply/").status_code == 302
    hold = Hold.objects.get()
    sheet.card.refresh_from_db()
    assert (hold.kind, hold.reason, hold.source) == ("died", "死亡 2026-11-20", f"異動リスト {found.pk} 2行目")
    assert sheets_to_pull([sheet], Kind.NOTICE) == [sheet]
    assert "L000000018" in client.get(f"/changes/lists/{found.pk}/").content.decode()


def test_each_row_says_what_is_wrong_with_it_and_never_repeats_a_value(make_card: MakeCard, signed_in_client: SignIn) -> None:
    make_card(1)
    client = signed_in_client("clerk")
    wrong = (
        "転出取消,,A1B-000001,,,",
        "死亡,,12,,,",
        "死亡,,,123,,",
        "死亡,いつか,A1B-000001,,,",
        "死亡,,,,山田花子,",
        "死亡,20261100,A1B-000001,,,",
    )
    body = "".join(f"{row},,\r\n" for row in wrong)
    found = upload(client, body)
    assert (found.rows, found.rejected) == (6, 6)
    page = client.get(f"/changes/lists/{found.pk}/").content.decode()
    for words in (
        "この異動事由は登録されていません",
        "製造管理番号の形ではありません",
        "23けた",
        "日付として読めません",
        "だれの異動か",
        "年月日がそろった",
    ):
        assert words in page
    assert "山田" not in page
    assert "いつか" not in page


def test_people_are_found_by_name_and_birth_date_and_two_of_one_name_by_their_address(
    make_card: MakeCard, signed_in_client: SignIn
) -> None:
    one = person(make_card, 1, "髙橋　一郎", "藤沢市本町1")
    other = person(make_card, 2, "髙橋　一郎", "藤沢市本町2")
    alone = person(make_card, 3, "渡邊　花子", "藤沢市本町3")
    client = signed_in_client("clerk")
    body = (
        "転居,2026-11-20,,,渡辺花子,S55.9.8,,\r\n"
        "転出,2026-11-20,,,高橋一郎,1980-09-08,藤沢市本町2,\r\n"
        "死亡,2026-11-20,,,高橋一郎,1980-09-08,,\r\n"
        "死亡,2026-11-20,,,鈴木次郎,1980-09-08,,\r\n"
    )
    found = upload(client, body)
    outcomes = dict(ListedChange.objects.filter(source=found).values_list("line", "outcome"))
    assert outcomes == {2: "hold", 3: "hold", 4: "several", 5: "unmatched"}
    client.post(f"/changes/lists/{found.pk}/apply/")
    assert dict(Hold.objects.values_list("card_id", "kind")) == {alone.pk: "changed", other.pk: "moved_out"}
    assert ListedChange.objects.get(line=3).name == ""

    rows = client.get("/changes/rows/").content.decode()
    assert "鈴木" not in rows
    assert "鈴＊＊＊" in rows
    several, unmatched = ListedChange.objects.get(line=4), ListedChange.objects.get(line=5)
    assert client.post(f"/changes/rows/{several.pk}/", {"code": "A1B-000009", "note": "x"}).status_code == 422
    assert client.post(f"/changes/rows/{several.pk}/", {"code": one.serial, "note": "住民票で確かめた"}).status_code == 302
    assert client.post(f"/changes/rows/{unmatched.pk}/", {"code": "", "note": "申請なし"}).status_code == 302
    assert Hold.objects.get(card=one).kind == "died"
    unmatched.refresh_from_db()
    assert (unmatched.outcome, unmatched.name, unmatched.born, unmatched.settled_by) == ("settled", "", "", "clerk")
    assert not queries.to_settle().exists()
    assert client.get(f"/changes/rows/{unmatched.pk}/").status_code == 404


def test_what_happened_between_reading_and_applying_is_looked_at_again(make_card: MakeCard, clerk: Actor, signed_in_client: SignIn) -> None:
    card, client = make_card(1), signed_in_client("clerk")
    found = upload(client, "死亡,,A1B-000001,,,,,\r\n死亡,,A1B-000001,,,,,\r\n")
    cards.perform(card.pk, "withdraw", clerk, expected_version=1, reason="本人", detail={"document": "届出", "second_person": "chief"})
    client.post(f"/changes/lists/{found.pk}/apply/")
    assert set(ListedChange.objects.values_list("outcome", flat=True)) == {"ended"}
    assert not Hold.objects.exists()
    assert (
        client.post(f"/changes/lists/{found.pk}/apply/", follow=True).content.decode().count("すでに反映されたか取り下げられています") == 1
    )


def test_a_list_that_stops_a_large_share_needs_a_second_person(make_card: MakeCard, clerk: Actor, signed_in_client: SignIn) -> None:
    for number in range(1, 23):
        make_card(number)
    client = signed_in_client("clerk")
    found = upload(client, "".join(f"死亡,,A1B-{number:06d},,,,,\r\n" for number in range(1, 22)))
    assert "別の職員の確認が要ります" in client.get(f"/changes/lists/{found.pk}/").content.decode()
    assert client.post(f"/changes/lists/{found.pk}/apply/").status_code == 422
    for alone in ("", "clerk"):
        with pytest.raises(Refusal):
            services.apply_list(found.pk, clerk, second=alone)
    assert not Hold.objects.exists()
    assert services.apply_list(found.pk, clerk, second="clerk2") == 21


def test_a_list_thrown_away_leaves_no_name_behind(city: DeliveryPlace, signed_in_client: SignIn) -> None:
    client = signed_in_client("clerk")
    found = upload(client, "死亡,,,,山田花子,S55.9.8,,\r\n")
    client.post(f"/changes/lists/{found.pk}/discard/")
    assert not ListedChange.objects.exists()


def test_a_new_end_of_stay_ahead_is_watched_and_stops_nothing(make_card: MakeCard, signed_in_client: SignIn) -> None:
    make_card(1)
    client = signed_in_client("clerk")
    soon = clock.today() + dt.timedelta(days=20)
    found = upload(client, f"在留期間更新,,A1B-000001,,,,,{soon}\r\n")
    client.post(f"/changes/lists/{found.pk}/apply/")
    assert not Hold.objects.exists()
    assert "在留期限が近いカード" in client.get("/changes/deadlines/").content.decode()


def test_a_person_under_protection_has_an_answer_in_time_and_is_told_of_to_nobody(
    make_card: MakeCard, city: DeliveryPlace, clerk: Actor, signed_in_client: SignIn, secrets_folder: object
) -> None:
    announced = make_card(1, progress="preset", place_kind="stored", site=city, safe="A", box="01", slot="1", notice="sent")
    never = make_card(2, progress="preset", place_kind="stored", site=city)
    client, chief = signed_in_client("clerk"), signed_in_client("chief")
    found = upload(client, "支援措置,,A1B-000001,,,,,\r\n支援措置開始,,A1B-000002,,,,,\r\n")
    client.post(f"/changes/lists/{found.pk}/apply/")
    assert client.get("/changes/protected/").status_code == 403
    page = chief.get("/changes/protected/").content.decode()
    assert page.count("未決定") == 2
    waiting = chief.get("/approvals/").content.decode()
    assert (waiting.count("支援措置の対応"), "支援措置の対応" in client.get("/approvals/").content.decode()) == (2, False)
    assert "A1B000001 期限" in waiting or "A1B-000001 期限" in waiting
    for told in ("市民窓口センター", "髙橋", "髙＊"):
        assert told not in page.split("<main")[1]

    hold = Hold.objects.get(card=announced)
    address = f"/changes/protected/{hold.pk}/"
    early = chief.post(address, {"way": "other_address", "note": "電話"})
    assert early.status_code == 422
    assert "別の送付先がまだ登録されていません" in early.content.decode()
    soon = clock.today() + dt.timedelta(days=90)
    set_other_address(announced, clerk, postcode="2510000", address="別の所", reason="申出", until=soon, approved_by="chief")
    assert chief.post(address, {"way": "other_address", "note": "相談員と電話"}).status_code == 302
    assert ProtectionDecision.objects.get().by == "chief"
    assert chief.get("/approvals/").content.decode().count("支援措置の対応") == 1
    assert "別の送付先に送る" in chief.get("/changes/protected/").content.decode()

    # What goes to the booking zone says the same as for a card that nobody may book.
    sent = {record["id"]: record for record in records("all")}
    assert never.serial not in sent
    assert sent[announced.serial]["status"] == "closed"
    assert [sent[announced.serial][part] for part in ("code", "md", "dispatch", "places", "stage")] == [None, None, None, [], None]

    # Their own service goes on: nothing of it stops the hand-over.
    announced.refresh_from_db()
    facts = announced.facts(frozenset({card_rules.HoldKind.PROTECTED}))
    assert not card_rules.blocking_holds(facts.holds, card_rules.Effect.HANDOVER)


def test_who_set_the_protection_does_not_release_it_and_a_released_one_needs_no_decision(
    make_card: MakeCard, clerk: Actor, signed_in_client: SignIn
) -> None:
    card = make_card(1)
    hold = cards.set_hold(card.pk, card_rules.HoldKind.PROTECTED, clerk, expected_version=1, reason="申出")
    own = signed_in_client("clerk").post(f"/cards/{card.pk}/hold/{hold.pk}/release/", {"reason": "終了", "version": 2})
    assert own.status_code == 422
    chief = signed_in_client("chief")
    assert chief.post(f"/cards/{card.pk}/hold/{hold.pk}/release/", {"reason": "終了", "version": 2}).status_code == 302
    assert queries.protected() == []
    assert chief.get(f"/changes/protected/{hold.pk}/").status_code == 404


def test_an_undecided_protection_is_late_after_three_business_days(make_card: MakeCard, clerk: Actor, signed_in_client: SignIn) -> None:
    card = make_card(1)
    hold = cards.set_hold(card.pk, card_rules.HoldKind.PROTECTED, clerk, expected_version=1, reason="申出")
    assert [due.is_late for due in queries.protected()] == [False]
    Hold.objects.filter(pk=hold.pk).update(since=clock.now() - dt.timedelta(days=20))
    assert [due.is_late for due in queries.protected()] == [True]
    assert "期限超過" in signed_in_client("chief").get("/changes/protected/").content.decode()


def test_a_decision_is_never_changed(make_card: MakeCard, clerk: Actor) -> None:
    hold = cards.set_hold(make_card(1).pk, card_rules.HoldKind.PROTECTED, clerk, expected_version=1, reason="申出")
    services.decide(hold.pk, ProtectionDecision.Way.BY_PHONE, clerk, note="電話")
    with pytest.raises(ProgrammingError), transaction.atomic():
        ProtectionDecision.objects.update(note="x")


def test_passed_deadlines_are_listed_with_the_act_that_they_call_for(
    make_card: MakeCard, city: DeliveryPlace, signed_in_client: SignIn
) -> None:
    yesterday = clock.today() - dt.timedelta(days=1)
    late = make_card(1, progress="preset", place_kind="stored", site=city, notice="sent", notice_deadline=yesterday)
    old = make_card(2, progress="preset", place_kind="stored", site=city, expires=yesterday)
    make_card(3, progress="preset", place_kind="stored", site=city, notice="sent", notice_deadline=clock.today())
    client = signed_in_client("clerk")
    page = client.get("/changes/deadlines/").content.decode()
    assert "A1B-000001" in page
    assert "督促1を発送" in page
    assert f"/cards/{old.pk}/acts/lapse/" in page
    assert "A1B-000003" not in page
    assert "市民窓口センター" not in page.split("<main")[1]
    only = client.get("/changes/deadlines/?kind=lapse").content.decode()
    assert f"/cards/{late.pk}/" not in only
    assert client.get("/changes/deadlines/?kind=nonsense").status_code == 404


def test_a_proposal_is_looked_at_for_every_card_of_the_list_before_anything_is_done(
    make_card: MakeCard, city: DeliveryPlace, signed_in_client: SignIn
) -> None:
    yesterday = clock.today() - dt.timedelta(days=1)
    for number in (1, 2):
        make_card(number, progress="preset", place_kind="stored", site=city, expires=yesterday)
    client = signed_in_client("clerk")
    assert "下見をする" in client.get("/changes/deadlines/?kind=lapse").content.decode()
    assert client.post("/changes/deadlines/lapse/", {"reason": ""}).status_code == 422
    assert client.post("/changes/deadlines/remind/", {"reason": "x"}).status_code == 404
    bulk = client.post("/changes/deadlines/lapse/", {"reason": "有効期限経過"}, follow=True).content.decode()
    assert "2件に行う" in bulk
    assert set(Card.objects.values_list("progress", flat=True)) == {"preset"}


def test_the_pages_open_with_nothing_in_them_and_only_for_those_who_may(city: DeliveryPlace, signed_in_client: SignIn) -> None:
    chief, auditor = signed_in_client("chief"), signed_in_client("auditor")
    for address in ("", "rows/", "protected/", "deadlines/"):
        assert chief.get(f"/changes/{address}").status_code == 200
        assert auditor.get(f"/changes/{address}").status_code == 403


def test_deadlines_need_the_same_number_of_statements_whatever_the_rows(
    make_card: MakeCard,
    city: DeliveryPlace,
    signed_in_client: SignIn,
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    client = signed_in_client("clerk")
    yesterday = clock.today() - dt.timedelta(days=1)
    for number in range(1, 30):
        make_card(number, progress="preset", place_kind="stored", site=city, notice="sent", notice_deadline=yesterday)
    with django_assert_max_num_queries(12):
        assert client.get("/changes/deadlines/").status_code == 200


def test_letters_of_a_protected_person_go_to_the_decided_address_while_it_lasts_and_stand_on_no_list(
    make_card: MakeCard, city: DeliveryPlace, clerk: Actor, chief: Actor, secrets_folder: object, settings: Any, tmp_path: Path
) -> None:
    settings.MADOGUCHI_PUBLIC_URL = "https://yoyaku.example/"
    card = make_card(1, progress="preset", place_kind="stored", site=city, address="神奈川県藤沢市朝日町1", delivery_place=city)
    BookingCode.objects.create(card=card, sealed=CodeBox().new(card.pk))
    hold = cards.set_hold(card.pk, card_rules.HoldKind.PROTECTED, clerk, expected_version=1, reason="申出")
    card.refresh_from_db()
    soon = clock.today() + dt.timedelta(days=30)
    elsewhere = {"postcode": "2310005", "address": "神奈川県横浜市中区本町9", "reason": "申出", "approved_by": "chief"}

    def chosen() -> list[str]:
        return [one.serial for one in choose_by_serials([card.serial]).cards]

    set_other_address(card, clerk, until=soon, **elsewhere)
    assert chosen() == []  # an address alone decides nothing
    services.decide(hold.pk, ProtectionDecision.Way.OTHER_ADDRESS, chief, note="本人と確認")
    (recipient,) = dispatch.recipients_for(Kind.NOTICE, choose_by_serials([card.serial]).cards, clock.today())
    assert (recipient.address, recipient.postcode) == (("神奈川県横浜市中区本町9",), "2310005")
    assert (recipient.code, recipient.birthday_known) == (None, False)
    dispatch.print_letters(choose_by_serials([card.serial]), tmp_path / "out.pdf", clerk, progress=Silent())
    with pypdfium2.PdfDocument(tmp_path / "out.pdf") as document:
        text = "".join(document[0].get_textpage().get_text_range().split())
    assert "横浜市中区本町9" in text
    assert "朝日町" not in text
    assert "予約コード" not in text.partition("ご注意")[0]
    assert Dispatch.objects.get().address == "神奈川県横浜市中区本町9"
    # Nothing else is let through: no list of what was sent, no booking, no place.
    assert not listed_dispatches().exists()
    assert card.serial not in {record["id"] for record in records("all") if record["status"] == "open"}
    held = open_holds(card.pk)
    assert [effect for effect in card_rules.Effect if card_rules.blocking_holds(held, effect)] == [
        effect for effect in card_rules.Effect if effect in {card_rules.Effect.BOOKING, card_rules.Effect.PLACE_LIST}
    ]
    assert [due.decision is not None for due in queries.protected()] == [True]

    with time_machine.travel(dt.datetime.combine(soon + dt.timedelta(days=1), dt.time(3), dt.UTC), tick=False):
        assert chosen() == []
        assert [due.decision for due in queries.protected()] == [None]
    set_other_address(card, clerk, until=soon, **{**elsewhere, "address": "また別の所"})
    assert card_rules.blocking_holds(open_holds(card.pk), card_rules.Effect.LETTER)  # another address, another decision
    services.decide(hold.pk, ProtectionDecision.Way.OTHER_ADDRESS, chief, note="本人と確認")
    assert not card_rules.blocking_holds(open_holds(card.pk), card_rules.Effect.LETTER)
    services.decide(hold.pk, ProtectionDecision.Way.BY_PHONE, chief, note="電話にする")
    assert card_rules.blocking_holds(open_holds(card.pk), card_rules.Effect.LETTER)


def test_a_letter_that_lies_ready_at_the_old_address_never_goes_out_when_letters_are_let_through_to_another(
    make_card: MakeCard, city: DeliveryPlace, clerk: Actor, chief: Actor, secrets_folder: object, settings: Any, tmp_path: Path
) -> None:
    settings.MADOGUCHI_PUBLIC_URL = "https://yoyaku.example/"
    card = make_card(1, progress="preset", place_kind="stored", site=city, address="神奈川県藤沢市朝日町1", delivery_place=city)
    batch = dispatch.print_letters(choose_by_serials([card.serial]), tmp_path / "home.pdf", clerk, progress=Silent())
    card.refresh_from_db()
    (sheet,) = Sheet.objects.all()
    assert mailing.sheets_to_pull([sheet], Kind.NOTICE) == []
    hold = cards.set_hold(card.pk, card_rules.HoldKind.PROTECTED, clerk, expected_version=card.version, reason="申出")
    soon, elsewhere = clock.today() + dt.timedelta(days=30), {"postcode": "2310005", "reason": "申出", "approved_by": "chief"}
    set_other_address(card, clerk, address="神奈川県横浜市中区本町9", until=soon, **elsewhere)
    services.decide(hold.pk, ProtectionDecision.Way.OTHER_ADDRESS, chief, note="本人と確認")
    with pytest.raises(mailing.Pull):
        mailing.scan_out(batch, sheet.code, clerk)
    again = dispatch.Order(reprint_reason="送付先")
    batch = dispatch.print_letters(choose_by_serials([card.serial]), tmp_path / "other.pdf", clerk, progress=Silent(), order=again)
    anew = Sheet.objects.get(void=False)
    assert mailing.sheets_to_pull([anew], Kind.NOTICE) == []
    set_other_address(card, clerk, address="また別の所1", until=soon, **elsewhere)
    services.decide(hold.pk, ProtectionDecision.Way.OTHER_ADDRESS, chief, note="本人と確認")
    with pytest.raises(mailing.Pull):
        mailing.scan_out(batch, anew.code, clerk)
    # J-LIS's postcard bears the registered address: no label is made for it, and the list does not say why.
    label = choose_by_serials([card.serial], Kind.LABEL)
    assert (label.cards, [one.reason for one in label.skipped]) == ((), [HELD])
