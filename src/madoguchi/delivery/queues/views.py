"""Pages of the work queues: the first page of each role, one list for every queue, and acts on many cards."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_http_methods, require_POST, require_safe

from madoguchi.delivery.cards import presenting
from madoguchi.delivery.cards.forms import FindForm
from madoguchi.delivery.cards.models import Card, CardEvent
from madoguchi.delivery.cards.queries import municipality
from madoguchi.delivery.cards.rights import APPROVE_ACTS, CHANGE_CARDS, SEE_CARDS
from madoguchi.delivery.cards.rules import phase
from madoguchi.delivery.queues import charge, exporting, homes, listing, queries, services
from madoguchi.delivery.queues.audited import CARD_LOOKED_AT, QUEUE_VIEWED
from madoguchi.delivery.queues.forms import BulkForm, ColumnsForm, CountForm, ExportForm, SaveFilterForm
from madoguchi.delivery.queues.models import Bulk, BulkLine, ChosenColumns, SavedFilter
from madoguchi.delivery.queues.rights import ACT_ON_MANY, COLUMN_RIGHTS, EXPORT_QUEUES
from madoguchi.delivery.queues.rules import BULK_BY_CODE, EXPLANATIONS, Queue, needs_second_person
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, places_of, requires, signed_in, staff_of
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.audit.output_columns import withheld
from madoguchi.platform.audit.services import record
from madoguchi.platform.jobs import services as jobs
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.verbs import Refusal

_LINES_SHOWN = 100
_EVENTS_SHOWN = 5
_BULKS_SHOWN = 50
_KEPT, _MOST_KEPT = "queues_kept", 2000


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page: numbers only, for everybody who is signed in, chosen by what the person may do."""
    context = {"home": homes.home_of(request), "today": clock.today(), "may_see": may(request, SEE_CARDS), "form": FindForm()}
    return render(request, "queues/home.html", context)


def _numbers_stamp(request: HttpRequest) -> str:
    """Return the tag of the numbers that this person sees now: who they are today, and what the numbers are made of."""
    actor = actor_of(request)
    return f'"{actor.staff_pk}-{actor.role}-{queries.stamp()}"'


@signed_in
@require_safe
@condition(etag_func=_numbers_stamp)
def home_live(request: HttpRequest) -> HttpResponse:
    """The numbers of the first page, asked for by the page itself: 304 while nothing can have changed."""
    return render(request, "queues/_home_numbers.html", {"home": homes.home_of(request)})


@requires(SEE_CARDS)
@require_safe
@condition(etag_func=_numbers_stamp)
def list_live(request: HttpRequest) -> HttpResponse:
    """The numbers of all queues above the list; the list itself stays as it was read."""
    return render(request, "queues/_queue_numbers.html", {"queues": _queue_links(request)})


def _queue_links(request: HttpRequest, found: Sequence[queries.Standing] | None = None) -> list[tuple[Queue, int, str]]:
    counted = queries.counts(queries.standings(places_of(request, SEE_CARDS)) if found is None else found)
    return [(queue, counted[queue], homes.queue_address(queue)) for queue in counted]


def _columns_of(request: HttpRequest) -> Sequence[str]:
    kept = ChosenColumns.objects.filter(staff=staff_of(request)).values_list("columns", flat=True).first()
    known = [code for code in kept or () if code in listing.COLUMNS]
    return known or listing.USUAL_COLUMNS


@requires(SEE_CARDS)
@require_safe
def list_page(request: HttpRequest) -> HttpResponse:
    """作業一覧: the cards that wait for one thing, narrowed down; names masked, every look recorded."""
    return _list_page(request, request.GET)


def _list_page(
    request: HttpRequest,
    values: QueryDict,
    *,
    save_form: SaveFilterForm | None = None,
    export_form: ExportForm | None = None,
    bulk_form: BulkForm | None = None,
    status: int = 200,
) -> HttpResponse:
    allowed, staff = places_of(request, SEE_CARDS), staff_of(request)
    places = queries.place_names()
    form = listing.QueueForm(values, {code: name for code, name in places.items() if allowed is None or code in allowed})
    wanted, found = listing.Wanted.of(values, form, staff), queries.standings(allowed)
    page = listing.CountedPages(wanted, found, allowed).get_page(values.get("page"))
    kept = _kept(request, values)
    rows, columns = listing.rows(listing.cards_of(page)), _columns_of(request)
    content = {"queue": wanted.queue.value if wanted.queue else "", "page": page.number, "rows": len(rows)}
    record(actor_of(request), QUEUE_VIEWED, content=content)
    filters = SavedFilter.objects.filter(Q(owner=staff) | Q(scope="all") | Q(scope="counter", section_id=staff.section_id))
    wrong = save_form or export_form or bulk_form
    looked_at = _number(values.get("look", ""))
    context = {
        "queue_form": form,
        "wanted": wanted,
        "label": wanted.queue.label if wanted.queue else _("すべて"),
        "explanation": EXPLANATIONS[wanted.queue] if wanted.queue else _("まだ終わっていないカードすべて"),
        "queues": _queue_links(request, found),
        "page": page,
        "rows": [(row, [(column, row.cell(column)) for column in columns]) for row in rows],
        "heads": _heads(values, wanted, columns),
        "filters": filters,
        "staff_pk": staff.pk,
        "query": values.urlencode(),
        "values": values,
        "may_export": may(request, EXPORT_QUEUES),
        "withheld": [listing.COLUMNS[one] for one in withheld(request, columns, COLUMN_RIGHTS)],
        "may_act": may(request, ACT_ON_MANY),
        "save_form": save_form or SaveFilterForm(auto_id="save-%s"),
        "export_form": export_form or ExportForm(auto_id="export-%s"),
        "bulk_form": bulk_form or BulkForm(auto_id="bulk-%s"),
        "kept": kept,
        "elsewhere": len(kept - {row.card.pk for row in rows}),
        "shown": ",".join(str(row.card.pk) for row in rows),
        "wrong": wrong,
        "look_base": f"{base}&" if (base := _list_values(values).urlencode()) else "",
        "may_take": may(request, CHANGE_CARDS),
        **_bar(request),
        **(_look(request, looked_at, values) if looked_at else {}),
    }
    return render(request, "queues/list.html", context, status=status)


def _bar(request: HttpRequest) -> dict[str, object]:
    """Return the act that was just done with many cards, while it can be taken back."""
    bulk = services.just_done(actor_of(request).user_id) if may(request, ACT_ON_MANY) else None
    return {"just_done": bulk, "just_done_act": BULK_BY_CODE[bulk.act].name if bulk else ""}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _look(request: HttpRequest, pk: int, values: QueryDict) -> dict[str, object]:
    """Return what the pane beside the list shows of a card: what the list may show of it, and what was done last. The view is recorded."""
    cards = queries.with_waiting(queries.cards_in(None, (), places_of(request, SEE_CARDS)).filter(pk=pk))
    found = listing.rows(list(cards))
    if not found:
        return {"look": None, "is_gone": True}
    row = found[0]
    record(actor_of(request), CARD_LOOKED_AT, subject=f"card:{pk}")
    step = presenting.next_step(phase(row.facts))
    return {
        "look": row,
        "look_rows": [
            SummaryRow(words, row.cell(column) or "－")
            for column, words in listing.COLUMNS.items()
            if column not in {listing.FIXED_COLUMN, "charge"}
        ],
        "step": step,
        "events": []
        if row.hides_place
        else [presenting.event_row(one) for one in CardEvent.objects.filter(card_id=pk).order_by("-id")[:_EVENTS_SHOWN]],
        "is_own_charge": row.charge is not None and row.charge.staff_id == staff_of(request).pk,
        "may_take": may(request, CHANGE_CARDS),
        "may_free": may(request, APPROVE_ACTS),
        "look_query": _list_values(values).urlencode(),
    }


@requires(SEE_CARDS)
@require_safe
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """The pane beside the list, for the row that the keys have marked."""
    return render(request, "queues/_look.html", _look(request, pk, request.GET))


def _chosen_here(request: HttpRequest) -> set[int]:
    """Return the cards of the pane's form, or those that are ticked."""
    return _numbers([request.POST.get("one", "")]) if "one" in request.POST else _ticked(request)


def _back_to_the_list(request: HttpRequest) -> HttpResponseRedirect:
    values = _kept_values(request)
    one = _number(str(request.POST.get("one", "")))
    if one:
        values["look"] = str(one)
    return HttpResponseRedirect(f"{reverse('queues:list')}?{values.urlencode()}")


@requires(CHANGE_CARDS)
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """自分に割り当てる: the ticked cards, or the one of the pane, are this person's for a while."""
    within = queries.cards_in(None, (), places_of(request, CHANGE_CARDS)).filter(pk__in=_chosen_here(request))
    cards = list(within.values_list("pk", flat=True)[: services.MOST_CARDS])
    if not cards:
        messages.error(request, _("カードが選ばれていません。行に印を付けてから押してください。"))
        return _back_to_the_list(request)
    done = charge.take(cards, staff_of(request), actor_of(request))
    if done.taken:
        messages.success(request, _("%(number)d件を自分の担当にしました。") % {"number": done.taken})
    if done.others:
        messages.error(request, _("%(number)d件はほかの職員が担当しています。その人の担当のままです。") % {"number": done.others})
    return _back_to_the_list(request)


@requires(CHANGE_CARDS)
@require_POST
def let_go(request: HttpRequest) -> HttpResponse:
    """担当を外す: one's own cards; a head of section frees those of others too."""
    freed = charge.let_go(_chosen_here(request), staff_of(request), actor_of(request), as_head=may(request, APPROVE_ACTS))
    if freed:
        messages.success(request, _("%(number)d件の担当を外しました。") % {"number": freed})
    else:
        messages.error(request, _("外せる担当がありません。ほかの職員の担当を外せるのは責任者です。"))
    return _back_to_the_list(request)


def _address(values: QueryDict, **changes: str) -> str:
    query = values.copy()
    for name in ("page", *changes):
        query.pop(name, None)
    for name, value in changes.items():
        query[name] = value
    return f"{reverse('queues:list')}?{query.urlencode()}"


def _heads(values: QueryDict, wanted: listing.Wanted, columns: Sequence[str]) -> list[dict[str, object]]:
    heads: list[dict[str, object]] = []
    for column in columns:
        order = listing.ORDER_OF_COLUMN.get(column, "")
        current = bool(order) and order == wanted.order
        address = _address(values, order=f"-{order}" if current and not wanted.descending else order) if order else ""
        sorted_as = ("descending" if wanted.descending else "ascending") if current else ""
        heads.append({"words": listing.COLUMNS[column], "sorted": sorted_as, "address": address})
    return heads


def _kept_values(request: HttpRequest) -> QueryDict:
    """Return the filters and the page that a form below the list carries along, cleaned of all else."""
    return _list_values(QueryDict(request.POST.get("query", "")[:2000]))


def _list_values(carried: QueryDict) -> QueryDict:
    values = QueryDict(services.query_to_keep(carried), mutable=True)
    if _is_page(carried.get("page", "")):
        values["page"] = str(carried["page"])
    return values


def _is_page(given: str) -> bool:
    return given.isascii() and given.isdecimal() and len(given) < 10


@requires(SEE_CARDS)
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the filters of the list under a name, for oneself, one's section or everybody."""
    values, form = _kept_values(request), SaveFilterForm(request.POST, auto_id="save-%s")
    if form.is_valid():
        try:
            made = services.save_filter(
                staff_of(request), actor_of(request), form.cleaned_data["name"], values.urlencode(), form.cleaned_data["scope"]
            )
        except ValidationError as refusal:
            form.add_error("name", refusal.messages)
        else:
            messages.success(request, _("条件「%(name)s」を保存しました。") % {"name": made.name})
            return HttpResponseRedirect(f"{reverse('queues:list')}?{made.query}")
    return _list_page(request, values, save_form=form, status=422)


@requires(SEE_CARDS)
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove an own kept filter."""
    if services.remove_filter(staff_of(request), actor_of(request), pk):
        messages.success(request, _("保存した条件を消しました。カードは変わっていません。"))
    return redirect("queues:list")


@requires(SEE_CARDS)
@require_http_methods(["GET", "HEAD", "POST"])
def columns_page(request: HttpRequest) -> HttpResponse:
    """列の選択: what this person wants to see on every queue."""
    form = ColumnsForm(request.POST if request.method == "POST" else None, initial={"columns": list(_columns_of(request))})
    if request.method == "POST" and form.is_valid():
        services.choose_columns(staff_of(request), form.cleaned_data["columns"])
        messages.success(request, _("列を保存しました。どの作業の一覧も、この列で開きます。"))
        return redirect("queues:list")
    return render(request, "queues/columns.html", {"form": form}, status=422 if form.errors else 200)


def _chosen_cards(request: HttpRequest, values: QueryDict) -> tuple[listing.Wanted, QuerySet[Card]]:
    allowed = places_of(request, SEE_CARDS)
    wanted = listing.Wanted.of(values, listing.QueueForm(values, queries.place_names()), staff_of(request))
    return wanted, listing.chosen(wanted, queries.standings(allowed), allowed)


@requires(EXPORT_QUEUES)
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Hand the list over as a file, with a purpose; a protected card's place is not in it either."""
    values, form = _kept_values(request), ExportForm(request.POST, auto_id="export-%s")
    if not form.is_valid():
        return _list_page(request, values, export_form=form, status=422)
    wanted, cards = _chosen_cards(request, values)
    if cards.count() > exporting.MOST_ROWS:
        form.add_error(None, _("%(most)d件を超えるため、出力できません。条件を狭めてください。") % {"most": exporting.MOST_ROWS})
        return _list_page(request, values, export_form=form, status=422)
    rows = listing.rows(list(cards))
    purpose, kind = form.cleaned_data["purpose"], form.cleaned_data["kind"]
    columns = _columns_of(request)
    left_out = withheld(request, columns, COLUMN_RIGHTS)
    handed_out = [column for column in columns if column not in left_out]
    made = exporting.make_file(actor_of(request), kind, rows, handed_out, wanted, purpose=purpose)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"', "Cache-Control": "no-store"}
    return HttpResponse(made.content, content_type=made.content_type, headers=headers)


def _kept(request: HttpRequest, values: QueryDict) -> set[int]:
    """Return the cards that were ticked on pages of the same list; a list of other cards begins with none."""
    kept = request.session.get(_KEPT, {})
    return set(kept.get("cards", ())) if kept.get("query") == _cards_meant(values) else set()


def _cards_meant(values: QueryDict) -> str:
    """Return the part of an address that says which cards are on the list, whatever their order and however many on a page."""
    meant = QueryDict(services.query_to_keep(values), mutable=True)
    for name in ("order", "size"):
        meant.pop(name, None)
    return meant.urlencode()


def _keep(request: HttpRequest, values: QueryDict, ticked: set[int]) -> None:
    request.session[_KEPT] = {"query": _cards_meant(values), "cards": sorted(ticked)}


def _numbers(given: Sequence[str]) -> set[int]:
    return {int(pk) for pk in given[: listing.SIZES[-1]] if pk.isascii() and pk.isdecimal() and len(pk) < 19}


def _ticked(request: HttpRequest) -> set[int]:
    """Return what stands ticked with the page that was sent: what was kept of other pages, and this page as it is now."""
    shown = _numbers(request.POST.get("shown", "").split(","))
    return (_kept(request, _kept_values(request)) - shown) | (_numbers(request.POST.getlist("card")) & shown)


@requires(ACT_ON_MANY)
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Keep what is ticked on this page, forget what no longer is, and go on to another page; or forget everything."""
    values = _kept_values(request)
    ticked = set() if "forget" in request.POST else _ticked(request)
    if len(ticked) > _MOST_KEPT:
        words = _("選べるのは%(most)d件までです。「絞り込み結果すべて」を使ってください。選択は変えていません。")
        messages.error(request, words % {"most": _MOST_KEPT})
    else:
        _keep(request, values, ticked)
        if _is_page(request.POST.get("to", "")):
            values["page"] = request.POST["to"]
    return HttpResponseRedirect(f"{reverse('queues:list')}?{values.urlencode()}")


@requires(ACT_ON_MANY)
@require_POST
def prepare(request: HttpRequest) -> HttpResponse:
    """Look at what an act would do with the ticked rows, or with everything that the filters choose."""
    values, form = _kept_values(request), BulkForm(request.POST, auto_id="bulk-%s")
    ticked = _ticked(request)
    # A form that comes back with a fault has all ticks that it was sent with, those of other pages too.
    _keep(request, values, ticked)
    if not form.is_valid():
        return _list_page(request, values, bulk_form=form, status=422)
    _wanted, cards = _chosen_cards(request, values)
    if form.cleaned_data["chosen"] == "rows":
        cards = cards.filter(pk__in=ticked)
    try:
        bulk = services.prepare(
            form.cleaned_data["act"], form.cleaned_data["reason"], list(cards[: services.MOST_CARDS + 1]), actor_of(request)
        )
    except Refusal as refusal:
        form.add_error("chosen", refusal.message)
        return _list_page(request, values, bulk_form=form, status=422)
    request.session.pop(_KEPT, None)
    return redirect("queues:bulk", bulk.pk)


@requires(ACT_ON_MANY)
@require_safe
def bulks_page(request: HttpRequest) -> HttpResponse:
    """まとめての操作: what was done with many cards at once, newest first."""
    bulks = Bulk.objects.exclude(state=Bulk.State.PREPARED).annotate(
        done=Count("lines", filter=Q(lines__outcome__in=[BulkLine.Outcome.DONE, BulkLine.Outcome.UNDONE]))
    )
    rows = [{"bulk": bulk, "act": BULK_BY_CODE[bulk.act].name} for bulk in bulks[:_BULKS_SHOWN]]
    return render(request, "queues/bulks.html", {"rows": rows})


@requires(ACT_ON_MANY)
@require_safe
def bulk_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One act on many cards: before it, what it would do; after it, what it did."""
    return _bulk_page(request, get_object_or_404(Bulk, pk=pk))


def _bulk_page(
    request: HttpRequest,
    bulk: Bulk,
    *,
    witness_form: WitnessForm | None = None,
    count_form: CountForm | None = None,
    status: int = 200,
) -> HttpResponse:
    counted = {row["outcome"]: row["number"] for row in bulk.lines.order_by().values("outcome").annotate(number=Count("pk"))}
    exclusions = bulk.lines.order_by().filter(~Q(why="")).values("why").annotate(number=Count("pk")).order_by("-number")
    chosen = BULK_BY_CODE[bulk.act]
    lines = bulk.lines.select_related("card").exclude(why="")[:_LINES_SHOWN]
    ready = counted.get(BulkLine.Outcome.READY.value, 0)
    context = {
        "bulk": bulk,
        "act": chosen.name,
        "counted": [(outcome, counted[outcome.value]) for outcome in BulkLine.Outcome if outcome.value in counted],
        "ready": ready,
        "exclusions": exclusions,
        "lines": lines,
        "is_own": bulk.made_by == actor_of(request).user_id,
        "needs_second": bulk.state == Bulk.State.PREPARED and _needs_second(bulk, ready),
        "is_heavy": chosen.is_heavy,
        "count_form": count_form or CountForm(ready=ready),
        "may_undo": services.may_be_taken_back(bulk, actor_of(request).user_id),
        "is_hold": chosen.hold is not None,
        "witness_form": witness_form or WitnessForm(),
        "wrong": witness_form,
        "wrong_count": count_form,
    }
    return render(request, "queues/bulk.html", context, status=status)


def _needs_second(bulk: Bulk, ready: int) -> bool:
    return BULK_BY_CODE[bulk.act].is_heavy or needs_second_person(
        ready, queries.live_cards(queries.standings()), municipality().mass_change_percent
    )


@requires(ACT_ON_MANY)
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Set the act going as a job; a heavy act or a mass change needs an approver on the same screen, who types with how many cards."""
    bulk, second = get_object_or_404(Bulk, pk=pk), None
    ready = bulk.lines.filter(outcome=BulkLine.Outcome.READY).count()
    if _needs_second(bulk, ready):
        count_form, form = CountForm(request.POST, ready=ready), WitnessForm(request.POST)
        right = APPROVE_ACTS if BULK_BY_CODE[bulk.act].is_heavy else ACT_ON_MANY
        if count_form.is_valid():
            second = form.witness(right, actor_of(request))
        if second is None:
            return _bulk_page(request, bulk, witness_form=form, count_form=count_form, status=422)
    actor = actor_of(request)
    try:
        with transaction.atomic():
            services.confirm(pk, actor, second=second)
            job = jobs.start("queues.bulk", BULK_BY_CODE[bulk.act].name, actor, {"bulk": pk})
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("queues:bulk", pk)
    return redirect("jobs:job", job.pk)


@requires(ACT_ON_MANY)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an act back on the cards that nobody has touched since."""
    if not Bulk.objects.filter(pk=pk).exists():
        raise Http404
    try:
        undone = services.undo(pk, actor_of(request))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        words = _("%(done)d件を元に戻しました。")
        if undone["left"]:
            words = _("%(done)d件を元に戻しました。%(left)d件は、そのあとにほかの操作が行われたため、戻していません。")
        messages.success(request, words % undone)
    return redirect("queues:bulk", pk)
