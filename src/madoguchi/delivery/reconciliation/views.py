"""Pages of the reconciliation: 差異リスト, lists of the terminal, 交付済(未照合), and the day's sign-off."""

import io

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.cards import presenting as card_presenting
from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.cards.rights import SEE_CARDS
from madoguchi.delivery.cards.rules import ACT_BY_CODE, Progress, Terminal
from madoguchi.delivery.reconciliation import audited, queries, rules, services
from madoguchi.delivery.reconciliation.forms import NoteForm, SignForm, TerminalListForm
from madoguchi.delivery.reconciliation.models import ReconciledDay, TerminalList, TerminalRow
from madoguchi.delivery.reconciliation.rights import APPROVE_LISTS, RECONCILE, SEE_DAYS, SIGN_DAY
from madoguchi.kernel.tables import write_xlsx
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_for, actor_of, may, requires
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.audit.services import record
from madoguchi.platform.jobs import services as jobs
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.verbs import Refusal

_PER_PAGE = 50
_AT_ONCE = 5000  # rows; a larger list is applied by the worker


@requires(RECONCILE)
@require_safe
def differences_page(request: HttpRequest) -> HttpResponse:
    """差異リスト: numbers and both sides' states, how old the difference is and what to do; no name and no place."""
    only = _chosen(request)
    page = Paginator(queries.differences(only), _PER_PAGE).get_page(request.GET.get("page"))
    rows = [_row(card) for card in page.object_list]
    record(actor_of(request), audited.VIEW_DIFFERENCES, content={"rows": len(rows), "page": page.number})
    context = {
        "page": page,
        "rows": rows,
        "only": only,
        "kinds": [(one, number) for one, number in queries.counts().items() if number],
        "standing": queries.standing(clock.today()),
        "last_seen": queries.last_seen(),
        "may_sign": may(request, SIGN_DAY),
    }
    return render(request, "reconciliation/differences.html", context)


def _chosen(request: HttpRequest) -> rules.Difference | None:
    kind = request.GET.get("kind", "")
    try:
        return rules.Difference(kind) if kind else None
    except ValueError as error:
        raise Http404 from error


def _row(card: Card) -> dict[str, object]:
    one = rules.difference(Progress(card.progress), Terminal(card.terminal))
    assert one is not None  # asked of the database by the same rules
    since = getattr(card, "since", None)
    return {
        "card": card,
        "number": card_presenting.number_words(card),
        "difference": one,
        "progress": Progress(card.progress).label,
        "terminal": Terminal(card.terminal).label,
        "days": (clock.today() - since.astimezone(clock.TOKYO).date()).days if since else "",
        "remedy": rules.REMEDIES[one],
        "acts": [(code, ACT_BY_CODE[code].name) for code in rules.REMEDIES[one].acts],
        "is_explained": getattr(card, "is_explained", False),
    }


@requires(RECONCILE)
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Write the list of differences as a workbook: numbers and states."""
    rows = [_row(card) for card in queries.differences(_chosen(request))]
    book = io.BytesIO()
    header = ("製造管理番号", "差異", "当方の進捗", "統合端末の状態", "日数", "すること", "説明")
    cells = [
        (
            str(row["number"]),
            row["difference"].label,  # type: ignore[attr-defined]  # a Difference
            str(row["progress"]),
            str(row["terminal"]),
            str(row["days"]),
            row["remedy"].words,  # type: ignore[attr-defined]  # a Remedy
            "済" if row["is_explained"] else "",
        )
        for row in rows
    ]
    write_xlsx(book, header, cells)
    record(actor_of(request), audited.EXPORT_DIFFERENCES, content={"rows": len(rows)})
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    name = f"sai_{clock.now():%Y%m%d%H%M}.xlsx"
    return HttpResponse(book.getvalue(), content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@requires(RECONCILE)
@require_safe
def unconfirmed_page(request: HttpRequest) -> HttpResponse:
    """交付済(未照合): handed over here, not yet so in a list of the terminal."""
    page = Paginator(queries.unconfirmed(), _PER_PAGE).get_page(request.GET.get("page"))
    today = clock.today()
    rows = [
        {
            "card": card,
            "number": card_presenting.number_words(card),
            "terminal": Terminal(card.terminal).label,
            "days": (today - card.delivered_on).days if card.delivered_on else "",
        }
        for card in page.object_list
    ]
    record(actor_of(request), audited.VIEW_DIFFERENCES, content={"rows": len(rows), "unconfirmed": True, "page": page.number})
    return render(request, "reconciliation/unconfirmed.html", {"page": page, "rows": rows})


@requires(RECONCILE)
@require_http_methods(["GET", "HEAD", "POST"])
def explain(request: HttpRequest, pk: int) -> HttpResponse:
    """One difference: both sides, what to do, what was said about it so far, and a new explanation."""
    card = cards.by_pk(pk)
    if card is None:
        raise Http404
    seen = {"progress": card.progress, "terminal": card.terminal}
    form = NoteForm(request.POST if request.method == "POST" else None, initial=seen)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.explain(pk, given["note"], actor_of(request), progress=given["progress"], terminal=given["terminal"])
        except Refusal as refusal:
            form.add_error("note", refusal.message)
        else:
            messages.success(request, _("説明を記録しました。"))
            return redirect("reconciliation:differences")
    one = rules.difference(Progress(card.progress), Terminal(card.terminal))
    band = [
        SummaryRow(_("製造管理番号"), card_presenting.number_words(card)),
        SummaryRow(_("当方の進捗"), Progress(card.progress).label),
        SummaryRow(_("統合端末の状態"), Terminal(card.terminal).label),
        SummaryRow(_("一覧で見た日時"), card.terminal_seen_at.astimezone(clock.TOKYO) if card.terminal_seen_at else _("まだありません")),
    ]
    record(actor_of(request), audited.VIEW_DIFFERENCES, subject=f"card:{pk}")
    context = {"card": card, "form": form, "band": band, "difference": one, "remedy": rules.REMEDIES[one] if one else None}
    context |= {"acts": [(code, ACT_BY_CODE[code].name) for code in rules.REMEDIES[one].acts] if one else []}
    context["said"] = list(queries.explanations_of(pk)[:_PER_PAGE])
    return render(request, "reconciliation/explain.html", context, status=422 if form.errors else 200)


@requires(RECONCILE)
@require_safe
def unknown_page(request: HttpRequest) -> HttpResponse:
    """Rows of the terminal's lists that name no card of the register."""
    page = Paginator(queries.unknown_rows(), _PER_PAGE).get_page(request.GET.get("page"))
    record(actor_of(request), audited.VIEW_DIFFERENCES, content={"rows": len(page.object_list), "unknown": True})
    return render(request, "reconciliation/unknown.html", {"page": page})


@requires(RECONCILE)
@require_http_methods(["GET", "HEAD", "POST"])
def explain_row(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what a row without a card is."""
    row = TerminalRow.objects.filter(pk=pk, card__isnull=True).first()
    if row is None:
        raise Http404
    form = NoteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.explain_row(pk, form.cleaned_data["note"], actor_of(request))
        except Refusal as refusal:
            form.add_error("note", refusal.message)
        else:
            messages.success(request, _("説明を記録しました。"))
            return redirect("reconciliation:unknown")
    return render(request, "reconciliation/explain-row.html", {"row": row, "form": form}, status=422 if form.errors else 200)


@requires(RECONCILE)
@require_http_methods(["GET", "HEAD", "POST"])
def lists_page(request: HttpRequest) -> HttpResponse:
    """統合端末の一覧: read one; those so far."""
    initial = {"as_of": clock.now()}
    headings = queries.newest_headings()
    form = (
        TerminalListForm(request.POST, request.FILES) if request.method == "POST" else TerminalListForm(initial=initial, headings=headings)
    )
    if request.method == "POST" and form.is_valid():
        read = form.read()
        if read is not None:
            digest, rows = read
            name = getattr(form.cleaned_data["file"], "name", "") or ""
            given = services.ListFile(rows, form.headings(), form.cleaned_data["as_of"], digest, name)
            try:
                kept = services.read_list(given, actor_of(request))
            except Refusal as refusal:
                form.add_error("file", refusal.message)
            else:
                return redirect("reconciliation:terminal-list", kept.pk)
    page = Paginator(TerminalList.objects.all(), _PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "reconciliation/lists.html", {"form": form, "page": page}, status=422 if form.errors else 200)


@requires(RECONCILE, APPROVE_LISTS)
@require_safe
def list_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One list: what it would change, what is wrong with it; apply it or throw it away."""
    return _show_list(request, _kept(pk))


def _show_list(request: HttpRequest, kept: TerminalList, witness_form: WitnessForm | None = None) -> HttpResponse:
    pk = kept.pk
    record(actor_of(request), audited.VIEW_LIST, subject=f"terminal-list:{pk}")
    rows = [
        SummaryRow(_("状態"), kept.get_state_display()),
        SummaryRow(_("ファイル"), kept.file_name),
        SummaryRow(_("一覧を出した日時"), kept.as_of.astimezone(clock.TOKYO)),
        SummaryRow(_("件数"), f"{kept.rows:,}"),
        SummaryRow(_("受け付けられない行"), f"{kept.rejected:,}"),
        SummaryRow(_("登録のないカードの行"), f"{kept.unknown:,}"),
        SummaryRow(_("状態が変わるカード"), f"{kept.changing:,}"),
        SummaryRow(_("取り込んだ人"), kept.read_by),
        SummaryRow(_("反映か取り下げをした人"), kept.closed_by or _("まだいません")),
    ]
    page = Paginator(kept.problems.all(), _PER_PAGE).get_page(request.GET.get("page"))
    is_second = may(request, APPROVE_LISTS) and kept.read_by != actor_of(request).user_id
    context = {
        "kept": kept,
        "rows": rows,
        "page": page,
        "is_waiting": kept.state == TerminalList.State.CHECKED,
        "needs_witness": bool(kept.changing) and not is_second,
        "witness_form": witness_form or WitnessForm(),
        "wrong": witness_form,
    }
    return render(request, "reconciliation/list.html", context, status=422 if witness_form else 200)


@requires(RECONCILE, APPROVE_LISTS)
@require_safe
def changes_page(request: HttpRequest, pk: int) -> HttpResponse:
    """反映で変わるカード: the cards that a list would show in another state, and its rows without a card; no name and no place."""
    kept = _kept(pk)
    is_waiting = kept.state == TerminalList.State.CHECKED
    page = Paginator(queries.changing_rows(kept) if is_waiting else (), _PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "line": row.line,
            "card": row.card,
            "number": card_presenting.number_words(row.card),
            "progress": Progress(row.card.progress).label,
            "before": Terminal(row.card.terminal).label,
            "after": Terminal(row.state).label,
            "word": row.word,
            "at": row.at,
            "difference": rules.difference(Progress(row.card.progress), Terminal(row.state)),
        }
        for row in page.object_list
        if row.card is not None
    ]
    unknown = queries.unknown_rows_of(kept)[:_PER_PAGE] if is_waiting else ()
    content = {"page": page.number, "cards": [row.card_id for row in page.object_list]}
    record(actor_of(request), audited.VIEW_DIFFERENCES, subject=f"terminal-list:{pk}", content=content)
    context = {"kept": kept, "is_waiting": is_waiting, "page": page, "rows": rows, "unknown": unknown}
    context |= {"most_unknown": _PER_PAGE, "may_see_cards": may(request, SEE_CARDS)}
    return render(request, "reconciliation/changes.html", context)


def _kept(pk: int) -> TerminalList:
    kept = TerminalList.objects.filter(pk=pk).first()
    if kept is None:
        raise Http404
    return kept


@requires(RECONCILE, APPROVE_LISTS)
@require_POST
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Apply a checked list, at once or in the background: as the second person who is signed in, or with one at this screen.

    A list that shows no card in another state needs nobody else.
    """
    kept, actor = _kept(pk), actor_of(request)
    is_second = may(request, APPROVE_LISTS) and kept.read_by != actor.user_id
    if kept.changing and not is_second:
        form = WitnessForm(request.POST)
        second = form.witness(APPROVE_LISTS, actor)
        if second is None:
            return _show_list(request, kept, form)
        if second.user_id == kept.read_by:
            form.add_error("witness_user_id", _("取り込んだ人は承認できません。別の職員が承認してください。"))
            return _show_list(request, kept, form)
        actor = actor_for(second, client=actor.client, session_ref=actor.session_ref)
    if kept.rows > _AT_ONCE:
        job = jobs.start("reconciliation.apply", _("統合端末の一覧の反映"), actor, {"list": pk})
        return redirect("jobs:job", job.pk)
    try:
        changed = services.apply_list(pk, actor)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("反映しました。状態が変わったカードは %(number)s 枚です。") % {"number": changed})
    return redirect("reconciliation:terminal-list", pk)


@requires(RECONCILE)
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a checked list away."""
    try:
        services.discard_list(pk, actor_of(request))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("reconciliation:terminal-list", pk)


@requires(SEE_DAYS)
@require_http_methods(["GET", "HEAD", "POST"])
def days_page(request: HttpRequest) -> HttpResponse:
    """日次の照合: how today stands, the head's signature, and the days signed so far. Figures only."""
    form = SignForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not may(request, SIGN_DAY):
            form.add_error(None, _("署名は責任者が行います。"))
        elif form.is_valid():
            try:
                services.sign_day(clock.today(), actor_of(request), note=form.cleaned_data["note"])
            except Refusal as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, _("今日の照合に署名しました。"))
                return redirect("reconciliation:days")
    page = Paginator(ReconciledDay.objects.all(), _PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "standing": queries.standing(clock.today()), "today": clock.today()}
    context |= {"may_sign": may(request, SIGN_DAY), "may_work": may(request, RECONCILE)}
    return render(request, "reconciliation/days.html", context, status=422 if form.errors else 200)
