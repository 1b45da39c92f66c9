"""The canonical spelling and the strict reader."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kernel import kfx_json

printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E))
subset = st.recursive(
    printable | st.integers(-kfx_json.MAX_INTEGER, kfx_json.MAX_INTEGER),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(printable, inner, max_size=4),
)
objects = st.dictionaries(printable, subset, max_size=6)


@given(objects)
def test_canonical_form_comes_back_whole(value: dict[str, object]) -> None:
    assert kfx_json.parse_canonical(kfx_json.canonical(value)) == value


def test_canonical_form_is_that_of_rfc_8785() -> None:
    assert kfx_json.canonical({"b": [1, 'a"\\'], "a": {"z": 0, "A": ""}}) == b'{"a":{"A":"","z":0},"b":[1,"a\\"\\\\"]}'


@given(objects, st.sampled_from([1, 2, None]))
def test_another_spelling_is_refused(value: dict[str, object], indent: int | None) -> None:
    text = json.dumps(value, indent=indent).encode()
    if text == kfx_json.canonical(value):
        return
    with pytest.raises(ValueError, match="canonical"):
        kfx_json.parse_canonical(text)


@pytest.mark.parametrize("value", [True, None, 1.5, 2**53, "é", "\n", "\x7f", b"a"])
def test_values_outside_the_subset_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match="allowed"):
        kfx_json.canonical({"a": value})
    with pytest.raises(ValueError, match="allowed"):
        kfx_json.canonical({"a": [value]})


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"1",
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":NaN}',
        b'{"a":"\\u0000"}',
        b'{"a":"\\ud800"}',
        b'{"\\udfff":1}',
        b'{"a":1.5}',
        b'{"a":1e3}',
        b'{"a":1}x',
        b'{"a":"\xff"}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' + b"9" * 5_000 + b"}",
    ],
)
def test_the_strict_reader_refuses(text: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        kfx_json.parse_object(text)


@given(st.binary(max_size=200))
def test_the_strict_reader_never_fails_otherwise(text: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(kfx_json.parse_object(text), dict)


def test_escaped_text_that_can_be_held_is_read() -> None:
    assert kfx_json.parse_object(rb'{"a":"\u3042\ud842\udfb7\n"}') == {"a": "あ𠮷\n"}
