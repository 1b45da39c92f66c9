"""Pages of applications: no name on the list, opening needs a right and is recorded, orders are given once, sheets carry their record."""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.delivery.applications import orders_file
from madoguchi.delivery.applications.models import Application
from madoguchi.delivery.applications.tests.conftest import ANSWERS, LABELS, NUMBER
from madoguchi.platform.accounts.models import Role
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.exchange.handlers import Applied

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
Read = Callable[[], AbstractContextManager[None]]


def page(client: Client, name: str, *arguments: object, **query: str) -> str:
    answer = client.get(reverse(f"received:{name}", args=arguments), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_names_nobody_and_one_application_shows_all(application: Application, signed_in_client: SignIn, as_auditor: Read) -> None:
    client = signed_in_client("clerk")
    listed = page(client, "list")
    assert NUMBER in listed
    assert "電子証明書更新" in listed
    assert not any(answer in listed for answer in ANSWERS.values() if len(answer) > 4)
    opened = page(client, "application", application.pk)
    for answer in (ANSWERS["name"], ANSWERS["address"], ANSWERS["building"], ANSWERS["request"], "本人", "男"):
        assert answer in opened
    assert [opened.index(f">{label}<") for label in LABELS.values()] == sorted(opened.index(f">{label}<") for label in LABELS.values())
    with as_auditor():
        events = list(AuditEvent.objects.filter(process_code__startswith="applications.").values_list("process_code", "subject"))
    assert events[-2:] == [("applications.list", ""), ("applications.open", f"application:{application.pk}")]


def test_whoever_has_the_list_alone_opens_nothing(application: Application, signed_in_client: SignIn) -> None:
    client = signed_in_client("clerk")
    role = Role.objects.get(code="clerk")
    role.rights = ["applications.list"]
    role.save()
    assert reverse("received:application", args=[application.pk]) not in page(client, "list")
    for name, arguments in (("application", [application.pk]), ("search", []), ("print", [application.pk]), ("print-list", [])):
        assert client.get(reverse(f"received:{name}", args=arguments)).status_code == 403
    assert client.post(reverse("received:cancel", args=[application.pk]), {}).status_code == 403


def test_an_application_of_another_place_is_not_there(application: Application, signed_in_client: SignIn) -> None:
    client = signed_in_client("clerk", place="02")
    assert NUMBER not in page(client, "list")
    assert client.get(reverse("received:application", args=[application.pk])).status_code == 404
    assert "見つかりませんでした" in client.post(reverse("received:search"), {"number": NUMBER}).content.decode()


@pytest.mark.parametrize(
    "terms",
    [
        {"number": "１２３４５６７８９７"},
        {"number": "Y1234567897"},
        {"name": "高橋一", "telephone": "0466251111"},
        {"name": "たかはし", "address": "朝日町"},
        {"name": "髙橋", "born_year": "1980", "born_month": "9", "born_day": "8"},
    ],
)
def test_search_finds_by_number_or_by_two_things(application: Application, signed_in_client: SignIn, terms: dict[str, str]) -> None:
    answer = signed_in_client("clerk").post(reverse("received:search"), terms)
    assert reverse("received:application", args=[application.pk]) in answer.content.decode()


@pytest.mark.parametrize("terms", [{}, {"name": "髙橋"}, {"name": "髙橋", "address": "　・"}, {"telephone": "0466251111"}])
def test_one_thing_alone_is_not_searched_for(application: Application, signed_in_client: SignIn, terms: dict[str, str]) -> None:
    answer = signed_in_client("clerk").post(reverse("received:search"), terms)
    assert answer.status_code == 422
    assert "2つ以上" in answer.content.decode()


def test_two_things_that_do_not_fit_find_nobody(application: Application, signed_in_client: SignIn) -> None:
    answer = signed_in_client("clerk").post(reverse("received:search"), {"name": "髙橋", "telephone": "0466251112"})
    assert "見つかりませんでした" in answer.content.decode()


def test_stage_message_and_change_go_out_as_orders(application: Application, signed_in_client: SignIn) -> None:
    client = signed_in_client("clerk")

    def send(name: str, **values: str) -> int:
        application.refresh_from_db()
        sent = {"version": str(application.version), **values}
        return client.post(reverse(f"received:{name}", args=[application.pk]), sent).status_code

    assert send("stage", stage="working") == 302
    assert send("message", text="印鑑は不要です。") == 302
    moved = {"place": "02", "day_year": "2099", "day_month": "12", "day_day": "4", "start": "９：３０", "reason": "電話"}
    assert send("move", **moved) == 302
    orders = [order for order in orders_file.records() if order["act"] != "taken"]
    assert [(order["act"], order["text"], order["place"], order["day"], order["start"]) for order in orders] == [
        ("stage", "working", None, None, None),
        ("message", "印鑑は不要です。", None, None, None),
        ("move", "", "02", "2099-12-04", "09:30"),
    ]
    # One change at a time: the second would be ordered in ignorance of what became of the first.
    assert send("cancel", reason="電話") == 422
    assert len(list(orders_file.records())) == 4


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("message", {"text": "番号は 1234 5678 9018 です"}, "個人番号と思われる"),
        ("message", {"text": ""}, "メッセージを入力"),
        ("cancel", {"reason": ""}, "理由を入力"),
        ("move", {"place": "99", "day_year": "2099", "day_month": "1", "day_day": "5", "start": "9:00", "reason": "x"}, "選び直して"),
        ("move", {"place": "01", "day_year": "2000", "day_month": "1", "day_day": "5", "start": "9:00", "reason": "x"}, "過ぎています"),
        ("move", {"place": "01", "day_year": "2099", "day_month": "1", "day_day": "5", "start": "25時", "reason": "x"}, "9:30 のように"),
        ("stage", {"stage": "lost"}, "選び直して"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_ordered(
    application: Application, signed_in_client: SignIn, name: str, values: dict[str, str], words: str
) -> None:
    answer = signed_in_client("clerk").post(reverse(f"received:{name}", args=[application.pk]), {"version": "1", **values})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert [order["act"] for order in orders_file.records()] == ["taken"]


def test_an_old_page_changes_nothing(application: Application, signed_in_client: SignIn) -> None:
    client = signed_in_client("clerk")
    for status in (302, 409):
        sent = {"version": "1", "stage": "done"}
        assert client.post(reverse("received:stage", args=[application.pk]), sent).status_code == status
    application.refresh_from_db()
    assert (application.stage, application.version) == ("done", 2)


def test_the_sheet_carries_the_record_and_its_print_is_recorded(
    application: Application, signed_in_client: SignIn, as_auditor: Read
) -> None:
    client = signed_in_client("clerk")
    for name, arguments in (("print", [application.pk]), ("print-list", [])):
        answer = client.get(reverse(f"received:{name}", args=arguments))
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        text = pypdfium2.PdfDocument(io.BytesIO(answer.content))[0].get_textpage().get_text_bounded()
        for answered in (ANSWERS["name"], ANSWERS["telephone"], NUMBER):
            assert answered.replace("\u3000", "") in "".join(text.split())
    with as_auditor():
        assert AuditEvent.objects.filter(process_code="applications.print", subject=f"application:{application.pk}").count() == 2


def test_nothing_of_a_print_stays_behind(application: Application, signed_in_client: SignIn, settings: Any) -> None:
    signed_in_client("clerk").get(reverse("received:print", args=[application.pk]))
    assert list(Path(settings.MADOGUCHI_FOLDER, "applications").iterdir()) == []


def test_the_longest_answers_still_fit_the_sheet(
    city: object, report: Callable[..., dict[str, Any]], take_in: Callable[..., Applied], signed_in_client: SignIn
) -> None:
    long = {**ANSWERS, "name": "髙" * 100, "kana": "ア" * 100, "address": "町" * 200, "building": "階" * 100, "request": "あ\n" * 250}
    take_in(report(answers=long))
    row = Application.objects.get()
    assert signed_in_client("clerk").get(reverse("received:print", args=[row.pk])).status_code == 200


def test_answers_that_could_not_be_opened_are_pointed_out(
    city: object, report: Callable[..., dict[str, Any]], take_in: Callable[..., Applied], signed_in_client: SignIn
) -> None:
    take_in(report(sealed_for="2234567896"))
    client = signed_in_client("clerk")
    assert "開けない申請予約 1 件" in page(client, "list")
    assert NUMBER in page(client, "list", stage="unreadable")
    assert "保守窓口へ連絡" in page(client, "application", Application.objects.get().pk)
