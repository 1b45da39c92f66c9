"""Run as a process of its own: people who book and cancel through the public pages, over HTTP, until the stop file appears.

    python tests/booking_load/browsers.py TOWN.json PORT HISTORY STOP NUMBER OF

Each line of the history says what a person asked for and what was answered; a line is written at once and never in part. A person whose
answer was lost asks again with the same key, as a browser's reload would.
"""

import http.client
import json
import os
import random
import re
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

THREADS = 4
HOLD_KEY = re.compile(r'name="hold" value="([0-9a-f-]{36})"')
NUMBER = re.compile(r'class="ticket-number">([0-9]{10})<')
LOST = (OSError, http.client.HTTPException)


class Stopped(Exception):
    """The run is over."""


@dataclass
class Answer:
    """What came back."""

    status: int
    location: str
    page: str


@dataclass
class History:
    """The common file of all processes; every event is one write at its end."""

    path: Path

    def __post_init__(self) -> None:
        self.descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(self, event: str, **values: object) -> None:
        os.write(self.descriptor, (json.dumps({"event": event, **values}) + "\n").encode())


@dataclass
class Person:
    """One citizen with an own browser: its cookies, and whether a booking is known to stand."""

    serial: str
    port: int
    stop: Path
    history: History
    town: dict[str, str]
    cookies: dict[str, str] = field(default_factory=dict)
    booked: str = ""

    def ask(self, path: str, form: dict[str, str] | None = None) -> Answer:
        """Send one request and return the answer; raises one of LOST when there is none."""
        if self.stop.exists():
            raise Stopped
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
            body = None
            if form is not None:
                body = urlencode({**form, "csrfmiddlewaretoken": self.cookies.get("madoguchi_booking_csrf", "")})
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request("GET" if form is None else "POST", path, body, headers)
            response = connection.getresponse()
            page = response.read().decode()
            for cookie in response.headers.get_all("Set-Cookie") or ():
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            if response.status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
                self.history.note("trouble", status=response.status, path=path)
            return Answer(response.status, response.headers.get("Location", ""), page)
        finally:
            connection.close()

    def insist(self, path: str, form: dict[str, str] | None = None) -> Answer:
        """Ask until there is an answer that is one: a lost connection or a server's trouble says nothing about what was done."""
        while True:
            try:
                answer = self.ask(path, form)
                if answer.status < http.HTTPStatus.INTERNAL_SERVER_ERROR:
                    return answer
            except LOST:
                pass
            time.sleep(0.25)

    def identify(self) -> None:
        """Prove the booking number and choose the place."""
        self.cookies.clear()
        self.insist("/book/")
        proof = {"booking_id": self.serial, "code": self.town["code"], "birthday": self.town["mmdd"]}
        answer = self.insist("/book/", proof)
        if answer.status != http.HTTPStatus.SEE_OTHER and answer.status != http.HTTPStatus.FOUND:
            raise RuntimeError(f"identify: {answer.status}")
        self.insist("/book/place/", {"place": self.town["place"]})

    def book(self, slot: int) -> None:
        """Hold a time, confirm it, and read the number."""
        if "madoguchi_booking_draft" not in self.cookies:
            self.identify()
        held = self.insist(f"/book/time/?day={self.town['day']}", {"slot": str(slot)})
        if not held.location.endswith("/book/contact/"):
            self.history.note("not held", serial=self.serial, status=held.status)
            if held.status == http.HTTPStatus.GONE:
                self.cookies.clear()
            return
        shown = HOLD_KEY.search(self.insist("/book/check/").page)
        if shown is None:
            return
        key = shown[1]
        self.history.note("asked to confirm", serial=self.serial, key=key)
        confirmed = self.insist("/book/check/", {"hold": key})
        if not confirmed.location.endswith("/book/done/"):
            self.history.note("not confirmed", serial=self.serial, key=key, status=confirmed.status)
            return
        self.history.note("confirmed", serial=self.serial, key=key)
        self.booked = key
        number = NUMBER.search(self.insist("/book/done/").page)
        if number is not None:
            self.history.note("number", serial=self.serial, key=key, number=number[1])

    def cancel(self) -> None:
        """Give the booking back."""
        key, self.booked = self.booked, ""
        self.history.note("asked to cancel", serial=self.serial, key=key)
        answer = self.insist("/manage/cancel/", {})
        if answer.location.endswith("/manage/cancelled/"):
            self.history.note("cancelled", serial=self.serial, key=key)

    def act(self, chance: random.Random, slots: list[int]) -> None:
        """Book, or cancel what is booked."""
        if self.booked:
            self.cancel()
        else:
            self.book(chance.choice(slots))


def live(people: list[Person], slots: list[int], seed: int) -> None:
    """Let one thread's people act in random order until the run is over."""
    chance = random.Random(seed)
    try:
        while True:
            chance.choice(people).act(chance, slots)
    except Stopped:
        return
    except Exception as fault:  # noqa: BLE001 the test reads it from the history
        people[0].history.note("broken", fault=repr(fault))


def main() -> None:
    """Share the people out among this process's threads."""
    town = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    port, history, stop = int(sys.argv[2]), History(Path(sys.argv[3])), Path(sys.argv[4])
    process, processes = int(sys.argv[5]), int(sys.argv[6])
    lanes = processes * THREADS
    threads = []
    for lane in range(process * THREADS, (process + 1) * THREADS):
        people = [Person(serial, port, stop, history, town) for serial in town["serials"][lane::lanes]]
        threads.append(threading.Thread(target=live, args=(people, town["slots"], lane)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
