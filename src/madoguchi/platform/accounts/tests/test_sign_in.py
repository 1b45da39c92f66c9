"""Sign-in in two pages, and how a session ends."""

import base64
import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import get_hasher
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from madoguchi.platform import clock
from madoguchi.platform.accounts import passwords, services
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.accounts.rights import RoleDefinition
from madoguchi.platform.accounts.sessions import stored_key
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent

AsAuditor = Callable[[], AbstractContextManager[None]]
OFFICE = "madoguchi.platform.accounts.tests.office_urls"
PASSWORD = "kawa-no-hotori-7"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
START = dt.datetime(2026, 11, 20, 9, 0, 5, tzinfo=clock.TOKYO)
NOBODY = automatic("test")

pytestmark = [pytest.mark.django_db, pytest.mark.urls(OFFICE)]


@pytest.fixture
def moment() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def hanako(moment: time_machine.Traveller) -> Staff:
    """An account with password and authenticator and no role."""
    staff = services.create_staff(
        user_id="hanako",
        name="藤沢 花子",
        section=services.section_named("100", "市民窓口課"),
        actor=NOBODY,
        password=PASSWORD,
        must_change_password=False,
    )
    services.set_totp_secret(staff, SECRET, actor=NOBODY)
    return staff


def code_now(offset: int = 0, secret: str = SECRET) -> str:
    totp = TOTP(base64.b32decode(secret))
    totp.time = clock.now().timestamp() + offset * 30
    return f"{totp.token():06d}"


def give_password(client: Client, user_id: str = "hanako", password: str = PASSWORD, **more: str) -> Any:
    return client.post("/sign-in/", {"user_id": user_id, "password": password, **more})


def sign_in(client: Client, **more: str) -> Any:
    assert give_password(client, **more).headers["Location"] == "/sign-in/code/"
    return client.post("/sign-in/code/", {"code": code_now()})


def codes_of(events: Any) -> list[str]:
    return [code for code in events.order_by("id").values_list("process_code", flat=True) if not code.startswith("accounts.created")]


def test_password_and_code_lead_to_the_page_that_was_asked_for(client: Client, hanako: Staff, as_auditor: AsAuditor) -> None:
    asked = client.get("/desk/?day=2026-11-21")
    assert asked.headers["Location"] == "/sign-in/?next=%2Fdesk%2F%3Fday%3D2026-11-21"
    answer = sign_in(client, next="/desk/?day=2026-11-21")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/desk/?day=2026-11-21")
    assert client.get("/desk/").content == b"desk"
    with as_auditor():
        events = AuditEvent.objects.filter(subject=f"staff:{hanako.pk}")
        assert codes_of(events)[-2:] == ["accounts.password.accepted", "accounts.signed-in"]
        last = events.latest("id")
        assert (last.user_id, last.user_name, last.section, last.client) == ("hanako", "藤沢 花子", "市民窓口課", "127.0.0.1")
        assert last.session_ref != ""


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org/desk/", "javascript:alert(1)", "https:example.org"])
def test_a_sign_in_never_leads_to_another_site(client: Client, hanako: Staff, elsewhere: str) -> None:
    assert sign_in(client, next=elsewhere).headers["Location"] == "/"


def test_the_home_page_of_the_zone_shows_the_form_itself(client: Client, hanako: Staff) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert 'action="/sign-in/"' in page.content.decode()
    assert client.head("/").status_code == 200
    sign_in(client)
    assert client.get("/").content == b"home of hanako"


def test_pages_for_everybody_need_no_session_and_make_none(client: Client) -> None:
    assert client.get("/notice/").content == b"notice"
    assert client.get("/desk/").status_code == 302
    assert client.cookies == {}


def test_a_page_that_declares_nothing_is_closed_and_one_without_the_right_as_well(
    client: Client, hanako: Staff, as_auditor: AsAuditor
) -> None:
    assert client.get("/forgotten/").status_code == 302
    sign_in(client)
    assert [client.get(path).status_code for path in ("/desk/", "/forgotten/", "/administration/")] == [200, 403, 403]
    with as_auditor():
        refused = AuditEvent.objects.filter(process_code="accounts.page.refused")
        assert [(event.content, event.result) for event in refused] == [
            ({"path": "/forgotten/"}, "refused"),
            ({"path": "/administration/"}, "refused"),
        ]


def test_a_right_opens_its_pages(client: Client, hanako: Staff) -> None:
    from madoguchi.platform.accounts.rights import ACCOUNTS_MANAGE

    services.seed_roles([RoleDefinition("administrator", "管理者", (ACCOUNTS_MANAGE,))], NOBODY)
    services.assign_role(hanako, "administrator", actor=NOBODY)
    sign_in(client)
    assert client.get("/administration/").status_code == 200


@pytest.mark.parametrize(("user_id", "password"), [("hanako", "wrong"), ("nobody", PASSWORD)])
def test_a_refusal_does_not_say_what_was_wrong(client: Client, hanako: Staff, user_id: str, password: str) -> None:
    page = give_password(client, user_id, password)
    assert page.status_code == 422
    assert "利用者IDまたはパスワードが違います" in page.content.decode()


@pytest.mark.parametrize("user_id", ["hanako", "nobody", "leaver", "robot"])
def test_a_wrong_password_costs_the_same_work_whoever_it_is_for(
    client: Client, hanako: Staff, user_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaver = services.create_staff(user_id="leaver", name="退職者", section=hanako.section, actor=NOBODY, password=PASSWORD)
    services.close_account(leaver, actor=NOBODY, reason="退職")
    services.create_staff(user_id="robot", name="自動", section=hanako.section, actor=NOBODY, password=None, kind=Staff.Kind.AUTOMATIC)
    hasher = get_hasher()
    hashed: list[str] = []

    def counted(self: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return str(encode(self, password, salt))

    encode = type(hasher).encode
    monkeypatch.setattr(type(hasher), "encode", counted)
    assert "違います" in give_password(client, user_id, "wrong").content.decode()
    assert len(hashed) == 1


def test_a_wrong_user_id_is_not_written_down_because_it_may_be_a_password(client: Client, hanako: Staff, as_auditor: AsAuditor) -> None:
    give_password(client, "kawa-no-hotori-7", "hanako")
    with as_auditor():
        event = AuditEvent.objects.get(process_code="accounts.sign-in.failed")
    assert (event.subject, event.content, event.result) == ("", {"purpose": "sign-in", "user_id": ""}, "refused")


@pytest.mark.parametrize("user_id", ["hanako", "nobody"])
def test_five_wrong_passwords_lock_the_id_for_a_while_wherever_they_come_from(
    client: Client, hanako: Staff, user_id: str, moment: Any
) -> None:
    for last_octet in range(5):
        client.post("/sign-in/", {"user_id": user_id, "password": "wrong"}, REMOTE_ADDR=f"192.0.2.{last_octet}")
    page = client.post("/sign-in/", {"user_id": user_id, "password": PASSWORD}, REMOTE_ADDR="198.51.100.1")
    assert "一時的に使えません" in page.content.decode()
    assert passwords.is_locked(user_id)
    moment.shift(dt.timedelta(minutes=16))
    assert not passwords.is_locked(user_id)


def test_a_lock_is_one_persons_and_an_administrator_opens_it(client: Client, hanako: Staff, as_auditor: AsAuditor) -> None:
    services.create_staff(user_id="taro", name="太郎", section=hanako.section, actor=NOBODY, password=PASSWORD, must_change_password=False)
    for _ in range(5):
        give_password(client, password="wrong")
    assert give_password(client).status_code == 422
    assert give_password(client, "taro").status_code == 302
    services.unlock(hanako, actor=NOBODY)
    assert give_password(client).status_code == 302
    with as_auditor():
        assert AuditEvent.objects.filter(process_code="accounts.locked-out", subject=f"staff:{hanako.pk}").count() == 2


def test_the_failure_table_keeps_neither_passwords_nor_what_else_was_sent(client: Client, hanako: Staff) -> None:
    from axes.models import AccessAttempt

    give_password(client, password="almost-right", next="/desk/?q=secret")
    give_password(client, user_id=PASSWORD, password="hanako")
    rows = AccessAttempt.objects.order_by("pk")
    kept = " ".join(str(value) for row in rows for value in vars(row).values())
    assert [row.username for row in rows] == [passwords.name_in_failures("hanako"), passwords.name_in_failures(PASSWORD)]
    for typed in ("almost-right", "secret", PASSWORD, "hanako"):
        assert typed not in kept


def test_a_code_works_once(client: Client, hanako: Staff, moment: Any) -> None:
    code = code_now()
    assert sign_in(client).status_code == 302
    other = Client()
    give_password(other)
    page = other.post("/sign-in/code/", {"code": code})
    assert page.status_code == 422
    assert "使用済み" in page.content.decode()
    assert other.get("/desk/").status_code == 302
    moment.shift(dt.timedelta(seconds=30))
    assert other.post("/sign-in/code/", {"code": code_now()}).status_code == 302
    assert other.get("/desk/").status_code == 200


def test_in_a_demo_a_code_works_again_while_it_is_shown(client: Client, hanako: Staff, settings: Any, moment: Any) -> None:
    settings.MADOGUCHI_SITE = {"zone": "delivery", "demo": True}
    code = code_now()
    assert sign_in(client).status_code == 302
    other = Client()
    give_password(other)
    assert other.post("/sign-in/code/", {"code": code}).status_code == 302
    late = Client()
    give_password(late)
    moment.shift(dt.timedelta(seconds=90))
    page = late.post("/sign-in/code/", {"code": code})
    assert "確認コードが違います" in page.content.decode()


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_a_clock_half_a_minute_off_is_forgiven(client: Client, hanako: Staff, offset: int) -> None:
    give_password(client)
    assert client.post("/sign-in/code/", {"code": code_now(offset)}).status_code == 302


def test_full_width_digits_and_blanks_in_a_code_are_understood(client: Client, hanako: Staff) -> None:
    give_password(client)
    wide = code_now().translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert client.post("/sign-in/code/", {"code": f" {wide[:3]}　{wide[3:]} "}).status_code == 302


def test_codes_cannot_be_guessed_one_after_the_other(client: Client, hanako: Staff, moment: Any) -> None:
    give_password(client)
    wrong = code_now(offset=100)
    for _ in range(3):
        assert "確認コードが違います" in client.post("/sign-in/code/", {"code": wrong}).content.decode()
    assert "秒待って" in client.post("/sign-in/code/", {"code": code_now()}).content.decode()
    moment.shift(dt.timedelta(seconds=5))
    assert client.post("/sign-in/code/", {"code": code_now()}).status_code == 302


def test_the_password_alone_opens_nothing_and_is_remembered_for_ten_minutes(client: Client, hanako: Staff, moment: Any) -> None:
    give_password(client)
    assert client.get("/desk/").status_code == 302
    assert client.get("/sign-in/code/").status_code == 200
    moment.shift(dt.timedelta(minutes=11))
    assert client.post("/sign-in/code/", {"code": code_now()}).headers["Location"] == "/sign-in/"


def test_the_code_page_without_a_password_before_it_leads_back(client: Client, hanako: Staff) -> None:
    assert client.post("/sign-in/code/", {"code": code_now()}).headers["Location"] == "/sign-in/"


def test_an_account_without_authenticator_enrols_one_first(client: Client, hanako: Staff, as_auditor: AsAuditor, moment: Any) -> None:
    TOTPDevice.objects.all().delete()
    assert give_password(client).headers["Location"] == "/sign-in/enrol/"
    page = client.get("/sign-in/enrol/").content.decode()
    device = TOTPDevice.objects.get()
    secret = base64.b32encode(device.bin_key).decode()
    assert secret in page.replace(" ", "")
    assert "<svg" in page
    assert "style=" not in page
    assert client.get("/desk/").status_code == 302
    assert "確認コードが違います" in client.post("/sign-in/enrol/", {"code": code_now(100, secret)}).content.decode()
    assert client.post("/sign-in/enrol/", {"code": code_now(0, secret)}).headers["Location"] == "/"
    assert client.get("/desk/").status_code == 200
    with as_auditor():
        assert AuditEvent.objects.filter(process_code="accounts.factor.enrolled").count() == 1
    other = Client()
    assert give_password(other).headers["Location"] == "/sign-in/code/"
    assert "使用済み" in other.post("/sign-in/code/", {"code": code_now(0, secret)}).content.decode()


def test_enrolment_cannot_replace_an_authenticator(client: Client, hanako: Staff) -> None:
    give_password(client)
    assert client.get("/sign-in/enrol/").headers["Location"] == "/sign-in/code/"
    assert client.post("/sign-in/enrol/", {"code": "123456"}).headers["Location"] == "/sign-in/code/"
    assert TOTPDevice.objects.get().confirmed


def test_where_the_zone_says_so_a_password_is_enough(client: Client, hanako: Staff, settings: Any) -> None:
    settings.MADOGUCHI_SECOND_FACTOR = False
    TOTPDevice.objects.all().delete()
    assert give_password(client).headers["Location"] == "/"
    assert client.get("/desk/").status_code == 200


def test_the_session_has_a_new_key_and_the_table_keeps_its_hash(client: Client, hanako: Staff) -> None:
    give_password(client)
    before = client.cookies["madoguchi_booking_session"].value
    client.post("/sign-in/code/", {"code": code_now()})
    after = client.cookies["madoguchi_booking_session"].value
    assert before != after
    assert list(Session.objects.values_list("session_key", flat=True)) == [stored_key(after)]


def test_a_session_that_rests_too_long_ends_and_the_page_says_why(
    client: Client, hanako: Staff, as_auditor: AsAuditor, moment: Any
) -> None:
    sign_in(client)
    moment.shift(dt.timedelta(minutes=14))
    assert client.get("/desk/").status_code == 200
    moment.shift(dt.timedelta(minutes=14))
    assert client.get("/desk/").status_code == 200
    moment.shift(dt.timedelta(minutes=15))
    answer = client.get("/desk/?day=1", follow=True)
    assert answer.redirect_chain == [("/sign-in/?next=%2Fdesk%2F%3Fday%3D1&reason=idle", 302)]
    assert "操作がないまま" in answer.content.decode()
    with as_auditor():
        assert AuditEvent.objects.get(process_code="accounts.session.ended").content == {"reason": "idle"}


def test_the_home_page_says_why_as_well_and_public_pages_go_on(client: Client, hanako: Staff, moment: Any) -> None:
    sign_in(client)
    moment.shift(dt.timedelta(minutes=20))
    page = client.get("/")
    assert page.status_code == 200
    assert "操作がないまま" in page.content.decode()
    assert client.get("/notice/").content == b"notice"


def test_what_was_sent_into_an_ended_session_is_said_to_be_lost(client: Client, hanako: Staff, moment: Any) -> None:
    sign_in(client)
    moment.shift(dt.timedelta(minutes=20))
    answer = client.post("/desk/", {"memo": "x"}, headers={"referer": "http://testserver/desk/?day=2"}, follow=True)
    assert answer.redirect_chain == [("/sign-in/?next=%2Fdesk%2F%3Fday%3D2&reason=idle&lost=1", 302)]
    assert "保存されていません" in answer.content.decode()


def test_a_page_part_takes_the_whole_window_to_the_sign_in(client: Client) -> None:
    answer = client.get("/desk/", headers={"hx-request": "true", "hx-current-url": "http://testserver/desk/?day=3"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in/?next=%2Fdesk%2F%3Fday%3D3")


def test_a_session_ends_after_ten_hours_however_busy(client: Client, hanako: Staff, moment: Any) -> None:
    sign_in(client)
    for _ in range(59):
        moment.shift(dt.timedelta(minutes=10))
        assert client.get("/desk/").status_code == 200
    moment.shift(dt.timedelta(minutes=10))
    assert "reason=too-long" in client.get("/desk/").headers["Location"]


def test_a_page_that_refreshes_by_itself_keeps_nobody_awake(client: Client, hanako: Staff, moment: Any) -> None:
    sign_in(client)
    for _ in range(14):
        moment.shift(dt.timedelta(minutes=1))
        assert client.get("/board/").status_code == 200
    moment.shift(dt.timedelta(minutes=1))
    assert "reason=idle" in client.get("/board/").headers["Location"]


def test_a_second_session_ends_the_first_and_both_are_told(client: Client, hanako: Staff, moment: Any) -> None:
    sign_in(client)
    moment.shift(dt.timedelta(seconds=30))
    other = Client()
    answer = sign_in(other)
    assert ["ほかの端末" in str(message) for message in get_messages(answer.wsgi_request)] == [True]
    assert "reason=elsewhere" in client.get("/desk/").headers["Location"]
    assert other.get("/desk/").status_code == 200


def test_in_a_demo_several_people_use_one_account(client: Client, hanako: Staff, settings: Any, moment: Any) -> None:
    settings.MADOGUCHI_SITE = {"zone": "delivery", "demo": True}
    other = Client()
    assert list(get_messages(sign_in(client).wsgi_request)) == []
    assert list(get_messages(sign_in(other).wsgi_request)) == []
    assert [one.get("/desk/").status_code for one in (client, other)] == [200, 200]
    kept = client.cookies["madoguchi_booking_session"].value
    client.post("/sign-out/")
    assert other.get("/desk/").status_code == 200
    client.cookies["madoguchi_booking_session"] = kept
    assert client.get("/desk/").status_code == 302
    moment.shift(dt.timedelta(minutes=16))
    assert "reason=idle" in other.get("/desk/").headers["Location"]


def test_every_page_tells_when_one_was_signed_in_before(client: Client, hanako: Staff, moment: Any, settings: Any) -> None:
    settings.MADOGUCHI_SHELL = f"{OFFICE}.shell"
    sign_in(client)
    assert "今回が初めてのログインです。" in client.get("/preferences/").content.decode()
    assert "前回のログイン" not in client.get("/password/").content.decode()
    moment.shift(dt.timedelta(minutes=30))
    again = Client()
    sign_in(again)
    assert "前回のログインは2026年11月20日 09:00です。" in again.get("/preferences/").content.decode()
    assert "前回のログイン 11月20日 09:00" in again.get("/password/").content.decode()


def test_a_session_long_over_is_not_announced(client: Client, hanako: Staff, moment: Any) -> None:
    sign_in(client)
    moment.shift(dt.timedelta(minutes=30))
    assert list(get_messages(sign_in(Client()).wsgi_request)) == []


def test_signing_out_ends_the_session_on_the_server(client: Client, hanako: Staff, as_auditor: AsAuditor) -> None:
    sign_in(client)
    kept = client.cookies["madoguchi_booking_session"].value
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"
    client.cookies["madoguchi_booking_session"] = kept
    assert client.get("/desk/").status_code == 302
    with as_auditor():
        assert AuditEvent.objects.filter(process_code="accounts.signed-out", user_id="hanako").count() == 1


def test_a_closed_account_is_out_at_once_and_stays_out(client: Client, hanako: Staff) -> None:
    sign_in(client)
    services.close_account(hanako, actor=NOBODY, reason="異動")
    assert client.get("/desk/").status_code == 302
    assert "利用者IDまたはパスワードが違います" in give_password(client).content.decode()


def test_the_back_button_after_the_sign_in_leads_home(client: Client, hanako: Staff) -> None:
    sign_in(client)
    for path in ("/sign-in/code/", "/sign-in/"):
        back = client.get(path)
        assert (back.headers["Location"], list(get_messages(back.wsgi_request))) == ("/", [])


def test_somebody_signed_in_is_not_asked_again(client: Client, hanako: Staff) -> None:
    sign_in(client)
    assert client.get("/sign-in/?next=/desk/").headers["Location"] == "/desk/"


def change_password(client: Client, old: str, new: str, again: str | None = None) -> Any:
    return client.post("/password/", {"old_password": old, "new_password": new, "repeated_password": new if again is None else again})


def test_a_password_is_changed_with_the_old_one_and_its_age_is_shown(client: Client, hanako: Staff, moment: Any) -> None:
    moment.shift(dt.timedelta(days=40))
    sign_in(client)
    assert "40日前" in client.get("/password/").content.decode()
    assert "今のパスワードが違います" in change_password(client, "wrong", "yama-no-fumoto-9").content.decode()
    assert "一致しません" in change_password(client, PASSWORD, "yama-no-fumoto-9", "other").content.decode()
    assert "同じです" in change_password(client, PASSWORD, PASSWORD).content.decode()
    assert change_password(client, PASSWORD, "short").status_code == 422
    assert change_password(client, PASSWORD, "yama-no-fumoto-9").status_code == 302
    assert client.get("/desk/").status_code == 200
    hanako.refresh_from_db()
    assert hanako.check_password("yama-no-fumoto-9")
    assert hanako.password_changed_at == clock.now()


def test_a_password_given_by_an_administrator_must_be_changed_first(client: Client, hanako: Staff, moment: Any) -> None:
    given = services.issue_new_password(hanako, actor=NOBODY)
    give_password(client, password=given)
    client.post("/sign-in/code/", {"code": code_now()})
    assert client.get("/desk/").headers["Location"] == "/password/"
    assert client.get("/notice/").status_code == 200
    assert change_password(client, given, "yama-no-fumoto-9").headers["Location"] == "/"
    assert client.get("/desk/").status_code == 200
