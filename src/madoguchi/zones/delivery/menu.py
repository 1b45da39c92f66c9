"""The menu of the core zone: the way of a card from top to bottom."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.applications.rights import LIST_APPLICATIONS
from madoguchi.delivery.cards.rights import SEE_CARDS, SET_PLACES
from madoguchi.delivery.changes.rights import IMPORT_CHANGES
from madoguchi.delivery.dispatch.rights import PRINT_LETTERS
from madoguchi.delivery.disposal.rights import SEE_DISPOSAL
from madoguchi.delivery.fees.rights import SEE_FEES
from madoguchi.delivery.filing.rights import SEE_FILING_RECORDS, SEE_IMAGES
from madoguchi.delivery.handover.rights import COUNTER_SERVE
from madoguchi.delivery.intake.rights import APPROVE_LISTS, ENTER_PRESETS, IMPORT_LISTS, RECEIVE_CARDS
from madoguchi.delivery.matching.rights import MATCHES_VIEW
from madoguchi.delivery.planning.rights import PLAN_CAPACITY
from madoguchi.delivery.procedures.rights import SEE_PROCEDURE_FIGURES, SERVE_PROCEDURES
from madoguchi.delivery.reconciliation.rights import RECONCILE, SEE_DAYS
from madoguchi.delivery.registration.rights import REGISTER, SEND
from madoguchi.delivery.reports.rights import SEE_REPORTS
from madoguchi.delivery.search.rights import FIND_PEOPLE
from madoguchi.delivery.storage.rights import MOVE_CARDS, SET_BOXES
from madoguchi.platform.accounts.rights import AUDIT_VIEW
from madoguchi.platform.ui.shell import MenuSection
from madoguchi.zones.menus import EXCHANGE, OFFICE, Chapter, Entry, menu_for

CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        _("カード"),
        (
            Entry(_("交付管理"), "queues:home", key="h"),
            Entry(_("作業一覧"), "queues:list", (SEE_CARDS,), key="w"),
            Entry(_("カードを探す"), "search:people", (FIND_PEOPLE,), key="s"),
            Entry(_("カード一覧"), "cards:list", (SEE_CARDS,), key="k"),
            Entry(_("カード発行一覧"), "intake:lists", (IMPORT_LISTS, APPROVE_LISTS)),
            Entry(_("受入と検品"), "intake:arrivals", (RECEIVE_CARDS,), key="i"),
            Entry(_("交付前設定の結果"), "intake:presets", (ENTER_PRESETS,)),
        ),
    ),
    Chapter(
        _("窓口"),
        (
            Entry(_("読取"), "scanning:desk", (SEE_CARDS,), key="r"),
            Entry(_("本日の窓口"), "handover:board", (COUNTER_SERVE,), key="m"),
            Entry(_("在庫のない手続き"), "procedures:board", (SERVE_PROCEDURES,)),
            Entry(_("手続きの統計"), "procedures:figures", (SEE_PROCEDURE_FIGURES,)),
            Entry(_("手数料"), "fees:home", (SEE_FEES,)),
            Entry(_("予約の突合"), "matching:work-list", (MATCHES_VIEW,)),
            Entry(_("申請予約の一覧"), "received:list", (LIST_APPLICATIONS,)),
            Entry(_("申請受付"), "registration:list", (REGISTER, SEND)),
        ),
    ),
    Chapter(
        _("通知と保管"),
        (
            Entry(_("通知"), "dispatch:list", (PRINT_LETTERS,), key="t"),
            Entry(_("保管"), "storage:boxes", (MOVE_CARDS, SET_BOXES), key="o"),
            Entry(_("取り出し一覧"), "storage:pick-list", (MOVE_CARDS,)),
            Entry(_("帳票"), "filing:list", (SEE_IMAGES,)),
            Entry(_("帳票の廃棄"), "filing:disposals", (SEE_FILING_RECORDS,)),
        ),
    ),
    Chapter(
        _("例外と照合"),
        (
            Entry(_("差異リスト"), "reconciliation:differences", (RECONCILE,), key="d"),
            Entry(_("日次の照合"), "reconciliation:days", (SEE_DAYS,)),
            Entry(_("異動と期限"), "changes:lists", (IMPORT_CHANGES,)),
            Entry(_("カードの廃棄"), "disposal:home", (SEE_DISPOSAL,)),
        ),
    ),
    Chapter(
        _("業務管理"),
        (
            Entry(_("交付の統計"), "reports:overview", (SEE_REPORTS,)),
            Entry(_("検索語で調べる"), "search:trace", (AUDIT_VIEW,)),
            Entry(_("窓口の計画"), "planning:overview", (PLAN_CAPACITY,)),
            Entry(_("設定と交付場所"), "cards:settings", (SET_PLACES,)),
        ),
    ),
    EXCHANGE,
    OFFICE,
)


def menu(request: HttpRequest) -> Sequence[MenuSection]:
    """Return what the signed-in person may open."""
    return menu_for(request, CHAPTERS)
