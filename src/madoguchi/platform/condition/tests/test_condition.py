"""The page of the condition: what works, what does not, and nothing about anybody (S33)."""

import datetime as dt
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from madoguchi.booking.municipality.services import set_up as set_up_booking
from madoguchi.delivery.cards.services import set_up_municipality
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.condition import checks, figures
from madoguchi.platform.condition.figures import Line
from madoguchi.platform.exchange.enrolment import make_own_keys
from madoguchi.platform.exchange.models import IncomingFile
from madoguchi.platform.jobs.models import Job
from madoguchi.zones.configuration import ZONES

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


@pytest.fixture(params=ZONES)
def zone(request: Any, settings: Any, secrets_folder: Path) -> str:
    module = import_module(f"madoguchi.zones.{request.param}.settings")
    for name in ("ROOT_URLCONF", "MADOGUCHI_SHELL", "MADOGUCHI_MENU", "MADOGUCHI_STAFF_HOME", "MADOGUCHI_CONDITION", "MADOGUCHI_PLACES"):
        setattr(settings, name, getattr(module, name))
    settings.MADOGUCHI_ZONE = request.param
    set_up_booking("142051")
    set_up_municipality("142051", automatic("test"))
    return str(request.param)


def lines() -> dict[str, Line]:
    return {str(line.name): line for section in figures.sections() for line in section.lines}


def test_the_page_is_for_who_looks_after_the_system(zone: str, signed_in_client: SignIn) -> None:
    address = {"booking": "/desk/condition/", "delivery": "/condition/"}[zone]
    make_own_keys()
    page = signed_in_client("administrator").get(address)
    words = page.content.decode()
    assert page.status_code == 200
    own = {"booking": ("送信待ちのメール", "予約枠のある最後の日"), "delivery": ("最後に反映した統合端末の一覧", "字体")}[zone]
    for part in (*own, "動いていません。", "控え（バックアップ）", "未設定", "PostgreSQL", "指紋"):
        assert part in words
    assert "試験 administrator" not in words.partition("<main")[2]
    assert address in signed_in_client("chief").get(address).content.decode()
    assert signed_in_client("clerk").get(address).status_code == 403


def test_the_figures_say_what_stands_still(zone: str, settings: Any, django_assert_max_num_queries: Callable[..., Any]) -> None:
    found = lines()
    assert (found["ワーカー"].state, found["このシステムの鍵"].state, found["相手の鍵"].state) == ("error", "error", "error")
    assert found["長い処理"].state == "ok"
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at) VALUES "
            "('d', 't', 'todo', NULL), ('d', 't', 'todo', now() + interval '1 day'), ('d', 't', 'failed', NULL)"
        )
    make_own_keys()
    Job.objects.create(kind="x", title="書き出し", actor={}, started_by="clerk", created_at=clock.now() - dt.timedelta(minutes=11))
    kind = next(iter(settings.MADOGUCHI_EXCHANGE_RECEIVES))
    IncomingFile.objects.create(
        type=kind, seq=7, file_hash="a" * 64, made_at=clock.now(), taken=5, refused=1, imported_at=clock.now(), imported_by="clerk"
    )
    with django_assert_max_num_queries(22):
        found = lines()
    assert (found["ワーカー"].state, found["このシステムの鍵"].state) == ("ok", "ok")
    assert str(found["小さな仕事"].value).startswith("待ち")
    assert found["失敗した小さな仕事"].value == "1件"
    assert (found["長い処理"].state, found["長い処理"].value) == ("warning", "順番待ち1件、実行中0件")
    taken = [line for name, line in found.items() if name.startswith("取り込み：") and "第7号" in str(line.value)]
    assert [line.state for line in taken] == ["warning"]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '2 minutes'")
    assert lines()["ワーカー"].state == "error"


def test_the_worst_line_speaks_for_all() -> None:
    def of(*states: str) -> list[figures.Section]:
        return [figures.Section("", [Line("", "", state) for state in states])]

    assert [figures.worst(of(*states)) for states in (("ok", "none", ""), ("ok", "warning"), ("warning", "error"))] == [
        "ok",
        "warning",
        "error",
    ]


@pytest.mark.parametrize(
    ("settings_of_server", "state"),
    [({}, "ok"), ({"fsync": "off"}, "error"), ({"synchronous_commit": "local"}, "ok"), ({"synchronous_commit": "off"}, "error")],
)
def test_a_server_that_may_lose_what_it_acknowledged_is_named(settings_of_server: dict[str, str], state: str) -> None:
    assert checks.durability("x", lambda name: settings_of_server.get(name, "on")).state == state


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 5 * 1024**2})())
    assert checks.disk(tmp_path) == checks.Check("空き容量", "warning", "空きが 5 MB しかありません。不要なファイルを片付けてください。")


def test_the_age_of_the_last_backup_is_told_as_far_as_it_is_known(settings: Any, tmp_path: Path) -> None:
    stamp, now = tmp_path / "backup.stamp", clock.now().timestamp()
    told = [figures._last_backup()]
    settings.MADOGUCHI_BACKUP_STAMP = str(stamp)
    told.append(figures._last_backup())
    stamp.touch()
    for hours in (-1, 25, 27):
        os.utime(stamp, (now - hours * 3600, now - hours * 3600))
        told.append(figures._last_backup())
    assert [line.state for line in told] == ["none", "warning", "warning", "ok", "warning"]
    assert ["分かりません" in str(line.value) for line in told] == [True, True, True, False, False]
    assert "（25時間前）" in str(told[3].value)
