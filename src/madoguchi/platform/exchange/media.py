"""Reading from and writing to a medium that may be full, damaged, huge, or pulled out at any moment."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from madoguchi.kernel.kfx import MAX_FILE_BYTES
from madoguchi.kernel.kfx_refusals import KfxError

_CHUNK_BYTES = 1024 * 1024


def read_file(path: Path) -> bytes:
    """Read a file of a medium, never more than an exchange file may have. The file is neither changed nor moved.

    Raises:
        KfxError: E01 a folder, device or pipe; E02 too large, missing, or not readable to its end.
    """
    try:
        # Non-blocking, so that a pipe in the file's place cannot hold the process.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=0) as handle:
            found = os.fstat(handle.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise KfxError("E01", "not a regular file")
            if found.st_size > MAX_FILE_BYTES:
                raise KfxError("E02", "larger than 64 MiB")
            return _read_to_the_end(handle.fileno())
    except IsADirectoryError:
        raise KfxError("E01", "a folder") from None
    except (OSError, ValueError):
        raise KfxError("E02", "cannot be read") from None


def _read_to_the_end(descriptor: int) -> bytes:
    content = bytearray()
    while chunk := os.read(descriptor, _CHUNK_BYTES):
        content += chunk
        if len(content) > MAX_FILE_BYTES:
            raise KfxError("E02", "grew while it was read")
    return bytes(content)


class UncertainWriteError(OSError):
    """The medium failed after the file had its name, and it could not be removed: it may lie there or not."""


def write_file(folder: Path, name: str, content: bytes) -> Path:
    """Write a file whole or not at all: under another name first, to the disk, then renamed.

    Raises:
        UncertainWriteError: the medium went away at the very end.
        OSError: the medium is full, write-protected or gone; no file of this name lies there.
    """
    target, draft = folder / name, folder / f".{name}.part"
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(target)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise
    try:
        _sync_folder(folder)
    except OSError as error:
        try:
            target.unlink()
        except OSError:
            raise UncertainWriteError(error.errno, "the file may lie on the medium") from error
        raise
    return target


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
