"""The listening side, in the booking zone: takes files, offers files, and answers nobody but the core zone of the same installation.

The HTTP spoken here is four lines of it, behind a handshake that only one other certificate in the world passes; so it is not the web
server of the pages that listens, but the standard library's, with a bound on connections, sizes and silence.
"""

import contextlib
import http.server
import json
import re
import socket
import socketserver
import ssl
import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, Protocol

from madoguchi.kernel.kfx import MAX_FILE_BYTES
from madoguchi.platform.exchange.direct.channel import CODE_HEADER, PREFIX, RECEIPT_HEADER, StrangerError, check_name, context

# The caller takes what it fetched into its tables before it asks for more.
SECONDS: Final = 300
HANDSHAKE_SECONDS: Final = 10
CONNECTIONS: Final = 8
_FILE_PATH = re.compile(rf"{PREFIX}/files/(KFX_[0-9]{{6}}_(?:C2B|B2C)_[a-z]{{1,16}}_[0-9]{{1,16}}\.kfx)")


class Judged(Protocol):
    """What became of a file that came."""

    @property
    def code(self) -> str: ...

    @property
    def receipt_name(self) -> str: ...

    @property
    def receipt(self) -> bytes: ...


class Desk(Protocol):
    """What stands behind the listener. Each call is whole in itself."""

    def is_open(self) -> bool:
        """Tell whether the setting is on."""

    def offer(self) -> Sequence[Mapping[str, object]]:
        """Seal what changed and list what waits."""

    def handing_out(self, name: str) -> AbstractContextManager[bytes | None]:
        """Give the bytes of a file for the block that sends them; None when there is none to give."""

    def take(self, name: str, content: bytes) -> Judged | None:
        """Judge a file that came whole; None when that cannot be done now."""

    def note_cut(self, name: str) -> None:
        """Note that a file did not come to its end."""

    def note_refused(self, why: str, client: str) -> None:
        """Note that somebody was not let in."""


class Listener(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Listens until `shutdown`."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 16

    def __init__(
        self, host: str, port: int, desk: Desk, *, place: Path, peer_name: str, seconds: float = SECONDS, connections: int = CONNECTIONS
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.desk, self.place, self.peer_name, self.seconds = desk, place, peer_name, seconds
        self._free = threading.BoundedSemaphore(connections)
        super().__init__((host, port), _Conversation)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 the library's signature
        """Give a connection a thread, unless too many are open: then it is closed at once, and the caller comes again."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._free.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 the library's signature
        """Speak with one caller, in the thread of its own, so that a slow handshake holds up nobody."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 the library's signature
        """Shake hands, look at the name, and only then read a byte of what is said."""
        client = str(client_address[0])
        request.settimeout(min(self.seconds, HANDSHAKE_SECONDS))
        try:
            wrapped = context(self.place, calls=False).wrap_socket(request, server_side=True)
        except (ssl.SSLError, ValueError) as error:
            self.desk.note_refused(_why(error), client)
            return
        except OSError:
            # Gone or silent before it said who it is; or no certificate of our own, which the page and `doctor` say.
            return
        with contextlib.closing(wrapped):
            try:
                check_name(wrapped, self.peer_name)
            except StrangerError:
                self.desk.note_refused("stranger", client)
                return
            wrapped.settimeout(self.seconds)
            with contextlib.suppress(ConnectionError, TimeoutError, ssl.SSLError):
                _Conversation(wrapped, client_address, self)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 the library's signature
        """Leave the rest of the connections alone; the desk has noted what concerns it."""


def _why(error: Exception) -> str:
    text = str(error)
    if "PEER_DID_NOT_RETURN_A_CERTIFICATE" in text:
        return "no_certificate"
    return "certificate" if isinstance(error, ssl.SSLCertVerificationError) else "handshake"


class _Conversation(http.server.BaseHTTPRequestHandler):
    """The requests of one connection, one after the other."""

    protocol_version = "HTTP/1.1"
    server_version = "madoguchi"
    sys_version = ""
    server: Listener

    def do_POST(self) -> None:
        """List what waits."""
        if self.path != f"{PREFIX}/offer":
            self._end(404)
        elif self._body("") is None:
            return
        elif not self.server.desk.is_open():
            self._end(503)
        else:
            self._end(200, json.dumps({"files": list(self.server.desk.offer())}).encode())

    def do_GET(self) -> None:
        """Give a file out."""
        name = self._name()
        if name is None:
            self._end(404)
        elif not self.server.desk.is_open():
            self._end(503)
        else:
            with self.server.desk.handing_out(name) as content:
                if content is None:
                    self._end(404)
                else:
                    self._end(200, content)

    def do_PUT(self) -> None:
        """Take a file in, once it is here whole."""
        name = self._name()
        if name is None:
            self._end(404)
            return
        if not self.server.desk.is_open():
            self._end(503)
            return
        content = self._body(name)
        if content is None:
            return
        judged = self.server.desk.take(name, content)
        if judged is None:
            self._end(503)
        else:
            headers = {CODE_HEADER: judged.code, RECEIPT_HEADER: judged.receipt_name}
            self._end(200, judged.receipt, headers)

    def _name(self) -> str | None:
        found = _FILE_PATH.fullmatch(self.path)
        return found[1] if found else None

    def _body(self, name: str) -> bytes | None:
        """Read as many bytes as were announced; None when they are too many, or fewer came (the connection is then over)."""
        announced = self.headers.get("Content-Length", "0")
        if not announced.isascii() or not announced.isdigit() or int(announced) > MAX_FILE_BYTES or "Transfer-Encoding" in self.headers:
            self._end(413)
            return None
        try:
            content = self.rfile.read(int(announced))
        except OSError:
            content = None
        if content is None or len(content) < int(announced):
            self.server.desk.note_cut(name)
            self.close_connection = True
            return None
        return content

    def _end(self, status: int, content: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        if status != 200:
            # What was announced may not have been read: nothing more can be understood on this connection.
            self.close_connection = True
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 the library's name
        """Say nothing: the ledger and the operation log hold what happens."""
