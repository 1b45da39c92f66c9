"""`madoguchi demo`: a municipality that does not exist, both zones running, its mail caught in a mailbox page."""

import argparse
import contextlib
import datetime as dt
import http.client
import json
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller

from madoguchi.booking.notices.mailbox import MailboxFolder
from madoguchi.platform import clock
from madoguchi.platform.language import Sentence, say
from madoguchi.platform.verbs import Outcome, Progress, Refusal
from madoguchi.zones.command import required_data
from madoguchi.zones.configuration import ZONES, ZoneFolder, cluster_of
from madoguchi.zones.month import books
from madoguchi.zones.month.plan import CARDS, LARGEST, SMALLEST, Plan
from madoguchi.zones.month.playing import play_month
from madoguchi.zones.serving import Supervisor, require_free, supervised, web_server, worker_environment, zone_environment
from madoguchi.zones.setting_up import alone_in, run_verb, set_up

MUNICIPALITY = "142051"
FURNISHED = "demo-furnished"
MONTH = "demo-month.json"
# A busy machine starts slowly; a zone that ended is noticed at once.
_PATIENCE_SECONDS = 240


def run(arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Make the demo municipality if there is none, serve both zones until stopped, and say READY when everything answers."""
    data, host, port = required_data(arguments), arguments.host, arguments.port
    addresses = {
        "booking": f"http://{host}:{port}/",
        "delivery": f"http://{host}:{port + 1}/",
        "desk": f"http://{host}:{port}/desk/",
    }
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Refusal(Sentence("フォルダーを作れません: {data} ({strerror})", data=data, strerror=error.strerror)) from None
    with contextlib.ExitStack() as stack, contextlib.suppress(KeyboardInterrupt):
        stack.enter_context(alone_in(data))
        require_free(host, port, port + 1)
        stack.enter_context(cluster_of(data).running())
        mail_port = stack.enter_context(mailbox(ZoneFolder(data, "booking").path / "mailbox"))
        url = addresses["booking"].rstrip("/")
        if arguments.month:
            proved = make_month(data, progress, url, host, mail_port, plan_of(arguments))
            if arguments.play_only:
                return proved
            sys.stderr.writelines(f"{say(line)}\n" for line in proved.lines)
        else:
            make_municipality(data, progress, url)
        adjust_zone_files(data, host, url, mail_port)
        supervisor = stack.enter_context(supervised())
        start_processes(supervisor, data, host, port)
        wait_until_all_answer(supervisor, list(addresses.values()), data)
        announce(addresses, data)
        raise Refusal(Sentence("{process} が止まったので終わります。記録: {log}", process=supervisor.wait(), log=data / "log"))
    return Outcome({"data": str(data)}, [Sentence("試用を終わりました。")])


def make_municipality(data: Path, progress: Progress, public_url: str) -> None:
    """Set up both zones and furnish them; a start that was cut off begins again where nothing had been made."""
    if not all(ZoneFolder(data, zone).exists() for zone in ZONES):
        set_up(data, MUNICIPALITY, progress, demo=True, public_url=public_url)
    furnish(data, progress)


def furnish(data: Path, progress: Progress) -> None:
    """Give both zones invented people, cards, places and accounts where they have none yet."""
    steps = ("delivery", "booking", "delivery-letters", "exchange")
    if (data / FURNISHED).exists():
        return
    progress.advance(0, len(steps), Sentence("見本の市民とカードを作っています"))
    run_verb(data, "zone", "furnish", "delivery")
    progress.advance(1, len(steps), Sentence("見本の場所と予約枠を作っています"))
    run_verb(data, "zone", "furnish", "booking")
    progress.advance(2, len(steps), Sentence("交付案内を作っています"))
    papers = data / "demo-papers"
    papers.mkdir(exist_ok=True)
    run_verb(data, "delivery", "letters", "print", "--kind", "notice", "--state", "preset", "--out", str(papers / "notices.pdf"))
    progress.advance(3, len(steps), Sentence("予約管理へファイルを渡しています"))
    sealed = json.loads(run_verb(data, "delivery", "exchange", "export", "targets", "--out", str(papers)))
    run_verb(data, "booking", "exchange", "import", sealed["file"])
    (data / FURNISHED).touch()
    progress.advance(len(steps), len(steps), Sentence("見本の市ができました"))


def plan_of(arguments: argparse.Namespace) -> Plan:
    """Return the month that is asked for; raises Refusal for a number of cards that cannot be played."""
    cards = CARDS if arguments.cards is None else arguments.cards
    if not SMALLEST <= cards <= LARGEST:
        raise Refusal(Sentence("--cards は {smallest} から {largest} までの枚数です。", smallest=SMALLEST, largest=LARGEST))
    return Plan(arguments.seed, cards, clock.today())


def make_month(data: Path, progress: Progress, public_url: str, host: str, mail_port: int, plan: Plan) -> Outcome:
    """Set up both zones at the beginning of the month and play it; a later start finds it played and only shows its books again.

    Raises Refusal for a folder with another demo or a month that was cut off, and when a book does not balance.
    """
    kept = data / MONTH
    if not kept.exists():
        if any(ZoneFolder(data, zone).exists() for zone in ZONES):
            raise Refusal(
                Sentence(
                    "このフォルダーには別の試用があるか、再生の途中で止まっています: {data}。消すか、別のフォルダーを指定してください。",
                    data=data,
                )
            )
        set_up(data, MUNICIPALITY, progress, demo=True, public_url=public_url, played_from=plan.begins - dt.timedelta(hours=1))
        adjust_zone_files(data, host, public_url, mail_port)
        found, counted = play_month(data, plan, progress)
        draft = kept.with_suffix(".new")
        draft.write_text(
            json.dumps({"books": [book.as_told() for book in found], "counted": counted}, ensure_ascii=False), encoding="utf-8"
        )
        draft.replace(kept)
        (data / FURNISHED).touch()
    told = json.loads(kept.read_text(encoding="utf-8"))
    found = books.read(told["books"])
    result = {"books": [book.as_json() for book in found], "counted": told["counted"]}
    wrong = [book for book in found if not book.balances]
    if wrong:
        sys.stderr.writelines(f"{line}\n" for line in books.table(found))
        raise Refusal(
            Sentence("合わない帳簿が {number} あります: {names}", number=len(wrong), names="、".join(book.name for book in wrong)), result
        )
    return Outcome(result, [*books.table(found), Sentence("{number} の帳簿がすべて合いました。", number=len(found))])


@contextlib.contextmanager
def mailbox(folder: Path) -> Iterator[int]:
    """Catch every mail of the demo in `folder`; yields the port of the mail server."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        # The controller calls itself up at start, so it must know its port beforehand.
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = Controller(MailboxFolder(folder), hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield port
    finally:
        server.stop()


def adjust_zone_files(data: Path, host: str, public_url: str, mail_port: int) -> None:
    """Write this start's addresses into the zone files: host and ports may differ from the last start's."""
    port, at_home = urlsplit(public_url).port or 0, host in {"127.0.0.1", "localhost", "::1"}
    for number, zone in enumerate(ZONES):
        folder = ZoneFolder(data, zone)
        known = folder.read()
        # Browsers let nobody use an authenticator at an IP address.
        staff_address = f"http://localhost:{port + number}" if at_home else ""
        hosts = tuple(dict.fromkeys((*known.hosts, host)))
        folder.write(
            replace(
                known,
                hosts=hosts,
                public_url=public_url,
                staff_address=staff_address,
                mail_port=mail_port,
                mail_from="yoyaku@madoguchi.example",
            )
        )


def start_processes(supervisor: Supervisor, data: Path, host: str, port: int) -> None:
    """Start web server and worker of both zones; what they say goes to DATA/log."""
    log = data / "log"
    log.mkdir(exist_ok=True)
    for number, zone in enumerate(ZONES):
        environment = zone_environment(data, zone)
        supervisor.start(f"web-{zone}", web_server(zone, host, port + number, workers=1), environment, log / f"web-{zone}.log")
        supervisor.start(
            f"worker-{zone}",
            [sys.executable, "-m", "madoguchi.zones.command", "work", zone],
            worker_environment(data, zone, host, port + number),
            log / f"worker-{zone}.log",
            again=True,
        )


def wait_until_all_answer(supervisor: Supervisor, addresses: list[str], data: Path) -> None:
    """Return when every address answers an anonymous GET with 200; refuse when a process ends or time runs out."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    waiting = list(addresses)
    while waiting:
        if (name := supervisor.ended()) is not None:
            raise Refusal(
                Sentence(
                    "{name} を始められません。番号 (--port) が使用中かもしれません。記録: {log}.log", name=name, log=data / "log" / name
                )
            )
        waiting = [address for address in waiting if not _answers(address)]
        if waiting and time.monotonic() > deadline:
            raise Refusal(
                Sentence(
                    "{patience_seconds} 秒待っても答えません: {waiting}。記録: {log}",
                    patience_seconds=_PATIENCE_SECONDS,
                    waiting=", ".join(waiting),
                    log=data / "log",
                )
            )
        time.sleep(0.2 if waiting else 0)


def _answers(address: str) -> bool:
    host, _, path = address.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=5)
    try:
        connection.request("GET", "/" + path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def announce(addresses: dict[str, str], data: Path) -> None:
    """Print READY and SIGNIN lines, flushed, each at the start of a line."""
    sys.stderr.flush()
    lines = [f"READY booking={addresses['booking']} delivery={addresses['delivery']} desk={addresses['desk']}"]
    lines += (data / "demo-signin.txt").read_text(encoding="utf-8").splitlines()
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
