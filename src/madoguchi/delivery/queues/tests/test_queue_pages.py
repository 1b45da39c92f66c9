"""First pages, the one list of all queues, and acts on many cards, with a real database."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from madoguchi.delivery.cards.models import Card, CardEvent, DeliveryPlace, Hold
from madoguchi.delivery.cards.rules import HoldKind, Progress, Terminal
from madoguchi.delivery.cards.services import change_settings, perform, set_hold
from madoguchi.delivery.matching.models import BookedVisit
from madoguchi.delivery.queues import queries, services
from madoguchi.delivery.queues.models import Bulk, SavedFilter
from madoguchi.delivery.queues.rules import Queue
from madoguchi.delivery.reconciliation.queries import differences
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_for
from madoguchi.platform.accounts.models import Assignment, RightsReview
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.verbs import Refusal

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
MakeCard = Callable[..., Card]
AsAuditor = Callable[[], AbstractContextManager[None]]
PASSWORD = "kawa-no-hotori-7"  # the password of every account that `signed_in_client` makes


def stored(make_card: MakeCard, number: int, site: DeliveryPlace, **columns: object) -> Card:
    """Make a card that is ready and lies in a safe."""
    usual = {"progress": "preset", "place_kind": "stored", "site": site, "notice": "sent", "custodian": "clerk"}
    return make_card(number, **{**usual, **columns})


def book(card: Card, day: dt.date) -> None:
    values = {"group": "1", "place": "01", "start": dt.time(10), "end": dt.time(10, 15), "rev": 1, "file_seq": 1, "requests": []}
    BookedVisit.objects.create(
        number=f"{card.pk:010d}", serial=card.serial, day=day, state="confirmed", card=card, match="matched", **values
    )


def test_the_municipality_says_after_how_many_days_something_is_late(city: DeliveryPlace, make_card: MakeCard, clerk: Actor) -> None:
    today = clock.today()
    stored(make_card, 1, city, notice="sent", notice_sent_on=today - dt.timedelta(days=10))
    stored(make_card, 2, city, notice="sent", notice_sent_on=today, expires=today + dt.timedelta(days=50))
    make_card(3)
    Card.objects.filter(serial=make_card(4).serial).update(registered_at=clock.now() - dt.timedelta(days=21))

    def late() -> list[int]:
        counted = queries.counts(found := queries.standings())
        kinds = (Queue.NO_BOOKING, Queue.EXPIRING, Queue.NOT_ARRIVED)
        assert [queries.cards_in(kind, found, None).count() for kind in kinds] == [counted[kind] for kind in kinds]
        return [counted[kind] for kind in kinds]

    assert late() == [0, 0, 0]
    change_settings({"days_without_booking": 10, "days_before_expiry": 60, "days_without_arrival": 20}, clerk, second="chief")
    assert late() == [1, 1, 1]


def test_all_queues_are_counted_by_one_statement_and_each_lists_what_it_counted(
    city: DeliveryPlace, make_card: MakeCard, django_assert_num_queries: Callable[..., Any]
) -> None:
    today = clock.today()
    stored(make_card, 1, city, notice_sent_on=today - dt.timedelta(days=31))
    stored(make_card, 2, city, notice_deadline=today - dt.timedelta(days=1), notice_sent_on=today - dt.timedelta(days=60))
    stored(make_card, 3, city, notice="made")
    make_card(4, progress="arrived", place_kind="stored", site=city)
    book(stored(make_card, 5, city, visit="booked"), today)
    stored(make_card, 6, city, progress="delivered", place_kind="person", terminal="in_use")
    with django_assert_num_queries(1):
        counted = queries.counts(found := queries.standings())
    expected = {Queue.NO_BOOKING: 2, Queue.OVERDUE: 1, Queue.TO_NOTIFY: 1, Queue.TO_INSPECT: 1, Queue.TODAY: 1}
    assert {queue: number for queue, number in counted.items() if number} == expected
    for queue, number in expected.items():
        assert queries.cards_in(queue, found, None).count() == number
    assert queries.cards_in(None, found, None).count() == 5
    assert queries.cards_in(Queue.MISSING, found, None).count() == 0


def test_people_of_one_place_count_their_own_cards(city: DeliveryPlace, make_card: MakeCard) -> None:
    other = DeliveryPlace.objects.get(code="02")
    stored(make_card, 1, city, notice="made")
    stored(make_card, 2, other, notice="made")
    found = queries.standings({"02"})
    assert queries.counts(found)[Queue.TO_NOTIFY] == 1
    assert [card.site_id for card in queries.cards_in(Queue.TO_NOTIFY, found, {"02"})] == [other.pk]


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("clerk", ["今日行うこと", "本日来庁", "すべての作業"]),
        ("chief", ["決めるもの", "承認待ち", "廃棄承認待ち", "すべての作業"]),
        ("administrator", ["利用者、設定", "失敗した処理"]),
        ("auditor", ["記録を確かめる", "拒否・失敗した読み書き"]),
    ],
)
def test_each_role_has_its_own_first_page(city: DeliveryPlace, signed_in_client: SignIn, role: str, words: list[str]) -> None:
    page = signed_in_client(role).get("/")
    assert page.status_code == 200
    for word in words:
        assert word in page.content.decode()
    assert ("すべての作業" in page.content.decode()) == (role in {"clerk", "chief"})


def test_roles_that_end_soon_and_a_late_review_stand_on_the_home_of_those_who_act(city: DeliveryPlace, signed_in_client: SignIn) -> None:
    """S30."""
    clerk, chief, admin = (signed_in_client(role) for role in ("clerk", "chief", "administrator"))
    Assignment.objects.filter(staff=clerk.staff).update(until=clock.today())  # type: ignore[attr-defined]  # the fixture's
    RightsReview.objects.create(opened_at=clock.now(), opened_by="x", due_on=clock.today() - dt.timedelta(days=1))
    told = {role: client.get("/").content.decode() for role, client in (("clerk", clerk), ("chief", chief), ("administrator", admin))}
    assert ["期限の近い役割" in told[role] for role in told] == [False, False, True]
    assert ["権限の棚卸</span>" in told[role] or "を過ぎています" in told[role] for role in told] == [False, True, True]


def test_the_list_costs_the_same_whatever_its_length(
    city: DeliveryPlace,
    make_card: MakeCard,
    signed_in_client: SignIn,
    django_assert_max_num_queries: Callable[..., Any],
    as_auditor: AsAuditor,
) -> None:
    client = signed_in_client("clerk")
    stored(make_card, 1, city, notice="made")
    with django_assert_max_num_queries(40) as first:
        assert client.get("/queues/?queue=to-notify").status_code == 200
    for number in range(2, 20):
        book(stored(make_card, number, city, notice="made"), clock.today())
    with django_assert_max_num_queries(len(first)):
        page = client.get("/queues/?queue=to-notify").content.decode()
    assert "19件" in page
    with as_auditor():
        assert AuditEvent.objects.filter(process_code="queues.list.view").count() == 2


def test_numbers_that_cannot_have_changed_are_not_counted_again(
    city: DeliveryPlace,
    make_card: MakeCard,
    signed_in_client: SignIn,
    clerk: Actor,
    django_assert_max_num_queries: Callable[..., Any],
    as_auditor: AsAuditor,
) -> None:
    client, other = signed_in_client("clerk"), signed_in_client("clerk", place="02", user_id="elsewhere")
    card = stored(make_card, 1, city)
    # The mark holds for five minutes by the clock: look at the beginning of such five.
    five = dt.datetime.fromtimestamp((clock.now().timestamp() // 300 + 1) * 300 + 1, tz=clock.TOKYO)
    with time_machine.travel(five, tick=False):
        for address in ("/numbers/", "/queues/numbers/"):
            first = client.get(address)
            tag = {"If-None-Match": first["ETag"]}
            assert first.status_code == 200
            with django_assert_max_num_queries(6):
                again = client.get(address, headers=tag)
            assert (again.status_code, again.content) == (304, b"")
            assert other.get(address, headers=tag).status_code == 200
        set_hold(card.pk, HoldKind.CHIP, clerk, expected_version=card.version, reason="調べる")
        changed = client.get("/queues/numbers/", headers=tag)
        assert changed.status_code == 200
        assert 'data-count="stopped" data-name="停止中">1<' in changed.content.decode()
    with time_machine.travel(five + dt.timedelta(minutes=5), tick=False):
        assert client.get("/queues/numbers/", headers={"If-None-Match": changed["ETag"]}).status_code == 200
    assert signed_in_client("administrator").get("/queues/numbers/").status_code == 403
    with as_auditor():
        assert not AuditEvent.objects.filter(process_code="queues.list.view").exists()


def test_a_protected_card_shows_no_place_and_stands_on_no_list_of_a_place(
    city: DeliveryPlace, make_card: MakeCard, signed_in_client: SignIn, clerk: Actor
) -> None:
    card = stored(make_card, 1, city)
    stored(make_card, 2, city)
    set_hold(card.pk, HoldKind.PROTECTED, clerk, expected_version=card.version, reason="届出")
    client = signed_in_client("clerk")
    page = client.get("/queues/?queue=stopped").content.decode()
    assert "（示しません）" in page
    assert "1件" in page
    assert "1件" in client.get("/queues/?place=01").content.decode()
    assert card.serial not in client.get("/queues/?place=01").content.decode()
    made = client.post("/queues/export/", {"query": "queue=stopped", "kind": "csv", "purpose": "点検"})
    assert "市民窓口センター" not in made.content.decode("utf-8-sig")
    # Who has the right at one place alone sees numbers of that place: they do not count the card either.
    assert sum(one.cards for one in queries.standings()) == 2
    assert sum(one.cards for one in queries.standings({"01"})) == 1
    at_place = signed_in_client("clerk", place="01", user_id="there").get("/queues/").content.decode()
    assert "1件" in at_place
    assert card.serial not in at_place


def test_words_that_make_no_sense_in_an_address_are_left_aside(city: DeliveryPlace, signed_in_client: SignIn) -> None:
    page = signed_in_client("clerk").get("/queues/?queue=nowhere&waited=-3&size=7&order=name&progress=%F0%9F%99%82&page=x")
    assert page.status_code == 200
    assert "エラー" not in page.content.decode()


def test_a_list_that_answers_a_faulty_form_leads_on_to_the_list(city: DeliveryPlace, make_card: MakeCard, signed_in_client: SignIn) -> None:
    for number in range(1, 53):
        stored(make_card, number, city)
    for role, address, entered in (("clerk", "/queues/save/", {"name": ""}), ("chief", "/queues/bulk/prepare/", {"act": ""})):
        faulty = signed_in_client(role, user_id=role).post(address, {"query": "order=number&page=2", **entered})
        page = faulty.content.decode()
        assert faulty.status_code == 422
        assert "51～52件目" in page
        assert 'href="?' not in page
        assert '<form class="filters" method="get" action="/queues/"' in page


def test_a_card_without_a_number_yet_has_words_that_lead_to_it(city: DeliveryPlace, make_card: MakeCard, signed_in_client: SignIn) -> None:
    card = stored(make_card, 1, city)
    Card.objects.filter(pk=card.pk).update(serial="")
    page = signed_in_client("chief").get("/queues/").content.decode()
    assert f'href="/cards/{card.pk}/">（番号なし）</a>' in page
    assert "番号のないカードを選ぶ" in page


def test_filters_are_kept_for_oneself_the_section_or_all(city: DeliveryPlace, signed_in_client: SignIn) -> None:
    first, second = signed_in_client("clerk", user_id="a"), signed_in_client("clerk", user_id="b")
    for name, scope in (("一人だけの", "own"), ("係の", "counter"), ("みんなの", "all")):
        first.post("/queues/save/", {"query": "queue=overdue&waited=10&page=3", "name": name, "scope": scope})
    assert SavedFilter.objects.get(name="係の").query == "queue=overdue&waited=10"
    seen = second.get("/queues/").content.decode()
    assert ("みんなの" in seen, "係の" in seen, "一人だけの" in seen) == (True, first.staff.section_id == second.staff.section_id, False)  # type: ignore[attr-defined]
    second.post(f"/queues/filters/{SavedFilter.objects.get(name='みんなの').pk}/remove/")
    assert SavedFilter.objects.count() == 3
    first.post(f"/queues/filters/{SavedFilter.objects.get(name='みんなの').pk}/remove/")
    assert SavedFilter.objects.count() == 2
    assert first.post("/queues/save/", {"query": "", "name": "", "scope": "own"}).status_code == 422


def test_columns_are_each_persons_own(city: DeliveryPlace, make_card: MakeCard, signed_in_client: SignIn) -> None:
    stored(make_card, 1, city)
    first, second = signed_in_client("clerk", user_id="a"), signed_in_client("clerk", user_id="b")
    assert first.post("/queues/columns/", {"columns": ["terminal"]}).status_code == 302
    assert "未確認</td>" in first.get("/queues/").content.decode()
    assert "未確認</td>" not in second.get("/queues/").content.decode()
    assert first.post("/queues/columns/", {}).status_code == 422


def test_a_workbook_holds_the_columns_of_the_person_and_says_what_for(
    city: DeliveryPlace, make_card: MakeCard, signed_in_client: SignIn, as_auditor: AsAuditor
) -> None:
    stored(make_card, 1, city)
    client = signed_in_client("clerk")
    client.post("/queues/columns/", {"columns": ["notice"]})
    made = client.post("/queues/export/", {"query": "", "kind": "xlsx", "purpose": "督促の準備"})
    sheet = load_workbook(BytesIO(made.content)).active
    assert sheet is not None
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [["製造管理番号", "通知"], ["A1B-000001", "発送済"]]
    with as_auditor():
        assert AuditEvent.objects.get(process_code="queues.list.export").reason == "督促の準備"
    assert client.post("/queues/export/", {"query": "", "kind": "xlsx", "purpose": ""}).status_code == 422


def test_a_file_holds_no_column_that_the_role_may_not_take_out(
    city: DeliveryPlace, make_card: MakeCard, signed_in_client: SignIn, as_auditor: AsAuditor
) -> None:
    stored(make_card, 1, city)
    told = "あなたの役割では、次の列はファイルに入りません"
    for role, expected in (("clerk", ["製造管理番号", "氏名（一部）"]), ("chief", ["製造管理番号", "氏名（一部）", "停止"])):
        client = signed_in_client(role)
        client.post("/queues/columns/", {"columns": ["name", "holds"]})
        page = client.get("/queues/").content.decode()
        assert (told in page, '<th scope="col">停止</th>' in page) == (role == "clerk", True)
        made = client.post("/queues/export/", {"query": "", "kind": "xlsx", "purpose": "点検"})
        sheet = load_workbook(BytesIO(made.content)).active
        assert sheet is not None
        assert [cell.value for cell in next(sheet.iter_rows())] == expected
    with as_auditor():
        columns = AuditEvent.objects.filter(process_code="queues.list.export").order_by("pk").values_list("content__columns", flat=True)
        assert list(columns) == [["serial", "name"], ["serial", "name", "holds"]]


def test_an_act_on_many_is_looked_at_done_and_taken_back(
    city: DeliveryPlace, make_card: MakeCard, signed_in_client: SignIn, clerk: Actor
) -> None:
    cards = [stored(make_card, number, city) for number in range(1, 5)]
    proposed = stored(make_card, 5, city, disposal="proposed")
    client = signed_in_client("clerk")
    entered = {"query": "", "act": "propose", "chosen": "all", "reason": "1年経過"}
    page = client.post("/queues/bulk/prepare/", entered, follow=True).content.decode()
    bulk = Bulk.objects.get()
    assert "4件に行う" in page
    assert "廃棄が「候補」です" in page
    with pytest.raises(Refusal):
        services.carry_out(bulk.pk, clerk)
    services.confirm(bulk.pk, clerk)
    with pytest.raises(Refusal):
        services.confirm(bulk.pk, clerk)
    Card.objects.filter(pk=cards[0].pk).update(version=9)  # somebody was faster
    assert services.carry_out(bulk.pk, clerk) == {"done": 3, "left": 1}
    assert Card.objects.filter(disposal="proposed").count() == 4
    assert CardEvent.objects.filter(act="propose_disposal", reason="1年経過").count() == 3
    Card.objects.filter(pk=cards[1].pk).update(version=9)
    page = client.post(f"/queues/bulk/{bulk.pk}/undo/", follow=True).content.decode()
    assert "2件を元に戻しました。1件は" in page
    said = f"まとめての操作（第{bulk.pk}号）の取消。元の理由: 1年経過"
    assert CardEvent.objects.filter(act="release_disposal", reason=said).count() == 2
    proposed.refresh_from_db()
    assert (proposed.disposal, Card.objects.filter(disposal="proposed").count()) == ("proposed", 2)
    with pytest.raises(Refusal):
        services.undo(bulk.pk, clerk)


def test_only_ticked_rows_are_meant_and_none_is_refused(city: DeliveryPlace, make_card: MakeCard, signed_in_client: SignIn) -> None:
    first, _second = stored(make_card, 1, city), stored(make_card, 2, city)
    client = signed_in_client("clerk")
    entered = {"query": "", "act": "hold-investigation", "chosen": "rows", "reason": "棚卸で確認"}
    assert client.post("/queues/bulk/prepare/", entered).status_code == 422
    client.post("/queues/bulk/prepare/", {**entered, "shown": str(first.pk), "card": [str(first.pk), "x"]})
    assert list(Bulk.objects.get().lines.values_list("card_id", flat=True)) == [first.pk]


def test_a_hold_on_many_is_done_once_and_taken_back_by_somebody_else(
    city: DeliveryPlace, make_card: MakeCard, clerk: Actor, signed_in_client: SignIn
) -> None:
    cards = [stored(make_card, number, city) for number in (1, 2)]
    bulk = services.prepare("hold-chip", "不良ロット", cards, clerk)
    services.confirm(bulk.pk, clerk)
    assert services.carry_out(bulk.pk, clerk) == {"done": 2, "left": 0}
    again = services.prepare("hold-chip", "不良ロット", list(Card.objects.all()), clerk)
    assert set(again.lines.values_list("outcome", flat=True)) == {"excluded"}
    with pytest.raises(Refusal, match="別の職員"):
        services.undo(bulk.pk, clerk)
    Card.objects.filter(pk=cards[1].pk).update(version=9)  # somebody has worked with it since
    page = signed_in_client("clerk", user_id="another").post(f"/queues/bulk/{bulk.pk}/undo/", follow=True).content.decode()
    assert "1件を元に戻しました。1件は" in page
    assert list(Hold.objects.filter(released_at__isnull=True).values_list("card", flat=True)) == [cards[1].pk]
    assert list(CardEvent.objects.filter(card=cards[0]).order_by("id").values_list("act", flat=True))[-2:] == ["set_hold", "release_hold"]


def test_the_bar_above_the_list_stands_for_who_has_just_acted_and_not_for_long(
    city: DeliveryPlace, make_card: MakeCard, signed_in_client: SignIn
) -> None:
    client, other = signed_in_client("clerk", user_id="one"), signed_in_client("clerk", user_id="other")
    actor = actor_for(client.staff)  # type: ignore[attr-defined]  # the fixture's
    bulk = services.prepare("propose", "1年経過", [stored(make_card, 1, city)], actor)
    services.confirm(bulk.pk, actor)
    services.carry_out(bulk.pk, actor)
    bar = f'action="/queues/bulk/{bulk.pk}/undo/"'
    assert bar in client.get("/queues/").content.decode()
    assert bar not in other.get("/queues/").content.decode()
    Bulk.objects.update(done_at=clock.now() - dt.timedelta(minutes=11))
    assert bar not in client.get("/queues/").content.decode()


def test_a_mass_change_needs_a_second_person(city: DeliveryPlace, make_card: MakeCard, signed_in_client: SignIn, clerk: Actor) -> None:
    for number in range(1, 23):
        stored(make_card, number, city)
    client = signed_in_client("clerk", user_id="clerk")
    signed_in_client("chief", user_id="boss")
    bulk = services.prepare("propose", "1年経過", list(Card.objects.all()), clerk)
    assert "二人目の確認" in client.get(f"/queues/bulk/{bulk.pk}/").content.decode()
    assert client.post(f"/queues/bulk/{bulk.pk}/confirm/").status_code == 422
    own = {"witness_user_id": "clerk", "witness_password": PASSWORD, "count": "22"}
    assert client.post(f"/queues/bulk/{bulk.pk}/confirm/", own).status_code == 422
    other = {"witness_user_id": "boss", "witness_password": PASSWORD, "count": "22"}
    assert client.post(f"/queues/bulk/{bulk.pk}/confirm/", {**other, "count": "21"}).status_code == 422
    assert client.post(f"/queues/bulk/{bulk.pk}/confirm/", other).status_code == 302
    bulk.refresh_from_db()
    assert (bulk.state, bulk.confirmed_by) == ("started", "boss")


def test_a_heavy_act_has_the_head_as_approver_however_few_cards_it_means(
    city: DeliveryPlace, make_card: MakeCard, signed_in_client: SignIn, clerk: Actor
) -> None:
    card = stored(make_card, 1, city)
    client = signed_in_client("clerk", user_id="clerk")
    signed_in_client("chief", user_id="boss")
    signed_in_client("clerk", user_id="colleague")
    bulk = services.prepare("withdraw", "令和8年11月21日決裁", [card], clerk)
    assert "取り消せません" in client.get(f"/queues/bulk/{bulk.pk}/").content.decode()
    colleague = {"witness_user_id": "colleague", "witness_password": PASSWORD, "count": "1"}
    assert client.post(f"/queues/bulk/{bulk.pk}/confirm/", colleague).status_code == 422
    assert client.post(f"/queues/bulk/{bulk.pk}/confirm/", {**colleague, "witness_user_id": "boss", "count": ""}).status_code == 422
    assert client.post(f"/queues/bulk/{bulk.pk}/confirm/", {**colleague, "witness_user_id": "boss"}).status_code == 302
    assert services.carry_out(bulk.pk, clerk) == {"done": 1, "left": 0}
    event = CardEvent.objects.get(card=card, act="withdraw")
    assert (event.after, event.detail["document"]) == ("withdrawn", "令和8年11月21日決裁")
    with pytest.raises(Refusal):
        services.undo(bulk.pk, clerk)


def test_who_sees_no_cards_opens_no_queue(city: DeliveryPlace, signed_in_client: SignIn) -> None:
    for role in ("administrator", "auditor"):
        client = signed_in_client(role)
        for address in ("/queues/", "/queues/columns/", "/queues/bulk/"):
            assert client.get(address).status_code == 403


def test_a_list_is_narrowed_by_phase_and_by_how_long_nothing_was_done(
    city: DeliveryPlace, make_card: MakeCard, signed_in_client: SignIn
) -> None:
    long_ago = clock.now() - dt.timedelta(days=40)
    for number, sent in ((1, 20), (2, 3)):
        day = clock.today() - dt.timedelta(days=sent)
        stored(make_card, number, city, registered_at=long_ago, notice_sent_on=day)
    client = signed_in_client("clerk")
    for query, number in (
        ("phase=to_book", 2),
        ("phase=to_send", 0),
        ("waited=10", 1),
        ("waited_most=10", 1),
        ("waited=4&waited_most=10", 0),
    ):
        assert f"{number}件" in client.get(f"/queues/?{query}").content.decode(), query


def test_the_queue_of_differences_is_the_list_of_the_reconciliation(make_card: MakeCard, city: DeliveryPlace, clerk: Actor) -> None:
    arrived = make_card(1)
    arrived = perform(arrived.pk, "arrive", clerk, expected_version=arrived.version, detail={"in_open_batch": True, "site": "01"})
    hour = dt.timedelta(hours=1)
    Card.objects.filter(pk=arrived.pk).update(terminal="in_use", terminal_seen_at=clock.now() - hour)
    stored(make_card, 2, city, terminal="in_use", terminal_seen_at=clock.now() - hour)
    make_card(3, progress="disposed", place_kind="gone", terminal="in_use", terminal_seen_at=clock.now())
    found = queries.standings()
    listed = set(differences().values_list("pk", flat=True))
    assert set(queries.cards_in(Queue.DIFFERENT, found, None).values_list("pk", flat=True)) == listed
    assert len(listed) == queries.counts(found)[Queue.DIFFERENT] == 2


def test_the_index_of_cards_that_wait_holds_exactly_what_the_queues_read(db: None) -> None:
    """Both are said in words of their own; were they to differ, lists would lose cards, or PostgreSQL would not use the index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = 'card_that_waits'::regclass")
        (indexed,) = cursor.fetchone()
        asked = queries._STANDINGS.partition("     WHERE (c.progress")[2]
        found = []
        for condition in (indexed, f"(c.progress{asked}"):
            cursor.execute(
                "SELECT c.progress, c.terminal FROM (SELECT progress, terminal FROM unnest(%(progress)s::text[]) progress,"
                f" unnest(%(terminal)s::text[]) terminal) c WHERE {condition}",
                {"progress": [value.value for value in Progress], "terminal": [value.value for value in Terminal]},
            )
            found.append(set(cursor.fetchall()))
    assert found[0] == found[1]
    assert 0 < len(found[0]) < len(Progress) * len(Terminal)


def test_a_page_knows_its_length_from_the_standings_and_counts_only_what_is_narrowed(
    city: DeliveryPlace, make_card: MakeCard, signed_in_client: SignIn
) -> None:
    for number in range(1, 4):
        stored(make_card, number, city)
    found = queries.standings()
    assert queries.number_in(None, found) == queries.cards_in(None, found, None).count() == 3
    client = signed_in_client("clerk")
    assert "3件" in client.get("/queues/").content.decode()
    with CaptureQueriesContext(connection) as known:
        client.get("/queues/")
    with CaptureQueriesContext(connection) as counted:
        client.get("/queues/?place=01")
    assert len(counted) == len(known) + 1


def test_a_selection_is_kept_from_page_to_page_and_ends_with_the_list(
    city: DeliveryPlace, make_card: MakeCard, signed_in_client: SignIn
) -> None:
    pks = [stored(make_card, number, city).pk for number in range(1, 53)]
    client, query = signed_in_client("chief"), "order=number"
    shown = ",".join(str(pk) for pk in pks[:50])
    rest = ",".join(str(pk) for pk in pks[50:])
    moved = client.post("/queues/keep/", {"query": query, "shown": shown, "card": [pks[0], pks[3]], "to": "2"})
    assert moved["Location"] == f"/queues/?{query}&page=2"
    page = client.get(moved["Location"]).content.decode()
    assert "このページのほかに 2 件を選んでいます" in page
    assert 'formaction="/queues/keep/" name="to" value="1"' in page
    back = client.post("/queues/keep/", {"query": f"{query}&page=2", "shown": rest, "card": [pks[51]], "to": "1"})
    page = client.get(back["Location"]).content.decode()
    assert "このページのほかに 1 件を選んでいます" in page
    assert f'value="{pks[3]}" form="bulk" checked' in page
    # The order and the length of a page are no other list.
    assert "50 件を選んでいます" not in client.get("/queues/?size=100").content.decode()
    assert "選択をすべて外す" in client.get("/queues/?order=-number").content.decode()
    # A form that comes back with a fault stands on its page and has every tick.
    act = {"query": f"{query}&page=2", "act": "hold-investigation", "chosen": "rows", "shown": rest, "card": [pks[50]]}
    faulty = client.post("/queues/bulk/prepare/", act)
    assert faulty.status_code == 422
    page = faulty.content.decode()
    assert f'value="{pks[50]}" form="bulk" checked' in page
    assert f'value="{pks[51]}" form="bulk" aria' in page
    assert "このページのほかに 2 件を選んでいます" in page
    # What is unticked on its page is forgotten, also by the act itself; what was ticked but not shown is not taken.
    act = {
        "query": query,
        "act": "hold-investigation",
        "chosen": "rows",
        "reason": "点検",
        "shown": shown,
        "card": [pks[0], pks[1], pks[51]],
    }
    client.post("/queues/bulk/prepare/", act)
    assert sorted(Bulk.objects.get().lines.values_list("card_id", flat=True)) == [pks[0], pks[1], pks[50]]
    assert "選択をすべて外す" not in client.get("/queues/?order=number").content.decode()
    client.post("/queues/keep/", {"query": query, "shown": shown, "card": [pks[0]], "to": "2"})
    assert "選択をすべて外す" not in client.get("/queues/?queue=stopped").content.decode()
    client.post("/queues/keep/", {"query": query, "forget": "yes"})
    assert "選択をすべて外す" not in client.get("/queues/?order=number").content.decode()
