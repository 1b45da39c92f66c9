"""The figures of the condition of one zone: work in the background, files between the zones, database and disk, versions (S33).

None of them says anything about a person. A zone adds a section of its own (setting MADOGUCHI_CONDITION: dotted path of a function
without arguments that returns it). A constant number of statements.
"""

import datetime as dt
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import django
from django.conf import settings
from django.db import connection
from django.db.models import Count, Min, Q
from django.utils.module_loading import import_string
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from madoguchi.platform import clock
from madoguchi.platform.condition import checks
from madoguchi.platform.exchange.keys import KeyRefusedError, own_keys
from madoguchi.platform.exchange.models import IncomingFile, LedgerEntry, OutgoingFile, PeerKey
from madoguchi.platform.exchange.queries import open_files
from madoguchi.platform.exchange.wording import type_name
from madoguchi.platform.jobs.models import Job
from madoguchi.platform.ui.shell import Words

# A worker gives a sign every ten seconds; one that is silent for longer is taken for dead by its own rules after thirty.
_SIGN_SECONDS = 60
_LONG_IN_QUEUE = dt.timedelta(minutes=10)
_DAY = dt.timedelta(days=1)
_WORKERS = """SELECT count(*), extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers
                WHERE last_heartbeat > now() - make_interval(secs => %s)"""
_ERRANDS = """SELECT count(*) FILTER (WHERE status = 'todo' AND COALESCE(scheduled_at, now()) <= now()),
                     count(*) FILTER (WHERE status = 'doing'), count(*) FILTER (WHERE status = 'failed') FROM procrastinate_jobs"""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: what it is, what it says, and whether somebody has to do something. `state` empty: a figure and nothing more."""

    name: Words
    value: Words
    state: str = ""
    hint: Words = ""

    @property
    def word(self) -> str:
        """Return the word for the state."""
        return {"ok": _("正常"), "warning": _("注意"), "error": _("異常"), "none": _("未設定")}.get(self.state, "")

    @property
    def tone(self) -> str:
        """Return the tone of its tag."""
        return {"ok": "success", "warning": "warning", "error": "error"}.get(self.state, "")


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under one heading."""

    title: Words
    lines: Sequence[Line]


def line_of(check: checks.Check) -> Line:
    """Return a finding of the doctor's as a line of the page."""
    return Line(check.name, check.message, check.state)


def moment_in_words(at: dt.datetime | None) -> str:
    """Return day and time as the page says them."""
    return f"{localtime(at, clock.TOKYO):%Y-%m-%d %H:%M}" if at else _("まだありません")


def sections() -> list[Section]:
    """Return everything that this zone knows about its condition."""
    own: str = getattr(settings, "MADOGUCHI_CONDITION", "")
    of_zone: list[Section] = []
    if own:
        section: Callable[[], Section] = import_string(own)
        of_zone.append(section())
    return [_work(), *of_zone, _exchange(), _storage(), _upkeep(), _versions()]


def worst(found: Sequence[Section]) -> str:
    """Return the worst state of all lines: error, warning or ok."""
    states = {line.state for section in found for line in section.lines}
    return next((state for state in ("error", "warning") if state in states), "ok")


def _work() -> Section:
    with connection.cursor() as cursor:
        cursor.execute(_WORKERS, [_SIGN_SECONDS])
        workers, silent = cursor.fetchone()
        cursor.execute(_ERRANDS)
        due, doing, failed = cursor.fetchone()
    now = clock.now()
    jobs = Job.objects.aggregate(
        queued=Count("pk", filter=Q(state=Job.State.QUEUED)),
        oldest=Min("created_at", filter=Q(state=Job.State.QUEUED)),
        running=Count("pk", filter=Q(state=Job.State.RUNNING)),
        failed=Count("pk", filter=Q(state=Job.State.FAILED, ended_at__gte=now - _DAY)),
    )
    late = jobs["oldest"] is not None and now - jobs["oldest"] > _LONG_IN_QUEUE
    return Section(
        _("裏で動く仕事"),
        [
            Line(_("ワーカー"), _("動いています（%(seconds)d秒前に合図）。") % {"seconds": max(0, silent)}, "ok")
            if workers
            else Line(
                _("ワーカー"),
                _("動いていません。"),
                "error",
                _("長い処理、メール、夜間の仕事が進みません。サーバーの管理者は madoguchi の動きを確かめてください。"),
            ),
            Line(_("小さな仕事"), _("待ち%(due)d件、実行中%(doing)d件") % {"due": due, "doing": doing}),
            Line(_("失敗した小さな仕事"), _("%(failed)d件") % {"failed": failed}, "warning" if failed else "ok"),
            Line(
                _("長い処理"),
                _("順番待ち%(queued)d件、実行中%(running)d件") % {"queued": jobs["queued"], "running": jobs["running"]},
                "warning" if late else "ok",
                _("10分より長く待っている処理があります。") if late else "",
            ),
            Line(_("24時間以内に失敗した長い処理"), _("%(failed)d件") % {"failed": jobs["failed"]}, "warning" if jobs["failed"] else "ok"),
        ],
    )


def _exchange() -> Section:
    lines: list[Line] = []
    sent = {one.type: one for one in _newest_sent()}
    for kind in settings.MADOGUCHI_EXCHANGE_SENDS:
        name, file = _("書き出し：%(type)s") % {"type": type_name(kind)}, sent.get(kind)
        if file is None:
            lines.append(Line(name, _("まだありません")))
            continue
        answer = _("受領書あり") if file.answered_at else _("受領書待ち")
        over = file.answered_at is None and file.expires_at <= clock.now()
        told = _("%(at)s 第%(seq)d号 %(rows)d行 %(answer)s") % {
            "at": moment_in_words(file.issued_at),
            "seq": file.seq,
            "rows": file.rows,
            "answer": answer,
        }
        lines.append(Line(name, told, "warning" if over else "", _("受領書のないまま、ファイルの期限が過ぎました。") if over else ""))
    taken = {one.type: one for one in IncomingFile.objects.order_by("type", "-seq").distinct("type")}
    for kind in settings.MADOGUCHI_EXCHANGE_RECEIVES:
        name, held = _("取り込み：%(type)s") % {"type": type_name(kind)}, taken.get(kind)
        if held is None:
            lines.append(Line(name, _("まだありません")))
            continue
        told = _("%(at)s 第%(seq)d号 受入%(taken)d行 拒否%(refused)d行") % {
            "at": moment_in_words(held.imported_at),
            "seq": held.seq,
            "taken": held.taken,
            "refused": held.refused,
        }
        lines.append(Line(name, told, "warning" if held.refused else ""))
    lines.append(Line(_("受領書待ちのファイル"), _("%(number)d件") % {"number": open_files().count()}))
    lines.append(_last_refusal())
    return Section(_("連携"), [*lines, *_keys()])


def _newest_sent() -> Sequence[OutgoingFile]:
    return list(OutgoingFile.objects.filter(state=OutgoingFile.State.ISSUED).order_by("type", "-seq").distinct("type"))


def _last_refusal() -> Line:
    states = [LedgerEntry.State.REFUSED, LedgerEntry.State.FAILED]
    week = LedgerEntry.objects.filter(state__in=states, started_at__gte=clock.now() - 7 * _DAY).count()
    return Line(_("7日以内に拒否・失敗した読み書き"), _("%(number)d件") % {"number": week}, "warning" if week else "ok")


def _keys() -> list[Line]:
    try:
        own = Line(_("このシステムの鍵"), _("読めます（期限なし）。指紋 %(print)s") % {"print": own_keys().public.fingerprint}, "ok")
    except KeyRefusedError as fault:
        own = Line(_("このシステムの鍵"), str(fault), "error")
    peer = PeerKey.objects.filter(revoked_at=None, valid_until=None).order_by("-pk").first()
    name = _("相手の鍵")
    if peer is None:
        other = Line(name, _("登録されていません。"), "error", _("連携ファイルを書き出せません。鍵を交換してください。"))
    else:
        told = {"at": moment_in_words(peer.valid_from), "print": peer.fingerprint}
        other = Line(name, _("%(at)s から有効（期限なし）。指紋 %(print)s") % told, "ok")
    certificate = checks.certificate(_("直接連携の証明書"), Path(settings.MADOGUCHI_SECRETS))
    return [own, other, line_of(certificate) if certificate else Line(_("直接連携の証明書"), _("使っていません。"))]


def _storage() -> Section:
    with connection.cursor() as cursor:

        def value_of(setting: str) -> str:
            cursor.execute("SELECT current_setting(%s)", [setting])
            return str(cursor.fetchone()[0])

        written = checks.durability(_("データベース"), value_of)
        cursor.execute("SELECT pg_database_size(current_database())")
        size = int(cursor.fetchone()[0])
    return Section(
        _("データベースとディスク"),
        [
            line_of(written),
            Line(_("データベースの大きさ"), f"{size / 1024**2:,.0f} MB"),
            line_of(checks.disk(Path(settings.MADOGUCHI_FOLDER))),
        ],
    )


# A backup is taken each night: behind this one of them is missing.
_BACKUP_IS_OLD = dt.timedelta(hours=26)


def _last_backup() -> Line:
    """Say when the server's own backup last wrote its stamp. Whether it can be restored no stamp tells, and nothing here says so."""
    name, stamp = _("控え（バックアップ）"), str(getattr(settings, "MADOGUCHI_BACKUP_STAMP", ""))
    if not stamp:
        hint = _(
            "サーバーの控えの仕組みで取り、戻せることを確かめてください。"
            "終わった時刻を出すには、zone.json の backup_stamp に目印のファイルを書きます。"
        )
        return Line(name, _("この製品は取りません。最後に取った時刻は分かりません。"), "none", hint)
    try:
        at = dt.datetime.fromtimestamp(Path(stamp).stat().st_mtime, clock.TOKYO)
    except (OSError, OverflowError, ValueError):
        return Line(
            name, _("分かりません（目印のファイルを読めません）"), "warning", _("控えの仕組みと、目印のファイルの場所を確かめてください。")
        )
    age = clock.now() - at
    if age < -dt.timedelta(minutes=10):
        return Line(name, _("分かりません（目印の時刻が未来です）"), "warning", _("サーバーの時計を確かめてください。"))
    words = _("%(at)s（%(hours)d時間前）") % {"at": f"{at:%Y-%m-%d %H:%M}", "hours": max(0, age // dt.timedelta(hours=1))}
    hint = _("目印の時刻です。控えから戻せるかは、定期に試して確かめてください。")
    return Line(name, words, "ok" if age <= _BACKUP_IS_OLD else "warning", hint)


def _upkeep() -> Section:
    absent = _("この製品にはまだありません。")
    return Section(
        _("控えと保存期間"),
        [
            _last_backup(),
            Line(_("操作記録の検証"), absent, "none"),
            Line(_("保存期間を過ぎた記録の消去"), absent, "none"),
        ],
    )


def _versions() -> Section:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = str(cursor.fetchone()[0])
    return Section(
        _("版"),
        [
            Line("madoguchi", version("madoguchi")),
            Line("Python", platform.python_version()),
            Line("Django", django.get_version()),
            Line("PostgreSQL", server.partition(" ")[0]),
        ],
    )
