"""Printing a batch: set in chunks, read back sheet by sheet, merged, and released whole or not at all."""

import contextlib
import errno
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
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
    sheets: Iterable[Sheet],
    out: Path,
    *,
    total: int,
    shelf: Shelf,
    progress: Progress,
) -> Printed:
    """Set `sheets` (`total` of them) with `layout`, one page each, check every page, and only then let the file `out` appear.

    While one chunk is set, the next is composed and the one before is read back. The parts lie in a folder beside `out` that only this
    process can read, and go with it. `common` is data for all sheets; a layout sees `{"common": …, "sheets": […]}`.

    Raises BatchStopped at the first chunk with a mismatch, NoRoom, press.TypesettingFailed, and what `progress` raises to cancel; `out`
    does not exist then (an older file of that name is left as it was).
    """
    with _refusing_a_full_medium(), tempfile.TemporaryDirectory(dir=out.parent, prefix=".batch-") as folder, Press(shelf) as press:
        parts: list[Path] = []
        digests: list[str] = []
        ids: list[str] = []
        coming = iter(sheets)
        progress.advance(0, total)
        following = list(islice(coming, CHUNK))
        if not following:
            raise ValueError("a batch has at least one sheet")
        press.start(layout.path, _data(common, following))
        while following:
            chunk, following = following, list(islice(coming, CHUNK))
            pdf = press.take()
            if following:
                press.start(layout.path, _data(common, following))
            if mismatches := check_part(pdf, chunk, layout.places):
                raise BatchStopped(mismatches)
            digests += digests_of_part(pdf)
            ids += [sheet.sheet_id for sheet in chunk]
            parts.append(Path(folder, f"{len(parts):05d}.pdf"))
            parts[-1].write_bytes(pdf)
            progress.advance(len(digests), total)
        draft = Path(folder, "whole.pdf")
        _merge(parts, draft)
        _check_merged(draft, digests, ids)
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


def _check_merged(draft: Path, digests: Sequence[str], ids: Sequence[str]) -> None:
    """Compare the merged file page by page with the parts that were read back."""
    with pikepdf.open(draft) as whole:
        found = page_digests(whole)
    if found != list(digests):
        wrong = next((one for one, right, seen in zip(ids, digests, found, strict=False) if right != seen), ids[-1])
        raise BatchStopped([Mismatch(wrong, "merged")])


def _release(draft: Path, out: Path) -> str:
    """Give the file its name in one step, after it is safely on the medium."""
    with draft.open("rb") as handle:
        sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
        os.fsync(handle.fileno())
    draft.chmod(0o600)
    draft.replace(out)
    return sha256
