"""Command-line verbs of the municipality's settings."""

import argparse
import os
from pathlib import Path

from madoguchi.booking.municipality.away_page import away_page
from madoguchi.platform.language import Sentence
from madoguchi.platform.verbs import Outcome, Progress, Refusal


def write_away_page(arguments: argparse.Namespace, _progress: Progress) -> Outcome:
    """`madoguchi booking away-page --out FILE`: write the page for the web server in front, whole or not at all.

    Raises Refusal when the file cannot be written.
    """
    out = Path(arguments.out)
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        draft.write_text(away_page(), encoding="utf-8")
        draft.replace(out)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Refusal(Sentence("書き出せませんでした: {path} ({reason})", path=str(out), reason=error.strerror or "")) from None
    return Outcome(data={"file": str(out), "bytes": out.stat().st_size}, lines=[Sentence("書き出しました: {path}", path=str(out))])
