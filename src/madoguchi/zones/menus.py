"""Menus of the staff pages: what stands there is what the signed-in person may open."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from madoguchi.platform.accounts.access import may
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.accounts.rights import ACCOUNTS_MANAGE, AUDIT_VIEW, OUTPUTS_SEE, RIGHTS_REVIEW, RIGHTS_REVIEW_SEE, Right
from madoguchi.platform.condition.rights import SEE_CONDITION
from madoguchi.platform.exchange.rights import EXPORT, IMPORT, LEDGER
from madoguchi.platform.oversight.rights import EXAMINE, SEE_FACTS
from madoguchi.platform.ui.shell import MenuItem, MenuSection, Words


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its words, its address by name, and the rights of which one opens it (none: every member of staff)."""

    label: Words
    address: str
    rights: tuple[Right, ...] = ()
    key: str = ""
    """The letter that leads there after `g`: one of its zone and never g or x, which mean something else on a list."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """Entries under one heading."""

    title: Words
    entries: tuple[Entry, ...]


# Both zones carry files to each other.
EXCHANGE = Chapter(
    _("連携"),
    (
        Entry(_("連携ファイルの書き出し"), "exchange:export", (EXPORT,)),
        Entry(_("連携ファイルの取り込み"), "exchange:import", (IMPORT,)),
        Entry(_("媒体管理簿"), "exchange:ledger", (LEDGER,)),
    ),
)
# What every member of staff has, and what those who look after the zone have.
OFFICE = Chapter(
    _("共通"),
    (
        Entry(_("承認待ち"), "approvals:list", key="a"),
        Entry(_("処理の一覧"), "jobs:list", key="j"),
        Entry(_("個人の設定"), "accounts:preferences"),
        Entry(_("利用者"), "accounts:list", (ACCOUNTS_MANAGE,)),
        Entry(_("権限の棚卸"), "accounts:reviews", (RIGHTS_REVIEW, RIGHTS_REVIEW_SEE)),
        Entry(_("出力センター"), "audit:outputs", (OUTPUTS_SEE,)),
        Entry(_("システムの状態"), "condition:show", (SEE_CONDITION,)),
        Entry(_("操作記録"), "audit:log", (AUDIT_VIEW,)),
        Entry(_("閲覧の点検"), "oversight:findings", (EXAMINE,)),
        Entry(_("評価書の資料"), "oversight:facts", (SEE_FACTS,)),
    ),
)


def menu_for(request: HttpRequest, chapters: Sequence[Chapter]) -> list[MenuSection]:
    """Return the chapters with the entries that the signed-in person may open; nothing for those who are not signed in."""
    if not isinstance(getattr(request, "user", None), Staff):
        return []
    return [
        MenuSection(
            chapter.title,
            [
                MenuItem(entry.label, reverse(entry.address), key=entry.key)
                for entry in chapter.entries
                if not entry.rights or any(may(request, right) for right in entry.rights)
            ],
        )
        for chapter in chapters
    ]
