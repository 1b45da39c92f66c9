import re
from xml.etree import ElementTree as ET

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.platform.ui.charts import Chart, HeatTable, Point, Series, heat_cell, nice_top

SVG = "{http://www.w3.org/2000/svg}"


def chart(*series: Series, **values: object) -> Chart:
    return Chart("x", "予約の数", "件", "日", series or (Series("web", [Point("1日", 3, "3件", "/list/?day=1")]),), **values)  # type: ignore[arg-type]


def drawn(value: Chart) -> ET.Element:
    return ET.fromstring(value.picture)


def shown(value: Chart) -> str:
    return Template("{% load ui %}{% chart value %}").render(Context({"value": value}))


@given(st.floats(0.001, 1e9))
def test_the_axis_holds_every_value_and_is_not_more_than_twice_as_high(most: float) -> None:
    top = nice_top(most)
    assert most * (1 - 1e-9) <= top <= most * 2.001


@pytest.mark.parametrize(("most", "top"), [(0, 1), (1, 1), (3, 4), (7, 8), (9, 10), (11, 20), (450, 500), (0.3, 0.4)])
def test_the_axis_ends_at_a_round_number(most: float, top: float) -> None:
    assert nice_top(most) == pytest.approx(top)


def test_a_picture_is_one_image_with_a_name() -> None:
    root = drawn(chart())
    assert root.get("role") == "img"
    title = root.find("title")
    assert title is not None
    assert (title.text, root.get("aria-labelledby")) == ("予約の数", title.get("id"))
    assert "style" not in str(chart().picture), "a strict policy drops inline style"


def test_bars_are_as_high_as_their_values() -> None:
    root = drawn(chart(Series("a", [Point("1", 5, "5"), Point("2", 10, "10"), Point("3", None, "—"), Point("4", 0, "0")])))
    heights = [float(rect.get("height", "")) for rect in root.findall("rect")]
    assert heights == [pytest.approx(heights[1] / 2), heights[1], 0]


def test_series_differ_by_pattern_and_not_by_colour_alone() -> None:
    points = [Point("1", 5, "5")]
    value = chart(Series("web", points), Series("電話", points), Series("窓口", points))
    looks = {(rect.get("class"), rect.get("fill")) for rect in drawn(value).findall("rect")}
    assert len(looks) == 3
    page = shown(value)
    assert all(name in page for name in ("web", "電話", "窓口", "chart-key-bar-hatch", "chart-key-bar-dots"))


def test_a_line_breaks_off_where_nothing_was_measured() -> None:
    points = [Point(str(number), value, "") for number, value in enumerate((1, 2, None, 4, None))]
    root = drawn(chart(Series("p95", points), kind="line", limit=(5.0, "合意値")))
    assert len([path for path in root.findall("path") if "chart-line" in path.get("class", "")]) == 2
    assert any((text.text or "") == "合意値" for text in root.findall("text"))


def test_the_table_has_every_number_and_its_list() -> None:
    page = shown(chart())
    assert '<a href="/list/?day=1">3件</a>' in page
    assert "数えるものはありません" in shown(chart(Series("a", [Point("1", None, "—")])))


def test_many_labels_are_thinned_out_in_the_picture_and_not_in_the_table() -> None:
    value = chart(Series("a", [Point(f"{number}日", 1, "1") for number in range(1, 32)]))
    below = [text.text for text in drawn(value).findall("text") if re.fullmatch(r"\d+日", text.text or "")]
    assert 5 < len(below) <= 12
    assert len(value.rows) == 31


def test_words_are_escaped() -> None:
    value = Chart("x", "<b>&", "<i>", "日", [Series("<u>", [Point("<s>", 1, "<q>")])], limit=(1, "<a>"))
    drawn(value)
    assert "<b>" not in shown(value)


def test_heat_is_said_in_numbers_and_shown_in_steps() -> None:
    cells = [heat_cell(value, 100, f"{value}%") for value in (0, 1, 20, 21, 100)] + [heat_cell(None, 100, "")]
    assert [cell.strength for cell in cells] == [0, 1, 1, 2, 5, None]
    page = Template("{% load ui %}{% heat_table value %}").render(Context({"value": HeatTable("予約率", "曜日", ["9時"], [("月", cells)])}))
    assert "heat-5" in page
    assert "100%" in page
    assert heat_cell(0, 0, "0").strength == 0
