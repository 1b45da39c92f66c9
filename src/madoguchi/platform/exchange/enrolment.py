"""Making the keys of a zone and enrolling the keys of the other one."""

import os
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction

from madoguchi.kernel.kfx import CLOCK_TOLERANCE
from madoguchi.kernel.kfx_keys import KeyPair, PublicBundle
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, automatic
from madoguchi.platform.audit.services import record
from madoguchi.platform.exchange.audited import KEY_ENROLLED
from madoguchi.platform.exchange.keys import KeyRefusedError, identity, key_path, own_keys
from madoguchi.platform.exchange.models import PeerKey
from madoguchi.platform.language import Sentence

PUBLIC_FILE: Final = "public-keys.json"


def make_own_keys() -> str:
    """Make this zone's keys if there are none yet, and lay the public ones beside them as `public-keys.json`; returns the fingerprint.

    Raises:
        KeyRefusedError: there are keys that cannot be read; they are not overwritten.
    """
    if not key_path().exists():
        write_whole(key_path(), KeyPair.generate(**identity()).to_private_bytes(), 0o600)
    public = own_keys().public
    write_whole(Path(settings.MADOGUCHI_FOLDER) / PUBLIC_FILE, public.to_bytes(), 0o644)
    return public.fingerprint


def enrol_peer(bundle: bytes, fingerprint: str = "", actor: Actor | None = None) -> str:
    """Trust the other zone's keys from now on; keys trusted before stay valid for the files already made. Returns the fingerprint.

    Args:
        bundle: the other zone's `public-keys.json`.
        fingerprint: what two people read out there; empty only where one hand makes both zones (`init`).
        actor: who enrols.

    Raises:
        KeyRefusedError: not a bundle, another fingerprint, another installation, or this zone's own keys.
    """
    actor = actor or automatic("init")
    try:
        public = PublicBundle.from_bytes(bundle)
    except ValueError:
        raise KeyRefusedError(Sentence("鍵のファイルではありません。もう一方のシステムから書き出し直してください。")) from None
    if fingerprint and public.fingerprint != fingerprint:
        raise KeyRefusedError(Sentence("指紋(フィンガープリント)が一致しません。両方の画面を二人で読み合わせてください。"))
    own = own_keys().public
    if (public.tenant, public.inst) != (own.tenant, own.inst) or public.zone == own.zone:
        raise KeyRefusedError(Sentence("同じ市区町村・同じ導入環境の、もう一方のシステムの鍵ではありません。"))
    moment = clock.now()
    with transaction.atomic():
        peer, made = PeerKey.objects.get_or_create(
            sender_id=public.sender_id.hex(),
            defaults={
                "zone": public.zone,
                "fingerprint": public.fingerprint,
                "bundle": bundle,
                # The other zone's clock may be behind: its first file must not seem older than its key.
                "valid_from": moment - CLOCK_TOLERANCE,
                "enrolled_by": actor.user_id,
            },
        )
        if made:
            PeerKey.objects.filter(zone=public.zone, valid_until=None).exclude(pk=peer.pk).update(valid_until=moment)
        record(actor, KEY_ENROLLED, subject=f"peer-key:{peer.pk}", content={"fingerprint": public.fingerprint, "new": made})
    return public.fingerprint


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """Write a file of keys whole or not at all, readable as `mode` says from its first byte."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(path)
