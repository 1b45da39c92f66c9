"""Printing a batch: set in chunks, read back sheet by sheet, merged, and released whole or not at all."""

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pypdfium2

from madoguchi.platform.documents.binder import bind
from madoguchi.platform.documents.failures import NotPrinted
from madoguchi.platform.documents.fonts import Shelf
from madoguchi.platform.documents.marks import mark_sheets
from madoguchi.platform.documents.press import Press
from madoguchi.platform.documents.readback import Mismatch, Places, Sheet, check_part, digests_of_part
from madoguchi.platform.verbs import Progress

CHUNK = 40


class BatchStopped(NotPrinted):
    """A sheet does not carry its record: the batch is stopped and nothing of it is released."""

    def __init__(self, mismatches: Sequence[Mismatch]) -> None:
        super().__init__(f"{len(mismatches)} mismatches, first in sheet {mismatches[0].sheet_id}, region {mismatches[0].region}")
        self.mismatches = tuple(mismatches)


class NoRoom(NotPrinted):
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
    parts_folder: Path | None = None,
) -> Printed:
    """Set `sheets` (`total` of them) with `layout`, one page each, check every page, and only then let the file `out` appear.

    While one chunk is set, the next is composed and the one before is read back. The parts lie in a folder beside `out` that only this
    process can read, and go with it. `common` is data for all sheets; a layout sees `{"common": …, "sheets": […]}`.

    With `parts_folder` the parts stay there when the work is cut off or `progress` stops it, and the next call with the same sheets goes
    on behind them; each kept part is read back again, and one that is not right is set anew. The folder goes when the file is released.

    Raises BatchStopped at the first chunk with a mismatch, NoRoom, press.TypesettingFailed, and what `progress` raises to cancel; `out`
    does not exist then (an older file of that name is left as it was).
    """
    with _refusing_a_full_medium(), _folder_of_parts(out, parts_folder) as folder, Press(shelf) as press:
        parts: list[Path] = []
        digests: list[str] = []
        ids: list[str] = []
        coming = iter(sheets)
        progress.advance(0, total)
        following, kept = _next_chunk(coming, folder, layout, 0)
        if not following:
            raise ValueError("a batch has at least one sheet")
        if kept is None:
            press.start(layout.path, _data(common, following))
        while following:
            chunk, pdf = following, kept if kept is not None else press.take()
            was_kept = kept is not None
            following, kept = _next_chunk(coming, folder, layout, len(parts) + 1)
            if following and kept is None:
                press.start(layout.path, _data(common, following))
            if not was_kept and (mismatches := check_part(pdf, chunk, layout.places)):
                raise BatchStopped(mismatches)
            digests += digests_of_part(pdf)
            ids += [sheet.sheet_id for sheet in chunk]
            parts.append(_part(folder, len(parts)))
            if not was_kept:
                _write_whole(parts[-1], pdf)
            progress.advance(len(digests), total)
        draft = folder / "whole.pdf"
        press.close()  # its memory is free before the pages of all parts are put together
        _check_bound(bind(parts, draft), digests, ids)
        mark_sheets(draft, shelf)
        sha256 = _release(draft, out)
    if parts_folder is not None:
        shutil.rmtree(parts_folder)
    return Printed(out, tuple(digests), sha256)


@contextlib.contextmanager
def _folder_of_parts(out: Path, parts_folder: Path | None) -> Iterator[Path]:
    if parts_folder is not None:
        parts_folder.mkdir(mode=0o700, exist_ok=True)
        yield parts_folder
        return
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".batch-") as folder:
        yield Path(folder)


def _part(folder: Path, number: int) -> Path:
    return folder / f"{number:05d}.pdf"


def _next_chunk(coming: Iterator[Sheet], folder: Path, layout: Layout, number: int) -> tuple[list[Sheet], bytes | None]:
    """Return the next sheets, and their part when an earlier run has kept it and it carries them; a part that does not is removed."""
    chunk = list(islice(coming, CHUNK))
    part = _part(folder, number)
    if not chunk or not part.exists():
        return chunk, None
    pdf = part.read_bytes()
    with contextlib.suppress(pypdfium2.PdfiumError):
        if not check_part(pdf, chunk, layout.places):
            return chunk, pdf
    part.unlink()
    return chunk, None


def _write_whole(part: Path, pdf: bytes) -> None:
    """Write a part so that it is there whole or not at all, whenever the process ends."""
    draft = part.with_suffix(".draft")
    draft.write_bytes(pdf)
    draft.replace(part)


def _data(common: Mapping[str, object], chunk: Sequence[Sheet]) -> dict[str, object]:
    return {"common": common, "sheets": [sheet.data for sheet in chunk]}


def _check_bound(found: Sequence[str], digests: Sequence[str], ids: Sequence[str]) -> None:
    """Compare the bound file page by page with the parts that were read back."""
    if found != digests:
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
