"""Staff pages of mail: who may open what, what they show, and that no address is among it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.booking.notices.kinds import Kind
from madoguchi.booking.notices.models import Contact, Mail, MailText
from madoguchi.booking.notices.services import drain_outbox
from madoguchi.booking.notices.services.contacts import contact_for
from madoguchi.booking.notices.tests.conftest import ADDRESS, MailServer
from madoguchi.booking.notices.wording import built_in
from madoguchi.booking.reservations.models import Booking, Draft
from madoguchi.platform import clock
from madoguchi.platform.audit.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.booking.urls")]

Booked = Callable[..., tuple[Draft, Booking]]
SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def bare_pages(settings: Any) -> None:
    settings.MADOGUCHI_SHELL = settings.MADOGUCHI_MENU = ""


def text(page: Any) -> str:
    return str(page.content.decode())


def test_the_log_shows_mails_without_addresses_and_every_look_is_noted(
    server: MailServer, booked: Booked, signed_in_client: SignIn, as_auditor: Any
) -> None:
    _draft, booking = booked()
    _other, second = booked("waits@example.jp")
    server.answer = "451 later"
    drain_outbox()
    clerk = signed_in_client("clerk")
    page = text(clerk.get(reverse("notices:log")))
    assert booking.number in page
    assert second.number in page
    assert "example.jp" not in page
    assert "2通" in page or ">2<" in page
    with as_auditor():
        assert AuditEvent.objects.filter(process_code="notices.log.view").count() == 1


def test_the_log_is_limited_by_state_kind_day_and_data_range(server: MailServer, booked: Booked, signed_in_client: SignIn) -> None:
    _draft, booking = booked()
    drain_outbox()
    clerk, address = signed_in_client("clerk"), reverse("notices:log")
    assert booking.number in text(clerk.get(address, {"state": "sent", "kind": "confirmed"}))
    for nothing in ({"state": "dead"}, {"kind": "reminder"}, {"day_until": "2020-01-01"}, {"state": "returned"}):
        assert booking.number not in text(clerk.get(address, nothing))
    for odd in ({"state": "x"}, {"day_from": "yesterday"}, {"page": "99"}, {"kind": "<b>"}):
        assert clerk.get(address, odd).status_code == 200
    elsewhere = signed_in_client("clerk", place="elsewhere", user_id="far")
    assert booking.number not in text(elsewhere.get(address))


def test_the_log_costs_the_same_for_many_mails(
    server: MailServer, booked: Booked, signed_in_client: SignIn, django_assert_max_num_queries: Any
) -> None:
    clerk = signed_in_client("clerk")
    booked()
    drain_outbox()
    with django_assert_max_num_queries(30) as few:
        clerk.get(reverse("notices:log"))
    for _more in range(2):
        booked()
    drain_outbox()
    with django_assert_max_num_queries(len(few)):
        clerk.get(reverse("notices:log"))


def test_a_refused_mail_is_sent_again_by_those_who_may(server: MailServer, booked: Booked, signed_in_client: SignIn) -> None:
    booked()
    server.answer = "550 no such user"
    drain_outbox()
    mail = Mail.objects.get()
    again = reverse("notices:again", args=[mail.pk])
    assert signed_in_client("auditor", user_id="a").post(again).status_code == 403
    assert signed_in_client("clerk", place="elsewhere", user_id="far").post(again).status_code == 404
    clerk = signed_in_client("clerk", user_id="c")
    assert clerk.post(again, follow=True).status_code == 200
    mail.refresh_from_db()
    assert (mail.state, mail.address) == ("waiting", ADDRESS)
    assert "送り直せません" in text(clerk.post(again, follow=True))


def test_whom_no_mail_reaches_is_called_once(server: MailServer, booked: Booked, signed_in_client: SignIn) -> None:
    _draft, booking = booked()
    contact_for(booking, booking.email)
    Contact.objects.update(failed_at=clock.now(), failed_status="5.1.1")
    clerk = signed_in_client("clerk")
    page = text(clerk.get(reverse("notices:calls")))
    assert booking.number in page
    assert ADDRESS not in page
    called = reverse("notices:called", args=[booking.pk])
    assert "記録しました" in text(clerk.post(called, follow=True))
    assert "ほかの人が記録した" in text(clerk.post(called, follow=True))
    assert booking.number not in text(clerk.get(reverse("notices:calls")))
    assert Contact.objects.get().called_by == clerk.staff.user_id  # type: ignore[attr-defined]  # set by the fixture


def post(kind: Kind, **more: str) -> dict[str, str]:
    own = built_in(kind, "ja")
    return {"subject": own.subject, "body": own.body, "version": "0", **more}


def test_a_text_is_looked_at_tried_kept_and_taken_back(server: MailServer, town: Any, signed_in_client: SignIn) -> None:
    chief = signed_in_client("chief")
    address = reverse("notices:text", args=["confirmed", "ja"])
    assert "標準" in text(chief.get(reverse("notices:texts")))
    assert "見本の交付場所" in text(chief.get(address))
    looked = text(chief.post(address, post(Kind.CONFIRMED, subject="下見の件名", look="1")))
    assert "<strong>下見の件名</strong>" in looked
    tried = chief.post(address, post(Kind.CONFIRMED, subject="試しの件名", test="1", address="chief@city.example"))
    assert "見本のメールを送りました" in text(tried)
    assert server.taken[0]["Subject"] == "試しの件名"
    assert not MailText.objects.exists(), "neither look nor test keeps anything"
    assert chief.post(address, post(Kind.CONFIRMED, subject="自分の件名", save="1")).status_code == 302
    assert "独自（第1版）" in text(chief.get(reverse("notices:texts")))
    assert chief.post(address, post(Kind.CONFIRMED, subject="遅れた人", save="1")).status_code == 409
    assert "標準の文面に戻しました" in text(chief.post(address, {"built-in": "1"}, follow=True))
    assert "標準の文面に戻した" in text(chief.get(address))


def test_a_wrong_text_is_shown_again_with_what_to_do(town: Any, signed_in_client: SignIn) -> None:
    chief = signed_in_client("chief")
    address = reverse("notices:text", args=["confirmed", "ja"])
    answer = chief.post(address, post(Kind.CONFIRMED, body="{氏名}さん", save="1"))
    assert answer.status_code == 422
    assert "{氏名} という差し込み項目はありません" in text(answer)
    assert chief.post(address, post(Kind.CONFIRMED, test="1", address="nobody")).status_code == 422
    for nowhere in ("x/ja", "confirmed/fr"):
        assert chief.get(f"/desk/mails/texts/{nowhere}/").status_code == 404


@pytest.mark.parametrize(
    ("role", "log", "texts"), [("clerk", 200, 403), ("chief", 200, 200), ("administrator", 403, 200), ("auditor", 200, 403)]
)
def test_who_may_open_what(town: Any, signed_in_client: SignIn, role: str, log: int, texts: int) -> None:
    client = signed_in_client(role)
    assert client.get(reverse("notices:log")).status_code == log
    assert client.get(reverse("notices:calls")).status_code == log
    assert client.get(reverse("notices:texts")).status_code == texts
