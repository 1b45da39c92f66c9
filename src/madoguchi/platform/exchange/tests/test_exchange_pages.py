"""Pages of the exchange: making, downloading, withdrawing and taking in files; who may; what bad input says."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madoguchi.platform.accounts.models import Section
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.exchange.models import LedgerEntry, OutgoingFile
from madoguchi.platform.exchange.services import sending

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.platform.exchange.tests.exchange_urls")]
CLERK = automatic("test")
FILE_NAME = "KFX_142051_C2B_targets_1.kfx"


@pytest.fixture(autouse=True)
def office(settings: Any) -> None:
    settings.MADOGUCHI_STAFF_HOME = "office:home"
    settings.MADOGUCHI_SITE = {"zone": "delivery", "demo": False}
    settings.MADOGUCHI_SHELL = settings.MADOGUCHI_MENU = ""


@pytest.fixture
def clerk(zones: Any, signed_in_client: Callable[..., Client]) -> Client:
    zones.enter("delivery")
    return signed_in_client("clerk")


def upload(client: Client, content: bytes, name: str = FILE_NAME) -> Any:
    return client.post("/exchange/import/", {"file": SimpleUploadedFile(name, content)})


def body(response: Any) -> str:
    """The page's words, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# -- export ------------------------------------------------------------------


def test_a_clerk_makes_a_file_downloads_it_and_the_ledger_knows(clerk: Client) -> None:
    page = clerk.get("/exchange/export/")
    assert (page.status_code, "運んでいる途中のファイルはありません" in body(page)) == (200, True)
    made = clerk.post("/exchange/export/", {"type": "targets"}, follow=True)
    assert made.redirect_chain == [("/exchange/export/", 302)]
    assert "第1号、3件" in body(made)
    assert "まだ書き出していません" in body(made)
    issued = OutgoingFile.objects.get()
    assert not LedgerEntry.objects.exists()
    download = clerk.post(f"/exchange/files/{issued.pk}/download/")
    assert download.content == bytes(issued.sealed_copy.content)
    assert download["Content-Disposition"] == f'attachment; filename="{FILE_NAME}"'
    assert download["Cache-Control"] == "no-store"
    entry = LedgerEntry.objects.get()
    assert (entry.state, entry.user_id, entry.file_name) == ("done", "clerk", FILE_NAME)
    assert "受領書待ち" in body(clerk.get("/exchange/export/"))
    ledger = body(clerk.get("/exchange/ledger/"))
    assert FILE_NAME in ledger
    assert "書き出し" in ledger


def test_pressing_twice_leaves_one_file(clerk: Client) -> None:
    for _ in range(2):
        clerk.post("/exchange/export/", {"type": "targets"})
    assert [(file.seq, file.state) for file in OutgoingFile.objects.order_by("pk")] == [(1, "withdrawn"), (1, "issued")]


@pytest.mark.parametrize("chosen", ["", "bookings", "../targets"])
def test_a_type_that_is_none_is_said_at_the_field(clerk: Client, chosen: str) -> None:
    refused = clerk.post("/exchange/export/", {"type": chosen})
    assert refused.status_code == 422
    assert "書き出す種類を" in body(refused)
    assert not OutgoingFile.objects.exists()


def test_without_the_other_zones_key_the_page_says_so(clerk: Client, zones: Any) -> None:
    from madoguchi.platform.exchange.models import PeerKey

    PeerKey.objects.all().delete()
    refused = clerk.post("/exchange/export/", {"type": "targets"})
    assert refused.status_code == 422
    assert "鍵が登録されていません" in body(refused)


def test_a_file_is_withdrawn_with_a_reason(clerk: Client) -> None:
    issued = sending.issue_file("targets", CLERK)
    sending.hand_out_copy(issued, CLERK)
    address = f"/exchange/files/{issued.pk}/withdraw/"
    assert address in clerk.get("/exchange/export/").content.decode()
    assert clerk.post(address, {"reason": ""}).status_code == 422
    assert "第1号を取り下げました" in body(clerk.post(address, {"reason": "媒体を紛失した"}, follow=True))
    assert clerk.post(address, {"reason": "もう一度"}).status_code == 422
    gone = clerk.post(f"/exchange/files/{issued.pk}/download/")
    assert gone.status_code == 410
    assert "新しく" in body(gone)


def test_a_file_that_does_not_exist(clerk: Client) -> None:
    assert clerk.post("/exchange/files/99/download/").status_code == 404
    assert clerk.get("/exchange/files/99/withdraw/").status_code == 404
    assert clerk.get("/exchange/files/99/download/").status_code == 405


# -- import ------------------------------------------------------------------


@pytest.fixture
def arrived(zones: Any, clerk: Client, tmp_path: Path) -> bytes:
    """A file of the core zone; the process is in the booking zone."""
    content = sending.export_file("targets", CLERK, folder=tmp_path / "stick").path.read_bytes()
    LedgerEntry.objects.all().delete()
    zones.enter("booking")
    return content


def test_a_clerk_takes_a_file_in_and_gets_the_receipt(clerk: Client, arrived: bytes) -> None:
    taken = upload(clerk, arrived)
    assert taken.status_code == 200
    words = body(taken)
    assert "交付対象者(第1号)を取り込みました" in words
    assert "取り込んだ行: 3件" in words
    assert "ウイルス対策ソフトが設定されていません" in words
    assert Section.objects.filter(code__startswith="A0A").count() == 3
    receipt = OutgoingFile.objects.get(type="receipt")
    assert f"/exchange/files/{receipt.pk}/download/" in taken.content.decode()
    assert clerk.post(f"/exchange/files/{receipt.pk}/download/").content == bytes(receipt.sealed_copy.content)


def test_taking_it_in_again_is_answered_calmly(clerk: Client, arrived: bytes) -> None:
    upload(clerk, arrived)
    again = upload(clerk, arrived)
    assert again.status_code == 422
    assert "取り込みませんでした(E12)" in body(again)
    assert "取込日時は" in body(again)
    assert "何も変わっていません" in body(again)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "E03"), (b"PK\x03\x04 a spreadsheet", "E01"), (b"KFX1\n" + b"\0" * 30, "E03")],
    ids=["empty", "other", "cut"],
)
def test_a_file_that_is_none_is_refused_in_words(clerk: Client, arrived: bytes, content: bytes, code: str) -> None:
    refused = upload(clerk, content, "山田太郎.xlsx")
    assert refused.status_code == 422
    assert f"取り込みませんでした({code})" in body(refused)
    assert "山田" not in body(refused)
    assert LedgerEntry.objects.get().code == code


def test_faulty_rows_are_listed_without_values(zones: Any, clerk: Client) -> None:
    path = zones.make_file([{"id": f"A{number:03}", "rev": 1, "status": "open", "code": "E22"} for number in range(120)])
    zones.enter("booking")
    refused = upload(clerk, path.read_bytes())
    words = body(refused)
    assert "取り込みませんでした(E22)" in words
    assert "ほかに20行あります" in words
    assert "A001" not in words


def test_no_file_chosen(clerk: Client, arrived: bytes) -> None:
    refused = clerk.post("/exchange/import/", {})
    assert refused.status_code == 422
    assert "連携ファイルを選んでください" in body(refused)
    assert not LedgerEntry.objects.exists()


def test_an_upload_that_is_too_large_never_reaches_the_disk_whole(clerk: Client, arrived: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    monkeypatch.setattr("madoguchi.platform.exchange.forms.MAX_FILE_BYTES", 100_000)
    monkeypatch.setattr("madoguchi.platform.exchange.media.MAX_FILE_BYTES", 100_000)
    read = "madoguchi.platform.exchange.views.receiving.import_file"
    from madoguchi.platform.exchange.services.receiving import import_file

    def watch(path: Path, *arguments: Any, **named: Any) -> Any:
        written.append(path.stat().st_size)
        return import_file(path, *arguments, **named)

    monkeypatch.setattr(read, watch)
    refused = upload(clerk, bytes(1_000_000))
    assert "取り込みませんでした(E02)" in body(refused)
    assert 100_000 < written[0] < 200_000


def test_an_upload_needs_the_token_of_the_form(clerk: Client, arrived: bytes) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = clerk.cookies
    assert upload(strict, arrived).status_code == 403
    assert not LedgerEntry.objects.exists()


# -- who may -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "may"),
    [("clerk", {"export", "import", "ledger"}), ("chief", {"export", "import", "ledger"}), ("auditor", {"ledger"}), ("operator", set())],
)
def test_each_role_opens_what_is_its_own(zones: Any, signed_in_client: Callable[..., Client], role: str, may: set[str]) -> None:
    client = signed_in_client(role)
    opened = {page for page in ("export", "import", "ledger") if client.get(f"/exchange/{page}/").status_code == 200}
    assert opened == may
    if not may & {"export", "import"}:
        assert upload(client, b"").status_code == 403
        assert client.post("/exchange/export/", {"type": "targets"}).status_code == 403
        assert not LedgerEntry.objects.exists()


def test_nobody_signed_in_is_led_to_the_sign_in(zones: Any) -> None:
    assert Client().get("/exchange/export/").status_code == 302


def test_the_number_of_statements_does_not_grow_with_the_lists(zones: Any, clerk: Client, tmp_path: Path) -> None:
    def counted(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert clerk.get(address).status_code == 200
        return len(captured)

    def one_more() -> None:
        zones.enter("delivery")
        path = sending.export_file("targets", CLERK, folder=tmp_path / "stick").path
        zones.take_in(path)
        zones.enter("delivery")

    addresses = ("/exchange/export/", "/exchange/import/", "/exchange/ledger/")
    one_more()
    before = [counted(address) for address in addresses]
    for _ in range(4):
        one_more()
    assert [counted(address) for address in addresses] == before


# -- too much at once (E24) --------------------------------------------------


def test_a_file_that_changes_too_much_is_let_in_by_two_and_only_that_file(
    zones: Any, signed_in_client: Callable[..., Client], as_auditor: Callable[[], Any]
) -> None:
    zones.enter("booking")
    clerk, _boss = signed_in_client("clerk"), signed_in_client("chief", user_id="boss")
    path = zones.make_file([{"id": "A0A000001", "rev": 1, "status": "closed", "code": "E24"}])
    zones.enter("booking")
    page = upload(clerk, path.read_bytes())
    assert (page.status_code, "E24" in body(page)) == (422, True)
    held = LedgerEntry.objects.get(code="E24")
    address = f"/exchange/import/held/{held.pk}/"
    assert address in page.content.decode()
    own = {"reason": "年度末", "witness_user_id": "clerk", "witness_password": "kawa-no-hotori-7"}
    assert clerk.post(address, own).status_code == 422
    assert upload(clerk, path.read_bytes()).status_code == 422
    newer = LedgerEntry.objects.filter(code="E24").latest("pk").pk
    assert clerk.get(address).status_code == 404
    address = f"/exchange/import/held/{newer}/"
    assert clerk.post(address, {**own, "witness_user_id": "boss", "reason": ""}).status_code == 422
    assert clerk.post(address, {**own, "witness_user_id": "boss"}).status_code == 302
    other = zones.make_file([{"id": "A0A000002", "rev": 1, "status": "closed", "code": "E24"}])
    zones.enter("booking")
    assert upload(clerk, other.read_bytes()).status_code == 422
    assert upload(clerk, path.read_bytes()).status_code == 200
    assert list(Section.objects.filter(name="closed").values_list("code", flat=True)) == ["A0A000001"]
    assert "止めたファイル" not in body(clerk.get("/exchange/import/"))
    with as_auditor():
        event = AuditEvent.objects.get(process_code="exchange.file.let-in")
    assert (event.reason, event.content["second"]) == ("年度末", "boss")
