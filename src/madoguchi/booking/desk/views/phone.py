"""電話受付 on one screen: the caller on the left, the script in the middle, the same calendar as the public site on the right (S12)."""

import calendar as months
import datetime as dt
import uuid
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.calendar.models import Place, VisitKind
from madoguchi.booking.calendar.rules import DayState, day_state
from madoguchi.booking.citizens.month_table import MonthTable, month_of, month_table, neighbours
from madoguchi.booking.desk import phone
from madoguchi.booking.desk.audited import CALL_VIEWED, NUMBER_LOOKED_UP
from madoguchi.booking.desk.forms import NumberForm
from madoguchi.booking.desk.models import PhoneCall, WrapUp
from madoguchi.booking.desk.phone_forms import PHONE_QUESTIONS, AskedForm, CallBackForm, DayOfForm, EndForm, PickForm, WrapUpForm
from madoguchi.booking.desk.queries import days_ahead, kinds_by_number, soonest_times, visible_places
from madoguchi.booking.desk.rights import OVERBOOK, SET_MUNICIPALITY
from madoguchi.booking.desk.views.bookings import day_of
from madoguchi.booking.desk.views.proxy import bookable_places, caller_of, facts_of, key_of, kind_of, outside_of, why_nothing_found
from madoguchi.booking.reservations import queries, services
from madoguchi.booking.reservations.models import Booking, Credential, State
from madoguchi.booking.reservations.rights import BOOK_FOR_CALLERS, SEE_BOOKINGS
from madoguchi.booking.reservations.rules import REQUESTS, BookingRefused
from madoguchi.kernel.wareki import format_long
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, places_of, requires
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.verbs import Refusal

SOONEST_SHOWN, BOOKINGS_SHOWN = 5, 100


@requires(BOOK_FOR_CALLERS)
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """The number that the caller says begins a call; who has none begins one too."""
    posted = request.POST if request.method == "POST" else None
    without = posted is not None and "without" in posted
    form = NumberForm(None if without else posted)
    if posted is not None and (without or form.is_valid()):
        credential, booking = (None, None) if without else caller_of(request, form.cleaned_data["number"])
        if without or credential or booking:
            made = phone.begin(actor_of(request), credential, booking)
            return HttpResponseRedirect(reverse("desk:call", args=[made.pk]))
        record(actor_of(request), NUMBER_LOOKED_UP, content={"found": False}, result=Result.REFUSED)
        form.add_error("number", why_nothing_found(form.cleaned_data["number"]))
    context = {
        "form": form,
        "open_calls": phone.open_calls(actor_of(request)),
        "promised": phone.promised()[:50],
        "today": clock.today(),
        "may_set": may(request, SET_MUNICIPALITY),
    }
    return render(request, "desk/phone.html", context, status=422 if form.errors else 200)


@dataclass(frozen=True, slots=True)
class _Picker:
    """What the right part offers: for whom, where, what for, and the days and times."""

    places: list[Place]
    place: Place | None
    kinds: list[VisitKind]
    kind: VisitKind
    moves: Booking | None
    day: dt.date | None
    times: list[calendar.Time]


def _picker(request: HttpRequest, call: PhoneCall) -> _Picker | None:
    booking, credential = call.booking, call.credential
    if call.ended_at is not None or (booking is None and credential is None):
        return None
    if booking is not None:
        if booking.state != State.CONFIRMED or not may(request, BOOK_FOR_CALLERS, booking.slot.place.code):
            return None
        admissions = [person.credential.admission for person in queries.attendees(booking)]
        allowed = visible_places(places_of(request, BOOK_FOR_CALLERS))
        places = [one for one in allowed if one.is_open and all(not to.places or one.code in to.places for to in admissions)]
        kinds, kind, party = [booking.kind], booking.kind, booking.people
        usual = next((one for one in places if one.pk == booking.slot.place_id), places[0] if places else None)
    else:
        assert credential is not None
        if credential.status != Credential.Status.OPEN:
            return None
        places, kinds, party = bookable_places(request, credential), kinds_by_number(), 1
        kind, usual = kind_of(request, kinds), places[0] if places else None
    place = next((one for one in places if one.code == request.GET.get("place")), usual)
    day = day_of(request.GET.get("day", ""))
    times = calendar.times_for_staff(place, day, kind=kind, party=party) if place and day else []
    return _Picker(places, place, kinds, kind, booking, day, times)


def _month(picker: _Picker, first: dt.date) -> MonthTable:
    """Return the public site's table of a month, with what staff may give out."""
    assert picker.place is not None
    length = months.monthrange(first.year, first.month)[1]
    found = {one.day: one for one in days_ahead([picker.place], first, length, schedule=picker.kind.schedule.code)}
    days = []
    for number in range(length):
        day = first + dt.timedelta(days=number)
        total = found.get(day) if day >= clock.today() else None
        days.append(calendar.Day(day, day_state(total.capacity, total.free) if total else DayState.NONE, total.free if total else 0))
    return month_table(days)


def _call(request: HttpRequest, pk: int) -> PhoneCall:
    found = (
        PhoneCall.objects.select_related("credential", "booking__slot__place", "booking__kind__schedule", "wrap_up").filter(pk=pk).first()
    )
    if found is None or (found.booking is not None and not may(request, SEE_BOOKINGS, found.booking.slot.place.code)):
        raise Http404
    return found


@requires(BOOK_FOR_CALLERS)
@require_http_methods(["GET", "HEAD", "POST"])
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """One call. Every part posts to this address; what it does stands in the button."""
    found = _call(request, pk)
    if request.method != "POST":
        record(actor_of(request), CALL_VIEWED, subject=f"call:{pk}")
        return _screen(request, found)
    act = request.POST.get("act", "")
    acts = {"find": _find, "choose": _choose, "ask": _ask, "pick": _pick, "confirm": _pick, "promise": _promise, "end": _end}
    if act not in acts:
        return _screen(request, found, status=422)
    try:
        return acts[act](request, found)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(reverse("desk:call", args=[pk]))


def _again(request: HttpRequest, call: PhoneCall, *, keep_day: bool = False) -> HttpResponseRedirect:
    query = f"?{request.GET.urlencode()}" if keep_day and request.GET else ""
    return HttpResponseRedirect(reverse("desk:call", args=[call.pk]) + query)


def _find(request: HttpRequest, found: PhoneCall) -> HttpResponse:
    form = NumberForm(request.POST)
    if form.is_valid():
        credential, booking = caller_of(request, form.cleaned_data["number"])
        if credential or booking:
            phone.set_caller(actor_of(request), found, credential, booking)
            return _again(request, found)
        record(actor_of(request), NUMBER_LOOKED_UP, content={"found": False}, result=Result.REFUSED)
        form.add_error("number", why_nothing_found(form.cleaned_data["number"]))
    return _screen(request, found, number_form=form, status=422)


def _choose(request: HttpRequest, found: PhoneCall) -> HttpResponse:
    """Take a booking of the day that the caller named."""
    key = key_of(request.POST.get("booking", ""))
    booking = queries.booking(key) if key else None
    if booking is None or not may(request, SEE_BOOKINGS, booking.slot.place.code):
        raise Http404
    phone.set_caller(actor_of(request), found, None, booking)
    return _again(request, found)


def _ask(request: HttpRequest, found: PhoneCall) -> HttpResponse:
    form = AskedForm(request.POST, auto_id="asked-%s")
    if not form.is_valid():
        return _screen(request, found, asked_form=form, status=422)
    phone.note_asked(actor_of(request), found, form.cleaned_data["asked"], form.cleaned_data["right"])
    messages.success(request, _("本人確認の様子を記録しました。"))
    return _again(request, found, keep_day=True)


def _pick(request: HttpRequest, found: PhoneCall) -> HttpResponse:
    picker = _picker(request, found)
    if picker is None or picker.place is None or picker.day is None:
        return _again(request, found)
    form = _pick_form(request, found, picker, request.POST)
    if not form.is_valid():
        return _screen(request, found, pick_form=form, status=422)
    if request.POST["act"] == "pick":
        key = key_of(request.POST.get("key", "")) or uuid.uuid4()
        return _screen(request, found, pick_form=form, read_back=_read_back(found, picker, form), key=key)
    try:
        with transaction.atomic():
            booking = _take(request, found, picker, form)
            phone.note_booking(actor_of(request), found, booking)
    except (BookingRefused, ValidationError) as refusal:
        form.add_error("slot", str(refusal.message))
        return _screen(request, found, pick_form=form, status=409)
    words = _("日時を変えました。復唱してください。") if picker.moves else _("予約しました。予約番号を復唱してください。")
    messages.success(request, words)
    return _again(request, found)


def _pick_form(request: HttpRequest, found: PhoneCall, picker: _Picker, posted: object = None) -> PickForm:
    assert picker.place is not None
    overbook = may(request, OVERBOOK, picker.place.code)
    first = {"slot": request.GET.get("slot", "")}
    return PickForm(posted, times=picker.times, may_overbook=overbook, right=found.right, moves=bool(picker.moves), initial=first)


def _take(request: HttpRequest, found: PhoneCall, picker: _Picker, form: PickForm) -> Booking:
    values, actor = form.cleaned_data, actor_of(request)
    if picker.moves is not None:
        version = request.POST.get("version", "")
        return services.move_by_staff(
            actor,
            picker.moves.pk,
            int(values["slot"]),
            reason=_("電話で本人から申し出（%(asked)s）") % {"asked": form.checked()},
            version=int(version) if version.isdecimal() else None,
            overbook_reason=values["overbook_reason"],
        )
    assert found.credential is not None
    return services.book_by_staff(
        actor,
        found.credential.serial,
        int(values["slot"]),
        key=key_of(request.POST.get("key", "")) or uuid.uuid4(),
        source=Booking.Source.PHONE,
        email=values["email"],
        requests=values["requests"],
        reason=form.checked(),
        members=values["members"],
        overbook_reason=values["overbook_reason"],
        kind=picker.kind,
    )


def _read_back(found: PhoneCall, picker: _Picker, form: PickForm) -> list[SummaryRow]:
    assert picker.day is not None
    assert picker.place is not None
    values = form.cleaned_data
    chosen = next(time for time in picker.times if str(time.slot) == values["slot"])
    rows = [
        SummaryRow(_("日時"), f"{format_long(picker.day)} {chosen.start.hour}時{chosen.start:%M}分"),
        SummaryRow(_("場所"), picker.place.name),
    ]
    if picker.moves is not None:
        old = picker.moves.slot
        return [*rows, SummaryRow(_("今の日時"), f"{format_long(old.day)} {old.start.hour}時{old.start:%M}分")]
    assert found.credential is not None
    return [
        *rows,
        *([SummaryRow(_("用件"), picker.kind.name)] if picker.kind.code != VisitKind.DEFAULT else []),
        SummaryRow(_("予約用ID"), "、".join([found.credential.serial, *values["members"]])),
        SummaryRow(_("メール"), values["email"] or _("送らない")),
        SummaryRow(_("お手伝い"), "、".join(str(REQUESTS[code]) for code in values["requests"]) or _("なし")),
    ]


def _promise(request: HttpRequest, found: PhoneCall) -> HttpResponse:
    form = CallBackForm(request.POST, auto_id="back-%s")
    if not form.is_valid():
        return _screen(request, found, back_form=form, status=422)
    phone.promise_to_call_back(actor_of(request), found, form.cleaned_data["note"], form.cleaned_data["day"])
    messages.success(request, _("折り返しの約束を残しました。"))
    return _again(request, found)


def _end(request: HttpRequest, found: PhoneCall) -> HttpResponse:
    form = EndForm(request.POST, auto_id="end-%s")
    if not form.is_valid():
        return _screen(request, found, end_form=form, status=422)
    phone.end(actor_of(request), found, form.cleaned_data["wrap_up"])
    messages.success(request, _("通話を終えました。次の番号を入力できます。"))
    return HttpResponseRedirect(reverse("desk:phone"))


def _screen(
    request: HttpRequest,
    found: PhoneCall,
    *,
    number_form: NumberForm | None = None,
    asked_form: AskedForm | None = None,
    pick_form: PickForm | None = None,
    back_form: CallBackForm | None = None,
    end_form: EndForm | None = None,
    read_back: list[SummaryRow] | None = None,
    key: uuid.UUID | None = None,
    status: int = 200,
) -> HttpResponse:
    picker = _picker(request, found)
    credential = found.credential
    is_own = found.ended_at is None and found.begun_by == actor_of(request).user_id
    day_form = DayOfForm(request.GET if "of" in request.GET else None)
    context: dict[str, object] = {
        "call": found,
        "is_own": is_own,
        "rows": facts_of(credential) if credential else [],
        "booking": found.booking,
        "people": [person.credential.serial for person in queries.attendees(found.booking)] if found.booking else [],
        "standing": _standing(credential) if credential and not found.booking else None,
        "asked_words": [words for code, words in PHONE_QUESTIONS.items() if code in found.asked],
        "right_words": [words for code, words in PHONE_QUESTIONS.items() if code in found.right],
        "number_form": number_form or NumberForm(),
        "questions": [(code, words, code in found.asked, code in found.right) for code, words in PHONE_QUESTIONS.items()],
        "back_form": back_form or CallBackForm(auto_id="back-%s"),
        "end_form": end_form or EndForm(auto_id="end-%s"),
        "wrong": [form for form in (number_form, asked_form, pick_form, back_form, end_form) if form is not None and form.errors],
        "picker": picker,
        "of_day": _bookings_of(request),
        "day_form": day_form,
        "read_back": read_back,
        "key": key,
        "version": found.booking.version if found.booking else "",
    }
    if picker is not None and picker.place is not None and is_own:
        first = month_of(request.GET.get("month", "")) or (picker.day or clock.today()).replace(day=1)
        before, after = neighbours(first)
        where = {"place": picker.place.code, "kind": picker.kind.code}
        context |= {
            "table": _month(picker, first),
            "links": f"?{urlencode({**where, 'month': f'{first:%Y-%m}'})}&",
            "before": f"?{urlencode({**where, 'month': f'{before:%Y-%m}'})}" if before >= clock.today().replace(day=1) else "",
            "after": f"?{urlencode({**where, 'month': f'{after:%Y-%m}'})}",
            "as_of": clock.now(),
            "query": request.GET.urlencode(),
            "day_words": format_long(picker.day) if picker.day else "",
            "outside": outside_of(credential, picker.day) if credential and picker.day else "",
            "pick_form": pick_form or (_pick_form(request, found, picker) if picker.day else None),
            "soonest": _soonest(picker, credential),
        }
        if read_back is not None and pick_form is not None:
            kept = {**pick_form.cleaned_data, "members": " ".join(pick_form.cleaned_data.get("members", []))}
            kept = {name: value for name, value in kept.items() if name in pick_form.fields}
            context["kept"] = [
                (name, one) for name, value in kept.items() for one in (value if isinstance(value, list) else [value]) if one
            ]
    return render(request, "desk/call.html", context, status=status)


def _standing(credential: Credential) -> Booking | None:
    booking = queries.booking_of_serial(credential.serial)
    return booking if booking is not None and booking.state != State.HELD else None


def _soonest(picker: _Picker, credential: Credential | None) -> list[object]:
    if credential is None:
        return []
    return list(soonest_times(picker.places, credential.admission, SOONEST_SHOWN, schedule=picker.kind.schedule.code))


def _bookings_of(request: HttpRequest) -> list[Booking]:
    """Return the bookings of the day that a caller without a number names: numbers and times, never a name."""
    day = day_of(request.GET.get("of", ""))
    if day is None:
        return []
    found = Booking.objects.filter(slot__day=day, state=State.CONFIRMED).select_related("slot__place", "kind")
    allowed = places_of(request, SEE_BOOKINGS)
    if allowed is not None:
        found = found.filter(slot__place__code__in=allowed)
    return list(found.order_by("slot__start", "slot__place__position", "number")[:BOOKINGS_SHOWN])


@requires(BOOK_FOR_CALLERS)
@require_POST
def called_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody without a booking was called back."""
    if phone.called_back(actor_of(request), pk):
        messages.success(request, _("折り返したことを記録しました。"))
    return HttpResponseRedirect(reverse("desk:phone"))


@requires(SET_MUNICIPALITY)
@require_http_methods(["GET", "HEAD", "POST"])
def wrap_ups(request: HttpRequest) -> HttpResponse:
    """通話の結果の一覧: what calls may end with, and one more."""
    return _wrap_up_page(request, None)


@requires(SET_MUNICIPALITY)
@require_http_methods(["GET", "HEAD", "POST"])
def wrap_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one result of calls; one that is not used any more is closed and stays with its calls."""
    return _wrap_up_page(request, get_object_or_404(WrapUp, pk=pk))


def _wrap_up_page(request: HttpRequest, changed: WrapUp | None) -> HttpResponse:
    form = WrapUpForm(request.POST if request.method == "POST" else None, instance=changed)
    if request.method == "POST" and form.is_valid():
        phone.save_wrap_up(actor_of(request), form.save(commit=False))
        messages.success(request, _("通話の結果の一覧を保存しました。"))
        return HttpResponseRedirect(reverse("desk:wrap-ups"))
    context = {"form": form, "changed": changed, "results": WrapUp.objects.all()}
    return render(request, "desk/wrap_ups.html", context, status=422 if form.errors else 200)
