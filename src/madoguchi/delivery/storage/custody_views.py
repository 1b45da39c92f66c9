"""Pages of custody: who had one card and when, and which cards are out of their safes now."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from madoguchi.delivery.cards.models import DeliveryPlace
from madoguchi.delivery.cards.presenting import number_words
from madoguchi.delivery.cards.queries import by_pk
from madoguchi.delivery.cards.rights import SEE_CARDS
from madoguchi.delivery.cards.services import Conflict, NotAllowed
from madoguchi.delivery.storage import audited, custody, rights, undoing
from madoguchi.platform.accounts.access import actor_of, may, places_of, requires, staff_of
from madoguchi.platform.audit.services import record


@requires(SEE_CARDS)
@require_safe
def chain_page(request: HttpRequest, pk: int) -> HttpResponse:
    """保管の経過: every custodian of a card, from when until when, without a gap."""
    card = by_pk(pk)
    if card is None:
        raise Http404
    names = dict(DeliveryPlace.objects.values_list("code", "name"))
    chain = custody.chain_of(card, names)
    record(actor_of(request), audited.VIEW_CUSTODY, subject=f"card:{pk}")
    context = {"card": card, "number": number_words(card), "periods": list(reversed(chain)), "is_whole": custody.is_whole(card, chain)}
    if may(request, rights.MOVE_CARDS, card.site.code if card.site else ""):
        context["way_back"] = undoing.way_back(card, actor_of(request))
    return render(request, "storage/custody.html", context)


@requires(rights.MOVE_CARDS)
@require_POST
def undo_move(request: HttpRequest, pk: int) -> HttpResponse:
    """取り消す: bring a card back to where it was before its newest move of today."""
    card = by_pk(pk)
    if card is None or not may(request, rights.MOVE_CARDS, card.site.code if card.site else ""):
        raise Http404
    try:
        way = undoing.take_back(card, actor_of(request))
    except (NotAllowed, Conflict) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("移動を取り消しました。カードを%(place)sに戻してください。") % {"place": way.words})
    return redirect("storage:custody", pk)


@requires(rights.MOVE_CARDS)
@require_safe
def at_counter_page(request: HttpRequest) -> HttpResponse:
    """窓口に出ているカード: my own that must be back when the office closes; for those who set boxes, everybody's."""
    sees_all = may(request, rights.SET_BOXES) and request.GET.get("all") == "1"
    own = None if sees_all else staff_of(request).user_id
    rows, unlisted = custody.at_counter(own, places_of(request, rights.MOVE_CARDS))
    record(actor_of(request), audited.VIEW_AT_COUNTER, content={"cards": len(rows), "all": sees_all})
    context = {"rows": rows, "unlisted": unlisted, "sees_all": sees_all, "may_see_all": may(request, rights.SET_BOXES)}
    return render(request, "storage/at-counter.html", context)
