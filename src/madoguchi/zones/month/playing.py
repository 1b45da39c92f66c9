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

_BOOKINGS, _TARGETS, _RESULTS = "bookings", "targets", "results"


class Player:
    """One zone's process: told what to do, it answers when it is done."""

    def __init__(self, zone: Zone, data: Path, log: BinaryIO) -> None:
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


@dataclass
class Month:
    """The two players, the folder that stands for the medium between them, and what was counted on the way."""

    plan: Plan
    delivery: Player
    booking: Player
    medium: Path
    letters: list[list[str]] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)

    def play(self, progress: Progress) -> None:
        """Play every day: both zones at the same time, then the evening's files."""
        with ThreadPoolExecutor(2) as pool:
            for number, day in enumerate(self.plan.days):
                progress.advance(number, len(self.plan.days), Sentence("{day:%Y年%m月%d日} を再生しています", day=day))
                begun = (
                    pool.submit(self.delivery.ask, "day", day=f"{day}"),
                    pool.submit(self.booking.ask, "day", day=f"{day}", letters=self.letters),
                )
                in_the_office, _on_the_site = (one.result() for one in begun)
                self.letters = [[serial, code, f"{day}"] for serial, code in in_the_office["letters"]]
                self._evening(day)
        progress.advance(len(self.plan.days), len(self.plan.days), Sentence("帳簿を確かめています"))

    def _evening(self, day: dt.date) -> None:
        for player in (self.delivery, self.booking):
            player.ask("evening", day=f"{day}")
        for kind in (_TARGETS, _RESULTS):
            self._carry(kind, self.delivery, self.booking)
        self.booking.ask("close", day=f"{day}")
        self._carry(_BOOKINGS, self.booking, self.delivery)

    def _carry(self, kind: str, sender: Player, receiver: Player) -> None:
        """Carry one file over, and its receipt back."""
        sealed = sender.ask("seal", type=kind, folder=str(self.medium))
        taken = self._hand_in(receiver, sealed["file"])
        if taken["refusal"]:
            raise Refusal(Sentence("ファイル {file} が拒否されました ({code})。", file=Path(sealed["file"]).name, code=taken["refusal"]))
        self._hand_in(sender, taken["receipt"])
        for path in (sealed["file"], taken["receipt"]):
            Path(path).unlink(missing_ok=True)

    def _hand_in(self, receiver: Player, file: str) -> dict[str, Any]:
        answer = receiver.ask("open", file=file, folder=str(self.medium))
        if answer["refusal"]:
            self.refused[answer["refusal"]] = self.refused.get(answer["refusal"], 0) + 1
        return answer

    def prove(self) -> tuple[list[books.Book], dict[str, object]]:
        """Return the books of both zones, and what was counted."""
        told = [player.ask("books") for player in (self.delivery, self.booking)]
        counted = {**told[0]["counted"], **told[1]["counted"]}
        return [book for one in told for book in books.read(one["books"])], counted


def play_month(data: Path, plan: Plan, progress: Progress) -> tuple[list[books.Book], dict[str, object]]:
    """Play the month in both zones of a demo that is set up and empty; return its books and what was counted.

    Raises Refusal when a player stops; the databases' clocks are the real ones again in any case.
    """
    medium = data / "demo-medium"
    medium.mkdir(exist_ok=True)
    with _players(data, plan) as (delivery, booking):
        month = Month(plan, delivery, booking, medium)
        month.play(progress)
        found = month.prove()
        for player in (delivery, booking):
            player.ask("end")
        return found


@contextlib.contextmanager
def _players(data: Path, plan: Plan) -> Iterator[tuple[Player, Player]]:
    log = data / "log"
    log.mkdir(exist_ok=True)
    with contextlib.ExitStack() as stack:
        players = dict[str, Player]()
        for zone in ZONES:
            dsn = cluster_of(data).dsn(ZoneFolder(data, zone).read().database)
            played_time.begin(dsn)
            stack.callback(played_time.end, dsn)
        for zone in ZONES:
            players[zone] = Player(zone, data, stack.enter_context((log / f"month-{zone}.log").open("wb")))
            stack.callback(players[zone].end)
            players[zone].say({"seed": plan.seed, "cards": plan.cards, "today": f"{plan.today}"})
        yield players["delivery"], players["booking"]
