"""An installation that lost something says what and where; nothing is made in place of what was lost."""

import json
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from joserfc.jwk import RSAKey

from madoguchi.kernel.purposes import Purpose, new_installation
from madoguchi.platform.accounts.provider_settings import Provider
from madoguchi.platform.accounts.tests.office_provider import OfficeProvider, running
from madoguchi.platform.verbs import Outcome, Refusal
from madoguchi.zones import command
from madoguchi.zones.configuration import ZONES, ZoneFile, ZoneFolder
from madoguchi.zones.doctor import examine


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """A data folder whose zones are set up and whose database is lost."""
    for zone in ZONES:
        folder = ZoneFolder(tmp_path, zone)
        for name in ("django", "pepper", "codes", "images"):
            folder.make_secret(name)
        folder.write(ZoneFile(zone, "142051", "test", f"madoguchi_{zone}"))
    return tmp_path


def errors(data: Path) -> dict[str, str]:
    return {check.name: check.message for check in examine(data) if check.state == "error"}


def test_a_lost_database_is_named_and_no_empty_one_is_made(installation: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = errors(installation)
    assert found.keys() == {"booking: データベース", "delivery: データベース"}
    assert all(str(installation / "database" / "pgdata") in message for message in found.values())
    assert command.main(["delivery", "cards", "list", "--data", str(installation), "--json"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["error"] == said.err.strip() == found["delivery: データベース"]
    assert not (installation / "database").exists()


@pytest.mark.parametrize("damage", ["", "{", "{}", "[]", '{"zone": "booking", "unknown": 1}'])
def test_a_damaged_record_of_the_installation_is_named(installation: Path, damage: str) -> None:
    record = installation / "booking" / "zone.json"
    record.write_text(damage)
    with pytest.raises(Refusal, match="壊れています"):
        ZoneFolder(installation, "booking").read()
    assert str(record) in errors(installation)["booking: データベース"]


def test_a_lost_secret_and_an_open_one_are_named(installation: Path) -> None:
    (installation / "booking" / "secrets" / "pepper").unlink()
    (installation / "delivery" / "secrets" / "codes").chmod(0o640)
    found = errors(installation)
    assert found["booking: 秘密の値"].startswith("pepper がありません")
    assert str(installation / "delivery" / "secrets" / "codes") in found["delivery: 秘密の値"]
    (installation / "delivery" / "secrets" / "codes").chmod(0o600)
    assert "delivery: 秘密の値" not in errors(installation)
    (installation / "delivery" / "secrets" / "single-sign-on").write_text("himitsu")
    (installation / "delivery" / "secrets" / "single-sign-on").chmod(0o644)
    assert str(installation / "delivery" / "secrets" / "single-sign-on") in errors(installation)["delivery: 秘密の値"]


def test_a_database_that_fails_is_a_refusal_with_its_reason(
    installation: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(*_: object) -> Outcome:
        raise psycopg.OperationalError("could not extend file: No space left on device\nHINT: check")

    monkeypatch.setattr(command, "carry_out", failing)
    assert command.main(["delivery", "cards", "list", "--data", str(installation), "--json"]) == 1
    said = capsys.readouterr()
    assert "No space left on device。" in said.err
    assert json.loads(said.out) == {"error": said.err.strip()}


@pytest.mark.parametrize(
    ("number", "purpose"), [(Purpose.PRODUCTION, "training"), (Purpose.TRAINING, "production"), (Purpose.VERIFICATION, "training")]
)
def test_the_purpose_of_a_copied_installation_cannot_be_changed(installation: Path, number: Purpose, purpose: str) -> None:
    """S34: what was one for the work itself keeps its keys and its number, so that it cannot be made one for training, nor back."""
    folder = ZoneFolder(installation, "booking")
    folder.write(replace(folder.read(), installation=new_installation(number), purpose=number))
    assert folder.read().purpose is number
    record = installation / "booking" / "zone.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"purpose": purpose}))
    with pytest.raises(Refusal, match="用途"):
        folder.read()


@pytest.mark.parametrize("wrong", [{"issuer": "http://sso.example.org"}, {"client": "x"}, {"client_id": ""}, 7])
def test_a_sign_in_service_that_cannot_be_believed_is_named(installation: Path, wrong: object) -> None:
    record = installation / "delivery" / "zone.json"
    raw = json.loads(record.read_text(encoding="utf-8"))
    right = {"issuer": "https://sso.example.org", "client_id": "madoguchi", "amr": ["mfa"]}
    record.write_text(json.dumps({**raw, "single_sign_on": right}), encoding="utf-8")
    assert ZoneFolder(installation, "delivery").read().single_sign_on == Provider("https://sso.example.org", "madoguchi", amr=("mfa",))
    record.write_text(json.dumps({**raw, "single_sign_on": {**right, **wrong} if isinstance(wrong, dict) else wrong}), encoding="utf-8")
    with pytest.raises(Refusal, match="single_sign_on が正しくありません"):
        ZoneFolder(installation, "delivery").read()


def test_doctor_asks_the_sign_in_service(installation: Path) -> None:
    def said(provider: Provider, staff_address: str = "https://madoguchi.city.example.lg.jp") -> tuple[str, str]:
        folder = ZoneFolder(installation, "delivery")
        folder.write(replace(folder.read(), single_sign_on=provider, staff_address=staff_address))
        return next((check.state, check.message) for check in examine(installation) if check.name == "delivery: 職員認証基盤")

    with running(OfficeProvider(RSAKey.generate_key(2048))) as service:
        assert said(Provider(service.issuer, "madoguchi")) == ("ok", f"{service.issuer} が答えました。")
        assert said(Provider(service.issuer, "madoguchi"), "")[0] == "error"
    state, message = said(Provider(service.issuer, "madoguchi"))
    assert state == "warning"
    assert "unreachable" in message
