"""The operation log as a signed file: its events line by line, a manifest with the hash chain, a detached signature (S29).

The package is a ZIP of plain files, so that anybody can check it without this product: `sha256sum` for the events and `openssl` for the
signature. The key is the zone's own, the one that signs the exchange files; a manifest begins with the name of its format and so can
never be taken for one of those. Each export is anchored in the manifest of the one before it.
"""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import IO, Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.audit.queries import Wanted, events
from madoguchi.platform.audit.services import record
from madoguchi.platform.exchange.keys import KeyRefusedError, own_keys
from madoguchi.platform.oversight.audited import EXPORT_CHECKED, LOG_EXPORTED
from madoguchi.platform.oversight.models import LogExport
from madoguchi.platform.verbs import Refusal

FORMAT: Final = "madoguchi-log-export-1"
MOST_ROWS: Final = 100_000
LARGEST_UPLOAD: Final = 64 * 1024 * 1024
_LARGEST_EVENTS: Final = 1024 * 1024 * 1024
_LARGEST_SMALL_FILE: Final = 64 * 1024
_NO_PREVIOUS: Final = "0" * 64
_AT_ONCE: Final = 5000
EVENTS, MANIFEST, SIGNATURE, KEY, READ_ME = "events.jsonl", "manifest.json", "manifest.sig", "public-key.pem", "kensho.txt"
_COLUMNS: Final = [
    "actor_kind",
    "user_id",
    "user_name",
    "section",
    "client",
    "session_ref",
    "process_code",
    "process_name",
    "process_class",
    "subject",
    "content",
    "individual_number_access",
    "reason",
    "result",
]
_HOW: Final = """操作記録の書き出し 検証のしかた

1. 中身が変わっていないこと
   sha256sum events.jsonl
   manifest.json の events_sha256 と同じ値なら、変わっていません。
2. この市区町村のシステムが作ったこと (OpenSSL 1.1.1 以降)
   openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin -in manifest.json -sigfile manifest.sig
   Signature Verified Successfully と出れば、本物です。
   public-key.pem が本物であることは、「操作記録の書き出し」の画面に出る鍵の番号と、manifest.json の key を比べて確かめます。
3. 続きであること
   manifest.json の previous は、一つ前の書き出しの manifest.json の sha256sum です。最初の書き出しでは 0 が64個です。
4. 行の鎖
   previous (32バイト) に1行目 (改行を除く) をつなげて SHA-256 を取り、その値に2行目をつなげて取り、と最後まで続けると、
   manifest.json の chain_head になります。途中の1行だけを抜いたり入れ替えたりすると、合いません。
"""


@dataclass(frozen=True, slots=True)
class Package:
    """A signed export: its row, and the bytes of the ZIP."""

    export: LogExport
    content: bytes


class _Chain:
    """Takes lines up into the hash of all before them, and into that of the whole file."""

    def __init__(self, previous: str) -> None:
        self.head = bytes.fromhex(previous)
        self.whole = hashlib.sha256()
        self.rows = 0

    def take(self, line: bytes) -> None:
        self.head = hashlib.sha256(self.head + line).digest()
        self.whole.update(line + b"\n")
        self.rows += 1


def key_number(raw: bytes) -> str:
    """Return the number of a signing key, as the page and the manifest name it."""
    return hashlib.sha256(raw).hexdigest()[:16]


def export(wanted: Wanted, purpose: str, actor: Actor) -> Package:
    """Write the events that are wanted into a signed package; the export is an event and a row of the chain.

    Raises:
        Refusal: nothing is there, too much is, the zone has no key, or somebody else exported at the same moment.
    """
    try:
        keys = own_keys()
    except KeyRefusedError as error:
        raise Refusal(str(error)) from None
    raw = keys.public.sign
    last = LogExport.objects.order_by("-pk").first()
    chain = _Chain(last.manifest if last else _NO_PREVIOUS)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(EVENTS, "w", force_zip64=True) as out:
            for line in _lines(wanted):
                chain.take(line)
                out.write(line + b"\n")
        if not chain.rows:
            raise Refusal("当てはまる記録がありません。日付や条件を変えてください。")
        manifest = _manifest(wanted, chain, last.manifest if last else _NO_PREVIOUS, key_number(raw), purpose, actor)
        archive.writestr(MANIFEST, manifest)
        archive.writestr(SIGNATURE, keys.sign.sign(manifest))
        archive.writestr(KEY, keys.public.signing_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        archive.writestr(READ_ME, _HOW.encode("utf-8-sig"))
    return Package(_note(wanted, chain, manifest, last, key_number(raw), purpose, actor), packed.getvalue())


def _lines(wanted: Wanted) -> Iterator[bytes]:
    """Yield the events as canonical lines, newest first, in portions by index; stops with a refusal where it becomes too much."""
    before, number = None, 0
    while portion := events(wanted, before=before, limit=_AT_ONCE):
        number += len(portion)
        if number > MOST_ROWS:
            raise Refusal(f"一度に書き出せるのは {MOST_ROWS:,} 行までです。期間を短くしてください。")
        yield from map(_line, portion)
        before = portion[-1].pk


def _line(event: AuditEvent) -> bytes:
    values: dict[str, Any] = {name: getattr(event, name) for name in _COLUMNS}
    values |= {"id": event.pk, "at": event.at.isoformat(), "started_at": event.started_at.isoformat()}
    return _canonical(values)


def _canonical(values: dict[str, Any]) -> bytes:
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _manifest(wanted: Wanted, chain: _Chain, previous: str, key: str, purpose: str, actor: Actor) -> bytes:
    identity = own_keys().public
    return _canonical(
        {
            "format": FORMAT,
            "municipality": identity.tenant,
            "installation": identity.inst,
            "zone": identity.zone,
            "first": wanted.first.isoformat(),
            "last": wanted.last.isoformat(),
            "narrowed": _narrowed(wanted),
            "rows": chain.rows,
            "events_sha256": chain.whole.hexdigest(),
            "previous": previous,
            "chain_head": chain.head.hex(),
            "key": key,
            "made_at": clock.now().isoformat(),
            "made_by": actor.user_id,
            "purpose": purpose,
        }
    )


def _narrowed(wanted: Wanted) -> dict[str, str]:
    return {name: value for name, value in asdict(wanted).items() if name not in {"first", "last"} and value}


def _note(wanted: Wanted, chain: _Chain, manifest: bytes, last: LogExport | None, key: str, purpose: str, actor: Actor) -> LogExport:
    digest = hashlib.sha256(manifest).hexdigest()
    try:
        with transaction.atomic():
            row = LogExport.objects.create(
                first=wanted.first,
                last=wanted.last,
                narrowed=_narrowed(wanted),
                rows=chain.rows,
                head=chain.head.hex(),
                manifest=digest,
                previous=last.manifest if last else _NO_PREVIOUS,
                key=key,
                purpose=purpose,
                made_at=clock.now(),
                made_by=actor.user_id,
                made_by_name=actor.user_name,
            )
            content = {"rows": chain.rows, "first": str(wanted.first), "last": str(wanted.last), "manifest": digest, **_narrowed(wanted)}
            record(actor, LOG_EXPORTED, subject=f"log-export:{row.pk}", content=content, reason=purpose)
    except IntegrityError:
        raise Refusal("同時に別の書き出しが行われました。もう一度書き出してください。") from None
    return row


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked about a package, and whether it holds."""

    name: str
    holds: bool
    says: str


def check(package: IO[bytes], actor: Actor) -> list[Check]:
    """Check an exported package: is it whole, is it ours, is it in the chain of what was exported here? The check is an event.

    What cannot be read is an answer as well, never an error.
    """
    try:
        found = list(_checked(package))
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        OSError,
        RuntimeError,
        NotImplementedError,
        EOFError,
        zipfile.LargeZipFile,
        zlib.error,
    ):
        found = [Check(_("形"), holds=False, says=_("操作記録の書き出しとして読めません。壊れているか、別のファイルです。"))]
    record(actor, EXPORT_CHECKED, content={"holds": all(one.holds for one in found), "checks": len(found)})
    return found


def _checked(package: IO[bytes]) -> Iterator[Check]:
    with zipfile.ZipFile(package) as archive:
        text, signature, pem = (_small(archive, name) for name in (MANIFEST, SIGNATURE, KEY))
        manifest = json.loads(text)
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise ValueError("another format")
        yield Check(_("形"), holds=True, says=_("操作記録の書き出しです。"))
        yield from _signed(text, signature, pem, str(manifest["key"]))
        chain = _Chain(str(manifest["previous"]))
        for line in _lines_of(archive):
            chain.take(line)
    rows = chain.rows == manifest["rows"] and chain.whole.hexdigest() == manifest["events_sha256"]
    yield Check(
        _("行"), rows, _("%(rows)d 行が、作ったときのままです。") % {"rows": chain.rows} if rows else _("行が足りないか、変わっています。")
    )
    linked = chain.head.hex() == manifest["chain_head"]
    yield Check(_("鎖"), linked, _("行の鎖がつながっています。") if linked else _("行の鎖が切れています。"))
    yield _in_the_chain_here(hashlib.sha256(text).hexdigest(), str(manifest["previous"]))


def _signed(text: bytes, signature: bytes, pem: bytes, named: str) -> Iterator[Check]:
    key = load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("another kind of key")
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    try:
        key.verify(signature, text)
        holds = True
    except InvalidSignature:
        holds = False
    yield Check(_("署名"), holds, _("署名は正しいです。") if holds else _("署名が正しくありません。中身が変わっています。"))
    try:
        own = own_keys().public.sign == raw and key_number(raw) == named
    except KeyRefusedError:
        own = False
    known = own or (key_number(raw) == named and LogExport.objects.filter(key=named).exists())
    says = _("このシステムの鍵で署名されています。") if own else _("このシステムの前の鍵で署名されています。")
    yield Check(_("鍵"), known, says if known else _("このシステムの鍵ではありません。ほかのシステムのものか、作り物です。"))


def _in_the_chain_here(manifest: str, previous: str) -> Check:
    row = LogExport.objects.filter(manifest=manifest).first()
    name = _("記録")
    if row is None:
        return Check(name, holds=False, says=_("このシステムが書き出した記録がありません。"))
    anchored = previous == _NO_PREVIOUS or LogExport.objects.filter(manifest=previous).exists()
    told = _("%(at)s に %(by)s が書き出した第 %(pk)d 号です。") % {
        "at": f"{row.made_at.astimezone(clock.TOKYO):%Y-%m-%d %H:%M}",
        "by": row.made_by,
        "pk": row.pk,
    }
    return Check(name, anchored, told if anchored else _("一つ前の書き出しの記録がありません。"))


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as opened:
        content = opened.read(_LARGEST_SMALL_FILE + 1)
    if len(content) > _LARGEST_SMALL_FILE:
        raise ValueError("too large")
    return content


def _lines_of(archive: zipfile.ZipFile) -> Iterator[bytes]:
    """Yield the lines of the events, reading no more than an export can hold, whatever the archive promises."""
    left = _LARGEST_EVENTS
    with archive.open(EVENTS) as opened:
        while line := opened.readline(_LARGEST_SMALL_FILE * 16):
            left -= len(line)
            if left < 0 or not line.endswith(b"\n"):
                raise ValueError("too large, or cut off")
            yield line[:-1]


def fingerprint() -> str:
    """Return the number of the key that signs exports now; empty where there is none."""
    try:
        return key_number(own_keys().public.sign)
    except KeyRefusedError:
        return ""
