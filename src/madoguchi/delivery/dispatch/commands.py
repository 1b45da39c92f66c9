"""The `madoguchi delivery letters` verbs."""

import argparse
import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from madoguchi.delivery.dispatch import services
from madoguchi.delivery.dispatch.choosing import Choice, choose_by_serials, choose_by_state
from madoguchi.delivery.dispatch.models import Kind
from madoguchi.delivery.dispatch.queries import sheets_with_missing, uncoded_sheets
from madoguchi.delivery.dispatch.rules import AWAITING
from madoguchi.delivery.dispatch.texts import UnknownPlaceholder
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.documents.batches import BatchStopped, NoRoom
from madoguchi.platform.documents.press import TypesettingFailed
from madoguchi.platform.language import Sentence, say
from madoguchi.platform.verbs import Outcome, Progress, Refusal

# What stands in the history where the command is given no reason: scripts that print again are older than the question.
_BY_COMMAND = "コマンドによる刷り直し"


def print_letters(arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Print letters into one PDF (DL-06): `--cards` in the order given, or `--state`; neither: every card that awaits such a letter."""
    kind = Kind(arguments.kind)
    out = _target(arguments.out)
    choice = _choose(arguments, kind)
    data: dict[str, object] = {
        "letters": 0,
        "pages": 0,
        "skipped": len(choice.skipped),
        "skipped_cards": [{"id": skipped.serial, "reason": skipped.reason} for skipped in choice.skipped],
    }
    with telling_why(out, data):
        order = services.Order(kind, reprint_reason=_reason(arguments, choice, kind))
        batch = services.print_letters(choice, out, automatic("letters"), progress=progress, order=order)
    letters = len(choice.cards)
    by_hand = [{"sheet": sheet.number, "missing": sheet.missing} for sheet in sheets_with_missing(batch.pk)]
    uncoded = uncoded_sheets(batch.pk).count()
    data |= {"letters": letters, "pages": letters, "batch": str(batch.pk), "file": str(out), "by_hand": by_hand, "uncoded": uncoded}
    lines: list[str] = [
        Sentence("{letters:,} 通の{kind}を印刷しました: {out}", letters=letters, kind=Sentence(str(kind.label)), out=out),
        Sentence("すべての用紙を読み返し、記録と一致しました。"),
    ]
    if uncoded:
        lines.append(Sentence("カスタマバーコードを付けられない住所が {uncoded:,} 通あります。", uncoded=uncoded))
    if choice.skipped:
        lines.append(Sentence("{skipped:,} 件は印刷していません:", skipped=len(choice.skipped)))
        lines += [f"  {skipped.serial}: {say(skipped.reason)}" for skipped in choice.skipped[:20]]
    lines += [
        Sentence("  {sheet} 枚目: 字形のない文字 {missing}", sheet=row["sheet"], missing=", ".join(map(str, row["missing"])))
        for row in by_hand
    ]
    return Outcome(data, lines)


@contextlib.contextmanager
def telling_why(out: Path, data: Mapping[str, object]) -> Iterator[None]:
    """Turn what can stop a batch into a Refusal that says what to do next; `data` goes into its JSON."""
    try:
        yield
    except services.NothingToPrint:
        raise Refusal(Sentence("印刷できるカードがありません。ファイルは作っていません。"), data) from None
    except services.ReasonMissing as missing:
        raise Refusal(
            Sentence("印刷済で発送前の用紙が {count} 通あります。刷り直す理由を入力してください。印刷していません。", count=missing.count),
            data,
        ) from None
    except services.PrintingStopped:
        raise Refusal(
            Sentence(
                "前の印刷で用紙と記録の不一致が見つかり、印刷を止めています。交付管理の「通知」の画面で原因を確かめ、停止を解除してください。"
            ),
            data,
        ) from None
    except services.CardsChanged as changed:
        raise Refusal(
            Sentence(
                "印刷のあいだに {serials} 件のカードの状態が変わりました。ファイルは作っていません。もう一度実行してください。",
                serials=len(changed.serials),
            ),
            {**data, "changed": list(changed.serials)},
        ) from None
    except UnknownPlaceholder as unknown:
        raise Refusal(
            Sentence("文面に、決められた一覧にない差し込み項目があります: {found}。印刷していません。", found="、".join(unknown.found)),
            data,
        ) from None
    except BatchStopped as stopped:
        raise Refusal(
            Sentence(
                "用紙と記録の不一致が {mismatches} か所見つかりました。"
                "すべての印刷を止め、ファイルは作っていません。交付管理の「通知」の画面で原因を確かめてください。",
                mismatches=len(stopped.mismatches),
            ),
            {**data, "mismatches": [mismatch.sheet_id for mismatch in stopped.mismatches]},
        ) from None
    except NoRoom:
        raise Refusal(
            Sentence("書き込み先に空きがありません: {out}。空きを作るか、ほかの場所を指定してください。", out=out), data
        ) from None
    except TypesettingFailed as failed:
        raise Refusal(Sentence("組版に失敗しました ({failed})。ファイルは作っていません。", failed=failed), data) from failed
    except OSError:  # a write-protected or withdrawn medium as much as a folder of others
        raise Refusal(Sentence("書き込めません: {out}。書き込める場所を指定してください。", out=out), data) from None


def _target(named: str) -> Path:
    out = Path(named).absolute()
    if out.is_dir():
        raise Refusal(Sentence("フォルダーではなく、PDF のファイル名を指定してください: {out}", out=out))
    if not out.parent.is_dir():
        raise Refusal(Sentence("書き込み先のフォルダーがありません: {parent}", parent=out.parent))
    return out


def _reason(arguments: argparse.Namespace, choice: Choice, kind: Kind) -> str:
    return arguments.reason or (_BY_COMMAND if services.reprints(choice.cards, kind) else "")


def _choose(arguments: argparse.Namespace, kind: Kind) -> Choice:
    if arguments.cards and arguments.state:
        raise Refusal(Sentence("--cards と --state は、どちらか一つを指定してください。"))
    if arguments.cards is not None:
        return choose_by_serials([text for text in arguments.cards.split(",") if text.strip()], kind)
    try:
        return choose_by_state(arguments.state, kind)
    except ValueError:
        if kind not in AWAITING:
            raise Refusal(Sentence("{kind}は、--cards でカードを1件ずつ指定してください。", kind=Sentence(str(kind.label)))) from None
        raise Refusal(
            Sentence(
                "進捗の値ではありません: {state}。applied, ordered, arrived, inspected, preset … または all です。", state=arguments.state
            )
        ) from None
