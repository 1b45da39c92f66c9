"""`madoguchi doctor`: is this installation fit to serve? Each check says what is wrong and what to do."""

import argparse
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg

from madoguchi.platform.database.cluster import ClusterError
from madoguchi.platform.documents.fonts import font_warnings
from madoguchi.platform.exchange.direct.holdings import OWN, standing_in
from madoguchi.platform.language import Sentence, say, sentence_of
from madoguchi.platform.verbs import Outcome, Progress, Refusal
from madoguchi.zones.command import existing_cluster, required_data
from madoguchi.zones.configuration import SECRET_NAMES, ZONES, Zone, ZoneFolder

_LEAST_FREE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Check:
    """One finding: `state` is ok, warning or error."""

    name: str
    state: str
    message: str


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
    yield _disk(data)
    yield from _fonts(ZoneFolder(data, "delivery").path / "fonts")
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
            yield from _certificate(folder, zone)
            yield from _database(folder, zone)
        except (Refusal, ClusterError, OSError) as error:
            why = sentence_of(error) if isinstance(error, Refusal | ClusterError) else str(error.strerror)
            yield Check(Sentence("{zone}: データベース", zone=zone), "error", why)


def _disk(data: Path) -> Check:
    free = shutil.disk_usage(data if data.exists() else data.parent).free
    if free < _LEAST_FREE_BYTES:
        return Check(
            Sentence("空き容量"),
            "warning",
            Sentence("空きが {free} MB しかありません。不要なファイルを片付けてください。", free=free // 1024**2),
        )
    return Check(Sentence("空き容量"), "ok", Sentence("{free} GB 空いています。", free=free // 1024**3))


def _fonts(own_folder: Path) -> Iterator[Check]:
    warnings = font_warnings(own_folder)
    for warning in warnings:
        yield Check(Sentence("字体"), "warning", warning)
    if not warnings:
        yield Check(Sentence("字体"), "ok", Sentence("氏名用と本文用の字体があります。"))


def _secrets(folder: ZoneFolder, zone: Zone) -> Check:
    for name in SECRET_NAMES:
        path = folder.secrets / name
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


def _certificate(folder: ZoneFolder, zone: Zone) -> Iterator[Check]:
    """The certificate of the direct transport, where there is one."""
    name = Sentence("{zone}: 直接連携の証明書", zone=zone)
    if not (folder.secrets / "direct" / OWN).exists():
        return
    held = standing_in(folder.secrets / "direct")
    if held is None:
        yield Check(name, "error", Sentence("読めません。申請からやり直してください。"))
    elif held.is_over:
        yield Check(name, "error", Sentence("期限が切れています。新しくするまで、媒体で運んでください。"))
    elif held.ends_soon:
        yield Check(name, "warning", Sentence("あと {days} 日で切れます。新しい証明書を申請してください。", days=held.days_left))
    else:
        yield Check(name, "ok", Sentence("{until} まで使えます。", until=f"{held.until:%Y-%m-%d}"))


def _database(folder: ZoneFolder, zone: Zone) -> Iterator[Check]:
    zone_file = folder.read()
    if zone_file.server is not None:
        host, _, port = zone_file.server.rpartition(":")
        password = folder.secret("database-service").hex()
        dsn = psycopg.conninfo.make_conninfo(
            host=host, port=port, dbname=zone_file.database, user=f"madoguchi_{zone}_service", password=password, connect_timeout="5"
        )
        yield _ask_database(zone, dsn, _durability)
        return
    with existing_cluster(folder.data).running() as cluster:
        yield _ask_database(zone, cluster.dsn(zone_file.database, f"madoguchi_{zone}_service"), _durability)
    yield Check(
        Sentence("{zone}: データベース", zone=zone),
        "warning",
        Sentence("内蔵のデータベースは試用のためのものです。本番では Debian の PostgreSQL を使ってください。"),
    )


def _ask_database(zone: Zone, dsn: str, question: Callable[[psycopg.Connection[tuple[object, ...]]], str | None]) -> Check:
    try:
        with psycopg.connect(dsn) as connection:
            problem = question(connection)
    except psycopg.OperationalError as error:
        return Check(
            Sentence("{zone}: データベース", zone=zone),
            "error",
            Sentence("つながりません: {why}", why=str(error).splitlines()[0]),
        )
    return Check(
        Sentence("{zone}: データベース", zone=zone), "error" if problem else "ok", problem or Sentence("つながり、確実に書き込む設定です。")
    )


def _durability(connection: psycopg.Connection[tuple[object, ...]]) -> str | None:
    """Return what is wrong when an acknowledged booking could be lost with the power."""
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        row = connection.execute(f"SHOW {setting}").fetchone()
        if row != ("on",) and not (setting == "synchronous_commit" and row and row[0] in {"remote_apply", "remote_write", "local"}):
            return Sentence("{setting} が on ではありません。停電で受け付けた予約が失われます。", setting=setting)
    return None
