"""Pages of registration: what waits, taking an application, its photo and its sending; venues and their lists."""

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.applications.models import Application
from madoguchi.delivery.applications.rights import OPEN_APPLICATIONS
from madoguchi.delivery.applications.services import record_opening
from madoguchi.delivery.cards.rights import SEE_CARDS
from madoguchi.delivery.registration import audited, presenting, queries, rules, services, venue_lists
from madoguchi.delivery.registration.forms import JoinForm, ListSizeLimit, PhotoForm, RegisterForm, SendForm, SettingsForm, VenueForm
from madoguchi.delivery.registration.models import Registration, Venue
from madoguchi.delivery.registration.rights import REGISTER, SEND, SET_REGISTRATION
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, places_of, requires
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.audit.services import record

_PER_PAGE = 50
_LARGEST_PHOTO = 16 * 1024 * 1024
_FAULTS_SHOWN = 50
_CHOICES = {
    "": queries.registrations,
    "unsent": queries.unsent,
    "overdue": queries.overdue,
    "no-card": queries.without_card,
    "listed": queries.on_list_but_unsent,
}


@requires(REGISTER, SEND)
@require_safe
def list_page(request: HttpRequest) -> HttpResponse:
    """申請受付: what waits to be sent, what alarms, and everything taken so far."""
    chosen = request.GET.get("show", "unsent")
    if chosen not in _CHOICES:
        raise Http404
    places = _places(request)
    page = Paginator(_CHOICES[chosen](places), _PER_PAGE).get_page(request.GET.get("page"))
    rows = presenting.list_rows(list(page.object_list))
    record(actor_of(request), audited.LIST, content={"show": chosen, "page": page.number, "rows": len(rows)})
    context = {
        "page": page,
        "rows": rows,
        "chosen": chosen,
        "counts": queries.counts(places),
        "days": queries.settings_row().card_within_days,
        "may_register": may(request, REGISTER),
        "may_set": may(request, SET_REGISTRATION),
    }
    return render(request, "registration/list.html", context)


@requires(REGISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """申請の受付: an application taken at the counter."""
    return _new(request, None)


@requires(REGISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def from_application(request: HttpRequest, pk: int) -> HttpResponse:
    """申請の受付 from a form booking: its answers stand in the form already; opening them is on record."""
    booked = Application.objects.filter(pk=pk).first()
    if booked is None or not may(request, OPEN_APPLICATIONS, booked.place):
        raise Http404
    known = Registration.objects.filter(application=booked).first()
    if known is not None:
        return redirect("registration:registration", known.pk)
    return _new(request, booked)


def _new(request: HttpRequest, booked: Application | None) -> HttpResponse:
    if request.method != "POST":
        if booked is not None:
            record_opening(booked, actor_of(request))
        form = RegisterForm(initial=_answers(booked) if booked else {})
        return render(request, "registration/new.html", {"form": form, "booked": booked})
    form = RegisterForm(request.POST)
    person = form.person()
    if person is not None and not may(request, REGISTER, form.cleaned_data["place"].code):
        form.add_error("place", _("この場所の申請を受け付ける権限がありません。"))
    elif person is not None:
        given = form.cleaned_data
        taken = services.Taken(
            rules.Way(given["way"]),
            given["place"],
            rules.Receipt(given["receipt"]),
            documents=given["documents"],
            application=booked,
            memo=given["memo"],
        )
        try:
            row = services.register(person, taken, actor_of(request))
        except services.Refused as refused:
            form.add_error("application_id", str(refused))
        else:
            messages.success(request, _("申請を受け付けました。続けて顔写真を結び付けてください。"))
            return redirect("registration:registration", row.pk)
    return render(request, "registration/new.html", {"form": form, "booked": booked}, status=422)


def _answers(booked: Application) -> dict[str, str]:
    answers: dict[str, str] = booked.answers
    taken = {name: answers.get(name, "") for name in ("name", "kana", "born", "sex", "address")}
    return {**taken, "house": answers.get("building", ""), "place": booked.place}


@requires(REGISTER, SEND)
@require_safe
def registration_page(request: HttpRequest, pk: int) -> HttpResponse:
    """申請受付: one application, its photo and its sending. The view is recorded."""
    return _show(request, _registration(request, pk))


def _show(
    request: HttpRequest,
    row: Registration,
    *,
    photo_form: PhotoForm | None = None,
    send_form: SendForm | None = None,
    witness_form: WitnessForm | None = None,
) -> HttpResponse:
    record(actor_of(request), audited.VIEW, subject=f"registration:{row.pk}")
    wrong = next((one for one in (photo_form, send_form, witness_form) if one is not None and one.errors), None)
    context = {
        "row": row,
        "rows": presenting.summary(row),
        "photo_form": photo_form or PhotoForm(auto_id="photo-%s"),
        "send_form": send_form or SendForm(initial={"day": clock.today()}, auto_id="send-%s"),
        "witness_form": witness_form or WitnessForm(),
        "wrong": wrong,
        "needs_photo": rules.needs_photo(row.card.born, clock.today()),
        "may_register": may(request, REGISTER) and not row.sent_way,
        "may_send": may(request, SEND) and not row.sent_way,
        "may_see_card": may(request, SEE_CARDS),
    }
    return render(request, "registration/registration.html", context, status=422 if wrong else 200)


@csrf_exempt  # the token is checked below, once the limit on the upload is in place
@requires(REGISTER)
@require_POST
def photo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """顔写真: bind a photo to the application whose 申請書ID was scanned with it."""
    request.upload_handlers.insert(0, ListSizeLimit(request))
    return _photo(request, pk)


@csrf_protect
def _photo(request: HttpRequest, pk: int) -> HttpResponse:
    row, form = _registration(request, pk), PhotoForm(request.POST, request.FILES, auto_id="photo-%s")
    if form.is_valid():
        given = form.cleaned_data
        uploaded = given["file"]
        try:
            if isinstance(uploaded, UploadedFile):
                if uploaded.size is None or uploaded.size > _LARGEST_PHOTO:
                    raise services.Refused(_("写真のファイルが大きすぎます (16 MB まで)。"))
                services.bind_new_photo(row, given["scanned"], uploaded.read(), actor_of(request))
            else:
                services.bind_filed_photo(row, given["scanned"], given["number"], actor_of(request))
        except services.Refused as refused:
            form.add_error("scanned", str(refused))
        else:
            messages.success(request, _("顔写真を申請書に結び付けました。"))
            return redirect("registration:registration", pk)
    return _show(request, row, photo_form=form)


@requires(SEND)
@require_POST
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """送付: record that an application went to J-LIS, with a second look."""
    row = _registration(request, pk)
    form, witness_form = SendForm(request.POST, auto_id="send-%s"), WitnessForm(request.POST)
    if form.is_valid():
        second = witness_form.witness(SEND, actor_of(request))
        if second is not None:
            try:
                services.send(row, rules.SentWay(form.cleaned_data["way"]), form.cleaned_data["day"], actor_of(request), second)
            except services.Refused as refused:
                form.add_error("way", str(refused))
            else:
                messages.success(request, _("送付を記録しました。カードが届くまで見守ります。"))
                return redirect("registration:registration", pk)
    return _show(request, row, send_form=form, witness_form=witness_form)


@requires(SET_REGISTRATION)
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """申請受付の設定."""
    form = SettingsForm(request.POST if request.method == "POST" else None, initial={"days": queries.settings_row().card_within_days})
    if request.method == "POST" and form.is_valid():
        services.change_settings(form.cleaned_data["days"], actor_of(request))
        messages.success(request, _("設定を変えました。"))
        return redirect("registration:list")
    return render(request, "registration/settings.html", {"form": form}, status=422 if form.errors else 200)


@requires(REGISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def venues_page(request: HttpRequest) -> HttpResponse:
    """出張申請: the venues, and a new one with the list that goes along."""
    form = VenueForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            venue = services.make_venue(given["name"].strip(), given["day"], given["place"], given["rows"], actor_of(request))
        except services.Refused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("会場を登録しました。一覧を印刷するか、XLSX で持って行ってください。"))
            return redirect("registration:venue", venue.pk)
    page = Paginator(queries.venues(_places(request)), _PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "registration/venues.html", {"form": form, "page": page}, status=422 if form.errors else 200)


@csrf_exempt  # the token is checked below, once the limit on the upload is in place
@requires(REGISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def venue_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """会場: its list to take along, and the filled list taken in, whole or not at all."""
    request.upload_handlers.insert(0, ListSizeLimit(request))
    return _venue_page(request, pk)


@csrf_protect
def _venue_page(request: HttpRequest, pk: int) -> HttpResponse:
    venue = _venue(request, pk)
    form = JoinForm(request.POST, request.FILES) if request.method == "POST" else JoinForm()
    faults: list[tuple[int, str, str]] = []
    if request.method == "POST" and form.is_valid():
        try:
            applicants, faults = venue_lists.read_list(form.cleaned_data["file"].read(), venue)
            if faults:
                form.add_error("file", _("直すところがあります。何も取り込んでいません。一覧を直して、もう一度取り込んでください。"))
            else:
                joined = services.join(venue, applicants, actor_of(request))
                said = _("%(new)s 件を取り込みました。前に取り込んだ %(known)s 件はそのままです。")
                messages.success(request, said % {"new": joined.new, "known": joined.known})
                return redirect("registration:venue", pk)
        except (services.Refused, venue_lists.NoList) as refused:
            form.add_error("file", str(refused))
    rows = presenting.list_rows(list(queries.registrations(_places(request)).filter(venue=venue).order_by("row_id")))
    record(actor_of(request), audited.LIST, subject=f"venue:{pk}", content={"rows": len(rows)})
    context = {"venue": venue, "form": form, "faults": faults[:_FAULTS_SHOWN], "faulty": len(faults), "rows": rows}
    return render(request, "registration/venue.html", context, status=422 if form.errors else 200)


@requires(REGISTER)
@require_safe
def venue_workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the list to take along as a workbook."""
    venue = _venue(request, pk)
    record(actor_of(request), audited.TAKE_LIST, subject=f"venue:{pk}", content={"form": "xlsx", "rows": venue.rows})
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    name = f'attachment; filename="venue-{pk}.xlsx"'
    return HttpResponse(venue_lists.as_workbook(venue), content_type=kind, headers={"Content-Disposition": name})


@requires(REGISTER)
@require_safe
def venue_sheets(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the list to take along as sheets of paper."""
    venue = _venue(request, pk)
    record(actor_of(request), audited.TAKE_LIST, subject=f"venue:{pk}", content={"form": "pdf", "rows": venue.rows})
    name = f'inline; filename="venue-{pk}.pdf"'
    return HttpResponse(venue_lists.as_sheets(venue), content_type="application/pdf", headers={"Content-Disposition": name})


@requires(REGISTER)
@require_POST
def close_venue(request: HttpRequest, pk: int) -> HttpResponse:
    """会場の締め: no further list is taken in."""
    try:
        services.close_venue(_venue(request, pk), actor_of(request))
    except services.Refused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("会場を締めました。"))
    return redirect("registration:venue", pk)


def _places(request: HttpRequest) -> frozenset[str] | None:
    """Return the places whose applications the person may see; None: all."""
    taking, sending = places_of(request, REGISTER), places_of(request, SEND)
    return None if taking is None or sending is None else taking | sending


def _registration(request: HttpRequest, pk: int) -> Registration:
    row, places = queries.registration(pk), _places(request)
    if row is None or (places is not None and row.place.code not in places):
        raise Http404
    return row


def _venue(request: HttpRequest, pk: int) -> Venue:
    venue, places = queries.venue(pk), _places(request)
    if venue is None or (places is not None and venue.place.code not in places):
        raise Http404
    return venue
