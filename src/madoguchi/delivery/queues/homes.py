"""The first page of each role: at most six numbers that need this person now, and the pages this person works with (S04)."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.rights import SEE_CARDS, SET_PLACES
from madoguchi.delivery.dispatch.rights import SEE_DISPATCHES
from madoguchi.delivery.filing.queries import overdue_papers
from madoguchi.delivery.filing.rights import FILE_IMAGES
from madoguchi.delivery.intake.rights import APPROVE_LISTS
from madoguchi.delivery.queues import queries
from madoguchi.delivery.queues.rules import EXPLANATIONS, Queue
from madoguchi.delivery.registration.queries import counts as registration_counts
from madoguchi.delivery.registration.rights import REGISTER
from madoguchi.delivery.reports.rights import SEE_REPORTS
from madoguchi.platform.accounts import reviewing
from madoguchi.platform.accounts.access import may, places_of, staff_of
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.accounts.queries import ending_soon
from madoguchi.platform.accounts.rights import ACCOUNTS_MANAGE, AUDIT_VIEW, RIGHTS_REVIEW
from madoguchi.platform.approvals.queries import waiting_elsewhere, waiting_for
from madoguchi.platform.exchange.alarms import overdue_media
from madoguchi.platform.exchange.models import LedgerEntry
from madoguchi.platform.exchange.queries import open_files
from madoguchi.platform.exchange.rights import EXPORT, LEDGER
from madoguchi.platform.jobs.models import Job
from madoguchi.platform.jobs.queries import seen_by
from madoguchi.platform.oversight.alarms import unread_findings
from madoguchi.platform.oversight.rights import EXAMINE
from madoguchi.platform.ui.components import Tile


class Role(enum.StrEnum):
    """Whose first page it is: decided by the rights that a person has, since municipalities name and mix roles as they like."""

    CHIEF = "chief"
    CLERK = "clerk"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    OTHER = "other"


LEADS: Mapping[Role, str | Promise] = {
    Role.CHIEF: _("決めるもの、遅れているものを先に示しています。"),
    Role.CLERK: _("今日行うことを、仕事の順に示しています。"),
    Role.ADMINISTRATOR: _("利用者、設定、装置の面倒を見る人の画面です。カードの中身は開けません。"),
    Role.AUDITOR: _("記録を確かめる人の画面です。カードや予約は変えられません。"),
    Role.OTHER: _("左のメニューから画面を選んでください。"),
}
_FIRST: Mapping[Role, Sequence[Queue]] = {
    Role.CLERK: (Queue.TODAY, Queue.TOMORROW, Queue.TO_INSPECT, Queue.TO_PRESET, Queue.TO_NOTIFY, Queue.CAME_BACK),
    Role.CHIEF: (Queue.TO_APPROVE, Queue.DIFFERENT, Queue.OVERDUE, Queue.MISSING),
}


@dataclass(frozen=True, slots=True)
class Home:
    """What stands on a first page. `queues` is empty for those who may not see cards; `by_phase` are numbers without any card."""

    role: Role
    tiles: Sequence[Tile]
    queues: Sequence[Tile] = ()
    links: Sequence[tuple[str | Promise, str]] = field(default_factory=tuple)

    @property
    def lead(self) -> str | Promise:
        return LEADS[self.role]


def role_of(request: HttpRequest) -> Role:
    """Return whose page it is."""
    if may(request, SEE_CARDS):
        return Role.CHIEF if may(request, APPROVE_LISTS) else Role.CLERK
    if may(request, SET_PLACES) or may(request, ACCOUNTS_MANAGE):
        return Role.ADMINISTRATOR
    return Role.AUDITOR if may(request, AUDIT_VIEW) else Role.OTHER


def queue_address(queue: Queue) -> str:
    """Return the list behind a queue's number."""
    return f"{reverse('queues:list')}?{urlencode({'queue': queue.value})}"


_PRESSING = frozenset({Queue.MISSING, Queue.DIFFERENT, Queue.OVERDUE, Queue.NOT_ARRIVED})


def home_of(request: HttpRequest) -> Home:
    """Return the first page of the signed-in person. A constant number of statements: one for all queues."""
    role = role_of(request)
    if role in {Role.CLERK, Role.CHIEF}:
        counted = queries.counts(queries.standings(places_of(request, SEE_CARDS)))
        queues = [
            Tile(counted[queue], queue.label, queue_address(queue), EXPLANATIONS[queue], bool(counted[queue]) and queue in _PRESSING)
            for queue in Queue
        ]
        by_queue = dict(zip(Queue, queues, strict=True))
        first = [by_queue[queue] for queue in _FIRST[role]]
        return Home(role, [*_alarms(request), *_approvals(request, role), *first, *_exchange(request, role)][:6], queues)
    if role is Role.ADMINISTRATOR:
        return Home(
            role, [*overdue_media(request), *_review(request), *_approvals(request, Role.CHIEF), *_office(request)], links=_links(request)
        )
    if role is Role.AUDITOR:
        return Home(role, [*unread_findings(request), *overdue_media(request), *_control(request)], links=_links(request))
    return Home(role, (), links=_links(request))


def _alarms(request: HttpRequest) -> list[Tile]:
    """Return what is late with applications that the office took and with originals to be shredded (DL-24, DL-26), if anything is."""
    tiles = []
    if may(request, REGISTER):
        late = registration_counts(places_of(request, REGISTER))
        tiles += [
            Tile(
                late.unsent_overdue,
                _("送付の遅れている申請"),
                f"{reverse('registration:list')}?show=overdue",
                _("前の日までに受け付けたもの"),
            ),
            Tile(late.no_card, _("カードの届かない申請"), f"{reverse('registration:list')}?show=no-card", _("決めた日数を過ぎたもの")),
        ]
    if may(request, FILE_IMAGES):
        tiles.append(Tile(overdue_papers(), _("細断していない原本"), reverse("filing:shredding"), _("決めた日数を過ぎたもの")))
    return [*overdue_media(request), *_review(request), *(replace(tile, is_pressing=True) for tile in tiles if tile.number)]


def _review(request: HttpRequest) -> list[Tile]:
    """Return the review of rights that is due, for those who make it (S30)."""
    due = reviewing.due() if may(request, RIGHTS_REVIEW) else None
    if due is None:
        return []
    words = _("期限 %(day)s を過ぎています") if due.is_late else _("期限は %(day)s です")
    return [Tile(1, _("権限の棚卸"), reverse("accounts:reviews"), words % {"day": f"{due.day:%Y-%m-%d}"}, is_pressing=due.is_late)]


def _approvals(request: HttpRequest, role: Role) -> list[Tile]:
    if role is not Role.CHIEF:
        return []
    staff = staff_of(request)
    number = waiting_for(staff).count() + len(waiting_elsewhere(staff))
    return [Tile(number, _("承認待ち"), reverse("approvals:list"), _("別の職員が依頼したもの"), is_pressing=bool(number))]


def _exchange(request: HttpRequest, role: Role) -> list[Tile]:
    if role is not Role.CHIEF or not may(request, EXPORT):
        return []
    return [
        Tile(open_files().count(), _("受領書待ちの連携ファイル"), reverse("exchange:export"), _("運んだあと、受領書が届いていないもの"))
    ]


def _office(request: HttpRequest) -> list[Tile]:
    running = seen_by(request).filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).count()
    failed = seen_by(request).filter(state=Job.State.FAILED).count()
    tiles = [
        Tile(running, _("動いている処理"), reverse("jobs:list"), _("待っているものを含む")),
        Tile(failed, _("失敗した処理"), reverse("jobs:list"), _("理由を読み、始め直すか決める"), is_pressing=bool(failed)),
    ]
    if may(request, ACCOUNTS_MANAGE):
        tiles.append(
            Tile(Staff.objects.filter(is_active=True).count(), _("使える利用者"), reverse("accounts:list"), _("人の入れ替わりを確かめる"))
        )
        if ending := ending_soon().count():
            tiles.append(Tile(ending, _("期限の近い役割"), reverse("accounts:list"), _("14日以内に自動で外れるもの"), is_pressing=True))
    return tiles


def _control(request: HttpRequest) -> list[Tile]:
    if not may(request, LEDGER):
        return []
    refused = LedgerEntry.objects.filter(state__in=[LedgerEntry.State.REFUSED, LedgerEntry.State.FAILED]).count()
    return [
        Tile(LedgerEntry.objects.count(), _("媒体の読み書き"), reverse("exchange:ledger"), _("媒体管理簿の行")),
        Tile(refused, _("拒否・失敗した読み書き"), reverse("exchange:ledger"), _("すべて管理簿に残ります"), is_pressing=bool(refused)),
    ]


def _links(request: HttpRequest) -> list[tuple[str | Promise, str]]:
    known = [
        (_("交付の統計"), "reports:overview", (SEE_REPORTS,)),
        (_("設定と交付場所"), "cards:settings", (SET_PLACES,)),
        (_("閲覧の点検"), "oversight:findings", (EXAMINE,)),
        (_("閲覧の集計"), "oversight:use", (EXAMINE,)),
        (_("操作記録"), "audit:log", (AUDIT_VIEW,)),
        (_("検索語で調べる"), "search:trace", (AUDIT_VIEW,)),
        (_("発送管理"), "dispatch:dispatches", (SEE_DISPATCHES,)),
        (_("媒体管理簿"), "exchange:ledger", (LEDGER,)),
        (_("利用者"), "accounts:list", (ACCOUNTS_MANAGE,)),
        (_("処理の一覧"), "jobs:list", ()),
    ]
    return [(words, reverse(name)) for words, name, rights in known if not rights or any(may(request, right) for right in rights)]
