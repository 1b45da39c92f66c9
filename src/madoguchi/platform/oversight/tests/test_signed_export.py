"""The operation log leaves as a signed package that anybody can check, and every change to it is seen (S29)."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, ActorKind, automatic
from madoguchi.platform.audit.processes import Process, ProcessClass
from madoguchi.platform.audit.queries import Wanted
from madoguchi.platform.audit.services import record
from madoguchi.platform.exchange import enrolment
from madoguchi.platform.oversight import log_export
from madoguchi.platform.oversight.models import LogExport
from madoguchi.platform.verbs import Refusal

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.delivery.urls")]
SignIn = Callable[..., Client]
LOOKED = Process("cards.card.view", "カード照会", ProcessClass.VIEW)
AUDITOR = Actor(kind=ActorKind.STAFF, user_id="auditor", user_name="監査 花子")


@pytest.fixture(autouse=True)
def zone(settings: Any, secrets_folder: Path) -> None:
    settings.MADOGUCHI_SHELL = settings.MADOGUCHI_MENU = ""
    settings.MADOGUCHI_ZONE = "test"
    settings.MADOGUCHI_INSTALLATION = "0f5f5a52-90a6-4a4e-8b07-3a0de7bd0f11"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    from madoguchi.platform.exchange import keys as of_exchange

    monkeypatch.setitem(of_exchange.ZONE_LETTERS, "test", "C")
    enrolment.make_own_keys()


def exported(rows: int = 3, purpose: str = "内部監査") -> bytes:
    for number in range(rows):
        record(automatic("importer"), LOOKED, subject=f"card:{number}", content={"言葉": "髙"})
    today = clock.today()
    return log_export.export(Wanted(today, today), purpose, AUDITOR).content


def changed(package: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as before, zipfile.ZipFile(made, "w") as after:
        for one in before.namelist():
            content = before.read(one)
            after.writestr(one, change(content) if one == name else content)
    return made.getvalue()


def wrong(package: bytes) -> set[str]:
    return {one.name for one in log_export.check(io.BytesIO(package), AUDITOR) if not one.holds}


@pytest.mark.usefixtures("keys")
def test_a_package_is_checked_without_this_product() -> None:
    with zipfile.ZipFile(io.BytesIO(exported())) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files["manifest.json"])
    lines = files["events.jsonl"].splitlines()
    load_pem_public_key(files["public-key.pem"]).verify(files["manifest.sig"], files["manifest.json"])  # type: ignore[union-attr,call-arg]
    assert hashlib.sha256(files["events.jsonl"]).hexdigest() == manifest["events_sha256"]
    head = bytes.fromhex(manifest["previous"])
    for line in lines:
        head = hashlib.sha256(head + line).digest()
    assert (head.hex(), len(lines)) == (manifest["chain_head"], manifest["rows"])
    assert [json.loads(line)["subject"] for line in lines] == ["card:2", "card:1", "card:0"]
    assert manifest["purpose"] == "内部監査"
    assert "openssl pkeyutl -verify" in files["kensho.txt"].decode("utf-8-sig")


@pytest.mark.usefixtures("keys")
def test_every_change_to_a_package_is_seen() -> None:
    package = exported()
    assert wrong(package) == set()
    assert wrong(changed(package, "events.jsonl", lambda text: text.replace(b"card:1", b"card:7"))) == {"行", "鎖"}
    assert wrong(changed(package, "events.jsonl", lambda text: b"".join(text.splitlines(keepends=True)[1:]))) == {"行", "鎖"}
    assert wrong(changed(package, "events.jsonl", lambda text: b"".join(reversed(text.splitlines(keepends=True))))) == {"行", "鎖"}
    assert wrong(changed(package, "manifest.json", lambda text: text.replace("内部".encode(), "外部".encode()))) == {"署名", "記録"}
    assert wrong(changed(package, "manifest.sig", lambda text: bytes(64))) == {"署名"}
    cut, listed = changed(package, "events.jsonl", lambda text: text[:-1]), changed(package, "manifest.json", lambda _text: b"[]")
    for odd in (b"", b"PK", package[:-40], listed, cut):
        assert wrong(odd) == {"形"}


@pytest.mark.usefixtures("keys")
def test_a_package_signed_with_another_key_is_not_ours() -> None:
    package, forger = exported(), Ed25519PrivateKey.generate()
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        manifest = archive.read("manifest.json")
    pem = forger.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    forged = changed(package, "public-key.pem", lambda _pem: pem)
    assert wrong(forged) == {"署名", "鍵"}
    assert wrong(changed(forged, "manifest.sig", lambda _signature: forger.sign(manifest))) == {"鍵"}


@pytest.mark.usefixtures("keys")
def test_exports_are_one_chain() -> None:
    first, second = exported(), exported()
    rows = list(LogExport.objects.order_by("pk"))
    assert rows[0].previous == "0" * 64
    assert rows[1].previous == rows[0].manifest
    assert wrong(first) == wrong(second) == set()
    fork = {name: value for name, value in vars(rows[1]).items() if name not in {"_state", "id", "manifest"}}
    with pytest.raises(IntegrityError), transaction.atomic():
        LogExport.objects.create(**fork, manifest="a" * 64)


def test_nothing_leaves_without_a_key_or_without_a_row(request: pytest.FixtureRequest) -> None:
    with pytest.raises(Refusal):
        exported()
    request.getfixturevalue("keys")
    with pytest.raises(Refusal):
        log_export.export(Wanted(clock.today(), clock.today(), user_id="nobody"), "x", AUDITOR)
    assert not LogExport.objects.exists()


@pytest.mark.usefixtures("keys")
def test_the_pages_export_for_a_purpose_and_check(signed_in_client: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    auditor, day = signed_in_client("auditor"), clock.today().isoformat()
    record(automatic("importer"), LOOKED, subject="card:1")
    assert auditor.post("/audit/exports/", {"first": day, "last": day}).status_code == 422
    answer = auditor.post("/audit/exports/", {"first": day, "last": day, "purpose": "内部監査"})
    assert answer["Content-Disposition"].startswith('attachment; filename="sosakiroku_')
    page = auditor.get("/audit/exports/").content.decode()
    assert LogExport.objects.get().manifest in page
    assert log_export.fingerprint() in page
    for content, says in ((answer.content, "本物で、作ったときのままです"), (answer.content[:50], "そのままでは信じられません")):
        upload = SimpleUploadedFile("a.zip", content, "application/zip")
        assert says in auditor.post("/audit/exports/check/", {"package": upload}).content.decode()
    monkeypatch.setattr(log_export, "MOST_ROWS", 1)
    assert auditor.post("/audit/exports/", {"first": day, "last": day, "purpose": "内部監査"}).status_code == 422
