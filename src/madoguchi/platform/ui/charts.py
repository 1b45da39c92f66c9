"""Charts drawn by the server as SVG: printable, readable without colour, the same numbers as a table below (WCAG 2.2 1.1.1, 1.4.1, 1.4.11).

A chart is a plain value; `{% chart %}` and `{% heat_table %}` of the tag library show it. Its picture is one image with a name; whoever
wants a single number, or the list behind it, finds both in the table.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_WIDTH, _HEIGHT = 720, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 28, 44
_PLOT_WIDTH, _PLOT_HEIGHT = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
_MOST_LABELS = 12
_MOST_VALUES = 16
_STEPS = 4
# One look for each series of a chart: fill and pattern of bars, dashes and mark of lines.
_LOOKS = ("solid", "hatch", "dots", "cross")
HEAT_STEPS = 5


@dataclass(frozen=True, slots=True)
class Point:
    """One number: what it is of, its value (None: nothing was measured), how it is written, and the list that explains it."""

    label: str
    value: float | None
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of one name, one for each label of the chart."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars or lines. `code` makes the ids on the page unique; `limit` is a value to be kept, with its name; `about` heads the table."""

    code: str
    title: str
    unit: str
    about: str
    series: Sequence[Series]
    kind: str = "bar"
    limit: tuple[float, str] | None = None
    summary: str = ""

    @property
    def labels(self) -> list[str]:
        return [point.label for point in self.series[0].points] if self.series else []

    @property
    def rows(self) -> list[tuple[str, list[Point]]]:
        """Return the table: a label, and the point of every series."""
        return [(label, [series.points[number] for series in self.series]) for number, label in enumerate(self.labels)]

    @property
    def is_empty(self) -> bool:
        return all(point.value is None for series in self.series for point in series.points)

    @property
    def picture(self) -> SafeString:
        """Return the SVG."""
        scale = _Scale(max([*_values(self.series), self.limit[0] if self.limit else 0, 0]))
        drawing = _bars(self, scale) if self.kind == "bar" else _lines(self, scale)
        return format_html(
            '<svg class="chart-picture" viewBox="0 0 {} {}" role="img" aria-labelledby="chart-{}">'
            '<title id="chart-{}">{}</title>{}{}{}{}{}</svg>',
            *(_WIDTH, _HEIGHT, self.code, self.code, self.title, _patterns(self.code), _frame(scale, self.unit)),
            *(drawing, _limit(self, scale), _labels_below(self)),
        )


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One cell of a heat table: the number as written, how strong it is (0 to 5; None: nothing there), and the list behind it."""

    text: str
    strength: int | None
    url: str = ""


@dataclass(frozen=True, slots=True)
class HeatTable:
    """Numbers over two notions: rows and columns, darker where more."""

    title: str
    about: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[HeatCell]]] = field(default_factory=tuple)


def heat_cell(value: float | None, most: float, text: str, url: str = "") -> HeatCell:
    """Return the cell for `value` of at most `most`."""
    if value is None:
        return HeatCell("", None)
    return HeatCell(text, min(HEAT_STEPS, math.ceil(HEAT_STEPS * value / most)) if most > 0 else 0, url)


def legend_look(number: int) -> str:
    """Return the name of the look of a chart's n-th series."""
    return _LOOKS[number % len(_LOOKS)]


def _values(series: Sequence[Series]) -> Iterator[float]:
    return (point.value for one in series for point in one.points if point.value is not None)


def nice_top(most: float) -> float:
    """Return the end of an axis for values up to `most`: 1, 2, 4, 5 or 10 times a power of ten, so that four steps are round."""
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return next(float(factor * power) for factor in (1, 2, 4, 5, 8, 10) if factor * power >= most * (1 - 1e-9))


class _Scale:
    """From a value to the height at which it stands."""

    def __init__(self, most: float) -> None:
        self.top = nice_top(most)

    def y(self, value: float) -> float:
        return round(_TOP + _PLOT_HEIGHT * (1 - value / self.top), 1)


def _x(number: float, of: int) -> float:
    return round(_LEFT + _PLOT_WIDTH * number / max(1, of), 1)


def _patterns(code: str) -> SafeString:
    return format_html(
        '<defs><pattern id="{0}-hatch" class="chart-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="6" height="6"/><path d="M0 0V6"/></pattern>'
        '<pattern id="{0}-dots" class="chart-dots" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<rect width="6" height="6"/><circle cx="3" cy="3" r="1.5"/></pattern>'
        '<pattern id="{0}-cross" class="chart-cross" width="8" height="8" patternUnits="userSpaceOnUse">'
        '<rect width="8" height="8"/><path d="M0 4H8M4 0V8"/></pattern></defs>',
        code,
    )


def _frame(scale: _Scale, unit: str) -> SafeString:
    steps = [(scale.y(scale.top * step / _STEPS), _plain(scale.top * step / _STEPS)) for step in range(_STEPS + 1)]
    lines = format_html_join(
        "",
        '<path class="chart-grid" d="M{} {}H{}"/><text class="chart-text" x="{}" y="{}" text-anchor="end">{}</text>',
        ((_LEFT, y, _WIDTH - _RIGHT, _LEFT - 6, y + 5, text) for y, text in steps),
    )
    return format_html('{}<text class="chart-text" x="4" y="16">{}</text>', lines, unit)


def _plain(value: float) -> str:
    return f"{value:g}" if value < 1_000_000 else f"{value:.3g}"


def _bars(chart: Chart, scale: _Scale) -> SafeString:
    labels, names = len(chart.labels), len(chart.series)
    room = _PLOT_WIDTH / max(1, labels)
    width = min(48.0, room * 0.8 / max(1, names))
    parts = []
    for place, series in enumerate(chart.series):
        look = legend_look(place)
        fill = (
            format_html('class="chart-{}"', look)
            if look == "solid"
            else format_html('class="chart-bar" fill="url(#{}-{})"', chart.code, look)
        )
        for number, point in enumerate(series.points):
            if point.value is None:
                continue
            x = round(_LEFT + room * (number + 0.5) - width * names / 2 + width * place, 1)
            y = scale.y(point.value)
            parts.append(format_html('<rect {} x="{}" y="{}" width="{}" height="{}"/>', fill, x, y, round(width - 1, 1), _base() - y))
            if labels * names <= _MOST_VALUES:
                middle = round(x + (width - 1) / 2, 1)
                parts.append(
                    format_html('<text class="chart-text" x="{}" y="{}" text-anchor="middle">{}</text>', middle, y - 4, point.text)
                )
    return format_html_join("", "{}", ((part,) for part in parts))


def _base() -> int:
    return _TOP + _PLOT_HEIGHT


def _lines(chart: Chart, scale: _Scale) -> SafeString:
    parts = []
    for place, series in enumerate(chart.series):
        look = legend_look(place)
        for run in _runs(series.points):
            places = [(_x(number + 0.5, len(series.points)), scale.y(value)) for number, value in run]
            path = "M" + "L".join(f"{x} {y}" for x, y in places)
            parts.append(format_html('<path class="chart-line chart-line-{}" d="{}"/>', look, path))
            parts += [format_html('<circle class="chart-mark" cx="{}" cy="{}" r="3"/>', x, y) for x, y in places]
    return format_html_join("", "{}", ((part,) for part in parts))


def _runs(points: Sequence[Point]) -> Iterator[list[tuple[int, float]]]:
    """Yield the stretches without a gap: where nothing was measured the line breaks off."""
    run: list[tuple[int, float]] = []
    for number, point in enumerate(points):
        if point.value is not None:
            run.append((number, point.value))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _limit(chart: Chart, scale: _Scale) -> SafeString:
    if chart.limit is None:
        return format_html("{}", "")
    value, name = chart.limit
    y = scale.y(value)
    return format_html(
        '<path class="chart-limit" d="M{} {}H{}"/><text class="chart-text" x="{}" y="{}" text-anchor="end">{}</text>',
        *(_LEFT, y, _WIDTH - _RIGHT, _WIDTH - _RIGHT, y - 5 if y > _TOP + 8 else y + 15, name),
    )


def _labels_below(chart: Chart) -> SafeString:
    labels = chart.labels
    every = math.ceil(len(labels) / _MOST_LABELS) or 1
    shown = [(_x(number + 0.5, len(labels)), label) for number, label in enumerate(labels) if number % every == 0]
    texts = format_html_join(
        "", '<text class="chart-text" x="{}" y="{}" text-anchor="middle">{}</text>', ((x, _base() + 20, label) for x, label in shown)
    )
    return format_html('<path class="chart-axis" d="M{} {}H{}"/>{}', _LEFT, _base(), _WIDTH - _RIGHT, texts)
