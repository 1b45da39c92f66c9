"""臨時停止・一斉振替, and the announcements above the public pages (BS-05, S25)."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.booking.desk import stops
from madoguchi.booking.desk.audited import STOP_VIEWED
from madoguchi.booking.desk.models import ContactTask, EmergencyStop
from madoguchi.booking.desk.queries import visible_places
from madoguchi.booking.desk.rights import STOP_DAYS
from madoguchi.booking.desk.stop_forms import AnnouncementForm, CountForm, ProposalForm, StopForm
from madoguchi.booking.desk.tasks import REBOOK
from madoguchi.booking.municipality import announcements
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, places_of, requires
from madoguchi.platform.audit.services import record
from madoguchi.platform.jobs import services as jobs

STOPS_SHOWN = 50


@requires(STOP_DAYS)
@require_safe
def stop_list(request: HttpRequest) -> HttpResponse:
    """The stops, newest first."""
    found = EmergencyStop.objects.select_related("place")
    allowed = places_of(request, STOP_DAYS)
    if allowed is not None:
        found = found.filter(place__code__in=allowed)
    return render(request, "desk/stops.html", {"stops": found[:STOPS_SHOWN]})


def _key(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()


@requires(STOP_DAYS)
@require_http_methods(["GET", "HEAD", "POST"])
def new_stop(request: HttpRequest) -> HttpResponse:
    """Ask where and when, show whom it hits, and stop after the number was typed."""
    allowed = places_of(request, STOP_DAYS)
    places = visible_places(allowed)
    today = clock.today()
    posted = request.POST if request.method == "POST" else None
    form = StopForm(posted, places=places, everywhere=allowed is None, initial={"day_from": today, "day_until": today})
    if posted is None or not form.is_valid():
        return render(request, "desk/stop_new.html", {"form": form}, status=422 if posted else 200)
    given = form.cleaned_data
    place, first, last = given["place"], given["day_from"], given["day_until"]
    affected = stops.hit_by(place, first, last)
    number, with_mail = affected.count(), affected.exclude(email="").count()
    key = _key(posted.get("key", ""))
    count_form = CountForm(posted if "count" in posted else None, expected=number)
    if count_form.is_valid():
        words = stops.Words(given["text"], form.words)
        try:
            done = stops.stop(actor_of(request), place, first, last, given["reason"], key=key, words=words, with_mails=given["with_mails"])
        except ValidationError as refusal:
            for name, faults in refusal.message_dict.items():
                form.add_error(name if name in form.fields else None, faults)
            return render(request, "desk/stop_new.html", {"form": form}, status=422)
        messages.success(request, _("停止しました。新しい予約はもう入りません。"))
        return HttpResponseRedirect(reverse("desk:stop", args=[done.pk]))
    context = {
        "form": form,
        "count_form": count_form,
        "place": place,
        "first": first,
        "last": last,
        "number": number,
        "with_mail": with_mail if given["with_mails"] else 0,
        "calls": number - (with_mail if given["with_mails"] else 0),
        "key": key,
        "kept": [(name, posted.get(name, "")) for name in posted if name not in {"csrfmiddlewaretoken", "count", "key"}],
    }
    return render(request, "desk/stop_check.html", context, status=422 if count_form.errors else 200)


def _stop_in_range(request: HttpRequest, pk: int) -> EmergencyStop:
    found = EmergencyStop.objects.select_related("place", "announcement").filter(pk=pk).first()
    allowed = places_of(request, STOP_DAYS)
    if found is None or (allowed is not None and (found.place is None or found.place.code not in allowed)):
        raise Http404
    return found


@requires(STOP_DAYS)
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One stop: whom it hits, what became of each, and what can be done for all together."""
    return _stop_page(request, _stop_in_range(request, pk))


def _stop_page(request: HttpRequest, stopped: EmergencyStop, *, count_form: CountForm | None = None) -> HttpResponse:
    hits = stops.hits(stopped)
    movable = [hit for hit in hits if hit.affected.proposed_id and hit.standing in {stops.Standing.OPEN, stops.Standing.TOLD}]
    record(actor_of(request), STOP_VIEWED, subject=f"stop:{stopped.pk}", content={"rows": len(hits)})
    left = sum(hit.standing is stops.Standing.OPEN for hit in hits)
    context = {
        "stop": stopped,
        "hits": hits,
        "left": left,
        "proposal_form": ProposalForm(),
        "movable": len(movable),
        "not_movable": sum(hit.standing in {stops.Standing.OPEN, stops.Standing.TOLD} for hit in hits) - len(movable),
        "count_form": count_form or CountForm(expected=len(movable)),
        "open_tasks": ContactTask.objects.filter(stop=stopped, is_done=False).count(),
        "in_force": stopped.taken_back_at is None,
    }
    return render(request, "desk/stop.html", context, status=422 if count_form else 200)


@requires(STOP_DAYS)
@require_POST
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Look for a time for everybody who has none yet; nothing moves before it is confirmed."""
    stopped = _stop_in_range(request, pk)
    form = ProposalForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("期間を選び直してください。何も変えていません。"))
        return HttpResponseRedirect(reverse("desk:stop", args=[pk]))
    found = stops.propose(stopped, days=int(form.cleaned_data["days"]), other_places=form.cleaned_data["other_places"])
    messages.success(request, _("%(number)d件に新しい日時の案を作りました。まだ何も移していません。") % {"number": found})
    return HttpResponseRedirect(reverse("desk:stop", args=[pk]))


@requires(STOP_DAYS)
@require_POST
def rebook(request: HttpRequest, pk: int) -> HttpResponse:
    """Move everybody with a proposed time, after the number was typed; the work has its own page."""
    stopped = _stop_in_range(request, pk)
    waiting = [hit for hit in stops.hits(stopped) if hit.affected.proposed_id]
    movable = [hit for hit in waiting if hit.standing in {stops.Standing.OPEN, stops.Standing.TOLD}]
    form = CountForm(request.POST, expected=len(movable))
    if not form.is_valid():
        return _stop_page(request, stopped, count_form=form)
    job = jobs.start(REBOOK, _("一斉振替"), actor_of(request), {"stop": stopped.pk})
    return HttpResponseRedirect(reverse("jobs:job", args=[job.pk]))


@requires(STOP_DAYS)
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a stop back: times open, the announcement goes, open calls are dropped."""
    stopped = _stop_in_range(request, pk)
    if stops.take_back(actor_of(request), stopped.pk):
        messages.success(request, _("停止を取り下げました。枠はまた予約できます。移した予約はそのままです。"))
    else:
        messages.info(request, _("この停止はすでに取り下げられています。何も変えていません。"))
    return HttpResponseRedirect(reverse("desk:stop", args=[pk]))


@requires(STOP_DAYS)
@require_http_methods(["GET", "HEAD", "POST"])
def announcement_list(request: HttpRequest) -> HttpResponse:
    """What stands above the public pages, and a form for more."""
    form = AnnouncementForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        begins, ends = form.period()
        try:
            announcements.announce(
                actor_of(request),
                given["text"],
                words=form.words,
                is_urgent=given["is_urgent"],
                shown_from=begins,
                shown_until=ends,
            )
        except ValidationError:
            form.add_error("day_until", _("掲載を終える日は、始める日以後で、今日以後の日にしてください。"))
        else:
            messages.success(request, _("お知らせを登録しました。公開ページには数秒で出ます。"))
            return HttpResponseRedirect(reverse("desk:announcements"))
    context = {"form": form, "standing": announcements.standing(), "now": clock.now()}
    return render(request, "desk/announcements.html", context, status=422 if request.method == "POST" else 200)


@requires(STOP_DAYS)
@require_POST
def take_down(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a sentence off the public pages now."""
    if announcements.take_down(actor_of(request), pk):
        messages.success(request, _("お知らせを取り下げました。"))
    return HttpResponseRedirect(reverse("desk:announcements"))
