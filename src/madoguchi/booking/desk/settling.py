"""A change of the calendar in two steps: what it would do, then the clerk's decision about the bookings it hits (BS-02)."""

import copy
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.calendar import services as calendar
from madoguchi.booking.calendar.models import Place, Schedule
from madoguchi.booking.calendar.services import DayLoad, Effect
from madoguchi.platform.accounts.access import actor_of
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.ui.forms import RadioList

KEEP, REBOOK = "keep", "rebook"
DAYS_SHOWN = 62
CONFLICTS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Change:
    """One change that a clerk asks for: the service that stores or removes `row`, and what is said about it."""

    command: Callable[..., Effect]
    row: Model
    title: str
    done: str
    back: str

    def carry_out(self, actor: Actor, *, rebook: bool) -> Effect:
        """Carry the change out on a copy of the row: a preview does so too, and takes it back."""
        return self.command(actor, copy.deepcopy(self.row), rebook=rebook)


@dataclass(frozen=True, slots=True)
class ShownDay:
    """One day of the preview in words."""

    day: dt.date
    place: str
    schedule: str
    load: DayLoad


class DecisionForm(forms.Form):
    """What becomes of the bookings that a change leaves without a place."""

    decision = forms.ChoiceField(
        label=_("枠に入らなくなる予約をどうしますか"),
        choices=[(KEEP, _("枠を超えたまま残す")), (REBOOK, _("再予約の対象にする"))],
        initial=KEEP,
        widget=RadioList(
            help_texts={
                KEEP: _("予約はそのまま有効です。新しい予約は入りません。"),
                REBOOK: _("予約は残したまま、日時の変更をお願いする一覧に載せます。"),
            }
        ),
    )


def _hit(effect: Effect) -> int:
    """Return how many bookings have no place after the change."""
    return sum(found.over for found in effect.conflicts)


def settle(request: HttpRequest, change: Change, form: BaseForm) -> HttpResponse | None:
    """Show what a change would do; with the clerk's decision, carry it out and lead back.

    Returns None when the service refuses the change: the reasons then stand in `form`.
    """
    try:
        return _settled(request, change)
    except ValidationError as refusal:
        tell_refusal(form, refusal)
        return None


def settle_removal(request: HttpRequest, change: Change) -> HttpResponse:
    """Do the same where there is no form: a refusal is told as a message."""
    try:
        return _settled(request, change)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return HttpResponseRedirect(change.back)


def _settled(request: HttpRequest, change: Change) -> HttpResponse:
    actor, decision = actor_of(request), request.POST.get("decision", "")
    if decision not in {KEEP, REBOOK}:
        return _preview(request, change, calendar.preview(lambda: change.carry_out(actor, rebook=False)))
    effect = change.carry_out(actor, rebook=decision == REBOOK)
    counts = {"added": effect.added, "changed": effect.changed, "closed": effect.closed}
    messages.success(request, change.done + gettext("（枠の追加 %(added)d、変更 %(changed)d、停止 %(closed)d）") % counts)
    if effect.conflicts and decision == REBOOK:
        messages.warning(request, gettext("再予約の対象にした予約が %(number)d 件あります。") % {"number": _hit(effect)})
    elif effect.conflicts:
        messages.warning(request, gettext("枠を超えて残した予約が %(number)d 件あります。") % {"number": _hit(effect)})
    return HttpResponseRedirect(change.back)


def tell_refusal(form: BaseForm, refusal: ValidationError) -> None:
    """Turn what a service refuses into errors of the form."""
    if hasattr(refusal, "error_dict"):
        for name, faults in refusal.message_dict.items():
            form.add_error(name if name in form.fields else None, faults)
    else:
        form.add_error(None, refusal.messages)


def _preview(request: HttpRequest, change: Change, effect: Effect) -> HttpResponse:
    places = dict(Place.objects.values_list("code", "name"))
    schedules = dict(Schedule.objects.values_list("code", "name"))
    days = [ShownDay(load.day, places[load.place], schedules[load.schedule], load) for load in effect.days_changed]
    kept = [(name, value) for name, values in request.POST.lists() if name not in {"csrfmiddlewaretoken", "decision"} for value in values]
    context = {
        "change": change,
        "effect": effect,
        "days": days[:DAYS_SHOWN],
        "days_more": max(len(days) - DAYS_SHOWN, 0),
        "most": max((max(day.load.capacity_before, day.load.capacity_after, day.load.taken) for day in days), default=1),
        "places_gained": sum(max(day.load.difference, 0) for day in days),
        "places_lost": sum(max(-day.load.difference, 0) for day in days),
        "conflicts": effect.conflicts[:CONFLICTS_SHOWN],
        "conflicts_more": max(len(effect.conflicts) - CONFLICTS_SHOWN, 0),
        "bookings_hit": _hit(effect),
        "decision": DecisionForm(),
        "schedules": len(schedules),
        "kept": kept,
        "keep": KEEP,
    }
    return render(request, "desk/settle.html", context)
