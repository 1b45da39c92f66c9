"""一括の変更・取消 of bookings chosen from the list (S10)."""

import io
import uuid
from collections import Counter

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from madoguchi.booking.desk import listing, mass
from madoguchi.booking.desk.audited import MASS_EXPORTED, MASS_VIEWED
from madoguchi.booking.desk.list_forms import ExportForm, SaveViewForm
from madoguchi.booking.desk.mass_forms import MassForm, PurposeForm
from madoguchi.booking.desk.models import ContactTask, MassChange, MassLine
from madoguchi.booking.desk.rights import CHANGE_MANY
from madoguchi.booking.desk.stop_forms import CountForm
from madoguchi.booking.desk.tasks import CHANGE_MANY as CHANGE_JOB
from madoguchi.booking.desk.tasks import TAKE_MANY_BACK
from madoguchi.booking.desk.views.lists import asked, list_page
from madoguchi.booking.reservations.models import Attendee
from madoguchi.kernel.tables import write_xlsx
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, places_of, requires
from madoguchi.platform.audit.services import record
from madoguchi.platform.jobs import services as jobs
from madoguchi.platform.verbs import Refusal

_SHOWN, _PAGE = 50, 200
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@requires(CHANGE_MANY)
@require_safe
def masses(request: HttpRequest) -> HttpResponse:
    """What was moved or cancelled together, newest first."""
    return render(request, "desk/masses.html", {"masses": _masses_for(request)[:_SHOWN]})


def _masses_for(request: HttpRequest) -> QuerySet[MassChange]:
    done = Count("lines", filter=Q(lines__outcome__in=[MassLine.Outcome.DONE, MassLine.Outcome.BACK, MassLine.Outcome.STAYS]))
    found, allowed = MassChange.objects.annotate(number=done), places_of(request, CHANGE_MANY)
    if allowed is None:
        return found
    # Only whoever may see all the bookings of a change may see the change.
    return found.exclude(pk__in=MassLine.objects.exclude(booking__slot__place__code__in=allowed).values("mass"))


@requires(CHANGE_MANY)
@require_POST
def prepare(request: HttpRequest) -> HttpResponse:
    """Look at what would become of the ticked bookings, or of everything that the filters choose."""
    values, form = QueryDict(request.POST.get("query", "")[:2000]), MassForm(request.POST, auto_id="mass-%s")
    if not form.is_valid():
        return _list_again(request, values, form)
    given, allowed = form.cleaned_data, places_of(request, CHANGE_MANY)
    found = listing.chosen(asked(request, values)[3], allowed)
    if given["chosen"] == "rows":
        found = found.filter(pk__in=_ticked(request))
    act = MassChange.Act(given["act"])
    days = None
    if act == MassChange.Act.MOVE:
        days = mass.NewDays(given["first_day"], given["last_day"], given["other_places"], allowed)
    bookings = list(found.select_related("slot__place", "kind").order_by("slot__day", "slot__start", "pk")[: mass.MOST_BOOKINGS + 1])
    try:
        made = mass.prepare(actor_of(request), act, bookings, given["reason"], days)
    except Refusal as refusal:
        form.add_error("first_day" if bookings and len(bookings) <= mass.MOST_BOOKINGS else "chosen", refusal.message)
        return _list_again(request, values, form)
    return HttpResponseRedirect(reverse("desk:mass", args=[made.pk]))


def _list_again(request: HttpRequest, values: QueryDict, form: MassForm) -> HttpResponse:
    ticked = _ticked(request)
    return list_page(request, values, export_form=ExportForm(), view_form=SaveViewForm(), mass_form=form, ticked=ticked, status=422)


def _ticked(request: HttpRequest) -> set[uuid.UUID]:
    found = set()
    for text in request.POST.getlist("booking")[: listing.SIZES[-1]]:
        try:
            found.add(uuid.UUID(text))
        except ValueError:
            continue
    return found


def _mass(request: HttpRequest, pk: int) -> MassChange:
    found = _masses_for(request).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _lines(found: MassChange) -> QuerySet[MassLine]:
    people = Prefetch("booking__attendees", Attendee.objects.filter(left=False).select_related("credential").order_by("pk"))
    ordered = found.lines.select_related("booking__slot__place", "was__place", "proposed__place").prefetch_related(people)
    return ordered.order_by("was__day", "was__start", "booking__number")


@requires(CHANGE_MANY)
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One mass change: before it what would happen, after it what happened, line by line."""
    return _page(request, _mass(request, pk))


def _page(
    request: HttpRequest,
    found: MassChange,
    *,
    count_form: CountForm | None = None,
    purpose_form: PurposeForm | None = None,
    status: int = 200,
) -> HttpResponse:
    counted = Counter(dict(found.lines.order_by().values_list("outcome").annotate(number=Count("pk"))))
    ready = counted[MassLine.Outcome.READY]
    standing = found.lines.filter(outcome=MassLine.Outcome.READY)
    page = Paginator(_lines(found), _PAGE).get_page(request.GET.get("page"))
    record(actor_of(request), MASS_VIEWED, subject=f"mass:{found.pk}", content={"rows": len(page)})
    excluded = found.lines.filter(outcome__in=[MassLine.Outcome.EXCLUDED, MassLine.Outcome.REFUSED, MassLine.Outcome.STAYS])
    mailed = standing.exclude(booking__email="").count()
    context = {
        "mass": found,
        "page": page,
        "tiles": [(outcome.label, counted[outcome]) for outcome in MassLine.Outcome if counted[outcome]],
        "ready": ready,
        "mailed": mailed,
        "called": ready - mailed,
        "whys": excluded.order_by().values("why").annotate(number=Count("pk")).order_by("-number", "why"),
        "is_own": found.made_by == actor_of(request).user_id,
        "count_form": count_form or CountForm(expected=ready),
        "purpose_form": purpose_form or PurposeForm(auto_id="purpose-%s"),
        "wrong": count_form or purpose_form,
        "may_take_back": mass.may_take_back(found),
        "to_call": ContactTask.objects.filter(cause=ContactTask.Cause.MASS, is_done=False, booking__mass_lines__mass=found).count(),
    }
    return render(request, "desk/mass.html", context, status=status)


@requires(CHANGE_MANY)
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Set the change going as a job, after the number was typed."""
    found = _mass(request, pk)
    form = CountForm(request.POST, expected=found.lines.filter(outcome=MassLine.Outcome.READY).count())
    if not form.is_valid():
        return _page(request, found, count_form=form, status=422)
    return _start(request, found, back=False)


@requires(CHANGE_MANY)
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """取り消す: bring the bookings back as they were, on the same day."""
    return _start(request, _mass(request, pk), back=True)


def _start(request: HttpRequest, found: MassChange, *, back: bool) -> HttpResponse:
    actor = actor_of(request)
    try:
        with transaction.atomic():
            (mass.start_back if back else mass.start)(actor, found.pk)
            title = _("予約の一括の操作の取り消し") if back else _("予約の一括の変更・取消")
            job = jobs.start(TAKE_MANY_BACK if back else CHANGE_JOB, title, actor, {"mass": found.pk})
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(reverse("desk:mass", args=[found.pk]))
    return HttpResponseRedirect(reverse("jobs:job", args=[job.pk]))


@requires(CHANGE_MANY)
@require_POST
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """The list of results as a workbook, with a purpose."""
    found, form = _mass(request, pk), PurposeForm(request.POST, auto_id="purpose-%s")
    if not form.is_valid():
        return _page(request, found, purpose_form=form, status=422)
    header = [_("予約番号"), _("予約用ID"), _("元の日時"), _("新しい日時"), _("結果"), _("理由"), _("知らせ")]
    rows = [
        [
            line.booking.number,
            " ".join(person.credential.serial for person in line.booking.attendees.all()),
            mass.when(line.was) if line.was else "",
            mass.when(line.proposed) if line.proposed else "",
            line.get_outcome_display(),
            line.why,
            _("メール") if line.booking.email else _("連絡要"),
        ]
        for line in _lines(found)
    ]
    book = io.BytesIO()
    write_xlsx(book, header, rows)
    content = {"mass": found.pk, "rows": len(rows), "columns": header, "file": "xlsx"}
    record(actor_of(request), MASS_EXPORTED, subject=f"mass:{found.pk}", content=content, reason=form.cleaned_data["purpose"])
    name = f"ikkatsu_{clock.now():%Y%m%d_%H%M}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(book.getvalue(), content_type=SPREADSHEET, headers=headers)
