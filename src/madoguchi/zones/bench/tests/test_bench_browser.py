import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from madoguchi.zones.bench.booking_clients import Answer, Browser, Clients, Unexpected, Visit, walk_to_the_last_step

VISIT = Visit("A0A000001", "12345674", "0908", "main", "2026-12-07", 1)


class Pages(BaseHTTPRequestHandler):
    """A server of two pages that keeps connections open, counts them, and hangs up when told to."""

    protocol_version = "HTTP/1.1"
    connections = 0
    posted: list[tuple[str, str]] = []

    def setup(self) -> None:
        type(self).connections += 1
        super().setup()

    def do_GET(self) -> None:
        self.answer(200, '<input name="csrfmiddlewaretoken" value="secret">', {"Set-Cookie": "csrf=abc; Path=/; HttpOnly"})
        self.close_connection = self.path == "/hang-up"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.posted.append((body, self.headers["Cookie"]))
        if self.path == "/bench/reference/":
            self.answer(500 if "slot=3" in body else 200, "", {})
        else:
            self.answer(302, "", {"Location": "/elsewhere/"})

    def answer(self, status: int, body: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body.encode()))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    Pages.connections, Pages.posted = 0, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_browser_keeps_cookie_token_and_connection(port: int) -> None:
    browser = Browser(port)
    browser.get("/")
    assert browser.post("/next", 予約="はい") == Answer(302, "/elsewhere/", "")
    assert Pages.posted == [("csrfmiddlewaretoken=secret&%E4%BA%88%E7%B4%84=%E3%81%AF%E3%81%84", "csrf=abc")]
    assert Pages.connections == 1
    browser.close()


def test_the_browser_comes_back_when_the_server_hung_up(port: int) -> None:
    browser = Browser(port)
    browser.get("/hang-up")
    assert browser.get("/").status == 200
    assert Pages.connections == 2
    browser.close()


def test_a_way_that_leads_elsewhere_is_noticed(port: int) -> None:
    browser = Browser(port)
    with pytest.raises(Unexpected):
        walk_to_the_last_step(browser, VISIT)
    browser.close()


def test_a_fault_in_one_client_reaches_the_bench(port: int) -> None:
    clients = Clients(port, 2)
    with pytest.raises(Unexpected):
        clients.prepare([VISIT, VISIT, VISIT])
    clients.close()


def test_every_answer_is_timed_and_server_errors_are_told(port: int) -> None:
    clients = Clients(port, 2)
    measured = clients.book_the_reference(4)
    clients.close()
    assert (len(measured.latencies), len(measured.acknowledged), measured.refused) == (4, 3, 1)
    assert measured.server_errors == ["500 /bench/reference/"]
