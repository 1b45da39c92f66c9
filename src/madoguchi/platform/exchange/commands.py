"""Verbs of the exchange: `madoguchi booking|delivery exchange import|export`."""

import argparse
from pathlib import Path

from django.db import DatabaseError

from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.exchange.keys import KeyRefusedError
from madoguchi.platform.exchange.services import receiving, sending
from madoguchi.platform.verbs import Outcome, Progress, Refusal


def export_file(arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Seal the records of `type` and write them to `--out` (EX-01, EX-02)."""
    progress.advance(0, None, "書き出しています")
    try:
        exported = sending.export_file(
            arguments.type, automatic("exchange"), folder=Path(arguments.out).absolute(), state=getattr(arguments, "state", None) or ""
        )
    except sending.SendingRefusedError as error:
        raise Refusal(str(error)) from None
    except DatabaseError:
        raise Refusal("データベースに書き込めませんでした。書き出しは終わっていません。少し待って、もう一度書き出してください。") from None
    issued = exported.file
    lines = [f"書き出しました: {exported.path} (第{issued.seq}号、{issued.rows}件)"]
    lines += [f"前のファイルも一緒に運んでください: {path}" for path in exported.earlier]
    return Outcome({"file": str(exported.path), "seq": issued.seq, "rows": issued.rows}, lines)


def withdraw_file(arguments: argparse.Namespace, _progress: Progress) -> Outcome:
    """Withdraw the last file of `type`, which can no longer arrive; the next one gets its number."""
    try:
        issued = sending.last_file(arguments.type)
        sending.withdraw_last(issued, automatic("exchange"), reason=arguments.reason)
    except sending.SendingRefusedError as error:
        raise Refusal(str(error)) from None
    return Outcome(
        {"file": issued.file_name, "seq": issued.seq},
        [f"取り下げました: {issued.file_name}。媒体に残っているファイルは消して、新しく書き出してください。"],
    )


def import_file(arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Take a file of the other zone in, or refuse it with nothing changed (EX-01 to EX-03)."""
    progress.advance(0, None, "取り込んでいます")
    try:
        outcome = receiving.import_file(Path(arguments.file).absolute(), automatic("exchange"), receipt_folder=receiving.receipt_folder())
    except KeyRefusedError as error:
        raise Refusal(str(error)) from None
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
        raise Refusal(_refusal_text(outcome), data | {"error": outcome.refusal.code, "message": outcome.refusal.ja, "rows": rows})
    lines = [f"取り込みました: {outcome.type} 第{outcome.seq}号、{outcome.taken}件", *outcome.warnings]
    if outcome.refused:
        lines.append(f"確認が要る行: {outcome.refused}件 (作業一覧に入れました)")
    if outcome.receipt:
        lines.append(f"受領書: {outcome.receipt}")
    return Outcome(data, lines)


def _refusal_text(outcome: receiving.ImportOutcome) -> str:
    refusal = outcome.refusal
    assert refusal is not None
    done = f"取込日時: {outcome.imported_at.astimezone(clock.TOKYO):%Y-%m-%d %H:%M}。" if outcome.imported_at else ""
    rows = "".join(f"\n  {row.line}行目 {row.field} {row.fault}" for row in outcome.rows[:20])
    more = f"\n  ほか{len(outcome.rows) - 20}行" if len(outcome.rows) > 20 else ""
    return f"{refusal.code} {refusal.ja}{done}{refusal.next_ja}何も変わっていません。{rows}{more}"
