"""Sign-in through the municipality's own service: who comes in, who does not, and what is said when it does not answer."""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from madoguchi.platform import clock
from madoguchi.platform.accounts import identity_provider, services
from madoguchi.platform.accounts.identity_provider import Identity, ProviderFault, Question, discover, identity_in
from madoguchi.platform.accounts.models import LinkedIdentity, Staff
from madoguchi.platform.accounts.provider_settings import Provider, is_trustworthy
from madoguchi.platform.accounts.rights import ACCOUNTS_APPROVE, ACCOUNTS_MANAGE, RoleDefinition
from madoguchi.platform.accounts.tests.office_provider import CLIENT, OfficeProvider, authority, running
from madoguchi.platform.accounts.tests.test_security_keys import PASSWORD, account, enter
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.verbs import Refusal

AsAuditor = Callable[[], AbstractContextManager[None]]
NOBODY = automatic("test")
ISSUER = "https://sso.city.example.lg.jp/adfs"
NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=clock.TOKYO)
STAMP = int(NOW.timestamp())

pytestmark = pytest.mark.urls("madoguchi.platform.accounts.tests.office_urls")


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.generate_key(2048)


@pytest.fixture(scope="module")
def foreign_key() -> RSAKey:
    return RSAKey.generate_key(2048)


# What a token says, in values.

PROVIDER = Provider(ISSUER, CLIENT, acr=("c2",), amr=("mfa", "sc"))
QUESTION = Question("state", "nonce", "verifier", STAMP)
RIGHT: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "hanako",
    "aud": CLIENT,
    "iat": STAMP,
    "exp": STAMP + 300,
    "auth_time": STAMP,
    "nonce": "nonce",
}


def keys(key: RSAKey) -> dict[str, Any]:
    return {"keys": [{**key.as_dict(private=False), "kid": "1"}, {"kty": "oct", "k": "c2VjcmV0"}, {"kty": "of tomorrow"}]}


def read(key: RSAKey, token: str, provider: Provider = PROVIDER) -> Identity:
    return identity_in(token, keys(key), provider, QUESTION, now=NOW)


@pytest.mark.parametrize(
    ("more", "strong"),
    [
        ({}, False),
        ({"acr": "c2"}, True),
        ({"acr": "c1"}, False),
        ({"amr": ["pwd", "mfa"]}, True),
        ({"amr": ["pwd"]}, False),
        ({"amr": "mfa"}, False),
        ({"aud": [CLIENT]}, False),
        ({"aud": [CLIENT, "mail"], "azp": CLIENT}, False),
        ({"exp": STAMP - 30}, False),
    ],
)
def test_a_right_token_names_the_person_and_says_how_sure_it_is(key: RSAKey, more: dict[str, Any], strong: bool) -> None:
    token = jwt.encode({"alg": "RS256", "kid": "1"}, {**RIGHT, **more}, key)
    assert read(key, token) == Identity(ISSUER, "hanako", strong)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"nonce": "another"}, "InvalidClaimError"),
        ({"nonce": None}, "MissingClaimError"),
        ({"aud": "mail"}, "InvalidClaimError"),
        ({"aud": ["mail", "calendar"]}, "InvalidClaimError"),
        ({"aud": [CLIENT, "mail"]}, "azp"),
        ({"azp": "mail"}, "azp"),
        ({"iss": "https://sso.example.org/adfs"}, "InvalidClaimError"),
        ({"iss": ISSUER + "/"}, "InvalidClaimError"),
        ({"exp": STAMP - 61}, "ExpiredTokenError"),
        ({"exp": None}, "MissingClaimError"),
        ({"iat": STAMP + 120}, "InvalidClaimError"),
        ({"sub": None}, "MissingClaimError"),
        ({"sub": ["hanako"]}, "InvalidClaimError"),
        ({"sub": "h" * 256}, "sub"),
        ({"sub": "hana\nko"}, "sub"),
        ({"auth_time": None}, "auth_time"),
        ({"auth_time": STAMP - 61}, "auth_time"),
        ({"auth_time": True}, "auth_time"),
    ],
)
def test_a_token_that_is_wrong_in_one_thing_names_nobody(key: RSAKey, wrong: dict[str, Any], why: str) -> None:
    claims = {name: one for name, one in {**RIGHT, **wrong}.items() if one is not None}
    with pytest.raises(ProviderFault) as raised:
        read(key, jwt.encode({"alg": "RS256", "kid": "1"}, claims, key))
    assert (raised.value.fault, raised.value.detail) == ("token", why)


def test_only_the_issuers_own_keys_sign(key: RSAKey, foreign_key: RSAKey) -> None:
    forged = [jwt.encode({"alg": "RS256", "kid": "1"}, RIGHT, foreign_key)]
    forged.append(jwt.encode({"alg": "HS256", "kid": "1"}, RIGHT, OctKey.import_key("c2VjcmV0LXNlY3JldC1zZWNyZXQ")))
    head, body, _signature = jwt.encode({"alg": "RS256", "kid": "1"}, RIGHT, key).split(".")
    forged += [f"{head}.{body}.", "eyJhbGciOiJub25lIn0." + body + ".", "not a token", ""]
    for token in forged:
        with pytest.raises(ProviderFault):
            read(key, token)


def test_how_long_ago_somebody_was_asked_matters_where_the_zone_asks_anew(key: RSAKey) -> None:
    token = jwt.encode({"alg": "RS256", "kid": "1"}, {**RIGHT, "auth_time": STAMP - 7200}, key)
    assert read(key, token, replace(PROVIDER, ask_anew=False)).subject == "hanako"


@pytest.mark.parametrize(
    ("issuer", "believed"),
    [
        (ISSUER, True),
        ("http://127.0.0.1:8080/realms/city", True),
        ("http://sso.city.example.lg.jp", False),
        ("https://sso.city.example.lg.jp/?x=1", False),
        ("https://name@sso.city.example.lg.jp", False),
        ("sso.city.example.lg.jp", False),
        ("", False),
    ],
)
def test_an_issuer_is_believed_over_https_alone(issuer: str, believed: bool) -> None:
    assert is_trustworthy(issuer) is believed


def test_zone_file_words() -> None:
    raw = {"issuer": ISSUER, "client_id": CLIENT, "amr": ["mfa"], "local_accounts": ["admin"]}
    provider = Provider.from_json(raw)
    assert provider == Provider(ISSUER, CLIENT, amr=("mfa",), local_accounts=("admin",))
    assert [provider.may_sign_in_here(user_id) for user_id in ("admin", "hanako")] == [True, False]
    assert Provider(ISSUER, CLIENT).may_sign_in_here("hanako")
    for wrong in (
        {"issuer": "http://sso.example.org"},
        {"client_id": ""},
        {"issuers": "x"},
        {"amr": "mfa"},
        {"acr": [1]},
        {"ask_anew": "no"},
    ):
        with pytest.raises((ValueError, TypeError)):
            Provider.from_json({**raw, **wrong})


# The whole way, with a provider that answers on this machine.


@pytest.fixture
def service(key: RSAKey, settings: Any) -> Iterator[OfficeProvider]:
    settings.MADOGUCHI_STAFF_ADDRESS = "http://localhost"
    with running(OfficeProvider(key)) as provider:
        settings.MADOGUCHI_SINGLE_SIGN_ON = Provider(provider.issuer, CLIENT, amr=("mfa",))
        yield provider


@pytest.fixture
def hanako(db: None, service: OfficeProvider) -> Staff:
    staff = account("hanako")
    services.link_identity(staff, issuer=service.issuer, subject="sub-of-hanako", actor=NOBODY)
    return staff


def browser() -> Client:
    return Client(SERVER_NAME="localhost")


def go(client: Client, service: OfficeProvider, following: str = "/desk/", **claims: Any) -> Any:
    """Go to the service and come back with what it says."""
    service.claims = claims
    sent = client.get("/sign-in/office/", {"next": following})
    assert sent.status_code == 302, sent.content.decode()
    return client.get("/sign-in/office/back/", service.log_in(sent.headers["Location"]))


def words_of(page: Any) -> str:
    return re.sub(r"\s+", "", page.content.decode())


def last_failure(as_auditor: AsAuditor) -> Any:
    with as_auditor():
        return AuditEvent.objects.filter(process_code="accounts.sign-in.failed").latest("id").content


def test_a_second_factor_shown_there_leads_in_at_once(hanako: Staff, service: OfficeProvider, as_auditor: AsAuditor) -> None:
    client = browser()
    page = go(client, service, amr=["pwd", "mfa"])
    # No redirect: the session's cookie (SameSite=Strict) is sent again only from a page of this site.
    assert (page.status_code, page.headers["Refresh"]) == (200, "0; url=/desk/")
    assert client.get("/desk/").content == b"desk"
    with as_auditor():
        found = AuditEvent.objects.filter(subject=f"staff:{hanako.pk}").order_by("id").values_list("process_code", flat=True)
        assert list(found)[-2:] == ["accounts.provider.accepted", "accounts.signed-in"]


def test_without_it_our_own_second_factor_is_asked_for(hanako: Staff, service: OfficeProvider) -> None:
    client = browser()
    assert go(client, service, amr=["pwd"]).headers["Refresh"] == "0; url=/sign-in/code/"
    assert client.get("/desk/").status_code == 302
    assert 'name="code"' in client.get("/sign-in/code/").content.decode()


def test_what_is_asked_of_the_service(hanako: Staff, service: OfficeProvider, settings: Any) -> None:
    settings.MADOGUCHI_SINGLE_SIGN_ON = Provider(service.issuer, CLIENT, acr=("c2",))
    sent = browser().get("/sign-in/office/")
    address = sent.headers["Location"]
    assert address.startswith(f"{service.issuer}/authorize?response_type=code&client_id={CLIENT}")
    for word in ("code_challenge_method=S256", "prompt=login", "max_age=0", "acr_values=c2", "scope=openid", "nonce=", "state="):
        assert word in address
    assert "redirect_uri=http%3A%2F%2Flocalhost%2Fsign-in%2Foffice%2Fback%2F" in address
    cookie = sent.cookies["madoguchi_delivery_provider"]
    assert (cookie["samesite"], cookie["httponly"], cookie["path"]) == ("Lax", True, "/sign-in/office/back/")


def test_a_client_secret_is_sent_when_there_is_one(hanako: Staff, service: OfficeProvider, settings: Any, tmp_path: Path) -> None:
    service.secret = "himitsu"
    assert go(browser(), service, amr=["mfa"]).status_code == 403
    (tmp_path / "single-sign-on").write_text("himitsu\n", encoding="utf-8")
    settings.MADOGUCHI_SECRETS = tmp_path
    assert go(browser(), service, amr=["mfa"]).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [{"nonce": "another"}, {"aud": "mail"}, {"exp": 1}, {"iss": "https://example.org"}, {"auth_time": None}],
    ids=lambda one: next(iter(one)),
)
def test_a_wrong_token_opens_nothing(hanako: Staff, service: OfficeProvider, as_auditor: AsAuditor, wrong: dict[str, Any]) -> None:
    client = browser()
    page = go(client, service, amr=["mfa"], **wrong)
    assert page.status_code == 403
    assert "答えを確かめられませんでした" in page.content.decode()
    assert client.get("/desk/").status_code == 302
    assert last_failure(as_auditor)["answer"] == "token"


def test_a_token_signed_by_somebody_else_opens_nothing(hanako: Staff, service: OfficeProvider, foreign_key: RSAKey) -> None:
    service.signer = foreign_key
    client = browser()
    assert go(client, service, amr=["mfa"]).status_code == 403
    assert client.get("/desk/").status_code == 302


def test_the_answer_belongs_to_the_browser_that_asked_and_is_used_once(hanako: Staff, service: OfficeProvider) -> None:
    service.claims = {"amr": ["mfa"]}
    client, other = browser(), browser()
    words = service.log_in(client.get("/sign-in/office/").headers["Location"])
    assert other.get("/sign-in/office/back/", words).status_code == 400
    other.get("/sign-in/office/")
    assert other.get("/sign-in/office/back/", words).status_code == 400
    assert client.get("/sign-in/office/back/", {**words, "state": "x"}).status_code == 400
    assert client.get("/sign-in/office/back/", words).status_code == 400, "a wrong state uses the question up"
    words = service.log_in(client.get("/sign-in/office/").headers["Location"])
    assert client.get("/sign-in/office/back/", {**words, "iss": "https://example.org"}).status_code == 403
    words = service.log_in(client.get("/sign-in/office/").headers["Location"])
    assert client.get("/sign-in/office/back/", words).status_code == 200
    again = browser()
    again.cookies["madoguchi_delivery_provider"] = "forged"
    assert again.get("/sign-in/office/back/", words).status_code == 400


def test_a_code_of_another_question_is_refused_by_pkce(hanako: Staff, service: OfficeProvider) -> None:
    client, thief = browser(), browser()
    stolen = service.log_in(client.get("/sign-in/office/").headers["Location"])
    own = service.log_in(thief.get("/sign-in/office/").headers["Location"])
    page = thief.get("/sign-in/office/back/", {**own, "code": stolen["code"]})
    assert page.status_code == 403
    assert thief.get("/desk/").status_code == 302


def test_a_question_is_answered_within_ten_minutes(hanako: Staff, service: OfficeProvider) -> None:
    client = browser()
    with time_machine.travel(clock.now(), tick=False) as moment:
        words = service.log_in(client.get("/sign-in/office/").headers["Location"])
        moment.shift(dt.timedelta(minutes=11))
        assert client.get("/sign-in/office/back/", words).status_code == 400


def test_nobody_gets_an_account_by_signing_in(db: None, service: OfficeProvider, as_auditor: AsAuditor) -> None:
    before = Staff.objects.count()
    client = browser()
    page = go(client, service, amr=["mfa"])
    assert page.status_code == 403
    assert "sub-of-hanako" in page.content.decode()
    assert client.get("/desk/").status_code == 302
    assert (Staff.objects.count(), LinkedIdentity.objects.count()) == (before, 0)
    assert last_failure(as_auditor) == {"purpose": "provider", "answer": "unlinked", "issuer": service.issuer, "sub": "sub-of-hanako"}


def test_a_closed_account_and_the_same_name_of_another_issuer_stay_out(hanako: Staff, service: OfficeProvider) -> None:
    LinkedIdentity.objects.update(issuer="https://example.org")
    assert go(browser(), service, amr=["mfa"]).status_code == 403
    LinkedIdentity.objects.update(issuer=service.issuer)
    assert go(browser(), service, amr=["mfa"]).status_code == 200
    services.close_account(hanako, actor=NOBODY, reason="退職")
    assert not LinkedIdentity.objects.exists()
    assert go(browser(), service, amr=["mfa"]).status_code == 403


@pytest.mark.parametrize(
    ("path", "status", "body", "code", "words"),
    [
        ("/.well-known/openid-configuration", 500, b"", 403, "答えを読めません"),
        ("/.well-known/openid-configuration", 302, b"", 403, "答えを読めません"),
        ("/.well-known/openid-configuration", 200, b"<html>", 403, "答えを読めません"),
        ("/.well-known/openid-configuration", 200, b"[" * 90_000, 403, "答えを読めません"),
        ("/.well-known/openid-configuration", 200, b" " * 600_000, 403, "答えを読めません"),
        ("/.well-known/openid-configuration", 200, b'{"issuer": "https://example.org"}', 403, "答えを読めません"),
        ("/token", 200, b"{}", 403, "答えを読めません"),
        ("/token", 500, b"", 403, "問い合わせを断りました"),
        ("/keys", 200, b'{"keys": 7}', 403, "答えを確かめられません"),
    ],
)
def test_an_answer_that_is_none_is_told(
    hanako: Staff, service: OfficeProvider, path: str, status: int, body: bytes, code: int, words: str
) -> None:
    client = browser()
    sent = client.get("/sign-in/office/")
    back = service.log_in(sent.headers["Location"])
    service.answers[path] = (status, body)
    page = client.get("/sign-in/office/back/", back)
    assert page.status_code == code
    assert words in page.content.decode()
    assert "ログインの画面に戻る" in page.content.decode()


def test_only_the_issuers_host_is_spoken_to(service: OfficeProvider) -> None:
    provider = Provider(service.issuer, CLIENT)
    document = service.documents()["/.well-known/openid-configuration"]
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        service.answers["/.well-known/openid-configuration"] = (200, json.dumps({**document, name: "http://127.0.0.1:9/x"}).encode())
        with pytest.raises(ProviderFault) as raised:
            discover(provider)
        assert raised.value.fault == "answer"
    assert service.asked == ["/.well-known/openid-configuration"] * 3


def test_silence_and_absence_are_told_with_503(hanako: Staff, service: OfficeProvider, settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(identity_provider, "SECONDS", 0.05)
    service.silence = 0.2
    page = browser().get("/sign-in/office/")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "30")
    assert "時間内に答えません" in page.content.decode()
    settings.MADOGUCHI_SINGLE_SIGN_ON = Provider("http://127.0.0.1:9", CLIENT)
    page = browser().get("/sign-in/office/")
    assert page.status_code == 503
    assert "つながりません" in page.content.decode()
    assert "非常用の利用者ID" in page.content.decode()


def test_tls_is_believed_by_the_municipalitys_authority_alone(key: RSAKey, tmp_path: Path) -> None:
    own, tls = authority(tmp_path, "own")
    other, _tls = authority(tmp_path, "other")
    with running(OfficeProvider(key), tls) as service:
        assert discover(Provider(service.issuer, CLIENT, ca_file=str(own))).token == f"{service.issuer}/token"
        for ca_file in (str(other), "", str(tmp_path / "missing.pem")):
            with pytest.raises(ProviderFault) as raised:
                discover(Provider(service.issuer, CLIENT, ca_file=ca_file))
            assert raised.value.fault == "certificate"


def test_cancelled_there_is_told(hanako: Staff, service: OfficeProvider, as_auditor: AsAuditor) -> None:
    client = browser()
    words = service.log_in(client.get("/sign-in/office/").headers["Location"])
    page = client.get("/sign-in/office/back/", {"error": "access_denied", "state": words["state"]})
    assert "取り消されました" in page.content.decode()
    assert last_failure(as_auditor)["answer"] == "cancelled"


def test_passwords_can_be_closed_for_all_but_emergency_accounts(hanako: Staff, service: OfficeProvider, settings: Any) -> None:
    settings.MADOGUCHI_SINGLE_SIGN_ON = Provider(service.issuer, CLIENT, local_accounts=("admin",))
    account("admin")
    for user_id in ("hanako", "nobody"):
        page = browser().post("/sign-in/", {"user_id": user_id, "password": PASSWORD})
        assert page.status_code == 422
        assert "からログインします" in page.content.decode()
    assert browser().post("/sign-in/", {"user_id": "admin", "password": PASSWORD}).headers["Location"] == "/sign-in/code/"


def test_the_page_of_the_sign_in_offers_it_where_it_is_set(db: None, service: OfficeProvider, settings: Any) -> None:
    page = browser().get("/sign-in/?next=/desk/%3Fday%3D1").content.decode()
    assert 'href="/sign-in/office/?next=%2Fdesk%2F%3Fday%3D1"' in page
    assert "職員認証基盤でログインする" in browser().get("/").content.decode()
    settings.MADOGUCHI_SINGLE_SIGN_ON = None
    assert "職員認証基盤" not in browser().get("/sign-in/").content.decode()
    assert browser().get("/sign-in/office/").status_code == 404
    assert browser().get("/sign-in/office/back/").status_code == 404


def test_who_opens_another_address_is_led_to_the_right_one(db: None, service: OfficeProvider) -> None:
    sent = Client(SERVER_NAME="127.0.0.1").get("/sign-in/office/?next=/desk/")
    assert sent.headers["Location"] == "http://localhost/sign-in/office/?next=/desk/"


@pytest.mark.parametrize("following", ["https://example.org/", "//example.org/"])
def test_the_way_back_never_leads_to_another_site(hanako: Staff, service: OfficeProvider, following: str) -> None:
    assert go(browser(), service, following, amr=["mfa"]).headers["Refresh"] == "0; url=/"


def test_linking_takes_two_people_and_unlinking_one(db: None, service: OfficeProvider, as_auditor: AsAuditor) -> None:
    from madoguchi.platform.accounts.access import actor_for
    from madoguchi.platform.approvals import services as approvals
    from madoguchi.platform.approvals.models import Approval

    services.seed_roles([RoleDefinition("administrator", "管理者", (ACCOUNTS_MANAGE, ACCOUNTS_APPROVE))], NOBODY)
    hanako, asks, approves = account("hanako"), account("asks"), account("approves")
    for one in (asks, approves):
        services.assign_role(one, "administrator", actor=NOBODY)
    client = enter(asks)
    assert client.post(f"/accounts/{hanako.pk}/identity/", {"identity-subject": ""}).status_code == 422
    assert client.post(f"/accounts/{hanako.pk}/identity/", {"identity-subject": "x" * 101, "identity-reason": "x"}).status_code == 422
    client.post(f"/accounts/{hanako.pk}/identity/", {"identity-subject": "sub-of-hanako", "identity-reason": "本人に会った"})
    assert not LinkedIdentity.objects.exists()
    waiting = Approval.objects.get()
    assert "sub-of-hanako" in waiting.title
    with pytest.raises(Refusal):
        approvals.approve(waiting.pk, asks, actor=actor_for(asks), reason="")
    approvals.approve(waiting.pk, approves, actor=actor_for(approves), reason="")
    linked = LinkedIdentity.objects.get()
    assert (linked.staff, linked.issuer, linked.subject, linked.linked_by) == (hanako, service.issuer, "sub-of-hanako", "approves")
    with pytest.raises(Refusal):
        services.link_identity(approves, issuer=service.issuer, subject="sub-of-hanako", actor=NOBODY)
    assert "sub-of-hanako" in client.get(f"/accounts/{hanako.pk}/").content.decode()
    client.post(f"/accounts/{hanako.pk}/identity/remove/", {"unlink-reason": "異動"})
    assert not LinkedIdentity.objects.exists()
    with as_auditor():
        codes = set(AuditEvent.objects.filter(subject=f"staff:{hanako.pk}").values_list("process_code", flat=True))
    assert {"accounts.identity.linked", "accounts.identity.unlinked"} <= codes
