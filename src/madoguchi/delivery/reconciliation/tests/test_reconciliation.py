"""A list of the terminal comes in, differences show, are explained or corrected, and the head signs the day."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, transaction
from django.test import Client

from madoguchi.delivery.cards import services as cards
from madoguchi.delivery.cards.models import Card, CardEvent, DeliveryPlace
from madoguchi.delivery.cards.rules import Terminal
from madoguchi.delivery.reconciliation import queries, services
from madoguchi.delivery.reconciliation.models import Explanation, ReconciledDay, TerminalList, TerminalRow
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_for
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.verbs import Refusal

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
MakeCard = Callable[..., Card]
# Every account that `signed_in_client` makes has this password.
SECOND = {"witness_user_id": "chief", "witness_password": "kawa-no-hotori-7"}
HEAD = "製造管理番号,申請書ID,カードステータス,日時\r\n"


def upload(client: Client, body: str, *, encoding: str = "cp932", **more: str) -> TerminalList | str:
    """Send a list to the page; return what was kept, or the page that refused it."""
    now = clock.now() - dt.timedelta(minutes=1)
    given = {
        "file": SimpleUploadedFile("list.csv", (HEAD + body).encode(encoding)),
        "as_of": f"{now:%Y-%m-%d %H:%M}",
        "heading_serial": "製造管理番号",
        "heading_application_id": "申請書ID",
        "heading_state": "カードステータス",
        "heading_at": "日時",
    }
    answer = client.post("/reconciliation/lists/", {**given, **more})
    if answer.status_code != 302:
        assert answer.status_code == 422
        return answer.content.decode()
    return TerminalList.objects.get(pk=int(answer["Location"].rstrip("/").rpartition("/")[2]))


def kept(client: Client, body: str, **more: str) -> TerminalList:
    found = upload(client, body, **more)
    assert isinstance(found, TerminalList), found
    return found


def test_a_list_is_looked_at_before_it_changes_anything(make_card: MakeCard, signed_in_client: SignIn) -> None:
    card, client = make_card(1), signed_in_client("clerk")
    body = "A1B-000001,,運用中,\r\nA1B-000009,,発行済,\r\n短い,,発行済,\r\nA1B-000003,,,\r\nA1B-000001,,失効,\r\n"
    found = kept(client, body)
    assert (found.rows, found.rejected, found.unknown, found.changing) == (5, 3, 1, 1)
    page = client.get(f"/reconciliation/lists/{found.pk}/").content.decode()
    for words in ("製造管理番号の形ではありません", "カードステータスが空です", "同じ番号が 2 行目にもあります"):
        assert words in page
    assert "短い" not in page
    card.refresh_from_db()
    assert card.terminal == "unseen"
    changes = client.get(f"/reconciliation/lists/{found.pk}/changes/").content.decode()
    for words in ("A1B-000001", "未確認 → <strong>運用中</strong>", "A1B000009"):
        assert words in changes
    # Neither the reader alone nor a colleague without the right applies what changes a card.
    address = f"/reconciliation/lists/{found.pk}/apply/"
    assert client.post(address).status_code == 422
    assert signed_in_client("clerk", user_id="colleague").post(address).status_code == 422
    with pytest.raises(Refusal, match="別の職員"):
        services.apply_list(found.pk, actor_for(client.staff))  # type: ignore[attr-defined]
    chief = signed_in_client("chief")
    assert f'<a href="/reconciliation/lists/{found.pk}/">' in chief.get("/approvals/").content.decode()
    assert client.post(address, SECOND).status_code == 302
    card.refresh_from_db()
    assert (card.terminal, card.version) == ("in_use", 2)
    assert "もう待っていません" in chief.get(f"/reconciliation/lists/{found.pk}/changes/").content.decode()
    event = CardEvent.objects.get(card=card)
    assert (event.act, event.axis, event.before, event.after) == ("terminal_list", "terminal", "unseen", "in_use")
    assert TerminalRow.objects.filter(source=found).count() == 1


def test_the_same_state_again_leaves_version_and_history_alone_and_older_news_is_no_news(make_card: MakeCard, clerk: Actor) -> None:
    card = make_card(1, terminal="issued")
    at = clock.now()
    same = [cards.SeenAtTerminal(card.pk, Terminal.ISSUED, at)]
    assert cards.see_at_terminal(same, clerk, source="一覧") == 0
    older = [cards.SeenAtTerminal(card.pk, Terminal.LAPSED, at - dt.timedelta(days=1))]
    assert cards.see_at_terminal(older, clerk, source="一覧") == 0
    card.refresh_from_db()
    assert (card.terminal, card.terminal_seen_at, card.version) == ("issued", at, 1)
    assert not CardEvent.objects.filter(card=card).exists()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026/11/20 17:30", "2026-11-20T17:30:00+09:00"),
        ("令和8年11月20日 9時05分", "2026-11-20T09:05:00+09:00"),
        ("20261120", "2026-11-20T23:59:00+09:00"),
        ("", "2026-11-21T08:00:00+09:00"),
    ],
)
def test_the_moment_of_a_row_is_read_in_every_form(text: str, shown: str) -> None:
    default = dt.datetime(2026, 11, 21, 8, tzinfo=clock.TOKYO)
    assert services.moment(text, default).isoformat() == shown


@pytest.mark.parametrize("text", ["昨日", "2026-11-20 25:00", "2026-13-01", "令和8年"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 the reason is said by line, not by text
        services.moment(text, clock.now())


def test_a_list_that_is_none_is_refused_with_what_to_do(city: DeliveryPlace, signed_in_client: SignIn) -> None:
    client = signed_in_client("clerk")
    missing = upload(client, "x,,y,\r\n", heading_state="ステータス")
    assert isinstance(missing, str)
    assert "見出し「ステータス」が" in missing
    future = upload(client, "A1B-000001,,発行済,\r\n", as_of="2099-01-01 00:00")
    assert isinstance(future, str)
    assert "未来の日時" in future


def test_the_same_file_is_applied_once(make_card: MakeCard, signed_in_client: SignIn) -> None:
    make_card(1)
    client, _chief = signed_in_client("clerk"), signed_in_client("chief")
    first = kept(client, "A1B-000001,,発行済,\r\n")
    client.post(f"/reconciliation/lists/{first.pk}/apply/", SECOND)
    again = upload(client, "A1B-000001,,発行済,\r\n")
    assert isinstance(again, str)
    assert "すでに反映されています" in again


def test_a_list_older_than_our_own_step_makes_no_difference(
    make_card: MakeCard, city: DeliveryPlace, clerk: Actor, signed_in_client: SignIn
) -> None:
    card = make_card(
        1, progress="inspected", place_kind="stored", site=city, terminal="issued", terminal_seen_at=clock.now() - dt.timedelta(hours=1)
    )
    cards.perform(card.pk, "preset", clerk, expected_version=1, detail={"preset_result": "ok"})
    assert not queries.differences().exists()
    Card.objects.filter(pk=card.pk).update(terminal_seen_at=clock.now() + dt.timedelta(seconds=1))
    assert queries.differences().count() == 1
    assert "交付前設定が当方だけにある" in signed_in_client("clerk").get("/reconciliation/").content.decode()


def test_a_day_is_signed_when_every_difference_is_explained_or_corrected(make_card: MakeCard, signed_in_client: SignIn) -> None:
    wrong, lapsed = make_card(1, progress="preset", place_kind="missing"), make_card(2, progress="delivered", place_kind="person")
    make_card(3, progress="delivered", place_kind="person", delivered_on=clock.today())
    clerk, chief = signed_in_client("clerk"), signed_in_client("chief")
    assert "一覧が反映されていません" in chief.get("/reconciliation/days/").content.decode()
    found = kept(clerk, "A1B-000001,,発行済,\r\nA1B-000002,,失効,\r\nA1B-000009,,発行済,\r\n")
    chief.post(f"/reconciliation/lists/{found.pk}/apply/")
    page = clerk.get("/reconciliation/").content.decode()
    assert "当方だけにある" in page
    assert f"/cards/{lapsed.pk}/acts/lapse_after/" in page
    assert "差異が 2 件" in chief.get("/reconciliation/days/").content.decode()
    assert chief.post("/reconciliation/days/", {"note": ""}).status_code == 422

    explained = clerk.post(f"/reconciliation/cards/{wrong.pk}/", {"note": "端末で設定中", "progress": "preset", "terminal": "issued"})
    assert explained.status_code == 302
    lapsed.refresh_from_db()
    assert clerk.post(f"/cards/{lapsed.pk}/acts/lapse_after/", {"version": lapsed.version, "reason": "本人の届出"}).status_code == 302
    assert "登録のないカードの行が 1 件" in chief.get("/reconciliation/days/").content.decode()
    row = TerminalRow.objects.get(card__isnull=True)
    assert clerk.post(f"/reconciliation/unknown/{row.pk}/", {"note": "他市の転入者"}).status_code == 302

    assert clerk.post("/reconciliation/days/", {"note": ""}).status_code == 422
    assert chief.post("/reconciliation/days/", {"note": "1件は端末で設定中"}).status_code == 302
    day = ReconciledDay.objects.get()
    assert (day.signed_by, day.lists, day.delivered, day.unconfirmed, day.explained) == ("chief", 1, 1, 1, 1)
    assert chief.post("/reconciliation/days/", {"note": ""}).status_code == 422
    assert signed_in_client("auditor").get("/reconciliation/days/").status_code == 200


def test_an_explanation_holds_only_for_the_values_it_was_given_for(make_card: MakeCard, clerk: Actor) -> None:
    card = make_card(1, progress="delivered", place_kind="person", terminal="preset", terminal_seen_at=clock.now())
    services.explain(card.pk, "端末の処理待ち", clerk, progress="delivered", terminal="preset")
    assert queries.unexplained() == 0
    Card.objects.filter(pk=card.pk).update(terminal="lapsed")
    assert queries.unexplained() == 1
    with pytest.raises(Refusal):
        services.explain(card.pk, "見ていない", clerk, progress="delivered", terminal="preset")


@pytest.mark.parametrize("table", [Explanation, ReconciledDay])
def test_what_was_signed_or_explained_is_never_changed(table: type[Explanation] | type[ReconciledDay], make_card: MakeCard) -> None:
    card = make_card(1)
    Explanation.objects.create(card=card, progress="ordered", terminal="in_use", note="x", by="clerk")
    ReconciledDay.objects.create(day=clock.today(), signed_by="chief", signed_by_name="x", lists=1, delivered=0, unconfirmed=0, explained=0)
    with pytest.raises(ProgrammingError), transaction.atomic():
        table.objects.update(note="y")


def test_the_pages_open_with_nothing_in_them_and_only_for_those_who_may(city: DeliveryPlace, signed_in_client: SignIn) -> None:
    clerk, operator = signed_in_client("clerk"), signed_in_client("operator")
    for address in ("", "unconfirmed/", "unknown/", "lists/", "days/"):
        assert clerk.get(f"/reconciliation/{address}").status_code == 200
        assert operator.get(f"/reconciliation/{address}").status_code == 403
    assert signed_in_client("auditor").get("/reconciliation/").status_code == 403
    assert clerk.get("/reconciliation/?kind=nonsense").status_code == 404


def test_the_list_as_a_workbook_has_numbers_and_no_name(make_card: MakeCard, signed_in_client: SignIn) -> None:
    import io

    from openpyxl import load_workbook

    make_card(1, progress="delivered", place_kind="person", terminal="lapsed", terminal_seen_at=clock.now())
    answer = signed_in_client("clerk").post("/reconciliation/export/")
    rows = list(load_workbook(io.BytesIO(answer.content)).worksheets[0].values)
    assert rows[1][:4] == ("A1B-000001", "交付済のカードが統合端末で失効", "交付済", "失効")
    assert "髙橋" not in str(rows)


def test_the_list_needs_the_same_number_of_statements_whatever_the_rows(
    make_card: MakeCard, signed_in_client: SignIn, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    client = signed_in_client("clerk")
    for number in range(1, 30):
        make_card(number, progress="delivered", place_kind="person", terminal="lapsed", terminal_seen_at=clock.now())
    with django_assert_max_num_queries(18):
        assert client.get("/reconciliation/").status_code == 200
