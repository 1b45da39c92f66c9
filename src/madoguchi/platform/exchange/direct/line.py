"""The caller's side: one connection to the booking zone, over which files go and come."""

import http.client
import json
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from madoguchi.kernel.kfx import MAX_FILE_BYTES
from madoguchi.platform.exchange.direct.channel import CODE_HEADER, PREFIX, RECEIPT_HEADER, StrangerError, check_name, context

CONNECT_SECONDS: Final = 30
# The other side takes a whole file into its tables before it answers.
SECONDS: Final = 300
_LARGEST_LIST: Final = 1024 * 1024
_STATUS_FAULTS: Final = {503: "off", 413: "size", 404: "gone", 409: "gone"}


class LineError(Exception):
    """The connection could not be made or did not hold. `fault` is one word: unreachable, timeout, certificate, stranger, cut, off, …"""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Offered:
    """A file that the other side has for this one."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side says of a file: its code (empty when it was taken in), and its receipt."""

    code: str
    receipt_name: str
    receipt: bytes


class Line(Protocol):
    """What a run needs of a connection."""

    def put(self, name: str, content: bytes) -> Answer:
        """Hand a file over and wait for what becomes of it."""

    def offered(self) -> Sequence[Offered]:
        """Ask what the other side has."""

    def fetch(self, offered: Offered) -> bytes:
        """Fetch one file whole."""


class TlsLine:
    """A line over mutually authenticated TLS. Open it with `with`."""

    def __init__(self, host: str, port: int, *, place: Path, peer_name: str, seconds: float = SECONDS) -> None:
        self._host, self._port, self._place, self._peer, self._seconds = host, port, place, peer_name, seconds
        self._connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> "TlsLine":
        try:
            tls = context(self._place, calls=True)
        except (OSError, ValueError):
            raise LineError("no_certificate") from None
        with _Faults():
            raw = socket.create_connection((self._host, self._port), min(self._seconds, CONNECT_SECONDS))
            try:
                wrapped = tls.wrap_socket(raw, server_hostname=self._host)
            except BaseException:
                raw.close()
                raise
            wrapped.settimeout(self._seconds)
            connection = http.client.HTTPConnection(self._host, self._port, timeout=self._seconds)
            connection.sock = wrapped
            # A connection that went away is a fault of this run, not to be made anew behind its back.
            connection.auto_open = 0
            self._connection = connection
            try:
                check_name(wrapped, self._peer)
            except StrangerError:
                self.__exit__()
                raise LineError("stranger") from None
        return self

    def __exit__(self, *_error: object) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def put(self, name: str, content: bytes) -> Answer:
        """Hand a file over and wait for what becomes of it. Raises LineError."""
        headers, receipt = self._ask("PUT", f"{PREFIX}/files/{name}", content, MAX_FILE_BYTES)
        return Answer(headers.get(CODE_HEADER, ""), headers.get(RECEIPT_HEADER, ""), receipt)

    def offered(self) -> Sequence[Offered]:
        """Ask what the other side has; it seals what changed since the last time. Raises LineError."""
        _headers, body = self._ask("POST", f"{PREFIX}/offer", b"", _LARGEST_LIST)
        try:
            return [Offered(str(row["name"]), str(row["sha256"])) for row in json.loads(body)["files"]]
        except (ValueError, KeyError, TypeError):
            raise LineError("protocol") from None

    def fetch(self, offered: Offered) -> bytes:
        """Fetch one file whole. Raises LineError, also when less came than was announced."""
        return self._ask("GET", f"{PREFIX}/files/{offered.name}", None, MAX_FILE_BYTES)[1]

    def _ask(self, method: str, path: str, body: bytes | None, most: int) -> tuple[http.client.HTTPMessage, bytes]:
        connection = self._connection
        if connection is None or connection.sock is None:
            raise LineError("cut")
        with _Faults():
            connection.request(method, path, body)
            with connection.getresponse() as response:
                if response.status != 200:
                    raise LineError(_STATUS_FAULTS.get(response.status, "protocol"))
                if response.length is None or response.length > most:
                    raise LineError("size")
                return response.headers, response.read()


class _Faults:
    """Names what may happen to a connection by one word."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:  # noqa: ANN401 Python's protocol
        if isinstance(error, TimeoutError):
            raise LineError("timeout") from None
        if isinstance(error, ssl.SSLCertVerificationError):
            raise LineError("certificate") from None
        if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            raise LineError("cut") from None
        if isinstance(error, ssl.SSLError):
            # The other side refuses ours: it says so by an alert.
            raise LineError("not_accepted") from None
        if isinstance(error, ConnectionRefusedError | socket.gaierror):
            raise LineError("unreachable") from None
        if isinstance(error, ConnectionError | http.client.HTTPException):
            raise LineError("cut") from None
        if isinstance(error, OSError):
            raise LineError("unreachable") from None
