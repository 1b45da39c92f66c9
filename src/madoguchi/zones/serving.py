"""Running a zone's processes: the web server, the worker, and the supervision of both."""

import argparse
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from madoguchi.platform.language import Sentence, say
from madoguchi.platform.verbs import Outcome, Progress, Refusal
from madoguchi.zones.command import existing_cluster, required_data
from madoguchi.zones.configuration import DATA_VARIABLE, PROBE_VARIABLE, ROLE_VARIABLE, ZONE_VARIABLE, Zone, ZoneFolder

THREADS_PER_WORKER = 4
_GRACE_SECONDS = 12
_DEATH_SIGNAL_OPTION = 1
# A child that begins again waits longer each time that it soon ends; when it does nothing but end, the others end with it.
_SHORT_LIFE_SECONDS = 60
_SHORT_LIVES = 10
_LONGEST_PAUSE_SECONDS = 30


def _end_with_the_parent() -> None:
    """In the child: end when the supervising process is gone, however it went."""
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL_OPTION, signal.SIGTERM)


def _started(words: Sequence[str], environment: Mapping[str, str], log: Path | None) -> subprocess.Popen[bytes]:
    with contextlib.ExitStack() as stack:
        output = stack.enter_context(log.open("ab")) if log else None
        return subprocess.Popen(  # noqa: S603 own program
            words,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            preexec_fn=_end_with_the_parent,  # noqa: PLW1509 no threads that hold locks here
            start_new_session=True,
        )


@dataclass
class _Lives:
    """How a child begins again, and how it fared so far."""

    begin: Callable[[], subprocess.Popen[bytes]]
    begun: float
    short: int = 0
    due: float | None = None


class Supervisor:
    """Child processes that live and end together."""

    def __init__(self) -> None:
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self._lives: dict[str, _Lives] = {}

    def start(
        self, name: str, words: Sequence[str], environment: Mapping[str, str], log: Path | None = None, *, again: bool = False
    ) -> None:
        """Start `words` as the child `name`; its output goes to `log`, else to this process's.

        `again`: `wait` starts it anew when it ends, as a worker does whose database was restarted. The web servers see to their own.
        """

        def begin() -> subprocess.Popen[bytes]:
            return _started(words, environment, log)

        self.children[name] = begin()
        if again:
            self._lives[name] = _Lives(begin, time.monotonic())

    def ended(self) -> str | None:
        """Return the name of a child that has ended, if any has."""
        return next((name for name, child in self.children.items() if child.poll() is not None), None)

    def wait(self) -> str:
        """Wait until a child has ended that does not begin again, and return its name."""
        while True:
            for name, child in tuple(self.children.items()):
                if child.poll() is not None and not self._begins_again(name):
                    return name
            time.sleep(0.2)

    def _begins_again(self, name: str) -> bool:
        """Start the ended child `name` anew when its pause is over. Tells whether it lives on, be it after the pause."""
        if (lives := self._lives.get(name)) is None:
            return False
        now = time.monotonic()
        if lives.due is None:
            lives.short = lives.short + 1 if now - lives.begun < _SHORT_LIFE_SECONDS else 1
            if lives.short > _SHORT_LIVES:
                return False
            pause = min(2 ** (lives.short - 1), _LONGEST_PAUSE_SECONDS)
            lives.due = now + pause
            told = Sentence("{process} が止まりました。{seconds} 秒後にもう一度動かします。", process=name, seconds=pause)
            sys.stderr.write(f"{say(told)}\n")
        elif now >= lives.due:
            self.children[name], lives.begun, lives.due = lives.begin(), now, None
        return True

    def stop(self) -> None:
        """End all children: politely, then by force."""
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS
        for child in self.children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()


@contextlib.contextmanager
def supervised() -> Iterator[Supervisor]:
    """Yield a supervisor whose children end with the block."""
    supervisor = Supervisor()
    try:
        yield supervisor
    finally:
        supervisor.stop()


def web_server(zone: Zone, host: str, port: int, workers: int) -> list[str]:
    """Return the words that start the zone's web server: granian, blocking threads, a bounded queue."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", str(THREADS_PER_WORKER), "--backpressure", str(THREADS_PER_WORKER * 16)),
        *("--no-ws", "--respawn-failed-workers", "--log-level", "warning", "--workers-kill-timeout", "8"),
        f"madoguchi.zones.{zone}.wsgi:application",
    ]


def require_free(host: str, *ports: int) -> None:
    """Refuse before anything is made when another program already listens at one of `ports`."""
    for port in ports:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OverflowError:
                raise Refusal(Sentence("--port は 1 から 65535 までの番号です: {port}", port=port)) from None
            except OSError as error:
                raise Refusal(
                    Sentence(
                        "{host} の番号 {port} で待ち受けられません ({strerror})。"
                        "別のプログラムが使っているなら、--port (make demo では PORT=) で別の番号を指定してください。",
                        host=host,
                        port=port,
                        strerror=error.strerror,
                    )
                ) from None


def zone_environment(data: Path, zone: Zone) -> dict[str, str]:
    """Return the environment that makes a process one of `zone`."""
    return {
        DATA_VARIABLE: str(data),
        ZONE_VARIABLE: zone,
        ROLE_VARIABLE: "service",
        "DJANGO_SETTINGS_MODULE": f"madoguchi.zones.{zone}.settings",
    }


def worker_environment(data: Path, zone: Zone, host: str, port: int) -> dict[str, str]:
    """Return the environment of the worker of `zone`: it also knows where the web server beside it answers, to ask it once a minute."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 read, not bound
    address = f"http://[{near}]:{port}/" if ":" in near else f"http://{near}:{port}/"
    return {**zone_environment(data, zone), PROBE_VARIABLE: address}


def _serve(zone: Zone, arguments: argparse.Namespace) -> Outcome:
    data = required_data(arguments)
    folder = ZoneFolder(data, zone)
    if not folder.exists():
        raise Refusal(
            Sentence("データのフォルダーが用意されていません: {data}。先に `madoguchi init --data {data}` を実行してください。", data=data)
        )
    require_free(arguments.host, arguments.port)
    exchange_port: int | None = getattr(arguments, "exchange_port", None)
    if exchange_port is not None:
        require_free(arguments.exchange_host, exchange_port)
    with contextlib.ExitStack() as stack:
        if folder.read().server is None:
            stack.enter_context(existing_cluster(data).running())
        supervisor = stack.enter_context(supervised())
        workers = len(os.sched_getaffinity(0))
        supervisor.start("web", web_server(zone, arguments.host, arguments.port, workers), zone_environment(data, zone))
        environment = worker_environment(data, zone, arguments.host, arguments.port)
        supervisor.start("worker", [sys.executable, "-m", "madoguchi.zones.command", "work", zone], environment, again=True)
        if exchange_port is not None:
            words = ("booking", "exchange", "listen", "--host", arguments.exchange_host, "--port", str(exchange_port))
            supervisor.start("exchange", [sys.executable, "-m", "madoguchi.zones.command", *words], zone_environment(data, zone))
        listening = Sentence(
            "http://{host}:{port}/ で待ち受けています。終えるには Ctrl+C を押してください。", host=arguments.host, port=arguments.port
        )
        sys.stderr.write(f"{say(listening)}\n")
        with contextlib.suppress(KeyboardInterrupt):
            ended = supervisor.wait()
            raise Refusal(Sentence("{ended} が止まったので終わります。記録を見てください。", ended=ended))
    return Outcome({"zone": zone}, [Sentence("終わりました。")])


def run_booking(arguments: argparse.Namespace, _progress: Progress) -> Outcome:
    """Run the booking zone until stopped: web server and worker."""
    return _serve("booking", arguments)


def run_delivery(arguments: argparse.Namespace, _progress: Progress) -> Outcome:
    """Run the delivery zone until stopped: web server and worker."""
    return _serve("delivery", arguments)


def work(_arguments: argparse.Namespace, _progress: Progress) -> Outcome:
    """Run the zone's worker until stopped: mail, long jobs, nightly rules."""
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    connector = app.connector
    if not isinstance(connector, DjangoConnector):
        raise TypeError("the worker needs Django's connector")
    worker = app.with_connector(connector.get_worker_connector())
    worker.run_worker(wait=True, concurrency=4, fetch_job_polling_interval=1.0, shutdown_graceful_timeout=8, delete_jobs="successful")
    return Outcome({"ended": True}, [Sentence("裏方の仕事を終えました。")])
