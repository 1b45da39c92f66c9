"""Printing a batch: set in chunks, read back sheet by sheet, merged, and released whole or not at all."""

import contextlib
import errno
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from madoguchi.platform.documents.fonts import Shelf
from madoguchi.platform.documents.press import Press
from madoguchi.platform.documents.readback import Mismatch, Places, Sheet, check_part, digests_of_part, page_digests
from madoguchi.platform.verbs import Progress

CHUNK = 50


class BatchStopped(Exception):
    """A sheet does not carry its record: the batch is stopped and nothing of it is released."""

    def __init__(self, mismatches: Sequence[Mismatch]) -> None:
        super().__init__(f"{len(mismatches)} mismatches, first in sheet {mismatches[0].sheet_id}, region {mismatches[0].region}")
        self.mismatches = tuple(mismatches)


class BatchCancelled(Exception):
    """Somebody cancelled the batch between two chunks; nothing of it is released."""


class NoRoom(Exception):
    """The medium is full; nothing of the batch is released and the parts are removed."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout file and the places in it that are read back."""

    path: Path
    places: Places


@dataclass(frozen=True, slots=True)
class Printed:
    """A released file: its pages in order (one digest each), its own SHA-256."""

    path: Path
    page_digests: tuple[str, ...]
    sha256: str


def _never() -> bool:
    return False


@contextlib.contextmanager
def _refusing_a_full_medium() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise NoRoom from error
        raise


def print_batch(
    layout: Layout,
    common: Mapping[str, object],
    sheets: Sequence[Sheet],
    out: Path,
    *,
    shelf: Shelf,
    progress: Progress,
    cancelled: Callable[[], bool] = _never,
) -> Printed:
    """Set `sheets` with `layout`, one page each, check every page, and only then let the file `out` appear.

    While one chunk is set, the chunk before is read back. The parts lie in a folder beside `out` that only this process can read, and
    go with it. `common` is data for all sheets; a layout sees `{"common": …, "sheets": […]}`.

    Raises BatchStopped at the first chunk with a mismatch, BatchCancelled, NoRoom, press.TypesettingFailed; `out` does not exist then
    (an older file of that name is left as it was).
    """
    if not sheets:
        raise ValueError("a batch has at least one sheet")
    chunks = [sheets[start : start + CHUNK] for start in range(0, len(sheets), CHUNK)]
    with _refusing_a_full_medium(), tempfile.TemporaryDirectory(dir=out.parent, prefix=".batch-") as folder, Press(shelf) as press:
        parts: list[Path] = []
        digests: list[str] = []
        progress.advance(0, len(sheets))
        press.start(layout.path, _data(common, chunks[0]))
        for number, chunk in enumerate(chunks):
            pdf = press.take()
            if cancelled():
                raise BatchCancelled
            if number + 1 < len(chunks):
                press.start(layout.path, _data(common, chunks[number + 1]))
            if mismatches := check_part(pdf, chunk, layout.places):
                raise BatchStopped(mismatches)
            digests += digests_of_part(pdf)
            parts.append(Path(folder, f"{number:05d}.pdf"))
            parts[-1].write_bytes(pdf)
            progress.advance(len(digests), len(sheets))
        draft = Path(folder, "whole.pdf")
        _merge(parts, draft)
        _check_merged(draft, digests, sheets)
        sha256 = _release(draft, out)
    return Printed(out, tuple(digests), sha256)


def _data(common: Mapping[str, object], chunk: Sequence[Sheet]) -> dict[str, object]:
    return {"common": common, "sheets": [sheet.data for sheet in chunk]}


def _merge(parts: Sequence[Path], draft: Path) -> None:
    with contextlib.ExitStack() as stack:
        whole = stack.enter_context(pikepdf.Pdf.new())
        for part in parts:
            whole.pages.extend(stack.enter_context(pikepdf.open(part)).pages)
        whole.save(draft, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def _check_merged(draft: Path, digests: Sequence[str], sheets: Sequence[Sheet]) -> None:
    """Compare the merged file page by page with the parts that were read back."""
    with pikepdf.open(draft) as whole:
        found = page_digests(whole)
    if found != list(digests):
        wrong = next((sheet for sheet, right, seen in zip(sheets, digests, found, strict=False) if right != seen), sheets[-1])
        raise BatchStopped([Mismatch(wrong.sheet_id, "merged")])


def _release(draft: Path, out: Path) -> str:
    """Give the file its name in one step, after it is safely on the medium."""
    with draft.open("rb") as handle:
        sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
        os.fsync(handle.fileno())
    draft.chmod(0o600)
    draft.replace(out)
    return sha256
