"""`madoguchi delivery cards take-over`."""

import argparse
from pathlib import Path

from madoguchi.delivery.takeover import services
from madoguchi.delivery.takeover.reading import read_stock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.language import Sentence
from madoguchi.platform.verbs import Outcome, Progress, Refusal

OPERATOR = automatic("command-line")
_SHOWN = 200


def take_over(arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Read a spreadsheet of stock; without `--dry-run` a sound one then waits for a second person on its page."""
    read = read_stock(Path(arguments.file))
    progress.advance(len(read.rows), len(read.rows))
    wrong = [{"line": one.line, "column": one.column, "message": one.message} for one in read.wrong]
    data: dict[str, object] = {"rows": len(read.rows), "known": read.known, "errors": wrong, "list": None}
    lines = [
        Sentence("{line} 行目 {column}: {message}", line=one.line, column=one.column, message=one.message) for one in read.wrong[:_SHOWN]
    ]
    if read.wrong:
        said = [*lines, Sentence("誤りが {number} 件あります。何も変えていません。", number=len(read.wrong))]
        blanks = {f"said_{place}": sentence for place, sentence in enumerate(said)}
        raise Refusal(Sentence("\n".join(f"{{{blank}}}" for blank in blanks), **blanks), data)
    if arguments.dry_run:
        return Outcome(data, [Sentence("{rows} 枚を読めました。試し読みなので、何も変えていません。", rows=len(read.rows))])
    kept = services.hand_in(read, Path(arguments.file).name, OPERATOR)
    words = Sentence("{rows} 枚を読みました。一覧 {number} は、別の職員が承認すると反映されます。", rows=kept.rows, number=kept.pk)
    return Outcome({**data, "list": kept.pk}, [words])
