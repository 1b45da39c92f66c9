"""The `madoguchi` command: every verb with its words; what a verb does lives in the app that it belongs to.

Exit status: 0 done, 1 refused (nothing changed; with --json the object is printed all the same), 2 wrong usage.
"""

import argparse
import contextlib
import importlib
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

from madoguchi.delivery.cards.rules import Progress as CardProgress
from madoguchi.kernel.purposes import Purpose
from madoguchi.platform.database.cluster import Cluster, ClusterError
from madoguchi.platform.language import Sentence, say, say_within, sentence_of
from madoguchi.platform.secrets import SecretMissing
from madoguchi.platform.verbs import Outcome, Progress, Refusal
from madoguchi.zones.configuration import DATA_VARIABLE, ROLE_VARIABLE, ZONE_VARIABLE, Zone, ZoneFolder, cluster_of

Run = Callable[[argparse.Namespace, Progress], Outcome]


@dataclass(frozen=True)
class Argument:
    """One option or operand of a verb, in argparse's words."""

    names: tuple[str, ...]
    options: dict[str, object]


def argument(*names: str, **options: object) -> Argument:
    """Describe one option or operand."""
    return Argument(names, options)


@dataclass(frozen=True)
class Verb:
    """One leaf of the command: its words, its help, where its function is, and the zone whose database it needs."""

    words: tuple[str, ...]
    help: str
    run: str
    zone: Zone | None
    arguments: tuple[Argument, ...] = ()
    role: str = "service"


PORT = argument("--port", type=int, default=8001, help="番号 (既定 8001; 交付管理はその次の番号)")
HOST = argument("--host", default="127.0.0.1", help="待ち受けるアドレス (既定 127.0.0.1)")
OUT = argument("--out", required=True, metavar="DIR", help="書き出すフォルダー")
FORMAT = argument("--format", choices=("csv", "json"), default="csv", help="出力の形")
PLAYED_FROM = argument("--played-from", metavar="TIME", help="見本の1か月を再生するときの始まりの日時")
REASON = argument("--reason", required=True, metavar="TEXT", help="理由")
STATE = argument(
    "--state", choices=(*(value.value for value in CardProgress), "all"), metavar="STATE", help="進捗 (arrived, preset … または all)"
)

VERBS: tuple[Verb, ...] = (
    Verb(
        ("init",),
        "データベース、鍵、最初の管理者を両ゾーンに作る",
        "madoguchi.zones.setting_up:run",
        None,
        (
            argument("--municipality", default="142051", metavar="CODE", help="団体コード6桁 (既定 142051 藤沢市)"),
            argument(
                "--purpose",
                choices=[purpose.value for purpose in Purpose],
                default=Purpose.PRODUCTION.value,
                metavar="PURPOSE",
                help="用途 production 本番 (既定)、verification 検証、training 研修 (架空の人とカードつき)",
            ),
        ),
    ),
    Verb(
        ("demo",),
        "試用: 見本の市を作り、両ゾーンを動かす",
        "madoguchi.zones.demo:run",
        None,
        (
            PORT,
            HOST,
            argument("--month", action="store_true", help="人口44万人の市の1か月を再生してから動かす"),
            argument("--cards", type=int, metavar="N", help="再生する1か月のカードの枚数 (既定 2900)"),
            argument("--seed", type=int, default=1, metavar="N", help="再生のたね。同じ数なら同じ1か月になる (既定 1)"),
            argument("--play-only", action="store_true", help="再生と帳簿の確認だけをして終わる"),
        ),
    ),
    Verb(
        ("serve", "booking"),
        "予約管理を動かす",
        "madoguchi.zones.serving:run_booking",
        None,
        (
            PORT,
            HOST,
            argument("--exchange-port", type=int, metavar="P", help="直接連携で交付管理を待ち受ける番号 (なければ待ち受けない)"),
            argument("--exchange-host", default="127.0.0.1", metavar="HOST", help="直接連携で待ち受けるアドレス (既定 127.0.0.1)"),
        ),
    ),
    Verb(("serve", "delivery"), "交付管理を動かす", "madoguchi.zones.serving:run_delivery", None, (PORT, HOST)),
    Verb(("work", "booking"), "予約管理の裏方の仕事 (メールなど) を動かす", "madoguchi.zones.serving:work", "booking"),
    Verb(("work", "delivery"), "交付管理の裏方の仕事を動かす", "madoguchi.zones.serving:work", "delivery"),
    Verb(("doctor",), "設置の状態を調べる", "madoguchi.zones.doctor:run", None),
    Verb(
        ("delivery", "cards", "import"),
        "カード発行一覧を取り込む",
        "madoguchi.delivery.intake.commands:import_cards",
        "delivery",
        (
            argument("file", metavar="FILE"),
            argument("--mapping", required=True, metavar="NAME", help="fujisawa, kobe, fixed"),
            argument("--dry-run", action="store_true", help="調べるだけで何も変えない"),
            argument("--expect-rows", type=int, metavar="N", help="件数がちがえば断る"),
            argument("--skip-rejected", action="store_true", help="受け付けられない行を除いて取り込む"),
            argument("--approve-as", metavar="USER", help="承認する利用者ID"),
        ),
    ),
    Verb(
        ("delivery", "cards", "take-over"),
        "導入の日の在庫を表から移行する",
        "madoguchi.delivery.takeover.commands:take_over",
        "delivery",
        (
            argument("file", metavar="FILE", help="ひな形に書いた XLSX か CSV"),
            argument("--dry-run", action="store_true", help="調べるだけで何も変えない"),
        ),
    ),
    Verb(("delivery", "cards", "list"), "カードの一覧", "madoguchi.delivery.cards.commands:list_cards", "delivery", (STATE, FORMAT)),
    Verb(
        ("delivery", "cards", "show"),
        "カード1件の記録",
        "madoguchi.delivery.cards.commands:show_card",
        "delivery",
        (argument("id", metavar="ID", help="製造管理番号または申請書ID"),),
    ),
    Verb(
        ("delivery", "letters", "print"),
        "交付案内を PDF にする",
        "madoguchi.delivery.dispatch.commands:print_letters",
        "delivery",
        (
            argument("--kind", choices=("notice", "resend", "remind", "urge", "warning", "inquiry"), required=True),
            argument("--cards", metavar="IDS", help="製造管理番号をコンマで区切る"),
            STATE,
            argument("--reason", metavar="TEXT", help="作成済の案内を刷り直す理由"),
            argument("--out", required=True, metavar="FILE.pdf"),
        ),
    ),
    Verb(
        ("delivery", "exchange", "export"),
        "予約管理へ渡すファイルを作る",
        "madoguchi.platform.exchange.commands:export_file",
        "delivery",
        (argument("type", choices=("targets", "results", "commands")), OUT, STATE),
    ),
    Verb(
        ("delivery", "exchange", "import"),
        "予約管理から来たファイルを取り込む",
        "madoguchi.platform.exchange.commands:import_file",
        "delivery",
        (argument("file", metavar="FILE"),),
    ),
    Verb(
        ("booking", "exchange", "export"),
        "交付管理へ渡すファイルを作る",
        "madoguchi.platform.exchange.commands:export_file",
        "booking",
        (argument("type", choices=("bookings", "applications")), OUT),
    ),
    Verb(
        ("booking", "exchange", "import"),
        "交付管理から来たファイルを取り込む",
        "madoguchi.platform.exchange.commands:import_file",
        "booking",
        (argument("file", metavar="FILE"),),
    ),
    Verb(
        ("delivery", "exchange", "withdraw"),
        "届かなくなった最後のファイルを取り下げる",
        "madoguchi.platform.exchange.commands:withdraw_file",
        "delivery",
        (argument("type", choices=("targets", "results", "commands")), REASON),
    ),
    Verb(
        ("booking", "exchange", "withdraw"),
        "届かなくなった最後のファイルを取り下げる",
        "madoguchi.platform.exchange.commands:withdraw_file",
        "booking",
        (argument("type", choices=("bookings", "applications")), REASON),
    ),
    Verb(
        ("delivery", "exchange", "run"),
        "直接連携: 予約管理とファイルをやりとりする",
        "madoguchi.platform.exchange.commands:run_direct",
        "delivery",
    ),
    Verb(
        ("booking", "exchange", "listen"),
        "直接連携: 交付管理を待ち受ける",
        "madoguchi.platform.exchange.commands:listen_direct",
        "booking",
        (argument("--port", type=int, default=8443, help="番号 (既定 8443)"), HOST),
    ),
    Verb(
        ("booking", "exchange", "certificate", "request"),
        "直接連携の証明書を申請する",
        "madoguchi.platform.exchange.commands:request_certificate",
        "booking",
        (OUT,),
    ),
    Verb(
        ("delivery", "exchange", "certificate", "answer"),
        "直接連携の証明書を作る",
        "madoguchi.platform.exchange.commands:answer_certificate",
        "delivery",
        (
            argument("request", metavar="FILE", help="予約管理の申請"),
            OUT,
            argument("--new-authority", action="store_true", help="発行元の鍵も新しくする"),
        ),
    ),
    Verb(
        ("booking", "exchange", "certificate", "install"),
        "交付管理が作った証明書を入れる",
        "madoguchi.platform.exchange.commands:install_certificate",
        "booking",
        (argument("file", metavar="FILE", help="交付管理が作った証明書"),),
    ),
    Verb(
        ("delivery", "matching", "list"),
        "突合の一覧",
        "madoguchi.delivery.matching.commands:list_matches",
        "delivery",
        (argument("--unmatched", action="store_true", help="突合できないものだけ"), FORMAT),
    ),
    Verb(
        ("booking", "slots", "generate"),
        "予約枠を作る",
        "madoguchi.booking.calendar.commands:generate",
        "booking",
        (
            argument("--from", dest="date_from", required=True, metavar="DATE"),
            argument("--to", dest="date_to", required=True, metavar="DATE"),
        ),
    ),
    Verb(
        ("booking", "calendar", "show"),
        "1か月の空き状況",
        "madoguchi.booking.calendar.commands:show_month",
        "booking",
        (
            argument("--place", required=True, metavar="P", help="場所コード"),
            argument("--month", required=True, metavar="M", help="YYYY-MM"),
        ),
    ),
    Verb(
        ("booking", "reservations", "list"),
        "予約の一覧",
        "madoguchi.booking.reservations.commands:list_bookings",
        "booking",
        (argument("--date", metavar="D", help="YYYY-MM-DD"), FORMAT),
    ),
    Verb(
        ("booking", "away-page"),
        "予約サイトが止まっているときに、前に立つウェブサーバーが出すページを書き出す",
        "madoguchi.booking.municipality.commands:write_away_page",
        "booking",
        (argument("--out", required=True, metavar="FILE", help="書き出すファイル (503.html など)"),),
    ),
    Verb(
        ("bench",),
        "速さと正しさを測る",
        "madoguchi.zones.bench.runner:run",
        None,
        (
            argument("name", choices=("booking", "calendar", "rush", "import", "letters", "search")),
            argument("--seconds", type=int, metavar="N", help="1回の長さ"),
            argument("--clients", type=int, metavar="N", help="同時の利用者"),
            argument("--rows", type=int, metavar="N", help="行数"),
        ),
    ),
    Verb(("zone", "migrate", "booking"), "予約管理の表を今の版にする", "madoguchi.zones.setting_up:migrate", "booking", (), "migrator"),
    Verb(("zone", "migrate", "delivery"), "交付管理の表を今の版にする", "madoguchi.zones.setting_up:migrate", "delivery", (), "migrator"),
    Verb(
        ("zone", "prepare", "booking"), "予約管理の最初の利用者と鍵を作る", "madoguchi.zones.setting_up:prepare", "booking", (PLAYED_FROM,)
    ),
    Verb(
        ("zone", "prepare", "delivery"),
        "交付管理の最初の利用者と鍵を作る",
        "madoguchi.zones.setting_up:prepare",
        "delivery",
        (PLAYED_FROM,),
    ),
    Verb(("zone", "play", "booking"), "見本の1か月の予約管理の側を再生する", "madoguchi.zones.month.player:play_booking", "booking"),
    Verb(("zone", "play", "delivery"), "見本の1か月の交付管理の側を再生する", "madoguchi.zones.month.player:play_delivery", "delivery"),
    Verb(("zone", "furnish", "booking"), "試用の場所と枠を作る", "madoguchi.zones.demo_data:furnish_booking", "booking"),
    Verb(("zone", "furnish", "delivery"), "試用の市民とカードを作る", "madoguchi.zones.demo_data:furnish_delivery", "delivery"),
)


# What argparse says is wrong, and the same as it is said here: its own words are English whatever the locale.
_USAGE_FAULTS = tuple(
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"the following arguments are required: (?P<names>.+)", Sentence("足りないものがあります: {names}", names="{names}")),
        (
            r"argument (?P<name>.+): invalid choice: (?P<given>'.*?') \(choose from (?P<known>.+)\)",
            Sentence("{name} に {given} は使えません。使えるもの: {known}", name="{name}", given="{given}", known="{known}"),
        ),
        (
            r"argument (?P<name>.+): invalid int value: (?P<given>'.*')",
            Sentence("{name} は整数で指定してください ({given} は整数ではありません)", name="{name}", given="{given}"),
        ),
        (r"argument (?P<name>.+): expected one argument", Sentence("{name} に値がありません", name="{name}")),
        (r"unrecognized arguments: (?P<names>.+)", Sentence("知らない語があります: {names}", names="{names}")),
    )
)


class _Parser(argparse.ArgumentParser):
    """A parser that says in the language of the locale what is wrong with its words."""

    def error(self, message: str) -> NoReturn:
        for pattern, sentence in _USAGE_FAULTS:
            if found := pattern.fullmatch(message):
                super().error(say(Sentence(sentence.words, **found.groupdict())))
        super().error(message)


def _everywhere(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--data", default=argparse.SUPPRESS, metavar="DIR", help=say("データのフォルダー (または環境変数 MADOGUCHI_DATA)"))
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=say("結果を JSON で出す"))
    return parser


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command, one sub-parser a word."""
    root = _everywhere(_Parser(prog="madoguchi", description=say("マイナンバーカードの予約と交付の管理")))
    branches: dict[tuple[str, ...], argparse._SubParsersAction[argparse.ArgumentParser]] = {}
    parsers: dict[tuple[str, ...], argparse.ArgumentParser] = {(): root}
    for verb in VERBS:
        for depth, word in enumerate(verb.words):
            above, here = verb.words[:depth], verb.words[: depth + 1]
            if here in parsers:
                continue
            if above not in branches:
                branches[above] = parsers[above].add_subparsers(metavar="COMMAND", required=True)
            leaf = here == verb.words
            parsers[here] = _everywhere(
                branches[above].add_parser(word, help=say(verb.help) if leaf else None, description=say(verb.help) if leaf else None)
            )
            if leaf:
                for item in verb.arguments:
                    options = item.options | ({"help": say(str(item.options["help"]))} if "help" in item.options else {})
                    parsers[here].add_argument(*item.names, **options)  # type: ignore[arg-type]  # argparse's own words
                parsers[here].set_defaults(verb=verb)
    return root


def load(path: str) -> Run:
    """Return the function at `module:name`."""
    module, _, name = path.partition(":")
    function: Run = getattr(importlib.import_module(module), name)
    return function


def enter_zone(data: Path, zone: Zone, role: str) -> None:
    """Make this process one of `zone`: settings, database role, Django."""
    folder = ZoneFolder(data, zone)
    if not folder.exists():
        raise Refusal(
            say("データのフォルダーが用意されていません: {data}。先に `madoguchi init --data {data}` を実行してください。").format(
                data=data
            )
        )
    os.environ.update({DATA_VARIABLE: str(data), ZONE_VARIABLE: zone, ROLE_VARIABLE: role})
    os.environ["DJANGO_SETTINGS_MODULE"] = f"madoguchi.zones.{zone}.settings"
    import django

    django.setup()


def carry_out(verb: Verb, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Run `verb` with its zone's database up; start the embedded one when it is down and stop it again."""
    if verb.zone is None:
        return load(verb.run)(arguments, progress)
    data = required_data(arguments)
    with contextlib.ExitStack() as stack:
        folder = ZoneFolder(data, verb.zone)
        if folder.exists() and folder.read().server is None:
            stack.enter_context(existing_cluster(data).running())
        enter_zone(data, verb.zone, verb.role)
        from django.db import connections

        stack.callback(connections.close_all)
        return load(verb.run)(arguments, progress)


def existing_cluster(data: Path) -> Cluster:
    """Return the embedded cluster of an installation; refuses where it is lost, instead of making an empty one in its place."""
    cluster = cluster_of(data)
    if not cluster.exists():
        raise Refusal(Sentence("データベースのフォルダーがありません: {folder}。控えから戻してください。", folder=cluster.data))
    return cluster


def required_data(arguments: argparse.Namespace) -> Path:
    """Return the data folder from `--data` or the environment; refuse when neither names one."""
    named = getattr(arguments, "data", None) or os.environ.get(DATA_VARIABLE)
    if not named:
        raise Refusal(say("データのフォルダーが分かりません。--data DIR を付けるか、環境変数 MADOGUCHI_DATA を設定してください。"))
    return Path(named).absolute()


def _stop_in_order(_signal: int, _frame: FrameType | None) -> None:
    """Begin an orderly end; an impatient second signal must not cut it short and leave the database running."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main(words: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    arguments = build_parser().parse_args(words)
    as_json = bool(getattr(arguments, "json", False))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop_in_order)
    from madoguchi.platform.jobs.terminal import TerminalProgress

    try:
        with contextlib.closing(TerminalProgress()) as progress:
            outcome = carry_out(arguments.verb, arguments, progress)
    except Refusal as refusal:
        sys.stderr.write(say(refusal.message) + "\n")
        if as_json:
            _print_json(refusal.data)
        return 1
    except (ClusterError, SecretMissing) as error:
        sys.stderr.write(say(sentence_of(error)) + "\n")
        if as_json:
            _print_json({"error": sentence_of(error)})
        return 1
    except _database_failures() as failure:
        why = str(failure).strip().partition("\n")[0]
        sentence = Sentence("データベースを使えません: {why}。`madoguchi doctor` で設置の状態を調べてください。", why=why)
        sys.stderr.write(say(sentence) + "\n")
        if as_json:
            _print_json({"error": sentence})
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(say("中断しました。何も変更されていません。") + "\n")
        return 1
    try:
        if as_json:
            _print_json(outcome.data)
        else:
            sys.stdout.writelines(f"{say(line)}\n" for line in outcome.lines)
            sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough (`| head`); Python would complain once more when it closes the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _database_failures() -> tuple[type[Exception], ...]:
    """Return what is raised where a database is down, full or refuses the role; nothing is imported for verbs that use none."""
    return tuple(module.OperationalError for name in ("django.db.utils", "psycopg") if (module := sys.modules.get(name)) is not None)


def _print_json(data: object) -> None:
    sys.stdout.write(json.dumps(say_within(data), ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
