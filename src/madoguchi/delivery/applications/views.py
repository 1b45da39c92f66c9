"""Pages of applications: the list without names, search, one application opened, orders to the booking zone, print."""

import datetime as dt
from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.applications import presenting, queries, services
from madoguchi.delivery.applications.forms import CancelForm, MessageForm, MoveForm, SearchForm, StageForm
from madoguchi.delivery.applications.models import Application
from madoguchi.delivery.applications.printing import MOST_SHEETS, print_applications
from madoguchi.delivery.applications.rights import HANDLE_APPLICATIONS, LIST_APPLICATIONS, OPEN_APPLICATIONS
from madoguchi.delivery.applications.rules import STAGE_NAMES, Stage
from madoguchi.delivery.cards.models import DeliveryPlace
from madoguchi.platform.accounts.access import actor_of, held_rights, may, places_of, requires
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link

_PER_PAGE = 50
_TONES = {Stage.RECEIVED: "info", Stage.WORKING: "warning", Stage.DONE: "success", Stage.WITHDRAWN: "info"}


@requires(LIST_APPLICATIONS)
@require_safe
def list_page(request: HttpRequest) -> HttpResponse:
    """申請予約の一覧: who comes is not on it, only when, where and for what; each page of it is recorded."""
    found = _chosen(request)
    page = Paginator(found, _PER_PAGE).get_page(request.GET.get("page"))
    services.record_list(actor_of(request), rows=len(page.object_list), page=page.number)
    chosen = {name: request.GET.get(name, "") for name in ("stage", "day", "place")}
    context = {
        "page": page,
        "rows": [_row(row) for row in page.object_list],
        "chosen": chosen,
        "stages": [(stage.value, name) for stage, name in STAGE_NAMES.items()],
        "places": _places(request),
        "unreadable": queries.listed(places_of(request, LIST_APPLICATIONS), unreadable=True).count(),
        "may_open": may(request, OPEN_APPLICATIONS),
        "query": request.GET.urlencode(),
    }
    return render(request, "received/list.html", context)


def _chosen(request: HttpRequest) -> QuerySet[Application]:
    places = places_of(request, LIST_APPLICATIONS)
    if request.GET.get("stage") == "unreadable":
        return queries.listed(places, unreadable=True)
    stage = next((stage for stage in Stage if stage.value == request.GET.get("stage")), None)
    return queries.listed(places, stage=stage, day=_day(request.GET.get("day", "")), place=request.GET.get("place", ""))


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _places(request: HttpRequest) -> list[DeliveryPlace]:
    mine = places_of(request, LIST_APPLICATIONS)
    found = DeliveryPlace.objects.order_by("code")
    return list(found if mine is None else found.filter(code__in=mine))


def _row(row: Application) -> dict[str, object]:
    return {"row": row, "tone": _TONES[Stage(row.stage)], "why": presenting.why_no_answers(row)}


@requires(OPEN_APPLICATIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def search_page(request: HttpRequest) -> HttpResponse:
    """申請予約を探す: by number, or by two things about the person. What was asked for travels in the body alone."""
    form = SearchForm(request.POST if request.method == "POST" else None)
    context: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        terms = form.terms()
        found = queries.search(places_of(request, OPEN_APPLICATIONS), terms)
        services.record_search(actor_of(request), [name for name, term in terms.items() if term], found)
        context |= {"searched": True, "rows": [_row(row) for row in found], "capped": len(found) == queries.SEARCH_CAP}
    return render(request, "received/search.html", context, status=422 if form.errors else 200)


@requires(OPEN_APPLICATIONS)
@require_safe
def application_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One application with its answers. The opening is recorded before anything is shown."""
    return _show(request, _application(request, pk))


def _application(request: HttpRequest, pk: int) -> Application:
    row = queries.application(pk, places_of(request, OPEN_APPLICATIONS))
    if row is None:
        raise Http404
    return row


def _show(request: HttpRequest, row: Application, wrong: forms.Form | None = None) -> HttpResponse:
    services.record_opening(row, actor_of(request))
    version = {"version": row.version}
    kept: dict[str, forms.Form] = {
        "stage_form": StageForm(initial={**version, "stage": row.stage}, auto_id="stage-%s"),
        "message_form": MessageForm(initial={**version, "text": row.message}, auto_id="message-%s"),
        "cancel_form": CancelForm(initial=version, auto_id="cancel-%s"),
        "move_form": MoveForm(initial={**version, "place": row.place}, places=_places(request), auto_id="move-%s"),
    }
    if wrong is not None:
        name = next(name for name, form in kept.items() if type(form) is type(wrong))
        wrong.auto_id = kept[name].auto_id
        kept[name] = wrong
    context = {
        "row": row,
        "visit": presenting.visit_rows(row),
        "answers": presenting.answer_rows(row),
        "why": presenting.why_no_answers(row),
        "orders": queries.orders_of(row),
        "history": row.events.all(),
        "wrong": wrong,
        "may_handle": may(request, HANDLE_APPLICATIONS, row.place),
        "is_confirmed": row.state == "confirmed",
        # By its code: registration stands behind this room and builds on it.
        "may_take": "registration.register" in held_rights(request),
        **kept,
    }
    return render(request, "received/application.html", context, status=422 if wrong else 200)


@requires(HANDLE_APPLICATIONS)
@require_POST
def set_stage(request: HttpRequest, pk: int) -> HttpResponse:
    """Set the 対応状況."""
    form = StageForm(request.POST)
    return _carry_out(
        request,
        pk,
        form,
        lambda row: services.set_stage(
            row.pk,
            Stage(form.cleaned_data["stage"]),
            actor_of(request),
            expected_version=form.cleaned_data["version"],
            reason=form.cleaned_data["reason"],
        ),
        _("対応状況を変えました。次の指示ファイルで予約管理へ伝わります。"),
    )


@requires(HANDLE_APPLICATIONS)
@require_POST
def send_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the applicant a message."""
    form = MessageForm(request.POST)
    return _carry_out(
        request,
        pk,
        form,
        lambda row: services.send_message(
            row.pk, form.cleaned_data["text"], actor_of(request), expected_version=form.cleaned_data["version"]
        ),
        _("メッセージを預かりました。次の指示ファイルで予約管理へ送られます。"),
    )


@requires(HANDLE_APPLICATIONS)
@require_POST
def order_cancellation(request: HttpRequest, pk: int) -> HttpResponse:
    """Order the booking zone to cancel."""
    form = CancelForm(request.POST)
    return _carry_out(
        request,
        pk,
        form,
        lambda row: services.order_cancellation(
            row.pk, actor_of(request), expected_version=form.cleaned_data["version"], reason=form.cleaned_data["reason"]
        ),
        _("取消を指示しました。次の指示ファイルで予約管理へ送られ、返事が届くまで予約はそのままです。"),
    )


@requires(HANDLE_APPLICATIONS)
@require_POST
def order_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Order the booking zone to move the booking."""
    form = MoveForm(request.POST, places=_places(request))
    return _carry_out(
        request,
        pk,
        form,
        lambda row: services.order_move(
            row.pk,
            actor_of(request),
            expected_version=form.cleaned_data["version"],
            place=form.cleaned_data["place"],
            day=form.cleaned_data["day"],
            start=form.cleaned_data["start"],
            reason=form.cleaned_data["reason"],
        ),
        _("日時の変更を指示しました。次の指示ファイルで予約管理へ送られ、返事が届くまで今の予約のままです。"),
    )


def _carry_out(request: HttpRequest, pk: int, form: forms.Form, command: Callable[[Application], None], done: str) -> HttpResponse:
    """Run one command of the page: show it again with what is wrong, say that somebody else was quicker, or go back to it."""
    row = _application(request, pk)
    if not may(request, HANDLE_APPLICATIONS, row.place):
        raise Http404
    if not form.is_valid():
        return _show(request, row, form)
    try:
        command(row)
    except services.OrderRefused as refused:
        form.add_error(None, str(refused))
        return _show(request, row, form)
    except services.Overtaken:
        return render_problem(
            request,
            409,
            title=_("ほかの職員が先に更新しました"),
            message=_("何も変えていません。今の内容を確かめてから、もう一度行ってください。"),
            links=(Link(_("申請予約の今の内容を開く"), reverse("received:application", args=[pk])),),
        )
    messages.success(request, done)
    return redirect("received:application", pk)


@requires(OPEN_APPLICATIONS)
@require_safe
def print_one(request: HttpRequest, pk: int) -> HttpResponse:
    """申請予約票 of one application."""
    return _print(request, [_application(request, pk)])


@requires(OPEN_APPLICATIONS)
@require_safe
def print_list(request: HttpRequest) -> HttpResponse:
    """申請予約票 of what the list shows, as far as the one who prints may open it."""
    mine = places_of(request, OPEN_APPLICATIONS)
    found = _chosen(request)
    rows = list((found if mine is None else found.filter(place__in=mine))[: MOST_SHEETS + 1])
    if not rows:
        return _cannot_print(request, 404, _("印刷する申請予約がありません。一覧の絞り込みを変えてください。"))
    if len(rows) > MOST_SHEETS:
        return _cannot_print(request, 409, _("一度に印刷できるのは100件までです。日や場所で絞り込んでください。"))
    return _print(request, rows)


def _print(request: HttpRequest, rows: list[Application]) -> HttpResponse:
    content = print_applications(rows, actor_of(request))
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="applications.pdf"'})


def _cannot_print(request: HttpRequest, status: int, message: str) -> HttpResponse:
    links = (Link(_("申請予約の一覧へ"), reverse("received:list")),)
    return render_problem(request, status, title=_("印刷できません"), message=message, links=links)
