"""The virus scanner: a file goes in only when something with young patterns found nothing, or the municipality takes it unscanned."""

import datetime as dt
import socketserver
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from madoguchi.platform import clock
from madoguchi.platform.virus_scan import NotClean, require_clean, scanner

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def version(days: int) -> str:
    day = dt.datetime.combine(clock.today() - dt.timedelta(days=days), dt.time(9, 37, 56))
    return f"ClamAV 1.0.7/27150/{day:%a %b} {day.day:2d} {day:%H:%M:%S %Y}"


class Clamd(socketserver.StreamRequestHandler):
    """Speaks clamd's protocol as far as we use it."""

    def handle(self) -> None:
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        if command == b"zVERSION\0":
            self.wfile.write(version(self.server.days).encode() + b"\0")  # type: ignore[attr-defined]
            return
        content = b""
        while size := struct.unpack(">I", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
        self.wfile.write(b"stream: Eicar-Signature FOUND\0" if b"EICAR" in content else b"stream: OK\0")


@pytest.fixture
def clamd(tmp_path: Path, settings: Any) -> Iterator[socketserver.UnixStreamServer]:
    path = tmp_path / "clamd.ctl"
    with socketserver.UnixStreamServer(str(path), Clamd) as server:
        server.days = 1  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        settings.MADOGUCHI_VIRUS_SCANNER = f"clamd:{path}"
        yield server
        server.shutdown()


def command(tmp_path: Path, settings: Any, days: int, verdict: int) -> None:
    program = tmp_path / "clamscan"
    program.write_text(f'#!/bin/sh\nif [ "$1" = --version ]; then echo "{version(days)}"; exit 0; fi\ncat > /dev/null; exit {verdict}\n')
    program.chmod(0o700)
    settings.MADOGUCHI_VIRUS_SCANNER = f"command:{program}"


def test_the_daemon_tells_clean_from_not_clean(clamd: socketserver.UnixStreamServer) -> None:
    assert scanner().patterns_of == clock.today() - dt.timedelta(days=1)
    assert require_clean(b"x" * 3_000_000, takes_unscanned=False)
    with pytest.raises(NotClean, match="ウイルスが見つかりました"):
        require_clean(EICAR, takes_unscanned=True)


@pytest.mark.parametrize(("days", "takes"), [(31, True), (32, False)])
def test_patterns_older_than_31_days_refuse_every_file(clamd: socketserver.UnixStreamServer, days: int, takes: bool) -> None:
    clamd.days = days  # type: ignore[attr-defined]
    if takes:
        assert require_clean(b"paper", takes_unscanned=False)
    else:
        with pytest.raises(NotClean, match="31日"):
            require_clean(b"paper", takes_unscanned=True)


def test_the_command_tells_by_its_status(tmp_path: Path, settings: Any) -> None:
    command(tmp_path, settings, 3, 0)
    assert require_clean(b"paper", takes_unscanned=False)
    command(tmp_path, settings, 3, 1)
    with pytest.raises(NotClean, match="ウイルスが見つかりました"):
        require_clean(b"paper", takes_unscanned=True)
    command(tmp_path, settings, 3, 2)
    with pytest.raises(NotClean, match="終わらなかった"):
        require_clean(b"paper", takes_unscanned=True)


def test_a_scanner_that_does_not_answer_refuses_and_none_leaves_it_to_the_setting(tmp_path: Path, settings: Any) -> None:
    settings.MADOGUCHI_VIRUS_SCANNER = f"clamd:{tmp_path / 'nobody.ctl'}"
    with pytest.raises(NotClean, match="答えません"):
        require_clean(b"paper", takes_unscanned=True)
    settings.MADOGUCHI_VIRUS_SCANNER = ""
    assert not require_clean(b"paper", takes_unscanned=True)
    with pytest.raises(NotClean, match="設定されていない"):
        require_clean(b"paper", takes_unscanned=False)
