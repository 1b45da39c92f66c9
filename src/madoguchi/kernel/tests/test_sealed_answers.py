"""Sealed answers: only the delivery zone's key opens them, and only beside the booking they were given for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kernel import sealed_answers
from madoguchi.kernel.kfx_keys import KeyPair
from madoguchi.kernel.sealed_answers import UnreadableAnswersError, open_sealed, recipient_of, seal

INST = "0f5f5a52-90a6-4a4e-8b07-3a0de7bd0f11"
DELIVERY = KeyPair.generate(tenant="142051", inst=INST, zone="C")
ANSWERS = {"name": "髙橋　一郎", "address": "神奈川県藤沢市朝日町１番地の１", "telephone": "0466-25-1111"}
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=200)


def sealed(number: str = "1234567897", kind: str = "renew-certificate") -> bytes:
    return seal(ANSWERS, recipient=DELIVERY.public, number=number, kind=kind)


def opened(content: bytes, own: KeyPair = DELIVERY, number: str = "1234567897", kind: str = "renew-certificate") -> dict[str, str]:
    return open_sealed(content, own=own, number=number, kind=kind)


def test_the_delivery_zones_key_opens_them() -> None:
    assert opened(sealed()) == ANSWERS
    assert recipient_of(sealed()) == DELIVERY.public.recipient_id.hex()


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,20}", fullmatch=True), WORDS, max_size=8))
def test_whatever_is_answered_comes_back(answers: dict[str, str]) -> None:
    assert open_sealed(seal(answers, recipient=DELIVERY.public, number="1", kind="k"), own=DELIVERY, number="1", kind="k") == answers


def test_beside_another_booking_or_kind_they_stay_closed() -> None:
    for number, kind in (("1234567898", "renew-certificate"), ("1234567897", "apply")):
        with pytest.raises(UnreadableAnswersError, match="damaged"):
            opened(sealed(), number=number, kind=kind)


def test_another_key_does_not_open_them() -> None:
    stranger = KeyPair.generate(tenant="142051", inst=INST, zone="C")
    with pytest.raises(UnreadableAnswersError, match="key"):
        opened(sealed(), own=stranger)
    # Also when the id of the key in front is exchanged.
    content = bytearray(sealed())
    content[5:13] = stranger.public.recipient_id
    with pytest.raises(UnreadableAnswersError, match="damaged"):
        opened(bytes(content), own=stranger)


def test_the_other_zones_key_of_the_same_installation_does_not_open_them() -> None:
    booking = KeyPair.generate(tenant="142051", inst=INST, zone="B")
    content = bytearray(sealed())
    content[5:13] = booking.public.recipient_id
    with pytest.raises(UnreadableAnswersError, match="damaged"):
        opened(bytes(content), own=booking)


@given(st.integers(min_value=0, max_value=4000), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_is_noticed(place: int, change: int) -> None:
    content = bytearray(sealed())
    content[place % len(content)] ^= change
    with pytest.raises(UnreadableAnswersError):
        opened(bytes(content))


@given(st.binary(max_size=200))
def test_odd_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(UnreadableAnswersError):
        opened(content)


def test_the_length_does_not_tell_how_much_was_answered() -> None:
    short = seal({"name": "林"}, recipient=DELIVERY.public, number="1234567897", kind="apply")
    assert len(short) == len(sealed())
    assert not any(answer.encode() in sealed() for answer in ANSWERS.values())


def test_too_long_answers_are_refused_before_anything_is_sealed() -> None:
    with pytest.raises(ValueError, match="too long"):
        seal({"request": "あ" * 30_000}, recipient=DELIVERY.public, number="1", kind="k")
    assert len(seal({"request": "あ" * 10_000}, recipient=DELIVERY.public, number="1", kind="k")) < sealed_answers.MAX_BYTES
