"""Commands of the counter, each one transaction: receive, scan, check, settle, hand over, refuse.

The scan of the sleeve and of the notice must name the same card before anything can be handed over (DL-09, DL-27); the card's own QR is the
individual number and is never read.
"""

from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction
from django.db.models import F

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.cards.rules import Progress, Visit
from madoguchi.delivery.cards.services import Conflict, NotAllowed, perform
from madoguchi.delivery.handover import audited
from madoguchi.delivery.handover.models import Encounter, ReportedResult
from madoguchi.delivery.handover.rules import EncounterState, FeeKind, ScanAnswer, Step, documents_complete, next_step
from madoguchi.delivery.matching.queries import visit_of_card
from madoguchi.kernel.documents import KIND_BY_CODE, judge
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Process, Result
from madoguchi.platform.audit.services import record


@transaction.atomic
def receive(card: Card, actor: Actor, *, place: str = "") -> Encounter:
    """Receive the person for `card`: the visit begins; an open one is resumed instead.

    Raises NotAllowed with a sentence when the card cannot be handed over now (state, hold, not here).
    """
    existing = Encounter.objects.filter(card=card, state=EncounterState.OPEN).first()
    if existing:
        return existing
    if card.progress != Progress.PRESET:
        raise NotAllowed(
            f"このカードの進捗は「{Progress(card.progress).label}」です。交付できるのは「{Progress.PRESET.label}」のカードです。"
        )
    booking = visit_of_card(card.pk)
    if card.visit != Visit.ARRIVED and card.visit != Visit.SERVING:
        card = perform(card.pk, "person_arrives", actor, expected_version=card.version)
    if card.visit == Visit.ARRIVED:
        card = perform(card.pk, "begin_service", actor, expected_version=card.version)
    try:
        with transaction.atomic():
            encounter = Encounter.objects.create(card=card, booking=booking, place=place, opened_by=actor.user_id)
    except IntegrityError:
        raise Conflict from None
    record(actor, audited.RECEIVED, subject=f"card:{card.pk}", content={"encounter": encounter.pk, "booked": booking is not None})
    return encounter


def _change(encounter: Encounter, expected_version: int, columns: Mapping[str, object]) -> None:
    """Write `columns` on an open encounter if nobody was faster; raises Conflict otherwise."""
    changed = Encounter.objects.filter(pk=encounter.pk, version=expected_version, state=EncounterState.OPEN).update(
        **columns, version=F("version") + 1
    )
    if not changed:
        raise Conflict
    encounter.refresh_from_db()


@transaction.atomic
def scan_sleeve(encounter: Encounter, code: str, actor: Actor, *, expected_version: int) -> ScanAnswer:
    """Compare a scanned sleeve with the card of the visit; only a match is kept."""
    found = cards.by_sleeve(code)
    answer = ScanAnswer.MATCH if found and found.pk == encounter.card_id else ScanAnswer.NO_MATCH
    if answer is ScanAnswer.MATCH:
        _change(encounter, expected_version, {"sleeve_matched": True})
    _note_scan(encounter, audited.SLEEVE_SCANNED, answer, actor)
    return answer


@transaction.atomic
def scan_notice(encounter: Encounter, code: str, actor: Actor, *, expected_version: int) -> ScanAnswer:
    """Compare the number on the notice that the person brought with the card of the visit; only a match is kept."""
    found = cards.by_serial(code)
    answer = ScanAnswer.MATCH if found and found.pk == encounter.card_id else ScanAnswer.NO_MATCH
    if answer is ScanAnswer.MATCH:
        _change(encounter, expected_version, {"notice_matched": True, "without_notice": False})
    _note_scan(encounter, audited.NOTICE_SCANNED, answer, actor)
    return answer


def _note_scan(encounter: Encounter, process: Process, answer: ScanAnswer, actor: Actor) -> None:
    result = Result.DONE if answer is ScanAnswer.MATCH else Result.REFUSED
    record(actor, process, subject=f"card:{encounter.card_id}", content={"encounter": encounter.pk, "answer": answer.value}, result=result)


@transaction.atomic
def go_on_without_notice(encounter: Encounter, actor: Actor, *, expected_version: int) -> None:
    """The person did not bring the notice: the stricter rule for documents applies (DL-28)."""
    _change(encounter, expected_version, {"without_notice": True, "notice_matched": False})
    record(
        actor, audited.NOTICE_SCANNED, subject=f"card:{encounter.card_id}", content={"encounter": encounter.pk, "answer": "without notice"}
    )


@transaction.atomic
def check_documents(
    encounter: Encounter,
    kinds: Sequence[str],
    actor: Actor,
    *,
    face_compared: bool,
    certificates_explained: bool,
    expected_version: int,
) -> None:
    """Keep which kinds of papers were shown and what was compared and said; kinds only, never a number."""
    known = [code for code in dict.fromkeys(kinds) if code in KIND_BY_CODE]
    _change(
        encounter,
        expected_version,
        {"documents": known, "face_compared": face_compared, "certificates_explained": certificates_explained},
    )
    content = {"encounter": encounter.pk, "documents": known, "face_compared": face_compared}
    record(actor, audited.DOCUMENTS_CHECKED, subject=f"card:{encounter.card_id}", content=content)


@transaction.atomic
def settle_fee(encounter: Encounter, fee: FeeKind, actor: Actor, *, yen: int = 0, reason: str = "", expected_version: int) -> None:
    """Record that the fee was taken or is not due; raises NotAllowed when amount and kind contradict each other."""
    if fee is FeeKind.UNDECIDED:
        raise NotAllowed("徴収区分を選んでください。")
    if fee is FeeKind.FREE and yen:
        raise NotAllowed("無料のときは金額を入れないでください。")
    if fee is not FeeKind.FREE and yen <= 0:
        raise NotAllowed("徴収した金額を入れてください。")
    if not reason.strip():
        raise NotAllowed("無料・有料の理由を選んでください。")
    _change(encounter, expected_version, {"fee": fee.value, "fee_yen": yen, "fee_reason": reason})
    record(
        actor,
        audited.FEE_SETTLED,
        subject=f"card:{encounter.card_id}",
        content={"encounter": encounter.pk, "fee": fee.value, "yen": yen},
        reason=reason,
    )


@transaction.atomic
def hand_over(encounter: Encounter, actor: Actor, *, second_person: str, expected_version: int) -> Card:
    """Hand the card over: every step done, two people, and the card's own guards agree. Raises NotAllowed or Conflict, changing nothing."""
    facts = encounter.facts()
    step = next_step(facts, clock.today())
    if step is not Step.CONFIRM:
        raise NotAllowed(f"まだ交付できません。次は「{step.label}」です。")
    card = perform(
        encounter.card_id,
        "hand_over",
        actor,
        expected_version=Card.objects.values_list("version", flat=True).get(pk=encounter.card_id),
        detail={
            "second_person": second_person,
            "sleeve_scanned": facts.sleeve_matched,
            "notice_matched": facts.notice_matched,
            "documents_without_notice": facts.without_notice,
            "checklist_complete": documents_complete(facts, clock.today()),
            "fee_settled": facts.fee is not FeeKind.UNDECIDED,
        },
    )
    _change(
        encounter,
        expected_version,
        {"state": EncounterState.DELIVERED, "second_person": second_person, "closed_at": clock.now()},
    )
    _report(encounter, "delivered")
    record(
        actor,
        audited.HANDED_OVER,
        subject=f"card:{card.pk}",
        content={"encounter": encounter.pk, "second_person": second_person, "without_notice": facts.without_notice},
    )
    return card


@transaction.atomic
def refuse(encounter: Encounter, reason: str, actor: Actor, *, expected_version: int) -> None:
    """End the visit without handing over (交付不可); the card stays as it is and goes back to the safe by its own scan."""
    if not reason.strip():
        raise NotAllowed("交付できない理由を書いてください。")
    version = Card.objects.values_list("version", flat=True).get(pk=encounter.card_id)
    perform(encounter.card_id, "refuse_handover", actor, expected_version=version, reason=reason)
    _change(encounter, expected_version, {"state": EncounterState.REFUSED, "reason": reason, "closed_at": clock.now()})
    _report(encounter, "refused")
    record(actor, audited.NOT_HANDED_OVER, subject=f"card:{encounter.card_id}", content={"encounter": encounter.pk}, reason=reason)


def _report(encounter: Encounter, result: str) -> None:
    """Keep what the booking zone will be told of this card, with a rising revision."""
    number = encounter.booking.number if encounter.booking else ""
    row, created = ReportedResult.objects.get_or_create(card_id=encounter.card_id, defaults={"number": number, "result": result})
    if not created:
        ReportedResult.objects.filter(pk=row.pk).update(number=number, result=result, rev=F("rev") + 1, changed_at=clock.now())


def what_is_missing(encounter: Encounter) -> str:
    """Return the sentence that says which papers are still wanted."""
    return judge(encounter.documents, clock.today(), with_notice=encounter.notice_matched).sentence
