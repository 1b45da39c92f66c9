"""Commands of the intake: reading a card list, letting a second person apply it, arrivals, inspection, results of the 交付前設定.

A list is read in one transaction (check, stage, compare) and applied in another by somebody else; killed anywhere, nothing is half.
"""

import datetime as dt
import hashlib
import os
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from django.db import IntegrityError, transaction

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import services as register
from madoguchi.delivery.cards.own_characters import folding
from madoguchi.delivery.intake import audited, staging
from madoguchi.delivery.intake.checking import Checker, Problem
from madoguchi.delivery.intake.mappings import LAYOUTS, Layout
from madoguchi.delivery.intake.models import ImportBatch, ImportProblem, ListMapping, ReplacedRow
from madoguchi.delivery.intake.picking import Description, PickedTable, WrongSource, open_list
from madoguchi.delivery.intake.sentences import refusal_sentence
from madoguchi.kernel.tables import Record, Table, TableError, TableFault
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.language import Sentence, sentence_of
from madoguchi.platform.verbs import Progress
from madoguchi.platform.virus_scan import NotClean, require_clean

UNDO_WITHIN = dt.timedelta(days=30)
"""How long what a batch replaced is kept, and so how long the batch can be undone."""
LARGEST_FILE = 512 * 1024 * 1024
_ELSEWHERE_ROWS = 10
_MASS_CHANGE_ROWS = 50
_PROGRESS_ROWS = 5000
_PROBLEMS_AT_ONCE = 1000


@dataclass
class Report:
    """What reading a list found; `as_json` has the keys that outsiders rely on."""

    rows: int = 0
    accepted: int = 0
    warned: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    applied: bool = False
    batch: int | None = None
    is_mass_change: bool = False
    known_since: str = ""
    last_line: int = 0
    spread: Sequence[tuple[int, int]] = ()

    @property
    def rejected(self) -> int:
        return self.rows - self.accepted

    @property
    def is_without_difference(self) -> bool:
        """Tell whether everything that the list says stands in the register already."""
        return not (self.new or self.changed)

    def as_json(self) -> dict[str, object]:
        """Return the report as one JSON object."""
        return {
            "rows": self.rows,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "warned": self.warned,
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "gone": self.gone,
            "errors": [problem.as_json() for problem in self.errors],
            "warnings": [problem.as_json() for problem in self.warnings],
            "applied": self.applied,
            "batch": self.batch,
            "mass_change": self.is_mass_change,
            "known": bool(self.known_since),
        }


class ImportRefused(Exception):
    """The list is refused and nothing was changed; the message says why and what to do, `report` what was found so far."""

    def __init__(self, message: str, report: Report | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.report = report or Report()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the person asks for: the layout, how many rows there should be, whether refused rows may be left out.

    `keeps_faulty` keeps a list with refused rows for a look at its problems on a page; without it nothing at all is kept of such a list.
    `is_approved_at_once` says that a second person stands by: a list without a difference is then kept too, as applied by both.
    """

    layout: Layout
    expect_rows: int | None = None
    leaves_out_rejected: bool = False
    dry_run: bool = False
    keeps_faulty: bool = False
    is_approved_at_once: bool = False
    file_name: str = ""


def layout_named(code: str) -> Layout:
    """Return a layout by its code, built in or the version in use of a described one; raises ImportRefused with the codes there are."""
    layout = LAYOUTS.get(code)
    if layout is not None:
        return layout
    mapping = ListMapping.objects.filter(code=code, state=ListMapping.State.APPROVED).first()
    if mapping is not None:
        return layout_of(mapping)
    known = [*LAYOUTS, *ListMapping.objects.filter(state=ListMapping.State.APPROVED).values_list("code", flat=True)]
    raise ImportRefused(Sentence("対応付け「{code}」はありません。使えるもの: {layouts}。", code=code, layouts=", ".join(known)))


def layout_of(mapping: ListMapping) -> Layout:
    """Return the layout that a described list is read in; raises ImportRefused when the description is not complete."""
    try:
        return Description.from_json(mapping.spec).layout(mapping.code, mapping.name, mapping.version)
    except WrongSource as error:
        raise ImportRefused(str(error)) from error


def layout_of_batch(batch: ImportBatch) -> Layout:
    """Return the layout that a batch was read in, in the very version."""
    if batch.layout in LAYOUTS:
        return LAYOUTS[batch.layout]
    return layout_of(ListMapping.objects.get(code=batch.layout, version=batch.layout_version))


def read_list(path: Path, wanted: Wanted, actor: Actor, progress: Progress) -> Report:
    """Read a card list: check every record, stage the accepted ones, compare with the register. The batch then waits for approval.

    A list that would change nothing waits for nobody: the report then names no batch (`report.is_without_difference`).

    Raises ImportRefused for a file that is no such list as a whole, for another number of rows than expected, and for refused records
    unless they may be left out. A refused list and a dry run leave nothing behind but their entry in the operation log.
    """
    try:
        report = _read_in_one_transaction(path, wanted, actor, progress)
    except ImportRefused as refused:
        content = {"layout": wanted.layout.code, "rows": refused.report.rows, "rejected": refused.report.rejected}
        record(actor, audited.READ_LIST, content=content, result=Result.REFUSED)
        raise
    if report.batch is None:
        content = {"layout": wanted.layout.code, "rows": report.rows}
        record(actor, audited.READ_LIST, content=content | {"dry_run" if wanted.dry_run else "without_difference": True})
    return report


def _read_in_one_transaction(path: Path, wanted: Wanted, actor: Actor, progress: Progress) -> Report:
    size, digest = _size_and_digest(path)
    try:
        require_clean(path, takes_unscanned=True)
    except NotClean as unclean:
        raise ImportRefused(sentence_of(unclean)) from unclean
    municipality, layout = cards.own_municipality(), wanted.layout
    with transaction.atomic():
        staging.allow_long_work()
        batch_pk = staging.next_batch_number()
        # Read before the COPY begins: the connection takes nothing else meanwhile.
        fold = folding()
        checker = Checker(layout, municipality, clock.today(), batch_pk, fold=fold)
        try:
            with open_list(path, layout) as table:
                staging.copy_rows(checker.copy_columns, checker.lines(_told(table, size, progress)))
                spread = table.spread
        except TableError as error:
            raise ImportRefused(refusal_sentence(error, layout)) from error
        except WrongSource as error:
            raise ImportRefused(str(error)) from error
        progress.advance(checker.tally.rows, checker.tally.rows, Sentence("登録簿と比べています"))
        report = _report_of(checker, batch_pk, layout)
        report.spread = spread
        report.known_since = _known_since(digest)
        _refuse_as_a_whole(path, checker, report, wanted)
        leaves_nothing_to_do = report.is_without_difference and not (wanted.is_approved_at_once or _is_faulty(report, wanted))
        if wanted.dry_run or leaves_nothing_to_do:
            transaction.set_rollback(True)
            return report
        report.batch = batch_pk
        _keep(report, batch_pk, wanted, actor, size, digest)
    return report


def _size_and_digest(path: Path) -> tuple[int, str]:
    """Return size and SHA-256 of a file; raises ImportRefused when it cannot be read or is larger than any card list."""
    try:
        if path.is_dir():
            raise ImportRefused(Sentence("ファイルではなくフォルダーです。カード発行一覧のファイルを指定してください。"))
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise ImportRefused(
                Sentence(
                    "ファイルが大きすぎます ({size} MB)。カード発行一覧は {largest_file} MB までです。"
                    "別のファイルでないか確かめ、正しいときは分けて出力してください。",
                    size=size // 1000000,
                    largest_file=LARGEST_FILE // 1000000,
                )
            )
        with path.open("rb") as handle:
            return size, hashlib.file_digest(handle, "sha256").hexdigest()
    except FileNotFoundError:
        raise ImportRefused(Sentence("ファイルが見つかりません。名前とフォルダーを確かめてください。")) from None
    except OSError as error:
        raise ImportRefused(
            Sentence("ファイルを読めません ({strerror})。媒体と読み取りの権限を確かめてください。", strerror=error.strerror)
        ) from error


def _told(table: Table | PickedTable, size: int, progress: Progress) -> Iterator[Record | TableFault]:
    for number, item in enumerate(table, start=1):
        if number % _PROGRESS_ROWS == 0:
            # How many there will be is only known at the end: the bytes read so far tell roughly.
            progress.advance(number, max(number, number * size // max(table.bytes_read, 1)), Sentence("カードの行を調べています"))
        yield item


def _report_of(checker: Checker, batch_pk: int, layout: Layout) -> Report:
    """Put together what the checker and the database found."""
    tally = checker.tally
    clashes = staging.take_out_clashes(batch_pk, checker.refused_numbers)
    taken_out = {clash.line for clash in clashes}
    problems = [problem for problem in tally.problems if problem.line not in taken_out]
    problems += [Problem(clash.line, checker.title_of(clash.column), clash.code, 0, clash.earlier) for clash in clashes]
    problems.sort()
    found = staging.difference(batch_pk, layout)
    warnings = [problem for problem in problems if not problem.is_error]
    return Report(
        rows=tally.rows,
        accepted=tally.accepted - len(clashes),
        warned=len(warnings),
        new=found.new,
        changed=found.changed,
        unchanged=found.unchanged,
        gone=found.gone,
        errors=[problem for problem in problems if problem.is_error],
        warnings=warnings,
        is_mass_change=_is_mass_change(found),
        last_line=tally.last_line,
    )


def _is_mass_change(found: staging.Difference) -> bool:
    """Tell whether the list would change more of the register than the municipality's share."""
    if found.changed < _MASS_CHANGE_ROWS:
        return False
    return found.changed * 100 > staging.register_size() * cards.municipality().mass_change_percent


def _known_since(digest: str) -> str:
    before = ImportBatch.objects.filter(sha256=digest, state=ImportBatch.State.APPLIED).order_by("-closed_at").first()
    if before is None or before.closed_at is None:
        return ""
    return Sentence("{moment:%Y年%m月%d日 %H:%M}", moment=before.closed_at.astimezone(clock.TOKYO))


def _refuse_as_a_whole(path: Path, checker: Checker, report: Report, wanted: Wanted) -> None:
    """Refuse what is wrong with the list as a whole, and refused records that nobody agreed to leave out."""
    if report.rows == 0:
        raise ImportRefused(
            Sentence("カードの行が1件もありません。空の一覧では何も変わりません。正しいファイルか確かめてください。"), report
        )
    if not (wanted.layout.source and wanted.layout.source.is_workbook) and _is_cut(path, report):
        raise ImportRefused(
            Sentence(
                "ファイルが途中で切れています (最後の {rows} 件目が終わっていません)。コピーし直すか、元のシステムから出し直してください。",
                rows=report.rows,
            ),
            report,
        )
    if checker.tally.elsewhere >= _ELSEWHERE_ROWS and checker.tally.elsewhere * 2 > report.rows:
        raise ImportRefused(
            Sentence(
                "住所が他の市区町村の行がほとんどです ({rows} 件中 {elsewhere} 件)。"
                "別の市区町村の一覧ではありませんか。正しいファイルを選び直してください。",
                rows=report.rows,
                elsewhere=checker.tally.elsewhere,
            ),
            report,
        )
    if wanted.expect_rows is not None and wanted.expect_rows != report.rows:
        raise ImportRefused(
            Sentence(
                "件数が違います。{expect_rows} 件のはずが {rows} 件でした。ファイルが途中で切れていないか確かめてください。",
                expect_rows=wanted.expect_rows,
                rows=report.rows,
            ),
            report,
        )
    if report.rejected and not (wanted.leaves_out_rejected or wanted.dry_run or wanted.keeps_faulty):
        raise ImportRefused(
            Sentence(
                "受け付けられない行が {rejected} 件あるため、取り込んでいません。"
                "最初の誤り: {message} 一覧を直すか、その行を除いて取り込む (--skip-rejected) を選んでください。",
                rejected=report.rejected,
                message=report.errors[0].message,
            ),
            report,
        )
    if not report.accepted and not (wanted.dry_run or wanted.keeps_faulty):
        raise ImportRefused(Sentence("受け付けられる行が1件もありません。ファイルと対応付けを確かめてください。"), report)


def _is_cut(path: Path, report: Report) -> bool:
    """Tell whether the file breaks off inside its last record.

    It has no line end there, and the record is faulty, or lacks the closing quotation mark that every other line has.
    """
    with path.open("rb") as handle:
        first = handle.readline(1 << 20).rstrip(b"\r\n")
        handle.seek(-1, os.SEEK_END)
        last = handle.read(1)
    if last in b"\r\n\x1a":
        return False
    return (first.endswith(b'"') and last != b'"') or (bool(report.errors) and report.errors[-1].line >= report.last_line)


def _keep(report: Report, batch_pk: int, wanted: Wanted, actor: Actor, size: int, digest: str) -> None:
    """Write the batch with its problems; an earlier reading of the same file that still waits is thrown away."""
    for earlier in ImportBatch.objects.select_for_update().filter(
        sha256=digest, layout=wanted.layout.code, state__in=[ImportBatch.State.FAULTY, ImportBatch.State.WAITING]
    ):
        _throw_away(earlier)
    ImportBatch.objects.create(
        pk=batch_pk,
        state=ImportBatch.State.FAULTY if _is_faulty(report, wanted) else ImportBatch.State.WAITING,
        layout=wanted.layout.code,
        layout_version=wanted.layout.version,
        file_name=wanted.file_name[:200],
        sha256=digest,
        size=size,
        rows=report.rows,
        accepted=report.accepted,
        rejected=report.rejected,
        warned=report.warned,
        new=report.new,
        changed=report.changed,
        unchanged=report.unchanged,
        gone=report.gone,
        is_mass_change=report.is_mass_change,
        leaves_out_rejected=wanted.leaves_out_rejected,
        imported_by=actor.user_id,
    )
    _keep_problems(batch_pk, [*report.errors, *report.warnings], rows_of(report.spread))
    record(
        actor,
        audited.READ_LIST,
        subject=f"import:{batch_pk}",
        content={"layout": wanted.layout.code, "sha256": digest, "rows": report.rows, "rejected": report.rejected},
    )


def _is_faulty(report: Report, wanted: Wanted) -> bool:
    """Tell whether somebody must look at refused rows before the list can wait for approval."""
    return bool(report.rejected) and not wanted.leaves_out_rejected


def rows_of(spread: Sequence[tuple[int, int]]) -> Callable[[int], int]:
    """Return how the lines of a file become the rows of a spreadsheet, which shows a record of several lines in one row.

    `spread`: the first lines of such records, in order, with how many further lines each takes.
    """
    firsts = [line for line, _more in spread]
    before = list(accumulate((more for _line, more in spread), initial=0))
    return lambda line: line - before[bisect_left(firsts, line)]


def _keep_problems(batch_pk: int, problems: Iterable[Problem], row_of: Callable[[int], int]) -> None:
    ImportProblem.objects.bulk_create(
        (
            ImportProblem(
                batch_id=batch_pk,
                line=problem.line,
                row=row_of(problem.line),
                column=problem.column,
                code=problem.code,
                is_error=problem.is_error,
                message=problem.message,
            )
            for problem in problems
        ),
        batch_size=_PROBLEMS_AT_ONCE,
    )


@transaction.atomic
def leave_out_rejected(batch_pk: int, actor: Actor) -> None:
    """Let a faulty batch wait for approval without its refused rows; the person who reads the problems decides that."""
    changed = ImportBatch.objects.filter(pk=batch_pk, state=ImportBatch.State.FAULTY, accepted__gt=0).update(
        state=ImportBatch.State.WAITING, leaves_out_rejected=True
    )
    if not changed:
        raise ImportRefused(Sentence("この取り込みは誤りありの状態ではありません。画面を開き直してください。"))
    record(actor, audited.READ_LIST, subject=f"import:{batch_pk}", content={"leaves_out_rejected": True})


@transaction.atomic
def discard(batch_pk: int, actor: Actor, reason: str) -> None:
    """Throw a waiting or faulty batch away; the register stays as it is."""
    batch = ImportBatch.objects.select_for_update().get(pk=batch_pk)
    if batch.state not in {ImportBatch.State.FAULTY, ImportBatch.State.WAITING}:
        raise ImportRefused(Sentence("この取り込みは取り下げられません (反映済みか、すでに取り下げ済みです)。"))
    _throw_away(batch)
    record(actor, audited.DISCARD_LIST, subject=f"import:{batch_pk}", reason=reason)


def _throw_away(batch: ImportBatch) -> None:
    batch.state, batch.closed_at = ImportBatch.State.DISCARDED, clock.now()
    batch.save(update_fields=["state", "closed_at"])
    staging.clear(batch.pk)


def apply(batch_pk: int, approver: Actor, progress: Progress, *, confirmed_changes: int | None = None) -> ImportBatch:
    """Apply a waiting batch as the second person, all of it in one transaction: cards, events, booking codes, the operation log.

    A list that changes more than the municipality's share of the register is applied only where the approver has said how many cards it
    changes (`confirmed_changes`): a wrong list is mostly recognised by that number.

    Raises ImportRefused when that number is missing or wrong, the approver is the importer, the batch does not wait, its staged rows are
    lost, or the register changed since the list was read in a way that alters what was approved.
    """
    try:
        with transaction.atomic():
            return _apply(batch_pk, approver, progress, confirmed_changes)
    except IntegrityError as error:
        raise ImportRefused(_CHANGED_MEANWHILE) from error


_CHANGED_MEANWHILE = Sentence(
    "一覧を読んだ後に登録簿が変わりました。何も反映していません。同じファイルをもう一度取り込み、結果を確かめてから承認してください。"
)


def _apply(batch_pk: int, approver: Actor, progress: Progress, confirmed_changes: int | None) -> ImportBatch:
    staging.allow_long_work()
    batch = ImportBatch.objects.select_for_update().filter(pk=batch_pk).first()
    if batch is None or batch.state != ImportBatch.State.WAITING:
        raise ImportRefused(Sentence("この取り込みは承認待ちではありません (反映済みか、取り下げ済みです)。何も変更していません。"))
    if batch.imported_by == approver.user_id:
        raise ImportRefused(Sentence("取り込んだ人は承認できません。別の職員が承認してください。"))
    if batch.is_mass_change and confirmed_changes != batch.changed:
        raise ImportRefused(
            Sentence("変更されるカードの枚数が確かめられていません。取り込みの結果にある枚数を入力してから承認してください。")
        )
    if staging.count_staged(batch_pk) != batch.accepted:
        raise ImportRefused(Sentence("データベースの再起動で、読み込んだ行が失われました。同じファイルをもう一度取り込んでください。"))
    progress.advance(0, batch.new, Sentence("カードを登録しています"))
    above = staging.newest_card()
    changed = staging.update_changed(batch_pk, layout_of_batch(batch), approver) if batch.changed else 0
    new = staging.insert_new(batch_pk, approver, all_are_new=batch.new == batch.accepted) if batch.new else 0
    if (new, changed) != (batch.new, batch.changed):
        raise ImportRefused(_CHANGED_MEANWHILE)
    if new and cards.municipality().uses_booking_codes:
        for made in staging.make_codes(batch_pk, above):
            progress.advance(made, batch.new, Sentence("予約コードを作っています"))
    protected = register.protect_new_cards(above, approver, source=batch.title) if new else 0
    staging.clear(batch_pk)
    ReplacedRow.objects.filter(batch__closed_at__lt=clock.now() - UNDO_WITHIN).delete()
    batch.state, batch.approved_by, batch.closed_at = ImportBatch.State.APPLIED, approver.user_id, clock.now()
    batch.save(update_fields=["state", "approved_by", "closed_at"])
    content = {"new": new, "changed": changed, "rows": batch.rows, "mass_change": batch.is_mass_change, "protected": protected}
    record(approver, audited.APPLY_LIST, subject=f"import:{batch_pk}", content=content)
    return batch
