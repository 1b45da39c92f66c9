"""Fixtures of the system tests: both zones running as `madoguchi demo` runs them, and a real browser."""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

# The shell is the same engine without what a person at a desktop needs; it costs a good deal less where it is there.
CHROMIUM = shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
CHROMIUM_FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
START_SECONDS = 600
# How long a test waits for what must come: a busy machine is no fault of the product, and what is there at once costs nothing.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slow tests first, so that no worker still has one when the others have ended, and the browser's last, the longest walk first.

    The browser's driver leaves the thread of its worker with an event loop that counts as running, in which neither a database nor another
    loop can be used: every other test must have had its turn by then.
    """

    strays = [item.nodeid for item in items if item.get_closest_marker("browser") and "browser" not in item.path.parts]
    if strays:
        raise pytest.UsageError(f"tests that drive a browser belong to tests/browser, where they are looked for: {strays}")

    def turn(item: pytest.Item) -> int:
        if item.get_closest_marker("browser") is None:
            return 0 if item.get_closest_marker("slow") else 1
        return 2 if item.path.name == "test_every_page.py" else 3

    items.sort(key=turn)


@dataclass
class RunningDemo:
    """A demo municipality that serves: its addresses and who can sign in."""

    data: Path
    process: subprocess.Popen[str]
    booking: str = ""
    delivery: str = ""
    desk: str = ""
    readers: list[threading.Thread] = field(default_factory=list)
    citizens: list[dict[str, str]] = field(default_factory=list)
    staff: dict[str, dict[str, str]] = field(default_factory=dict)

    def read(self, line: str) -> None:
        """Take in one READY or SIGNIN line."""
        values = dict(re.findall(r"(\w+)=(\S+)", line))
        if line.startswith("READY "):
            self.booking, self.delivery, self.desk = values["booking"], values["delivery"], values["desk"]
        elif line.startswith("SIGNIN citizen "):
            self.citizens.append(values)
        elif line.startswith("SIGNIN "):
            self.staff[line.split()[1]] = values


def free_ports() -> int:
    """Return a port that is free together with the one after it.

    Below the range from which the system gives ports to outgoing connections: between this answer and the demo's first listen lie many
    seconds in which such a connection could take it.
    """
    while True:
        port = random.randrange(20_000, 32_000, 2)
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def start_demo(data: Path, port: int, *words: str) -> RunningDemo:
    """Start `madoguchi demo` (with further `words`) and return when it has said READY and the last SIGNIN line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "madoguchi.zones.command", "demo", "--data", str(data), "--port", str(port), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "MADOGUCHI_FSYNC": "off"},
    )
    demo = RunningDemo(data, process)
    said: list[str] = []
    assert process.stdout is not None
    assert process.stderr is not None
    demo.readers.append(threading.Thread(target=said.extend, args=(process.stderr,), daemon=True))
    demo.readers[0].start()
    ended = threading.Timer(START_SECONDS * (6 if "--month" in words else 1), process.kill)
    ended.start()
    for line in process.stdout:
        demo.read(line)
        if "auditor" in demo.staff:
            ended.cancel()
            # Whatever comes later must not fill the pipe.
            demo.readers.append(threading.Thread(target=process.stdout.read, daemon=True))
            demo.readers[1].start()
            return demo
    ended.cancel()
    raise AssertionError("the demo ended before it was ready:\n" + "".join(said)[-4000:])


def stop_demo(demo: RunningDemo) -> float:
    """End the demo as a service manager would; return the seconds that it took."""
    began = time.monotonic()
    demo.process.send_signal(signal.SIGTERM)
    demo.process.wait(timeout=60)
    took = time.monotonic() - began
    for reader in demo.readers:
        reader.join(timeout=5)
    for pipe in (demo.process.stdout, demo.process.stderr):
        if pipe is not None:
            pipe.close()
    return took


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """A demo municipality for all browser tests of this worker."""
    running = start_demo(tmp_path_factory.mktemp("demo") / "data", free_ports())
    yield running
    stop_demo(running)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A citizen's telephone: 390 px wide, Japanese."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP", timezone_id="Asia/Tokyo")
    yield _watched_page(context)
    context.close()


@pytest.fixture
def phone_without_javascript(browser: Browser) -> Iterator[Page]:
    """The same telephone with JavaScript switched off."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="ja-JP", timezone_id="Asia/Tokyo", java_script_enabled=False
    )
    yield _watched_page(context)
    context.close()


@pytest.fixture
def desktop(browser: Browser) -> Iterator[Page]:
    """A clerk's terminal: 1366 px wide, Japanese."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="ja-JP", timezone_id="Asia/Tokyo")
    yield _watched_page(context)
    context.close()


def _watched_page(context: BrowserContext) -> Page:
    """Return a page of `context` on which a broken promise of the browser's console (CSP, errors) fails the test."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("pageerror", lambda error: pytest.fail(f"script error on {page.url}: {error}"))
    page.on("console", lambda message: _no_violation(page, message.text))
    return page


def _no_violation(page: Page, text: str) -> None:
    if "Content Security Policy" in text:
        pytest.fail(f"CSP violation on {page.url}: {text}")
