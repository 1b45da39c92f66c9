"""What two people do: the second look and the shredding, extraction, disposal with its certificate."""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from madoguchi.delivery.cards import services as cards
from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.filing import disposal, extraction, paper, queries, services
from madoguchi.delivery.filing.models import CoverSheet, DisposalBatch, Document, DocumentClass, Extraction, Page, ShreddingList, StoredFile
from madoguchi.delivery.filing.tests.conftest import as_file, sheet
from madoguchi.platform import clock
from madoguchi.platform.approvals import services as approvals
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.audit.actors import Actor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("read_here")]
Kinds = Callable[[str], DocumentClass]
WITNESS = {"witness_password": "kawa-no-hotori-7"}


@pytest.fixture
def file_one(filing: Kinds, make_card: Callable[..., Card], clerk: Actor) -> Callable[..., Document]:
    def file(number: int = 1, kind: str = "identity", card: Card | None = None) -> Document:
        scan = as_file([sheet(f"front {number}"), sheet(f"back {number}")], "TIFF")
        return services.file_for_card(services.check_file(scan, clerk), card or make_card(number), filing(kind), clerk)

    return file


def see(row: Document, actor: Actor) -> None:
    for page in queries.pages(row):
        services.open_picture(page, actor, small=False)


def test_paper_is_listed_after_a_second_person_saw_every_page(file_one: Callable[..., Document], clerk: Actor, chief: Actor) -> None:
    row = file_one()
    with pytest.raises(services.Refused, match="別の職員"):
        paper.look_again(row, clerk, expected_version=1)
    services.open_picture(queries.pages(row)[0], chief, small=False)
    with pytest.raises(services.Refused, match="2 ページ"):
        paper.look_again(row, chief, expected_version=1)
    see(row, chief)
    paper.look_again(row, chief, expected_version=1)
    row.refresh_from_db()
    assert (row.paper, row.looked_at_by) == ("listed", "chief")
    with pytest.raises(services.Overtaken):
        paper.look_again(row, chief, expected_version=1)


def test_the_database_knows_no_second_look_by_the_first(file_one: Callable[..., Document]) -> None:
    row = file_one()
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.filter(pk=row.pk).update(looked_at_by="clerk")
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.filter(pk=row.pk).update(paper="shredded")


def test_two_names_and_a_day_close_the_list(
    file_one: Callable[..., Document], chief: Actor, signed_in_client: Callable[..., Client]
) -> None:
    first, second = file_one(1), file_one(2)
    for row in (first, second):
        see(row, chief)
        paper.look_again(row, chief, expected_version=1)
    client = signed_in_client("clerk", user_id="kai")
    signed_in_client("clerk", user_id="ren")
    page = client.get("/filing/shredding/").content.decode()
    assert first.number in page
    assert second.number in page
    open_list = ShreddingList.objects.get()
    today = clock.today()
    day = {"day_year": today.year, "day_month": today.month, "day_day": today.day}
    address = f"/filing/shredding/{open_list.pk}/close/"
    assert client.post(address, {**day, "witness_user_id": "kai", **WITNESS}).status_code == 422
    assert client.post(address, {"witness_user_id": "ren", **WITNESS}).status_code == 422
    assert client.post(address, {**day, "witness_user_id": "ren", **WITNESS}).status_code == 302
    open_list.refresh_from_db()
    assert (open_list.closed_on, open_list.closed_by, open_list.witness) == (today, "kai", "ren")
    assert set(Document.objects.values_list("paper", flat=True)) == {"shredded"}
    assert client.post(address, {**day, "witness_user_id": "ren", **WITNESS}).status_code == 422
    assert "ren" in client.get("/filing/shredding/").content.decode()


def test_paper_left_too_long_alarms(file_one: Callable[..., Document], signed_in_client: Callable[..., Client]) -> None:
    row, client = file_one(), signed_in_client("clerk")
    assert "細断していない原本" not in client.get("/filing/").content.decode()
    Document.objects.filter(pk=row.pk).update(registered_at=clock.now() - dt.timedelta(days=8))
    assert "細断していない原本" in client.get("/filing/").content.decode()
    assert "細断していない原本" in client.get("/filing/shredding/").content.decode()


def test_the_second_look_on_the_page(file_one: Callable[..., Document], signed_in_client: Callable[..., Client]) -> None:
    row, client = file_one(), signed_in_client("chief", user_id="mika")
    assert row.number in client.get("/filing/shredding/").content.decode()
    early = client.post(f"/filing/{row.pk}/look/", {"version": row.version})
    assert early.status_code == 409
    for page in queries.pages(row):
        client.get(f"/filing/pages/{page.pk}/image/")
    assert "画像を確認した" in client.get(f"/filing/{row.pk}/").content.decode()
    assert client.post(f"/filing/{row.pk}/look/", {"version": row.version}).status_code == 302
    assert client.post(f"/filing/{row.pk}/look/", {"version": "x"}).status_code == 404


def test_an_extraction_needs_reason_and_second_person_and_is_kept(
    file_one: Callable[..., Document], signed_in_client: Callable[..., Client], clerk: Actor
) -> None:
    first, second = file_one(1), file_one(2)
    services.turn_page(queries.pages(first)[0], 90, clerk, expected_version=1)
    client = signed_in_client("chief")
    signed_in_client("clerk", user_id="ren")
    wanted = {"numbers": f"{first.number}\n{second.number.lower()}", "reason": "開示請求 8-12", "witness_user_id": "ren", **WITNESS}
    assert client.post("/filing/extract/", {**wanted, "form": "zip", "reason": ""}).status_code == 422
    assert client.post("/filing/extract/", {**wanted, "form": "zip", "witness_user_id": "chief"}).status_code == 422
    assert client.post("/filing/extract/", {**wanted, "form": "zip", "numbers": "F123"}).status_code == 422
    assert not Extraction.objects.exists()
    archive = zipfile.ZipFile(io.BytesIO(client.post("/filing/extract/", {**wanted, "form": "zip"}).content))
    assert sorted(archive.namelist()) == sorted([f"{first.number}-1.tif", f"{second.number}-1.tif", "index.csv"])
    rows = list(csv.DictReader(io.StringIO(archive.read("index.csv").decode("utf-8-sig"))))
    assert [(row["資料番号"], row["ページ番号"], row["回転角度"]) for row in rows][:2] == [
        (first.number, "1", "90"),
        (first.number, "2", "0"),
    ]
    answer = client.post("/filing/extract/", {**wanted, "form": "pdf"})
    assert "髙橋" not in answer.headers["Content-Disposition"]
    with pikepdf.open(io.BytesIO(answer.content)) as document:
        assert len(document.pages) == 4
        box = document.pages[0].mediabox
        assert box[2] > box[3]
    assert [(row.by, row.witness, row.pages) for row in Extraction.objects.all()] == [("chief", "ren", 4)] * 2
    assert "開示請求 8-12" in client.get("/filing/extract/").content.decode()
    assert "抽出" in {view.reason[:2] for view in first.views.all()}


def test_papers_under_protection_are_not_extracted(file_one: Callable[..., Document], clerk: Actor, chief: Actor) -> None:
    row = file_one()
    assert row.card is not None
    cards.set_hold(row.card.pk, HoldKind.PROTECTED, chief, expected_version=1, reason="申出")
    with pytest.raises(services.Refused, match="支援措置"):
        extraction.extract(extraction.find([row.number]), "pdf", clerk, object(), "x")  # type: ignore[arg-type]  # not asked
    assert not Extraction.objects.exists()


def _over(*rows: Document) -> None:
    Document.objects.filter(pk__in=[row.pk for row in rows]).update(keep_until=clock.today() - dt.timedelta(days=1))


def test_disposal_is_proposed_approved_carried_out_and_certified(
    file_one: Callable[..., Document], zone: Path, signed_in_client: Callable[..., Client], filing: Kinds, clerk: Actor
) -> None:
    gone, stays = file_one(1), file_one(2)
    services.make_covers(gone.card, [filing("photo")], clerk)  # type: ignore[arg-type]  # it has a card
    _over(gone)
    client, other = signed_in_client("chief"), signed_in_client("chief", user_id="mika")
    signed_in_client("clerk", user_id="ren")
    today = clock.today()
    answer = client.post("/filing/disposals/", {"cutoff_year": today.year, "cutoff_month": today.month, "cutoff_day": today.day})
    batch = DisposalBatch.objects.get()
    assert answer.headers["Location"] == f"/filing/disposals/{batch.pk}/"
    witness = {"witness_user_id": "ren", **WITNESS}
    assert client.post(f"/filing/disposals/{batch.pk}/", witness).status_code == 422
    assert Page.objects.filter(document=gone).count() == 2
    approval = Approval.objects.get()
    approvals.approve(approval.pk, other.staff)  # type: ignore[attr-defined]  # set by the fixture
    assert client.get(f"/filing/disposals/{batch.pk}/certificate/").status_code == 404
    assert client.post(f"/filing/disposals/{batch.pk}/", witness).status_code == 302
    gone.refresh_from_db()
    assert (gone.disposal, gone.name, gone.application_id, gone.identifier, gone.card_id) == ("disposed", "", "", "", None)
    assert not Page.objects.filter(document=gone).exists()
    assert StoredFile.objects.count() == 1
    assert len([path for path in (zone / "images").rglob("*") if path.is_file()]) == 5
    assert services.open_picture(queries.pages(stays)[0], clerk, small=True)
    assert "廃棄した帳票です" in client.get(f"/filing/{gone.pk}/").content.decode()
    assert client.post(f"/filing/disposals/{batch.pk}/", witness).status_code == 422
    pdf = client.get(f"/filing/disposals/{batch.pk}/certificate/").content
    words = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded()
    for word in ("帳票画像廃棄証明書", "1 件 2 ページ", "(chief)", "(mika)", "(ren)", "本人確認書類の写し"):
        assert word in words, word
    assert "髙橋" not in words
    auditor = signed_in_client("auditor")
    assert auditor.get(f"/filing/disposals/{batch.pk}/").status_code == 200
    assert "髙＊" not in auditor.get("/filing/shredding/").content.decode()


def test_what_is_sent_back_is_kept(file_one: Callable[..., Document], chief: Actor, signed_in_client: Callable[..., Client]) -> None:
    from madoguchi.delivery.filing.approvable import DISPOSAL

    row = file_one()
    with pytest.raises(services.Refused, match="ありません"):
        disposal.propose(clock.today(), chief, DISPOSAL)
    assert not DisposalBatch.objects.exists()
    _over(row)
    batch = disposal.propose(clock.today(), chief, DISPOSAL)
    other = signed_in_client("chief", user_id="mika")
    approvals.reject(Approval.objects.get().pk, other.staff, reason="訴訟中")  # type: ignore[attr-defined]  # set by the fixture
    row.refresh_from_db()
    assert (row.disposal, row.disposal_batch_id) == ("none", None)
    with pytest.raises(services.Refused, match="承認されていません"):
        disposal.carry_out(batch.pk, chief, other.staff)  # type: ignore[attr-defined]  # set by the fixture


def test_sealed_files_that_nothing_names_are_swept_after_a_day(file_one: Callable[..., Document], zone: Path) -> None:
    import os

    file_one()
    kept = {path for path in (zone / "images").rglob("*") if path.is_file()}
    orphan = next(iter(kept)).parent / ("0" * 64)
    orphan.write_bytes(b"x")
    assert disposal.sweep() == 0
    os.utime(orphan, (0, 0))
    for path in kept:
        os.utime(path, (0, 0))
    assert disposal.sweep() == 1
    assert {path for path in (zone / "images").rglob("*") if path.is_file()} == kept


def test_kinds_and_periods_are_set_on_their_pages(filing: Kinds, signed_in_client: Callable[..., Client]) -> None:
    client: Any = signed_in_client("chief")
    assert "資料区分の一覧" in client.get("/filing/classes/").content.decode()
    assert client.post("/filing/classes/", {"shred_within_days": "0"}).status_code == 422
    assert client.post("/filing/classes/", {"shred_within_days": "3"}).status_code == 302
    assert (queries.settings_row().takes_unscanned, queries.settings_row().shred_within_days) == (False, 3)
    new = {"code": "others", "name": "その他", "business": "申請", "may_be_scanned": "on", "is_open": "on"}
    assert client.post("/filing/classes/new/", {**new, "name": "顔写真"}).status_code == 422
    assert client.post("/filing/classes/new/", new).status_code == 302
    kind = filing("others")
    assert client.post(f"/filing/classes/{kind.pk}/", {**new, "name": "その他の書類"}).status_code == 302
    assert filing("others").name == "その他の書類"
    day = {"since_year": "2026", "since_month": "4", "since_day": "1"}
    assert client.post(f"/filing/classes/{kind.pk}/period/", {**day, "years": "5"}).status_code == 302
    assert client.post(f"/filing/classes/{kind.pk}/period/", {**day, "years": "5"}).status_code == 422
    assert "5 年" in client.get(f"/filing/classes/{kind.pk}/").content.decode()
    assert signed_in_client("clerk").get("/filing/classes/").status_code == 403


def test_without_a_scanner_the_setting_decides(filing: Kinds, clerk: Actor, chief: Actor) -> None:
    services.change_settings(chief, takes_unscanned=False, shred_within_days=7)
    with pytest.raises(services.Refused, match="設定されていない"):
        services.check_file(as_file([sheet()], "PNG"), clerk)
    assert not CoverSheet.objects.exists()
