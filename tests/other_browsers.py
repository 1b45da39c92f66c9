"""Firefox and WebKit as Debian packages them, driven without a package of ours: both speak WebDriver, each over a wire of its own.

Firefox answers on its Marionette port (a length, a colon, JSON). WebKit answers HTTP from WebKitWebDriver, which starts MiniBrowser on a
screen that nobody sees. Only what a short walk needs is here: pages, words, clicks, typing, scripts.
"""

import base64
import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from tests.conftest import free_ports

FIREFOX = "/usr/bin/firefox-esr"
WEBKIT_DRIVER = "/usr/bin/WebKitWebDriver"
SCREEN = "/usr/bin/Xvfb"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
START_SECONDS, PATIENCE_SECONDS = 60, 30
PREFERENCES = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "intl.accept_languages": "ja",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}


class Wire(Protocol):
    """Gives a command of WebDriver (W3C, 2018) to a browser and returns its answer."""

    def tell(self, command: str, **values: Any) -> Any:
        """Carry out `command`; raises RuntimeError when the browser refuses it."""


class Marionette:
    """Firefox's own wire."""

    def __init__(self, port: int) -> None:
        self._socket = _connected(port)
        self._answers = self._socket.makefile("rb")
        self._number = 0
        self._read()

    def close(self) -> None:
        """Let go of the line."""
        self._answers.close()
        self._socket.close()

    def tell(self, command: str, **values: Any) -> Any:
        """Carry out `command`; raises RuntimeError when the browser refuses it."""
        self._number += 1
        order = json.dumps([0, self._number, f"WebDriver:{command}", values]).encode()
        self._socket.sendall(b"%d:%s" % (len(order), order))
        _kind, _number, error, result = self._read()
        if error:
            raise RuntimeError(error["message"])
        return result.get("value", result) if isinstance(result, dict) else result

    def _read(self) -> Any:
        length = b""
        while (sign := self._answers.read(1)) != b":":
            if not sign:
                raise RuntimeError("the browser went away")
            length += sign
        return json.loads(self._answers.read(int(length)))


class Http:
    """WebKitWebDriver's wire: the commands that the walk uses, by their addresses."""

    PATHS = {
        "Navigate": ("POST", "url"),
        "GetTitle": ("GET", "title"),
        "GetCurrentURL": ("GET", "url"),
        "FindElements": ("POST", "elements"),
        "ElementClick": ("POST", "element/{id}/click"),
        "ElementSendKeys": ("POST", "element/{id}/value"),
        "ElementClear": ("POST", "element/{id}/clear"),
        "ExecuteScript": ("POST", "execute/sync"),
        "SetWindowRect": ("POST", "window/rect"),
        "TakeScreenshot": ("GET", "screenshot"),
        "DeleteSession": ("DELETE", ""),
    }

    def __init__(self, port: int, capabilities: dict[str, Any]) -> None:
        self._root = f"http://127.0.0.1:{port}/session"
        opened = self._ask("POST", self._root, {"capabilities": {"alwaysMatch": capabilities}})
        self._root += f"/{opened['sessionId']}"

    def tell(self, command: str, **values: Any) -> Any:
        """Carry out `command`; raises RuntimeError when the browser refuses it."""
        method, path = self.PATHS[command]
        address = f"{self._root}/{path.format(**values)}".rstrip("/")
        return self._ask(method, address, values if method == "POST" else None)

    def _ask(self, method: str, address: str, values: dict[str, Any] | None) -> Any:
        order = urllib.request.Request(
            address,
            method=method,
            data=None if values is None else json.dumps(values).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(order, timeout=START_SECONDS) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as refused:
            raise RuntimeError(json.load(refused)["value"]["message"]) from refused


class Reader:
    """One window of a browser, as wide as a telephone where the browser lets a window be so narrow."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        wire.tell("SetWindowRect", width=420, height=900)

    def open(self, address: str) -> None:
        """Open an address and wait until the page stands."""
        self.wire.tell("Navigate", url=address)

    def evaluate(self, expression: str) -> Any:
        """Return what a script's expression is on this page."""
        return self.wire.tell("ExecuteScript", script=f"return {expression}", args=[])

    def all(self, css: str) -> list[str]:
        """Return the names of all elements that a selector finds."""
        return [element[ELEMENT] for element in self.wire.tell("FindElements", using="css selector", value=css)]

    def fill(self, css: str, words: str) -> None:
        """Type into the first box that a selector finds."""
        box = self.all(css)[0]
        self.wire.tell("ElementClear", id=box)
        self.wire.tell("ElementSendKeys", id=box, text=words)

    def press(self, css: str) -> None:
        """Press the first element to be seen that a selector finds, and stay on the page."""
        found = f"[...document.querySelectorAll({json.dumps(css)})]"
        seen = self.evaluate(f"{found}.findIndex(one => one.checkVisibility())")
        # WebKit's driver does not press what lies below the window.
        self.evaluate(f"{found}[{seen}].scrollIntoView({{block: 'center', behavior: 'instant'}})")
        self.wire.tell("ElementClick", id=self.all(css)[seen])

    def follow(self, css: str) -> None:
        """Press the first element to be seen that a selector finds and wait until another page stands whole."""
        self.evaluate("(window.beforePress = true)")
        self.press(css)
        for _look in range(PATIENCE_SECONDS * 20):
            with contextlib.suppress(RuntimeError):
                if self.evaluate("!window.beforePress && document.readyState === 'complete'"):
                    return
            time.sleep(0.05)
        raise RuntimeError(f"no page came after {css}")

    def picture(self) -> bytes:
        """Return what the window shows, as PNG."""
        shot = self.wire.tell("TakeScreenshot")
        return base64.b64decode(shot)


@contextlib.contextmanager
def firefox(folder: Path) -> Iterator[Reader]:
    """Firefox without a screen, with a new profile in `folder`."""
    port = free_ports()
    preferences = {**PREFERENCES, "marionette.port": port}
    (folder / "user.js").write_text("".join(f'user_pref("{name}", {json.dumps(value)});\n' for name, value in preferences.items()))
    with (
        _running([FIREFOX, "--headless", "--marionette", "--no-remote", "--profile", str(folder)]),
        contextlib.closing(Marionette(port)) as wire,
    ):
        wire.tell("NewSession", capabilities={"alwaysMatch": {}})
        yield Reader(wire)


@contextlib.contextmanager
def webkit(_folder: Path) -> Iterator[Reader]:
    """WebKit's MiniBrowser on a screen that nobody sees."""
    port = free_ports()
    reading, writing = os.pipe()
    with _running([SCREEN, "-displayfd", str(writing), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"], pass_fds=(writing,)):
        os.close(writing)
        with os.fdopen(reading) as said:
            display = said.readline().strip()
        # Its sandbox needs rights that a container does not give; the pages are ours.
        environment = {
            **os.environ,
            "DISPLAY": f":{display}",
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        with _running([WEBKIT_DRIVER, f"--port={port}"], env=environment):
            _connected(port).close()
            (browser,) = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"))[:1]
            wire = Http(port, {"webkitgtk:browserOptions": {"binary": str(browser), "args": ["--automation"]}})
            try:
                yield Reader(wire)
            finally:
                wire.tell("DeleteSession")


BROWSERS = {"firefox": (firefox, (FIREFOX,)), "webkit": (webkit, (WEBKIT_DRIVER, SCREEN))}


def installed() -> list[str]:
    """Return the names of those that this machine has."""
    return [name for name, (_start, programs) in BROWSERS.items() if all(shutil.which(program) for program in programs)]


def _connected(port: int) -> socket.socket:
    """Return a connection to what will soon listen there. Raises RuntimeError when it does not."""
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        with contextlib.suppress(OSError):
            return socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS)
        time.sleep(0.1)
    raise RuntimeError(f"nothing listens on port {port}")


@contextlib.contextmanager
def _running(words: list[str], **options: Any) -> Iterator[None]:
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
        process.kill()
        process.wait()
