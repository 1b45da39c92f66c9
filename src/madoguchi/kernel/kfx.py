r"""KFX1: the sealed file that carries data between the two zones on a hand-carried medium.

Layout: ``"KFX1\n"`` ‖ 8-byte id of the sender's signing key ‖ u32 length ‖ header ‖ u64 length ‖ HPKE output (enc ‖
ct) ‖ 64-byte Ed25519 signature over ``"KFX1-sig\0"`` ‖ SHA-512 of everything before it. Numbers are big-endian. The
header is canonical JSON (RFC 8785), in clear but signed; it holds neither a count nor a digest of the content,
since a digest of a tiny file would let a finder try all 366 birthdays. The plaintext is one line of manifest, then
one JSON object per line, filled with zero bytes to a multiple of 4 KiB to hide the count.

The file is encrypted first and signed last, and the key id stands in a fixed place, so a forged file is refused
before anything in it is parsed. HPKE (RFC 9180, base mode) binds magic and header through ``info``. The suite is
P-384, HKDF-SHA384 and AES-256-GCM: ECDH on NIST curves, AES, GCM, SHA-2 and EdDSA stand on the CRYPTREC list
(LS-0001-2022), which X25519 does not. All of it comes from ``cryptography``.

The checks run in this order, and the first that fails names the code: E01–E03 layout, E05 key, E06 signature, E04
header, E07–E09 address (:func:`authenticate`), E12–E15 position (:func:`check_position`), E10–E11 time, E16–E21
content (:func:`open_sealed`). Position comes before time so that an old copy is reported calmly as already
imported. No clock here: the time is passed in.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from madoguchi.kernel import kfx_json
from madoguchi.kernel.kfx_keys import KEY_ID_BYTES, KeyPair, PublicBundle
from madoguchi.kernel.kfx_refusals import KfxError, RowFault

Direction = Literal["C2B", "B2C"]
Mode = Literal["delta", "full"]
Record = Mapping[str, Any]

MAGIC: Final = b"KFX1\n"
SUITE_NAME: Final = "HPKE-P384-SHA384-AES256GCM-Ed25519"
TYPES: Final = ("targets", "results", "bookings", "applications", "commands", "receipt", "keys", "config")
MAX_FILE_BYTES: Final = 64 * 1024 * 1024
MAX_HEADER_BYTES: Final = 8 * 1024
PAD_BYTES: Final = 4096
NO_HASH: Final = "0" * 64
CLOCK_TOLERANCE: Final = timedelta(minutes=10)
DEFAULT_LIFETIME: Final = timedelta(hours=72)
LONGEST_LIFETIME: Final = timedelta(days=14)

HPKE_SUITE: Final = Suite(KEM.P384, KDF.HKDF_SHA384, AEAD.AES_256_GCM)
_SIGNATURE_CONTEXT: Final = b"KFX1-sig\0"
_SIGNATURE_BYTES: Final = 64
_ENCAPSULATION_BYTES: Final = KEM.P384.enc_length()
_TAG_BYTES: Final = 16
_PREFIX_BYTES: Final = len(MAGIC) + KEY_ID_BYTES
_PATTERNS: Final[dict[str, re.Pattern[str]]] = {
    "tenant": re.compile(r"[0-9]{6}"),
    "inst": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "dir": re.compile(r"C2B|B2C"),
    "type": re.compile(r"[a-z]{1,16}"),
    "prev": re.compile(r"[0-9a-f]{64}"),
    "skid": re.compile(r"[0-9a-f]{16}"),
    "rkid": re.compile(r"[0-9a-f]{16}"),
    "medium": re.compile(r"[A-Za-z0-9-]{0,32}"),
    "mode": re.compile(r"delta|full"),
}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The sender's newest audit checkpoint: each zone witnesses the other's log. ``size`` 0: nothing sealed yet."""

    size: int = 0
    root: str = NO_HASH


@dataclass(frozen=True, slots=True)
class Header:
    """What stands in clear in front of a file. Nothing here is personal, nor tells how much is inside.

    Attributes:
        tenant: 団体コード, six digits.
        inst: UUID of the installation.
        dir: ``C2B`` (delivery to booking) or ``B2C``.
        type: kind of content, one of :data:`TYPES`.
        seq: number within the stream (type × direction), from 1 without gap.
        prev: SHA-256 of the file before in this stream, zeros for the first.
        iat, exp: made at, valid until; whole seconds since 1970 UTC.
        skid, rkid: ids of the sender's signing key and the recipient's encryption key, hexadecimal.
        medium: number of the medium in the ledger, may be empty.
        mode: ``delta`` or ``full``.
        ckpt: the sender's newest audit checkpoint.
    """

    tenant: str
    inst: str
    dir: Direction
    type: str
    seq: int
    prev: str
    iat: int
    exp: int
    skid: str
    rkid: str
    medium: str = ""
    mode: Mode = "delta"
    ckpt: Checkpoint = Checkpoint()
    v: int = 1
    suite: str = SUITE_NAME

    def to_bytes(self) -> bytes:
        """Canonical JSON.

        Raises:
            ValueError: a field breaks the rules, so that no such file can be made.
        """
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        fields["ckpt"] = {"root": self.ckpt.root, "size": self.ckpt.size}
        _check_header(fields)
        text = kfx_json.canonical(fields)
        if len(text) > MAX_HEADER_BYTES:
            raise ValueError("the header is too long")
        return text

    @classmethod
    def from_bytes(cls, text: bytes) -> Header:
        """Read a header.

        Raises:
            KfxError: E04.
        """
        try:
            fields = kfx_json.parse_canonical(text)
            _check_header(fields)
        except ValueError as error:
            raise KfxError("E04", str(error)) from None
        return cls(**{**fields, "ckpt": Checkpoint(**fields["ckpt"])})

    @property
    def file_name(self) -> str:
        """Name on the medium. It holds no time and nothing personal."""
        return f"KFX_{self.tenant}_{self.dir}_{self.type}_{self.seq}.kfx"


def _check_header(fields: Mapping[str, Any]) -> None:
    expected = set(Header.__dataclass_fields__)
    if set(fields) != expected:
        raise ValueError(f"header fields differ: {', '.join(sorted(expected ^ set(fields)))[:200]}")
    for name, pattern in _PATTERNS.items():
        if not isinstance(fields[name], str) or not pattern.fullmatch(fields[name]):
            raise ValueError(f"header field {name} is malformed")
    for name in ("v", "seq", "iat", "exp"):
        if type(fields[name]) is not int or not 0 < fields[name] <= kfx_json.MAX_INTEGER:
            raise ValueError(f"header field {name} is malformed")
    if fields["v"] != 1 or fields["suite"] != SUITE_NAME:
        raise ValueError("unknown version or suite")
    if not fields["iat"] < fields["exp"] <= fields["iat"] + LONGEST_LIFETIME.total_seconds():
        raise ValueError("the validity is malformed")
    checkpoint = fields["ckpt"]
    if not isinstance(checkpoint, dict) or set(checkpoint) != {"root", "size"}:
        raise ValueError("header field ckpt is malformed")
    root, size = checkpoint["root"], checkpoint["size"]
    if type(size) is not int or size < 0 or not isinstance(root, str) or not _PATTERNS["prev"].fullmatch(root):
        raise ValueError("header field ckpt is malformed")


def is_medium_number(text: str) -> bool:
    """Whether a text can stand in a header as the number of a medium."""
    return _PATTERNS["medium"].fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Schema:
    """Form of the records of a file: which fields name a record and its state. Every record also has ``rev``, a whole number.

    Attributes:
        name: name and version, for example ``targets/1``.
        key: fields that together name a record once in a file; text.
        status: field by whose value the manifest counts records; lower-case letters and underscores.
    """

    name: str
    key: tuple[str, ...] = ("id",)
    status: str = "status"

    def key_of(self, record: Record) -> str:
        if len(self.key) == 1:
            return str(record.get(self.key[0]))
        return "|".join(str(record.get(field)) for field in self.key)


@dataclass(frozen=True, slots=True)
class Manifest:
    """First line of the plaintext: what the sender says is inside.

    Attributes:
        header: SHA-256 of the header, against substitution.
        schema: form of the records, for example ``targets/1``.
        rows: number of records.
        body: SHA-256 of the record lines.
        counts: number of records by status.
        state: :func:`state_digest` of what the receiver holds after applying; empty when the sender does not state it.
        created_by, approved_by: staff keys (never names).
    """

    header: str
    schema: str
    rows: int
    body: str
    counts: Mapping[str, int]
    state: str
    created_by: str
    approved_by: str

    def to_bytes(self) -> bytes:
        return kfx_json.canonical({name: getattr(self, name) for name in self.__dataclass_fields__})

    @classmethod
    def from_bytes(cls, text: bytes) -> Manifest:
        """Read a manifest.

        Raises:
            KfxError: E19, since a signed manifest that cannot be read comes from another release.
        """
        try:
            fields = kfx_json.parse_canonical(text)
        except ValueError as error:
            raise KfxError("E19", f"manifest: {error}") from None
        kinds = {"rows": int, "counts": dict}
        if set(fields) != set(cls.__dataclass_fields__):
            raise KfxError("E19", "manifest fields differ")
        if not all(type(value) is kinds.get(name, str) for name, value in fields.items()):
            raise KfxError("E19", "a manifest field has another type")
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class SenderKey:
    """A sender whom this zone trusts.

    Attributes:
        bundle: its public keys.
        valid_from: not before this moment.
        valid_until: not after this moment, None while current.
        revoked: compromised: no file of this key is accepted, whatever its date.
    """

    bundle: PublicBundle
    valid_from: datetime
    valid_until: datetime | None = None
    revoked: bool = False

    def valid_at(self, moment: datetime) -> bool:
        return self.valid_from <= moment and (self.valid_until is None or moment <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Address:
    """What this zone accepts: municipality, installation, direction, types, and the ids of its encryption keys."""

    tenant: str
    inst: str
    dir: Direction
    types: frozenset[str]
    recipient_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file whose sender and address are proven, and which is not yet decrypted. Made by :func:`authenticate` only.

    Attributes:
        header: the signed header.
        file_hash: SHA-256 of the whole file, hexadecimal; the next file of the stream names it as ``prev``.
        sender: the bundle whose signature was verified.
    """

    header: Header
    header_bytes: bytes
    ciphertext: bytes
    file_hash: str
    sender: PublicBundle


@dataclass(frozen=True, slots=True)
class Position:
    """How far a stream has come at this zone.

    Attributes:
        seq: number of the last accepted file, 0 at the beginning.
        file_hash: its SHA-256.
        accepted_hash_of: gives the hash of the file accepted under a number, or None.
        standalone: the files of this stream stand alone (receipts do): each is accepted once, in any order.
    """

    seq: int
    file_hash: str
    accepted_hash_of: Callable[[int], str | None]
    standalone: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """The content of a file, proven whole."""

    header: Header
    manifest: Manifest
    file_hash: str
    records: Sequence[Record]


# -- making a file ------------------------------------------------------------


def new_header(
    *,
    sender: PublicBundle,
    recipient: PublicBundle,
    type: str,  # noqa: A002 - the field's name in the format
    seq: int,
    prev: str,
    now: datetime,
    lifetime: timedelta = DEFAULT_LIFETIME,
    medium: str = "",
    mode: Mode = "delta",
    checkpoint: Checkpoint = Checkpoint(),
) -> Header:
    """Fill in a header from the keys of both ends.

    Raises:
        ValueError: the two bundles do not belong to the two zones of one installation.
    """
    if (sender.tenant, sender.inst) != (recipient.tenant, recipient.inst) or sender.zone == recipient.zone:
        raise ValueError("sender and recipient are not the two zones of one installation")
    issued = int(now.timestamp())
    return Header(
        tenant=sender.tenant,
        inst=sender.inst,
        dir="C2B" if sender.zone == "C" else "B2C",
        type=type,
        seq=seq,
        prev=prev,
        iat=issued,
        exp=issued + int(lifetime.total_seconds()),
        skid=sender.sender_id.hex(),
        rkid=recipient.recipient_id.hex(),
        medium=medium,
        mode=mode,
        ckpt=checkpoint,
    )


def seal(
    header: Header,
    records: Iterable[Record],
    *,
    schema: Schema,
    sender: KeyPair,
    recipient: PublicBundle,
    created_by: str,
    approved_by: str = "",
    state: str = "",
) -> bytes:
    """Make a file.

    Args:
        header: from :func:`new_header`.
        records: JSON objects of the schema, in any order: they are sorted by key.
        schema: form of the records.
        sender: own keys; recipient: the other zone's.
        created_by, approved_by: staff keys (ASCII, never names).
        state: digest of the state the receiver must have after applying, empty when not stated.

    Raises:
        ValueError: a record breaks the rules, or keys and header do not belong together.
        KfxError: E02, the file would be larger than 64 MiB: export in parts.
    """
    if header.skid != sender.public.sender_id.hex() or header.rkid != recipient.recipient_id.hex():
        raise ValueError("the header names other keys")
    header_bytes = header.to_bytes()
    ordered = sorted(records, key=schema.key_of)
    faults = _record_faults(list(enumerate(ordered, start=1)), schema)
    if faults:
        raise ValueError(f"record {faults[0].line}: {faults[0].field} {faults[0].fault}")
    body = "".join(f"{_ENCODER.encode(record)}\n" for record in ordered).encode("utf-8")
    if rb"\u0000" in body:
        raise ValueError("a record holds a zero character")
    manifest = Manifest(
        header=hashlib.sha256(header_bytes).hexdigest(),
        schema=schema.name,
        rows=len(ordered),
        body=hashlib.sha256(body).hexdigest(),
        counts=Counter(record[schema.status] for record in ordered),
        state=state,
        created_by=created_by,
        approved_by=approved_by,
    )
    plaintext = manifest.to_bytes() + b"\n" + body
    plaintext += bytes(-len(plaintext) % PAD_BYTES)
    if len(plaintext) + MAX_HEADER_BYTES + PAD_BYTES > MAX_FILE_BYTES:
        raise KfxError("E02", "the file would be too large")
    ciphertext = HPKE_SUITE.encrypt(plaintext, recipient.encryption_key, info=MAGIC + header_bytes)
    signed = b"".join(
        (
            MAGIC,
            sender.public.sender_id,
            struct.pack(">I", len(header_bytes)),
            header_bytes,
            struct.pack(">Q", len(ciphertext)),
            ciphertext,
        )
    )
    return signed + sender.sign.sign(_SIGNATURE_CONTEXT + hashlib.sha512(signed).digest())


def hash_of(file: bytes) -> str:
    """SHA-256 of a whole file, by which the next one and the receipt name it."""
    return hashlib.sha256(file).hexdigest()


def state_digest(entries: Iterable[tuple[str, int, str]]) -> str:
    """SHA-256 over the sorted lines ``id|rev|status``: equal on both sides when both hold the same state."""
    lines = sorted(f"{key}|{revision}|{status}\n" for key, revision, status in entries)
    return hashlib.sha256("".join(lines).encode("utf-8")).hexdigest()


# -- reading a file ------------------------------------------------------------


def read_prefix(data: bytes) -> str:
    """Id of the sender's signing key (hexadecimal), from the fixed place in front; nothing is verified yet.

    Raises:
        KfxError: E01 not a KFX1 file; E03 cut within the prefix.
    """
    if not data[: len(MAGIC)] or not MAGIC.startswith(data[: len(MAGIC)]):
        raise KfxError("E01" if data else "E03", "wrong magic" if data else "empty")
    if len(data) < _PREFIX_BYTES:
        raise KfxError("E03", "cut within the prefix")
    return data[len(MAGIC) : _PREFIX_BYTES].hex()


def claimed_installation(data: bytes) -> str:
    """Return the number of the installation that a file names as its own; empty when it names none. Nothing is proven by it."""
    try:
        read_prefix(data)
        return Header.from_bytes(_split(data)[0]).inst
    except KfxError:
        return ""


def authenticate(data: bytes, *, senders: Mapping[str, SenderKey], address: Address) -> Sealed:
    """Prove who sent a file and that it is meant for this zone. Nothing is decrypted.

    Args:
        data: the whole file.
        senders: trusted senders by signing key id (hexadecimal).
        address: what this zone accepts.

    Raises:
        KfxError: E01, E02, E03, E05, E06, E04, E07, E08, E09, in this order.
    """
    if len(data) > MAX_FILE_BYTES:
        raise KfxError("E02", "larger than 64 MiB")
    key_id = read_prefix(data)
    header_bytes, ciphertext = _split(data)
    sender = senders.get(key_id)
    if sender is None or sender.revoked:
        raise KfxError("E05", "revoked" if sender else "unknown key")
    signed, signature = data[:-_SIGNATURE_BYTES], data[-_SIGNATURE_BYTES:]
    if not sender.bundle.verifies(signature, _SIGNATURE_CONTEXT + hashlib.sha512(signed).digest()):
        raise KfxError("E06")
    header = Header.from_bytes(header_bytes)
    if header.skid != key_id:
        raise KfxError("E04", "skid differs from the prefix")
    if not sender.valid_at(datetime.fromtimestamp(header.iat, UTC)):
        raise KfxError("E05", "not valid when the file was made")
    if (header.tenant, header.inst) != (address.tenant, address.inst):
        raise KfxError("E07")
    if header.dir[0] != sender.bundle.zone or header.dir != address.dir or header.type not in address.types:
        raise KfxError("E08", f"{header.dir} {header.type}")
    if header.rkid not in address.recipient_ids:
        raise KfxError("E09")
    return Sealed(header, header_bytes, ciphertext, hash_of(data), sender.bundle)


def _split(data: bytes) -> tuple[bytes, bytes]:
    """Header and HPKE output, when all lengths agree with the length of the file (E03 otherwise)."""
    try:
        (header_length,) = struct.unpack_from(">I", data, _PREFIX_BYTES)
        header_end = _PREFIX_BYTES + 4 + header_length
        (ciphertext_length,) = struct.unpack_from(">Q", data, header_end)
    except struct.error:
        raise KfxError("E03", "cut within the lengths") from None
    start = header_end + 8
    if header_length > MAX_HEADER_BYTES or start + ciphertext_length + _SIGNATURE_BYTES != len(data):
        raise KfxError("E03", "lengths disagree")
    if ciphertext_length < _ENCAPSULATION_BYTES + _TAG_BYTES + PAD_BYTES:
        raise KfxError("E03", "no room for content")
    return data[_PREFIX_BYTES + 4 : header_end], data[start : start + ciphertext_length]


def check_position(header: Header, file_hash: str, position: Position) -> None:
    """Whether a file is the next one of its stream.

    Raises:
        KfxError: E12 taken in before; E13 its number was taken by another content; E14 older than the last and unknown;
            E15 a gap, or it follows another file than the last one.
    """
    accepted = position.accepted_hash_of(header.seq)
    if accepted is not None:
        raise KfxError("E12" if accepted == file_hash else "E13", f"number {header.seq}")
    if position.standalone:
        return
    if header.seq <= position.seq:
        raise KfxError("E14", f"number {header.seq}, last {position.seq}")
    if header.seq != position.seq + 1:
        raise KfxError("E15", f"number {header.seq}, expected {position.seq + 1}")
    if header.prev != position.file_hash:
        raise KfxError("E15", "follows another file")


def open_sealed(sealed: Sealed, *, recipients: Mapping[str, KeyPair], schemas: Iterable[Schema], now: datetime) -> Opened:
    """Check the time, decrypt, and prove the content whole.

    Args:
        sealed: from :func:`authenticate`, after :func:`check_position`.
        recipients: own keys by encryption key id (hexadecimal).
        schemas: forms of records this release understands.
        now: the present moment, aware.

    Raises:
        KfxError: E10, E11, E16, E17, E18, E19, E20, E21.
    """
    header = sealed.header
    if now > datetime.fromtimestamp(header.exp, UTC):
        raise KfxError("E10")
    if datetime.fromtimestamp(header.iat, UTC) > now + CLOCK_TOLERANCE:
        raise KfxError("E11")
    try:
        plaintext = HPKE_SUITE.decrypt(sealed.ciphertext, recipients[header.rkid].kem, info=MAGIC + sealed.header_bytes)
    except (InvalidTag, ValueError, KeyError):
        raise KfxError("E16") from None
    manifest_bytes, _, body = _unpad(plaintext).partition(b"\n")
    manifest = Manifest.from_bytes(manifest_bytes)
    if manifest.header != hashlib.sha256(sealed.header_bytes).hexdigest():
        raise KfxError("E17")
    if manifest.rows != body.count(b"\n") or manifest.body != hashlib.sha256(body).hexdigest():
        raise KfxError("E18", "rows or digest")
    schema = next((schema for schema in schemas if schema.name == manifest.schema), None)
    if schema is None:
        raise KfxError("E19", "unknown schema")
    records = _read_records(body, schema)
    if manifest.counts != Counter(record[schema.status] for record in records):
        raise KfxError("E18", "counts by status")
    return Opened(header, manifest, sealed.file_hash, records)


def _unpad(plaintext: bytes) -> bytes:
    content = plaintext.rstrip(b"\0")
    if len(plaintext) % PAD_BYTES or len(plaintext) - len(content) >= PAD_BYTES or not content.endswith(b"\n"):
        raise KfxError("E18", "padding")
    return content


def _read_records(body: bytes, schema: Schema) -> tuple[Record, ...]:
    """All records, or every faulty line at once: E20 for form, E21 for a key that stands twice."""
    records: list[tuple[int, Record]] = []
    faults: list[RowFault] = []
    for line, text in enumerate(body.split(b"\n")[:-1], start=1):
        try:
            records.append((line, kfx_json.parse_object(text)))
        except ValueError:
            faults.append(RowFault(line, "", "json"))
    faults += _record_faults(records, schema)
    if faults:
        only_twins = all(fault.fault == "duplicate" for fault in faults)
        raise KfxError("E21" if only_twins else "E20", rows=tuple(sorted(faults, key=lambda fault: fault.line)))
    return tuple(record for _, record in records)


def _record_faults(records: Sequence[tuple[int, Record]], schema: Schema) -> list[RowFault]:
    """Every fault of form, column by column: a file has up to hundreds of thousands of rows."""
    faults: list[RowFault] = []
    for field in schema.key:
        faults += [RowFault(line, field, "type") for line, record in records if type(record.get(field)) is not str or not record[field]]
    malformed = {fault.line for fault in faults}
    keys = [(line, schema.key_of(record)) for line, record in records if line not in malformed]
    if len({key for _, key in keys}) < len(keys):
        seen: set[str] = set()
        for line, key in keys:
            if key in seen:
                faults.append(RowFault(line, schema.key[-1], "duplicate"))
            seen.add(key)
    faults += [
        RowFault(line, "rev", "type")
        for line, record in records
        if type(record.get("rev")) is not int or not 0 <= record["rev"] <= kfx_json.MAX_INTEGER
    ]
    statuses = {status for _, record in records if type(status := record.get(schema.status)) is str}
    known = {status for status in statuses if _STATUS.fullmatch(status)}
    faults += [
        RowFault(line, schema.status, "type")
        for line, record in records
        if type(status := record.get(schema.status)) is not str or status not in known
    ]
    return sorted(faults, key=lambda fault: fault.line)


_STATUS: Final = re.compile(r"[a-z_]{1,32}")
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
