"""The wizard without JavaScript, the municipality's own rules by day, and what other apps are told."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from madoguchi.booking.calendar.models import Place
from madoguchi.booking.guidance.models import OwnRule
from madoguchi.booking.guidance.queries import guidance_lines
from madoguchi.booking.guidance.services import set_rule, withdraw_rule
from madoguchi.booking.guidance.wizard import COOKIE
from madoguchi.kernel.required_documents import Answers
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.booking.urls")]

SignedIn = Callable[..., Client]
CLERK = automatic("test")


def text(answer: Any) -> str:
    return bytes(answer.content).decode()


def ask(question: str) -> str:
    return reverse("guidance:question", args=[question])


def answer(client: Client, **answers: str | list[str]) -> Any:
    """Answer questions in the order given; returns the last page."""
    page: Any = None
    for question, chosen in answers.items():
        page = client.post(ask(question), {"answer": chosen}, follow=True)
        assert page.status_code == 200, text(page)
    return page


def test_five_answers_lead_to_the_papers_of_a_child(client: Client, town: Place) -> None:
    client.get(reverse("guidance:start"))
    page = answer(client, procedure="receive", owner="child", visitor="representative", notice="yes", circumstances=["separate-household"])
    assert page.redirect_chain[-1][0] == reverse("guidance:result")
    shown = text(page)
    for words in (
        "記入した交付通知書",
        "戸籍全部事項証明書",
        "法定代理人の本人確認書類",
        "Bの書類 3点",
        "運転免許証",
        "親権者と住民票の世帯が別である",
    ):
        assert words in shown
    assert "=" not in page.request["QUERY_STRING"]


def test_a_link_that_names_the_procedure_skips_the_first_question(client: Client, town: Place) -> None:
    page = client.get(reverse("guidance:start"), {"procedure": "reset-pin"})
    assert page["Location"] == ask("owner")
    page = answer(client, owner="adult", visitor="agent", circumstances=[])
    assert "照会書兼回答書" in text(page)


def test_a_changed_answer_forgets_only_what_follows(client: Client, town: Place) -> None:
    answer(client, procedure="receive", owner="adult", visitor="agent", reason="abroad", notice="yes", circumstances=[])
    page = client.get(ask("visitor"))
    assert page.status_code == 200
    assert client.post(ask("visitor"), {"answer": "self"})["Location"] == ask("notice")
    assert client.get(reverse("guidance:result"))["Location"] == ask("notice")


@pytest.mark.parametrize(
    ("cookie", "leads_to"),
    [
        ("", "procedure"),
        ("procedure=nonsense", "procedure"),
        ("procedure=receive&owner=child&visitor=agent", "visitor"),
        ("procedure=receive&owner=adult&visitor=self&notice=yes&circumstances=<script>", "circumstances"),
        ("x" * 5000, "procedure"),
        ("procedure=apply&owner=adult&visitor=agent", "visitor"),
    ],
)
def test_a_forged_or_broken_cookie_leads_to_the_first_open_question(client: Client, town: Place, cookie: str, leads_to: str) -> None:
    client.cookies[COOKIE] = cookie
    assert client.get(reverse("guidance:result"))["Location"] == ask(leads_to)


def test_nothing_chosen_says_what_to_do_and_an_unknown_question_is_no_page(client: Client, town: Place) -> None:
    page = client.post(ask("procedure"), {})
    assert page.status_code == 422
    assert "当てはまるものを1つ選んでください。" in text(page)
    assert client.get(ask("nothing")).status_code == 404


def test_own_rules_count_from_their_day_and_history_stays(town: Place, as_auditor: Callable[[], AbstractContextManager[None]]) -> None:
    today = clock.today()
    tomorrow = today + dt.timedelta(days=1)
    set_rule(CLERK, OwnRule(code="pins", since=today, text="暗証番号のメモ"))
    set_rule(CLERK, OwnRule(code="pins", since=tomorrow, hidden=True))
    assert "暗証番号のメモ" in guidance_lines("receive")
    assert "暗証番号のメモ" not in guidance_lines("receive", day=tomorrow)
    again = set_rule(CLERK, OwnRule(code="pins", since=today, text="新しい言葉"))
    assert "新しい言葉" in guidance_lines("receive")
    assert OwnRule.objects.filter(code="pins").count() == 3
    assert withdraw_rule(CLERK, again.pk)
    assert not withdraw_rule(CLERK, again.pk)
    assert "2種類の暗証番号（決めておく）" in guidance_lines("receive")
    with as_auditor():
        assert AuditEvent.objects.filter(process_code="guidance.set_rule").count() == 3


def test_own_words_are_shown_in_the_readers_language_or_in_japanese(town: Place) -> None:
    words = {"en": {"text": "Queue ticket", "note": ""}}
    row = OwnRule(code="", since=clock.today(), group="prepare", text="番号札", when={"procedure": ["receive"]}, translations=words)
    assert set_rule(CLERK, row).code == "own-1"
    assert "Queue ticket" in guidance_lines("receive", language="en")
    assert "番号札" in guidance_lines("receive", language="vi")
    assert "番号札" not in guidance_lines("apply")


def test_lines_for_a_case_of_the_wizard(town: Place) -> None:
    lines = guidance_lines("receive", Answers(visitor="agent", reason="pregnant", circumstances=frozenset()))
    assert "母子健康手帳、または妊婦健診の受診券" in lines
    papers = ("顔写真のある書類2点（運転免許証、パスポートなど）", "顔写真のある書類1点と、顔写真のない書類1点")
    third = "氏名と生年月日か住所のある書類3点（1点は顔写真のあるもの）"
    assert f"本人の本人確認書類：{'、または'.join((*papers, third))}" in lines
    assert guidance_lines("flower-show") == []


def test_a_rule_that_says_nothing_is_refused_here_and_by_the_database(town: Place) -> None:
    with pytest.raises(ValidationError):
        set_rule(CLERK, OwnRule(code="pins", since=clock.today()))
    with pytest.raises(ValidationError):
        set_rule(CLERK, OwnRule(code="pins", since=clock.today(), until=clock.today() - dt.timedelta(days=1), text="x"))
    row = OwnRule(code="pins", since=clock.today(), made_at=clock.now(), made_by="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def _typed(**more: object) -> dict[str, object]:
    day = clock.today() + dt.timedelta(days=1)
    return {"since_year": day.year, "since_month": day.month, "since_day": day.day, "text": "市の書類", "note": "", **more}


def test_the_chief_looks_before_setting_a_rule_and_takes_it_back(signed_in_client: SignedIn, town: Place) -> None:
    chief = signed_in_client("chief")
    address = reverse("guidance:rule", args=["pins"])
    page = chief.post(address, _typed(text_en="City papers", look="1"))
    assert page.status_code == 200
    assert "まだ登録していません" in text(page)
    assert "City papers" in text(page)
    assert not OwnRule.objects.exists()
    assert chief.post(address, _typed()).status_code == 302
    assert "市の書類" in text(chief.get(address))
    row = OwnRule.objects.get()
    chief.post(reverse("guidance:withdraw", args=[row.pk]))
    assert OwnRule.objects.get().withdrawn_by == chief.staff.user_id  # type: ignore[attr-defined]  # set by the fixture
    assert chief.post(reverse("guidance:new-rule"), _typed(group="prepare", procedures=["receive"])).status_code == 302
    assert "own-1" in text(chief.get(reverse("guidance:rules")))
    assert chief.post(reverse("guidance:new-rule"), {}).status_code == 422
    assert chief.get(reverse("guidance:rule", args=["no-such-rule"])).status_code == 404


def test_a_clerk_looks_up_a_case_but_sets_nothing(signed_in_client: SignedIn, town: Place) -> None:
    clerk = signed_in_client("clerk")
    page = clerk.post(
        reverse("guidance:look"),
        {"procedure": "receive", "owner": "adult", "visitor": "agent", "reason": "hospital", "notice": "no", "language": "ja"},
    )
    assert "診断書" in text(page)
    assert clerk.get(reverse("guidance:rules")).status_code == 403
    assert clerk.post(reverse("guidance:look"), {"procedure": "x"}).status_code == 422
