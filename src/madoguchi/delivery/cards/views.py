"""Pages of the register: how many cards stand where, lists by state, one card with its history, search by number."""

from dataclasses import replace

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.cards import items, masking, presenting, queries, rules, services, ways
from madoguchi.delivery.cards.approvable import request_act
from madoguchi.delivery.cards.forms import ActForm, FindForm, HoldForm, ReissueForm, ReleaseForm, RevealForm
from madoguchi.delivery.cards.models import Card, Hold
from madoguchi.delivery.cards.parts import Part, Tab, parts_of
from madoguchi.delivery.cards.rights import CHANGE_CARDS, CHANGE_HOLDS, REVEAL, SEE_CARDS, WRITE_ITEMS
from madoguchi.kernel.names import display
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, may_open, requires, signed_in, staff_of
from madoguchi.platform.accounts.reveals import reveals_today
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link
from madoguchi.platform.verbs import Refusal

_PER_PAGE = 50
_HISTORY_SHOWN = 200
_COMMENTS_SHOWN = 50
BY_SCRIPT = "X-Reveal"


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """進捗と段階: how many cards stand where. Numbers only, for everybody who is signed in."""
    phases = [(phase, count) for phase, count in queries.phase_counts().items()]
    progress = [(value, count) for value, count in queries.progress_counts().items() if count]
    context = {"phases": phases, "progress": progress, "may_see": may(request, SEE_CARDS)}
    return render(request, "cards/home.html", context)


@requires(SEE_CARDS)
@require_safe
def list_page(request: HttpRequest) -> HttpResponse:
    """カード一覧: numbers and states, names masked; one page of it at a time, and each is recorded."""
    state, phase = request.GET.get("state", "all"), request.GET.get("phase", "")
    try:
        cards = queries.cards_in_phase(rules.Phase(phase)) if phase else queries.list_cards(state)
    except ValueError as error:
        raise Http404 from error
    page = Paginator(cards, _PER_PAGE).get_page(request.GET.get("page"))
    rows = presenting.list_rows(list(page.object_list))
    services.record_list_view(phase or state, page.number, len(rows), actor_of(request))
    label = rules.Phase(phase).label if phase else rules.Progress(state).label if state != "all" else _("すべて")
    context = {"page": page, "rows": rows, "state": "" if phase else state, "phase": phase, "label": label}
    context |= {"states": list(rules.Progress), "phases": list(rules.Phase)}
    return render(request, "cards/list.html", context)


@requires(SEE_CARDS)
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """番号で探す: the scan box of every page leads here; a found card opens by its internal number."""
    form = FindForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        card = services.find_by_number(form.cleaned_data["code"], actor_of(request))
        if card is not None:
            return redirect("cards:card", card.pk)
        form.add_error("code", _("その番号のカードはありません。番号を確かめて、もう一度読み取ってください。"))
    return render(request, "cards/find.html", {"form": form}, status=422 if form.errors else 200)


@requires(SEE_CARDS)
@require_safe
def card_page(request: HttpRequest, pk: int) -> HttpResponse:
    """カード: what is kept of one card, in tabs, and what comes next. The view is recorded with its tab."""
    return _show(request, _card(pk), _tab(request.GET.get("tab", "")))


@requires(REVEAL)
@require_POST
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """表示: open one masked value of a card, on record and counted. A script gets the value alone, a browser without it the page.

    The page that shows it goes back to the masked one by itself, as long as the municipality has set.
    """
    card, field, tab = _card(pk), request.POST.get("field", ""), _tab(request.POST.get("tab", ""))
    if field not in masking.FIELDS or not getattr(card, field):
        raise Http404
    form = RevealForm(request.POST)
    form.fields["reason"].required = queries.municipality().reveal_needs_reason
    try:
        if form.is_valid():
            services.record_reveal(card, field, actor_of(request), reason=form.cleaned_data["reason"])
    except services.NotAllowed as refused:
        form.add_error("reason", str(refused))
    if form.errors:
        return _show(request, card, tab, reveal_form=form)
    staff_of(request).refresh_from_db(fields=["reveals", "revealed_on"])
    if request.headers.get(BY_SCRIPT) == "ask":
        shown = presenting.Veil(is_protected=False, may_reveal=True, opened=field).shown(card, field)
        return render(request, "cards/masked.html", {**shown, "reveals": reveals_today(staff_of(request))})
    answer = _show(request, card, tab, opened=field)
    answer.headers["Refresh"] = f"{queries.municipality().reveal_seconds}; url={_address(pk, tab)}"
    return answer


@requires(CHANGE_HOLDS)
@require_POST
def set_hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a card."""
    card, form = _card(pk), HoldForm(request.POST, auto_id="hold-%s")
    if not form.is_valid():
        return _show(request, card, hold_form=form)
    entered = form.cleaned_data
    try:
        services.set_hold(
            pk,
            rules.HoldKind(entered["kind"]),
            actor_of(request),
            expected_version=entered["version"],
            reason=entered["reason"],
            source=entered["source"],
        )
    except services.NotAllowed as refused:
        form.add_error("kind", str(refused))
        return _show(request, card, hold_form=form)
    except services.Conflict as conflict:
        return _conflict(request, card, conflict)
    messages.success(request, _("停止を登録しました。"))
    return redirect("cards:card", pk)


@requires(CHANGE_HOLDS)
@require_POST
def release_hold(request: HttpRequest, pk: int, hold_pk: int) -> HttpResponse:
    """Release a hold, as somebody else than the one who set it."""
    card, form = _card(pk), ReleaseForm(request.POST)
    if not Hold.objects.filter(pk=hold_pk, card_id=pk).exists():
        raise Http404
    form.auto_id = f"release-{hold_pk}-%s"
    if not form.is_valid():
        return _show(request, card, wrong_release=(hold_pk, form))
    try:
        services.release_hold(hold_pk, actor_of(request), expected_version=form.cleaned_data["version"], reason=form.cleaned_data["reason"])
    except services.NotAllowed as refused:
        form.add_error("reason", str(refused))
        return _show(request, card, wrong_release=(hold_pk, form))
    except services.Conflict as conflict:
        return _conflict(request, card, conflict)
    messages.success(request, _("停止を解除しました。"))
    return redirect("cards:card", pk)


@requires(CHANGE_CARDS)
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """カードの操作: one act on one card, with what its guards demand; the second person on this screen, the head later."""
    card, page = _card(pk), ways.ON_THE_CARD.get(code)
    if page is None:
        raise Http404
    refused = _refusal_of_the_card(request, card, page)
    if refused:
        link = Link(_("カードの今の状態を開く"), reverse("cards:card", args=[pk]))
        return render_problem(request, 409, title=_("この操作は今はできません"), message=refused, links=(link,))
    is_witnessed = page.confirmed is ways.Confirmed.BY_WITNESS
    form = ActForm(request.POST if request.method == "POST" else None, page=page, card=card)
    witness_form = WitnessForm(request.POST if request.method == "POST" else None) if is_witnessed else None
    if request.method == "POST" and form.is_valid():
        answer = _act(request, card, page, form, witness_form)
        if answer is not None:
            return answer
    services.record_card_view(card, actor_of(request))
    wrong = bool(form.errors or (witness_form is not None and witness_form.errors))
    context = {"card": card, "page": page, "form": form, "witness_form": witness_form, "has_errors": wrong}
    context |= {
        "band": presenting.key_band(card, _phase(card), display(card.name)),
        "by_approval": page.confirmed is ways.Confirmed.BY_APPROVAL,
    }
    return render(request, "cards/act.html", context, status=422 if wrong else 200)


def _act(request: HttpRequest, card: Card, page: ways.ActPage, form: ActForm, witness_form: WitnessForm | None) -> HttpResponse | None:
    """Carry out what the form says, or ask the head for it; None when it is refused and the forms say why."""
    actor, detail, reason = actor_of(request), form.evidence(), form.cleaned_data.get("reason", "")
    if witness_form is not None:
        second = witness_form.witness(CHANGE_CARDS, actor)
        if second is None:
            return None
        detail["second_person"] = second.user_id
    try:
        if form.cleaned_data["version"] != card.version:
            raise services.Conflict
        if page.confirmed is ways.Confirmed.BY_APPROVAL:
            request_act(card, page.code, actor, reason=reason, detail=detail)
            messages.success(request, _("責任者に承認を依頼しました。承認されるまで、何も変わりません。"))
        else:
            services.perform(card.pk, page.code, actor, expected_version=card.version, reason=reason, detail=detail)
            messages.success(request, _("「%(act)s」を記録しました。") % {"act": page.act.name})
    except (services.NotAllowed, Refusal) as refused:
        form.add_error(None, str(refused))
        return None
    except services.Conflict as conflict:
        return _conflict(request, card, conflict)
    return redirect("cards:card", card.pk)


def _refusal_of_the_card(request: HttpRequest, card: Card, page: ways.ActPage) -> str | None:
    evidence = rules.with_everything(rules.Evidence(today=clock.today(), actor=actor_of(request).user_id))
    return rules.refusal(page.act, card.facts(queries.open_holds(card.pk)), evidence)


@requires(CHANGE_CARDS)
@require_http_methods(["GET", "HEAD", "POST"])
def reissue(request: HttpRequest, pk: int) -> HttpResponse:
    """再発行依頼: a new card, linked to this one."""
    card = _card(pk)
    form = ReissueForm(request.POST if request.method == "POST" else None, initial={"version": card.version})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            new = services.reissue(
                pk,
                given["application_id"],
                rules.ReissueReason(given["why"]),
                actor_of(request),
                expected_version=given["version"],
                reason=given["reason"],
            )
        except services.NotAllowed as refused:
            form.add_error("application_id", str(refused))
        except services.Conflict as conflict:
            return _conflict(request, card, conflict)
        else:
            messages.success(request, _("再発行依頼を登録しました。これは新しいカードの画面です。"))
            return redirect("cards:card", new.pk)
    services.record_card_view(card, actor_of(request))
    context = {"card": card, "form": form, "band": presenting.key_band(card, _phase(card), display(card.name))}
    return render(request, "cards/reissue.html", context, status=422 if form.errors else 200)


def _phase(card: Card) -> rules.Phase:
    return rules.phase(card.facts(queries.open_holds(card.pk)))


def _card(pk: int) -> Card:
    card = queries.by_pk(pk)
    if card is None:
        raise Http404
    return card


def _conflict(request: HttpRequest, card: Card, conflict: services.Conflict) -> HttpResponse:
    link = Link(_("カードの今の状態を開く"), reverse("cards:card", args=[card.pk]))
    return render_problem(request, 409, title=_("ほかの職員が先に更新しました"), message=str(conflict), links=(link,))


def _show(
    request: HttpRequest,
    card: Card,
    tab: Tab = Tab.COURSE,
    *,
    hold_form: HoldForm | None = None,
    wrong_release: tuple[int, ReleaseForm] | None = None,
    reveal_form: RevealForm | None = None,
    opened: str = "",
) -> HttpResponse:
    services.record_card_view(card, actor_of(request), tab=tab.value)
    open_kinds = queries.open_holds(card.pk)
    facts = card.facts(open_kinds)
    phase = rules.phase(facts)
    who = rules.Evidence(today=clock.today(), actor=actor_of(request).user_id)
    may_change, replaced_by = may(request, CHANGE_CARDS), queries.replaced_by(card.pk)
    wrong = hold_form or reveal_form or (wrong_release[1] if wrong_release else None)
    veil = presenting.Veil(rules.HoldKind.PROTECTED in open_kinds, may(request, REVEAL), opened)
    settings = queries.municipality()
    context = {
        "card": card,
        "tab": tab,
        "tabs": [(one, _address(card.pk, one)) for one in Tab],
        "phase": phase,
        "next_step": presenting.next_step(phase),
        "band": presenting.key_band(card, phase, veil.value(card, "name")),
        "sections": presenting.sections(card, tab, veil),
        "parts": [_reachable(request, part) for part in parts_of(tab, card)],
        "may_reveal": veil.may_reveal,
        "reveal_seconds": settings.reveal_seconds,
        "reveal_form": reveal_form or (RevealForm() if settings.reveal_needs_reason else None),
        "acts": ways.offered(facts, who) if may_change else [],
        "may_reissue": may_change and facts.progress is not rules.Progress.DISPOSED and replaced_by is None,
        "replaces": card.replaces_id,
        "replaced_by": replaced_by,
        "wrong": wrong,
    }
    if tab is Tab.COURSE:
        context |= _holds(request, card, hold_form, wrong_release)
    elif tab is Tab.CONTACT:
        context["comments"] = items.comments_of(card.pk)[:_COMMENTS_SHOWN]
    elif tab is Tab.AUDIT:
        log = reverse("audit:log")
        context["history"] = [presenting.event_row(event) for event in queries.history(card.pk)[:_HISTORY_SHOWN]]
        context["log_address"] = f"{log}?subject=card:{card.pk}" if may_open(request, log) else ""
    return render(request, "cards/card.html", context, status=422 if wrong else 200)


def _holds(
    request: HttpRequest, card: Card, hold_form: HoldForm | None, wrong_release: tuple[int, ReleaseForm] | None
) -> dict[str, object]:
    """Return what the tab of the course shows of the stops of a card, with the forms that set and release them."""
    holds = list(queries.holds(card.pk))
    releases = {hold.pk: ReleaseForm(initial={"version": card.version}, auto_id=f"release-{hold.pk}-%s") for hold in holds}
    if wrong_release:
        releases[wrong_release[0]] = wrong_release[1]
    return {
        "holds": [presenting.hold_row(hold, releases[hold.pk]) for hold in holds],
        "may_write": may(request, WRITE_ITEMS),
        "may_hold": may(request, CHANGE_HOLDS),
        "hold_form": hold_form or HoldForm(initial={"version": card.version}, auto_id="hold-%s"),
    }


def _tab(said: str) -> Tab:
    try:
        return Tab(said) if said else Tab.COURSE
    except ValueError as error:
        raise Http404 from error


def _address(pk: int, tab: Tab) -> str:
    """Return where a tab of a card's page is; nothing but its name and the card's internal number stand in it."""
    address = reverse("cards:card", args=[pk])
    return address if tab is Tab.COURSE else f"{address}?{urlencode({'tab': tab.value})}"


def _reachable(request: HttpRequest, part: Part) -> Part:
    """Return a part without links that who asks may not follow."""
    rows = [[_words(request, cell) for cell in row] for row in part.rows]
    return replace(part, rows=rows, links=[link for link in part.links if may_open(request, link.url)])


def _words(request: HttpRequest, cell: object) -> object:
    return cell.label if isinstance(cell, Link) and not may_open(request, cell.url) else cell
