"""How a visit at the counter is shown: the step row, whose card, what is wanted, what was done."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from madoguchi.delivery.cards.presenting import care_words
from madoguchi.delivery.cards.queries import open_holds_of
from madoguchi.delivery.cards.rules import Effect, HoldKind, blocking_holds
from madoguchi.delivery.handover import cases
from madoguchi.delivery.handover.models import Encounter
from madoguchi.delivery.handover.queries import paper_rules
from madoguchi.delivery.handover.rules import (
    Certificates,
    EncounterState,
    FeeKind,
    OldCard,
    PinWay,
    RefusalKind,
    Returned,
    Step,
    next_step,
)
from madoguchi.delivery.matching.models import BookedVisit
from madoguchi.kernel.documents import KIND_BY_CODE, WAY_NAMES
from madoguchi.kernel.fees import REASON_BY_CODE
from madoguchi.kernel.names import display
from madoguchi.kernel.required_documents import OwnRule
from madoguchi.platform.ui.components import SummaryRow

_ALWAYS = (Step.SLEEVE, Step.NOTICE, Step.DOCUMENTS, Step.FEE, Step.CONFIRM)
_WITH_CASE = (Step.SLEEVE, Step.NOTICE, Step.CASE, Step.DOCUMENTS, Step.FEE, Step.CONFIRM)


@dataclass(frozen=True, slots=True)
class ServingRow:
    """One unfinished visit on the board; numbers only."""

    visit: Encounter
    state: str
    tone: str
    step: str


@dataclass(frozen=True, slots=True)
class ExpectedRow:
    """One booking of today on the board; of a card that no list of places may show (DL-30), neither where it is nor where one comes."""

    start: dt.time
    place: str
    serial: str
    number: str
    shelf: str


def expected_rows(visits: Sequence[BookedVisit]) -> list[ExpectedRow]:
    """Return the rows of today's bookings. One statement beside the visits."""
    held = open_holds_of([visit.card_id for visit in visits if visit.card_id])
    rows = []
    for visit in visits:
        hidden = blocking_holds(held.get(visit.card_id or 0, frozenset()), Effect.PLACE_LIST)
        card = visit.card
        shelf = " ".join(part for part in (card.site.name if card.site else "", card.safe, card.box, card.slot) if part) if card else ""
        place: str = visit.place_name  # type: ignore[attr-defined]  # annotated by the query
        rows.append(ExpectedRow(visit.start, "" if hidden else place, visit.serial, visit.number, "" if hidden else shelf))
    return rows


def serving_row(visit: Encounter, today: dt.date, own: Sequence[OwnRule]) -> ServingRow:
    """Return the row of an unfinished visit: being served, interrupted or kept, and at which step; `own` are the own rules of papers."""
    if visit.state == EncounterState.KEPT:
        return ServingRow(visit, EncounterState.KEPT.label, "warning", "")
    step = next_step(visit.facts(own), today).label
    if visit.interrupted_at is not None:
        return ServingRow(visit, _("中断"), "warning", step)
    return ServingRow(visit, EncounterState.OPEN.label, "info", step)


def ended_row(visit: Encounter) -> dict[str, object]:
    """Return the row of a visit that ended."""
    state = EncounterState(visit.state)
    return {"visit": visit, "state": state.label, "tone": "success" if state is EncounterState.DELIVERED else "warning"}


def step_row(encounter: Encounter, step: Step) -> list[dict[str, object]]:
    """Return the steps of this visit with what is done; who came is a step of its own only where it is asked."""
    several = _WITH_CASE if encounter.owner == "child" or encounter.visitor != "self" or not encounter.case_decided else _ALWAYS
    position = several.index(step) if step in several else len(several)
    return [{"label": each.label, "done": number < position, "now": each is step} for number, each in enumerate(several)]


def person_rows(encounter: Encounter) -> list[SummaryRow]:
    """Return whose card it is."""
    card = encounter.card
    years = cases.age(card.born, encounter.served_on)
    return [
        SummaryRow(_("氏名"), display(card.name)),
        SummaryRow(_("生年月日"), card.born if years is None else _("%(born)s (%(years)s歳)") % {"born": card.born, "years": years}),
        SummaryRow(_("製造管理番号"), card.shown_serial),
        SummaryRow(_("予約"), _booking_words(encounter)),
        SummaryRow(_("点字"), card.braille or _("なし")),
        SummaryRow(_("来た人"), _case_words(encounter)),
    ]


def _case_words(encounter: Encounter) -> str:
    if not encounter.case_decided:
        return _("まだ確かめていません")
    words = [cases.VISITOR_NAMES[encounter.visitor]]
    words += [cases.REASON_NAMES[encounter.agent_reason]] if encounter.agent_reason else []
    words += [cases.GUARDIANSHIP_NAMES[encounter.guardianship]] if encounter.guardianship else []
    words += [cases.CIRCUMSTANCE_NAMES[code] for code in encounter.circumstances if code in cases.CIRCUMSTANCE_NAMES]
    return "、".join(words)


def _booking_words(encounter: Encounter) -> str:
    booking = encounter.booking
    if booking is None:
        return _("予約なし")
    return f"{booking.day:%Y-%m-%d} {booking.start:%H:%M} ({booking.number})"


def warnings(encounter: Encounter, holds: frozenset[HoldKind]) -> list[str]:
    """Return what the clerk should know before anything else."""
    card, found = encounter.card, []
    if holds:
        kinds = "、".join(sorted(kind.label for kind in holds))
        found.append(_("このカードには停止があります (%(kinds)s)。カードの画面で確かめてください。") % {"kinds": kinds})
    found += [str(words) for words in care_words(card)]
    if card.place_note:
        found.append(card.place_note)
    return found


def shown_so_far(encounter: Encounter) -> dict[str, object]:
    """Return what was ticked already, for the form that is shown again."""
    return {
        "kinds": encounter.documents,
        "escort_kinds": encounter.escort_documents,
        "proofs": encounter.proofs,
        "copies": encounter.copies,
        "changed": "changed" in encounter.circumstances,
        "face_compared": encounter.face_compared,
    }


def wanted_lines(wanted: cases.Checklist) -> list[str]:
    """Return in words how many papers of whom are enough."""
    lines = []
    for whose, ways in ((_("本人"), wanted.own), (_("来た人"), wanted.escort)):
        if ways:
            lines.append(_("%(whose)s：%(ways)s") % {"whose": whose, "ways": _("、または ").join(WAY_NAMES[way] for way in ways)})
    return lines + [f"{tick.text}　{tick.note}".strip() for tick in wanted.ticks]


def done_rows(encounter: Encounter) -> list[SummaryRow]:
    """Return what has been done so far; what was not yet done has no row."""
    scanned = _("一致") if encounter.notice_matched else _("通知書なし") if encounter.without_notice else ""
    rows = [
        (Step.SLEEVE.label, _("一致") if encounter.sleeve_matched else ""),
        (Step.NOTICE.label, scanned),
        (_("本人の書類"), _kinds(encounter.documents)),
        (_("来た人の書類"), _kinds(encounter.escort_documents)),
        (_("そのほかの書類"), _proofs(encounter)),
        (_("写しを取った書類"), _kinds(encounter.copies)),
        *(_setting_rows(encounter) if encounter.pin_way else ()),
        (_("手数料"), _fee_words(encounter)),
        (_("対応者"), encounter.served_by),
        (_("二人目"), encounter.second_person),
        (_("理由の種類"), RefusalKind(encounter.refusal_kind).label if encounter.refusal_kind else ""),
        (_("理由"), encounter.reason),
    ]
    return [SummaryRow(term, value) for term, value in rows if value]


def _proofs(encounter: Encounter) -> str:
    if not encounter.proofs:
        return ""
    wanted = cases.checklist(encounter.case(), encounter.served_on, with_notice=encounter.notice_matched, own=paper_rules())
    return "、".join(tick.text for tick in wanted.ticks if tick.code in encounter.proofs)


def _fee_words(encounter: Encounter) -> str:
    if not encounter.fee:
        return ""
    reason = REASON_BY_CODE[encounter.fee_reason].name if encounter.fee_reason in REASON_BY_CODE else encounter.fee_reason
    reason = f"{reason}、{encounter.exemption}" if encounter.exemption else reason
    return _("%(kind)s %(yen)s円 (%(reason)s)") % {
        "kind": FeeKind(encounter.fee).label,
        "yen": f"{encounter.fee_yen:,}",
        "reason": reason,
    }


def _setting_rows(encounter: Encounter) -> list[tuple[str, str]]:
    return [
        (_("暗証番号"), PinWay(encounter.pin_way).label),
        (_("電子証明書"), Certificates(encounter.certificates).label),
        (_("券面の追記"), _("書いた") if encounter.endorsed else ""),
        (_("前のカード"), OldCard(encounter.old_card).label if encounter.old_card != OldCard.NONE else ""),
        (_("返却されたもの"), "、".join(Returned(code).label for code in encounter.returned)),
    ]


def _kinds(codes: list[str]) -> str:
    return "、".join(KIND_BY_CODE[code].name for code in codes)
