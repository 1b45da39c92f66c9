"""Every pair of colours that the stylesheets put together, recomputed from the tokens (WCAG 1.4.3, 1.4.11; DADS: 4.5 everywhere)."""

import itertools
import math
import re
from pathlib import Path

import pytest

import madoguchi.platform.ui
from madoguchi.platform.ui.charts import HEAT_STEPS, legend_look

STYLES = Path(madoguchi.platform.ui.__file__).parent / "static" / "ui"
TEXT, LARGE_SIGN = 4.5, 3.0

TEXT_ON = [
    ("ink", "paper"), ("ink", "tint"), ("ink", "key-50"), ("ink", "halo"), ("ink", "bad-tint"), ("ink", "warn-tint"),
    ("ink", "ok-tint"), ("ink", "note-tint"), ("ink-soft", "paper"), ("ink-soft", "tint"), ("ink-soft", "key-50"),
    ("link", "paper"), ("link", "tint"), ("link", "key-50"), ("link", "key-100"), ("link-visited", "paper"),
    ("link-visited", "tint"), ("link-visited", "key-50"), ("paper", "key-900"), ("paper", "key-1000"), ("paper", "key-1200"),
    ("key-900", "paper"), ("key-900", "key-50"), ("key-900", "key-100"), ("key-900", "tint"), ("key-1000", "paper"),
    ("paper", "bad"), ("paper", "bad-deep"), ("paper", "ok-deep"), ("paper", "warn-deep"), ("paper", "note-deep"),
    ("bad", "paper"), ("bad", "tint"), ("bad-deep", "bad-tint"), ("ok-deep", "ok-tint"), ("warn-deep", "warn-tint"),
    ("note-deep", "note-tint"), ("demo-ink", "demo-tint"), ("training-ink", "training-tint"),
    ("verification-ink", "verification-tint"),
]  # fmt: skip
SIGN_ON = [
    ("line", "paper"), ("line", "tint"), ("key-900", "paper"), ("key-900", "key-50"), ("note", "note-tint"), ("ok", "ok-tint"),
    ("bad", "bad-tint"), ("warn", "warn-tint"), ("ring", "paper"), ("ring", "tint"), ("halo", "key-1200"), ("halo", "key-900"),
]  # fmt: skip


def tokens() -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", (STYLES / "tokens.css").read_text(encoding="utf-8")))


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_itself_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert contrast("#ec0000", "#f2f2f2") < TEXT  # a pair of the design system that must not be used for words


@pytest.mark.parametrize(("ink", "paper"), TEXT_ON)
def test_words_can_be_read(ink: str, paper: str) -> None:
    assert contrast(tokens()[ink], tokens()[paper]) >= TEXT


@pytest.mark.parametrize(("sign", "paper"), SIGN_ON)
def test_borders_and_signs_can_be_seen(sign: str, paper: str) -> None:
    assert contrast(tokens()[sign], tokens()[paper]) >= LARGE_SIGN


def test_every_colour_is_a_token_and_every_token_of_colour_is_in_a_tested_pair() -> None:
    rules = "".join((STYLES / name).read_text(encoding="utf-8") for name in ("base.css", "site-public.css", "site-staff.css"))
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", rules) == []
    tested = {name for pair in (*TEXT_ON, *SIGN_ON) for name in pair}
    decoration = {"key-300", "line-soft"}  # borders of panels and rows: carry no meaning
    assert set(tokens()) - tested == decoration


STATE = re.compile(r":(?:hover|focus-visible|focus)\b")
# As colours look to people whose eyes lack one kind of cone (Machado, Oliveira, Fernandes 2009, severity 1.0), on linear light.
EYES = {
    "every cone": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no long cone": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no middle cone": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no short cone": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
    "no cone at all": ((0.2126, 0.7152, 0.0722),) * 3,
}
# How far apart (CIE 1976) a sign and its ground must be, and two steps of a heat table: 2.3 is just seen, and each cell has its number too.
APART, STEP_APART = 20.0, 3.0


def rules() -> list[tuple[str, dict[str, str]]]:
    """Return every rule of the stylesheets: one selector and what it sets."""
    text = "".join((STYLES / name).read_text(encoding="utf-8") for name in ("base.css", "site-public.css", "site-staff.css"))
    found = re.findall(r"([^{}]+)\{([^{}]*)\}", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
    return [
        (selector.strip(), dict(re.findall(r"([\w-]+):\s*([^;]+);", body)))
        for selectors, body in found
        for selector in re.split(r",(?![^(]*\))", selectors)
    ]


def states() -> dict[str, tuple[str, str]]:
    """Return ink and paper of every selector for what is pointed at or focused; what it does not set, the rule for rest has set."""
    plain: dict[str, dict[str, str]] = {}
    for selector, sets in rules():
        if not STATE.search(selector):
            plain.setdefault(selector, {}).update(sets)
    pairs = {}
    for selector, sets in rules():
        if not STATE.search(selector) or not {"color", "background", "background-color", "--btn-ink", "--btn-paper"} & sets.keys():
            continue
        rest = STATE.sub("", selector)
        # A button's look is set by its kind, a tile's or a link's by its own rule.
        known = {**({"color": "var(--link)"} if re.search(r"(^|\s)a$", rest) else {}), **plain.get(rest, {}), **sets}
        ink = known.get("--btn-ink") or known.get("color") or "var(--ink)"
        paper = known.get("--btn-paper") or known.get("background-color") or known.get("background") or "var(--paper)"
        pairs[selector] = (ink, paper)
    return pairs


def colour_of(value: str) -> str:
    """Return the colour that `value` names; a button's own ink and paper are those of the rules for its kind, which are looked at there."""
    named = re.fullmatch(r"var\(--([\w-]+)\)", value)
    return tokens()[named.group(1)] if named else {"transparent": tokens()["paper"], "none": tokens()["paper"]}[value]


def test_words_can_be_read_when_pointed_at_and_when_focused() -> None:
    pairs = {selector: pair for selector, pair in states().items() if "var(--btn-ink)" not in pair}
    assert len(pairs) > 12
    assert {selector for selector, (ink, paper) in pairs.items() if contrast(colour_of(ink), colour_of(paper)) < TEXT} == set()


def seen(colour: str, eye: str) -> tuple[float, float, float]:
    """Return a colour in CIE L*a*b* as somebody with this eye sees it."""
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    ]
    red, green, blue = (min(1.0, max(0.0, sum(part * value for part, value in zip(row, linear, strict=True)))) for row in EYES[eye])
    white = (0.95047, 1.0, 1.08883)
    rows = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    x, y, z = (
        (lambda t: t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116)(
            sum(part * value for part, value in zip(row, (red, green, blue), strict=True)) / most
        )
        for row, most in zip(rows, white, strict=True)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def mixed(one: str, other: str) -> str:
    return "#" + "".join(f"{(int(one[at : at + 2], 16) + int(other[at : at + 2], 16)) // 2:02x}" for at in (1, 3, 5))


def heat() -> list[str]:
    """Return the paper of every step of a heat table, as the stylesheet sets it."""
    steps = []
    for step in range(HEAT_STEPS + 1):
        (value,) = [sets["background"] for selector, sets in rules() if re.fullmatch(rf"(\.heat-table )?\.heat-{step}", selector)]
        parts = re.findall(r"var\(--([\w-]+)\)", value)
        steps.append(mixed(tokens()[parts[0]], tokens()[parts[1]]) if len(parts) == 2 else tokens()[parts[0]])
    return steps


@pytest.mark.parametrize("eye", EYES)
def test_steps_of_a_heat_table_are_told_apart_and_grow_darker_for_every_eye(eye: str) -> None:
    looks = [seen(step, eye) for step in heat()]
    assert [look[0] for look in looks] == sorted((look[0] for look in looks), reverse=True)
    assert min(math.dist(one, other) for one, other in itertools.pairwise(looks)) >= STEP_APART


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize(("sign", "ground"), [("key-900", "paper"), ("bad", "paper"), ("key-900", "line-soft"), ("key-900", "key-50")])
def test_what_is_drawn_in_a_chart_or_marked_as_chosen_is_told_from_its_ground_by_every_eye(eye: str, sign: str, ground: str) -> None:
    assert math.dist(seen(tokens()[sign], eye), seen(tokens()[ground], eye)) >= APART


def test_the_numbers_of_a_heat_table_can_be_read() -> None:
    *light, darkest = heat()
    assert min(contrast(tokens()["ink"], step) for step in light) >= TEXT
    assert min(contrast(tokens()["link"], step) for step in light) >= TEXT
    assert contrast(tokens()["paper"], darkest) >= TEXT


def test_series_of_a_chart_differ_by_pattern_and_not_by_colour() -> None:
    looks = [legend_look(number) for number in range(4)]
    assert len(set(looks)) == 4
    drawn = {selector: sets for selector, sets in rules() if re.search(r"chart-(solid|bar|hatch|dots|cross|line|mark)\b", selector)}
    colours = {name for sets in drawn.values() for value in sets.values() for name in re.findall(r"var\(--([\w-]+)\)", value)} - {"text-14"}
    assert colours <= {"key-900", "paper"}


def test_red_and_green_of_one_lightness_would_be_refused() -> None:
    red, green = "#c05050", "#6e7d2f"
    assert math.dist(seen(red, "every cone"), seen(green, "every cone")) > APART
    assert min(math.dist(seen(red, eye), seen(green, eye)) for eye in EYES) < APART
