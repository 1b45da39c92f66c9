"""KFX1 files: what is made opens, and everything else is refused with its own code."""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.kernel import kfx, kfx_json
from madoguchi.kernel.kfx_keys import KeyPair
from madoguchi.kernel.kfx_refusals import REFUSALS, KfxError

if TYPE_CHECKING:
    from collections.abc import Callable

INST = "0f5f5a52-90a6-4a4e-8b07-3a0de7bd0f11"
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
CORE = KeyPair.generate(tenant="142051", inst=INST, zone="C")
BOOKING = KeyPair.generate(tenant="142051", inst=INST, zone="B")
STRANGER = KeyPair.generate(tenant="142051", inst=INST, zone="C")
SENDERS = {CORE.public.sender_id.hex(): kfx.SenderKey(CORE.public, NOW - timedelta(days=1))}
ADDRESS = kfx.Address("142051", INST, "C2B", frozenset({"targets", "results"}), frozenset({BOOKING.public.recipient_id.hex()}))
RECIPIENTS = {BOOKING.public.recipient_id.hex(): BOOKING}
SCHEMA = kfx.Schema("targets/1")
RECORDS = [
    {"id": "A0A000002", "rev": 1, "status": "open", "place": "本庁"},
    {"id": "A0A000001", "rev": 2, "status": "closed"},
]


def make_header(**changes: Any) -> kfx.Header:
    header = kfx.new_header(sender=CORE.public, recipient=BOOKING.public, type="targets", seq=1, prev=kfx.NO_HASH, now=NOW)
    return replace(header, **changes)


def make_file(header: kfx.Header | None = None, records: list[dict[str, Any]] = RECORDS, **changes: Any) -> bytes:
    arguments: dict[str, Any] = {
        "schema": SCHEMA,
        "sender": CORE,
        "recipient": BOOKING.public,
        "created_by": "s-12",
    } | changes
    return kfx.seal(header or make_header(), records, **arguments)


def read_file(
    data: bytes,
    *,
    now: datetime = NOW,
    senders: dict[str, kfx.SenderKey] = SENDERS,
    address: kfx.Address = ADDRESS,
    position: kfx.Position | None = None,
    schemas: tuple[kfx.Schema, ...] = (SCHEMA,),
    recipients: dict[str, KeyPair] = RECIPIENTS,
) -> kfx.Opened:
    sealed = kfx.authenticate(data, senders=senders, address=address)
    kfx.check_position(sealed.header, sealed.file_hash, position or kfx.Position(0, kfx.NO_HASH, lambda _: None))
    return kfx.open_sealed(sealed, recipients=recipients, schemas=schemas, now=now)


def refusal_of(data: bytes, **arguments: Any) -> str:
    with pytest.raises(KfxError) as refused:
        read_file(data, **arguments)
    return refused.value.code


def resign(unsigned: bytes, signer: KeyPair = CORE) -> bytes:
    return unsigned + signer.sign.sign(b"KFX1-sig\0" + hashlib.sha512(unsigned).digest())


def pack(header: bytes, ciphertext: bytes, *, skid: bytes = CORE.public.sender_id, signer: KeyPair = CORE) -> bytes:
    """Put a file together by hand, as a faulty or hostile holder of a trusted key could."""
    head = b"KFX1\n" + skid + struct.pack(">I", len(header)) + header
    return resign(head + struct.pack(">Q", len(ciphertext)) + ciphertext, signer)


def pack_plaintext(plaintext: bytes, header: kfx.Header | None = None) -> bytes:
    header_bytes = (header or make_header()).to_bytes()
    padded = plaintext + bytes(-len(plaintext) % 4096)
    return pack(header_bytes, kfx.HPKE_SUITE.encrypt(padded, BOOKING.public.encryption_key, info=b"KFX1\n" + header_bytes))


def make_manifest(content: bytes, **changes: Any) -> bytes:
    manifest: dict[str, Any] = {
        "header": hashlib.sha256(make_header().to_bytes()).hexdigest(),
        "schema": "targets/1",
        "rows": content.count(b"\n"),
        "body": hashlib.sha256(content).hexdigest(),
        "counts": {"open": content.count(b"\n")},
        "state": "",
        "created_by": "s-12",
        "approved_by": "",
    }
    return kfx_json.canonical(manifest | changes) + b"\n"


# -- a good file ------------------------------------------------------------


def test_an_unaltered_file_opens_with_its_records_in_order() -> None:
    opened = read_file(make_file(state=kfx.state_digest([("A0A000001", 2, "closed")]), approved_by="s-13"))
    assert [record["id"] for record in opened.records] == ["A0A000001", "A0A000002"]
    assert opened.records[1]["place"] == "本庁"
    assert opened.manifest.counts == {"open": 1, "closed": 1}
    assert (opened.manifest.created_by, opened.manifest.approved_by) == ("s-12", "s-13")
    assert opened.header == make_header()


HELD = st.characters(exclude_categories=["Cs"], exclude_characters="\0")  # what a database can hold


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "id": st.text(HELD, min_size=1, max_size=9),
                "rev": st.integers(0, 2**53 - 1),
                "status": st.sampled_from(["open", "closed"]),
                "note": st.text(HELD),
            }
        ),
        unique_by=lambda record: record["id"],
        max_size=20,
    )
)
def test_whatever_is_sealed_comes_back(records: list[dict[str, Any]]) -> None:
    opened = read_file(make_file(records=records))
    assert list(opened.records) == sorted(records, key=lambda record: record["id"])


def test_an_empty_list_is_a_file_too() -> None:
    assert read_file(make_file(records=[])).records == ()


def test_the_clear_part_tells_neither_count_nor_content() -> None:
    one, two = make_file(records=RECORDS[:1]), make_file(records=RECORDS)
    assert len(one) == len(two)
    assert b"A0A00000" not in two
    assert hashlib.sha256(kfx_json.canonical(RECORDS[1])).hexdigest().encode() not in two


def test_the_name_on_the_medium() -> None:
    assert make_header(seq=12).file_name == "KFX_142051_C2B_targets_12.kfx"


def test_the_same_content_is_sealed_differently_each_time() -> None:
    assert make_file() != make_file()


def test_prefix_names_the_sender_without_reading_further() -> None:
    assert kfx.read_prefix(make_file()[:13]) == CORE.public.sender_id.hex()


# -- damage -----------------------------------------------------------------


def test_every_truncation_is_refused() -> None:
    data = make_file()
    codes = {refusal_of(data[:length]) for length in range(len(data))}
    assert codes == {"E03"}


def test_every_single_bit_flip_is_refused() -> None:
    data = make_file()
    codes: dict[str, int] = {}
    for position in range(len(data) * 8):
        altered = bytearray(data)
        altered[position // 8] ^= 1 << position % 8
        code = refusal_of(bytes(altered))
        codes[code] = codes.get(code, 0) + 1
    assert set(codes) == {"E01", "E03", "E05", "E06"}
    assert (codes["E01"], codes["E05"]) == (5 * 8, 8 * 8)  # the magic, and the key id behind it
    assert codes["E03"] >= 12 * 8  # the two lengths
    assert read_file(data).header.seq == 1  # negative control: the same reader opens the unaltered file


GOOD = make_file()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, len(GOOD)),
    st.integers(0, 300),
    st.binary(max_size=300),
)
def test_a_stretch_replaced_by_anything_is_refused(start: int, length: int, filling: bytes) -> None:
    altered = GOOD[:start] + filling + GOOD[start + length :]
    if altered != GOOD:
        assert refusal_of(altered) in {"E01", "E03", "E05", "E06"}


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_signed_by_a_trusted_key_as_header_are_refused_cleanly(header: bytes) -> None:
    assert refusal_of(pack(header, bytes(97 + 16 + 4096))) == "E04"


@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=1, max_size=400))
def test_any_bytes_encrypted_by_a_trusted_key_are_refused_cleanly(plaintext: bytes) -> None:
    assert refusal_of(pack_plaintext(plaintext)) in {"E18", "E19"}


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200).map(lambda body: body.replace(b"\0", b"") + b"\n"))
def test_any_rows_from_a_trusted_key_are_refused_cleanly(body: bytes) -> None:
    assert refusal_of(pack_plaintext(make_manifest(body) + body)) == "E20"


# -- layout, key, signature, header -----------------------------------------


def test_e01_something_else_entirely() -> None:
    for data in (b"PK\x03\x04" + bytes(100), b"KFX2\n" + GOOD[5:], b"id,status\r\n", b"KFX1\r\n" + GOOD[5:]):
        assert refusal_of(data) == "E01"


def test_e02_too_large() -> None:
    assert refusal_of(GOOD + bytes(kfx.MAX_FILE_BYTES)) == "E02"
    with pytest.raises(KfxError, match="E02"):
        make_file(records=[{"id": "1", "rev": 1, "status": "open", "x": "x" * kfx.MAX_FILE_BYTES}])


def test_e03_empty_cut_or_longer() -> None:
    for data in (b"", b"KF", GOOD[:-1], GOOD + b"\0", resign(GOOD)):
        assert refusal_of(data) == "E03"


def test_e03_a_header_longer_than_allowed() -> None:
    assert refusal_of(pack(b" " * (kfx.MAX_HEADER_BYTES + 1), bytes(5000))) == "E03"


def test_e05_unknown_revoked_or_outdated_key() -> None:
    key = next(iter(SENDERS.values()))
    skid = CORE.public.sender_id.hex()
    assert refusal_of(GOOD, senders={}) == "E05"
    assert refusal_of(GOOD, senders={skid: replace(key, revoked=True)}) == "E05"
    assert refusal_of(GOOD, senders={skid: replace(key, valid_until=NOW - timedelta(seconds=1))}) == "E05"
    assert refusal_of(GOOD, senders={skid: replace(key, valid_from=NOW + timedelta(seconds=1))}) == "E05"
    assert read_file(GOOD, senders={skid: replace(key, valid_until=NOW)}).manifest.rows == 2


def test_e06_signed_by_somebody_else_under_the_trusted_id() -> None:
    header = make_header().to_bytes()
    assert refusal_of(pack(header, bytes(97 + 16 + 4096), signer=STRANGER)) == "E06"


def test_e06_header_of_one_file_on_the_content_of_another() -> None:
    other = make_file(make_header(seq=2))
    cut = len(GOOD) - 64 - (97 + 16 + 4096)
    assert refusal_of(other[:cut] + GOOD[cut:]) == "E06"


HEADER_FAULTS: list[Callable[[dict[str, Any]], Any]] = [
    lambda fields: fields.pop("medium"),
    lambda fields: fields.update(rows=3),
    lambda fields: fields.update(seq="1"),
    lambda fields: fields.update(seq=0),
    lambda fields: fields.update(v=2),
    lambda fields: fields.update(suite="none"),
    lambda fields: fields.update(tenant="14205"),
    lambda fields: fields.update(prev="A" * 64),
    lambda fields: fields.update(exp=fields["iat"]),
    lambda fields: fields.update(exp=fields["iat"] + 15 * 86400),
    lambda fields: fields.update(mode="all"),
    lambda fields: fields.update(dir="C2C"),
    lambda fields: fields.update(ckpt={"size": 1}),
    lambda fields: fields.update(ckpt={"size": "1", "root": "0" * 64}),
    lambda fields: fields.update(ckpt={"size": 1, "root": "x"}),
    lambda fields: fields.update(skid=BOOKING.public.sender_id.hex()),
    lambda fields: fields.update(medium="../x"),
]


@pytest.mark.parametrize("fault", HEADER_FAULTS)
def test_e04_header_that_breaks_the_rules_though_well_signed(fault: Callable[[dict[str, Any]], Any]) -> None:
    fields = kfx_json.parse_object(make_header().to_bytes())
    fault(fields)
    assert refusal_of(pack(kfx_json.canonical(fields), bytes(97 + 16 + 4096))) == "E04"


def test_e04_header_in_another_spelling() -> None:
    spaced = make_header().to_bytes().replace(b",", b", ")
    assert refusal_of(pack(spaced, bytes(97 + 16 + 4096))) == "E04"


# -- address, position, time ------------------------------------------------


def test_e07_other_municipality_or_installation() -> None:
    assert refusal_of(GOOD, address=replace(ADDRESS, tenant="142069")) == "E07"
    assert refusal_of(GOOD, address=replace(ADDRESS, inst=INST.replace("0", "1"))) == "E07"


def test_e08_other_direction_or_type() -> None:
    assert refusal_of(GOOD, address=replace(ADDRESS, dir="B2C")) == "E08"
    assert refusal_of(GOOD, address=replace(ADDRESS, types=frozenset({"results"}))) == "E08"


def test_e08_a_direction_that_its_sender_cannot_have() -> None:
    """A zone's own key is known to it; a file under it that claims to come from the other zone goes nowhere."""
    skid = BOOKING.public.sender_id.hex()
    forged = make_header(skid=skid)
    own = {skid: kfx.SenderKey(BOOKING.public, NOW - timedelta(days=1))}
    assert forged.dir == "C2B"
    assert refusal_of(make_file(forged, sender=BOOKING), senders=own) == "E08"


def test_e09_made_for_another_key() -> None:
    assert refusal_of(GOOD, address=replace(ADDRESS, recipient_ids=frozenset({"00" * 8}))) == "E09"


def position_after(*hashes: str) -> kfx.Position:
    known = dict(enumerate(hashes, start=1))
    return kfx.Position(len(hashes), hashes[-1] if hashes else kfx.NO_HASH, known.get)


def test_position_accepts_only_the_next_file() -> None:
    first, second, third = "1" * 64, "2" * 64, "3" * 64
    kfx.check_position(make_header(seq=1), first, position_after())
    kfx.check_position(make_header(seq=2, prev=first), second, position_after(first))

    def code(seq: int, prev: str, file_hash: str, position: kfx.Position) -> str:
        with pytest.raises(KfxError) as refused:
            kfx.check_position(make_header(seq=seq, prev=prev), file_hash, position)
        return refused.value.code

    after_two = position_after(first, second)
    assert code(2, first, second, after_two) == "E12"
    assert code(1, kfx.NO_HASH, first, after_two) == "E12"
    assert code(2, first, third, after_two) == "E13"
    assert code(1, kfx.NO_HASH, third, after_two) == "E13"
    assert code(1, kfx.NO_HASH, first, replace(after_two, accepted_hash_of=lambda _: None)) == "E14"
    assert code(4, third, third, after_two) == "E15"
    assert code(3, first, third, after_two) == "E15"
    assert code(2, first, second, position_after()) == "E15"
    assert code(1, first, second, position_after()) == "E15"


def test_files_that_stand_alone_come_in_any_order_but_once() -> None:
    receipts = replace(position_after("1" * 64, "2" * 64), accepted_hash_of={2: "2" * 64}.get, standalone=True)
    for seq in (1, 3, 9):
        kfx.check_position(make_header(seq=seq, prev="f" * 64), "5" * 64, receipts)
    for file_hash, code in (("2" * 64, "E12"), ("5" * 64, "E13")):
        with pytest.raises(KfxError, match=code):
            kfx.check_position(make_header(seq=2, prev="1" * 64), file_hash, receipts)


def test_an_old_copy_is_already_imported_rather_than_expired() -> None:
    file_hash = hashlib.sha256(GOOD).hexdigest()
    late = NOW + timedelta(days=30)
    assert refusal_of(GOOD, now=late, position=position_after(file_hash)) == "E12"
    assert refusal_of(GOOD, now=late) == "E10"


def test_time_limits_stand_at_their_borders() -> None:
    assert read_file(GOOD, now=NOW + timedelta(hours=72)).manifest.rows == 2
    assert refusal_of(GOOD, now=NOW + timedelta(hours=72, seconds=1)) == "E10"
    assert read_file(GOOD, now=NOW - timedelta(minutes=10)).manifest.rows == 2
    assert refusal_of(GOOD, now=NOW - timedelta(minutes=10, seconds=1)) == "E11"


# -- content ----------------------------------------------------------------


def test_e16_content_of_another_key_or_header() -> None:
    header = make_header().to_bytes()
    suite, key = kfx.HPKE_SUITE, BOOKING.public.encryption_key
    foreign = suite.encrypt(bytes(4096), STRANGER.public.encryption_key, info=b"KFX1\n" + header)
    rebound = suite.encrypt(bytes(4096), key, info=b"KFX1\n" + make_header(seq=2).to_bytes())
    for ciphertext in (foreign, rebound, bytes(97 + 16 + 4096), b"\x04" + bytes(97 + 16 + 4096)):
        assert refusal_of(pack(header, ciphertext)) == "E16"


def test_e17_manifest_of_another_header() -> None:
    body = b'{"id":"1","rev":1,"status":"open"}\n'
    assert read_file(pack_plaintext(make_manifest(body) + body)).manifest.rows == 1
    other = hashlib.sha256(make_header(seq=2).to_bytes()).hexdigest()
    assert refusal_of(pack_plaintext(make_manifest(body, header=other) + body)) == "E17"


@pytest.mark.parametrize("change", [{"rows": 2}, {"body": "0" * 64}, {"counts": {}}, {"counts": {"closed": 1}}])
def test_e18_counts_or_digest_differ(change: dict[str, Any]) -> None:
    body = b'{"id":"1","rev":1,"status":"open"}\n'
    assert refusal_of(pack_plaintext(make_manifest(body, **change) + body)) == "E18"


def test_e18_padding_that_hides_something() -> None:
    body = b'{"id":"1","rev":1,"status":"open"}\n'
    assert refusal_of(pack_plaintext(make_manifest(body) + body + bytes(8192))) == "E18"
    assert refusal_of(pack_plaintext(make_manifest(body) + body + bytes(3) + b"x")) == "E18"


@pytest.mark.parametrize("change", [{"schema": "targets/2"}, {"extra": 1}, {"rows": "1"}, {"counts": []}])
def test_e19_form_of_another_release(change: dict[str, Any]) -> None:
    body = b'{"id":"1","rev":1,"status":"open"}\n'
    assert refusal_of(pack_plaintext(make_manifest(body, **change) + body)) == "E19"


def test_e20_reports_every_faulty_line_and_no_value() -> None:
    body = (
        b'{"id":"A1","rev":1,"status":"open"}\n'
        b'{"id":5,"rev":1,"status":"open"}\n'
        b'{"id":"A3","rev":-1,"status":"secret 0908"}\n'
        b"not json 0908\n"
        b'{"id":"A1","rev":1,"status":"open"}\n'
    )
    with pytest.raises(KfxError) as refused:
        read_file(pack_plaintext(make_manifest(body) + body))
    assert refused.value.code == "E20"
    assert [(fault.line, fault.field, fault.fault) for fault in refused.value.rows] == [
        (2, "id", "type"),
        (3, "rev", "type"),
        (3, "status", "type"),
        (4, "", "json"),
        (5, "id", "duplicate"),
    ]
    assert "0908" not in f"{refused.value!r} {refused.value}"


def test_e21_a_key_that_stands_twice() -> None:
    body = b'{"id":"A1","rev":1,"status":"open"}\n' * 2
    assert refusal_of(pack_plaintext(make_manifest(body) + body)) == "E21"


def test_a_schema_may_name_records_by_several_fields() -> None:
    schema = kfx.Schema("bookings/1", key=("no", "id"), status="state")
    party = [
        {"no": "1", "id": "A1", "rev": 1, "state": "confirmed"},
        {"no": "1", "id": "A2", "rev": 1, "state": "confirmed"},
    ]
    opened = read_file(make_file(records=party, schema=schema), schemas=(SCHEMA, schema))
    assert list(opened.records) == party
    assert opened.manifest.counts == {"confirmed": 2}
    with pytest.raises(ValueError, match="duplicate"):
        make_file(records=[*party, party[0]], schema=schema)


@pytest.mark.parametrize(
    "records",
    [
        [{"id": "", "rev": 1, "status": "open"}],
        [{"id": "1", "rev": True, "status": "open"}],
        [{"id": "1", "rev": 1, "status": "Open!"}],
        [{"id": "1", "rev": 1, "status": "open"}] * 2,
        [{"id": "1", "rev": 1, "status": "open", "x": float("nan")}],
        [{"id": "1", "rev": 1, "status": "open", "x": "a\0"}],
        [{"id": "1", "rev": 1, "status": "open", "x": "\ud800"}],
    ],
)
def test_a_faulty_record_is_not_sealed(records: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        make_file(records=records)


def test_a_file_is_not_sealed_under_other_keys_than_the_header_names() -> None:
    with pytest.raises(ValueError, match="other keys"):
        make_file(sender=STRANGER)
    with pytest.raises(ValueError, match="two zones"):
        kfx.new_header(sender=CORE.public, recipient=STRANGER.public, type="targets", seq=1, prev=kfx.NO_HASH, now=NOW)


# -- digest and table of refusals -------------------------------------------


def test_state_digest_depends_on_content_not_on_order() -> None:
    entries = [("A1", 1, "open"), ("A2", 3, "closed")]
    assert kfx.state_digest(entries) == kfx.state_digest(reversed(entries))
    assert kfx.state_digest(entries) != kfx.state_digest([("A1", 2, "open"), ("A2", 3, "closed")])
    assert kfx.state_digest([]) == hashlib.sha256(b"").hexdigest()


def test_every_code_has_a_sentence_and_a_next_step_in_both_languages() -> None:
    assert list(REFUSALS) == [f"E{number:02}" for number in range(31)]
    for refusal in REFUSALS.values():
        assert refusal.ja.endswith("。")
        assert refusal.next_ja.endswith("。")
        assert re.search(r"[a-z]\.$", refusal.en)
        assert re.search(r"[a-z]\.$", refusal.next_en)
    assert [code for code, refusal in REFUSALS.items() if refusal.quarantines] == [f"E0{n}" for n in range(1, 7)]
    assert [code for code, refusal in REFUSALS.items() if refusal.alarm] == ["E00", "E06", "E13", "E17", "E30"]
