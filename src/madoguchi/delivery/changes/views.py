"""Pages of changes: 異動リスト, the rows that somebody has to look at, 支援措置, 期限経過."""

import datetime as dt
from collections import Counter

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.cards import masking
from madoguchi.delivery.cards import presenting as card_presenting
from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import rules as card_rules
from madoguchi.delivery.cards.models import Hold
from madoguchi.delivery.cards.ways import ON_THE_CARD
from madoguchi.delivery.changes import audited, queries, rules, services
from madoguchi.delivery.changes.forms import ChangeListForm, DecisionForm, ReasonForm, SettleForm
from madoguchi.delivery.changes.models import ChangeList, ListedChange, ProtectionDecision
from madoguchi.delivery.changes.rights import DECIDE_PROTECTED, IMPORT_CHANGES, SEE_DEADLINES
from madoguchi.delivery.dispatch.rights import POST_PROTECTED, SET_ADDRESS
from madoguchi.delivery.queues import services as queues
from madoguchi.delivery.queues.rights import ACT_ON_MANY
from madoguchi.kernel.working_days import next_working_day
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.verbs import Refusal

_PER_PAGE = 50


@requires(IMPORT_CHANGES)
@require_http_methods(["GET", "HEAD", "POST"])
def lists_page(request: HttpRequest) -> HttpResponse:
    """異動リスト: read one; those so far; what they left to be looked at."""
    form = ChangeListForm(request.POST, request.FILES) if request.method == "POST" else ChangeListForm(headings=queries.newest_headings())
    if request.method == "POST" and form.is_valid():
        read = form.read()
        if read is not None:
            digest, rows = read
            name = getattr(form.cleaned_data["file"], "name", "") or ""
            try:
                kept = services.read_list(services.ListFile(rows, form.headings(), digest, name), actor_of(request))
            except Refusal as refusal:
                form.add_error("file", refusal.message)
            else:
                return redirect("changes:list", kept.pk)
    page = Paginator(ChangeList.objects.all(), _PER_PAGE).get_page(request.GET.get("page"))
    headings = [form[f"heading_{column.field}"] for column in form.columns]
    context = {"form": form, "headings": headings, "page": page, "to_settle": queries.to_settle().count()}
    context["may_decide"] = may(request, DECIDE_PROTECTED)
    return render(request, "changes/lists.html", context, status=422 if form.errors else 200)


@requires(IMPORT_CHANGES)
@require_safe
def list_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One 異動リスト: what it would stop, what is wrong with it; after it was applied, the letters that are taken out of the pile."""
    return _show_list(request, _list(pk))


def _list(pk: int) -> ChangeList:
    kept = ChangeList.objects.filter(pk=pk).first()
    if kept is None:
        raise Http404
    return kept


def _show_list(request: HttpRequest, kept: ChangeList, witness_form: WitnessForm | None = None) -> HttpResponse:
    pk = kept.pk
    record(actor_of(request), audited.VIEW_LIST, subject=f"change-list:{pk}")
    counted = Counter(ListedChange.objects.filter(source=kept).values_list("kind", "outcome"))
    rows = [
        SummaryRow(_("状態"), kept.get_state_display()),
        SummaryRow(_("ファイル"), kept.file_name),
        SummaryRow(_("件数"), f"{kept.rows:,}"),
        SummaryRow(_("受け付けられない行"), f"{kept.rejected:,}"),
        SummaryRow(_("取り込んだ人"), kept.read_by),
    ]
    table = [(rules.ChangeKind(kind).label, rules.Outcome(outcome).label, number) for (kind, outcome), number in sorted(counted.items())]
    stopped = ListedChange.objects.filter(
        source=kept, card__isnull=False, outcome__in=[rules.Outcome.HOLD.value, rules.Outcome.ALREADY.value]
    )
    context = {
        "kept": kept,
        "rows": rows,
        "table": table,
        "page": Paginator(kept.problems.all(), _PER_PAGE).get_page(request.GET.get("page")),
        "is_waiting": kept.state == ChangeList.State.CHECKED,
        "sheets": queries.sheets_to_pull([pk for pk in stopped.values_list("card_id", flat=True) if pk]),
        "left": queries.to_settle().filter(source=kept).count(),
        "is_mass_change": kept.state == ChangeList.State.CHECKED and queries.is_mass_change(kept),
        "witness_form": witness_form or WitnessForm(),
        "wrong": witness_form,
    }
    return render(request, "changes/list.html", context, status=422 if witness_form else 200)


@requires(IMPORT_CHANGES)
@require_POST
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Apply a checked list at once: death and moving out stop letters the same moment. A mass change needs a second person."""
    kept, second = _list(pk), ""
    if kept.state == ChangeList.State.CHECKED and queries.is_mass_change(kept):
        form = WitnessForm(request.POST)
        witness = form.witness(IMPORT_CHANGES, actor_of(request))
        if witness is None:
            return _show_list(request, kept, form)
        second = witness.user_id
    try:
        stopped = services.apply_list(pk, actor_of(request), second=second)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("反映しました。%(number)s 件の停止を登録しました。") % {"number": stopped})
    return redirect("changes:list", pk)


@requires(IMPORT_CHANGES)
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a checked list away."""
    try:
        services.discard_list(pk, actor_of(request))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("changes:list", pk)


@requires(IMPORT_CHANGES)
@require_safe
def rows_page(request: HttpRequest) -> HttpResponse:
    """確かめる異動: rows that name no card, several people, or a card that was handed over already."""
    page = Paginator(queries.to_settle(), _PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "row": row,
            "kind": rules.ChangeKind(row.kind).label,
            "outcome": rules.Outcome(row.outcome).label,
            "name": masking.masked(row.name) if row.name else row.number,
        }
        for row in page.object_list
    ]
    record(actor_of(request), audited.VIEW_ROW, content={"rows": len(rows), "page": page.number})
    return render(request, "changes/rows.html", {"page": page, "rows": rows})


@requires(IMPORT_CHANGES)
@require_http_methods(["GET", "HEAD", "POST"])
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what one row means: a card to be stopped, or none."""
    row = queries.to_settle().filter(pk=pk).first()
    if row is None:
        raise Http404
    form = SettleForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        card = form.cleaned_data["code"]
        try:
            services.settle_row(pk, actor_of(request), note=form.cleaned_data["note"], card_pk=card.pk if card else None)
        except Refusal as refusal:
            form.add_error("code", refusal.message)
        else:
            messages.success(request, _("処理を記録しました。"))
            return redirect("changes:rows")
    record(actor_of(request), audited.VIEW_ROW, subject=f"change:{pk}")
    band = [
        SummaryRow(_("異動事由"), rules.ChangeKind(row.kind).label),
        SummaryRow(_("異動日"), row.happened_on or ""),
        SummaryRow(_("一覧の番号"), row.number),
        SummaryRow(_("氏名"), row.name),
        SummaryRow(_("生年月日"), row.born),
        SummaryRow(_("住所"), row.address),
    ]
    context = {"row": row, "form": form, "outcome": rules.Outcome(row.outcome).label, "band": [one for one in band if one.value]}
    return render(request, "changes/settle.html", context, status=422 if form.errors else 200)


@requires(DECIDE_PROTECTED)
@require_safe
def protected_page(request: HttpRequest) -> HttpResponse:
    """支援措置の対応: whose service waits for a decision and until when. Numbers only; no name and no place."""
    rows = [
        {
            "due": due,
            "number": card_presenting.number_words(due.hold.card),
            "progress": card_rules.Progress(due.hold.card.progress).label,
            "way": due.decision.get_way_display() if due.decision else "",
        }
        for due in queries.protected()
    ]
    record(actor_of(request), audited.VIEW_PROTECTED, content={"rows": len(rows)})
    return render(request, "changes/protected.html", {"rows": rows, "may_post_protected": may(request, POST_PROTECTED)})


@requires(DECIDE_PROTECTED)
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """One decision on 支援措置: another address, or word by the person's own way; the release is on the card's page, by somebody else."""
    hold = Hold.objects.select_related("card").filter(pk=pk, kind=card_rules.HoldKind.PROTECTED.value, released_at__isnull=True).first()
    if hold is None:
        raise Http404
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.decide(pk, ProtectionDecision.Way(given["way"]), actor_of(request), note=given["note"])
        except Refusal as refusal:
            form.add_error("way", refusal.message)
        else:
            messages.success(request, _("対応を記録しました。"))
            return redirect("changes:protected")
    record(actor_of(request), audited.VIEW_PROTECTED, subject=f"card:{hold.card_id}")
    band = [
        SummaryRow(_("製造管理番号"), card_presenting.number_words(hold.card)),
        SummaryRow(_("進捗"), card_rules.Progress(hold.card.progress).label),
        SummaryRow(_("登録"), hold.since.astimezone(clock.TOKYO).date()),
        SummaryRow(_("決める期限"), rules.decision_due(hold.since.astimezone(clock.TOKYO).date(), next_working_day)),
    ]
    said = ProtectionDecision.objects.filter(hold=hold)
    context = {"hold": hold, "form": form, "band": band, "said": list(said), "may_set_address": may(request, SET_ADDRESS)}
    return render(request, "changes/decide.html", context, status=422 if form.errors else 200)


@requires(SEE_DEADLINES)
@require_safe
def deadlines_page(request: HttpRequest) -> HttpResponse:
    """期限経過: cards whose time has run out, with the act that this calls for; and stays that end soon."""
    return _deadlines(request, _proposal(request.GET.get("kind", "")), ReasonForm())


@requires(ACT_ON_MANY)
@require_POST
def act_on_passed(request: HttpRequest, kind: str) -> HttpResponse:
    """Look at what a proposal would do with every card that it names; nothing is done yet."""
    only = _proposal(kind)
    if only is None or only not in rules.IN_BULK:
        raise Http404
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            found = [card for card, _one in queries.passed(only)]
            bulk = queues.prepare(rules.IN_BULK[only], form.cleaned_data["reason"], found, actor_of(request))
        except Refusal as refusal:
            form.add_error("reason", refusal.message)
        else:
            return redirect("queues:bulk", bulk.pk)
    return _deadlines(request, only, form)


def _proposal(kind: str) -> rules.Proposal | None:
    try:
        return rules.Proposal(kind) if kind else None
    except ValueError as error:
        raise Http404 from error


def _deadlines(request: HttpRequest, only: rules.Proposal | None, form: ReasonForm) -> HttpResponse:
    everything = queries.passed()
    counted = Counter(one for _card, one in everything)
    page = Paginator([pair for pair in everything if only in {None, pair[1]}], _PER_PAGE).get_page(request.GET.get("page"))
    today = clock.today()
    rows = [
        {
            "card": card,
            "number": card_presenting.number_words(card),
            "progress": card_rules.Progress(card.progress).label,
            "notice": card_rules.Notice(card.notice).label,
            "proposal": one,
            "act": card_rules.ACT_BY_CODE[one.value].name,
            "is_on_the_card": one.value in ON_THE_CARD,
            "days": _days_over(card.expires if one is rules.Proposal.LAPSE else card.notice_deadline, today),
        }
        for card, one in page.object_list
    ]
    record(actor_of(request), audited.VIEW_DEADLINES, content={"rows": len(rows), "page": page.number})
    context: dict[str, object] = {"page": page, "rows": rows, "only": only, "kinds": sorted(counted.items()), "form": form}
    soon = today + dt.timedelta(days=cards.municipality().days_before_stay_ends)
    context |= {"staying": queries.staying_until(soon), "in_bulk": bool(rows) and only in rules.IN_BULK}
    context["may_act"] = may(request, ACT_ON_MANY)
    return render(request, "changes/deadlines.html", context, status=422 if form.errors else 200)


def _days_over(day: dt.date | None, today: dt.date) -> int | str:
    return (today - day).days if day else ""
