"""Pages of the scanning desk: one code in, one record out, one next step."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi.delivery.cards import presenting, rules
from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.cards.rights import SEE_CARDS
from madoguchi.delivery.dispatch.rights import PRINT_LETTERS
from madoguchi.delivery.filing.queries import by_number
from madoguchi.delivery.handover.rights import COUNTER_SERVE
from madoguchi.delivery.intake.rights import ENTER_PRESETS, RECEIVE_CARDS
from madoguchi.delivery.scanning import audited, queries
from madoguchi.delivery.scanning.codes import Kind, NotOurs, Read, read
from madoguchi.delivery.scanning.formats import read_in
from madoguchi.delivery.scanning.forms import CodeForm, SoundForm
from madoguchi.delivery.scanning.rules import Comparison, Scanned, Step, compare, next_step
from madoguchi.delivery.scanning.services import forms_in_use
from madoguchi.delivery.storage.models import Transfer
from madoguchi.delivery.storage.queries import Filled, cards_in
from madoguchi.delivery.storage.rights import MOVE_CARDS
from madoguchi.kernel.names import display
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.accounts.rights import Right
from madoguchi.platform.accounts.screen_list_pages import address_for
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui import screens
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.ui.shell import VOLUME_COOKIE, Words, keep_shortcuts, shortcuts_of, volume_of

_YEAR = 365 * 24 * 60 * 60
_RECENT, _RECENT_AT_MOST = "cards_read_last", 10
_RIGHT_FOR: dict[Step, Right] = {
    Step.CONTINUE_VISIT: COUNTER_SERVE,
    Step.RECEIVE_PERSON: COUNTER_SERVE,
    Step.OPEN_ARRIVALS: RECEIVE_CARDS,
    Step.INSPECT: RECEIVE_CARDS,
    Step.PRESET: ENTER_PRESETS,
    Step.STORE: MOVE_CARDS,
    Step.RECEIVE_TRANSFER: MOVE_CARDS,
    Step.LETTERS: PRINT_LETTERS,
    Step.OPEN_SHEET: PRINT_LETTERS,
    Step.FILL_BOX: MOVE_CARDS,
    Step.OPEN_TRANSFER: MOVE_CARDS,
}


@dataclass(frozen=True, slots=True)
class Button:
    """The one next step: its words and address; with `code` it is sent in the body, not followed as a link."""

    words: Words
    address: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """The answer readable from arm's length."""

    answer: str
    word: Words
    detail: Words = ""


@requires(SEE_CARDS)
@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: HttpRequest) -> HttpResponse:
    """読取: the box of every page leads here. The same code again shows the same record; nothing is changed by a scan."""
    if request.method != "POST":
        return render(request, "scanning/desk.html", {"form": CodeForm(), "recent": _recent(request)})
    form = CodeForm(request.POST)
    if not form.is_valid():
        return render(request, "scanning/desk.html", {"form": form}, status=422)
    if screen := screens.by_code(form.cleaned_data["code"]):
        return redirect(address_for(request, screen))
    try:
        understood = _understood(form.cleaned_data["code"])
    except NotOurs as strange:
        record(actor_of(request), audited.READ_CODE, content={"kind": ""}, result=Result.REFUSED)
        return _strange(request, form, strange.sentence)
    if understood.kind is Kind.COVER and (paper := by_number(understood.value)) is not None:
        return redirect("filing:document", paper.pk)
    found = queries.find(understood)
    first, second = form.first(), (understood.kind, found.card.card.pk) if found.card else None
    comparison = compare(first, second)
    record(
        actor_of(request),
        audited.READ_CODE,
        subject=f"card:{found.card.card.pk}" if found.card else f"{understood.kind}:{understood.value}" if found.box or found.safe else "",
        content={"kind": understood.kind.value, "found": found != queries.Found(), "compared": comparison.value},
    )
    if comparison is Comparison.NO_MATCH and first and found.card:
        return _no_match(request, first, understood, found.card)
    if found.card:
        _remember(request, found.card.card.pk)
        return _card(request, understood, found.card, found, comparison)
    if found.box:
        return _box(request, found)
    if found.safe:
        return _safe(request, found.safe)
    if found.transfer:
        return _bag(request, found.transfer)
    return _strange(request, form, _not_here(understood, several=found.several))


def _remember(request: HttpRequest, card_pk: int) -> None:
    """Keep in the session which cards were read last; it ends with the session."""
    before = [pk for pk in request.session.get(_RECENT, []) if pk != card_pk]
    request.session[_RECENT] = [card_pk, *before][:_RECENT_AT_MOST]


def _recent(request: HttpRequest) -> list[presenting.ListRow]:
    """Return the cards that were read last, the newest first; the page shows their numbers and how far they are, nobody's name."""
    read_last = request.session.get(_RECENT, [])
    cards = Card.objects.in_bulk(read_last) if read_last else {}
    return presenting.list_rows([cards[pk] for pk in read_last if pk in cards])


def _next_form(kind: Kind, card_pk: int) -> CodeForm:
    """Return the empty form that remembers the paper lying here."""
    return CodeForm(initial={"first_kind": kind.value, "first_card": card_pk})


def _strange(request: HttpRequest, form: CodeForm, sentence: Words) -> HttpResponse:
    """Say what an unknown code is; the paper that lay here before it stays the first."""
    first = form.first()
    context = {"form": _next_form(*first) if first else CodeForm(), "band": Band("no-match", _("開けません"), sentence)}
    return render(request, "scanning/desk.html", context, status=404)


def _not_here(understood: Read, *, several: bool) -> Words:
    if understood.may_be_individual_number and not several:
        return _(
            "マイナンバー（個人番号）のようです。保存せず破棄しました。カード裏面のQRコードは読み取らず、スリーブのラベルを読み取ってください。"
        )
    if several and understood.kind is Kind.BOOKING:
        return _("何人かの予約です。一人ずつ、交付通知書かスリーブを読み取ってください。")
    if several:
        return _("同じ番号のカードが何枚かあります。スリーブか製造管理番号を読み取ってください。")
    if understood.kind is Kind.COVER:
        return _("帳票の表紙です。まだ取り込まれていません。書類と一緒にスキャンして、共有フォルダーに置いてください。")
    return _("%(kind)sの形ですが、この番号の記録はありません。別の市区町村のものか、まだ取り込んでいないものです。") % {
        "kind": understood.kind.label
    }


def _no_match(request: HttpRequest, first: tuple[Kind, int], understood: Read, second: queries.FoundCard) -> HttpResponse:
    """Two papers of two cards: the first stays open until somebody chooses."""
    kept = queries.by_pk(first[1])
    if kept is None:
        return _card(request, understood, second, queries.Found(card=second), Comparison.NONE)
    detail = _("%(first)sと%(second)sは、別の人のカードのものです。渡さずに、両方を確かめてください。")
    band = Band("no-match", _("不一致"), detail % {"first": first[0].label, "second": understood.kind.label})
    context = {
        "band": band,
        "form": _next_form(*first),
        "person": _person(kept.card),
        "kept": kept.card.pk,
        "other": understood.value,
        "step": Button(_("はじめのカードに戻る"), reverse("scanning:desk"), _first_code(first[0], kept.card)),
    }
    return render(request, "scanning/desk.html", context, status=409)


def _card(
    request: HttpRequest, understood: Read, found: queries.FoundCard, record_found: queries.Found, comparison: Comparison
) -> HttpResponse:
    card, facts = found.card, found.card.facts(found.holds)
    scanned = Scanned(facts, in_a_box=bool(card.box), has_open_visit=found.visit is not None)
    step = next_step(understood.kind, scanned)
    stopping = rules.blocking_holds(found.holds, rules.Effect.HANDOVER)
    band = None
    if record_found.sheet is not None and record_found.sheet.void:
        band = Band("check", _("無効な用紙"), _("刷り直しなどで無効になった用紙です。発送しないでください。"))
        step = Step.OPEN_SHEET
    elif record_found.sheet is not None and record_found.sheet.batch.sent_on is None:
        step = Step.OPEN_SHEET
    if comparison is Comparison.MATCH:
        band = Band("match", _("一致"), _("続けて読み取った二つは、同じカードのものです。"))
    if stopping:
        band = Band("check", _("停止中"), "、".join(sorted(kind.label for kind in stopping)))
    phase = rules.phase(facts)
    context = {
        "band": band,
        "form": _next_form(understood.kind, card.pk),
        "kind": understood.kind,
        "again": comparison is Comparison.SAME_AGAIN,
        "person": _person(card),
        "state": [
            SummaryRow(_("進捗"), facts.progress.label),
            SummaryRow(_("段階"), phase.label),
            SummaryRow(_("場所"), presenting.place_words(card)),
            SummaryRow(_("保管責任者"), card.custodian),
            SummaryRow(_("スリーブコード"), card.sleeve_code or _("なし")),
        ],
        "care": presenting.care_words(card),
        "card": card,
        "step": _button(request, step, found, record_found),
    }
    return render(request, "scanning/desk.html", context)


def _first_code(kind: Kind, card: Card) -> str:
    """Return a number by which the desk opens the card again as the paper that it was opened by, where the card has one."""
    return (card.sleeve_code if kind is Kind.SLEEVE else card.serial) or card.application_id


def _person(card: Card) -> list[SummaryRow]:
    return [
        SummaryRow(_("氏名"), display(card.name)),
        SummaryRow(_("製造管理番号"), presenting.number_words(card)),
    ]


def _button(request: HttpRequest, step: Step, found: queries.FoundCard, record_found: queries.Found) -> Button | None:
    """Return the next step, or the card's record where the person may not take that step."""
    right = _RIGHT_FOR.get(step)
    if right is not None and not may(request, right):
        step = Step.OPEN_CARD
    words: Words = _(step.label)
    match step:
        case Step.RECEIVE_TRANSFER if found.transfer:
            return Button(words, reverse("storage:transfer", args=[found.transfer]))
        case Step.CONTINUE_VISIT:
            return Button(words, reverse("handover:encounter", args=[found.visit]))
        case Step.RECEIVE_PERSON:
            return Button(words, reverse("handover:receive"), found.card.sleeve_code or found.card.serial or "")
        case Step.INSPECT if found.arrival is not None:
            return Button(words, reverse("intake:arrival", args=[found.arrival]))
        case Step.OPEN_SHEET if record_found.sheet is not None:
            return Button(words, reverse("dispatch:batch", args=[record_found.sheet.batch_id]))
    plain = {
        Step.OPEN_ARRIVALS: "intake:arrivals",
        Step.INSPECT: "intake:arrivals",
        Step.PRESET: "intake:presets",
        Step.STORE: "storage:put",
        Step.RECEIVE_TRANSFER: "storage:put",
        Step.LETTERS: "dispatch:list",
    }
    if step in plain:
        return Button(words, reverse(plain[step]))
    return Button(words, reverse("cards:card", args=[found.card.pk]))


def _box(request: HttpRequest, found: queries.Found) -> HttpResponse:
    box = found.box
    assert box is not None  # asked for by the caller
    context = {
        "form": CodeForm(),
        "kind": Kind.SLOT if found.slot else Kind.BOX,
        "state": [
            SummaryRow(_("施設"), box.site.name),
            SummaryRow(_("金庫"), box.safe),
            SummaryRow(_("箱"), box.name),
            *([SummaryRow(_("位置"), found.slot)] if found.slot else []),
            SummaryRow(_("入っているカード"), _("%(cards)s 枚 / %(slots)s 枚まで") % {"cards": cards_in(box), "slots": box.slots}),
        ],
        "step": Button(_(Step.FILL_BOX.label), f"{reverse('storage:put')}?{urlencode({'box': box.code})}")
        if may(request, MOVE_CARDS, box.site.code)
        else None,
    }
    return render(request, "scanning/desk.html", context)


def _safe(request: HttpRequest, filled: Sequence[Filled]) -> HttpResponse:
    """Show a safe by its label: its boxes and how full they are."""
    context = {
        "form": CodeForm(),
        "kind": Kind.SAFE,
        "state": [
            SummaryRow(_("施設"), filled[0].box.site.name),
            SummaryRow(_("金庫"), filled[0].box.safe),
            *(
                SummaryRow(
                    _("箱 %(name)s") % {"name": one.box.name},
                    _("%(cards)s 枚 / %(slots)s 枚まで") % {"cards": one.cards, "slots": one.box.slots},
                )
                for one in filled
            ),
        ],
        "step": Button(_(Step.SEE_SAFE.label), reverse("storage:boxes")) if may(request, MOVE_CARDS) else None,
    }
    return render(request, "scanning/desk.html", context)


def _bag(request: HttpRequest, transfer: Transfer) -> HttpResponse:
    """Show a bag by its slip."""
    context = {
        "form": CodeForm(),
        "kind": Kind.TRANSFER,
        "state": [
            SummaryRow(_("移送元"), transfer.from_site.name),
            SummaryRow(_("移送先"), transfer.to_site.name),
            SummaryRow(_("状態"), transfer.get_state_display()),
        ],
        "step": Button(_(Step.OPEN_TRANSFER.label), reverse("storage:transfer", args=[transfer.code]))
        if may(request, MOVE_CARDS)
        else None,
    }
    return render(request, "scanning/desk.html", context)


def _understood(text: str) -> Read:
    """Read a code in one of our forms, else in one of the municipality's own; raises NotOurs.

    Only what is none of ours is looked for among those: a usual scan costs no statement more.
    """
    try:
        return read(text)
    except NotOurs:
        own = read_in(text, forms_in_use())
        if own is None:
            raise
        return own


@requires(SEE_CARDS)
@require_http_methods(["GET", "HEAD", "POST"])
def sound(request: HttpRequest) -> HttpResponse:
    """音と読取機: how loud this terminal is and whether single keys act; the choice belongs to the terminal, its browser keeps it."""
    now = {"volume": str(volume_of(request)), "shortcuts": shortcuts_of(request)}
    form = SoundForm(request.POST if request.method == "POST" else None, initial=now)
    if request.method != "POST" or not form.is_valid():
        return render(request, "scanning/sound.html", {"form": form}, status=422 if form.errors else 200)
    messages.success(request, _("この端末の設定を変えました。"))
    answer = redirect("scanning:sound")
    loud, secure = form.cleaned_data["volume"], settings.SESSION_COOKIE_SECURE
    answer.set_cookie(VOLUME_COOKIE, loud, max_age=_YEAR, secure=secure, httponly=True, samesite="Strict")
    return keep_shortcuts(answer, on=form.cleaned_data["shortcuts"])
