"""The watched folder: a file is taken when it stands still, whole or not at all; whatever happens, nothing is lost."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.filing import inbox, queries, services
from madoguchi.delivery.filing.models import CoverSheet, Document, DocumentClass, IncomingFile
from madoguchi.delivery.filing.tests.conftest import as_file, sheet
from madoguchi.delivery.filing.tests.test_reading import cover
from madoguchi.kernel.labels import own_code
from madoguchi.platform.audit.actors import Actor, automatic
from madoguchi.platform.verbs import Silent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_here")]
Kinds = Callable[[str], DocumentClass]
ROBOT = automatic("filing")


@pytest.fixture
def put(filing: Kinds, zone: Path) -> Callable[..., Path]:
    """Return a function that puts a file into the folder, last written an hour ago."""
    folder = zone / "filing-inbox"
    folder.mkdir()

    def write(name: str, content: bytes, age: int = 3600) -> Path:
        path = folder / name
        path.write_bytes(content)
        moment = path.stat().st_mtime - age
        os.utime(path, (moment, moment))
        return path

    return write


def look(times: int = 2) -> int:
    return sum(inbox.look(ROBOT, Silent()) for _ in range(times))


def only() -> IncomingFile:
    return IncomingFile.objects.get()


@pytest.fixture
def covers(filing: Kinds, make_card: Callable[..., Card], clerk: Actor) -> list[CoverSheet]:
    first, second = make_card(1), make_card(2)
    return [
        *services.make_covers(first, [filing("identity"), filing("application")], clerk),
        *services.make_covers(second, [filing("photo")], clerk),
    ]


def test_one_scan_with_three_covers_becomes_three_papers(put: Callable[..., Path], covers: list[CoverSheet]) -> None:
    pages = [cover(covers[0].code), sheet("a"), sheet("b"), cover(covers[1].code), sheet("c"), cover(covers[2].code), sheet("d")]
    path = put("scan 0001.tif", as_file(pages, "TIFF"))
    assert look(1) == 0
    assert path.exists()
    assert look(1) == 1
    assert not path.exists()
    found = list(Document.objects.order_by("id"))
    assert [row.number for row in found] == [one.code for one in covers]
    assert [[page.file_page for page in queries.pages(row)] for row in found] == [[2, 3], [5], [7]]
    assert [row.card_id for row in found] == [one.card_id for one in covers]
    assert (only().state, only().documents) == ("taken", 3)
    assert not CoverSheet.objects.filter(used_at__isnull=True).exists()


def test_a_file_that_still_grows_or_was_just_written_stays(put: Callable[..., Path], covers: list[CoverSheet]) -> None:
    content = as_file([cover(covers[0].code), sheet()], "TIFF")
    path = put("growing.tif", content[: len(content) // 2])
    assert look(1) == 0
    put("growing.tif", content, age=3599)
    assert look(1) == 0
    assert only().state == "watched"
    assert look(1) == 1
    put("young.tif", as_file([cover(covers[1].code), sheet()], "TIFF"), age=0)
    assert look(3) == 0
    assert (path.parent / "young.tif").exists()


@pytest.mark.parametrize("suffix", ["tif", "pdf"])
def test_a_file_without_cover_waits_for_a_person(
    put: Callable[..., Path], make_card: Callable[..., Card], filing: Kinds, clerk: Actor, suffix: str
) -> None:
    path = put(f"loose.{suffix}", as_file([sheet("x"), sheet("y")], "TIFF" if suffix == "tif" else "PDF"))
    assert look() == 0
    row = only()
    assert (row.state, path.exists()) == ("waiting", True)
    assert "表紙がありません" in row.sentence
    card = make_card()
    number = inbox.assign(row, card, filing("mandate"), clerk)
    assert not path.exists()
    paper = Document.objects.get(number=number)
    assert (paper.card_id, paper.source, len(queries.pages(paper))) == (card.pk, "folder", 2)
    with pytest.raises(services.Refused, match="共有フォルダーにありません"):
        inbox.assign(row, card, filing("mandate"), clerk)


def test_what_cannot_be_filed_stays_with_its_sentence(put: Callable[..., Path], covers: list[CoverSheet], filing: Kinds) -> None:
    used = covers[0].code
    put("a.tif", as_file([cover(used), sheet("1")], "TIFF"))
    assert look() == 1
    files = {
        "used.tif": (as_file([cover(used), sheet("2")], "TIFF"), "すでに使われています"),
        "foreign.tif": (as_file([cover("F000099991"), sheet("3")], "TIFF"), "表紙がありません"),
        "first.tif": (as_file([sheet("4"), cover(covers[1].code), sheet("5")], "TIFF"), "最初のページが表紙ではありません"),
        "bare.tif": (as_file([cover(covers[1].code)], "TIFF"), "書類のない表紙"),
        "text.txt": (b"hello", "読めない種類"),
        "torn.jpg": (as_file([sheet()], "JPEG")[:-300], "壊れています"),
        "empty.pdf": (b"", "空です"),
    }
    paths = [put(name, content) for name, (content, _sentence) in files.items()]
    assert look() == 0
    assert all(path.exists() for path in paths)
    for name, (_content, sentence) in files.items():
        assert sentence in IncomingFile.objects.get(name=name).sentence, name
    assert Document.objects.count() == 1
    assert CoverSheet.objects.filter(used_at__isnull=True).count() == 2


def test_a_cover_of_another_office_is_refused_by_its_code(put: Callable[..., Path], covers: list[CoverSheet]) -> None:
    put("other.tif", as_file([cover(own_code("F", 77_777)), sheet()], "TIFF"))
    look()
    assert "印刷したものではありません" in only().sentence
    path = put("other.tif", as_file([cover(covers[0].code), sheet()], "TIFF"), age=60)
    assert look() == 1
    assert not path.exists()


def test_the_same_file_twice_is_noticed_and_kept(put: Callable[..., Path], covers: list[CoverSheet]) -> None:
    content = as_file([cover(covers[0].code), sheet()], "TIFF")
    put("one.tif", content)
    assert look() == 1
    again = put("again.tif", content)
    assert look() == 0
    row = IncomingFile.objects.get(name="again.tif")
    assert row.state == "double"
    assert covers[0].code in row.sentence
    assert again.exists()


def test_a_file_whose_removal_was_cut_off_is_removed_later_and_not_filed_twice(
    put: Callable[..., Path], covers: list[CoverSheet], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put("cut.tif", as_file([cover(covers[0].code), sheet()], "TIFF"))
    with monkeypatch.context() as cut:
        cut.setattr(inbox, "_remove", lambda _path: None)
        assert look() == 1
    assert path.exists()
    assert look(1) == 0
    assert not path.exists()
    assert Document.objects.count() == 1


def test_a_fault_in_the_middle_files_nothing(put: Callable[..., Path], covers: list[CoverSheet], monkeypatch: pytest.MonkeyPatch) -> None:
    path = put("two.tif", as_file([cover(covers[0].code), sheet("1"), cover(covers[1].code), sheet("2")], "TIFF"))
    real, calls = services.make_document, []

    def break_down(*arguments: Any) -> Document:
        calls.append(1)
        if len(calls) == 2:
            raise OSError("disk")
        return real(*arguments)

    with monkeypatch.context() as broken:
        broken.setattr(services, "make_document", break_down)
        look(1)
        with pytest.raises(OSError, match="disk"):
            look(1)
    assert path.exists()
    assert not Document.objects.exists()
    assert look(1) == 1
    assert Document.objects.count() == 2


def test_links_hidden_files_and_strange_names_do_no_harm(put: Callable[..., Path], zone: Path, covers: list[CoverSheet]) -> None:
    content = as_file([cover(covers[0].code), sheet()], "TIFF")
    (zone / "elsewhere.tif").write_bytes(content)
    (zone / "filing-inbox" / "link.tif").symlink_to(zone / "elsewhere.tif")
    put(".hidden.tif", content)
    put(os.fsdecode(b"\x83\x65.tif"), content)
    assert look() == 1
    assert only().name == "\\udc83e.tif"
    assert (zone / "elsewhere.tif").exists()


def test_a_file_taken_away_by_hand_leaves_the_list(put: Callable[..., Path]) -> None:
    path = put("x.txt", b"no scan")
    look()
    path.unlink()
    look(1)
    assert not IncomingFile.objects.exists()


@given(covers=st.lists(st.sampled_from(["", "F1", "F2", "F3"]), max_size=8))
def test_every_page_behind_a_cover_has_one_paper(covers: list[str]) -> None:
    begins_bare = covers[:1] == [""]
    has_empty_cover = any(one and after != "" for one, after in zip(covers, [*covers[1:], None], strict=False))
    if begins_bare or has_empty_cover:
        with pytest.raises(services.Refused):
            inbox.parts_of(covers)
        return
    parts = inbox.parts_of(covers)
    assert [page for part in parts for page in part.pages] == [number for number, code in enumerate(covers, start=1) if not code]
    assert [part.code for part in parts] == [code for code in covers if code]


def test_the_pages_of_the_folder(
    put: Callable[..., Path],
    make_card: Callable[..., Card],
    filing: Kinds,
    signed_in_client: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = signed_in_client("clerk")
    assert "ファイルはありません" in client.get("/filing/folder/").content.decode()
    assert "設定されていません" in client.get("/filing/folder/").content.decode()
    put("loose.png", as_file([sheet()], "PNG"))
    put("bad.txt", b"x")
    look()
    shown = client.get("/filing/folder/").content.decode()
    assert "だれの帳票か選ぶ" in shown
    assert "読めない種類" in shown
    row = IncomingFile.objects.get(name="loose.png")
    assert client.get(f"/filing/folder/{row.pk}/").status_code == 200
    assert client.get(f"/filing/folder/{row.pk}/preview/").headers["Content-Type"] == "image/jpeg"
    assert client.post(f"/filing/folder/{row.pk}/", {}).status_code == 422
    wrong = client.post(f"/filing/folder/{row.pk}/", {"code": "Z", "document_class": filing("photo").pk})
    assert wrong.status_code == 422
    sent = client.post(f"/filing/folder/{row.pk}/", {"code": make_card(5).serial, "document_class": filing("photo").pk})
    assert sent.status_code == 302
    bad = IncomingFile.objects.get(name="bad.txt")
    client.post(f"/filing/folder/{bad.pk}/retry/")
    bad.refresh_from_db()
    assert bad.state == "watched"
    assert client.post("/filing/folder/look/").status_code == 302
