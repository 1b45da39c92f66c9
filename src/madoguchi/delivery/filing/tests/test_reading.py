"""Files from outside: every kind is read, whatever is wrong ends as one sentence, and nothing is unpacked before it is measured."""

import io
import struct
import zlib

import pikepdf
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from madoguchi.delivery.filing import reading
from madoguchi.delivery.filing.reader_process import read_apart
from madoguchi.delivery.filing.reading import SENTENCES, Unreadable, mime_of, read_pages
from madoguchi.delivery.filing.tests.conftest import as_file, sheet
from madoguchi.kernel.labels import own_code

KINDS = {"TIFF": "image/tiff", "JPEG": "image/jpeg", "PNG": "image/png", "PDF": "application/pdf"}
SOUND = {
    kind: as_file([sheet("one", (120, 170)), sheet("two", (120, 170))] if kind in {"TIFF", "PDF"} else [sheet("one", (120, 170))], kind)
    for kind in KINDS
}


def cover(code: str) -> Image.Image:
    page = sheet("cover")
    drawn = io.BytesIO()
    segno.make(code, error="m", micro=False).save(drawn, kind="png", scale=6, border=4)
    page.paste(Image.open(drawn).convert("L"), (100, 300))
    return page


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_its_pages(kind: str) -> None:
    pages = list(read_pages(SOUND[kind]))
    assert mime_of(SOUND[kind]) == KINDS[kind]
    assert len(pages) == (2 if kind in {"TIFF", "PDF"} else 1)
    for page in pages:
        assert Image.open(io.BytesIO(page.view)).format == "JPEG"
        assert max(Image.open(io.BytesIO(page.thumb)).size) <= 240
        assert page.cover == ""


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "CMYK", "P", "I;16"])
def test_every_depth_of_colour_is_read(mode: str) -> None:
    picture = sheet("x", mode="RGB").convert("L").convert("I;16") if mode == "I;16" else sheet("x", mode="RGB").convert(mode)
    assert len(list(read_pages(as_file([picture], "TIFF")))) == 1


def test_only_a_cover_of_ours_is_read_and_the_code_of_a_card_never() -> None:
    own, foreign = own_code("F", 12), "123456789018"
    codes = [page.cover for page in read_pages(as_file([cover(own), cover(foreign), cover("S000000017"), sheet()], "TIFF"))]
    assert codes == [own, "", "", ""]


def png(width: int, height: int) -> bytes:
    """A PNG that says how large it is and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def pdf_with(**words: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(200, 300))
        document.save(out, **words)  # type: ignore[arg-type]  # pikepdf's words
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"GIF89a" + bytes(100), "kind"),
        (b"<html>", "kind"),
        (b"II*\0", "damaged"),
        (b"\xff\xd8\xff\xe0", "damaged"),
        (b"%PDF-1.7\n", "damaged"),
        (SOUND["JPEG"][:-200], "damaged"),
        (SOUND["TIFF"][:-200], "damaged"),
        (png(40_000, 40_000), "dots"),
        (png(60_000, 20), "shape"),
        (pdf_with(encryption=pikepdf.Encryption(owner="o", user="u")), "locked"),
    ],
    # An encrypted file differs each time it is made: its bytes are no name.
    ids=[
        "nothing",
        "GIF",
        "HTML",
        "half a TIFF",
        "half a JPEG",
        "half a PDF",
        "cut JPEG",
        "cut TIFF",
        "too large",
        "too wide",
        "locked PDF",
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        list(read_pages(content))
    assert refused.value.code == code
    assert SENTENCES[code]


def test_a_file_of_too_many_pages_or_bytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_PAGES", 1)
    for kind in ("TIFF", "PDF"):
        with pytest.raises(Unreadable, match="pages"):
            list(read_pages(SOUND[kind]))
    monkeypatch.setattr(reading, "LARGEST_FILE", 100)
    with pytest.raises(Unreadable, match="large"):
        list(read_pages(SOUND["PNG"]))


@given(kind=st.sampled_from(sorted(KINDS)), data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_mutated_file_is_read_or_refused_and_nothing_else(kind: str, data: st.DataObject) -> None:
    content = bytearray(SOUND[kind])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=6))
    code = ""
    try:
        pages = list(read_pages(bytes(content)))
    except Unreadable as refused:
        code = refused.code
    assert code in SENTENCES if code else all(page.view for page in pages)


def test_a_process_of_its_own_reads_and_refuses_alike() -> None:
    found = read_apart(SOUND["TIFF"])
    assert found.mime == "image/tiff"
    assert list(found.pages) == list(read_pages(SOUND["TIFF"]))
    with pytest.raises(Unreadable, match="dots"):
        read_apart(png(40_000, 40_000))


def test_a_reader_that_breaks_down_is_a_damaged_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("madoguchi.delivery.filing.reader_process.sys.executable", "/bin/false")
    with pytest.raises(Unreadable, match="damaged"):
        read_apart(SOUND["PNG"])
