"""Keys of this zone and of the zone it exchanges files with.

The private keys lie in one file among the zone's secrets, readable by the service alone, never in the database or its backups. The other
zone's public keys are rows, enrolled after two people compared the fingerprint.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from django.conf import settings

from madoguchi.kernel.kfx import Address, Direction, SenderKey
from madoguchi.kernel.kfx_keys import KeyPair, PublicBundle
from madoguchi.platform.exchange.handlers import received_types
from madoguchi.platform.exchange.models import PeerKey
from madoguchi.platform.language import Sentence

KEY_FILE: Final = "exchange"
ZONE_LETTERS: Final = {"booking": "B", "delivery": "C"}


class KeyRefusedError(Exception):
    """A key is missing or cannot be enrolled; the message is for the operator."""


def identity() -> dict[str, str]:
    """Return who this zone is, as its keys are bound to it."""
    return {
        "tenant": settings.MADOGUCHI_MUNICIPALITY,
        "inst": settings.MADOGUCHI_INSTALLATION,
        "zone": ZONE_LETTERS[settings.MADOGUCHI_ZONE],
    }


def key_path() -> Path:
    """Return where the private keys of this zone lie."""
    return Path(settings.MADOGUCHI_SECRETS) / KEY_FILE


def own_keys() -> KeyPair:
    """Return the keys of this zone.

    Raises:
        KeyRefusedError: there are none, or the file is damaged: no key, no file.
    """
    try:
        return KeyPair.from_private_bytes(key_path().read_bytes(), **identity())
    except (OSError, ValueError):
        raise KeyRefusedError(Sentence("このシステムの連携用の鍵が読めません。保守窓口へ連絡してください。")) from None


def peer() -> PublicBundle:
    """Return the keys to which files for the other zone are sealed.

    Raises:
        KeyRefusedError: none is enrolled.
    """
    found = PeerKey.objects.filter(zone=_other_letter(), valid_until=None, revoked_at=None).order_by("-pk").first()
    if found is None:
        raise KeyRefusedError(Sentence("連携先の鍵が登録されていません。先に鍵を登録してください。"))
    return PublicBundle.from_bytes(bytes(found.bundle))


def senders(own: KeyPair) -> dict[str, SenderKey]:
    """Return every sender known to this zone, by signing key id; revoked ones too, so that they are named as such.

    This zone itself is among them: a file brought back to where it was made is then refused as going the wrong way (E08), and not as a
    stranger's.
    """
    known = {
        row.sender_id: SenderKey(
            PublicBundle.from_bytes(bytes(row.bundle)), row.valid_from, row.valid_until, revoked=row.revoked_at is not None
        )
        for row in PeerKey.objects.filter(zone=_other_letter())
    }
    return {own.public.sender_id.hex(): SenderKey(own.public, datetime.min.replace(tzinfo=UTC)), **known}


def address_of(own: KeyPair) -> Address:
    """Return what this zone accepts."""
    inward: Direction = "C2B" if own.public.zone == "B" else "B2C"
    return Address(
        tenant=own.public.tenant,
        inst=own.public.inst,
        dir=inward,
        types=received_types(),
        recipient_ids=frozenset({own.public.recipient_id.hex()}),
    )


def _other_letter() -> str:
    return "B" if ZONE_LETTERS[settings.MADOGUCHI_ZONE] == "C" else "C"
