"""The press: sets chunks of sheets in a process of its own, one chunk at a time, and replaces that process before it grows."""

import json
import os
import selectors
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from madoguchi.platform.documents.failures import NotPrinted
from madoguchi.platform.documents.fonts import Shelf
from madoguchi.platform.documents.press_worker import ANSWER, LENGTH

CHUNKS_PER_PROCESS = 2  # of 40 sheets: what the compiler remembers grows by 40 MB a chunk, a new process costs a tenth of a second
_SECONDS_PER_CHUNK = 120
_READ_SIZE = 1 << 20


class TypesettingFailed(NotPrinted):
    """The compiler refused a layout or did not answer; nothing of the chunk exists."""


class Press:
    """One compiler process. `start` gives it a chunk, `take` waits for the PDF: in between the caller can check the chunk before."""

    def __init__(self, shelf: Shelf, *, chunks_per_process: int = CHUNKS_PER_PROCESS) -> None:
        self._folders = [str(folder) for folder in shelf.folders]
        self._chunks_per_process = chunks_per_process
        self._chunks = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._layout = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def start(self, layout: Path, data: Mapping[str, object]) -> None:
        """Hand over one chunk: `data` reaches the layout as `json(bytes(sys.inputs.data))`."""
        if self._process is not None and self._chunks >= self._chunks_per_process:
            self.close()
        if self._process is None:
            # The module is run by its file, so that the compiler's process holds no Django and no database connection.
            command = [sys.executable, "-m", "madoguchi.platform.documents.press_worker"]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)  # noqa: S603 own module, fixed arguments
            self._chunks = 0
        self._chunks += 1
        self._layout = layout.name
        order = json.dumps({"folders": self._folders, "layout": str(layout), "data": json.dumps(data, ensure_ascii=False)}).encode()
        try:
            rest = memoryview(LENGTH.pack(len(order)) + order)
            while rest:
                rest = rest[os.write(_pipe(self._process.stdin).fileno(), rest) :]
        except BrokenPipeError as error:
            self.close()
            raise TypesettingFailed(f"the typesetting process ended before it took a chunk of {self._layout}") from error

    def take(self) -> bytes:
        """Return the PDF of the chunk handed over last. Raises TypesettingFailed."""
        if self._process is None:
            raise TypesettingFailed("no chunk was handed over")
        done, size = ANSWER.unpack(self._read(ANSWER.size))
        answer = self._read(size)
        if not done:
            raise TypesettingFailed(f"{self._layout}: {answer.decode()}")
        return answer

    def _read(self, size: int) -> bytes:
        if self._process is None:
            raise TypesettingFailed("the typesetting process is gone")
        stream = _pipe(self._process.stdout)
        parts: list[bytes] = []
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)
            while size > 0:
                if not selector.select(_SECONDS_PER_CHUNK):
                    self.close()
                    raise TypesettingFailed(f"{self._layout}: no answer within {_SECONDS_PER_CHUNK} seconds")
                part = os.read(stream.fileno(), min(size, _READ_SIZE))
                if not part:
                    self.close()
                    raise TypesettingFailed(f"{self._layout}: the typesetting process ended in the middle of a chunk")
                parts.append(part)
                size -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        """End the process, also in the middle of a chunk."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            _pipe(self._process.stdin).close()
            _pipe(self._process.stdout).close()
            self._process = None


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise TypesettingFailed("the typesetting process has no pipe")
    return stream
