"""The load generator of the booking benches: browsers in threads with connections that stay open, in a process of their own.

It knows the public pages as a person does: forms, hidden fields, cookies. It knows nothing of the server's inside.
"""

import multiprocessing
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from urllib.parse import urlencode

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_HOLD = re.compile(r'name="hold" value="([^"]+)"')
_HEAD_END = b"\r\n\r\n"
_OK, _FOUND, _SEE_OTHER, _SERVER_ERROR = 200, 302, 303, 500
REDIRECTS = (_FOUND, _SEE_OTHER)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    location: str
    body: str


class Browser:
    """One person's browser: cookies, one connection that stays open, and the forms' secret token."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.token = ""
        self._socket: socket.socket | None = None
        self._rest = b""

    def get(self, path: str) -> Answer:
        """Open a page and keep its form's token."""
        answer = self._ask(self._head("GET", path) + _HEAD_END)
        found = _TOKEN.search(answer.body)
        if found:
            self.token = found[1]
        return answer

    def post(self, path: str, **form: str) -> Answer:
        """Send a form."""
        return self._ask(self.written_form(path, **form))

    def written_form(self, path: str, **form: str) -> bytes:
        """Return the bytes of a form, to be sent later."""
        body = urlencode({"csrfmiddlewaretoken": self.token, **form}).encode()
        head = self._head("POST", path) + b"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d" % len(body)
        return head + _HEAD_END + body

    def send(self, written: bytes) -> Answer:
        """Send what `written_form` gave."""
        return self._ask(written)

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _head(self, method: str, path: str) -> bytes:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Accept: text/html"]
        return "\r\n".join([*lines, f"Cookie: {cookies}"] if cookies else lines).encode()

    def _ask(self, request: bytes) -> Answer:
        for attempt in (1, 2):
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._rest = b""
            try:
                self._socket.sendall(request)
                return self._answer(self._socket)
            except (ConnectionError, EOFError):
                # A connection that the server closed while it was idle is opened once more.
                self.close()
                if attempt == 2:
                    raise
        raise ConnectionError

    def _answer(self, connection: socket.socket) -> Answer:
        received = self._rest
        while (end := received.find(_HEAD_END)) < 0:
            received += self._more(connection)
        head, received = received[:end].decode("latin-1"), received[end + len(_HEAD_END) :]
        status_line, *header_lines = head.split("\r\n")
        location, length, closes = "", 0, False
        for line in header_lines:
            name, _, value = line.partition(":")
            match name.lower():
                case "content-length":
                    length = int(value)
                case "location":
                    location = value.strip()
                case "connection":
                    closes = value.strip().lower() == "close"
                case "set-cookie":
                    cookie, _, content = value.strip().partition(";")[0].partition("=")
                    self.cookies[cookie] = content
        while len(received) < length:
            received += self._more(connection)
        self._rest = received[length:]
        if closes:
            self.close()
        return Answer(int(status_line.split()[1]), location, received[:length].decode("utf-8", "replace"))

    @staticmethod
    def _more(connection: socket.socket) -> bytes:
        block = connection.recv(65536)
        if not block:
            raise EOFError
        return block


@dataclass(frozen=True, slots=True)
class Visit:
    """One person who wants one time: what stands in the letter, and what the person will choose."""

    serial: str
    code: str
    birthday: str
    place: str
    day: str
    slot: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """One person who has identified already: the cookie that the browser holds, and what the person will choose."""

    cookie: str
    day: str
    slot: int


@dataclass
class Measured:
    """What one round of all clients gave."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    refused: int = 0
    server_errors: list[str] = field(default_factory=list)
    # When a page was asked for and had come (CLOCK_MONOTONIC, the same for every process), and whether it had the words looked for.
    seen: list[tuple[float, float, bool]] = field(default_factory=list)


def joined(parts: Sequence[Measured]) -> Measured:
    """Return several measurements as one: seconds and counts are added."""
    return Measured(
        seconds=sum(part.seconds for part in parts),
        latencies=[latency for part in parts for latency in part.latencies],
        acknowledged=[hold for part in parts for hold in part.acknowledged],
        refused=sum(part.refused for part in parts),
        server_errors=[error for part in parts for error in part.server_errors],
        seen=[page for part in parts for page in part.seen],
    )


class Unexpected(RuntimeError):
    """The pages did not lead where they should."""


def _expect(answer: Answer, target: str) -> None:
    if answer.status not in REDIRECTS or target not in answer.location:
        raise Unexpected(f"expected the way to {target}, got {answer.status} {answer.location}")


def walk_to_the_last_step(browser: Browser, visit: Visit) -> tuple[str, bytes]:
    """Go the public way up to the check page; returns the hold's key and the confirming form as it would be sent."""
    if not browser.token:
        browser.get("/book/")
    identified = browser.post("/book/", booking_id=visit.serial, code=visit.code, birthday=visit.birthday)
    _expect(identified, "/book/place/")
    _expect(browser.post("/book/place/", place=visit.place), "/book/day/")
    _expect(browser.post(f"/book/time/?day={visit.day}", slot=str(visit.slot)), "/book/contact/")
    _expect(browser.post("/book/contact/", email="someone@example.jp"), "/book/check/")
    hold = _HOLD.search(browser.get("/book/check/").body)
    if hold is None:
        raise Unexpected("the check page shows no hold")
    return hold[1], browser.written_form("/book/check/", hold=hold[1])


class Clients:
    """All browsers of one round, each in a thread."""

    def __init__(self, port: int, count: int) -> None:
        self.browsers = [Browser(port) for _ in range(count)]
        self.prepared: list[list[tuple[str, bytes]]] = [[] for _ in self.browsers]

    def close(self) -> None:
        """Hang up everywhere."""
        for browser in self.browsers:
            browser.close()

    def prepare(self, visits: Sequence[Visit]) -> None:
        """Let every person of `visits` come as far as the last step."""

        def walk(place: int) -> None:
            self.prepared[place] = [walk_to_the_last_step(self.browsers[place], visit) for visit in visits[place :: len(self.browsers)]]

        self._together(walk)

    def confirm(self, bookings: int) -> Measured:
        """Press the last button for as many of those prepared, as fast as the answers come."""
        return self._measure(lambda place, measured: self._confirm(place, bookings // len(self.browsers), measured))

    def _confirm(self, place: int, bookings: int, measured: Measured) -> None:
        browser = self.browsers[place]
        now, self.prepared[place] = self.prepared[place][:bookings], self.prepared[place][bookings:]
        for hold, form in now:
            answer = _timed(measured, browser, form)
            if answer.status in REDIRECTS and answer.location.endswith("/book/done/"):
                measured.acknowledged.append(hold)
            else:
                measured.refused += 1

    def book_the_reference(self, bookings: int) -> Measured:
        """Send the reference view as many forms as were confirmed."""

        def book(place: int, measured: Measured) -> None:
            browser = self.browsers[place]
            for number in range(place, bookings, len(self.browsers)):
                answer = _timed(measured, browser, browser.written_form("/bench/reference/", slot=str(number % 500 + 1)))
                if answer.status == 200:
                    measured.acknowledged.append("")
                else:
                    measured.refused += 1

        return self._measure(book)

    def rush(self, attempts: Sequence[Arrived]) -> Measured:
        """Let everybody try for the time they want; whoever gets it goes on to the end. Every request is timed."""

        def try_all(place: int, measured: Measured) -> None:
            browser = self.browsers[place]
            for attempt in attempts[place :: len(self.browsers)]:
                browser.cookies["madoguchi_booking_draft"] = attempt.cookie
                _try_once(browser, attempt, measured)

        for browser in self.browsers:
            browser.get("/book/")
        return self._measure(try_all)

    def read(self, path: str, pages: int, words: str) -> Measured:
        """Open the page at `path` `pages` times, all browsers together, and note each time whether `words` (a pattern) stood there."""
        pattern = re.compile(words)

        def look(place: int, measured: Measured) -> None:
            browser = self.browsers[place]
            for _page in range(place, pages, len(self.browsers)):
                began = time.monotonic()
                answer = browser.get(path)
                ended = time.monotonic()
                measured.latencies.append(ended - began)
                measured.seen.append((began, ended, pattern.search(answer.body) is not None))
                if answer.status >= _SERVER_ERROR:
                    measured.server_errors.append(f"{answer.status} {path}")
                elif answer.status != _OK:
                    measured.refused += 1

        return self._measure(look)

    def _measure(self, work: Callable[[int, Measured], None]) -> Measured:
        parts = [Measured() for _ in self.browsers]
        start = threading.Barrier(len(parts) + 1)
        ended: list[float] = []

        def run(place: int) -> None:
            start.wait()
            work(place, parts[place])
            ended.append(time.perf_counter())

        began: list[float] = []
        with _threads(run, len(parts)):
            start.wait()
            began.append(time.perf_counter())
        whole = joined(parts)
        whole.seconds = max(ended) - began[0]
        return whole

    def _together(self, work: Callable[[int], None]) -> None:
        with _threads(work, len(self.browsers)):
            pass


def _timed(measured: Measured, browser: Browser, form: bytes) -> Answer:
    began = time.perf_counter()
    answer = browser.send(form)
    measured.latencies.append(time.perf_counter() - began)
    if answer.status >= _SERVER_ERROR:
        measured.server_errors.append(f"{answer.status} {form.split(b' ', 2)[1].decode()}")
    return answer


def _try_once(browser: Browser, attempt: Arrived, measured: Measured) -> None:
    answer = _timed(measured, browser, browser.written_form(f"/book/time/?day={attempt.day}", slot=str(attempt.slot)))
    if answer.status not in REDIRECTS:
        measured.refused += 1
        return
    began = time.perf_counter()
    hold = _HOLD.search(browser.get("/book/check/").body)
    measured.latencies.append(time.perf_counter() - began)
    if hold is None:
        measured.server_errors.append("the check page shows no hold")
        return
    answer = _timed(measured, browser, browser.written_form("/book/check/", hold=hold[1]))
    if answer.status in REDIRECTS and answer.location.endswith("/book/done/"):
        measured.acknowledged.append(hold[1])
    else:
        measured.refused += 1


@contextmanager
def _threads(work: Callable[[int], None], count: int) -> Iterator[None]:
    faults: list[BaseException] = []

    def guarded(place: int) -> None:
        try:
            work(place)
        except BaseException as fault:  # noqa: BLE001 raised again in the caller's thread
            faults.append(fault)

    threads = [threading.Thread(target=guarded, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


def _serve(port: int, count: int, orders: Connection) -> None:
    """Run in the generator's process: carry out orders until the pipe closes."""
    clients = Clients(port, count)
    with suppress(EOFError):
        while True:
            name, arguments = orders.recv()
            try:
                orders.send(getattr(clients, name)(*arguments))
            except Exception as fault:  # noqa: BLE001 told to the process that asked
                orders.send(fault)
    clients.close()


class Generator:
    """The generator's process, seen from the bench."""

    def __init__(self, port: int, clients: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._orders, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(port, clients, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def prepare(self, visits: Sequence[Visit]) -> None:
        """See Clients.prepare."""
        self._order("prepare", visits)

    def confirm(self, bookings: int) -> Measured:
        """See Clients.confirm."""
        return self._measured("confirm", bookings)

    def book_the_reference(self, bookings: int) -> Measured:
        """See Clients.book_the_reference."""
        return self._measured("book_the_reference", bookings)

    def rush(self, attempts: Sequence[Arrived]) -> Measured:
        """See Clients.rush."""
        return self._measured("rush", attempts)

    def read(self, path: str, pages: int, words: str) -> Measured:
        """See Clients.read."""
        return self._measured("read", path, pages, words)

    def stop(self) -> None:
        """End the process."""
        self._orders.close()
        self._process.join(timeout=10)

    def _measured(self, name: str, *arguments: object) -> Measured:
        answer = self._order(name, *arguments)
        if not isinstance(answer, Measured):
            raise TypeError(name)
        return answer

    def _order(self, name: str, *arguments: object) -> object:
        self._orders.send((name, arguments))
        answer = self._orders.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer
