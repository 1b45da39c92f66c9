"""本日ボード: marks, call numbers and walk-ins of one place, on a page that refreshes itself (BS-04).

Every button carries the version that its page showed, so that a double press does one thing and of two windows the second is told. Without
JavaScript each press is a full page; with it the board refreshes every fifteen seconds in place.
"""

import datetime as dt
import uuid
from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.calendar.models import Place
from madoguchi.booking.desk import tickets
from madoguchi.booking.desk.audited import BOARD_VIEWED
from madoguchi.booking.desk.board import RESULTS, Board, board
from madoguchi.booking.desk.board_forms import CounterForm, WalkInForm, clean_counter
from madoguchi.booking.desk.models import CallTicket
from madoguchi.booking.desk.queries import visible_places
from madoguchi.booking.desk.rights import OVERBOOK, RECEIVE_PEOPLE
from madoguchi.booking.desk.rules import Act
from madoguchi.booking.desk.views.bookings import day_of
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.reservations import queries, services
from madoguchi.booking.reservations.models import Booking, State
from madoguchi.booking.reservations.rights import SEE_BOOKINGS
from madoguchi.booking.reservations.rules import BookingRefused, Why
from madoguchi.kernel import numbers
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, places_of, requires, staff_of
from madoguchi.platform.accounts.duty import change_window, duty_of
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

_LAST_ACT, _PLACE = "desk_last_act", "desk_place"
_UNDO_SHOWN = dt.timedelta(minutes=10)

MARKS: dict[str, tuple[Callable[..., Booking], object]] = {
    "arrived": (services.mark_arrived, gettext_lazy("来庁")),
    "late": (services.mark_late, gettext_lazy("遅刻の連絡")),
    "no_show": (services.mark_no_show, gettext_lazy("来庁なし")),
    "done": (services.mark_done, gettext_lazy("完了")),
    "refused": (services.mark_refused, gettext_lazy("交付不可")),
}


def _chosen_place(request: HttpRequest) -> tuple[list[Place], Place | None]:
    """Return the places that the person may see, and the one of the address or the one looked at last."""
    places = visible_places(places_of(request, SEE_BOOKINGS))
    wanted = request.GET.get("place") or request.session.get(_PLACE) or duty_of(request).place
    place = next((one for one in places if one.code == wanted), places[0] if places else None)
    if place and request.session.get(_PLACE) != place.code:
        request.session[_PLACE] = place.code
    return places, place


@requires(SEE_BOOKINGS)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The board of one place: today, or for looking only another day."""
    places, place = _chosen_place(request)
    day = day_of(request.GET.get("day", "")) or clock.today()
    seen = board(place, day) if place else None
    if place:
        record(actor_of(request), BOARD_VIEWED, subject=f"place:{place.code}", content={"day": day.isoformat()})
    context = {
        "places": places,
        "place": place,
        "day": day,
        "is_today": day == clock.today(),
        "counter_form": CounterForm(initial={"counter": duty_of(request).window}),
        **_parts(request, seen),
    }
    return render(request, "desk/board.html", context)


def _parts(request: HttpRequest, seen: Board | None) -> dict[str, object]:
    may_receive = seen is not None and may(request, RECEIVE_PEOPLE, seen.place.code)
    last = request.session.get(_LAST_ACT)
    fresh = last and clock.now() - dt.datetime.fromisoformat(last["at"]) < _UNDO_SHOWN
    return {
        "board": seen,
        "may_receive": may_receive,
        "marks": {code: words for code, (_command, words) in MARKS.items()},
        "counter": duty_of(request).window,
        "last_act": last if fresh and may_receive else None,
        "late_minutes": municipality.current().late_minutes,
        "results_from_delivery": municipality.current().results_from_delivery,
    }


@requires(SEE_BOOKINGS)
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The moving part of the board, asked for every fifteen seconds: it keeps nobody signed in, and the look was recorded with the page."""
    request.unattended = True  # type: ignore[attr-defined]  # read by the session's limits
    _places, place = _chosen_place(request)
    day = day_of(request.GET.get("day", "")) or clock.today()
    if place is None:
        raise Http404
    return render(request, "desk/_board.html", _parts(request, board(place, day)) | {"place": place, "day": day})


def _back(place: str, day: dt.date | None = None) -> HttpResponseRedirect:
    query = f"?place={place}" + (f"&day={day.isoformat()}" if day and day != clock.today() else "")
    return HttpResponseRedirect(reverse("desk:board") + query)


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _remember(request: HttpRequest, kind: str, key: object, version: int, words: str, before: str = "") -> None:
    """Keep what was done last in the session, so that the board can offer to take it back."""
    request.session[_LAST_ACT] = {
        "kind": kind,
        "key": str(key),
        "version": version,
        "words": words,
        "before": before,
        "at": clock.now().isoformat(),
    }


@requires(RECEIVE_PEOPLE)
@require_POST
def set_counter(request: HttpRequest) -> HttpResponse:
    """Remember the own window for this session: what is called from here is called to it."""
    form = CounterForm(request.POST)
    if form.is_valid():
        change_window(request, staff_of(request), form.cleaned_data["counter"], actor_of(request))
        messages.success(request, _("窓口%(counter)sとして呼び出します。") % {"counter": form.cleaned_data["counter"]})
    else:
        messages.error(request, "".join(str(fault) for faults in form.errors.values() for fault in faults))
    return _back(request.session.get(_PLACE, ""))


@requires(RECEIVE_PEOPLE)
@require_POST
def mark(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Mark what became of a booking; whoever arrives gets a call number."""
    booking = queries.booking(pk)
    code = request.POST.get("mark", "")
    if booking is None or not may(request, RECEIVE_PEOPLE, booking.slot.place.code) or code not in MARKS:
        raise Http404
    place = booking.slot.place
    if booking.slot.day > clock.today():
        messages.error(request, _("この予約の日はまだ来ていません。何も変えていません。"))
        return _back(place.code, booking.slot.day)
    if code in RESULTS and municipality.current().results_from_delivery:
        messages.error(request, _("来庁の結果は交付管理で記録する設定です。何も変えていません。"))
        return _back(place.code, booking.slot.day)
    command, words = MARKS[code]
    before, actor = booking.state, actor_of(request)
    try:
        with transaction.atomic():
            marked = command(actor, booking.pk, version=_version(request) or None)
            ticket = _issue_on_arrival(actor, marked) if code == "arrived" and booking.slot.day == clock.today() else None
    except BookingRefused as refusal:
        messages.error(request, str(refusal.message))
        return _back(place.code, booking.slot.day)
    told = _("予約 %(number)s を「%(mark)s」にしました。") % {"number": booking.number, "mark": words}
    if ticket:
        told += _("受付番号は %(number)d です。") % {"number": ticket.number}
    _remember(request, "mark", booking.pk, marked.version, told, before)
    return _back(place.code, booking.slot.day)


def _issue_on_arrival(actor: Actor, booking: Booking) -> CallTicket:
    return tickets.issue(actor, booking.slot.place, key=uuid.uuid4(), booking=booking)


@requires(RECEIVE_PEOPLE)
@require_POST
def step(request: HttpRequest, pk: int) -> HttpResponse:
    """Call a number, or whatever else is to be done with it."""
    ticket = CallTicket.objects.select_related("place").filter(pk=pk).first()
    if ticket is None or not may(request, RECEIVE_PEOPLE, ticket.place.code):
        raise Http404
    try:
        act = Act(request.POST.get("act", ""))
    except ValueError:
        raise Http404 from None
    counter = duty_of(request).window
    try:
        if act is Act.FORWARD:
            counter = clean_counter(request.POST.get("counter", ""))
        done = tickets.step(actor_of(request), pk, act, version=_version(request), counter=counter)
    except tickets.TicketRefused as refusal:
        messages.error(request, refusal.message)
    except ValueError as fault:
        messages.error(request, str(fault))
    else:
        words = _("番号%(number)d：%(act)s（今は「%(state)s」）") % {
            "number": done.number,
            "act": tickets.act_name(act.value),
            "state": done.get_state_display(),
        }
        _remember(request, "ticket", done.pk, done.version, words)
    return _back(ticket.place.code)


@requires(RECEIVE_PEOPLE)
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take back what this person did last: a step of a call number, or a mark. A further event, never an erasure."""
    last = request.session.pop(_LAST_ACT, None)
    place = request.session.get(_PLACE, "")
    if last is None:
        messages.info(request, _("元に戻せる操作がありません。何も変えていません。"))
        return _back(place)
    try:
        if last["kind"] == "ticket":
            _undo_step(request, int(last["key"]), last["version"])
        else:
            _undo_mark(request, uuid.UUID(last["key"]), last["version"], last["before"])
    except (BookingRefused, tickets.TicketRefused) as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("元に戻しました。記録には両方が残ります。"))
    return _back(place)


def _undo_step(request: HttpRequest, pk: int, version: int) -> None:
    ticket = get_object_or_404(CallTicket.objects.select_related("place"), pk=pk)
    if not may(request, RECEIVE_PEOPLE, ticket.place.code):
        raise Http404
    tickets.undo(actor_of(request), pk, version=version)


def _undo_mark(request: HttpRequest, pk: uuid.UUID, version: int, before: str) -> None:
    booking = queries.booking(pk)
    if booking is None or not may(request, RECEIVE_PEOPLE, booking.slot.place.code):
        raise Http404
    actor = actor_of(request)
    with transaction.atomic():
        services.correct_mark(actor, pk, version=version, reason=_("ボードで取り消し"))
        if before == State.ARRIVED:
            services.mark_arrived(actor, pk)
            return
        waiting = CallTicket.objects.filter(booking=pk, day=clock.today(), state=CallTicket.State.WAITING).first()
        if waiting is not None:
            tickets.step(actor, waiting.pk, Act.VOID, version=waiting.version)


@requires(RECEIVE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def walk_in(request: HttpRequest) -> HttpResponse:
    """Somebody came without a booking for this time: a place and a call number, or a call number alone."""
    places = visible_places(places_of(request, RECEIVE_PEOPLE))
    wanted = request.POST.get("place") or request.GET.get("place") or request.session.get(_PLACE) or duty_of(request).place
    place = next((one for one in places if one.code == wanted), places[0] if places else None)
    if place is None:
        raise Http404
    form = WalkInForm(request.POST if request.method == "POST" else None)
    key = _key(request.POST.get("key", ""))
    status = 200
    if request.method == "POST" and form.is_valid():
        ticket = _receive(request, place, form, key)
        if ticket is not None:
            messages.success(request, _("受付番号 %(number)d を渡してください。") % {"number": ticket.number})
            return HttpResponseRedirect(reverse("desk:slip", args=[ticket.pk]))
    if request.method == "POST":
        status = 422
    context = {"form": form, "place": place, "key": key, "may_overbook": may(request, OVERBOOK, place.code)}
    return render(request, "desk/walk_in.html", context, status=status)


def _key(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()


def _receive(request: HttpRequest, place: Place, form: WalkInForm, key: uuid.UUID) -> CallTicket | None:
    """Give a call number; with a booking number a booking too. None when the form says why not."""
    actor, typed = actor_of(request), form.cleaned_data["number"].strip()
    if not typed:
        return tickets.issue(actor, place, key=key)
    try:
        serial = numbers.serial_number(typed)
    except numbers.NumberError:
        form.add_error("number", _("予約用IDは9文字です（英字と数字3文字、数字6けた）。読み直してください。"))
        return None
    standing = queries.booking_of_serial(serial)
    if standing is not None and standing.state != State.HELD and standing.slot.day == clock.today() and standing.slot.place == place:
        with transaction.atomic():
            booking = services.mark_arrived(actor, standing.pk)
            return tickets.issue(actor, place, key=key, booking=booking)
    if not form.cleaned_data["reason"]:
        form.add_error("reason", _("確認したことを入力してください。"))
        return None
    slot = _slot_now(place)
    if slot is None:
        form.add_error("number", _("今日この場所に、これからの枠がありません。空欄にすると受付番号だけを出せます。"))
        return None
    overbook = form.cleaned_data["reason"] if may(request, OVERBOOK, place.code) and slot.free < 1 else ""
    try:
        with transaction.atomic():
            reason = form.cleaned_data["reason"]
            booking = services.walk_in(actor, serial, slot.slot, key=key, reason=reason, overbook_reason=overbook)
            return tickets.issue(actor, place, key=key, booking=booking)
    except BookingRefused as refusal:
        full = refusal.why is Why.FULL
        words = _("今日の枠は満員です。責任者が受け付けるか、空欄にして受付番号だけを出してください。") if full else str(refusal.message)
        form.add_error("number", words)
        return None


def _slot_now(place: Place) -> calendar.Time | None:
    """Return the first time of today that still has room, else the one that runs now."""
    times = calendar.times_for_staff(place, clock.today())
    return next((time for time in times if time.bookable), times[0] if times else None)


@requires(RECEIVE_PEOPLE)
@require_safe
def slip(request: HttpRequest, pk: int) -> HttpResponse:
    """The slip with the call number, to be printed or read out; no name, no booking number."""
    ticket = CallTicket.objects.select_related("place").filter(pk=pk).first()
    if ticket is None or not may(request, RECEIVE_PEOPLE, ticket.place.code):
        raise Http404
    ahead = CallTicket.objects.filter(place=ticket.place, day=ticket.day, state=CallTicket.State.WAITING, number__lt=ticket.number).count()
    return render(request, "desk/slip.html", {"ticket": ticket, "ahead": ahead})
