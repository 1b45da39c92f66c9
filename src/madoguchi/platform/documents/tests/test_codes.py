"""Codes are read by an independent reader."""

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from madoguchi.platform.documents.codes import code_128, qr_svg


def _picture_of_bars(widths: list[int]) -> Image.Image:
    module = 3
    picture = Image.new("L", ((sum(widths) + 20) * module, 60), 255)
    draw = ImageDraw.Draw(picture)
    x = 10 * module
    for place, width in enumerate(widths):
        if place % 2 == 0:
            draw.rectangle((x, 0, x + width * module - 1, 59), fill=0)
        x += width * module
    return picture


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=12).filter(lambda text: text.strip() == text)
)
def test_every_printable_ascii_text_reads_back_from_code_128(text: str) -> None:
    read = zxingcpp.read_barcodes(_picture_of_bars(code_128(text)), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.Code128))
    assert [code.text for code in read] == [text]


def test_every_symbol_is_eleven_modules_wide() -> None:
    widths = code_128("".join(map(chr, range(32, 127))))
    assert len(widths) == 6 * (1 + 95 + 1) + 7
    assert all(sum(widths[start : start + 6]) == 11 for start in range(0, len(widths) - 7, 6))


@pytest.mark.parametrize("text", ["", "あ", "A\n"])
def test_other_characters_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ASCII"):
        code_128(text)


def test_the_qr_drawing_has_a_quiet_zone_of_four_modules() -> None:
    drawing = qr_svg("https://example.jp/q#A0A000001.12345674")
    assert drawing.startswith("<svg")
    assert "M4 4h7v1h-7z" in drawing
