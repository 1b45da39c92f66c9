"""Verbs of the exchange: `madoguchi booking|delivery exchange import|export`."""

import argparse
import sys
from contextlib import suppress
from pathlib import Path

from django.db import DatabaseError

from madoguchi.kernel.kfx_refusals import REFUSALS, KfxError
from madoguchi.kernel.kfx_refusals import Refusal as KfxRefusal
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.exchange import media
from madoguchi.platform.exchange.direct import certificates, runs
from madoguchi.platform.exchange.direct.desk import BookingDesk
from madoguchi.platform.exchange.direct.listener import Listener
from madoguchi.platform.exchange.keys import KeyRefusedError
from madoguchi.platform.exchange.services import receiving, sending
from madoguchi.platform.exchange.wording import LINE_FAULTS
from madoguchi.platform.language import Sentence, language_of, say, sentence_of
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


def request_certificate(arguments: argparse.Namespace, _progress: Progress) -> Outcome:
    """Ask the core zone for a certificate of the direct transport (EX-05)."""
    path = _lay_down(arguments.out, certificates.REQUEST_FILE, certificates.request(automatic("exchange")))
    return Outcome({"file": str(path)}, [Sentence("証明書の申請を書きました: {path}。交付管理へ運んでください。", path=path)])


def answer_certificate(arguments: argparse.Namespace, _progress: Progress) -> Outcome:
    """Make the certificate that the booking zone asked for, and renew this zone's own."""
    paper = certificates.answer(_read(arguments.request), automatic("exchange"), new_authority=arguments.new_authority)
    path = _lay_down(arguments.out, certificates.ANSWER_FILE, paper)
    return Outcome({"file": str(path)}, [Sentence("証明書を書きました: {path}。予約管理へ運んでください。", path=path)])


def install_certificate(arguments: argparse.Namespace, _progress: Progress) -> Outcome:
    """Install the certificate that the core zone made."""
    held = certificates.install(_read(arguments.file), automatic("exchange"))
    until = f"{held.until.astimezone(clock.TOKYO):%Y-%m-%d}"
    return Outcome({"until": until}, [Sentence("証明書を入れました。期限は {until} です。", until=until)])


def _lay_down(folder: str, name: str, content: bytes) -> Path:
    place = Path(folder).absolute()
    try:
        place.mkdir(exist_ok=True)
        return media.write_file(place, name, content)
    except OSError as error:
        raise Refusal(Sentence("書き出せません: {why}。書き出し先を確かめてください。", why=error.strerror or "")) from None


def _read(path: str) -> bytes:
    try:
        return media.read_file(Path(path).absolute())
    except KfxError:
        raise Refusal(Sentence("ファイルを読めません: {path}。何も変えていません。", path=path)) from None


def run_direct(_arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Call the booking zone once over the direct transport (EX-05)."""
    progress.advance(0, None, say("つないでいます"))
    report = runs.run(automatic("exchange"))
    data = {"sent": report.sent, "taken": report.taken, "refused_codes": report.refused, "fault": report.fault or None}
    if report.fault:
        refusal = REFUSALS.get(report.fault)
        words = f"{report.fault} {' '.join(_words(refusal))}" if refusal else LINE_FAULTS[report.fault]
        raise Refusal(Sentence("終わりまで届きませんでした: {why}", why=words), data)
    return Outcome(
        data, [Sentence("直接連携が終わりました: 送った {sent} 件、取り込んだ {taken} 件", sent=report.sent, taken=report.taken)]
    )


def listen_direct(arguments: argparse.Namespace, _progress: Progress) -> Outcome:
    """Listen for the core zone until stopped (EX-05). Only the booking zone listens: nothing ever calls into the core zone."""
    if certificates.standing() is None:
        raise Refusal(Sentence("直接連携の証明書がありません。`madoguchi booking exchange certificate request` から始めてください。"))
    listener = Listener(
        arguments.host, arguments.port, BookingDesk(), place=certificates.folder(), peer_name=certificates.name_of(runs.CALLER)
    )
    sys.stderr.write(
        say(Sentence("{host} の番号 {port} で、交付管理を待ち受けています。", host=arguments.host, port=arguments.port)) + "\n"
    )
    with listener, suppress(KeyboardInterrupt):
        listener.serve_forever()
    return Outcome({"ended": True}, [Sentence("待ち受けを終えました。")])


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
    sentences += map(say, outcome.warnings)
    lines = [say("{line}行目 {field} {fault}").format(line=row.line, field=row.field, fault=row.fault) for row in outcome.rows[:20]]
    if len(outcome.rows) > 20:
        lines.append(say("ほか{more}行").format(more=len(outcome.rows) - 20))
    between = " " if language_of() == "en" else ""
    return "\n  ".join([between.join(filter(None, sentences)), *lines])


def _words(refusal: KfxRefusal) -> tuple[str, str]:
    """Return what is wrong and what to do next, in the language of this process."""
    return (refusal.en, refusal.next_en) if language_of() == "en" else (refusal.ja, refusal.next_ja)
