"""Verbs of the exchange: `madoguchi booking|delivery exchange import|export`."""

import argparse
from pathlib import Path

from django.db import DatabaseError

from madoguchi.kernel.kfx_refusals import Refusal as KfxRefusal
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.exchange.keys import KeyRefusedError
from madoguchi.platform.exchange.services import receiving, sending
from madoguchi.platform.language import language_of, say, sentence_of
from madoguchi.platform.verbs import Outcome, Progress, Refusal


def export_file(arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Seal the records of `type` and write them to `--out` (EX-01, EX-02)."""
    progress.advance(0, None, say("書き出しています"))
    try:
        exported = sending.export_file(
            arguments.type, automatic("exchange"), folder=Path(arguments.out).absolute(), state=getattr(arguments, "state", None) or ""
        )
    except sending.SendingRefusedError as error:
        raise Refusal(sentence_of(error)) from None
    except DatabaseError:
        raise Refusal(
            say("データベースに書き込めませんでした。書き出しは終わっていません。少し待って、もう一度書き出してください。")
        ) from None
    issued = exported.file
    lines = [say("書き出しました: {path} (第{seq}号、{rows}件)").format(path=exported.path, seq=issued.seq, rows=issued.rows)]
    lines += [say("前のファイルも一緒に運んでください: {path}").format(path=path) for path in exported.earlier]
    return Outcome({"file": str(exported.path), "seq": issued.seq, "rows": issued.rows}, lines)


def withdraw_file(arguments: argparse.Namespace, _progress: Progress) -> Outcome:
    """Withdraw the last file of `type`, which can no longer arrive; the next one gets its number."""
    try:
        issued = sending.last_file(arguments.type)
        sending.withdraw_last(issued, automatic("exchange"), reason=arguments.reason)
    except sending.SendingRefusedError as error:
        raise Refusal(sentence_of(error)) from None
    return Outcome(
        {"file": issued.file_name, "seq": issued.seq},
        [say("取り下げました: {file}。媒体に残っているファイルは消して、新しく書き出してください。").format(file=issued.file_name)],
    )


def import_file(arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Take a file of the other zone in, or refuse it with nothing changed (EX-01 to EX-03)."""
    progress.advance(0, None, say("取り込んでいます"))
    try:
        outcome = receiving.import_file(Path(arguments.file).absolute(), automatic("exchange"), receipt_folder=receiving.receipt_folder())
    except KeyRefusedError as error:
        raise Refusal(sentence_of(error)) from None
    data: dict[str, object] = {
        "seq": outcome.seq,
        "type": outcome.type or None,
        "taken": outcome.taken,
        "refused": outcome.refused,
        "receipt": str(outcome.receipt) if outcome.receipt else None,
        "warnings": list(outcome.warnings),
    }
    if outcome.refusal is not None:
        rows = [{"line": row.line, "field": row.field, "fault": row.fault} for row in outcome.rows]
        raise Refusal(_refusal_text(outcome), data | {"error": outcome.refusal.code, "message": _words(outcome.refusal)[0], "rows": rows})
    taken = say("取り込みました: {type} 第{seq}号、{taken}件").format(type=outcome.type, seq=outcome.seq, taken=outcome.taken)
    lines = [taken, *map(say, outcome.warnings)]
    if outcome.refused:
        lines.append(say("確認が要る行: {refused}件 (作業一覧に入れました)").format(refused=outcome.refused))
    if outcome.receipt:
        lines.append(say("受領書: {path}").format(path=outcome.receipt))
    return Outcome(data, lines)


def _refusal_text(outcome: receiving.ImportOutcome) -> str:
    refusal = outcome.refusal
    assert refusal is not None
    what, then = _words(refusal)
    moment = f"{outcome.imported_at.astimezone(clock.TOKYO):%Y-%m-%d %H:%M}" if outcome.imported_at else ""
    sentences = [
        f"{refusal.code} {what}",
        say("取込日時: {moment}。").format(moment=moment) if moment else "",
        then,
        say("何も変わっていません。"),
    ]
    lines = [say("{line}行目 {field} {fault}").format(line=row.line, field=row.field, fault=row.fault) for row in outcome.rows[:20]]
    if len(outcome.rows) > 20:
        lines.append(say("ほか{more}行").format(more=len(outcome.rows) - 20))
    between = " " if language_of() == "en" else ""
    return "\n  ".join([between.join(filter(None, sentences)), *lines])


def _words(refusal: KfxRefusal) -> tuple[str, str]:
    """Return what is wrong and what to do next, in the language of this process."""
    return (refusal.en, refusal.next_en) if language_of() == "en" else (refusal.ja, refusal.next_ja)
