"""Both zones' keys, and form bookings as the booking zone would report them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from madoguchi.delivery.applications.applications_file import ApplicationsHandler
from madoguchi.delivery.applications.models import Application
from madoguchi.kernel.kfx_keys import KeyPair
from madoguchi.kernel.sealed_answers import seal
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.exchange import enrolment, keys
from madoguchi.platform.exchange.handlers import Applied, Source

ANSWERS = {
    "name": "髙橋　一郎",
    "kana": "タカハシ　イチロウ",
    "born": "1980-09-08",
    "sex": "m",
    "address": "神奈川県藤沢市朝日町１番地の１",
    "building": "コーポ藤沢２０３号",
    "telephone": "0466-25-1111",
    "comer": "self",
    "request": "更新の通知が届きました",
}
LABELS = {
    "name": "氏名",
    "kana": "フリガナ",
    "born": "生年月日",
    "sex": "性別",
    "address": "住所",
    "building": "マンション名・部屋番号",
    "telephone": "電話番号",
    "comer": "来庁する人",
    "request": "申請内容",
}
FILE = Source(type="applications", seq=3, file_hash="0" * 64, mode="delta")
NUMBER = "1234567897"


@pytest.fixture
def own_keys(tmp_path: Path, settings: Any) -> KeyPair:
    """The delivery zone's keys."""
    settings.MADOGUCHI_ZONE, settings.MADOGUCHI_MUNICIPALITY = "delivery", "142051"
    settings.MADOGUCHI_INSTALLATION = "0f5f5a52-90a6-4a4e-8b07-3a0de7bd0f11"
    settings.MADOGUCHI_FOLDER = tmp_path / "delivery"
    settings.MADOGUCHI_SECRETS = tmp_path / "delivery" / "secrets"
    enrolment.make_own_keys()
    return keys.own_keys()


@pytest.fixture
def report(own_keys: KeyPair) -> Callable[..., dict[str, object]]:
    """Return a maker of records; `answers=None` sends none."""

    def make(
        number: str = NUMBER, answers: Mapping[str, str] | None = ANSWERS, sealed_for: str = "", **columns: object
    ) -> dict[str, object]:
        kind = str(columns.get("kind", "renew-certificate"))
        sealed = seal(answers, recipient=own_keys.public, number=sealed_for or number, kind=kind).hex() if answers is not None else None
        row: dict[str, object] = {
            "no": number,
            "kind": kind,
            "kind_name": "電子証明書更新",
            "place": "01",
            "day": "2026-12-03",
            "start": "09:00",
            "end": "09:15",
            "state": "confirmed",
            "rev": 2,
            "at": "2026-11-21T10:00:00+09:00",
            "labels": LABELS,
            "sealed": sealed,
            "orders": {},
        }
        return {**row, **columns}

    return make


@pytest.fixture
def take_in() -> Callable[..., Applied]:
    """Return the import of records."""

    def run(*records: Mapping[str, object]) -> Applied:
        handler = ApplicationsHandler()
        assert list(handler.check(records)) == []
        return handler.apply(records, automatic("test"), FILE)

    return run


@pytest.fixture
def application(city: object, report: Callable[..., dict[str, object]], take_in: Callable[..., Applied]) -> Application:
    """One application, opened."""
    take_in(report())
    return Application.objects.get(number=NUMBER)
