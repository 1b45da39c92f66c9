"""Sending files: numbers, ledger, media that fail, copies and withdrawal."""

import argparse
import errno
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection

from madoguchi.kernel import kfx
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.exchange import commands, enrolment, keys, media, queries
from madoguchi.platform.exchange.models import IncomingFile, LedgerEntry, OutgoingFile, OutgoingStream, PeerKey, SealedCopy
from madoguchi.platform.exchange.services import receiving, sending
from madoguchi.platform.verbs import Refusal, Silent

pytestmark = pytest.mark.django_db
CLERK = automatic("test")


@pytest.fixture
def core(zones: Any) -> Any:
    """Both zones, the process in the core zone."""
    zones.enter("delivery")
    return zones


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def position() -> tuple[int, str]:
    return OutgoingStream.objects.values_list("seq", "file_hash").get(type="targets")


def failing_write(monkeypatch: pytest.MonkeyPatch, number: int, *, at: str = "os.fsync") -> None:
    def fail(*_: object) -> None:
        raise OSError(number, "from the test")

    monkeypatch.setattr(f"madoguchi.platform.exchange.media.{at}", fail)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# -- the good way ------------------------------------------------------------


def test_an_exported_file_is_taken_in_by_the_other_zone(core: Any, stick: Path, as_auditor: Callable[[], Any]) -> None:
    exported = sending.export_file("targets", CLERK, folder=stick, medium="USB-01")
    assert exported.path == stick / "KFX_142051_C2B_targets_1.kfx"
    assert names(stick) == [exported.path.name]
    assert position() == (1, kfx.hash_of(exported.path.read_bytes()))
    entry = LedgerEntry.objects.get()
    assert (entry.movement, entry.state, entry.medium, entry.rows, entry.seq) == ("write", "done", "USB-01", 3, 1)
    with as_auditor():
        assert list(AuditEvent.objects.filter(process_code__startswith="exchange.file").values_list("process_code", "result")) == [
            ("exchange.file.issue", "done"),
            ("exchange.file.write", "done"),
        ]
    assert core.take_in(exported.path).taken == 3


def test_files_are_numbered_without_gap_and_chained(core: Any, stick: Path) -> None:
    first = sending.export_file("targets", CLERK, folder=stick)
    second = sending.export_file("targets", CLERK, folder=stick)
    assert (second.file.seq, second.file.prev) == (2, first.file.file_hash)
    assert second.earlier == ()
    assert core.take_in(first.path).refusal is None
    assert core.take_in(second.path).refusal is None


def test_a_named_state_chooses_the_records(core: Any, domain: Any, stick: Path) -> None:
    domain.to_send[0] = {**domain.to_send[0], "status": "closed"}
    assert sending.export_file("targets", CLERK, folder=stick, state="closed").file.rows == 1


def test_the_folder_is_made_when_only_its_last_part_is_missing(core: Any, stick: Path) -> None:
    assert sending.export_file("targets", CLERK, folder=stick / "new").path.exists()


def test_the_ledger_has_its_line_before_the_first_byte(core: Any, stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    write = media.write_file

    def watch(folder: Path, name: str, content: bytes) -> Path:
        seen.extend(LedgerEntry.objects.values_list("state", flat=True))
        return write(folder, name, content)

    monkeypatch.setattr(media, "write_file", watch)
    sending.export_file("targets", CLERK, folder=stick)
    assert seen == ["started"]


# -- media that fail ---------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "いっぱい"), (errno.EROFS, "書き込み禁止"), (errno.EIO, "抜けていないか"), (errno.ENODEV, "抜けていないか")],
)
@pytest.mark.parametrize("at", ["os.fsync", "os.open", "Path.replace"])
def test_a_failed_medium_leaves_nothing_and_gives_the_number_back(
    core: Any, stick: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str, at: str
) -> None:
    with monkeypatch.context() as patched:
        failing_write(patched, number, at=at)
        with pytest.raises(sending.SendingRefusedError, match=words):
            sending.export_file("targets", CLERK, folder=stick)
    assert names(stick) == []
    assert position() == (0, kfx.NO_HASH)
    assert [entry.state for entry in LedgerEntry.objects.all()] == ["failed"]
    assert SealedCopy.objects.count() == 0
    assert sending.export_file("targets", CLERK, folder=stick).file.seq == 1


@pytest.mark.parametrize("folder", ["missing/stick", "file", "file/stick"])
def test_a_folder_that_is_none_is_an_attempt_in_the_ledger(core: Any, stick: Path, folder: str) -> None:
    (stick / "file").write_text("x")
    with pytest.raises(sending.SendingRefusedError, match="書き出し先"):
        sending.export_file("targets", CLERK, folder=stick / folder)
    assert [(entry.state, entry.type) for entry in LedgerEntry.objects.all()] == [("failed", "targets")]
    assert not OutgoingFile.objects.exists()


def test_a_medium_that_goes_at_the_very_end_keeps_the_number(core: Any, stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file may lie on the medium: the same bytes are written again, beside the next file."""

    def gone(*_: object) -> None:
        raise OSError(errno.EIO, "from the test")

    with monkeypatch.context() as patched:
        patched.setattr("madoguchi.platform.exchange.media._sync_folder", gone)
        patched.setattr("madoguchi.platform.exchange.media.Path.unlink", gone)
        with pytest.raises(sending.UncertainSendingError, match="最後に媒体が外れ"):
            sending.export_file("targets", CLERK, folder=stick)
    left = (stick / "KFX_142051_C2B_targets_1.kfx").read_bytes()
    assert position()[0] == 1
    other = stick / "other"
    exported = sending.export_file("targets", CLERK, folder=other)
    assert exported.file.seq == 2
    assert [path.read_bytes() for path in exported.earlier] == [left]
    for name in names(other):
        assert core.take_in(other / name).refusal is None
        core.enter("delivery")


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
@pytest.mark.parametrize("fault", [KilledError(), OperationalError("from the test")], ids=["killed", "database"])
def test_whatever_statement_fails_the_receiver_can_take_everything_in(core: Any, tmp_path: Path, fault: BaseException) -> None:
    """The n-th statement of an export fails, n = 1, 2, 3 …; the next export must always lead to a chain that the receiver accepts."""
    statement, passed = 0, False
    while not passed:
        statement += 1
        core.enter("delivery")
        try:
            with connection.execute_wrapper(Failing(statement, fault)):
                sending.export_file("targets", CLERK, folder=tmp_path / f"broken-{statement}")
            passed = True
        except (KilledError, DatabaseError, sending.SendingRefusedError):
            pass
        folder = tmp_path / f"stick-{statement}"
        exported = sending.export_file("targets", CLERK, folder=folder)
        # A file of the broken attempt that lies on a medium is either carried or its copy lies beside the new one; never a fork.
        carried = {path.name: path for path in [*(tmp_path / f"broken-{statement}").glob("*.kfx"), *folder.glob("*.kfx")]}
        for path in sorted(carried.values(), key=lambda path: int(path.stem.rsplit("_", 1)[1])):
            outcome = core.take_in(path)
            assert outcome.refusal is None, f"statement {statement}: {path.name} {outcome.refusal} {outcome.detail}"
        assert IncomingFile.objects.filter(file_hash=exported.file.file_hash).exists()
    assert statement > 10


# -- copies, replacement, withdrawal -----------------------------------------


def test_a_lost_file_is_written_again_as_it_was(core: Any, stick: Path) -> None:
    exported = sending.export_file("targets", CLERK, folder=stick)
    content = exported.path.read_bytes()
    exported.path.unlink()
    assert sending.write_copy(exported.file, CLERK, folder=stick).read_bytes() == content
    assert sending.hand_out_copy(exported.file, CLERK) == content
    assert LedgerEntry.objects.filter(state="done").count() == 3


def test_a_file_that_never_left_is_replaced_by_the_next(core: Any) -> None:
    first = sending.issue_file("targets", CLERK)
    second = sending.issue_file("targets", CLERK)
    assert (first.seq, second.seq) == (1, 1)
    first.refresh_from_db()
    assert first.state == "withdrawn"
    with pytest.raises(sending.SendingRefusedError, match="取り下げ"):
        sending.hand_out_copy(first, CLERK)
    sending.hand_out_copy(second, CLERK)
    assert sending.issue_file("targets", CLERK).seq == 2


def test_a_file_lives_for_three_working_days_over_weekends_and_holidays(core: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    friday = datetime(2026, 11, 20, 16, 30, tzinfo=clock.TOKYO)
    monkeypatch.setattr(clock, "now", lambda: friday)
    assert sending.issue_file("targets", CLERK).expires_at == datetime(2026, 11, 26, 16, 30, tzinfo=clock.TOKYO)
    years_end = datetime(2026, 12, 28, 16, 30, tzinfo=clock.TOKYO)
    monkeypatch.setattr(clock, "now", lambda: years_end)
    assert sending.issue_file("targets", CLERK).expires_at == datetime(2027, 1, 6, 16, 30, tzinfo=clock.TOKYO)


def test_an_expired_file_is_withdrawn_and_its_number_used_again(core: Any, stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expired = sending.export_file("targets", CLERK, folder=stick)
    later = expired.file.expires_at + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert core.take_in(expired.path).refusal.code == "E10"
    core.enter("delivery")
    sending.withdraw_last(expired.file, CLERK, reason="期限切れ")
    again = sending.export_file("targets", CLERK, folder=stick)
    assert (again.file.seq, again.file.prev) == (1, kfx.NO_HASH)
    assert core.take_in(again.path).refusal is None


@pytest.mark.parametrize(("code", "number"), [("E20", 1), ("E22", 2)])
def test_a_file_refused_for_good_is_replaced_by_the_next(core: Any, domain: Any, stick: Path, code: str, number: int) -> None:
    """What only the sender can put right frees the number; what the receiver can put right may still be taken in."""
    records = domain.to_send
    domain.to_send = [{**records[0], "code": code}]
    receipt = core.take_in(sending.export_file("targets", CLERK, folder=stick).path).receipt
    core.enter("delivery")
    assert receiving.import_file(receipt, CLERK).refusal is None
    domain.to_send = records
    assert sending.export_file("targets", CLERK, folder=stick).file.seq == number


def test_two_who_export_at_once_are_told_to_wait(core: Any, stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        raise OperationalError("lock timeout")

    monkeypatch.setattr(sending, "_locked_stream", locked)
    with pytest.raises(sending.SendingRefusedError, match="少し待って"):
        sending.export_file("targets", CLERK, folder=stick)


def test_only_the_last_unanswered_file_can_be_withdrawn_and_with_a_reason(core: Any, stick: Path) -> None:
    first = sending.export_file("targets", CLERK, folder=stick)
    second = sending.export_file("targets", CLERK, folder=stick)
    with pytest.raises(sending.SendingRefusedError, match="最後"):
        sending.withdraw_last(first.file, CLERK, reason="誤り")
    with pytest.raises(sending.SendingRefusedError, match="理由"):
        sending.withdraw_last(second.file, CLERK, reason=" ")
    core.take_in(first.path)
    receipt = core.take_in(second.path).receipt
    core.enter("delivery")
    assert receiving.import_file(receipt, CLERK).refusal is None
    with pytest.raises(sending.SendingRefusedError, match="最後"):
        sending.withdraw_last(second.file, CLERK, reason="誤り")


def test_a_withdrawn_file_that_arrived_after_all_shows_as_a_fork(core: Any, stick: Path) -> None:
    first = sending.export_file("targets", CLERK, folder=stick)
    core.take_in(first.path)
    core.enter("delivery")
    sending.withdraw_last(first.file, CLERK, reason="媒体を紛失した")
    again = sending.export_file("targets", CLERK, folder=stick)
    assert core.take_in(again.path).refusal.code == "E13"


# -- refusals ----------------------------------------------------------------


def test_unknown_type_and_strange_medium_are_refused(core: Any, stick: Path) -> None:
    with pytest.raises(sending.SendingRefusedError, match="種類"):
        sending.export_file("bookings", CLERK, folder=stick)
    with pytest.raises(sending.SendingRefusedError, match="媒体番号"):
        sending.export_file("targets", CLERK, folder=stick, medium="USB/1")
    assert names(stick) == []


def test_no_key_no_file(core: Any, stick: Path) -> None:
    PeerKey.objects.filter(zone="B").update(revoked_at=clock.now())
    with pytest.raises(sending.SendingRefusedError, match="鍵が登録されていません"):
        sending.export_file("targets", CLERK, folder=stick)
    assert not OutgoingFile.objects.exists()
    assert names(stick) == []


def test_too_many_records_for_one_file(core: Any, domain: Any, stick: Path) -> None:
    domain.to_send = [{"id": "1", "rev": 1, "status": "open", "note": "x" * kfx.MAX_FILE_BYTES}]
    with pytest.raises(sending.SendingRefusedError, match="件数が多すぎ"):
        sending.export_file("targets", CLERK, folder=stick)
    assert not OutgoingFile.objects.exists()


# -- keys --------------------------------------------------------------------


def test_keys_are_made_once_and_only_the_service_reads_them(core: Any) -> None:
    path = keys.key_path()
    before = path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    assert enrolment.make_own_keys() == keys.own_keys().public.fingerprint
    assert path.read_bytes() == before


def test_a_damaged_key_file_is_not_overwritten(core: Any) -> None:
    keys.key_path().write_bytes(b"damaged")
    with pytest.raises(keys.KeyRefusedError):
        enrolment.make_own_keys()
    assert keys.key_path().read_bytes() == b"damaged"


def test_enrolment_compares_fingerprint_and_installation(core: Any, tmp_path: Path) -> None:
    bundle = (tmp_path / "booking" / "public-keys.json").read_bytes()
    own = (tmp_path / "delivery" / "public-keys.json").read_bytes()
    fingerprint = enrolment.enrol_peer(bundle)
    assert enrolment.enrol_peer(bundle, fingerprint) == fingerprint
    for content, stated, words in (
        (bundle, "0000-" * 7 + "0000", "指紋"),
        (own, "", "もう一方"),
        (bundle.replace(b"142051", b"142069"), "", "もう一方"),
        (b"{}", "", "鍵のファイルではありません"),
    ):
        with pytest.raises(keys.KeyRefusedError, match=words):
            enrolment.enrol_peer(content, stated)
    assert PeerKey.objects.filter(zone="B").count() == 1


def test_new_keys_replace_the_old_ones_for_new_files_only(core: Any, stick: Path, tmp_path: Path) -> None:
    made_before = sending.export_file("targets", CLERK, folder=stick).path
    keys.key_path().unlink()
    enrolment.make_own_keys()
    core.enter("booking")
    enrolment.enrol_peer((tmp_path / "delivery" / "public-keys.json").read_bytes())
    assert PeerKey.objects.filter(zone="C", valid_until=None).count() == 1
    assert core.take_in(made_before).refusal is None


# -- command line ------------------------------------------------------------


def test_the_verbs_give_the_keys_that_outsiders_rely_on(core: Any, stick: Path) -> None:
    exported = commands.export_file(argparse.Namespace(type="targets", out=str(stick), state=None), Silent())
    assert exported.data == {"file": str(stick / "KFX_142051_C2B_targets_1.kfx"), "seq": 1, "rows": 3}
    core.enter("booking")
    arguments = argparse.Namespace(file=str(exported.data["file"]))
    imported = commands.import_file(arguments, Silent())
    assert {key: imported.data[key] for key in ("seq", "type", "taken", "refused")} == {
        "seq": 1,
        "type": "targets",
        "taken": 3,
        "refused": 0,
    }
    assert Path(str(imported.data["receipt"])).is_absolute()
    day = f"取込日時: {clock.now():%Y-%m-%d}"  # in local time, as everything that people read
    with pytest.raises(Refusal, match=f"E12 このファイルは取込済みです。{day}") as refused:
        commands.import_file(arguments, Silent())
    assert (refused.value.data["error"], refused.value.data["taken"]) == ("E12", 0)
    core.enter("delivery")
    assert commands.import_file(argparse.Namespace(file=str(imported.data["receipt"])), Silent()).data["type"] == "receipt"


def test_the_verbs_refuse_in_plain_words(core: Any, domain: Any, stick: Path) -> None:
    (stick / "empty.kfx").touch()
    with pytest.raises(Refusal, match="E03") as refused:
        commands.import_file(argparse.Namespace(file=str(stick / "empty.kfx")), Silent())
    assert refused.value.data["error"] == "E03"
    with pytest.raises(Refusal, match="書き出し先のフォルダーがありません"):
        commands.export_file(argparse.Namespace(type="targets", out=str(stick / "a" / "b"), state=None), Silent())
    domain.to_send = [{"id": str(number), "rev": 1, "status": "open", "code": "E20"} for number in range(30)]
    exported = commands.export_file(argparse.Namespace(type="targets", out=str(stick), state=None), Silent())
    core.enter("booking")
    with pytest.raises(Refusal, match=r"20行目 code asked-for\n  ほか10行"):
        commands.import_file(argparse.Namespace(file=str(exported.data["file"])), Silent())


def test_the_verb_withdraws_the_last_file(core: Any, stick: Path) -> None:
    with pytest.raises(Refusal, match="まだ作られていません"):
        commands.withdraw_file(argparse.Namespace(type="targets", reason="x"), Silent())
    sending.export_file("targets", CLERK, folder=stick)
    with pytest.raises(Refusal, match="理由"):
        commands.withdraw_file(argparse.Namespace(type="targets", reason=""), Silent())
    done = commands.withdraw_file(argparse.Namespace(type="targets", reason="媒体を紛失した"), Silent())
    assert done.data == {"file": "KFX_142051_C2B_targets_1.kfx", "seq": 1}
    assert position()[0] == 0


# -- lists -------------------------------------------------------------------


def test_the_lists_say_what_is_under_way(core: Any, stick: Path) -> None:
    first = sending.export_file("targets", CLERK, folder=stick)
    second = sending.issue_file("targets", CLERK)
    assert [(file.seq, vars(file)["is_written"], vars(file)["is_last"]) for file in queries.open_files()] == [
        (2, False, True),
        (1, True, False),
    ]
    sending.hand_out_copy(second, CLERK)
    receipt = core.take_in(first.path).receipt
    core.enter("delivery")
    receiving.import_file(receipt, CLERK)
    assert [(file.type, file.seq) for file in queries.open_files()] == [("targets", 2)]
    assert [file.type for file in queries.recent_imports()] == ["receipt", "targets"]
    assert queries.ledger()[0].type == "receipt"
