"""The tiles of the desk's first page: what needs somebody now, with a live count that leads to the list (S04)."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.abuse.queries import unseen_alarms
from madoguchi.booking.abuse.rights import SEE_LIMITS
from madoguchi.booking.calendar.models import Place
from madoguchi.booking.desk.models import CallTicket, ContactTask, EmergencyStop
from madoguchi.booking.desk.queries import visible_places
from madoguchi.booking.desk.rights import CONTACT_PEOPLE, STOP_DAYS
from madoguchi.booking.desk.waiting import offers_to_call
from madoguchi.booking.municipality.announcements import shown_now
from madoguchi.booking.notices.queries import calls_needed, dead_mails, waiting_mails
from madoguchi.booking.notices.rights import SEE_MAILS
from madoguchi.booking.reservations.models import Booking, State
from madoguchi.booking.reservations.queries import locked_numbers
from madoguchi.booking.reservations.rights import BOOK_FOR_CALLERS, SEE_BOOKINGS, UNLOCK_NUMBERS
from madoguchi.platform import clock
from madoguchi.platform.accounts import reviewing
from madoguchi.platform.accounts.access import may, places_of, staff_of
from madoguchi.platform.accounts.queries import ending_soon
from madoguchi.platform.accounts.rights import ACCOUNTS_MANAGE, RIGHTS_REVIEW
from madoguchi.platform.approvals.queries import waiting_for
from madoguchi.platform.exchange.alarms import overdue_media
from madoguchi.platform.oversight.alarms import unread_findings
from madoguchi.platform.ui.components import Tile


@dataclass(frozen=True, slots=True)
class PlaceToday:
    """One place today: who is still to come, who is here, who waits to be called, who is done."""

    code: str
    name: str
    expected: int
    here: int
    over: int
    waiting: int

    @property
    def total(self) -> int:
        return self.expected + self.here + self.over


def places_today(places: Collection[Place]) -> list[PlaceToday]:
    """Return today's counts of `places` that have a booking or a call number today. Two statements."""
    today = clock.today()
    booked = (
        Booking.objects.filter(slot__day=today, slot__place__in=places)
        .values("slot__place")
        .annotate(
            expected=Count("pk", filter=Q(state=State.CONFIRMED)),
            here=Count("pk", filter=Q(state=State.ARRIVED)),
            over=Count("pk", filter=Q(state__in=[State.DONE, State.REFUSED, State.NO_SHOW])),
        )
    )
    by_place = {row["slot__place"]: row for row in booked}
    tickets = CallTicket.objects.filter(day=today, place__in=places, state=CallTicket.State.WAITING)
    waiting = {row["place"]: row["number"] for row in tickets.values("place").annotate(number=Count("pk"))}
    nothing = {"expected": 0, "here": 0, "over": 0}
    found = []
    for place in places:
        row = by_place.get(place.pk, nothing)
        found.append(PlaceToday(place.code, place.name, row["expected"], row["here"], row["over"], waiting.get(place.pk, 0)))
    return [one for one in found if one.total or one.waiting]


def tiles(request: HttpRequest) -> list[Tile]:
    """Return what needs the signed-in person, at most one tile for each list that they may open. A constant number of statements."""
    found: list[Tile] = [*unread_findings(request), *overdue_media(request)]
    if may(request, CONTACT_PEOPLE):
        found.append(_calls_to_make(places_of(request, CONTACT_PEOPLE)))
    if may(request, BOOK_FOR_CALLERS) and (offers := offers_to_call()):
        found.append(Tile(offers, _("電話で知らせる空きの案内"), reverse("desk:waiting"), is_pressing=True))
    if may(request, STOP_DAYS):
        stops = EmergencyStop.objects.filter(taken_back_at__isnull=True, day_until__gte=clock.today()).count()
        found.append(Tile(stops, _("臨時停止中"), reverse("desk:stops"), is_pressing=stops > 0))
        found.append(Tile(len(shown_now()), _("掲載中のお知らせ"), reverse("desk:announcements")))
    if may(request, UNLOCK_NUMBERS):
        found.append(Tile(locked_numbers().count(), _("停止中の予約用ID"), reverse("desk:locked")))
    if may(request, SEE_LIMITS) and (alarms := unseen_alarms()):
        found.append(Tile(alarms, _("不正の知らせ"), reverse("abuse:limits"), is_pressing=True))
    if may(request, SEE_BOOKINGS) and (mails := waiting_mails()):
        found.append(Tile(mails, _("送信待ちのメール")))
    if may(request, SEE_MAILS):
        found.extend(_mail_trouble(places_of(request, SEE_MAILS)))
    if approvals := waiting_for(staff_of(request)).count():
        found.append(Tile(approvals, _("承認待ち"), reverse("approvals:list"), is_pressing=True))
    return [*found, *_rights(request)]


def _rights(request: HttpRequest) -> list[Tile]:
    """Return the roles that end soon, for those who give roles, and the review of rights that is due, for those who make it (S30)."""
    found = []
    if may(request, ACCOUNTS_MANAGE) and (ending := ending_soon().count()):
        found.append(Tile(ending, _("期限の近い役割"), reverse("accounts:list"), _("14日以内に自動で外れるもの"), is_pressing=True))
    if may(request, RIGHTS_REVIEW) and (due := reviewing.due()):
        words = _("期限 %(day)s を過ぎています") if due.is_late else _("期限は %(day)s です")
        day = f"{due.day:%Y-%m-%d}"
        found.append(Tile(1, _("権限の棚卸"), reverse("accounts:reviews"), words % {"day": day}, is_pressing=due.is_late))
    return found


def _mail_trouble(places: frozenset[str] | None) -> list[Tile]:
    """Return the tiles of mails that were given up and of people whom no mail reaches; none where all is well."""
    found: list[Tile] = []
    if dead := dead_mails():
        found.append(Tile(dead, _("送信できずにあきらめたメール"), f"{reverse('notices:log')}?state=dead", is_pressing=True))
    if calls := calls_needed(places).count():
        found.append(Tile(calls, _("メールが届かず電話が必要な予約"), reverse("notices:calls"), is_pressing=True))
    return found


def _calls_to_make(allowed: frozenset[str] | None) -> Tile:
    found = ContactTask.objects.filter(is_done=False)
    if allowed is not None:
        found = found.filter(booking__slot__place__code__in=allowed)
    counts = found.aggregate(all=Count("pk"), late=Count("pk", filter=Q(due__lt=clock.today())))
    hint = _("期限を過ぎた %(number)d") % {"number": counts["late"]} if counts["late"] else ""
    return Tile(counts["all"], _("連絡要"), reverse("desk:contacts"), hint, is_pressing=bool(counts["late"]))


def own_places(request: HttpRequest) -> list[Place]:
    """Return the places whose bookings the signed-in person may see."""
    return visible_places(places_of(request, SEE_BOOKINGS)) if may(request, SEE_BOOKINGS) else []
