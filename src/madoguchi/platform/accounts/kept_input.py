"""What was typed and not sent when a screen was locked: kept for half an hour, for the one who typed it (S03).

While the screen is locked the page itself waits in the browser. When another person takes the terminal, when the session ends or the page
is loaded anew, it is gone there; what was typed is then offered to its owner at the next sign-in in this zone. It is sealed with a key
that does not stand in the database, for this person, page and time alone; nobody else's session can ask for it, and no log holds any of it.
"""

import datetime as dt
import hmac
import json
import os
import re
from dataclasses import asdict, dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import Resolver404, resolve

from madoguchi.kernel.numbers import is_individual_number, normalise_digits
from madoguchi.platform import clock
from madoguchi.platform.accounts.audited import INPUT_DROPPED, INPUT_FORGOTTEN, INPUT_KEPT, INPUT_TAKEN_BACK
from madoguchi.platform.accounts.models import KeptInput, Staff
from madoguchi.platform.audit.actors import Actor, automatic
from madoguchi.platform.audit.services import record
from madoguchi.platform.secrets import read

KEPT_FOR = dt.timedelta(minutes=30)
MOST_BYTES, MOST_FIELDS, MOST_PATH = 48_000, 200, 500
_OFFERED = "kept_input"
_NONCE = 12
_TWELVE_DIGITS = re.compile(r"(?<!\d)\d{12}(?!\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Typed:
    """One box as it was left: the address its form is sent to, its place among the forms of that address, its name, its place among the
    boxes of that name, and what stood in it (of a tick or a choice: whether it was chosen).
    """

    action: str
    form: int
    name: str
    nth: int
    value: str
    chosen: bool | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """That there is something typed for the reader: on which page it was, and since when it is kept."""

    path: str
    kept_at: dt.datetime


class NotTyped(ValueError):
    """What the browser sent is not what a page of ours gathers; nothing is kept."""


def understand(raw: str) -> tuple[str, list[Typed]]:
    """Read what the page gathered: its own path, and the boxes.

    A box whose value could hold an individual number is left out: it would not have been accepted either. Raises NotTyped.
    """
    try:
        if len(raw.encode()) > MOST_BYTES:
            raise NotTyped
        sent = json.loads(raw)
        path, boxes = sent["path"], [_box(one) for one in sent["boxes"]]
    except (ValueError, TypeError, KeyError) as error:
        raise NotTyped from error
    if not isinstance(path, str) or not path.startswith("/") or path.startswith("//") or len(path) > MOST_PATH or len(boxes) > MOST_FIELDS:
        raise NotTyped
    return path, [box for box in boxes if not _could_be_individual_number(box.value)]


def _box(sent: dict[str, Any]) -> Typed:
    box = Typed(**sent)
    wanted = (str, int, str, int, str)
    if any(type(value) is not kind for value, kind in zip(list(asdict(box).values())[:5], wanted, strict=True)):
        raise TypeError
    if box.chosen is not None and type(box.chosen) is not bool:
        raise TypeError
    return box


def _could_be_individual_number(value: str) -> bool:
    return any(is_individual_number(found) for found in _TWELVE_DIGITS.findall(re.sub(r"[\s-]", "", normalise_digits(value))))


def keep(staff: Staff, raw: str, actor: Actor) -> None:
    """Keep what was typed; it takes the place of what was kept before. Raises NotTyped."""
    path, boxes = understand(raw)
    if not boxes or _is_never_kept(path):
        return
    now = clock.now()
    kept = KeptInput(staff=staff, path=path, kept_at=now, expires_at=now + KEPT_FOR)
    kept.sealed = _seal(kept, json.dumps([asdict(box) for box in boxes], ensure_ascii=False))
    with transaction.atomic():
        KeptInput.objects.update_or_create(
            staff=staff, defaults={"path": kept.path, "kept_at": kept.kept_at, "expires_at": kept.expires_at, "sealed": kept.sealed}
        )
        record(actor, INPUT_KEPT, subject=f"staff:{staff.pk}", content={"path": path.partition("?")[0], "boxes": len(boxes)})


def _is_never_kept(path: str) -> bool:
    """Tell whether the zone keeps nothing of this page (`MADOGUCHI_INPUT_NEVER_KEPT`), or there is no such page."""
    try:
        return resolve(path.partition("?")[0]).view_name in getattr(settings, "MADOGUCHI_INPUT_NEVER_KEPT", frozenset())
    except Resolver404:
        return True


def forget(staff: Staff) -> None:
    """Forget it without a word: the page itself stands there again."""
    KeptInput.objects.filter(staff=staff).delete()


def offer(request: HttpRequest, staff: Staff) -> None:
    """Remember in a session that begins or goes on that something is kept for its owner, so that no page has to ask the database."""
    kept = KeptInput.objects.filter(staff=staff, expires_at__gt=clock.now()).values_list("path", "kept_at", "expires_at").first()
    request.session.pop(_OFFERED, None)
    if kept:
        request.session[_OFFERED] = [kept[0], kept[1].isoformat(), kept[2].isoformat()]


def offered(request: HttpRequest) -> Offer | None:
    """Return what is kept for the reader of this page; nothing once its time is over."""
    kept = request.session.get(_OFFERED)
    if not kept or dt.datetime.fromisoformat(kept[2]) <= clock.now():
        return None
    return Offer(kept[0], dt.datetime.fromisoformat(kept[1]))


def open_for(staff: Staff) -> list[dict[str, Any]]:
    """Return the boxes as the page gathered them; empty when nothing is kept any more or it does not open."""
    kept = KeptInput.objects.filter(staff=staff, expires_at__gt=clock.now()).first()
    if kept is None:
        return []
    sealed = bytes(kept.sealed)
    try:
        opened: list[dict[str, Any]] = json.loads(_cipher().decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound_to(kept)))
    except InvalidTag:
        return []
    return opened


def end(request: HttpRequest, staff: Staff, actor: Actor, *, taken_back: bool) -> None:
    """Forget it because its owner has it back on the page, or does not want it."""
    with transaction.atomic():
        deleted, _rows = KeptInput.objects.filter(staff=staff).delete()
        if deleted:
            record(actor, INPUT_TAKEN_BACK if taken_back else INPUT_DROPPED, subject=f"staff:{staff.pk}")
    request.session.pop(_OFFERED, None)


def forget_expired() -> int:
    """Delete what was kept long enough; returns how much that was."""
    with transaction.atomic():
        deleted, _rows = KeptInput.objects.filter(expires_at__lte=clock.now()).delete()
        if deleted:
            record(automatic("accounts"), INPUT_FORGOTTEN, content={"number": deleted})
    return deleted


def _seal(kept: KeptInput, text: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + _cipher().encrypt(nonce, text.encode(), _bound_to(kept))


def _cipher() -> AESGCM:
    return AESGCM(hmac.digest(read("django"), b"madoguchi kept input: seal", "sha256"))


def _bound_to(kept: KeptInput) -> bytes:
    return f"madoguchi kept input staff:{kept.staff_id} {kept.path} {kept.expires_at.timestamp()}".encode()
