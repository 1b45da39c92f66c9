r"""Answers of an application form, sealed for the delivery zone before they are stored anywhere (BK-11; seed 003 item (1)).

Layout: ``"MSA1\n"`` ‖ 8-byte id of the recipient's encryption key ‖ HPKE output (enc ‖ ct). The plaintext is JSON in
UTF-8, filled with zero bytes to a multiple of 4 KiB so that its length tells next to nothing. HPKE (RFC 9180, base
mode, the suite of the exchange file) binds the answers to municipality, installation, 予約番号 and kind of visit
through ``info``: sealed bytes that somebody puts beside another booking do not open there. The magic stands in front
of ``info``, so that neither an exchange file nor sealed answers pass for the other.

Sealing needs the public key alone. The private half lies in the delivery zone; whoever sealed cannot open again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag

from madoguchi.kernel import kfx_json
from madoguchi.kernel.kfx import HPKE_SUITE, PAD_BYTES
from madoguchi.kernel.kfx_keys import KEY_ID_BYTES, KeyPair, PublicBundle

MAGIC: Final = b"MSA1\n"
MAX_BYTES: Final = 64 * 1024

Answers = Mapping[str, str]


class UnreadableAnswersError(Exception):
    """Sealed answers cannot be opened; `code` says why: `form`, `key` (sealed to another key), `damaged`. No value is in it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def seal(answers: Answers, *, recipient: PublicBundle, number: str, kind: str) -> bytes:
    """Seal the answers of one form.

    Args:
        answers: answer by the code of its question.
        recipient: public keys of the delivery zone, as enrolled.
        number: 予約番号 of the booking.
        kind: code of the kind of visit.

    Raises:
        ValueError: the answers are longer than 64 KiB, or hold half a character.
    """
    text = json.dumps(dict(answers), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")
    content = text + bytes(-len(text) % PAD_BYTES)
    if len(content) + PAD_BYTES > MAX_BYTES:
        raise ValueError("the answers are too long")
    return MAGIC + recipient.recipient_id + HPKE_SUITE.encrypt(content, recipient.encryption_key, info=_info(recipient, number, kind))


def recipient_of(content: bytes) -> str:
    """Return the id of the key that the answers are sealed to, hexadecimal.

    Raises:
        UnreadableAnswersError: `form`.
    """
    if not content.startswith(MAGIC) or len(content) <= len(MAGIC) + KEY_ID_BYTES:
        raise UnreadableAnswersError("form")
    return content[len(MAGIC) :][:KEY_ID_BYTES].hex()


def open_sealed(content: bytes, *, own: KeyPair, number: str, kind: str) -> dict[str, str]:
    """Open sealed answers with the private key of the delivery zone.

    Raises:
        UnreadableAnswersError: not sealed answers, sealed to another key, or damaged; also when they were sealed for another booking.
    """
    if recipient_of(content) != own.public.recipient_id.hex():
        raise UnreadableAnswersError("key")
    try:
        text = HPKE_SUITE.decrypt(content[len(MAGIC) + KEY_ID_BYTES :], own.kem, info=_info(own.public, number, kind))
        answers = kfx_json.parse_object(text.rstrip(b"\0"))
    except (InvalidTag, ValueError):
        raise UnreadableAnswersError("damaged") from None
    if not all(isinstance(answer, str) for answer in answers.values()):
        raise UnreadableAnswersError("form")
    return answers


def _info(recipient: PublicBundle, number: str, kind: str) -> bytes:
    return MAGIC + kfx_json.canonical({"inst": recipient.inst, "kind": kind, "number": number, "tenant": recipient.tenant})
