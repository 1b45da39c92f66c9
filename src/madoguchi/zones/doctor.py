"""`madoguchi doctor`: is this installation fit to serve? Each check says what is wrong and what to do."""

import argparse
import stat
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import psycopg

from madoguchi.platform.accounts.identity_provider import ProviderFault, discover
from madoguchi.platform.accounts.provider_settings import CLIENT_KEY
from madoguchi.platform.accounts.rules import origin_of
from madoguchi.platform.condition.checks import Check, certificate, disk, durability, fonts
from madoguchi.platform.database.cluster import ClusterError
from madoguchi.platform.language import Sentence, say, sentence_of
from madoguchi.platform.verbs import Outcome, Progress, Refusal
from madoguchi.zones.command import existing_cluster, required_data
from madoguchi.zones.configuration import SECRET_NAMES, ZONES, Zone, ZoneFolder


def run(arguments: argparse.Namespace, _progress: Progress) -> Outcome:
    """Look over the installation in `--data`; changes nothing. Raises Refusal with all findings when one of them is an error."""
    data = required_data(arguments)
    checks = list(examine(data))
    lines = [
        f"{'○' if check.state == 'ok' else '△' if check.state == 'warning' else '×'} {say(check.name)}: {say(check.message)}"
        for check in checks
    ]
    found = {"checks": [asdict(check) for check in checks], "errors": sum(check.state == "error" for check in checks)}
    if found["errors"]:
        raise Refusal("\n".join(lines), found)
    return Outcome(found, lines)


def examine(data: Path) -> Iterator[Check]:
    """Yield the findings about the data folder, its secrets, its databases and the machine."""
    yield disk(data)
    yield from fonts(ZoneFolder(data, "delivery").path / "fonts")
    for zone in ZONES:
        folder = ZoneFolder(data, zone)
        if not folder.exists():
            yield Check(
                Sentence("{zone}: 用意", zone=zone),
                "error",
                Sentence("用意されていません。`madoguchi init --data {data}` を実行してください。", data=data),
            )
            continue
        yield _secrets(folder, zone)
        try:
            held = certificate(Sentence("{zone}: 直接連携の証明書", zone=zone), folder.secrets)
            if held is not None:
                yield held
            yield from _single_sign_on(folder, zone)
            yield from _database(folder, zone)
        except (Refusal, ClusterError, OSError) as error:
            why = sentence_of(error) if isinstance(error, Refusal | ClusterError) else str(error.strerror)
            yield Check(Sentence("{zone}: データベース", zone=zone), "error", why)


def _secrets(folder: ZoneFolder, zone: Zone) -> Check:
    # That of the sign-in service is there only where the municipality has written it down.
    for name in (*SECRET_NAMES, CLIENT_KEY):
        path = folder.secrets / name
        if not path.exists() and name == CLIENT_KEY:
            continue
        if not path.exists():
            return Check(
                Sentence("{zone}: 秘密の値", zone=zone),
                "error",
                Sentence("{name} がありません。控えから戻してください。作り直すと予約コードが使えなくなります。", name=name),
            )
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            return Check(
                Sentence("{zone}: 秘密の値", zone=zone),
                "error",
                Sentence("{path} を他の利用者が読めます。`chmod 600` で閉じてください。", path=path),
            )
    return Check(Sentence("{zone}: 秘密の値", zone=zone), "ok", Sentence("そろっていて、閉じています。"))


def _single_sign_on(folder: ZoneFolder, zone: Zone) -> Iterator[Check]:
    """Ask the municipality's sign-in service for its addresses, where the zone is set to one. Emergency accounts sign in without it."""
    known = folder.read()
    if known.single_sign_on is None:
        return
    name, issuer = Sentence("{zone}: 職員認証基盤", zone=zone), known.single_sign_on.issuer
    if not origin_of(known.staff_address):
        yield Check(name, "error", Sentence("zone.json の staff_address がないため、職員認証基盤からのログインは使えません。"))
        return
    try:
        discover(known.single_sign_on)
    except ProviderFault as fault:
        yield Check(
            name,
            "warning",
            Sentence("{issuer} の答えを使えません ({fault} {detail})。", issuer=issuer, fault=fault.fault, detail=fault.detail),
        )
        return
    yield Check(name, "ok", Sentence("{issuer} が答えました。", issuer=issuer))


def _database(folder: ZoneFolder, zone: Zone) -> Iterator[Check]:
    zone_file = folder.read()
    if zone_file.server is not None:
        host, _, port = zone_file.server.rpartition(":")
        password = folder.secret("database-service").hex()
        dsn = psycopg.conninfo.make_conninfo(
            host=host, port=port, dbname=zone_file.database, user=f"madoguchi_{zone}_service", password=password, connect_timeout="5"
        )
        yield _ask_database(zone, dsn)
        return
    with existing_cluster(folder.data).running() as cluster:
        yield _ask_database(zone, cluster.dsn(zone_file.database, f"madoguchi_{zone}_service"))
    yield Check(
        Sentence("{zone}: データベース", zone=zone),
        "warning",
        Sentence("内蔵のデータベースは試用のためのものです。本番では Debian の PostgreSQL を使ってください。"),
    )


def _ask_database(zone: Zone, dsn: str) -> Check:
    name = Sentence("{zone}: データベース", zone=zone)
    try:
        with psycopg.connect(dsn) as connection:

            def value_of(setting: str) -> str:
                row = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()
                return str(row[0]) if row else ""

            return durability(name, value_of)
    except psycopg.OperationalError as error:
        return Check(name, "error", Sentence("つながりません: {why}", why=str(error).splitlines()[0]))
