"""Authenticators as the second factor: registration, sign-in, removal, and every answer that is not to be taken."""

import base64
import datetime as dt
import html
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.test import Client
from django_otp.oath import TOTP

from madoguchi.platform import clock
from madoguchi.platform.accounts import second_factor, security_keys, services
from madoguchi.platform.accounts.access import actor_for
from madoguchi.platform.accounts.models import KeyChallenge, SecurityKey, Staff
from madoguchi.platform.accounts.rights import ACCOUNTS_MANAGE, Right, RoleDefinition
from madoguchi.platform.accounts.rules import Obstacle, key_obstacle, origin_of
from madoguchi.platform.accounts.security_keys import KeyRefused
from madoguchi.platform.accounts.tests.software_key import SoftwareKey, another_challenge
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent

AsAuditor = Callable[[], AbstractContextManager[None]]
PASSWORD = "kawa-no-hotori-7"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ORIGIN = "http://localhost"
NOBODY = automatic("test")

pytestmark = pytest.mark.urls("madoguchi.platform.accounts.tests.office_urls")


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://madoguchi.city.example.lg.jp/", "https://madoguchi.city.example.lg.jp"),
        ("HTTPS://Madoguchi.City.Example.lg.jp:443", "https://madoguchi.city.example.lg.jp"),
        ("https://madoguchi.city.example.lg.jp:8443/desk/", "https://madoguchi.city.example.lg.jp:8443"),
        ("http://localhost:8002", "http://localhost:8002"),
        ("https://[2001:db8::1]:8443/", "https://[2001:db8::1]:8443"),
        ("madoguchi.city.example.lg.jp", ""),
        ("ftp://city.example.lg.jp", ""),
        ("https://city.example.lg.jp:port", ""),
        ("", ""),
    ],
)
def test_origin_is_written_as_browsers_write_it(address: str, origin: str) -> None:
    assert origin_of(address) == origin


@pytest.mark.parametrize(
    ("configured", "seen", "obstacle"),
    [
        ("https://madoguchi.city.example.lg.jp", "https://madoguchi.city.example.lg.jp", None),
        ("https://madoguchi.city.example.lg.jp/", "https://madoguchi.city.example.lg.jp:443", None),
        ("http://localhost:8002", "http://localhost:8002", None),
        ("http://localhost:8002", "http://127.0.0.1:8002", Obstacle.ELSEWHERE),
        ("http://localhost:8002", "http://localhost:8001", Obstacle.ELSEWHERE),
        ("https://madoguchi.city.example.lg.jp", "http://madoguchi.city.example.lg.jp", Obstacle.ELSEWHERE),
        ("http://madoguchi.city.example.lg.jp", "http://madoguchi.city.example.lg.jp", Obstacle.UNFIT),
        ("https://192.0.2.7", "https://192.0.2.7", Obstacle.UNFIT),
        ("https://[2001:db8::1]", "https://[2001:db8::1]", Obstacle.UNFIT),
        ("https://madoguchi", "https://madoguchi", Obstacle.UNFIT),
        ("madoguchi.city.example.lg.jp", "https://madoguchi.city.example.lg.jp", Obstacle.UNFIT),
        ("", "https://madoguchi.city.example.lg.jp", Obstacle.NOT_SET),
    ],
)
def test_authenticators_work_on_https_names_and_localhost_alone(configured: str, seen: str, obstacle: Obstacle | None) -> None:
    assert key_obstacle(configured, seen) is obstacle


@pytest.fixture
def address(settings: Any) -> None:
    settings.MADOGUCHI_STAFF_ADDRESS = ORIGIN


def account(user_id: str, *, app: bool = True) -> Staff:
    staff = services.create_staff(
        user_id=user_id,
        name=f"試験 {user_id}",
        section=services.section_named("100", "市民窓口課"),
        actor=NOBODY,
        password=PASSWORD,
        must_change_password=False,
    )
    if app:
        services.set_totp_secret(staff, SECRET, actor=NOBODY)
    return staff


def browser() -> Client:
    return Client(SERVER_NAME="localhost")


def options_on(page: Any) -> str:
    found = re.search(r'data-options="([^"]+)"', page.content.decode())
    assert found is not None, "the page asks no authenticator"
    return html.unescape(found[1])


def give_password(client: Client, staff: Staff) -> Any:
    return client.post("/sign-in/", {"user_id": staff.user_id, "password": PASSWORD})


def enter(staff: Staff) -> Client:
    """Return a client in which `staff` is signed in, whatever their factors."""
    from django.contrib.auth.models import AnonymousUser
    from django.test import RequestFactory

    from madoguchi.platform.accounts import sign_in
    from madoguchi.platform.accounts.sessions import SessionStore

    client, request = browser(), RequestFactory().get("/")
    request.user, request.session = AnonymousUser(), SessionStore()
    sign_in.open_session(request, staff)
    request.session.save()
    client.cookies["madoguchi_booking_session"] = str(request.session.session_key)
    return client


def add_key(staff: Staff, key: SoftwareKey, name: str = "机の鍵") -> Any:
    client = enter(staff)
    page = client.post("/security-keys/", {"name": name, "password": PASSWORD})
    return client.post("/security-keys/add/", {"name": name, "answer": key.make(options_on(page), origin=ORIGIN)}, follow=True)


@pytest.fixture
def hanako(db: None, address: None) -> tuple[Staff, SoftwareKey]:
    """An account with an app and an authenticator."""
    staff, key = account("hanako"), SoftwareKey()
    add_key(staff, key)
    assert SecurityKey.objects.filter(staff=staff).count() == 1
    return staff, key


def events(as_auditor: AsAuditor, staff: Staff) -> list[tuple[str, str, Any]]:
    with as_auditor():
        found = AuditEvent.objects.filter(subject=f"staff:{staff.pk}").order_by("id")
        return [(event.process_code, event.result, event.content.get("answer")) for event in found]


def test_password_and_authenticator_lead_in(hanako: tuple[Staff, SoftwareKey], as_auditor: AsAuditor) -> None:
    staff, key = hanako
    client = browser()
    assert give_password(client, staff).headers["Location"] == "/sign-in/code/"
    page = client.get("/sign-in/code/")
    assert "認証器を使う" in page.content.decode()
    assert "確認コード" in page.content.decode()
    answer = client.post("/sign-in/key/", {"answer": key.use(options_on(page), origin=ORIGIN)})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.get("/desk/").content == b"desk"
    held = SecurityKey.objects.get(staff=staff)
    assert (held.sign_count, held.transports, held.last_used_at is not None) == (1, ["usb"], True)
    codes = [code for code, _result, _answer in events(as_auditor, staff)]
    assert codes[-3:] == ["accounts.password.accepted", "accounts.key.accepted", "accounts.signed-in"]
    assert "accounts.key.added" in codes
    assert not KeyChallenge.objects.exists()


WRONG: dict[str, tuple[Callable[[SoftwareKey, str], str], str]] = {
    "challenge": (lambda key, asked: key.use(asked, origin=ORIGIN, challenge=another_challenge(asked)), "invalid"),
    "origin": (lambda key, asked: key.use(asked, origin="https://example.org"), "invalid"),
    "relying party": (lambda key, asked: key.use(asked, origin=ORIGIN, rp_id="example.org"), "invalid"),
    "signature": (lambda key, asked: key.use(asked, origin=ORIGIN, signer=SoftwareKey()), "invalid"),
    "nobody verified": (lambda key, asked: key.use(asked, origin=ORIGIN, verified=False), "invalid"),
    "unknown key": (lambda _key, asked: SoftwareKey().use(asked, origin=ORIGIN), "unknown"),
    "no answer": (lambda _key, _asked: '{"id": 7}', "unknown"),
    "no json": (lambda _key, _asked: "[", "invalid"),
    "too deep": (lambda _key, _asked: "[" * 49_000, "invalid"),
    "half an answer": (lambda key, asked: key.use(asked, origin=ORIGIN).replace("clientDataJSON", "other"), "invalid"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_answer_opens_nothing(hanako: tuple[Staff, SoftwareKey], as_auditor: AsAuditor, wrong: str) -> None:
    staff, key = hanako
    client = browser()
    give_password(client, staff)
    make, fault = WRONG[wrong]
    answer = client.post("/sign-in/key/", {"answer": make(key, options_on(client.get("/sign-in/code/")))})
    assert answer.status_code == 422
    assert client.get("/desk/").status_code == 302
    assert events(as_auditor, staff)[-1] == ("accounts.sign-in.failed", "refused", fault)
    # The page that came back asks anew, and the right answer to it is taken.
    assert client.post("/sign-in/key/", {"answer": key.use(options_on(answer), origin=ORIGIN)}).status_code == 302


def test_an_answer_is_taken_once_and_in_its_own_session_alone(hanako: tuple[Staff, SoftwareKey], as_auditor: AsAuditor) -> None:
    staff, key = hanako
    first, second = browser(), browser()
    give_password(first, staff)
    give_password(second, staff)
    answer = key.use(options_on(first.get("/sign-in/code/")), origin=ORIGIN)
    assert second.post("/sign-in/key/", {"answer": answer}).status_code == 422
    assert events(as_auditor, staff)[-1][2] == "expired"
    asked = second.get("/sign-in/code/")
    assert second.post("/sign-in/key/", {"answer": answer}).status_code == 422
    assert events(as_auditor, staff)[-1][2] == "invalid"
    assert first.post("/sign-in/key/", {"answer": answer}).status_code == 302
    assert asked.status_code == 200
    third = browser()
    give_password(third, staff)
    assert third.post("/sign-in/key/", {"answer": answer}).status_code == 422


def test_a_question_is_answered_within_five_minutes(hanako: tuple[Staff, SoftwareKey], as_auditor: AsAuditor) -> None:
    staff, key = hanako
    client = browser()
    with time_machine.travel(clock.now(), tick=False) as moment:
        give_password(client, staff)
        answer = key.use(options_on(client.get("/sign-in/code/")), origin=ORIGIN)
        moment.shift(dt.timedelta(minutes=5))
        assert client.post("/sign-in/key/", {"answer": answer}).status_code == 422
    assert events(as_auditor, staff)[-1][2] == "expired"


@pytest.mark.parametrize(("steps", "taken"), [(1, True), (-1, False), (-2, False)])
def test_a_counter_that_stands_still_or_goes_back_is_refused(
    hanako: tuple[Staff, SoftwareKey], as_auditor: AsAuditor, steps: int, taken: bool
) -> None:
    staff, key = hanako
    SecurityKey.objects.filter(staff=staff).update(sign_count=7)
    key.count, key.steps = 8, steps
    client = browser()
    give_password(client, staff)
    answer = client.post("/sign-in/key/", {"answer": key.use(options_on(client.get("/sign-in/code/")), origin=ORIGIN)})
    assert (answer.status_code == 302) is taken
    if not taken:
        assert "複製された恐れ" in answer.content.decode()
        assert events(as_auditor, staff)[-1][2] == "counter"


def test_a_key_that_does_not_count_is_taken_again(hanako: tuple[Staff, SoftwareKey]) -> None:
    staff, key = hanako
    key.steps = 0
    for _ in range(2):
        client = browser()
        give_password(client, staff)
        answer = key.use(options_on(client.get("/sign-in/code/")), origin=ORIGIN)
        assert client.post("/sign-in/key/", {"answer": answer}).status_code == 302


def test_the_key_of_another_person_opens_nothing(hanako: tuple[Staff, SoftwareKey]) -> None:
    taro, key_of_taro = account("taro"), SoftwareKey()
    add_key(taro, key_of_taro)
    client = browser()
    give_password(client, hanako[0])
    answer = client.post("/sign-in/key/", {"answer": key_of_taro.use(options_on(client.get("/sign-in/code/")), origin=ORIGIN)})
    assert answer.status_code == 422
    assert "この利用者に登録された認証器ではありません" in answer.content.decode()


def test_five_wrong_answers_lock_the_account_like_wrong_passwords(hanako: tuple[Staff, SoftwareKey], as_auditor: AsAuditor) -> None:
    staff, key = hanako
    client = browser()
    give_password(client, staff)
    page = client.get("/sign-in/code/")
    for _ in range(5):
        page = client.post("/sign-in/key/", {"answer": key.use(options_on(page), origin="https://example.org")})
    assert events(as_auditor, staff)[-1][0] == "accounts.locked-out"
    right = client.post("/sign-in/key/", {"answer": key.use(options_on(page), origin=ORIGIN)})
    assert right.status_code == 422
    assert "一時的に使えません" in right.content.decode()
    assert "一時的に使えません" in give_password(browser(), staff).content.decode()


def test_the_second_step_needs_the_first(hanako: tuple[Staff, SoftwareKey]) -> None:
    assert browser().post("/sign-in/key/", {"answer": "{}"}).headers["Location"] == "/sign-in/"
    assert browser().post("/sign-in/enrol/key/", {"answer": "{}"}).headers["Location"] == "/sign-in/"


def test_a_key_is_added_with_the_password_alone_that_is_right(db: None, address: None) -> None:
    staff = account("hanako")
    client = enter(staff)
    assert client.post("/security-keys/", {"name": "机の鍵", "password": "wrong"}).status_code == 422
    # Nothing was asked of an authenticator, so that no answer can be to it.
    page = client.post("/security-keys/add/", {"name": "机の鍵", "answer": "{}"}, follow=True)
    assert "もう一度" in page.content.decode()
    assert not SecurityKey.objects.exists()


@pytest.mark.parametrize(("allowed", "kept"), [(False, 0), (True, 1)])
def test_a_key_that_a_cloud_copies_is_taken_where_the_zone_says_so(
    db: None, address: None, settings: Any, allowed: bool, kept: int
) -> None:
    settings.MADOGUCHI_SYNCED_KEYS = allowed
    add_key(account("hanako"), SoftwareKey(synced=True))
    assert SecurityKey.objects.count() == kept


def test_a_new_key_has_to_ask_for_its_pin(db: None, address: None, settings: Any) -> None:
    staff, key = account("hanako"), SoftwareKey()
    client = enter(staff)
    for asks, kept in ((True, 0), (False, 1)):
        settings.MADOGUCHI_KEY_USER_VERIFICATION = asks
        page = client.post("/security-keys/", {"name": "机の鍵", "password": PASSWORD})
        answer = key.make(options_on(page), origin=ORIGIN, verified=False)
        client.post("/security-keys/add/", {"name": "机の鍵", "answer": answer})
        assert SecurityKey.objects.count() == kept


def test_names_and_keys_are_taken_once(hanako: tuple[Staff, SoftwareKey]) -> None:
    staff, key = hanako
    client = enter(staff)
    assert "同じ名前の認証器があります" in client.post("/security-keys/", {"name": "机の鍵", "password": PASSWORD}).content.decode()
    assert "すでに登録されています" in add_key(staff, key, "別の名前").content.decode()
    assert "すでに登録されています" in add_key(account("taro"), key).content.decode()


def test_ones_own_key_goes_with_the_password(hanako: tuple[Staff, SoftwareKey], as_auditor: AsAuditor) -> None:
    staff, _key = hanako
    client, held = enter(staff), SecurityKey.objects.get(staff=staff)
    assert client.post("/security-keys/remove/", {"remove-key": held.pk, "remove-password": "wrong"}).status_code == 422
    client.post("/security-keys/remove/", {"remove-key": held.pk, "remove-password": PASSWORD})
    assert not SecurityKey.objects.exists()
    assert events(as_auditor, staff)[-1][0] == "accounts.key.removed"


def test_the_last_second_factor_stays(hanako: tuple[Staff, SoftwareKey]) -> None:
    staff, _key = hanako
    from django_otp.plugins.otp_totp.models import TOTPDevice

    TOTPDevice.objects.filter(user=staff).delete()
    held = SecurityKey.objects.get(staff=staff)
    page = enter(staff).post("/security-keys/remove/", {"remove-key": held.pk, "remove-password": PASSWORD})
    assert (page.status_code, SecurityKey.objects.count()) == (422, 1)
    assert "最後の認証手段" in page.content.decode()


def test_nobody_removes_the_key_of_another_by_its_number(hanako: tuple[Staff, SoftwareKey]) -> None:
    held = SecurityKey.objects.get(staff=hanako[0])
    page = enter(account("taro")).post("/security-keys/remove/", {"remove-key": held.pk, "remove-password": PASSWORD})
    assert (page.status_code, SecurityKey.objects.count()) == (422, 1)


def test_an_administrator_removes_a_lost_key_and_two_people_the_last_factor(
    hanako: tuple[Staff, SoftwareKey], as_auditor: AsAuditor
) -> None:
    staff, _key = hanako
    services.seed_roles([RoleDefinition("administrator", "管理者", (ACCOUNTS_MANAGE,))], NOBODY)
    boss = account("boss")
    services.assign_role(boss, "administrator", actor=NOBODY)
    client, held = enter(boss), SecurityKey.objects.get(staff=staff)
    assert "机の鍵" in client.get(f"/accounts/{staff.pk}/").content.decode()
    assert client.post(f"/accounts/{staff.pk}/key/", {"lost-key": held.pk}).status_code == 422
    client.post(f"/accounts/{staff.pk}/key/", {"lost-key": held.pk, "lost-reason": "落とした"})
    assert not SecurityKey.objects.exists()
    with as_auditor():
        gone = AuditEvent.objects.get(process_code="accounts.key.removed")
        assert (gone.user_id, gone.reason) == ("boss", "落とした")
    add_key(staff, SoftwareKey(), "次の鍵")
    services.remove_second_factor(staff, actor=NOBODY)
    assert not second_factor.is_enrolled(staff)


def test_the_first_sign_in_enrols_a_key_in_place_of_an_app(db: None, address: None) -> None:
    staff, key = account("hanako", app=False), SoftwareKey()
    client = browser()
    assert give_password(client, staff).headers["Location"] == "/sign-in/enrol/"
    options = options_on(client.get("/sign-in/enrol/"))
    assert client.post("/sign-in/enrol/key/", {"answer": key.make(options, origin=ORIGIN)}).status_code == 422
    options = options_on(client.get("/sign-in/enrol/"))
    kept = client.post("/sign-in/enrol/key/", {"name": "職員カード", "answer": key.make(options, origin=ORIGIN)})
    assert kept.headers["Location"] == "/"
    assert client.get("/desk/").content == b"desk"
    # From the second time on the key is asked for, and the page offers no code that the account does not have.
    again = browser()
    give_password(again, staff)
    assert 'name="code"' not in again.get("/sign-in/code/").content.decode()


def test_the_password_alone_adds_no_factor_to_an_account_that_has_one(db: None, address: None) -> None:
    staff, key = account("hanako", app=False), SoftwareKey()
    add_key(staff, key)
    client = browser()
    give_password(client, staff)
    assert client.get("/sign-in/enrol/").headers["Location"] == "/sign-in/code/"
    assert client.post("/sign-in/enrol/", {"code": "123456"}).headers["Location"] == "/sign-in/code/"
    assert client.post("/sign-in/enrol/key/", {"name": "x", "answer": "{}"}).headers["Location"] == "/sign-in/code/"


def test_an_app_joins_a_key_from_ones_own_session_with_the_password(db: None, address: None) -> None:
    staff = account("hanako", app=False)
    add_key(staff, SoftwareKey())
    client = enter(staff)
    assert "認証アプリを登録する" in client.get("/password/").content.decode()
    page = client.get("/sign-in/enrol/").content.decode()
    secret = "".join(re.findall(r"[A-Z2-7]{4}(?= |</code>)", page))
    totp = TOTP(base64.b32decode(secret))
    totp.time = clock.now().timestamp()
    code = f"{totp.token():06d}"
    assert client.post("/sign-in/enrol/", {"code": code}).status_code == 422
    assert client.post("/sign-in/enrol/", {"code": code, "password": "wrong"}).status_code == 422
    assert not second_factor.has_app(staff)
    assert client.post("/sign-in/enrol/", {"code": code, "password": PASSWORD}).headers["Location"] == "/password/"
    assert second_factor.has_app(staff)


OF_SECOND: dict[str, Callable[[SoftwareKey, str], str]] = {
    "right": lambda key, asked: key.use(asked, origin=ORIGIN),
    "challenge": lambda key, asked: key.use(asked, origin=ORIGIN, challenge=another_challenge(asked)),
    "origin": lambda key, asked: key.use(asked, origin="https://example.org"),
    "nobody verified": lambda key, asked: key.use(asked, origin=ORIGIN, verified=False),
    "another key": lambda _key, asked: SoftwareKey().use(asked, origin=ORIGIN),
    "no answer": lambda _key, _asked: "{}",
    "too deep": lambda _key, _asked: "[" * 49_000,
}


@pytest.mark.parametrize("case", OF_SECOND)
def test_a_second_person_confirms_with_a_key(hanako: tuple[Staff, SoftwareKey], settings: Any, case: str) -> None:
    # A zone that asks for no PIN at the sign-in asks for it here: the key stands in place of the password.
    settings.MADOGUCHI_KEY_USER_VERIFICATION = False
    second, key = hanako
    first = account("taro")
    client = enter(first)
    asked = client.post("/security-keys/second-person/", {"witness_user_id": "hanako"}).content.decode()
    actor = actor_for(first, session_ref=Staff.objects.get(pk=first.pk).session_ref)
    answer = OF_SECOND[case](key, asked)
    if case != "right":
        with pytest.raises(KeyRefused):
            security_keys.check_witness(second, answer, actor=actor)
        return
    with pytest.raises(KeyRefused):
        security_keys.check_witness(second, answer, actor=replace(actor, session_ref="another"))
    with pytest.raises(KeyRefused):
        security_keys.check_witness(first, answer, actor=actor)
    assert security_keys.check_witness(second, answer, actor=actor).name == "机の鍵"
    with pytest.raises(KeyRefused):
        security_keys.check_witness(second, answer, actor=actor)


def test_the_form_of_the_second_person_takes_a_key_in_place_of_the_password(
    hanako: tuple[Staff, SoftwareKey], as_auditor: AsAuditor
) -> None:
    second, key = hanako
    first, right = account("taro"), Right("orders.approve", "注文の承認")
    client = enter(first)
    actor = actor_for(first, session_ref=Staff.objects.get(pk=first.pk).session_ref)

    def confirm(user_id: str = "hanako", origin: str = ORIGIN) -> WitnessForm:
        asked = client.post("/security-keys/second-person/", {"witness_user_id": "hanako"}).content.decode()
        form = WitnessForm({"witness_user_id": user_id, "witness_answer": key.use(asked, origin=origin)})
        assert form.witness(right, actor) == (second if not form.errors else None)
        return form

    assert "権限がありません" in str(confirm().errors)
    services.seed_roles([RoleDefinition("approver", "承認者", (right,))], NOBODY)
    services.assign_role(second, "approver", actor=NOBODY)
    assert not confirm().errors
    with as_auditor():
        seen = AuditEvent.objects.filter(process_code="approvals.witnessed").latest("id")
        assert (seen.user_id, seen.content, seen.result) == ("hanako", {"first": "taro", "right": "orders.approve"}, "done")
    wrong = confirm(origin="https://example.org")
    assert "確かめられませんでした" in str(wrong.errors)
    assert "value" not in str(wrong["witness_answer"]), "an answer that was refused is not sent again"
    assert "違います" in str(confirm(user_id="nobody").errors)
    assert "別の人" in str(confirm(user_id="taro").errors)
    assert events(as_auditor, second)[-1] == ("accounts.sign-in.failed", "refused", "invalid")


def test_only_another_person_with_a_key_is_asked(hanako: tuple[Staff, SoftwareKey], settings: Any) -> None:
    client = enter(account("taro"))
    for user_id in ("taro", "nobody", "", "x" * 300):
        assert client.post("/security-keys/second-person/", {"witness_user_id": user_id}).status_code == 422
    account("jiro")
    assert "認証器がありません" in client.post("/security-keys/second-person/", {"witness_user_id": "jiro"}).json()["message"]
    settings.MADOGUCHI_STAFF_ADDRESS = ""
    assert client.post("/security-keys/second-person/", {"witness_user_id": "hanako"}).status_code == 422


@pytest.mark.parametrize(
    ("configured", "words"),
    [("", "staff_address"), ("https://192.0.2.7", "IPアドレス"), ("https://madoguchi.city.example.lg.jp", "別の住所で開いています")],
)
def test_the_page_says_why_there_are_no_authenticators(db: None, settings: Any, configured: str, words: str) -> None:
    settings.MADOGUCHI_STAFF_ADDRESS = configured
    page = enter(account("hanako")).get("/security-keys/").content.decode()
    assert words in page
    assert "次へ進む" not in page
