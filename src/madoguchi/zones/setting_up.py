"""`madoguchi init`: databases, roles, secrets, keys and the first two accounts, in both zones."""

import argparse
import contextlib
import datetime as dt
import fcntl
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import psycopg.conninfo

from madoguchi.kernel.numbers import NumberError, municipality_code
from madoguchi.kernel.purposes import Purpose, new_installation
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.database.provision import create_database, create_roles
from madoguchi.platform.database.roles import ROLES
from madoguchi.platform.language import Sentence
from madoguchi.platform.verbs import Outcome, Progress, Refusal
from madoguchi.zones.command import required_data
from madoguchi.zones.configuration import DATA_VARIABLE, SECRET_NAMES, ZONES, Zone, ZoneFile, ZoneFolder, cluster_of
from madoguchi.zones.month import played_time

SERVER_VARIABLE = "MADOGUCHI_DATABASE_ADMIN"
# Where `serve booking` answers by default; the codes on letters lead there until the municipality names its own address in zone.json.
FIRST_PUBLIC_URL = "http://127.0.0.1:8001/"


def run(arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Set up both zones in `--data`; a second run refuses and changes nothing. One for training gets invented people to practise with."""
    data, purpose = required_data(arguments), Purpose(arguments.purpose)
    try:
        municipality = municipality_code(arguments.municipality)
    except NumberError as error:
        raise Refusal(Sentence("団体コードは検査数字を含む6桁の数字です (例 142051)。--municipality を確かめてください。")) from error
    if data.exists() and not data.is_dir():
        raise Refusal(Sentence("フォルダーではありません: {data}", data=data))
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Refusal(Sentence("フォルダーを作れません: {data} ({strerror})", data=data, strerror=error.strerror)) from error
    with alone_in(data):
        if any(ZoneFolder(data, zone).exists() for zone in ZONES):
            raise Refusal(
                Sentence("このフォルダーはすでに用意されています: {data}。続けて使うか、別のフォルダーを指定してください。", data=data)
            )
        zones = set_up(data, municipality, progress, demo=False, public_url=FIRST_PUBLIC_URL, purpose=purpose)
        if purpose is Purpose.TRAINING:
            furnish_for_practice(data, progress)
    if purpose is Purpose.TRAINING:
        accounts = str(data / "demo-signin.txt")
        zones = [{**zone, "accounts": accounts} for zone in zones]
        return Outcome(
            {"data": str(data), "municipality": municipality, "zones": zones, "purpose": purpose.value, "accounts": accounts},
            [
                Sentence("研修の環境ができました: {data}。人もカードも架空です。メールは外に出ません。", data=data),
                Sentence("練習用の利用者は {accounts} に書かれています。", accounts=accounts),
            ],
        )
    lines = [Sentence("用意ができました: {data}", data=data)]
    lines += [
        Sentence(
            "{zone}: 最初の利用者は {accounts} に書かれています。確かめたら消してください。", zone=zone["zone"], accounts=zone["accounts"]
        )
        for zone in zones
    ]
    return Outcome({"data": str(data), "municipality": municipality, "zones": zones}, lines)


def furnish_for_practice(data: Path, progress: Progress) -> None:
    """Give both zones the demo's invented people, cards, places and accounts, while the database runs."""
    from madoguchi.zones.demo import furnish

    with database_server(data):
        furnish(data, progress)


@contextlib.contextmanager
def alone_in(data: Path) -> Iterator[None]:
    """Keep a second `init` or demo out of the data folder for the block; a killed one's lock is gone with it."""
    with (data / "alone.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal(
                Sentence(
                    "このフォルダーは、別の madoguchi が準備中か、試用を動かしています: {data}。"
                    "終わるのを待つか、別のフォルダーを指定してください。",
                    data=data,
                )
            ) from None
        yield


def set_up(
    data: Path,
    municipality: str,
    progress: Progress,
    *,
    demo: bool,
    public_url: str = "",
    played_from: dt.datetime | None = None,
    purpose: Purpose = Purpose.PRODUCTION,
) -> list[dict[str, str]]:
    """Make both zones and enrol each one's keys in the other; returns what was made per zone.

    `played_from` lets the clocks of a demo's zones stand at the beginning of its played month (ADR 0024).
    """
    played = ("--played-from", played_from.isoformat()) if played_from else ()
    steps = 5
    installation = new_installation(purpose)  # one for both zones: a file of another installation is refused
    progress.advance(0, steps, Sentence("データベースを作っています"))
    made = []
    with database_server(data) as (dsn, server):
        for zone in ZONES:
            folder = ZoneFolder(data, zone)
            for name in SECRET_NAMES:
                folder.make_secret(name)
            passwords = {role: folder.make_secret(f"database-{role}").hex() for role in ROLES}
            database = f"madoguchi_{zone}"
            with psycopg.connect(dsn, autocommit=True) as connection:
                create_roles(connection, zone, passwords if server else None)
                create_database(connection, zone, database)
            folder.write(
                ZoneFile(
                    zone,
                    municipality,
                    installation,
                    database,
                    server=server,
                    demo=demo,
                    purpose=purpose,
                    public_url=public_url,
                    mail_port=25,
                )
            )
            made.append({"zone": zone, "database": database, "accounts": str(folder.secrets / "first-accounts.txt")})
        progress.advance(1, steps, Sentence("両ゾーンの表を作っています"))
        # Each zone has a database of its own: their tables are made side by side.
        with ThreadPoolExecutor(len(ZONES)) as pool:
            list(pool.map(lambda zone: run_verb(data, "zone", "migrate", zone), ZONES))
        if played_from:
            for zone in ZONES:
                played_time.begin(psycopg.conninfo.make_conninfo(dsn, dbname=f"madoguchi_{zone}"))
        for number, zone in enumerate(ZONES, start=2):
            progress.advance(number, steps, Sentence("利用者と鍵を作っています ({zone})", zone=zone))
            run_verb(data, "zone", "prepare", zone, *played)
        progress.advance(4, steps, Sentence("両ゾーンの鍵を登録しています"))
        # The last zone has found the keys of the first; now those of the last are there for the first.
        run_verb(data, "zone", "prepare", ZONES[0], *played)
        progress.advance(steps, steps, Sentence("用意ができました"))
    return made


@contextlib.contextmanager
def database_server(data: Path) -> Iterator[tuple[str, str | None]]:
    """Yield the superuser's connection string and `host:port` of the configured server (None: the embedded cluster, then running)."""
    admin = os.environ.get(SERVER_VARIABLE)
    if admin:
        try:
            parts = psycopg.conninfo.conninfo_to_dict(admin)
            psycopg.connect(admin, connect_timeout=10).close()
        except psycopg.Error as error:
            why = str(error).strip().splitlines()[0]
            raise Refusal(
                Sentence(
                    "データベースにつながりません: {why}。{server_variable} の番地・利用者・パスワードを確かめてください。",
                    why=why,
                    server_variable=SERVER_VARIABLE,
                )
            ) from None
        yield admin, f"{parts.get('host', '127.0.0.1')}:{parts.get('port', '5432')}"
        return
    with cluster_of(data).running() as cluster:
        yield cluster.dsn("postgres"), None


def run_verb(data: Path, *words: str) -> str:
    """Run one verb of the command in a process of its own (a process belongs to one zone) and return what it printed."""
    done = subprocess.run(  # noqa: S603 this program itself
        [sys.executable, "-m", "madoguchi.zones.command", *words, "--json"],
        env={**os.environ, DATA_VARIABLE: str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Refusal(Sentence("準備の途中で止まりました ({words}): {said}", words=" ".join(words), said=done.stderr.strip()[-2000:]))
    return done.stdout


def migrate(_arguments: argparse.Namespace, _progress: Progress) -> Outcome:
    """Bring the zone's tables to this version, as the migrator."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    return Outcome({"migrated": True}, [Sentence("表は今の版です。")])


def prepare(arguments: argparse.Namespace, _progress: Progress) -> Outcome:
    """Make roles, the first administrator, a chief, and the zone's exchange keys; enrol the other zone's keys if they are there."""
    from django.conf import settings

    from madoguchi.platform.exchange.enrolment import enrol_peer, make_own_keys

    if arguments.played_from:
        played_time.start_at(dt.datetime.fromisoformat(arguments.played_from))
    zone: str = settings.MADOGUCHI_ZONE
    if not settings.MADOGUCHI_SITE["demo"]:
        # A demo brings its own accounts, the first administrator and the chief among them; people read while they try it, so that its
        # screens lock by the button alone.
        first_screen_lock()
        if settings.MADOGUCHI_SITE["mode"] != Purpose.TRAINING:
            # One for training is furnished with the demo's accounts.
            first_accounts(Path(settings.MADOGUCHI_SECRETS) / "first-accounts.txt")
    if zone == "booking":
        from madoguchi.booking.desk.phone import set_up_wrap_ups
        from madoguchi.booking.municipality.services import set_up as set_up_municipality

        set_up_municipality(settings.MADOGUCHI_MUNICIPALITY)
        set_up_wrap_ups(automatic("init"))
    else:
        from madoguchi.delivery.cards.items import set_up_words
        from madoguchi.delivery.cards.services import set_up_municipality as set_up_delivery
        from madoguchi.delivery.filing.services import set_up_filing

        set_up_delivery(settings.MADOGUCHI_MUNICIPALITY, automatic("init"))
        set_up_filing(automatic("init"))
        set_up_words(automatic("init"))
    own = make_own_keys()
    other: Zone = "delivery" if zone == "booking" else "booking"
    bundle = ZoneFolder(Path(settings.MADOGUCHI_FOLDER).parent, other).path / "public-keys.json"
    enrolled = enrol_peer(bundle.read_bytes()) if bundle.exists() else None
    return Outcome({"fingerprint": own, "peer": enrolled}, [Sentence("鍵の指紋: {own}", own=own)])


def first_screen_lock() -> None:
    """Have screens lock after the usual time; a municipality that has chosen another keeps it."""
    from madoguchi.platform.accounts import screen_lock
    from madoguchi.platform.accounts.models import ScreenLock
    from madoguchi.platform.accounts.rules import USUAL_LOCK_MINUTES

    if not ScreenLock.objects.exists():
        screen_lock.set_minutes(USUAL_LOCK_MINUTES, automatic("init"))


def first_accounts(note: Path) -> None:
    """Make the first administrator and the chief, and leave their passwords in a file that only the service can read."""
    from madoguchi.platform.accounts.services import provision
    from madoguchi.zones.role_catalogue import starting_roles

    if note.exists():
        return
    made = [
        provision(user_id=user, name=name, role=role, password=secrets.token_urlsafe(15), roles=starting_roles())
        for user, name, role in (("admin", "最初の管理者", "administrator"), ("chief", "責任者", "chief"))
    ]
    descriptor = os.open(note, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.writelines(f"user={account.user_id} password={account.password} totp={account.totp}\n" for account in made)
