"""評価書の資料: what a municipality has to state about personal data, from what this zone really holds and does (SF-10, EX-06, EX-07).

Counts, columns, roles, outputs, files between the zones and periods are read from the running system. What no table can say (whose data
they are, what for, until when) the zone adds: setting MADOGUCHI_HOLDINGS names its tables, MADOGUCHI_OWN_FACTS what is special about it.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.db.models import Count, Sum
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Role
from madoguchi.platform.accounts.role_table import rights_of_zone, roles_with_people
from madoguchi.platform.audit.outputs import places
from madoguchi.platform.audit.queries import reading_as_auditor
from madoguchi.platform.exchange.models import ExchangeRules, IncomingFile, OutgoingFile
from madoguchi.platform.exchange.wording import TYPE_HELP, type_name
from madoguchi.platform.oversight.holdings import Fact, Holding, columns_of, rows_of, table_of
from madoguchi.platform.oversight.models import ExaminedDay, Finding, LogExport
from madoguchi.platform.oversight.queries import thresholds_on

_YEAR = dt.timedelta(days=365)


HEADINGS = (gettext_lazy("区分"), gettext_lazy("もの"), gettext_lazy("内容"), gettext_lazy("数"))


def _of_zone(setting: str) -> Any:  # noqa: ANN401 what the zone's setting names
    path: str = getattr(settings, setting, "")
    return import_string(path) if path else None


def facts() -> list[Fact]:
    """Return every fact of this zone. Statements: one for each table, and a few for the rest."""
    held: Mapping[str, Holding] = _of_zone("MADOGUCHI_HOLDINGS") or {}
    own: Callable[[], Sequence[Fact]] | None = _of_zone("MADOGUCHI_OWN_FACTS")
    return [
        *_environment(),
        *_tables(held),
        *_periods(held),
        *_columns(held),
        *_who(),
        *_outputs(),
        *_files(),
        *_log(),
        *(own() if own else ()),
    ]


def _environment() -> Iterator[Fact]:
    part = _("1 このシステム")
    zone = {"booking": _("予約管理（インターネット側。氏名と住所を持ちません）"), "delivery": _("交付管理（庁内の、つながらない側）")}
    yield Fact(part, _("ゾーン"), zone.get(settings.MADOGUCHI_ZONE, settings.MADOGUCHI_ZONE))
    yield Fact(part, _("団体コード"), settings.MADOGUCHI_MUNICIPALITY)
    yield Fact(part, _("作った日時"), f"{clock.now().astimezone(clock.TOKYO):%Y-%m-%d %H:%M}")
    yield Fact(part, _("版"), f"madoguchi {version('madoguchi')}")
    yield Fact(part, _("個人番号"), _("列としては持ちません。入力も読み取りも受け付けません。"))


def _tables(held: Mapping[str, Holding]) -> Iterator[Fact]:
    for label, holding in held.items():
        yield Fact(_("2 持っている記録と目的"), holding.name, holding.purpose, f"{rows_of(label):,}")


def _periods(held: Mapping[str, Holding]) -> Iterator[Fact]:
    for holding in held.values():
        yield Fact(_("3 保存の期間"), holding.name, holding.until)


def _columns(held: Mapping[str, Holding]) -> Iterator[Fact]:
    for label, holding in held.items():
        names = columns_of(label)
        yield Fact(_("4 記録の項目"), f"{holding.name}（{table_of(label)}）", "、".join(names), f"{len(names)}")


def _who() -> Iterator[Fact]:
    part, people = _("5 見る人、扱う人"), roles_with_people()
    for right in rights_of_zone():
        holders = [(role, number) for role, number in people if right.code in role.rights]
        says = "、".join(role.name for role, _number in holders) or _("だれにもありません")
        yield Fact(part, right.name, says, f"{sum(number for _role, number in holders)}")


def _outputs() -> Iterator[Fact]:
    since, known = clock.now() - _YEAR, places()
    with reading_as_auditor() as alias, connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT process_code, count(*) FROM audit_auditevent"
            " WHERE process_class IN ('export', 'print') AND result = 'done' AND at >= %s GROUP BY 1",
            [since],
        )
        done = dict(cursor.fetchall())
    for code, place in known.items():
        kept = _("ファイルを残します") if place.keeps else _("その場で渡し、残しません")
        yield Fact(_("6 出力（この1年の回数）"), place.process.name, kept, f"{done.get(code, 0):,}")


def _files() -> Iterator[Fact]:
    part, rules = _("7 もう一つのゾーンとの受け渡し（この1年）"), ExchangeRules.objects.first()
    way = _("回線（相互に認証したTLS）と媒体") if rules and rules.direct_on else _("媒体だけ。回線ではつながりません")
    yield Fact(part, _("運び方"), way)
    yield Fact(part, _("封"), _("AES-256-GCM で暗号化し、Ed25519 で署名します。相手のゾーンだけが開けます。"))
    yield Fact(part, _("媒体"), _("登録した媒体だけを使います。") if rules and rules.medium_required else _("媒体の登録を求めていません。"))
    release = _("別の職員が承認してから書き出します。") if rules and rules.release_required else _("書き出しの承認を求めていません。")
    yield Fact(part, _("書き出しの承認"), release)
    since = clock.now() - _YEAR
    sent = dict(_totals(OutgoingFile.objects.filter(issued_at__gte=since, state=OutgoingFile.State.ISSUED), "rows"))
    taken = dict(_totals(IncomingFile.objects.filter(imported_at__gte=since), "taken"))
    for words, kinds, figures in (
        (_("送る"), settings.MADOGUCHI_EXCHANGE_SENDS, sent),
        (_("受け取る"), settings.MADOGUCHI_EXCHANGE_RECEIVES, taken),
    ):
        for kind in kinds:
            files, rows = figures.get(kind, (0, 0))
            amount = _("%(files)d個 %(rows)s行") % {"files": files, "rows": f"{rows:,}"}
            yield Fact(part, f"{words}：{type_name(kind)}", TYPE_HELP.get(kind, ""), amount)


def _totals(found: Any, rows: str) -> Iterator[tuple[str, tuple[int, int]]]:  # noqa: ANN401 a query of either table
    for row in found.order_by().values("type").annotate(files=Count("pk"), total=Sum(rows)):
        yield row["type"], (row["files"], row["total"] or 0)


def _log() -> Iterator[Fact]:
    part, thresholds = _("8 記録と点検"), thresholds_on(clock.today())
    with reading_as_auditor() as alias, connections[alias].cursor() as cursor:
        cursor.execute("SELECT min(at) FROM audit_auditevent")
        (first,) = cursor.fetchone()
    with connection.cursor() as cursor:
        cursor.execute("SELECT GREATEST(reltuples, 0)::bigint FROM pg_class WHERE oid = 'audit_auditevent'::regclass")
        (rows,) = cursor.fetchone()
    begun = f"{first.astimezone(clock.TOKYO):%Y-%m-%d}" if first else _("まだありません")
    kept = _("%(day)s から。消す仕組みはありません。サービスは書き足すだけで、読めず、直せません。") % {"day": begun}
    yield Fact(part, _("操作記録"), kept, _("約 %(n)s") % {"n": f"{rows:,}"})
    hours = f"{thresholds.opens:%H:%M}–{thresholds.closes:%H:%M}"
    told = _("業務時間 %(hours)s。毎晩、前の日を点検します。数は、点検した日です。") % {"hours": hours}
    yield Fact(part, _("点検のめやす"), told, f"{ExaminedDay.objects.count()}")
    yield Fact(part, _("ふだんと違う使い方の報告"), _("確かめたもの"), f"{Finding.objects.filter(signed_at__isnull=False).count()}")
    yield Fact(part, _("ふだんと違う使い方の報告"), _("確かめていないもの"), f"{Finding.objects.filter(signed_at__isnull=True).count()}")
    yield Fact(part, _("操作記録の書き出し"), _("署名付き"), f"{LogExport.objects.count()}")
    yield Fact(part, _("役割"), _("権限をまとめた役割"), f"{Role.objects.filter(is_retired=False).count()}")
