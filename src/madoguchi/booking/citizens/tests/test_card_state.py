"""カードの状況 (BK-13): by number and secrets, without a name, and with one answer for everybody else."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from madoguchi.booking.conftest import CODE, MMDD
from madoguchi.booking.reservations.models import STAGES, Credential
from madoguchi.booking.reservations.roster import TargetsHandler
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.exchange.handlers import Source

pytestmark = pytest.mark.django_db
Person = Callable[..., Credential]
FILE = Source("targets", 1, "0" * 64, "delta")


def see(client: Client, serial: str, code: str = CODE, birthday: str = MMDD) -> Any:
    return client.post("/card/", {"booking_id": serial, "code": code, "birthday": birthday}, follow=True)


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("", "まだ届いていません"),
        ("preparing", "準備中"),
        ("notice_made", "まもなく発送します"),
        ("notice_sent", "お知らせを発送済"),
        ("notice_returned", "お知らせが届かずに戻ってきました"),
        ("ready", "受け取れます"),
    ],
)
def test_each_stage_has_its_words(client: Client, person: Person, stage: str, words: str) -> None:
    deadline = clock.today() + dt.timedelta(days=40)
    page = see(client, person(stage=stage, deadline=deadline).serial).content.decode()
    assert words in page
    assert f"{deadline.month}月{deadline.day}日" in page
    assert "日時を予約する" in page


def test_every_stage_of_the_roster_is_shown(client: Client, person: Person) -> None:
    for stage in STAGES:
        assert see(client, person(stage=stage).serial).status_code == 200


def test_after_the_deadline_the_way_is_the_telephone(client: Client, person: Person) -> None:
    page = see(client, person(stage="ready", deadline=clock.today() - dt.timedelta(days=1)).serial).content.decode()
    assert "受け取りの期限を過ぎています" in page
    assert "日時を予約する" not in page


def test_wrong_locked_closed_and_unknown_numbers_look_the_same(client: Client, person: Person) -> None:
    tried = [
        (person().serial, "99999999"),
        (person(locked_at=clock.now()).serial, CODE),
        (person(status="closed").serial, CODE),
        ("Z9Z999999", CODE),
    ]
    pages = []
    for serial, code in tried:
        answer = see(client, serial, code)
        assert answer.status_code == 422
        pages.append(re.sub(r'value="[^"]*"', "", answer.content.decode()))
    assert len(set(pages)) == 1


def test_whoever_has_not_proved_a_number_sees_nothing(client: Client, person: Person) -> None:
    assert client.get("/card/state/").status_code == 410


def test_the_stage_comes_with_the_roster_and_an_older_file_does_not_tell_it(person: Person) -> None:
    row: dict[str, Any] = {
        "id": "A0A000077",
        "code": CODE,
        "md": MMDD,
        "dispatch": None,
        "places": [],
        "from": None,
        "until": None,
        "status": "open",
        "rev": 1,
    }
    for told, kept in (({"stage": "notice_sent"}, "notice_sent"), ({"stage": "ready"}, "ready"), ({"stage": None}, ""), ({}, "")):
        assert list(TargetsHandler().check([{**row, **told}])) == []
        TargetsHandler().apply([{**row, **told}], automatic("test"), FILE)
        assert Credential.objects.get(serial="A0A000077").stage == kept
    refusals = list(TargetsHandler().check([{**row, "stage": "lost"}]))
    assert [(refusal.code, refusal.field) for refusal in refusals] == [("E20", "stage")]
