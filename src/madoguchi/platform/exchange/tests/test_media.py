"""Registered media and released files: rules in the database, refused attempts in the ledger, pages (EX-04)."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, ActorKind
from madoguchi.platform.exchange.models import ExchangeRules, ExchangeRulesChange, LedgerEntry, Medium, MediumTrip, OutgoingFile
from madoguchi.platform.exchange.services import media_ledger
from madoguchi.platform.verbs import Refusal

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.platform.exchange.tests.exchange_urls")]
SignIn = Callable[..., Client]
PASSWORD = "kawa-no-hotori-7"  # the password of every account that `signed_in_client` makes
BOSS = {"witness_user_id": "boss", "witness_password": PASSWORD}
CARRIER = Actor(kind=ActorKind.STAFF, user_id="clerk", user_name="運ぶ 人")


@pytest.fixture(autouse=True)
def office(settings: Any, zones: Any) -> None:
    zones.enter("delivery")
    settings.MADOGUCHI_STAFF_HOME = "office:home"
    settings.MADOGUCHI_SITE = {"zone": "delivery", "demo": False}
    settings.MADOGUCHI_SHELL = settings.MADOGUCHI_MENU = ""


@pytest.fixture
def boss(signed_in_client: SignIn) -> Client:
    return signed_in_client("chief", user_id="boss")


def register(number: str = "M-001") -> Medium:
    return media_ledger.register(number, "usb", CARRIER, kept_at="金庫")


def demand(**asked: object) -> None:
    ExchangeRules.objects.create(changed_at=clock.now(), changed_by="boss", **asked)


def out(client: Client, medium: Medium, witness: dict[str, str] = BOSS) -> Any:
    return client.post(f"/exchange/media/{medium.pk}/out/", {"purpose": "交付対象者を運ぶ", "destination": "予約管理", **witness})


def test_a_medium_goes_out_with_an_approver_is_erased_and_comes_back(signed_in_client: SignIn, boss: Client) -> None:
    clerk, medium = signed_in_client("clerk", user_id="clerk"), register()
    own = {"witness_user_id": "clerk", "witness_password": PASSWORD}
    assert out(clerk, medium, own).status_code == 422
    assert out(clerk, medium).status_code == 302
    trip = MediumTrip.objects.get()
    assert (trip.carried_by, trip.approved_by) == ("clerk", "boss")
    assert out(clerk, medium).status_code == 422
    step = f"/exchange/media/trips/{trip.pk}/"
    assert clerk.post(f"{step}back/").status_code == 422
    for name in ("read_in", "erased", "back"):
        assert clerk.post(f"{step}{name}/").status_code == 302
        assert clerk.post(f"{step}{name}/").status_code == 422
    trip.refresh_from_db()
    assert (trip.read_in_by, trip.erased_by, trip.back_by) == ("clerk", "clerk", "clerk")
    assert "保管中" in clerk.get(f"/exchange/media/{medium.pk}/").content.decode()
    assert clerk.post(f"{step}lost/").status_code == 404


def test_the_database_keeps_a_medium_from_being_out_twice_or_back_with_its_files(boss: Client) -> None:
    medium, moment = register(), clock.now()
    usual = {"medium": medium, "purpose": "p", "destination": "d", "carried_by": "a", "out_at": moment, "due_at": moment + dt.timedelta(1)}
    with pytest.raises(IntegrityError), transaction.atomic():
        MediumTrip.objects.create(**usual, approved_by="a")
    with pytest.raises(IntegrityError), transaction.atomic():
        MediumTrip.objects.create(**usual, approved_by="b", back_at=moment, back_by="a")
    MediumTrip.objects.create(**usual, approved_by="b")
    with pytest.raises(IntegrityError), transaction.atomic():
        MediumTrip.objects.create(**usual, approved_by="b")


def test_a_number_is_never_given_again_and_a_destroyed_medium_stays_gone(signed_in_client: SignIn, boss: Client) -> None:
    medium = register()
    with pytest.raises(Refusal):
        register()
    head = signed_in_client("chief", user_id="head")
    again = {"number": "M-001", "kind": "usb", "kept_at": "金庫"}
    assert head.post("/exchange/media/new/", again).status_code == 422
    assert head.post("/exchange/media/new/", {**again, "number": "M-002"}).status_code == 302
    entered = {"how": "物理破壊", **BOSS}
    assert head.post(f"/exchange/media/{medium.pk}/dispose/", entered).status_code == 302
    assert head.post(f"/exchange/media/{medium.pk}/dispose/", entered).status_code == 422
    medium.refresh_from_db()
    assert (medium.disposed_by, medium.disposed_with) == ("head", "boss")
    assert out(signed_in_client("clerk", user_id="clerk"), medium).status_code == 422


def test_with_the_rule_no_file_leaves_on_a_medium_that_one_does_not_carry(signed_in_client: SignIn, boss: Client) -> None:
    demand(medium_required=True)
    clerk, medium = signed_in_client("clerk", user_id="clerk"), register()
    clerk.post("/exchange/export/", {"type": "targets"})
    issued = OutgoingFile.objects.get()
    refused = clerk.post(f"/exchange/files/{issued.pk}/download/", {"medium": "M-001"})
    assert (refused.status_code, "E26" in refused.content.decode()) == (409, True)
    entry = LedgerEntry.objects.get()
    assert (entry.state, entry.code, entry.medium, entry.user_id) == ("refused", "E26", "M-001", "clerk")
    out(clerk, medium)
    assert clerk.post(f"/exchange/files/{issued.pk}/download/", {"medium": "M-001"}).status_code == 200
    assert LedgerEntry.objects.filter(state="done", medium="M-001").count() == 1
    MediumTrip.objects.update(out_at=clock.now() - dt.timedelta(9), due_at=clock.now() - dt.timedelta(1))
    assert clerk.post(f"/exchange/files/{issued.pk}/download/", {"medium": "M-001"}).status_code == 409


def test_with_the_rule_no_file_is_read_without_a_medium(signed_in_client: SignIn) -> None:
    demand(medium_required=True)
    clerk = signed_in_client("clerk", user_id="clerk")
    refused = clerk.post("/exchange/import/", {"file": SimpleUploadedFile("x.kfx", b"KFX1")})
    assert refused.status_code == 422
    entry = LedgerEntry.objects.get()
    assert (entry.movement, entry.state, entry.code) == ("read", "refused", "E26")


def test_with_the_rule_a_file_leaves_only_when_another_person_released_it(signed_in_client: SignIn, boss: Client) -> None:
    demand(release_required=True)
    maker = signed_in_client("chief", user_id="maker")
    maker.post("/exchange/export/", {"type": "targets"})
    issued = OutgoingFile.objects.get()
    assert maker.post(f"/exchange/files/{issued.pk}/download/").status_code == 409
    assert LedgerEntry.objects.get().code == "E25"
    maker.post(f"/exchange/files/{issued.pk}/release/")
    assert not OutgoingFile.objects.get().released_by
    assert "承認する" in boss.get("/exchange/export/").content.decode()
    boss.post(f"/exchange/files/{issued.pk}/release/")
    assert OutgoingFile.objects.get().released_by == "boss"
    assert maker.post(f"/exchange/files/{issued.pk}/download/").status_code == 200


def test_without_rules_nothing_is_asked(signed_in_client: SignIn) -> None:
    clerk = signed_in_client("clerk", user_id="clerk")
    clerk.post("/exchange/export/", {"type": "targets"})
    assert clerk.post(f"/exchange/files/{OutgoingFile.objects.get().pk}/download/").status_code == 200


def test_rules_are_changed_by_two_and_their_history_stays(signed_in_client: SignIn, boss: Client) -> None:
    head = signed_in_client("administrator", user_id="head")
    entered: dict[str, object] = {
        "medium_required": "on",
        "days_out": "5",
        "trip_weekdays": ["0", "3"],
        "trip_time": "16:30",
        "transfer_minutes": "60",
        "picking_minutes": "120",
        "late_cancels_by_telephone": "on",
        "direct_port": "8443",
        "direct_minutes": "15",
        "reason": "要綱の改正",
    }
    assert head.post("/exchange/rules/", entered).status_code == 422
    assert head.post("/exchange/rules/", {**entered, **BOSS, "trip_time": ""}).status_code == 422
    assert head.post("/exchange/rules/", {**entered, **BOSS}).status_code == 302
    rules = ExchangeRules.objects.get()
    assert (rules.medium_required, rules.trip_weekdays, rules.trip_time) == (True, [0, 3], dt.time(16, 30))
    assert set(ExchangeRulesChange.objects.values_list("setting", "second")) == {
        (name, "boss") for name in ("medium_required", "days_out", "trip_weekdays", "trip_time")
    }
    assert "要綱の改正" in head.get("/exchange/rules/").content.decode()
    head.post("/exchange/rules/", {**entered, **BOSS})
    assert ExchangeRulesChange.objects.count() == 4


def test_the_ledger_is_printed_with_attempts_and_trips(signed_in_client: SignIn, boss: Client, settings: Any, tmp_path: Path) -> None:
    settings.MADOGUCHI_FOLDER = tmp_path
    clerk, day = signed_in_client("clerk", user_id="clerk"), clock.today().isoformat()
    out(clerk, register())
    media_ledger.note_refused(LedgerEntry.Movement.READ, "E26", CARRIER)
    made = signed_in_client("auditor").get(f"/exchange/ledger/print/?day_from={day}&day_until={day}")
    assert made.content.startswith(b"%PDF")
    assert signed_in_client("auditor", user_id="x").get("/exchange/ledger/print/?day_from=x").status_code == 422


@pytest.mark.parametrize(("role", "opens"), [("auditor", True), ("clerk", True), ("operator", False)])
def test_who_sees_the_media(signed_in_client: SignIn, role: str, *, opens: bool) -> None:
    medium, client = register(), signed_in_client(role)
    for address in ("/exchange/media/", f"/exchange/media/{medium.pk}/"):
        assert client.get(address).status_code == (200 if opens else 403)
    assert client.post("/exchange/media/new/", {"number": "X"}).status_code == 403
    assert client.get("/exchange/rules/").status_code == 403


@pytest.mark.parametrize(("zone", "address"), [("delivery", "/"), ("booking", "/desk/")])
def test_a_medium_that_is_not_back_in_time_stands_on_the_first_pages(
    signed_in_client: SignIn, settings: Any, zone: str, address: str
) -> None:
    from madoguchi.booking.municipality.services import set_up

    set_up("142051")
    settings.ROOT_URLCONF = f"madoguchi.zones.{zone}.urls"
    people = {role: signed_in_client(role, user_id=role) for role in ("clerk", "chief", "administrator", "auditor", "operator")}

    def told() -> dict[str, str]:
        return {role: page for role in people if "返却期限を過ぎた媒体" in (page := people[role].get(address).content.decode())}

    assert not told()
    late = clock.now() - dt.timedelta(minutes=1)
    MediumTrip.objects.create(
        medium=register(),
        purpose="運ぶ",
        destination="予約管理",
        carried_by="clerk",
        approved_by="chief",
        out_at=late - dt.timedelta(days=3),
        due_at=late,
    )
    shown = told()
    assert set(shown) == {"clerk", "chief", "administrator", "auditor"}
    assert {role for role, page in shown.items() if "うち自分が運んだもの 1" in page} == {"clerk"}
    assert all("/exchange/media/" in page for page in shown.values())
    MediumTrip.objects.update(erased_at=late, erased_by="clerk", back_at=late, back_by="clerk")
    assert not told()
