"""代理予約: book for a caller by number, from the number to the read-back, without touching the mouse (BS-01)."""

import datetime as dt
import itertools
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.booking.applications.queries import open_form_kinds
from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.calendar.models import Place, VisitKind
from madoguchi.booking.desk.audited import CALLER_ASKED, NUMBER_LOOKED_UP
from madoguchi.booking.desk.forms import NumberForm, ReasonForm
from madoguchi.booking.desk.proxy_forms import MoveForm, PartyForm, ProxyForm
from madoguchi.booking.desk.queries import days_ahead, kinds_by_number, soonest_times, visible_places
from madoguchi.booking.desk.rights import OVERBOOK
from madoguchi.booking.desk.views.bookings import booking_in_range, day_of
from madoguchi.booking.desk.waiting import standing_in_words, wish_of_number
from madoguchi.booking.reservations import queries, services
from madoguchi.booking.reservations.audited import BOOKING_VIEWED
from madoguchi.booking.reservations.identification import unlock
from madoguchi.booking.reservations.models import Booking, Credential, State
from madoguchi.booking.reservations.rights import BOOK_FOR_CALLERS, SEE_BOOKINGS, UNLOCK_NUMBERS
from madoguchi.booking.reservations.rules import REQUESTS, BookingRefused, Why
from madoguchi.kernel import numbers
from madoguchi.kernel.wareki import format_long
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, places_of, requires
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link

DAYS_SHOWN = 21
SOONEST_SHOWN = 5
SLIP_LETTER = "Y"
_PARTY_REFUSED: Mapping[Why, Promise] = MappingProxyType(
    {
        Why.FULL: gettext_lazy("この時間に、人数分の空きがありません。日時を変えてから加えてください。何も変わっていません。"),
        Why.NOT_FOUND: gettext_lazy("登録されていない予約用IDがあります。読み直してください。何も変わっていません。"),
        Why.ALREADY_BOOKED: gettext_lazy(
            "加わる方に、別の予約があります。先にその予約を取り消すか、日時を合わせてください。何も変わっていません。"
        ),
        Why.CLOSED: gettext_lazy(
            "受け取りが済んだか止められている予約用IDがあります。交付管理の窓口に確かめてください。何も変わっていません。"
        ),
    }
)
_SERIAL_LENGTH, _NUMBER_LENGTH = 9, 10
_AS_DIGIT = str.maketrans("OIL", "011")
_MISTAKEN = {letter: same for same in ("0O", "1IL") for letter in same}


@requires(BOOK_FOR_CALLERS, SEE_BOOKINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Ask for the number, and go to what it names: a booking, or the state of a booking number."""
    form = NumberForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        address = _address_of(request, form.cleaned_data["number"])
        if address:
            return HttpResponseRedirect(address)
        record(actor_of(request), NUMBER_LOOKED_UP, content={"found": False}, result=Result.REFUSED)
        form.add_error("number", why_nothing_found(form.cleaned_data["number"]))
    kinds = open_form_kinds() if may(request, BOOK_FOR_CALLERS) else []
    return render(request, "desk/find.html", {"form": form, "kinds": kinds}, status=422 if request.method == "POST" else 200)


def why_nothing_found(typed: str) -> str:
    """Return what may be wrong with a number that names nothing."""
    length = len(numbers.normalise_digits(typed))
    if length in {_SERIAL_LENGTH, _NUMBER_LENGTH}:
        return _("この番号は登録されていません。読み直してください。交付通知書が届いたばかりのときは、翌日に登録されることがあります。")
    return _(
        "予約用IDは9文字、予約番号は数字10けたです。入力は%(length)d文字でした。抜けた文字や余分な文字がないか、読み直してください。"
    ) % {"length": length}


def _address_of(request: HttpRequest, typed: str) -> str | None:
    credential, booking = caller_of(request, typed)
    if booking is not None:
        return reverse("desk:booking", args=[booking.pk])
    return reverse("desk:number", args=[credential.pk]) if credential else None


def caller_of(request: HttpRequest, typed: str) -> tuple[Credential | None, Booking | None]:
    """Return what a typed number names, as far as the person may see it: a booking, or else a booking number; neither: (None, None)."""
    figures = unicodedata.normalize("NFKC", numbers.normalise_digits(typed))
    number = figures[1:] if figures[:1].upper() == SLIP_LETTER else figures
    booking = queries.booking_by_number(number) if len(number) == _NUMBER_LENGTH and number.isdigit() else None
    if booking is not None and may(request, SEE_BOOKINGS, booking.slot.place.code):
        return None, booking
    if not may(request, BOOK_FOR_CALLERS):
        return None, None
    meant = heard_as(figures.upper())
    found = dict(Credential.objects.filter(serial__in=meant).values_list("serial", "pk"))
    # What was typed comes before what it may have been meant for; where two could be meant, the caller is asked again.
    known = next((found[serial] for serial in meant[:1] if serial in found), next(iter(found.values()), None) if len(found) == 1 else None)
    return (Credential.objects.get(pk=known), None) if known else (None, None)


def heard_as(typed: str) -> list[str]:
    """Return the booking numbers that somebody who hears or reads O for 0 and I or L for 1 may have meant; none for another form.

    The last six characters are digits, so that only the first three leave a doubt. The first of the list is what was typed.
    """
    if len(typed) != _SERIAL_LENGTH:
        return []
    first = [letter + _MISTAKEN.get(letter, "").replace(letter, "") for letter in typed[:3]]
    last = typed[3:].translate(_AS_DIGIT)
    return ["".join(letters) + last for letters in itertools.product(*first)] if last.isdigit() else []


def _credential(pk: int) -> Credential:
    found = Credential.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@requires(BOOK_FOR_CALLERS)
@require_safe
def number(request: HttpRequest, pk: int) -> HttpResponse:
    """The state of one booking number, its booking, and the days on which it can be booked."""
    credential = _credential(pk)
    record(actor_of(request), NUMBER_LOOKED_UP, subject=f"credential:{credential.pk}")
    booking = queries.booking_of_serial(credential.serial)
    standing = booking if booking is not None and booking.state != State.HELD else None
    places = [] if standing or credential.status != Credential.Status.OPEN else bookable_places(request, credential)
    place = next((found for found in places if found.code == request.GET.get("place")), places[0] if places else None)
    wish = wish_of_number(credential)
    kinds = kinds_by_number()
    kind = kind_of(request, kinds)
    schedule = kind.schedule.code
    context = {
        "credential": credential,
        "kinds": kinds,
        "kind": kind,
        "rows": facts_of(credential),
        "booking": standing,
        "held": booking is not None and standing is None,
        "places": places,
        "place": place,
        "days": days_ahead([place], clock.today(), DAYS_SHOWN, schedule=schedule) if place else [],
        "soonest": soonest_times(places, credential.admission, SOONEST_SHOWN, schedule=schedule),
        "waiting": standing_in_words(wish) if wish else "",
        "may_wait": wish is None and credential.status == Credential.Status.OPEN,
        "may_unlock": credential.locked_at is not None and may(request, UNLOCK_NUMBERS),
        "unlock_form": ReasonForm(),
    }
    return render(request, "desk/number.html", context)


def kind_of(request: HttpRequest, kinds: Sequence[VisitKind]) -> VisitKind:
    """Return what the caller comes for: the hand-over of a card unless another kind by number was chosen."""
    return next((kind for kind in kinds if kind.code == request.GET.get("kind")), kinds[0])


def bookable_places(request: HttpRequest, credential: Credential) -> list[Place]:
    """Return the places at which this person may book for a booking number."""
    allowed = visible_places(places_of(request, BOOK_FOR_CALLERS))
    return [place for place in allowed if place.is_open and (not credential.places or place.code in credential.places)]


def facts_of(credential: Credential) -> list[SummaryRow]:
    """Return what is known of a booking number."""
    return [
        SummaryRow(_("予約用ID"), credential.serial),
        SummaryRow(_("状態"), credential.get_status_display()),
        SummaryRow(_("受け取れる場所"), "、".join(credential.places) or _("すべて")),
        SummaryRow(
            _("受け取れる日"),
            _("%(first)s から %(last)s まで") % {"first": credential.not_before or _("すぐ"), "last": credential.deadline or _("期限なし")},
        ),
        SummaryRow(
            _("インターネット予約"),
            _("停止中（生月日の誤りが続いたため）")
            if credential.locked_at
            else _("できる")
            if credential.birthday_mac
            else _("できない（生年月日不詳）"),
        ),
    ]


@requires(BOOK_FOR_CALLERS)
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest, pk: int) -> HttpResponse:
    """The times of one day; a chosen one is read back before it is booked."""
    credential = _credential(pk)
    day = day_of(request.GET.get("day", ""))
    places = bookable_places(request, credential)
    place = next((found for found in places if found.code == request.GET.get("place")), None)
    if place is None or day is None:
        return HttpResponseRedirect(reverse("desk:number", args=[pk]))
    kind = kind_of(request, kinds_by_number())
    times = calendar.times_for_staff(place, day, kind=kind)
    posted = request.POST if request.method == "POST" else None
    chosen = request.GET.get("slot", "")
    form = ProxyForm(posted, times=times, may_overbook=may(request, OVERBOOK, place.code), initial={"slot": chosen})
    if posted is not None and form.is_valid():
        key = key_of(posted.get("key", "")) or uuid.uuid4()
        if "confirmed" in posted:
            return _book(request, credential, kind, place, day, form, key)
        return render(request, "desk/read_back.html", _read_back(credential, kind, place, day, times, form, key))
    return render(request, "desk/book.html", _book_page(credential, kind, place, day, form), status=200 if posted is None else 422)


def _book_page(credential: Credential, kind: VisitKind, place: Place, day: dt.date, form: ProxyForm) -> dict[str, object]:
    return {
        "credential": credential,
        "kind": kind,
        "place": place,
        "day": day,
        "day_words": format_long(day),
        "form": form,
        "any_time": bool(form.fields["slot"].choices),  # type: ignore[attr-defined]  # a field of choices
        "outside": outside_of(credential, day),
    }


def key_of(text: str) -> uuid.UUID | None:
    """Read the key of a form, by which the same form sent twice is one booking; None for anything else."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def outside_of(credential: Credential, day: dt.date) -> str:
    """Return the warning for a day that the notice does not name; staff may book it all the same (late pick-up)."""
    if credential.not_before and day < credential.not_before:
        return _("カードの準備ができる日より前です。")
    if credential.deadline and day > credential.deadline:
        return _("交付通知書の期限を過ぎた日です。カードが残っているか確かめてください。")
    return ""


def _read_back(
    credential: Credential,
    kind: VisitKind,
    place: Place,
    day: dt.date,
    times: Sequence[calendar.Time],
    form: ProxyForm,
    key: uuid.UUID,
) -> dict[str, object]:
    chosen = next(time for time in times if str(time.slot) == form.cleaned_data["slot"])
    values = form.cleaned_data
    rows = [
        SummaryRow(_("日時"), f"{format_long(day)} {chosen.start.hour}時{chosen.start:%M}分"),
        SummaryRow(_("場所"), place.name),
        *([SummaryRow(_("用件"), kind.name)] if kind.code != VisitKind.DEFAULT else []),
        SummaryRow(_("予約用ID"), "、".join([credential.serial, *values["members"]])),
        SummaryRow(_("メール"), values["email"] or _("送らない")),
        SummaryRow(_("お手伝い"), "、".join(str(REQUESTS[code]) for code in values["requests"]) or _("なし")),
        SummaryRow(_("受付の方法"), Booking.Source(values["source"]).label),
        SummaryRow(_("確認したこと"), form.checked()),
    ]
    if values["overbook_reason"]:
        rows.append(SummaryRow(_("定員を超える理由"), values["overbook_reason"]))
    kept = {**values, "members": " ".join(values["members"])}
    return {
        "credential": credential,
        "kind": kind,
        "place": place,
        "day": day,
        "form": form,
        "key": key,
        "outside": outside_of(credential, day),
        "kept": [(name, one) for name, value in kept.items() for one in (value if isinstance(value, list) else [value]) if one],
        "rows": rows,
    }


def _book(
    request: HttpRequest, credential: Credential, kind: VisitKind, place: Place, day: dt.date, form: ProxyForm, key: uuid.UUID
) -> HttpResponse:
    values, actor = form.cleaned_data, actor_of(request)
    try:
        with transaction.atomic():
            record(actor, CALLER_ASKED, subject=f"credential:{credential.pk}", content={"asked": values["asked"]}, reason=form.checked())
            booking = services.book_by_staff(
                actor,
                credential.serial,
                int(values["slot"]),
                key=key,
                source=Booking.Source(values["source"]),
                email=values["email"],
                requests=values["requests"],
                reason=form.checked(),
                members=values["members"],
                overbook_reason=values["overbook_reason"],
                kind=kind,
            )
    except (BookingRefused, ValidationError) as refusal:
        form.add_error("slot", str(refusal.message))
        return render(request, "desk/book.html", _book_page(credential, kind, place, day, form), status=409)
    messages.success(request, _("予約しました。予約番号 %(number)s を伝えてください。") % {"number": booking.number})
    return HttpResponseRedirect(reverse("desk:booking", args=[booking.pk]))


@requires(BOOK_FOR_CALLERS)
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Another time or place for a booking of a caller; read back before it is moved."""
    booking = booking_in_range(request, pk)
    if not may(request, BOOK_FOR_CALLERS, booking.slot.place.code):
        raise Http404
    address = reverse("desk:booking", args=[pk])
    if booking.state != State.CONFIRMED:
        return render_problem(
            request, 409, message=_("この予約は変えられる状態ではありません。"), links=(Link(_("予約の画面に戻る"), address),)
        )
    admissions = [person.credential.admission for person in queries.attendees(booking)]
    allowed = visible_places(places_of(request, BOOK_FOR_CALLERS))
    places = [one for one in allowed if one.is_open and all(not to.places or one.code in to.places for to in admissions)]
    wanted = request.GET.get("place") or booking.slot.place.code
    place = next((one for one in places if one.code == wanted), places[0] if places else booking.slot.place)
    day = day_of(request.GET.get("day", "")) or max(booking.slot.day, clock.today())
    times = calendar.times_for_staff(place, day, kind=booking.kind, party=booking.people)
    posted = request.POST if request.method == "POST" else None
    form = MoveForm(posted, times=times, may_overbook=may(request, OVERBOOK, place.code))
    context = {"booking": booking, "places": places, "place": place, "day": day, "day_words": format_long(day), "form": form}
    if posted is None or not form.is_valid():
        days = days_ahead([place], clock.today(), DAYS_SHOWN, schedule=booking.kind.schedule.code)
        any_time = bool(form.fields["slot"].choices)  # type: ignore[attr-defined]  # a field of choices
        return render(request, "desk/move.html", {**context, "days": days, "any_time": any_time}, status=422 if posted else 200)
    values = form.cleaned_data
    if "confirmed" not in posted:
        chosen = next(time for time in times if str(time.slot) == values["slot"])
        context["rows"] = [
            SummaryRow(_("今の日時"), f"{format_long(booking.slot.day)} {booking.slot.start.hour}時{booking.slot.start:%M}分"),
            SummaryRow(_("新しい日時"), f"{format_long(day)} {chosen.start.hour}時{chosen.start:%M}分"),
            SummaryRow(_("場所"), place.name),
            SummaryRow(_("理由"), values["reason"]),
        ]
        return render(request, "desk/move_read_back.html", {**context, "kept": list(values.items()), "version": booking.version})
    version = posted.get("version", "")
    try:
        services.move_by_staff(
            actor_of(request),
            booking.pk,
            int(values["slot"]),
            reason=values["reason"],
            version=int(version) if version.isdecimal() else None,
            overbook_reason=values["overbook_reason"],
        )
    except BookingRefused as refusal:
        return render_problem(request, 409, message=refusal.message, links=(Link(_("予約の画面に戻る"), address),))
    messages.success(request, _("日時を変えました。新しい日時を復唱してください。"))
    return HttpResponseRedirect(address)


@requires(BOOK_FOR_CALLERS)
@require_http_methods(["GET", "HEAD", "POST"])
def change_party(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Who comes with a booking of a caller: somebody stays away, somebody comes along, at the same time (BS-01, BK-06)."""
    booking = booking_in_range(request, pk)
    if not may(request, BOOK_FOR_CALLERS, booking.slot.place.code):
        raise Http404
    address = reverse("desk:booking", args=[pk])
    come = [person.serial for person in queries.who_come(booking)]
    if booking.state != State.CONFIRMED or not come:
        return render_problem(
            request, 409, message=_("この予約は変えられる状態ではありません。"), links=(Link(_("予約の画面に戻る"), address),)
        )
    posted = request.POST if request.method == "POST" else None
    overbook = may(request, OVERBOOK, booking.slot.place.code)
    form = PartyForm(posted, come=come, limit=booking.kind.party_limit, may_overbook=overbook)
    status = 200
    if posted is not None:
        status = 422
        version = posted.get("version", "")
        if form.is_valid():
            values = form.cleaned_data
            try:
                changed = services.change_party_by_staff(
                    actor_of(request),
                    pk,
                    values["party"],
                    reason=values["reason"],
                    version=int(version) if version.isdecimal() else None,
                    overbook_reason=values.get("overbook_reason", ""),
                )
            except BookingRefused as refusal:
                form.add_error("coming", str(_PARTY_REFUSED.get(refusal.why, refusal.message)))
                status = 409
            else:
                words = _("来る方を%(people)d人に変えました。日時と人数を復唱してください。")
                messages.success(request, words % {"people": changed.people})
                return HttpResponseRedirect(address)
    else:
        record(actor_of(request), BOOKING_VIEWED, subject=f"booking:{booking.pk}")
    context = {"booking": booking, "form": form, "day_words": format_long(booking.slot.day)}
    return render(request, "desk/party.html", context, status=status)


@requires(UNLOCK_NUMBERS)
@require_POST
def release_number(request: HttpRequest, pk: int) -> HttpResponse:
    """Release a number that wrong birthdays have locked, with the reason."""
    credential = _credential(pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("解除していません。理由を200文字以内で入力してください。"))
    elif unlock(actor_of(request), credential.serial, form.cleaned_data["reason"]):
        messages.success(request, _("停止を解除しました。インターネットで予約できます。"))
    else:
        messages.info(request, _("この予約用IDは停止していません。何も変えていません。"))
    return HttpResponseRedirect(reverse("desk:number", args=[pk]) if may(request, BOOK_FOR_CALLERS) else reverse("desk:locked"))


@requires(UNLOCK_NUMBERS)
@require_safe
def locked(request: HttpRequest) -> HttpResponse:
    """The numbers that wrong birthdays have locked."""
    found = list(queries.locked_numbers()[:200])
    record(actor_of(request), NUMBER_LOOKED_UP, content={"locked": len(found)})
    return render(request, "desk/locked.html", {"numbers": found})
