"""Pages of the media: register, take out with an approver, confirm, give back, dispose of; the rules; the printed ledger (EX-04)."""

import datetime as dt
from collections.abc import Callable, Iterable

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents.paper_tables import print_table
from madoguchi.platform.exchange import queries
from madoguchi.platform.exchange.audited import LEDGER_PRINTED
from madoguchi.platform.exchange.direct.runs import CALLER
from madoguchi.platform.exchange.media_forms import DisposeForm, LedgerForm, MediumForm, RulesForm, StepForm, TakeOutForm
from madoguchi.platform.exchange.models import ExchangeRules, ExchangeRulesChange, Medium, OutgoingFile
from madoguchi.platform.exchange.rights import LEDGER, MEDIA, RELEASE, RULES
from madoguchi.platform.exchange.services import media_ledger
from madoguchi.platform.exchange.wording import carrier_of, type_name
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.verbs import Refusal

_CHANGES_SHOWN = 50
_STEP_WORDS = {"read_in": _("読み込みを確認しました。"), "erased": _("消去を確認しました。"), "back": _("返却を記録しました。")}


@requires(LEDGER, MEDIA, RULES)
@require_safe
def media_page(request: HttpRequest) -> HttpResponse:
    """媒体: every medium with where it is now."""
    rows = [_medium_row(medium) for medium in queries.media()]
    return render(request, "exchange/media.html", {"rows": rows, "may_register": may(request, RULES)})


@requires(RULES)
@require_http_methods(["GET", "HEAD", "POST"])
def new_medium(request: HttpRequest) -> HttpResponse:
    """媒体の登録."""
    form = MediumForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            medium = media_ledger.register(actor=actor_of(request), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("number", refusal.message)
        else:
            messages.success(request, _("媒体 %(number)s を登録しました。") % {"number": medium.number})
            return redirect("exchange:media")
    return render(request, "exchange/new-medium.html", {"form": form}, status=422 if form.errors else 200)


def _medium_row(medium: Medium) -> dict[str, object]:
    trip = next(iter(medium.open_trips), None)  # type: ignore[attr-defined]  # prefetched
    if medium.disposed_at:
        state, tone = _("廃棄済"), ""
    elif trip is None:
        state, tone = _("保管中"), "success"
    elif trip.due_at < clock.now():
        state, tone = _("返却期限切れ"), "error"
    else:
        state, tone = _("持出し中"), "info"
    return {"medium": medium, "trip": trip, "state": state, "tone": tone}


@requires(LEDGER, MEDIA, RULES)
@require_safe
def medium_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One medium: its data, its trips, and what may be done with it now."""
    return _medium_page(request, pk)


def _medium_page(
    request: HttpRequest,
    pk: int,
    *,
    out_form: TakeOutForm | None = None,
    dispose_form: DisposeForm | None = None,
    step_form: StepForm | None = None,
    witness_form: WitnessForm | None = None,
) -> HttpResponse:
    medium = queries.media().filter(pk=pk).first()
    if medium is None:
        raise Http404
    row = _medium_row(medium)
    wrong = [form for form in (out_form, dispose_form, step_form, witness_form) if form is not None and form.errors]
    context = {
        **row,
        "trips": medium.trips.all(),
        "may_carry": may(request, MEDIA),
        "may_dispose": may(request, RULES),
        "out_form": out_form or TakeOutForm(auto_id="out-%s"),
        "dispose_form": dispose_form or DisposeForm(auto_id="dispose-%s"),
        "step_form": step_form or StepForm(auto_id="step-%s"),
        "out_witness": witness_form if out_form else WitnessForm(auto_id="out-%s"),
        "dispose_witness": witness_form if dispose_form else WitnessForm(auto_id="dispose-%s"),
        "wrong": wrong,
        "has_errors": bool(wrong),
    }
    return render(request, "exchange/medium.html", context, status=422 if wrong else 200)


@requires(MEDIA)
@require_POST
def take_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a medium out; somebody with the right to release approves on the same screen."""
    form, witness_form = TakeOutForm(request.POST, auto_id="out-%s"), WitnessForm(request.POST, auto_id="out-%s")
    if form.is_valid():
        approver = witness_form.witness(RELEASE, actor_of(request))
        if approver is not None:
            try:
                trip = media_ledger.take_out(pk, actor_of(request), approver=approver, **form.cleaned_data)
            except Medium.DoesNotExist:
                raise Http404 from None
            except Refusal as refusal:
                form.add_error(None, refusal.message)
            else:
                due = timezone.localtime(trip.due_at)
                messages.success(request, _("持出しを記録しました。%(due)s までに返却してください。") % {"due": f"{due:%Y-%m-%d %H:%M}"})
                return redirect("exchange:medium", pk)
    return _medium_page(request, pk, out_form=form, witness_form=witness_form)


@requires(MEDIA)
@require_POST
def step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Confirm that a medium was read in, erased, or is back."""
    trip = queries.trip(pk)
    if trip is None or step not in media_ledger.STEPS:
        raise Http404
    form = StepForm(request.POST, auto_id="step-%s")
    if form.is_valid():
        try:
            media_ledger.confirm_step(pk, step, actor_of(request), remarks=form.cleaned_data["remarks"])
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, str(_STEP_WORDS[step]))
            return redirect("exchange:medium", trip.medium_id)
    return _medium_page(request, trip.medium_id, step_form=form)


@requires(RULES)
@require_POST
def dispose(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that two people destroyed a medium."""
    form, witness_form = DisposeForm(request.POST, auto_id="dispose-%s"), WitnessForm(request.POST, auto_id="dispose-%s")
    if form.is_valid():
        second = witness_form.witness(LEDGER, actor_of(request))
        if second is not None:
            try:
                media_ledger.dispose(pk, actor_of(request), second=second, how=form.cleaned_data["how"])
            except Refusal as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, _("媒体の廃棄を記録しました。この番号は二度と使えません。"))
                return redirect("exchange:medium", pk)
    return _medium_page(request, pk, dispose_form=form, witness_form=witness_form)


@requires(RELEASE)
@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a sealed file leave, as somebody else than the one who made it."""
    get_object_or_404(OutgoingFile, pk=pk)
    try:
        media_ledger.release(pk, actor_of(request))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("書き出しを承認しました。"))
    return redirect("exchange:export")


# What decides when something arrives on the other side (EX-08).
_TRAVEL = frozenset(
    {"trip_weekdays", "trip_time", "transfer_minutes", "picking_minutes", "late_cancels_by_telephone", "direct_on", "direct_minutes"}
)


def _unkept(asked: ExchangeRules) -> Iterable[str]:
    """Return what a zone has against rules of travel: a deadline that it gave and could not keep any more."""
    path: str | None = getattr(settings, "MADOGUCHI_EXCHANGE_RULES_CHECK", None)
    check: Callable[[ExchangeRules], Iterable[str]] | None = import_string(path) if path else None
    return check(asked) if check else ()


@requires(RULES)
@require_http_methods(["GET", "HEAD", "POST"])
def rules_page(request: HttpRequest) -> HttpResponse:
    """媒体の決まり: what is asked of media and when they travel; changed by two, with history."""
    rules = media_ledger.rules()
    before = {name: getattr(rules, name) for name in media_ledger.SETTINGS}
    form = RulesForm(request.POST if request.method == "POST" else None, initial=before, calls=settings.MADOGUCHI_ZONE == CALLER)
    witness_form = WitnessForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and not _TRAVEL.isdisjoint(form.changed_data):
        asked = ExchangeRules(**{name: form.cleaned_data.get(name, before[name]) for name in media_ledger.SETTINGS})
        for why in _unkept(asked):
            form.add_error(None, why)
    if request.method == "POST" and form.is_valid():
        second = witness_form.witness(RELEASE, actor_of(request))
        if second is not None:
            values = {name: form.cleaned_data.get(name, before[name]) for name in media_ledger.SETTINGS}
            changed = media_ledger.change_rules(values, actor_of(request), second=second, reason=form.cleaned_data["reason"])
            messages.success(request, _("決まりを変えました。") if changed else _("変わるところはありませんでした。"))
            return redirect("exchange:rules")
    names = {name: ExchangeRules._meta.get_field(name).verbose_name for name in media_ledger.SETTINGS}  # type: ignore[union-attr]  # noqa: SLF001 Django's documented API
    changes = [
        {"change": change, "name": names.get(change.setting, change.setting)}
        for change in ExchangeRulesChange.objects.all()[:_CHANGES_SHOWN]
    ]
    context = {"form": form, "witness_form": witness_form, "changes": changes}
    return render(request, "exchange/rules.html", context, status=422 if form.errors or witness_form.errors else 200)


@requires(LEDGER)
@require_safe
def print_ledger(request: HttpRequest) -> HttpResponse:
    """媒体管理簿 on paper, with room for seals: every attempt, and every medium that was out."""
    form = LedgerForm(request.GET)
    if not form.is_valid():
        return render_problem(
            request,
            422,
            title=_("印刷する日を確かめてください"),
            message=_("はじめの日と終わりの日を入力してください。"),
            next_steps=(_("媒体管理簿の画面に戻り、日を選び直してください。"),),
        )
    first, last = form.span
    start = dt.datetime.combine(first, dt.time(), clock.TOKYO)
    end = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), clock.TOKYO)
    header = [
        _("日時"),
        _("事項"),
        _("種類・目的"),
        _("連番"),
        _("件数"),
        _("媒体"),
        _("利用者・運ぶ人"),
        _("承認者"),
        _("結果"),
        _("確認印"),
    ]
    cells = [*_attempts(start, end), *_trips(start, end)]
    subtitle = _("%(first)s～%(last)s　全%(rows)d件") % {"first": first, "last": last, "rows": len(cells)}
    widths = [3.2, 2, 4, 1.2, 1.4, 2.6, 2.8, 2.8, 3.4, 2]
    made = print_table(actor_of(request), _("媒体管理簿"), subtitle, header, sorted(cells), widths)
    content = {"from": first.isoformat(), "until": last.isoformat(), "rows": len(cells)}
    record(actor_of(request), LEDGER_PRINTED, content=content)
    name = f"baitai_{clock.now():%Y%m%d_%H%M}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(made, content_type="application/pdf", headers=headers)


def _moment(value: dt.datetime | None) -> str:
    return f"{timezone.localtime(value):%Y-%m-%d %H:%M}" if value else ""


def _attempts(start: dt.datetime, end: dt.datetime) -> list[list[str]]:
    return [
        [
            _moment(entry.started_at),
            entry.get_movement_display(),
            type_name(entry.type),
            "" if entry.seq is None else str(entry.seq),
            "" if entry.rows is None else str(entry.rows),
            carrier_of(entry),
            entry.user_id,
            entry.outgoing.released_by if entry.outgoing else "",
            f"{entry.get_state_display()} {entry.code}".strip(),
            "",
        ]
        for entry in queries.ledger_between(start, end)
    ]


def _trips(start: dt.datetime, end: dt.datetime) -> list[list[str]]:
    cells = []
    for trip in queries.trips_between(start, end):
        done = [(_("読込"), trip.read_in_at), (_("消去"), trip.erased_at), (_("返却"), trip.back_at)]
        result = " ".join(f"{word} {_moment(at)[5:]}" for word, at in done if at)
        purpose = f"{trip.purpose} → {trip.destination}"
        cells.append(
            [_moment(trip.out_at), _("持出し"), purpose, "", "", trip.medium.number, trip.carried_by, trip.approved_by, result, ""]
        )
    return cells
