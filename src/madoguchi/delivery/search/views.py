"""カードを探す: by a number at once, otherwise by two of three; hits are masked, and each that is shown in full is on record."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from madoguchi.delivery.cards.forms import FindForm, RevealForm
from madoguchi.delivery.cards.masking import masked, masked_address, masked_birth
from madoguchi.delivery.cards.queries import municipality
from madoguchi.delivery.cards.rights import SEE_CARDS
from madoguchi.delivery.cards.services import NotAllowed
from madoguchi.delivery.search import services
from madoguchi.delivery.search.forms import PeopleForm, TraceForm
from madoguchi.delivery.search.queries import Hit
from madoguchi.delivery.search.rights import FIND_PEOPLE
from madoguchi.kernel import names
from madoguchi.kernel.numbers import display_serial
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.accounts.rights import AUDIT_VIEW


@dataclass(frozen=True, slots=True)
class Row:
    """One hit as it is shown."""

    pk: int
    serial: str
    name: str
    kana: str
    born: str
    address: str
    progress: str
    is_held: bool
    is_revealed: bool


@requires(FIND_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """カードを探す. What was typed travels in the body, never in an address."""
    numbers = FindForm() if may(request, SEE_CARDS) else None
    if request.method != "POST":
        return render(request, "search/people.html", {"form": PeopleForm(), "numbers": numbers})
    form = PeopleForm(request.POST)
    if not form.is_valid():
        services.record_refused(form.terms(), actor_of(request))
        return render(request, "search/people.html", {"form": form, "numbers": numbers}, status=422)
    found = services.search_people(form.terms(), actor_of(request))
    reason_form = RevealForm(request.POST if request.POST.get("reveal") else None) if municipality().reveal_needs_reason else None
    revealed = _revealed(request, {hit.card_pk for hit in found.hits}, reason_form)
    rows = [_row(hit, revealed=hit.card_pk == revealed) for hit in found.hits]
    context: dict[str, object] = {
        "form": form,
        "numbers": numbers,
        "rows": rows,
        "is_cut": found.is_cut,
        "searched": True,
        "may_see": may(request, SEE_CARDS),
    }
    context |= {"reason_form": reason_form}
    return render(request, "search/people.html", context, status=422 if reason_form is not None and reason_form.errors else 200)


def _revealed(request: HttpRequest, found: Collection[int], reason_form: RevealForm | None) -> int | None:
    """Record that the hit which was asked for is shown, and return it; None when none was, or when a reason that is demanded is missing."""
    wanted = next((pk for pk in found if str(pk) == request.POST.get("reveal", "")), None)
    if wanted is None or (reason_form is not None and not reason_form.is_valid()):
        return None
    try:
        services.record_reveal(wanted, actor_of(request), reason=reason_form.cleaned_data["reason"] if reason_form else "")
    except NotAllowed as refused:
        if reason_form is None:
            raise
        reason_form.add_error("reason", str(refused))
        return None
    return wanted


def _row(hit: Hit, *, revealed: bool) -> Row:
    person = hit.person
    address = names.display(person.address)
    if person.is_protected:
        address = _("表示しません")
    elif not revealed:
        address = masked_address(address)
    return Row(
        hit.card_pk,
        display_serial(hit.serial),
        names.display(person.name) if revealed else masked(person.name),
        names.display(person.kana) if revealed else masked(person.kana),
        person.born if revealed else masked_birth(person.born),
        address,
        hit.progress.label,
        hit.is_held,
        revealed,
    )


_PARTS = {
    "name": gettext_lazy("氏名"),
    "kana": gettext_lazy("カナ"),
    "address": gettext_lazy("住所"),
    "born": gettext_lazy("生年月日"),
    "sex": gettext_lazy("性別"),
}


@requires(AUDIT_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def trace(request: HttpRequest) -> HttpResponse:
    """検索語で調べる: who searched for a term, told by its digest in the log; no resident is shown, and the term is kept nowhere."""
    today = clock.today()
    form = TraceForm(
        request.POST if request.method == "POST" else None, initial={"day_from": today - dt.timedelta(days=30), "day_until": today}
    )
    context: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        found = services.trace(form.terms(), given["day_from"], given["day_until"], actor_of(request))
        rows = [
            {
                "one": one,
                "parts": "、".join(str(_PARTS.get(part, part)) for part in one.parts),
                "matched": "、".join(str(_PARTS.get(part, part)) for part in one.matched),
            }
            for one in found
        ]
        context |= {"searched": True, "rows": rows, "is_cut": len(rows) == services.TRACES_SHOWN}
    return render(request, "search/trace.html", context, status=422 if form.errors else 200)
