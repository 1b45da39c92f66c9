"""Pages of storage: boxes, putting away by scan, and the pick list of a day (前日準備 取り出し一覧)."""

import datetime as dt
import tempfile
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.cards.models import DeliveryPlace
from madoguchi.delivery.cards.queries import by_pk
from madoguchi.delivery.cards.rights import SEE_CARDS
from madoguchi.delivery.cards.services import Conflict, NotAllowed
from madoguchi.delivery.matching.queries import next_day_with_visits, visits_on
from madoguchi.delivery.printers.services import fitted
from madoguchi.delivery.printers.terminal import printer_of
from madoguchi.delivery.storage import audited, queries, rights, services, undoing
from madoguchi.delivery.storage.forms import BoxForm, DayForm, PutForm, TakeForm, day_from
from madoguchi.delivery.storage.models import Box
from madoguchi.kernel.labels import SLOT_LETTER, read_own_code, slot_code
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, places_of, requires
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents.labels import Label, print_labels
from madoguchi.platform.documents.zone_fonts import zone_shelf
from madoguchi.platform.exchange.queries import taken_in_up_to
from madoguchi.platform.verbs import Silent


@requires(rights.MOVE_CARDS, rights.SET_BOXES)
@require_safe
def boxes_page(request: HttpRequest) -> HttpResponse:
    """保管: the boxes and how full they are."""
    context = {
        "filled": queries.boxes(places_of(request, rights.MOVE_CARDS)),
        "may_set": may(request, rights.SET_BOXES),
        "may_move": may(request, rights.MOVE_CARDS),
        "may_count": may(request, rights.COUNT_STOCK),
    }
    return render(request, "storage/boxes.html", context)


@requires(rights.SET_BOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def new_box(request: HttpRequest) -> HttpResponse:
    """保管箱の登録."""
    form = BoxForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            box = services.make_box(given["site"], given["safe"].strip(), given["name"].strip(), given["slots"], actor_of(request))
        except services.BoxExists:
            form.add_error("name", _("この金庫には同じ名前の箱があります。別の名前にしてください。"))
        else:
            messages.success(request, _("箱 %(code)s を登録しました。ラベルを印刷して箱に貼ってください。") % {"code": box.code})
            return redirect("storage:boxes")
    return render(request, "storage/new-box.html", {"form": form}, status=422 if form.errors else 200)


@requires(rights.MOVE_CARDS)
@require_safe
def box_label(request: HttpRequest, code: str) -> HttpResponse:
    """Show the label of a box as PDF."""
    box = queries.by_code(code)
    if box is None:
        raise Http404
    record(actor_of(request), audited.PRINT_LABELS, subject=f"box:{box.code}", content={"labels": 1})
    with tempfile.TemporaryDirectory(dir=settings.MADOGUCHI_FOLDER, prefix=".label-") as folder:
        label = Label(box.code, (f"{box.site.name} {box.safe} {box.name}",))
        pdf = print_labels([label], Path(folder, "label.pdf"), shelf=zone_shelf(), progress=Silent()).path.read_bytes()
    return HttpResponse(
        fitted(pdf, printer_of(request)),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{box.code}.pdf"'},
    )


@requires(rights.MOVE_CARDS)
@require_safe
def safe_labels(request: HttpRequest, code: str) -> HttpResponse:
    """Show the label of the safe that a box stands in, and those of all its boxes, as PDF."""
    box = queries.by_code(code)
    if box is None:
        raise Http404
    safe = queries.safe_code(box)
    filled = queries.safe_by_code(safe)
    labels = [Label(safe, (f"{box.site.name} {box.safe}",))]
    labels += [Label(one.box.code, (f"{one.box.site.name} {one.box.safe} {one.box.name}",)) for one in filled]
    record(actor_of(request), audited.PRINT_LABELS, subject=f"safe:{safe}", content={"labels": len(labels)})
    with tempfile.TemporaryDirectory(dir=settings.MADOGUCHI_FOLDER, prefix=".label-") as folder:
        pdf = print_labels(labels, Path(folder, "label.pdf"), shelf=zone_shelf(), progress=Silent()).path.read_bytes()
    return HttpResponse(
        fitted(pdf, printer_of(request)), content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{safe}.pdf"'}
    )


@requires(rights.MOVE_CARDS)
@require_safe
def slot_labels(request: HttpRequest, code: str) -> HttpResponse:
    """Show the labels of all slots of a box as PDF."""
    box = queries.by_code(code)
    if box is None:
        raise Http404
    where = f"{box.site.name} {box.safe} {box.name}"
    labels = [Label(slot_code(box.pk, slot), (f"{where} {slot}",)) for slot in range(1, box.slots + 1)]
    record(actor_of(request), audited.PRINT_LABELS, subject=f"box:{box.code}", content={"labels": len(labels)})
    with tempfile.TemporaryDirectory(dir=settings.MADOGUCHI_FOLDER, prefix=".label-") as folder:
        pdf = print_labels(labels, Path(folder, "label.pdf"), shelf=zone_shelf(), progress=Silent()).path.read_bytes()
    return HttpResponse(
        fitted(pdf, printer_of(request)),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{box.code}-slots.pdf"'},
    )


@requires(rights.MOVE_CARDS)
@require_http_methods(["GET", "HEAD", "POST"])
def put_page(request: HttpRequest) -> HttpResponse:
    """棚に置く: the label of a box or slot once, then sleeve after sleeve; one field takes both."""
    if request.method != "POST":
        code = request.GET.get("box", "")
        return _show_put(request, PutForm(initial={"box": code}), _target(code))
    form = PutForm(request.POST)
    if not form.is_valid():
        return _show_put(request, form, None)
    scanned = form.cleaned_data["sleeve"]
    if _target(scanned):
        return redirect(f"{reverse('storage:put')}?{urlencode({'box': _target_code(scanned)})}")
    target = _target(form.cleaned_data["box"])
    if target is None and form.cleaned_data["box"]:
        form.add_error("box", _("この箱は登録されていません。箱のラベルを読み取り直してください。"))
    elif target is None:
        form.add_error("box", _("先に、箱か位置のラベルを読み取ってください。"))
    elif not may(request, rights.MOVE_CARDS, target[0].site.code):
        raise PermissionDenied
    else:
        return _put(request, form, *target)
    return _show_put(request, form, target)


def _target(code: str) -> tuple[Box, str] | None:
    """Return the box that a label names, and the slot where it names one."""
    box = queries.by_code(code)
    return (box, "") if box else queries.by_slot_code(code)


def _target_code(code: str) -> str:
    """Return the one form of the code on a label of a box or slot."""
    box = queries.by_code(code)
    return box.code if box else read_own_code(code, SLOT_LETTER)


def _show_put(request: HttpRequest, form: PutForm, target: tuple[Box, str] | None) -> HttpResponse:
    box, slot = target or (None, "")
    context: dict[str, object] = {"form": form, "box": box, "slot": slot, "cards": queries.cards_in(box) if box else 0}
    moved = request.GET.get("moved", "")
    card = by_pk(int(moved)) if moved.isascii() and moved.isdecimal() and len(moved) < 19 else None
    if card is not None and may(request, rights.MOVE_CARDS, card.site.code if card.site else ""):
        context |= {"card": card, "way_back": undoing.way_back(card, actor_of(request))}
    return render(request, "storage/put.html", context, status=422 if form.errors else 200)


def _put(request: HttpRequest, form: PutForm, box: Box, slot: str) -> HttpResponse:
    try:
        stored = services.put_in_box(form.cleaned_data["sleeve"], box, actor_of(request), slot=slot)
    except services.NoSuchSleeve:
        form.add_error("sleeve", _("このスリーブのカードはありません。ラベルを読み取り直してください。何も変更していません。"))
    except services.BoxFull:
        form.add_error("box", _("この箱はいっぱいです。別の箱を読み取ってください。何も変更していません。"))
    except services.SlotTaken:
        form.add_error("box", _("この位置には、別のカードがあります。別の位置を読み取ってください。何も変更していません。"))
    except (NotAllowed, Conflict) as refused:
        form.add_error("sleeve", str(refused))
    else:
        words = _("すでに %(place)s にあります。") if stored.already else _("%(place)s に置いてください。")
        place = f"{box.safe} {box.name} {stored.slot}"
        messages.success(request, f"{stored.card.sleeve_code}: {words % {'place': place}}")
        return redirect(f"{reverse('storage:put')}?{urlencode({'box': box.code, 'moved': str(stored.card.pk)})}")
    return _show_put(request, form, (box, slot))


@requires(rights.MOVE_CARDS)
@require_safe
def pick_list_page(request: HttpRequest) -> HttpResponse:
    """前日準備 取り出し一覧: what to fetch for a day (the next one with bookings unless one is named), by where it is.

    On a Friday the next day is Monday, or Saturday where the office is open then: the bookings know. Seeing it is an event.
    """
    day = _day(request) or next_day_with_visits(clock.today()) or clock.today() + dt.timedelta(days=1)
    return _show_pick_list(request, day, TakeForm())


@requires(rights.MOVE_CARDS)
@require_POST
def take_out(request: HttpRequest, day: str) -> HttpResponse:
    """Take a scanned card out for a day; a card that is not on the day's list stays where it is."""
    wanted_day = day_from(day)
    if wanted_day is None:
        raise Http404
    form = TakeForm(request.POST)
    if form.is_valid() and _take(request, form, wanted_day):
        return redirect(f"{reverse('storage:pick-list')}?{urlencode({'day': wanted_day.isoformat()})}")
    return _show_pick_list(request, wanted_day, form)


def _take(request: HttpRequest, form: TakeForm, day: dt.date) -> bool:
    try:
        card = services.take_to_counter(form.cleaned_data["sleeve"], actor_of(request), only=_pick_list(request, day))
    except services.NoSuchSleeve:
        form.add_error("sleeve", _("このスリーブのカードはありません。ラベルを読み取り直してください。何も変更していません。"))
    except services.NotWanted:
        form.add_error(
            "sleeve", _("このカードは、この日の取り出し一覧にないか、取り出せません。元の場所に戻してください。何も変更していません。")
        )
    except (NotAllowed, Conflict) as refused:
        form.add_error("sleeve", str(refused))
    else:
        messages.success(request, _("%(code)s を取り出しました。") % {"code": card.sleeve_code})
        return True
    return False


def _pick_list(request: HttpRequest, day: dt.date) -> list[queries.Pick]:
    places = places_of(request, rights.MOVE_CARDS)
    names = dict(DeliveryPlace.objects.values_list("code", "name"))
    return queries.pick_list(
        [
            queries.Wanted(visit.card_id, visit.start, visit.number, visit.place, names.get(visit.place, visit.place))
            for visit in visits_on(day)
            if visit.card_id is not None and (places is None or visit.place in places)
        ]
    )


def _show_pick_list(request: HttpRequest, day: dt.date, form: TakeForm) -> HttpResponse:
    picks = _pick_list(request, day)
    record(actor_of(request), audited.VIEW_PICK_LIST, content={"day": day.isoformat(), "rows": len(picks)})
    by_time = request.GET.get("order") == "time"
    if by_time:
        # What has to be looked into stays at the head, in whichever order one walks.
        picks = sorted(picks, key=lambda pick: (not pick.note, pick.taken, pick.wanted.start, pick.wanted.number))
    context = {
        "day": day,
        "picks": picks,
        "by_time": by_time,
        "troubled": sum(bool(pick.note) for pick in picks),
        "may_see_cards": may(request, SEE_CARDS),
        "left": sum(not pick.taken for pick in picks),
        "form": form,
        "day_form": DayForm(initial={"day": day}),
        "as_of": taken_in_up_to("bookings"),
    }
    return render(request, "storage/pick-list.html", context, status=422 if form.errors else 200)


def _day(request: HttpRequest) -> dt.date | None:
    if "day" in request.GET:
        return day_from(request.GET["day"])
    form = DayForm(request.GET)
    return form.cleaned_data["day"] if form.is_valid() else None
