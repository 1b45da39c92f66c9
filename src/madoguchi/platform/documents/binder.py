"""Binds the parts of a batch into one file and reads back which pages it holds, in a process of its own.

The pages of 5,000 letters take 150 MB while they are put together; in a process that ends behind it the work that goes on for days does not
keep them. A file of one part is bound where it is.
"""

import contextlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pikepdf

from madoguchi.platform.documents.press import TypesettingFailed
from madoguchi.platform.documents.readback import page_digests


def bind(parts: Sequence[Path], draft: Path) -> list[str]:
    """Write one file of all parts and return the digest of each page as it stands in that file (`readback.page_digests`).

    Raises OSError as writing it did (the medium may be full), TypesettingFailed when the process ended without an answer.
    """
    if len(parts) == 1:
        return _bind_here(parts, draft)
    order = json.dumps({"parts": [str(part) for part in parts], "draft": str(draft)})
    command = [sys.executable, "-m", "madoguchi.platform.documents.binder"]
    done = subprocess.run(command, input=order, capture_output=True, text=True, check=False)  # noqa: S603 own module, fixed arguments
    if done.returncode != 0:
        raise TypesettingFailed(f"{draft.name}: {done.stderr.strip()[-1000:]}")
    answer = json.loads(done.stdout)
    if "errno" in answer:
        raise OSError(answer["errno"], answer["said"])
    digests: list[str] = answer["digests"]
    return digests


def _bind_here(parts: Sequence[Path], draft: Path) -> list[str]:
    """See `bind`. The file has the title and the language of the first part.

    A file of one part (lists, receipts, certificates, single letters: what is read on a screen) keeps its tags, so that a screen reader
    finds tables and order (A19). What has more parts goes to a printer, and is put together by its pages alone.
    """
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(pikepdf.open(parts[0]))
        whole = first
        if len(parts) > 1:
            whole = stack.enter_context(pikepdf.Pdf.new())
            for mine, given, key in ((whole.Root, first.Root, "/Lang"), (whole.docinfo, first.docinfo, "/Title")):
                if key in given:
                    mine[key] = str(given[key])
            for part in parts:
                whole.pages.extend(stack.enter_context(pikepdf.open(part)).pages)
        whole.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        whole.save(draft, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    with pikepdf.open(draft) as whole:
        return page_digests(whole)


def main() -> None:
    """Take one order from standard input and answer on standard output."""
    order = json.load(sys.stdin)
    try:
        answer: dict[str, object] = {"digests": _bind_here([Path(part) for part in order["parts"]], Path(order["draft"]))}
    except OSError as error:
        answer = {"errno": error.errno, "said": error.strerror}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
