"""Pages of letters: print with progress, open, mark sent, refuse and say why."""

from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.test import Client

from madoguchi.delivery.cards import services as cards
from madoguchi.delivery.cards.models import Card, CardEvent
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.dispatch import mailing
from madoguchi.delivery.dispatch.models import Batch, BatchState
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.clock import today
from madoguchi.platform.jobs import services as jobs
from madoguchi.platform.jobs.models import Job

MakeCard = Callable[..., Card]
SignIn = Callable[..., Client]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("madoguchi.zones.delivery.urls")]


@pytest.fixture(autouse=True)
def plain_shell(settings: LazySettings) -> None:
    settings.MADOGUCHI_SHELL = settings.MADOGUCHI_MENU = ""


def _print(client: Client, **given: str) -> Batch:
    answer = client.post("/letters/", {"which": "awaiting", **given})
    assert answer.status_code == 302
    job = Job.objects.latest("pk")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.message
    return Batch.objects.get(pk=job.result["batch"])


def _scan_all(client: Client, batch: Batch) -> None:
    for sheet in mailing.unsent(batch):
        assert client.post(f"/letters/{batch.pk}/scan/", {"code": sheet.code}).status_code == 302


def _today() -> dict[str, str]:
    day = today()
    return {"sent_on_year": str(day.year), "sent_on_month": str(day.month), "sent_on_day": str(day.day)}


def test_a_clerk_prints_opens_and_sends(make_card: MakeCard, signed_in_client: SignIn, as_auditor: Callable[..., object]) -> None:
    make_card(1)
    make_card(2, name="外\U000323af字　花子")
    client = signed_in_client("clerk")
    page = client.get("/letters/").content.decode()
    assert "通知を待つカードすべて（2件）" in page
    batch = _print(client)
    page = client.get(f"/letters/{batch.pk}/").content.decode()
    assert "U+323AF" in page
    assert "花子" not in page
    answer = client.get(f"/letters/{batch.pk}/pdf/")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("inline")
    assert answer.getvalue().startswith(b"%PDF")
    with as_auditor():  # type: ignore[attr-defined]
        assert AuditEvent.objects.filter(process_code="dispatch.letters.open", subject=f"letters:{batch.pk}").count() == 1
    assert client.post(f"/letters/{batch.pk}/labels/", {"start": "1"}).content.startswith(b"%PDF")
    assert client.post(f"/letters/{batch.pk}/sent/", _today()).status_code == 422
    _scan_all(client, batch)
    assert client.post(f"/letters/{batch.pk}/sent/", _today()).status_code == 302
    assert set(Card.objects.values_list("notice", flat=True)) == {"sent"}
    assert client.get(f"/letters/{batch.pk}/pdf/").status_code == 404
    assert client.post(f"/letters/{batch.pk}/sent/", _today()).status_code == 409


def test_numbers_choose_the_cards(make_card: MakeCard, signed_in_client: SignIn) -> None:
    for number in (1, 2, 3):
        make_card(number)
    batch = _print(signed_in_client("clerk"), which="numbers", numbers="A1B-000003\nA1B000001")
    assert [sheet.card.serial for sheet in batch.sheets.select_related("card")] == ["A1B000003", "A1B000001"]


def test_printing_again_asks_for_a_reason(make_card: MakeCard, signed_in_client: SignIn) -> None:
    make_card(1)
    client = signed_in_client("clerk")
    _print(client, which="numbers", numbers="A1B000001")
    answer = client.post("/letters/", {"which": "numbers", "numbers": "A1B000001"})
    assert answer.status_code == 422
    assert "1 通あります。刷り直す理由を入力してください。" in answer.content.decode()
    again = _print(client, which="numbers", numbers="A1B000001", reason="用紙の汚れ")
    assert again.sheets.get().void is False
    assert Batch.objects.exclude(pk=again.pk).get().sheets.get().void is True


@pytest.mark.parametrize(("given", "words"), [({"which": "numbers"}, "1行に1つ入力"), ({}, "印刷するカードを選んで"), ({"which": "?"}, "")])
def test_an_incomplete_choice_is_answered_with_what_to_do(
    make_card: MakeCard, signed_in_client: SignIn, given: dict[str, str], words: str
) -> None:
    make_card(1)
    answer = signed_in_client("clerk").post("/letters/", given)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Job.objects.exists()


def test_sheets_of_cards_stopped_since_must_be_pulled(make_card: MakeCard, signed_in_client: SignIn, chief: Actor) -> None:
    make_card(1)
    card = make_card(2)
    client = signed_in_client("clerk")
    batch = _print(client)
    card.refresh_from_db()
    cards.set_hold(card.pk, HoldKind.DIED, chief, expected_version=card.version, reason="届出")
    right, stopped = (sheet.code for sheet in mailing.unsent(batch))
    answer = client.post(f"/letters/{batch.pk}/scan/", {"code": stopped})
    assert answer.status_code == 422
    assert "束から抜き取ってください" in answer.content.decode()
    assert client.post(f"/letters/{batch.pk}/pull/", {"pulled": right}).status_code == 422
    assert client.post(f"/letters/{batch.pk}/pull/", {"pulled": stopped}).status_code == 302
    assert client.post(f"/letters/{batch.pk}/scan/", {"code": right}).status_code == 302
    assert client.post(f"/letters/{batch.pk}/sent/", _today()).status_code == 302
    assert sorted(Card.objects.values_list("notice", flat=True)) == ["made", "sent"]


def test_a_stop_is_shown_and_cleared_by_the_chief_only(make_card: MakeCard, signed_in_client: SignIn) -> None:
    make_card(1)
    batch = Batch.objects.create(
        kind="notice",
        state=BatchState.STOPPED,
        made_by="x",
        made_on=today(),
        deadline=today(),
        mismatches=[{"sheet_id": "L000000017", "region": "address"}],
    )
    clerk = signed_in_client("clerk", user_id="a")
    page = clerk.get("/letters/").content.decode()
    assert "印刷を止めています" in page
    assert "印刷を始める" not in page
    assert clerk.post(f"/letters/{batch.pk}/clear/", {"reason": "x"}).status_code == 403
    head = signed_in_client("chief", user_id="b")
    assert head.post(f"/letters/{batch.pk}/clear/", {"reason": " "}).status_code == 422
    assert head.post(f"/letters/{batch.pk}/clear/", {"reason": "字体を入れ替えた"}).status_code == 302
    assert "印刷を始める" in clerk.get("/letters/").content.decode()


def test_the_history_of_a_card_is_looked_up_by_its_number_and_recorded(
    make_card: MakeCard, signed_in_client: SignIn, chief: Actor, as_auditor: Callable[..., object]
) -> None:
    card = make_card(1)
    client = signed_in_client("clerk")
    _print(client)
    page = client.post("/letters/history/", {"number": "A1B-000001"}).content.decode()
    assert "山田" in page
    assert "2510054" in page
    with as_auditor():  # type: ignore[attr-defined]
        assert AuditEvent.objects.get(process_code="dispatch.history.view").subject == f"card:{card.pk}"
    assert client.post("/letters/history/", {"number": "ZZZ000000"}).status_code == 422
    card.refresh_from_db()
    cards.set_hold(card.pk, HoldKind.PROTECTED, chief, expected_version=card.version, reason="申出")
    stopped = client.post("/letters/history/", {"number": "A1B-000001"})
    assert stopped.status_code == 422
    assert "朝日町" not in stopped.content.decode()


def test_nobody_without_the_right_gets_in(make_card: MakeCard, signed_in_client: SignIn) -> None:
    client = signed_in_client("auditor")
    for path in ("/letters/", "/letters/text/", "/letters/text/notice/sample/", f"/letters/{'0' * 8}-0000-4000-8000-{'0' * 12}/pdf/"):
        assert client.get(path).status_code == 403


def test_the_list_takes_the_same_number_of_statements_for_many_batches(
    make_card: MakeCard, signed_in_client: SignIn, django_assert_max_num_queries: Callable[..., object]
) -> None:
    Batch.objects.bulk_create(
        Batch(kind="notice", made_by="x", made_on=today(), deadline=today(), state=BatchState.GIVEN_UP) for _ in range(45)
    )
    client = signed_in_client("clerk")
    with django_assert_max_num_queries(14):  # type: ignore[attr-defined]
        client.get("/letters/")


def test_a_batch_is_paused_resumed_and_given_up_from_its_page(make_card: MakeCard, signed_in_client: SignIn) -> None:
    make_card(1)
    client = signed_in_client("clerk")
    made = {"kind": "notice", "made_by": "x", "made_on": today(), "deadline": today()}
    batch = Batch.objects.create(**made, state=BatchState.PRINTING)
    assert "中断する" in client.get(f"/letters/{batch.pk}/").content.decode()
    assert client.post(f"/letters/{batch.pk}/pause/").status_code == 302
    batch.refresh_from_db()
    assert batch.pause_asked
    assert client.post(f"/letters/{batch.pk}/resume/").status_code == 409
    Batch.objects.update(state=BatchState.PAUSED)
    assert "続きを印刷する" in client.get(f"/letters/{batch.pk}/").content.decode()
    assert client.post(f"/letters/{batch.pk}/pause/").status_code == 409
    assert client.post(f"/letters/{batch.pk}/resume/").status_code == 302
    assert Job.objects.latest("pk").kind == "dispatch.resume"
    assert client.post(f"/letters/{batch.pk}/give-up/").status_code == 302
    assert client.post(f"/letters/{batch.pk}/give-up/").status_code == 409
    jobs.run(Job.objects.latest("pk").pk)
    assert "中断していません" in Job.objects.latest("pk").message


@pytest.mark.parametrize("kind", ["label", "resend", "remind", "urge", "warning", "inquiry"])
def test_every_kind_has_its_page(make_card: MakeCard, signed_in_client: SignIn, kind: str) -> None:
    client = signed_in_client("clerk")
    assert client.get(f"/letters/?kind={kind}").status_code == 200
    assert client.post(f"/letters/?kind={kind}", {"which": "numbers", "numbers": ""}).status_code == 422


def test_each_later_letter_is_sent_from_its_page(make_card: MakeCard, signed_in_client: SignIn) -> None:
    client, card = signed_in_client("clerk"), make_card(1, notice="sent")
    for kind, act, notice in (
        ("remind", "remind", "reminded"),
        ("urge", "urge", "urged"),
        ("warning", "warn_of_disposal", "warned"),
    ):
        answer = client.post(f"/letters/?kind={kind}", {"which": "numbers", "numbers": card.serial})
        assert answer.status_code == 302
        jobs.run(Job.objects.latest("pk").pk)
        batch = Batch.objects.get(pk=Job.objects.latest("pk").result["batch"])
        _scan_all(client, batch)
        assert client.post(f"/letters/{batch.pk}/sent/", _today()).status_code == 302
        event = CardEvent.objects.get(card=card, act=act)
        assert (event.axis, event.after, event.user_id) == ("notice", notice, "clerk")


def test_an_unknown_kind_is_not_found(city: object, signed_in_client: SignIn) -> None:
    client = signed_in_client("clerk")
    for path in ("?kind=nothing", "?kind=card", "text/nothing/", "text/version/99/", "dispatches/99/", "returns/99/", "address/99/"):
        assert client.get(f"/letters/{path}").status_code == 404
