"""Readings over kanji for やさしい日本語: `漢字{かんじ}` in a catalogue becomes <ruby> on a page.

The base is the run of kanji before the brace; `｜` marks where it begins when it holds anything else (｜3日{みっか}). Only kanji, digits
and kana ever come out of the marks, so the markup that is added can carry nothing that was not on the page before. Where no ruby can stand
(an attribute, the title, a text area, a mail's subject) the reading is dropped; in plain text it follows in brackets.
"""

import re

_KANJI = "\u3400-\u4dbf\u4e00-\u9fff\u3005\u3006\u30f5\u30f6"
_READING = "[\u3041-\u3096\u30a1-\u30faー]+"
MARKED = re.compile(rf"(?:｜(?P<long>[0-9{_KANJI}\u3041-\u3096\u30a1-\u30faー]+)|(?P<run>[{_KANJI}]+))\{{(?P<reading>{_READING})\}}")
KANJI = re.compile(f"[{_KANJI}]")

_TAG = re.compile(r"<!--.*?-->|<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)
_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
# Elements whose content is text alone.
_PLAIN = frozenset({"title", "option", "textarea", "script", "style", "svg"})


def as_ruby(html: str) -> str:
    """Return a page with every marked reading set as ruby, or dropped where HTML has no room for it."""
    out: list[str] = []
    end, inside = 0, ""
    for tag in _TAG.finditer(html):
        out.append(_text(html[end : tag.start()], inside))
        out.append(without_readings(tag.group()))
        end = tag.end()
        named = _NAME.match(tag.group())
        if not named:
            continue
        closes, name = bool(named[1]), named[2].lower()
        if inside:
            inside = "" if closes and name == inside else inside
        elif not closes and name in _PLAIN:
            inside = name
    out.append(_text(html[end:], inside))
    return "".join(out)


def without_readings(text: str) -> str:
    """Return a text as it stands without its readings."""
    return MARKED.sub(_base, text) if "{" in text else text


def in_brackets(text: str) -> str:
    """Return plain text (a mail) with each reading behind its word: 漢字(かんじ)."""
    return MARKED.sub(lambda found: f"{_base(found)}({found['reading']})", text)


def without_marked(text: str) -> str:
    """Return what stands outside of every marked word; kanji in it have no reading."""
    return MARKED.sub("", text)


def _base(found: re.Match[str]) -> str:
    return found["long"] or found["run"]


def _text(text: str, inside: str) -> str:
    if "{" not in text or not MARKED.search(text):
        return text
    # One element for the whole text: in a box that lays out its children side by side every ruby would be a column of its own.
    return without_readings(text) if inside else f"<span>{MARKED.sub(_ruby, text)}</span>"


def _ruby(found: re.Match[str]) -> str:
    return f"<ruby>{_base(found)}<rp>(</rp><rt>{found['reading']}</rt><rp>)</rp></ruby>"
