"""Pages of a card's items: what staff write by hand, 経過記録, the code tables, and cards chosen by their items (DL-20, DL-21)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.cards import audited, items, masking, presenting, queries, rules
from madoguchi.delivery.cards.item_forms import CommentForm, ItemFilter, ItemsForm, StrikeForm, WordForm, title_of
from madoguchi.delivery.cards.models import Card, CodeWord, Comment
from madoguchi.delivery.cards.rights import SEE_CARDS, SET_PLACES, WRITE_ITEMS
from madoguchi.delivery.cards.services import Conflict, NotAllowed
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link

_PER_PAGE = 50


@requires(SEE_CARDS)
@require_http_methods(["GET", "HEAD", "POST"])
def notes(request: HttpRequest, pk: int) -> HttpResponse:
    """経過記録: read what was noted and said about a card, and add to it."""
    card = _card(pk)
    form = CommentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not may(request, WRITE_ITEMS):
            return _not_for_readers(request, card)
        if form.is_valid():
            try:
                items.add_comment(pk, Comment.Kind(form.cleaned_data["kind"]), form.cleaned_data["text"], actor_of(request))
            except NotAllowed as refused:
                form.add_error("text", str(refused))
            else:
                messages.success(request, _("経過記録に書き加えました。"))
                return redirect("cards:notes", pk)
    return _show_notes(request, card, form)


@requires(WRITE_ITEMS)
@require_POST
def strike(request: HttpRequest, pk: int, comment_pk: int) -> HttpResponse:
    """Strike one comment through."""
    card = _card(pk)
    if not Comment.objects.filter(pk=comment_pk, card_id=pk).exists():
        raise Http404
    form = StrikeForm(request.POST, auto_id=f"strike-{comment_pk}-%s")
    if form.is_valid():
        try:
            items.strike_comment(comment_pk, actor_of(request), form.cleaned_data["reason"])
        except NotAllowed as refused:
            form.add_error("reason", str(refused))
        else:
            messages.success(request, _("コメントに取り消し線を引きました。"))
            return redirect("cards:notes", pk)
    return _show_notes(request, card, CommentForm(), wrong=(comment_pk, form))


def _show_notes(request: HttpRequest, card: Card, form: CommentForm, wrong: tuple[int, StrikeForm] | None = None) -> HttpResponse:
    record(actor_of(request), audited.VIEW_CARD, subject=f"card:{card.pk}", content={"part": "notes"})
    strikes = {wrong[0]: wrong[1]} if wrong else {}
    rows = [
        {"comment": comment, "form": strikes.get(comment.pk) or StrikeForm(auto_id=f"strike-{comment.pk}-%s")}
        for comment in items.comments_of(card.pk)
    ]
    wrong_form = wrong[1] if wrong else form
    context = {
        "card": card,
        "band": presenting.key_band(card, rules.phase(card.facts(queries.open_holds(card.pk)))),
        "rows": rows,
        "form": form,
        "wrong": wrong_form,
        "may_write": may(request, WRITE_ITEMS),
    }
    return render(request, "cards/notes.html", context, status=422 if wrong_form.errors else 200)


@requires(WRITE_ITEMS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """項目を直す: the items that no list brings."""
    card = _card(pk)
    words = {item: items.words_of(item) for item in ("visit_way", "applied_at", "issuing_municipality")}
    form = ItemsForm(request.POST if request.method == "POST" else None, card=card, words=words)
    if request.method == "POST" and form.is_valid():
        try:
            items.set_items(pk, form.values(), actor_of(request), expected_version=form.cleaned_data["version"])
        except NotAllowed as refused:
            form.add_error("memo", str(refused))
        except Conflict as conflict:
            link = Link(_("カードの今の状態を開く"), reverse("cards:card", args=[pk]))
            return render_problem(request, 409, title=_("ほかの職員が先に更新しました"), message=str(conflict), links=(link,))
        else:
            messages.success(request, _("項目を記録しました。"))
            return redirect("cards:card", pk)
    record(actor_of(request), audited.VIEW_CARD, subject=f"card:{pk}", content={"part": "items"})
    context = {"card": card, "form": form, "band": presenting.key_band(card, rules.phase(card.facts(queries.open_holds(pk))))}
    return render(request, "cards/items.html", context, status=422 if form.errors else 200)


@requires(SEE_CARDS)
@require_safe
def chosen(request: HttpRequest) -> HttpResponse:
    """項目で絞る: cards by their items; names masked, no place."""
    form = ItemFilter(request.GET)
    if not form.is_valid():
        return render(request, "cards/by-items.html", {"form": form}, status=422)
    conditions = form.conditions()
    page = Paginator(Card.objects.filter(**conditions).order_by("id"), _PER_PAGE).get_page(request.GET.get("page"))
    cards = list(page.object_list)
    content = {"items": sorted(conditions), "page": page.number, "rows": len(cards)}
    record(actor_of(request), audited.FILTER_CARDS, content=content)
    shown = dict.fromkeys(name.partition("__")[0] for name in conditions)
    rows = [
        (
            card,
            presenting.number_words(card),
            masking.masked(card.name),
            rules.Progress(card.progress).label,
            [_value(card, item) for item in shown],
        )
        for card in cards
    ]
    titles = [title_of(item) for item in shown]
    context = {"form": form, "page": page, "rows": rows, "titles": titles, "may_set": may(request, SET_PLACES)}
    return render(request, "cards/by-items.html", context)


def _value(card: Card, item: str) -> object:
    if item == "certificates":
        return card.get_certificates_display()
    value = getattr(card, item)
    return (_("有") if value else _("無")) if isinstance(value, bool) else value


@requires(SET_PLACES)
@require_http_methods(["GET", "HEAD", "POST"])
def words(request: HttpRequest) -> HttpResponse:
    """コード表: the words of the coded items, and the values on cards that no table has."""
    form = WordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            items.save_word(form.cleaned_data["item"], form.cleaned_data["word"], actor_of(request), is_open="close" not in request.POST)
        except NotAllowed as refused:
            form.add_error("word", str(refused))
        else:
            messages.success(request, _("コード表を変えました。"))
            return redirect("cards:words")
    listed: dict[str, list[CodeWord]] = {item: [] for item in items.CODED_ITEMS}
    for word in CodeWord.objects.all():
        listed.setdefault(word.item, []).append(word)
    tables = [(item, title_of(item), found) for item, found in listed.items()]
    strays = [(stray, title_of(stray.item)) for stray in items.stray_words()]
    return render(request, "cards/words.html", {"form": form, "tables": tables, "strays": strays}, status=422 if form.errors else 200)


def _card(pk: int) -> Card:
    card = queries.by_pk(pk)
    if card is None:
        raise Http404
    return card


def _not_for_readers(request: HttpRequest, card: Card) -> HttpResponse:
    link = Link(_("カードを開く"), reverse("cards:card", args=[card.pk]))
    return render_problem(
        request, 403, title=_("書き加える権限がありません"), message=_("経過記録を書けるのは窓口担当と責任者です。"), links=(link,)
    )
