"""連絡要: the list of people to be told, one task with its attempts, and a booking that is put on the list (BS-05)."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from madoguchi.booking.desk import contacts
from madoguchi.booking.desk.audited import TASKS_VIEWED
from madoguchi.booking.desk.models import ContactAttempt, ContactTask
from madoguchi.booking.desk.queries import visible_places
from madoguchi.booking.desk.rights import CONTACT_PEOPLE
from madoguchi.booking.desk.stop_forms import AttemptForm, TaskForm
from madoguchi.booking.desk.views.bookings import booking_in_range
from madoguchi.booking.notices.queries import calls_needed
from madoguchi.booking.reservations.models import Attendee
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, places_of, requires
from madoguchi.platform.audit.services import record

PAGE = 50


def tasks_for(allowed: frozenset[str] | None) -> QuerySet[ContactTask]:
    """Return the tasks of a person's places."""
    found = ContactTask.objects.all()
    return found if allowed is None else found.filter(booking__slot__place__code__in=allowed)


@requires(CONTACT_PEOPLE)
@require_safe
def task_list(request: HttpRequest) -> HttpResponse:
    """Who must be told, the most urgent first. A constant number of statements."""
    allowed = places_of(request, CONTACT_PEOPLE)
    found = tasks_for(allowed)
    done = request.GET.get("show") == "done"
    found = found.filter(is_done=done)
    cause = request.GET.get("cause", "")
    if cause in ContactTask.Cause.values:
        found = found.filter(cause=cause)
    place = request.GET.get("place", "")
    places = visible_places(allowed)
    if place in {one.code for one in places}:
        found = found.filter(booking__slot__place__code=place)
    stop = request.GET.get("stop", "")
    if stop.isascii() and stop.isdigit() and len(stop) < 10:
        found = found.filter(stop=int(stop))
    people = Prefetch("booking__attendees", Attendee.objects.filter(left=False).select_related("credential").order_by("pk"))
    ordered = found.order_by("-changed_at") if done else found.order_by("due", "booking__slot__day", "booking__slot__start", "pk")
    page = Paginator(ordered.select_related("booking__slot__place").prefetch_related(people), PAGE).get_page(request.GET.get("page"))
    record(actor_of(request), TASKS_VIEWED, content={"rows": len(page), "done": done})
    context = {
        "page": page,
        "done": done,
        "cause": cause,
        "causes": ContactTask.Cause.choices,
        "places": places,
        "place": next((one for one in places if one.code == place), None),
        "today": clock.today(),
        "unreached": calls_needed(allowed).count(),
    }
    return render(request, "desk/contact_list.html", context)


@requires(CONTACT_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """One task: what is to be said, what was tried, and how it went now."""
    found = tasks_for(places_of(request, CONTACT_PEOPLE)).select_related("booking__slot__place", "stop").filter(pk=pk).first()
    if found is None:
        raise Http404
    form = AttemptForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        outcome, note = ContactAttempt.Outcome(form.cleaned_data["outcome"]), form.cleaned_data["note"]
        version = request.POST.get("version", "")
        try:
            noted = contacts.note_attempt(actor_of(request), pk, outcome, note, version=int(version) if version.isdecimal() else 0)
        except contacts.TaskChanged as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(reverse("desk:contact", args=[pk]))
        if noted.is_done:
            messages.success(request, _("連絡が済んだと記録しました。"))
            return HttpResponseRedirect(reverse("desk:contacts"))
        messages.success(request, _("記録しました。まだ連絡要に残っています。"))
        return HttpResponseRedirect(reverse("desk:contact", args=[pk]))
    record(actor_of(request), TASKS_VIEWED, subject=f"booking:{found.booking_id}", content={"task": pk})
    context = {
        "task": found,
        "form": form,
        "serials": list(found.booking.attendees.filter(left=False).values_list("credential__serial", flat=True)),
        "tries": list(found.tries.all()),
    }
    return render(request, "desk/contact.html", context, status=422 if request.method == "POST" else 200)


@requires(CONTACT_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_task(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Put a booking on the list, for a call back or whatever else is to be said."""
    booking = booking_in_range(request, pk)
    if not may(request, CONTACT_PEOPLE, booking.slot.place.code):
        raise Http404
    form = TaskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        contacts.make(actor_of(request), booking, ContactTask.Cause(given["cause"]), note=given["note"], due=given["due"])
        messages.success(request, _("「連絡要」に入れました。"))
        return HttpResponseRedirect(reverse("desk:booking", args=[booking.pk]))
    return render(request, "desk/contact_new.html", {"form": form, "booking": booking}, status=422 if request.method == "POST" else 200)
