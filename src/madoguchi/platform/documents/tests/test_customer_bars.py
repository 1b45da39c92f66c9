"""The post office's bars are read from the picture of the page, and a wrong bar is seen."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from madoguchi.kernel import customer_barcode
from madoguchi.platform.documents.readback import bar_states

_DOTS_PER_MM = 3.0 * 72 / 25.4


def _drawn(states: str) -> Image.Image:
    """Draw bars at nine points as the layout does, three millimetres above and below their middle."""
    picture = Image.new("L", (round(75 * _DOTS_PER_MM), round(6 * _DOTS_PER_MM)), 255)
    pen = ImageDraw.Draw(picture)
    for nth, state in enumerate(states):
        left, middle = 1 + nth * 1.08, 3.0
        top = middle - (1.62 if state in "12" else 0.54)
        bottom = middle + (1.62 if state in "13" else 0.54)
        pen.rectangle([value * _DOTS_PER_MM for value in (left, top, left + 0.54, bottom)], fill=0)
    return picture


@given(st.text(alphabet="1234", min_size=67, max_size=67))
@settings(max_examples=30, deadline=None)
def test_bars_are_read_as_they_were_drawn(states: str) -> None:
    assert bar_states(_drawn(states), _DOTS_PER_MM) == states


def test_paper_without_bars_reads_as_nothing() -> None:
    assert bar_states(Image.new("L", (600, 50), 255), _DOTS_PER_MM) == ""


def test_one_bar_too_few_is_no_code() -> None:
    whole = customer_barcode.bars(customer_barcode.characters("2510054", "朝日町1-1"))
    assert customer_barcode.read_bars(bar_states(_drawn(whole), _DOTS_PER_MM))
    with pytest.raises(ValueError, match="no customer barcode"):
        customer_barcode.read_bars(bar_states(_drawn(whole[:-1]), _DOTS_PER_MM))
