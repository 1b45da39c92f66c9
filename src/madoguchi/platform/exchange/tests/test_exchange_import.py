"""Taking files in: the good way, every refusal with nothing changed, and faults at every step."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection, connections
from pytest_django import Settings

from madoguchi.kernel import kfx
from madoguchi.kernel.kfx_keys import KeyPair
from madoguchi.kernel.purposes import Purpose, new_installation
from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Section
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.exchange.handlers import SCHEMAS
from madoguchi.platform.exchange.keys import KeyRefusedError
from madoguchi.platform.exchange.models import IncomingFile, LedgerEntry, OutgoingFile, PeerKey
from madoguchi.platform.exchange.services import receiving, sending

pytestmark = pytest.mark.django_db
CLERK = automatic("test")
OPEN_RECORD = {"id": "A0A000001", "rev": 1, "status": "open"}


def code_of(outcome: receiving.ImportOutcome) -> str:
    assert outcome.refusal is not None, "the file was taken in"
    return outcome.refusal.code


def read_receipt(zones: Any, path: Path) -> kfx.Record:
    """Open a receipt as the core zone would."""
    booking, core = zones.own_keys("booking"), zones.own_keys("delivery")
    sealed = kfx.authenticate(
        path.read_bytes(),
        senders={booking.public.sender_id.hex(): kfx.SenderKey(booking.public, clock.now() - timedelta(days=1))},
        address=kfx.Address(
            core.public.tenant, core.public.inst, "B2C", frozenset({"receipt"}), frozenset({core.public.recipient_id.hex()})
        ),
    )
    recipients = {core.public.recipient_id.hex(): core}
    return kfx.open_sealed(sealed, recipients=recipients, schemas=(SCHEMAS["receipt"],), now=clock.now()).records[0]


# -- the good way ------------------------------------------------------------


def test_a_good_file_is_taken_in_with_receipt_ledger_and_event(zones: Any, as_auditor: Callable[[], Any]) -> None:
    path = zones.make_file([OPEN_RECORD, {"id": "A0A000002", "rev": 1, "status": "puzzling"}])
    before = path.read_bytes()
    outcome = zones.take_in(path)
    assert (outcome.refusal, outcome.type, outcome.seq, outcome.taken, outcome.refused) == (None, "targets", 1, 1, 1)
    assert receiving.NO_SCANNER in outcome.warnings
    assert path.read_bytes() == before
    assert set(Section.objects.values_list("code", flat=True)) == {"A0A000001", "A0A000002"}
    assert outcome.receipt is not None
    answer = read_receipt(zones, outcome.receipt)
    assert (answer["id"], answer["rev"], answer["status"]) == (kfx.hash_of(before), 1, "taken")
    assert (answer["taken"], answer["refused"], answer["reasons"]) == (1, 1, {"puzzling": 1})
    read, written = LedgerEntry.objects.order_by("pk")
    assert (read.movement, read.state, read.file_name, read.file_hash) == ("read", "done", path.name, kfx.hash_of(before))
    assert (written.movement, written.state, written.type) == ("write", "done", "receipt")
    with as_auditor():
        event = AuditEvent.objects.get(process_code="exchange.file.import")
    assert (event.result, event.content["taken"], event.content["seq"]) == ("done", 1, 1)


def scanner(folder: Path, verdict: int) -> str:
    """A scanner of viruses with patterns of today that always says the same."""
    program = folder / f"clamscan-{verdict}"
    version = f"ClamAV 1.0.7/27150/{clock.now():%a %b %d %H:%M:%S %Y}"
    program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "{version}" && exit 0\ncat > /dev/null; exit {verdict}\n')
    program.chmod(0o700)
    return f"command:{program}"


def test_a_scanner_of_viruses_is_asked_where_there_is_one(zones: Any, settings: Settings, tmp_path: Path) -> None:
    path = zones.make_file()
    settings.MADOGUCHI_VIRUS_SCANNER = scanner(tmp_path, 1)
    assert code_of(zones.take_in(path)) == "E00"
    assert not Section.objects.exists()
    settings.MADOGUCHI_VIRUS_SCANNER = scanner(tmp_path, 0)
    outcome = zones.take_in(path)
    assert outcome.refusal is None
    assert receiving.NO_SCANNER not in outcome.warnings


def test_files_are_taken_in_one_after_the_other(zones: Any) -> None:
    first = zones.make_file()
    second = zones.make_file([{**OPEN_RECORD, "status": "closed"}], seq=2, prev=kfx.hash_of(first.read_bytes()))
    assert zones.take_in(first).refusal is None
    assert zones.take_in(second).refusal is None
    assert Section.objects.get(code="A0A000001").name == "closed"


def test_a_sender_that_states_the_state_is_believed_only_when_it_agrees(zones: Any, taken_state: Callable[[], object]) -> None:
    before = taken_state()
    assert code_of(zones.take_in(zones.make_file([OPEN_RECORD], state=kfx.state_digest([("A0A000001", 1, "closed")])))) == "E29"
    assert taken_state() == before
    assert zones.take_in(zones.make_file([OPEN_RECORD], state=kfx.state_digest([("A0A000001", 1, "open")]))).refusal is None


# -- every refusal, with nothing changed -------------------------------------


def lay(zones: Any, content: bytes, name: str = "KFX_142051_C2B_targets_1.kfx") -> Path:
    path: Path = zones.folder / name
    path.write_bytes(content)
    return path


def strange_files(zones: Any) -> dict[str, list[Path]]:
    good = zones.make_file().read_bytes()
    folder = zones.folder / "folder.kfx"
    folder.mkdir()
    huge = zones.folder / "huge.kfx"
    with huge.open("wb") as handle:
        handle.truncate(1 << 30)
    flipped = bytearray(good)
    flipped[-1] ^= 1
    return {
        "E01": [folder, lay(zones, b"id,status\r\n1,open\r\n", "list.csv"), lay(zones, b"KFX2\n" + good[5:], "new.kfx"), Path("/dev/zero")],
        "E02": [huge, zones.folder / "gone.kfx", Path("/proc/self/mem")],
        "E03": [lay(zones, b"", "empty.kfx"), lay(zones, good[:-1], "cut.kfx"), lay(zones, good + b"\n", "long.kfx")],
        "E06": [lay(zones, bytes(flipped), "flipped.kfx"), lay(zones, good[:500] + b"\0" + good[501:], "patched.kfx")],
    }


@pytest.mark.parametrize("code", ["E01", "E02", "E03", "E06"])
def test_files_that_cannot_be_trusted_are_refused_and_kept_apart(zones: Any, taken_state: Callable[[], object], code: str) -> None:
    before = taken_state()
    for path in strange_files(zones)[code]:
        outcome = zones.take_in(path)
        assert code_of(outcome) == code, path
        assert outcome.receipt is None
    assert taken_state() == before
    kept = list((zones.folder / "booking" / "exchange" / "quarantine").glob("*.bin"))
    assert len(kept) == {"E01": 2, "E02": 0, "E03": 3, "E06": 2}[code]
    assert set(LedgerEntry.objects.values_list("state", "code")) == {("refused", code)}


def test_a_huge_file_is_refused_without_being_read(zones: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    huge = zones.folder / "huge.kfx"
    with huge.open("wb") as handle:
        handle.truncate(1 << 30)
    monkeypatch.setattr("madoguchi.platform.exchange.media.os.read", lambda *_: pytest.fail("the file was read"))
    assert code_of(zones.take_in(huge)) == "E02"


def test_a_medium_pulled_out_while_it_is_read(zones: Any, monkeypatch: pytest.MonkeyPatch, taken_state: Callable[[], object]) -> None:
    path, before = zones.make_file(), taken_state()

    def pulled_out(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr("madoguchi.platform.exchange.media.os.read", pulled_out)
        assert code_of(zones.take_in(path)) == "E02"
    assert taken_state() == before
    assert zones.take_in(path).refusal is None


def test_the_name_of_a_strange_file_is_not_kept(zones: Any) -> None:
    zones.take_in(lay(zones, b"x", "山田太郎.kfx"))
    assert LedgerEntry.objects.get().file_name == ""


def test_e05_unknown_and_revoked_keys(zones: Any, taken_state: Callable[[], object]) -> None:
    before = taken_state()
    stranger = KeyPair.generate(tenant="142051", inst=zones.settings.MADOGUCHI_INSTALLATION, zone="C")
    assert code_of(zones.take_in(zones.make_file(sender=stranger))) == "E05"
    assert code_of(zones.take_in(zones.make_file(now=clock.now() - timedelta(days=200)))) == "E05"
    assert taken_state() == before
    PeerKey.objects.filter(zone="C").update(revoked_at=clock.now())
    assert code_of(zones.take_in(zones.make_file())) == "E05"


@pytest.mark.parametrize(
    ("made", "words"), [(Purpose.TRAINING, "研修の環境"), (Purpose.VERIFICATION, "検証の環境"), (Purpose.PRODUCTION, "")]
)
def test_a_file_of_an_installation_for_another_purpose_is_refused_and_called_so(
    zones: Any, taken_state: Callable[[], object], made: Purpose, words: str
) -> None:
    before, other = taken_state(), new_installation(made)
    sender, recipient = (KeyPair.generate(tenant="142051", inst=other, zone=zone) for zone in "CB")
    header = kfx.new_header(sender=sender.public, recipient=recipient.public, type="targets", seq=1, prev=kfx.NO_HASH, now=clock.now())
    data = kfx.seal(header, [], schema=SCHEMAS["targets"], sender=sender, recipient=recipient.public, created_by="test")
    outcome = zones.take_in(lay(zones, data))
    assert code_of(outcome) == "E05"
    said = [warning for warning in outcome.warnings if "の環境で作られた" in warning]
    assert [warning.partition("で作られた")[0] for warning in said] == ([words] if words else [])
    assert taken_state() == before


def test_an_installation_for_training_refuses_a_file_of_the_work_itself(zones: Any, settings: Settings) -> None:
    path = zones.make_file()
    settings.MADOGUCHI_INSTALLATION = new_installation(Purpose.TRAINING)
    outcome = zones.take_in(path)
    assert code_of(outcome) == "E07"
    assert any("本番の環境で作られた" in warning for warning in outcome.warnings)


def test_e07_other_municipality_or_installation(zones: Any, taken_state: Callable[[], object], settings: Settings) -> None:
    path, before = zones.make_file(), taken_state()
    installation = settings.MADOGUCHI_INSTALLATION
    settings.MADOGUCHI_INSTALLATION = "11111111-90a6-4a4e-8b07-3a0de7bd0f11"
    assert code_of(zones.take_in(path)) == "E07"
    settings.MADOGUCHI_INSTALLATION = installation
    settings.MADOGUCHI_MUNICIPALITY = "142069"
    assert code_of(zones.take_in(path)) == "E07"
    settings.MADOGUCHI_MUNICIPALITY = "142051"
    assert taken_state() == before
    assert zones.take_in(path).refusal is None


def test_e08_a_type_that_this_zone_does_not_take(zones: Any, taken_state: Callable[[], object]) -> None:
    before = taken_state()
    assert code_of(zones.take_in(zones.make_file([{"id": "1", "rev": 1, "result": "delivered"}], type="results"))) == "E08"
    assert taken_state() == before


def test_e08_a_file_brought_back_to_its_sender(zones: Any, taken_state: Callable[[], object]) -> None:
    path, before = zones.make_file(), taken_state()
    zones.enter("delivery")
    assert code_of(receiving.import_file(path, CLERK)) == "E08"
    assert taken_state() == before


def test_e09_sealed_to_another_key(zones: Any, taken_state: Callable[[], object]) -> None:
    before = taken_state()
    other = KeyPair.generate(tenant="142051", inst=zones.settings.MADOGUCHI_INSTALLATION, zone="B")
    assert code_of(zones.take_in(zones.make_file(recipient=other))) == "E09"
    assert taken_state() == before


def test_e10_expired_and_e11_from_the_future(zones: Any, taken_state: Callable[[], object]) -> None:
    before = taken_state()
    outcome = zones.take_in(zones.make_file(now=clock.now() - timedelta(hours=73)))
    assert code_of(outcome) == "E10"
    assert outcome.receipt is not None
    assert read_receipt(zones, outcome.receipt)["code"] == "E10"
    assert code_of(zones.take_in(zones.make_file(now=clock.now() + timedelta(minutes=15)))) == "E11"
    assert taken_state() == before


def test_e12_to_e15_positions(zones: Any, taken_state: Callable[[], object]) -> None:
    first = zones.make_file()
    second = zones.make_file(seq=2, prev=kfx.hash_of(first.read_bytes()))
    assert code_of(zones.take_in(second)) == "E15"
    taken = zones.take_in(first)
    zones.take_in(second)
    before = taken_state()
    again = zones.take_in(first)
    assert (code_of(again), again.imported_at) == ("E12", IncomingFile.objects.get(seq=1).imported_at)
    assert again.receipt == taken.receipt
    assert code_of(zones.take_in(second)) == "E12"
    fork = zones.make_file([OPEN_RECORD], seq=2, prev=kfx.hash_of(first.read_bytes()))
    assert code_of(zones.take_in(fork)) == "E13"
    assert code_of(zones.take_in(zones.make_file([OPEN_RECORD]))) == "E13"
    last = kfx.hash_of(second.read_bytes())
    assert code_of(zones.take_in(zones.make_file(seq=4, prev=last))) == "E15"
    assert code_of(zones.take_in(zones.make_file(seq=3, prev=kfx.hash_of(first.read_bytes())))) == "E15"
    assert taken_state() == before
    IncomingFile.objects.filter(seq=1).delete()  # as after the retention of old records
    assert code_of(zones.take_in(first)) == "E14"


def test_an_old_copy_is_taken_calmly_after_its_expiry(zones: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zones.make_file()
    zones.take_in(path)
    later = clock.now() + timedelta(days=30)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert code_of(zones.take_in(path)) == "E12"


def test_e19_schema_of_another_release(zones: Any, taken_state: Callable[[], object]) -> None:
    before = taken_state()
    assert code_of(zones.take_in(zones.make_file(schema=kfx.Schema("targets/2")))) == "E19"
    assert taken_state() == before


@pytest.mark.parametrize("code", ["E20", "E22", "E23", "E24"])
def test_rows_that_the_domain_refuses_refuse_the_whole_file(zones: Any, taken_state: Callable[[], object], code: str) -> None:
    before = taken_state()
    rows = [OPEN_RECORD, {"id": "A0A000002", "rev": 1, "status": "open", "code": code}]
    outcome = zones.take_in(zones.make_file(rows))
    assert code_of(outcome) == code
    assert [(row.line, row.field) for row in outcome.rows] == [(2, "code")]
    assert taken_state() == before
    assert outcome.receipt is not None
    answer = read_receipt(zones, outcome.receipt)
    assert (answer["status"], answer["code"], answer["taken"], answer["reasons"]) == ("refused", code, 0, {"asked-for": 1})


def test_every_refusal_is_in_the_operation_log_without_values(zones: Any, as_auditor: Callable[[], Any]) -> None:
    zones.take_in(lay(zones, b"", "empty.kfx"))
    zones.take_in(zones.make_file([{**OPEN_RECORD, "code": "E22"}]))
    with as_auditor():
        events = list(AuditEvent.objects.filter(process_code="exchange.file.import").order_by("pk"))
    assert [(event.result, event.content["code"]) for event in events] == [("refused", "E03"), ("refused", "E22")]
    assert all("A0A000001" not in str(event.content) for event in events)


# -- faults at every step ----------------------------------------------------


class KilledError(BaseException):
    """Stands for the end of the process: nothing catches it."""


class Failing:
    """Lets the n-th statement of a block fail, once."""

    def __init__(self, at: int, fault: BaseException) -> None:
        self.at, self.fault, self.count = at, fault, 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        self.count += 1
        if self.count == self.at:
            raise self.fault
        return execute(sql, params, many, context)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", [KilledError(), OperationalError("disk full")], ids=["killed", "database"])
def test_a_fault_at_any_statement_leaves_all_or_nothing(zones: Any, taken_state: Callable[[], object], fault: BaseException) -> None:
    """The n-th statement fails, n = 1, 2, 3 … until the import is through."""
    path = zones.make_file()
    before = taken_state()
    statement = 0
    while not IncomingFile.objects.exists():
        statement += 1
        outcome = None
        try:
            with connection.execute_wrapper(Failing(statement, fault)):
                outcome = zones.take_in(path)
        except KilledError:
            pass
        if outcome is not None and outcome.refusal is None:
            assert IncomingFile.objects.exists()
        elif not IncomingFile.objects.exists():
            assert taken_state() == before, f"statement {statement}"
            assert outcome is None or code_of(outcome) == "E28"
    assert statement > 15
    assert code_of(zones.take_in(path)) == "E12"
    assert Section.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_fault_of_the_handler_is_not_hidden_and_changes_nothing(zones: Any, domain: Any, taken_state: Callable[[], object]) -> None:
    class Faulty(domain.handler_class):  # type: ignore[misc]
        def apply(self, records: Any, actor: Any, source: Any) -> Any:
            super().apply(records, actor, source)
            raise RuntimeError("a defect")

    path, before = zones.make_file(), taken_state()
    domain.TargetsHandler = Faulty
    with pytest.raises(RuntimeError, match="a defect"):
        zones.take_in(path)
    assert taken_state() == before
    assert LedgerEntry.objects.get().state == "failed"
    domain.TargetsHandler = domain.handler_class
    assert zones.take_in(path).refusal is None


@pytest.mark.django_db(transaction=True)
def test_one_file_imported_twice_at_the_same_moment_counts_once(zones: Any, domain: Any) -> None:
    together = threading.Barrier(2, timeout=10)

    class Waiting(domain.handler_class):  # type: ignore[misc]
        def __init__(self) -> None:
            # Both imports have found the file good and the stream free before either takes it in.
            together.wait()

    domain.TargetsHandler = Waiting
    path = zones.make_file()
    outcomes: list[receiving.ImportOutcome] = []

    def run() -> None:
        try:
            outcomes.append(receiving.import_file(path, CLERK))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome.refusal.code if outcome.refusal else "taken" for outcome in outcomes) == ["E12", "taken"]
    assert IncomingFile.objects.count() == 1


def test_a_receipt_that_cannot_be_written_does_not_undo_the_import(zones: Any) -> None:
    blocked = zones.folder / "file-in-the-way"
    blocked.touch()
    path = zones.make_file()
    outcome = zones.take_in(path, receipt_folder=blocked)
    assert outcome.refusal is None
    assert outcome.receipt is None
    assert receiving.RECEIPT_NOT_WRITTEN in outcome.warnings
    again = zones.take_in(path)
    assert code_of(again) == "E12"
    assert again.receipt is not None
    assert again.receipt.exists()


# -- receipts ----------------------------------------------------------------


def round_trip(zones: Any, tmp_path: Path) -> tuple[OutgoingFile, Path]:
    """Export in the core zone, import in the booking zone; returns the file and the receipt."""
    zones.enter("delivery")
    exported = sending.export_file("targets", CLERK, folder=tmp_path / "stick")
    receipt = zones.take_in(exported.path).receipt
    zones.enter("delivery")
    return exported.file, receipt


def test_a_receipt_acknowledges_its_file_and_drops_the_kept_copy(zones: Any, tmp_path: Path) -> None:
    issued, receipt = round_trip(zones, tmp_path)
    outcome = receiving.import_file(receipt, CLERK)
    assert (outcome.refusal, outcome.type, outcome.taken, outcome.receipt) == (None, "receipt", 1, None)
    issued = OutgoingFile.objects.get(pk=issued.pk)
    assert issued.answer == "taken"
    assert not hasattr(issued, "sealed_copy")
    assert code_of(receiving.import_file(receipt, CLERK)) == "E12"


def test_a_refusal_comes_back_as_an_answer_and_the_copy_stays(zones: Any, domain: Any, tmp_path: Path) -> None:
    domain.to_send = [{**OPEN_RECORD, "code": "E23"}]
    issued, receipt = round_trip(zones, tmp_path)
    assert receiving.import_file(receipt, CLERK).refusal is None
    issued.refresh_from_db()
    assert (issued.answer, issued.answered_at) == ("E23", None)
    assert issued.sealed_copy is not None


def test_an_expired_receipt_is_issued_anew(zones: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    issued, receipt = round_trip(zones, tmp_path)
    later = clock.now() + timedelta(days=15)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert code_of(receiving.import_file(receipt, CLERK)) == "E10"
    again = zones.take_in(tmp_path / "stick" / issued.file_name)
    assert code_of(again) == "E12"
    zones.enter("delivery")
    assert receiving.import_file(again.receipt, CLERK).refusal is None
    issued.refresh_from_db()
    assert issued.answer == "taken"


def test_an_interrupt_after_the_import_does_not_deny_it(zones: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    path = zones.make_file()
    monkeypatch.setattr(receiving, "write_copy", interrupted)
    outcome = zones.take_in(path)
    assert (outcome.taken, outcome.receipt) == (3, None)


def test_receipts_may_be_lost_or_come_late(zones: Any, tmp_path: Path) -> None:
    receipts = [round_trip(zones, tmp_path)[1] for _ in range(3)]
    assert receiving.import_file(receipts[2], CLERK).refusal is None
    assert receiving.import_file(receipts[0], CLERK).refusal is None
    assert code_of(receiving.import_file(receipts[2], CLERK)) == "E12"


def test_e30_receipt_of_a_file_never_sent_or_with_other_content(zones: Any, tmp_path: Path, taken_state: Callable[[], object]) -> None:
    issued, receipt = round_trip(zones, tmp_path)
    OutgoingFile.objects.filter(pk=issued.pk).update(file_hash="0" * 64)
    before = taken_state()
    assert code_of(receiving.import_file(receipt, CLERK)) == "E30"
    assert taken_state() == before
    OutgoingFile.objects.filter(pk=issued.pk).update(file_hash=issued.file_hash, seq=9)
    assert code_of(receiving.import_file(receipt, CLERK)) == "E30"
    OutgoingFile.objects.filter(pk=issued.pk).update(seq=issued.seq)
    assert receiving.import_file(receipt, CLERK).refusal is None


def test_a_receipt_that_is_none_is_refused(zones: Any) -> None:
    booking, core = zones.own_keys("booking"), zones.own_keys("delivery")
    answer = {"id": "0" * 64, "rev": 1, "status": "perhaps", "type": "targets", "code": "", "taken": "1", "refused": 0, "by": "", "at": ""}
    header = kfx.new_header(sender=booking.public, recipient=core.public, type="receipt", seq=1, prev=kfx.NO_HASH, now=clock.now())
    content = kfx.seal(header, [answer], schema=SCHEMAS["receipt"], sender=booking, recipient=core.public, created_by="")
    zones.enter("delivery")
    outcome = receiving.import_file(lay(zones, content, header.file_name), CLERK)
    assert code_of(outcome) == "E20"
    assert {row.field for row in outcome.rows} == {"taken", "status"}


def test_no_keys_no_import(zones: Any) -> None:
    path = zones.make_file()
    (zones.folder / "booking" / "secrets" / "exchange").unlink()
    with pytest.raises(KeyRefusedError):
        zones.take_in(path)


def test_without_a_first_line_in_the_ledger_nothing_is_read(zones: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> None:
        raise DatabaseError("connection lost")

    path = zones.make_file()
    monkeypatch.setattr(LedgerEntry.objects, "create", gone)
    monkeypatch.setattr("madoguchi.platform.exchange.media.os.read", lambda *_: pytest.fail("the file was read"))
    assert code_of(zones.take_in(path)) == "E28"
