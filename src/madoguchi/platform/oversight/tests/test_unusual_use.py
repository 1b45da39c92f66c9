"""Use of personal data is counted, what is unusual is found and signed off (S29)."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from psycopg import sql

from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.audit.actors import Actor, ActorKind, automatic
from madoguchi.platform.audit.processes import Process, ProcessClass, Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.database.roles import role_name
from madoguchi.platform.oversight import queries, rules, services
from madoguchi.platform.oversight.models import Finding, ThresholdsSince
from madoguchi.platform.oversight.rules import Rule, Thresholds
from madoguchi.platform.verbs import Refusal

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.delivery.urls")]
SignIn = Callable[..., Client]
CARD = Process("cards.card.view", "カード照会", ProcessClass.VIEW)
LISTED = Process("cards.list.view", "カード一覧の照会", ProcessClass.VIEW)
REVEALED = Process("search.people.reveal", "一件の表示", ProcessClass.VIEW)
SEARCHED = Process("search.people.search", "検索", ProcessClass.SEARCH)
CHANGED = Process("cards.card.change", "カードの変更", ProcessClass.CHANGE)
WRITTEN = Process("cards.list.export", "出力", ProcessClass.EXPORT)
ACCOUNT = Process("accounts.viewed", "利用者の表示", ProcessClass.VIEW)
MONDAY = dt.date(2026, 11, 16)
TODAY = dt.datetime(2026, 11, 20, 10, 0, tzinfo=clock.TOKYO)


@pytest.fixture(autouse=True)
def office(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MADOGUCHI_SHELL = settings.MADOGUCHI_MENU = settings.MADOGUCHI_PROTECTED_SUBJECTS = ""
    monkeypatch.setattr(clock, "today", TODAY.date)


def clerk(user_id: str = "clerk-1") -> Actor:
    return Actor(kind=ActorKind.STAFF, user_id=user_id, user_name="窓口 太郎", section="市民窓口課")


def put_at(day: dt.date, hour: int = 10) -> None:
    """Set the time of the events that were written just now: the owner of the table alone can."""
    at = dt.datetime.combine(day, dt.time(hour), clock.TOKYO)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role_name("test", "migrator"))))
        cursor.execute("UPDATE audit_auditevent SET at = %s, session_ref = 'put' WHERE session_ref = ''", [at])
        cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role_name("test", "service"))))


def look(times: int, *, by: str = "clerk-1", day: dt.date = MONDAY, hour: int = 10, first: int = 1, process: Process = CARD) -> None:
    for number in range(first, first + times):
        record(clerk(by), process, subject=f"card:{number}")
    put_at(day, hour)


def set_limits(**limits: object) -> None:
    off = dict.fromkeys(("outside", "own_least", "peer_least", "idle", "repeated", "protected", "bulk", "refused"), 0)
    ThresholdsSince.objects.create(since=dt.date(2026, 1, 1), set_at=TODAY, set_by="auditor", **(off | limits))


def found(day: dt.date = MONDAY, protected: tuple[str, ...] = ()) -> set[tuple[str, str, str, int]]:
    return {(one.rule.value, one.user_id, one.subject, one.number) for one in queries.examine(day, protected)}


def test_use_is_counted_by_person_and_day_and_every_number_leads_to_its_events(signed_in_client: SignIn) -> None:
    auditor = signed_in_client("auditor")
    look(3)
    look(1, first=3)
    for process in (LISTED, SEARCHED, WRITTEN):
        record(clerk(), process)
    record(clerk(), REVEALED, subject="card:1")
    record(clerk(), ACCOUNT, subject="staff:1")
    record(clerk(), CARD, subject="card:9", result=Result.REFUSED)
    record(Actor(kind=ActorKind.CITIZEN, user_id="7"), CARD, subject="card:9")
    put_at(MONDAY)
    (one,) = queries.use(MONDAY, MONDAY)
    assert (one.day, one.user_id, one.views, one.records) == (MONDAY, "clerk-1", 5, 3)
    assert (one.lists, one.reveals, one.searches, one.outputs) == (1, 1, 1, 1)
    page = auditor.get("/audit/use/", {"first": "2026-11-16", "last": "2026-11-16"}).content.decode()
    assert "窓口 太郎" in page
    for only, shown in (("one", 5), ("list", 1), ("reveal", 1), ("output", 1)):
        assert f"user_id=clerk-1&amp;only={only}" in page
        log = auditor.get("/audit/", {"first": "2026-11-16", "user_id": "clerk-1", "only": only, "result": "done"}).content.decode()
        assert log.count('<th scope="row"') == shown
    assert "この期間の閲覧はありません" in auditor.get("/audit/use/", {"first": "2026-11-10", "last": "2026-11-10"}).content.decode()
    assert auditor.get("/audit/use/", {"first": "2020-01-01", "last": "2026-11-10"}).status_code == 422


def test_views_outside_the_hours_are_found_and_those_within_are_not() -> None:
    set_limits(outside=2)
    look(2, hour=7)
    look(1, hour=19, by="late")
    look(9, hour=18, by="diligent")
    look(2, day=MONDAY - dt.timedelta(days=1), hour=11, by="sunday")
    assert found() == {("outside", "clerk-1", "", 2)}
    assert found(MONDAY - dt.timedelta(days=1)) == {("outside", "sunday", "", 2)}


def test_more_than_ones_own_usual_needs_days_to_be_usual() -> None:
    set_limits(own_least=5, own_times=3)
    for back in (7, 6, 5):
        look(2, day=MONDAY - dt.timedelta(days=back))
    look(9, by="new")
    look(5)
    assert found() == set()
    look(1)
    assert found() == {("own", "clerk-1", "", 6)}


def test_more_than_the_colleagues_of_the_role(signed_in_client: SignIn) -> None:
    set_limits(peer_least=5, peer_times=3)
    for name in ("clerk-1", "clerk-2", "clerk-3"):
        signed_in_client("clerk", user_id=name)
    signed_in_client("chief", user_id="boss")
    look(2, by="clerk-2")
    look(3, by="clerk-3")
    look(8, by="clerk-1")
    look(30, by="boss")
    assert found() == {("peers", "clerk-1", "", 8)}


def test_records_that_nobody_acted_on_are_found() -> None:
    set_limits(idle=3)
    look(4)
    record(clerk("other"), CHANGED, subject="card:1")
    record(clerk("other"), CHANGED, subject="card:2", result=Result.REFUSED)
    put_at(MONDAY)
    assert found() == {("idle", "clerk-1", "", 3)}
    services.examine_day(MONDAY, automatic("test"))
    assert {event.subject for event in queries.events_behind(Finding.objects.get())} == {"card:2", "card:3", "card:4"}


def test_one_record_again_and_again_protected_ones_big_outputs_and_refusals() -> None:
    set_limits(repeated=3, protected=1, bulk=100, refused=2)
    for _again in range(3):
        look(1)
    look(2, first=2)
    record(clerk(), WRITTEN, content={"rows": 100, "step": "released"})
    record(clerk(), WRITTEN, content={"rows": 99})
    for _again in range(2):
        record(clerk(), CHANGED, subject="card:1", result=Result.REFUSED)
    put_at(MONDAY)
    answer = found(protected=("card:3", "card:99"))
    event = next(subject for rule, _user, subject, _number in answer if rule == "bulk")
    assert answer == {
        ("repeated", "clerk-1", "card:1", 3),
        ("protected", "clerk-1", "card:3", 1),
        ("bulk", "clerk-1", event, 100),
        ("refused", "clerk-1", "", 2),
    }
    services.examine_day(MONDAY, automatic("test"))
    behind = {one.rule: len(queries.events_behind(one)) for one in Finding.objects.all()}
    assert behind == {"repeated": 3, "bulk": 1, "refused": 2}  # the zone of this test names no protected record


def test_a_rule_without_a_number_is_off_and_a_measure_holds_from_its_day() -> None:
    set_limits(repeated=2)
    ThresholdsSince.objects.create(since=MONDAY + dt.timedelta(days=1), set_at=TODAY, set_by="auditor", repeated=3)
    look(1)
    look(1)
    assert found() == {("repeated", "clerk-1", "card:1", 2)}
    assert queries.thresholds_on(dt.date(2025, 12, 31)) == Thresholds()
    assert queries.thresholds_on(MONDAY + dt.timedelta(days=1)).repeated == 3
    assert rules.beyond_own_usual({"a": 99}, {"a": (3, 3)}, Thresholds(own_least=0)) == []
    assert rules.beyond_peers({"a": 99, "b": 1, "c": 1}, dict.fromkeys("abc", ("clerk",)), Thresholds(peer_least=0)) == []
    with pytest.raises(Refusal):
        services.set_thresholds(TODAY.date() - dt.timedelta(days=1), Thresholds(), automatic("test"))


def test_an_auditor_signs_a_finding_off_once_with_a_note_and_never_an_own_one(
    signed_in_client: SignIn, as_auditor: Callable[..., Any]
) -> None:
    auditor = signed_in_client("auditor", user_id="auditor")
    assert "確かめていない報告" in auditor.get("/").content.decode()
    values = {"day": MONDAY, "rule": "refused", "number": 12, "limit": 10, "found_at": TODAY}
    one, own = (Finding.objects.create(user_id=name, **values) for name in ("clerk-1", "auditor"))
    assert 'class="tile-number" data-count="/audit/findings/" data-name="確かめていない報告">2<' in auditor.get("/").content.decode()
    listed = auditor.get("/audit/findings/").content.decode()
    assert listed.count("拒否された操作の繰り返し</option>") == 1
    assert f"/audit/findings/{one.pk}/" in listed
    assert auditor.post(f"/audit/findings/{one.pk}/", {"note": " "}).status_code == 422
    assert auditor.post(f"/audit/findings/{one.pk}/", {"note": "新任の操作の練習だった"}).status_code == 302
    assert auditor.post(f"/audit/findings/{one.pk}/", {"note": "もう一度"}).status_code == 422
    assert auditor.post(f"/audit/findings/{own.pk}/", {"note": "自分"}).status_code == 422
    assert "自分のことの報告です" in auditor.get(f"/audit/findings/{own.pk}/").content.decode()
    one.refresh_from_db()
    assert (one.signed_by, one.note) == ("auditor", "新任の操作の練習だった")
    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.filter(pk=own.pk).update(signed_by="auditor", signed_at=TODAY, note="x")
    assert f"/audit/findings/{one.pk}/" not in auditor.get("/audit/findings/").content.decode()
    assert "新任の操作の練習だった" in auditor.get(f"/audit/findings/{one.pk}/").content.decode()
    with as_auditor(), connection.cursor() as cursor:
        cursor.execute("SELECT reason FROM audit_auditevent WHERE process_code = 'oversight.finding.sign-off'")
        assert cursor.fetchall() == [("新任の操作の練習だった",)]


def test_days_are_examined_once_and_what_was_signed_off_stays() -> None:
    set_limits(repeated=2)
    look(1)
    look(1)
    assert services.examine_what_is_left(automatic("test")) == services.LOOKED_BACK_DAYS
    assert services.examine_what_is_left(automatic("test")) == 0
    finding = Finding.objects.get()
    services.sign_off(finding.pk, "電話の照会", automatic("auditor"))
    look(1)
    assert services.examine_day(MONDAY, automatic("test")) == 0
    finding.refresh_from_db()
    assert (finding.number, finding.note) == (2, "電話の照会")
    with pytest.raises(Refusal):
        services.examine_day(TODAY.date(), automatic("test"))


def test_the_measure_is_set_on_its_page(signed_in_client: SignIn) -> None:
    auditor = signed_in_client("auditor")
    sent = {name: str(value)[:5] for name, value in queries.as_values(Thresholds()).items()} | {"since": "2026-11-20", "repeated": "7"}
    assert auditor.post("/audit/thresholds/", sent | {"closes": "07:00"}).status_code == 422
    assert auditor.post("/audit/thresholds/", sent | {"own_times": "0"}).status_code == 422
    assert auditor.post("/audit/thresholds/", sent | {"since": "2026-11-19"}).status_code == 422
    assert auditor.post("/audit/thresholds/", sent).status_code == 302
    assert queries.thresholds_on(TODAY.date()).repeated == 7
    assert "2026-11-20" in auditor.get("/audit/thresholds/").content.decode()
    assert auditor.post("/audit/findings/examine/", {"day": "2026-11-20"}).status_code == 422
    assert auditor.post("/audit/findings/examine/", {"day": "2026-11-19"}).status_code == 302


def test_the_pages_are_the_auditors_alone_and_their_statements_do_not_grow(signed_in_client: SignIn) -> None:
    auditor = signed_in_client("auditor", user_id="auditor")
    for role in ("clerk", "chief", "administrator"):
        client = signed_in_client(role, user_id=role)
        for address in ("use", "findings", "thresholds", "exports", "exports/check"):
            assert client.get(f"/audit/{address}/").status_code == 403

    def statements() -> list[int]:
        counted = []
        for address in ("/audit/use/", "/audit/findings/"):
            with CaptureQueriesContext(connection) as captured:
                assert auditor.get(address).status_code == 200
            counted.append(len(captured))
        return counted

    Finding.objects.create(user_id="u9", day=MONDAY, rule=Rule.REFUSED, number=12, limit=10, found_at=TODAY)
    look(1, by="u9", day=TODAY.date())
    before = statements()
    for number in range(5):
        Finding.objects.create(user_id=f"u{number}", day=MONDAY, rule=Rule.REFUSED, number=12, limit=10, found_at=TODAY)
        look(1, by=f"u{number}", day=TODAY.date())
    assert statements() == before
    assert Staff.objects.count() == 4
