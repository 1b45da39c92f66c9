"""Leading the month: two players, one for each zone, day by day; in the evening the files are carried from one to the other."""

import contextlib
import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from madoguchi.platform.language import Sentence
from madoguchi.platform.verbs import Progress, Refusal
from madoguchi.zones.configuration import ZONES, Zone, ZoneFolder, cluster_of
from madoguchi.zones.month import books, played_time
from madoguchi.zones.month.plan import Plan
from madoguchi.zones.serving import zone_environment

_WEDNESDAY = 2
_BOOKINGS, _TARGETS, _RESULTS = "bookings", "targets", "results"


class Player:
    """One zone's process: told what to do, it answers when it is done."""

    def __init__(self, zone: Zone, part: str, data: Path, plan: Plan, log: BinaryIO) -> None:
        self.zone = zone
        self._log = Path(log.name)
        self._process = subprocess.Popen(  # noqa: S603 this program itself
            [sys.executable, "-m", "madoguchi.zones.command", "zone", "play", zone],
            env={**os.environ, **zone_environment(data, zone)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        self.say({"part": part, "seed": plan.seed, "cards": plan.cards, "today": f"{plan.today}"})

    def say(self, told: dict[str, object]) -> None:
        """Tell the player something that it does not answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(told, ensure_ascii=False) + "\n")
        self._process.stdin.flush()

    def ask(self, do: str, **told: object) -> dict[str, Any]:
        """Let the player do something and return what it says of it. Raises Refusal when the player is gone."""
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self.say({"do": do, **told})
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            raise Refusal(Sentence("再生が止まりました ({zone}: {act})。記録: {log}", zone=self.zone, act=do, log=self._log))
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        """Let the player's process end."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=10)
        self._process.kill()
        self._process.wait()


def _spoilt(file: Path) -> str:
    """Return a copy of a sealed file in which one byte was lost on the way."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    copy = file.with_name(f"{file.stem}_damaged{file.suffix}")
    copy.write_bytes(content)
    return str(copy)


@dataclass
class Month:
    """The two players, the folder that stands for the medium between them, and what was counted on the way."""

    plan: Plan
    delivery: Player
    counters: Player
    booking: Player
    medium: Path
    letters: list[list[str]] = field(default_factory=list)
    handed_in_wrongly: int = 0
    refused: int = 0

    def play(self, progress: Progress) -> None:
        """Play every day: both zones at the same time, then the evening's files."""
        with ThreadPoolExecutor(3) as pool:
            for number, day in enumerate(self.plan.days):
                progress.advance(number, len(self.plan.days), Sentence("{day:%Y年%m月%d日} を再生しています", day=day))
                begun = (
                    pool.submit(self.delivery.ask, "day", day=f"{day}"),
                    pool.submit(self.counters.ask, "day", day=f"{day}"),
                    pool.submit(self.booking.ask, "day", day=f"{day}", letters=self.letters),
                )
                in_the_office, *_elsewhere = [one.result() for one in begun]
                self.letters = [[serial, code, f"{day}"] for serial, code in in_the_office["letters"]]
                self._evening(day)
        progress.advance(len(self.plan.days), len(self.plan.days), Sentence("帳簿を確かめています"))

    def _evening(self, day: dt.date) -> None:
        for player in (self.delivery, self.counters, self.booking):
            player.ask("evening", day=f"{day}")
        self.delivery.ask("reconcile", day=f"{day}")
        for kind in (_TARGETS, _RESULTS):
            self._carry(kind, self.delivery, self.booking, spoils=kind == _TARGETS and day.weekday() == _WEDNESDAY)
        self.booking.ask("close", day=f"{day}")
        self._carry(_BOOKINGS, self.booking, self.delivery)

    def _carry(self, kind: str, sender: Player, receiver: Player, *, spoils: bool = False) -> None:
        """Carry one file over, and its receipt back; with `spoils` a damaged copy comes before it, and it comes a second time."""
        sealed = sender.ask("seal", type=kind, folder=str(self.medium))
        if spoils:
            self._expect_refusal(receiver, _spoilt(Path(sealed["file"])))
        taken = receiver.ask("open", file=sealed["file"], folder=str(self.medium))
        if taken["refusal"]:
            raise Refusal(Sentence("ファイル {file} が拒否されました ({code})。", file=Path(sealed["file"]).name, code=taken["refusal"]))
        sender.ask("open", file=taken["receipt"], folder=str(self.medium))
        if spoils:
            self._expect_refusal(receiver, sealed["file"])
        for path in (sealed["file"], taken["receipt"]):
            Path(path).unlink(missing_ok=True)

    def _expect_refusal(self, receiver: Player, file: str) -> None:
        """Hand in a file that must be refused, and count that it was."""
        self.handed_in_wrongly += 1
        answer = receiver.ask("open", file=file, folder=str(self.medium))
        self.refused += bool(answer["refusal"])

    def prove(self) -> tuple[list[books.Book], dict[str, object]]:
        """Return the books of both zones, and what was counted."""
        counted: dict[str, object] = {}
        for player in (self.delivery, self.counters, self.booking):
            counted |= player.ask("counted")["counted"]
        told = [player.ask("books", counted=counted) for player in (self.delivery, self.booking)]
        found = [book for one in told for book in books.read(one["books"])]
        wrong = Sentence("受け渡し: 壊れたファイルと二度目のファイル = 拒否")
        return [*found, books.Book(wrong, self.handed_in_wrongly, self.refused)], counted


def play_month(data: Path, plan: Plan, progress: Progress) -> tuple[list[books.Book], dict[str, object]]:
    """Play the month in both zones of a demo that is set up and empty; return its books and what was counted.

    Raises Refusal when a player stops; the databases' clocks are the real ones again in any case.
    """
    medium = data / "demo-medium"
    medium.mkdir(exist_ok=True)
    with _players(data, plan) as (delivery, counters, booking):
        month = Month(plan, delivery, counters, booking, medium)
        month.play(progress)
        found = month.prove()
        delivery.ask("end")
        return found


@contextlib.contextmanager
def _players(data: Path, plan: Plan) -> Iterator[tuple[Player, Player, Player]]:
    log = data / "log"
    log.mkdir(exist_ok=True)
    with contextlib.ExitStack() as stack:
        for zone in ZONES:
            dsn = cluster_of(data).dsn(ZoneFolder(data, zone).read().database)
            played_time.begin(dsn)
            stack.callback(played_time.end, dsn)

        def player(zone: Zone, part: str) -> Player:
            made = Player(zone, part, data, plan, stack.enter_context((log / f"month-{part}.log").open("wb")))
            stack.callback(made.end)
            return made

        booking, office = player("booking", "booking"), player("delivery", "office")
        # The counters need the accounts and places that the office makes first.
        office.ask("furnished")
        yield office, player("delivery", "counters"), booking
