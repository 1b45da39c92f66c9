"""Commands on visits without stock, each one transaction: receive, start, check the papers, record the result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F, Max

from madoguchi.delivery.applications import services as applications
from madoguchi.delivery.applications.models import Application
from madoguchi.delivery.applications.rules import Stage
from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.rules import Progress
from madoguchi.delivery.cards.services import Conflict, NotAllowed, perform
from madoguchi.delivery.fees import services as fees
from madoguchi.delivery.fees.queries import charge_for, live_payment, shown_number
from madoguchi.delivery.fees.rules import Method
from madoguchi.delivery.handover.cases import Case, Shown, missing
from madoguchi.delivery.handover.queries import paper_rules
from madoguchi.delivery.handover.rules import FeeKind
from madoguchi.delivery.procedures import audited
from madoguchi.delivery.procedures.models import ProcedureVisit
from madoguchi.delivery.procedures.rules import (
    RESULTS,
    SUBJECT,
    ProcedureKind,
    VisitState,
    case_refusal,
    may_issue_certificates,
    may_set_pins,
    wanted,
)
from madoguchi.kernel.documents import KIND_BY_CODE
from madoguchi.kernel.fees import EXEMPT, PROCEDURE_REASONS
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

_REASONS = {reason.code: reason for reason in PROCEDURE_REASONS}


@transaction.atomic
def receive(kind: ProcedureKind, place: DeliveryPlace, actor: Actor, *, application: Application | None = None) -> ProcedureVisit:
    """Receive somebody and give the next reception number of the day at this place; the form of a booking is opened with it.

    Raises NotAllowed when the booking was received already or is no longer one.
    """
    # Numbers of one place are given one after the other; the place is the lock.
    DeliveryPlace.objects.select_for_update().get(pk=place.pk)
    if application is not None and application.state == "cancelled":
        raise NotAllowed("この予約は取り消されています。予約なしとして受け付けてください。")
    today = clock.today()
    last = ProcedureVisit.objects.filter(day=today, place=place).aggregate(last=Max("number"))["last"] or 0
    try:
        with transaction.atomic():
            visit = ProcedureVisit.objects.create(
                kind=kind.value,
                place=place,
                day=today,
                number=last + 1,
                application=application,
                received_at=clock.now(),
                received_by=actor.user_id,
            )
    except IntegrityError:
        raise NotAllowed("この予約は、すでに受け付けています。一覧から開いてください。") from None
    record(actor, audited.RECEIVED, subject=subject_of(visit), content={"kind": kind.value, "booked": application is not None})
    return visit


def subject_of(visit: ProcedureVisit) -> str:
    """Return how the operation log and the books of fees name the visit."""
    return f"{SUBJECT}{visit.pk}"


def _change(visit: ProcedureVisit, expected_version: int, states: Sequence[VisitState], columns: Mapping[str, object]) -> None:
    changed = ProcedureVisit.objects.filter(pk=visit.pk, version=expected_version, state__in=states).update(
        **columns, version=F("version") + 1
    )
    if not changed:
        raise Conflict
    visit.refresh_from_db()


@transaction.atomic
def start(visit: ProcedureVisit, actor: Actor, *, expected_version: int) -> None:
    """Begin to serve; the wait ends. Raises Conflict when somebody else has begun."""
    columns = {"state": VisitState.SERVING, "started_at": clock.now(), "served_by": actor.user_id}
    _change(visit, expected_version, (VisitState.WAITING,), columns)
    if visit.application and visit.application.stage == Stage.RECEIVED.value:
        _set_stage(visit.application, Stage.WORKING, actor)
    record(actor, audited.STARTED, subject=subject_of(visit))


def _set_stage(application: Application, stage: Stage, actor: Actor) -> None:
    try:
        applications.set_stage(application.pk, stage, actor, expected_version=application.version)
    except applications.Overtaken as overtaken:
        raise Conflict from overtaken


@transaction.atomic
def check_documents(visit: ProcedureVisit, case: Case, shown: Shown, actor: Actor, *, expected_version: int) -> list[str]:
    """Keep who came and which kinds of papers were shown; return a sentence for each thing that is still wanted.

    Raises NotAllowed when nobody can come like this.
    """
    kind = ProcedureKind(visit.kind)
    sentence = case_refusal(kind, case)
    if sentence:
        raise NotAllowed(sentence)
    checklist = wanted(kind, case, clock.today(), paper_rules())
    own, escort = ([code for code in dict.fromkeys(codes) if code in KIND_BY_CODE] for codes in (shown.own, shown.escort))
    proofs = sorted({tick.code for tick in checklist.ticks} & set(shown.ticks))
    sentences = missing(checklist, Shown(own, escort, proofs), clock.today())
    columns = {
        "owner": case.owner,
        "guardianship": case.guardianship,
        "visitor": case.visitor,
        "documents": own,
        "escort_documents": escort,
        "proofs": proofs,
        "documents_done": not sentences,
    }
    _change(visit, expected_version, (VisitState.SERVING,), columns)
    numbered = any(KIND_BY_CODE[code].bears_number for code in (*own, *escort)) or "own-card" in proofs
    content = {"documents": own, "escort": escort, "proofs": proofs, "complete": not sentences}
    record(actor, audited.DOCUMENTS_CHECKED, subject=subject_of(visit), content=content, individual_number_access=numbered)
    return sentences


@dataclass(frozen=True, slots=True)
class Finished:
    """How a visit ended: result, flags, fee. `card` is a card of our register that was returned."""

    result: VisitState
    reason: str = ""
    certificates_issued: bool = False
    pins_set: bool = False
    fee: FeeKind = FeeKind.FREE
    fee_reason: str = "procedure"
    drawer_day: int | None = None
    card: Card | None = None


@transaction.atomic
def finish(visit: ProcedureVisit, finished: Finished, actor: Actor, *, expected_version: int) -> None:
    """Record the result with its fee; the time taken ends here. A returned card of our register is taken back, a form's stage follows.

    Raises NotAllowed when something contradicts itself, and Conflict.
    """
    done = finished.result is VisitState.DONE
    sentence = _refusal(visit, finished)
    if sentence:
        raise NotAllowed(sentence)
    columns: dict[str, object] = {
        "state": finished.result.value,
        "ended_at": clock.now(),
        "reason": finished.reason.strip(),
        "certificates_issued": done and finished.certificates_issued,
        "pins_set": done and finished.pins_set,
        "card": finished.card,
    }
    if done:
        columns |= _settle(visit, finished, actor)
    _change(visit, expected_version, (VisitState.WAITING, VisitState.SERVING), columns)
    if done and finished.card:
        detail = {"site": visit.place.code}
        perform(finished.card.pk, "take_back", actor, expected_version=finished.card.version, reason="窓口での返納", detail=detail)
    if done and visit.application and visit.application.stage != Stage.DONE.value:
        _set_stage(visit.application, Stage.DONE, actor)
    content = {"result": finished.result.value, "fee": columns.get("fee", ""), "yen": columns.get("fee_yen", 0)}
    record(actor, audited.FINISHED, subject=subject_of(visit), content=content, reason=finished.reason)


def _refusal(visit: ProcedureVisit, finished: Finished) -> str | None:
    kind, done = ProcedureKind(visit.kind), finished.result is VisitState.DONE
    if finished.result not in RESULTS:
        return "結果を選んでください。"
    if done and not visit.documents_done:
        return "書類の点検が終わっていません。点検してから完了にしてください。"
    if not done and not finished.reason.strip():
        return "できなかった理由、帰った理由を書いてください。"
    if finished.result is VisitState.FAILED and visit.started_at is None:
        return "対応を始めてから結果を記録してください。"
    if done and finished.certificates_issued and not may_issue_certificates(kind):
        return "この手続きでは電子証明書を発行しません。印を外してください。"
    if done and finished.pins_set and not may_set_pins(kind):
        return "この手続きでは暗証番号を設定しません。印を外してください。"
    if finished.card and (kind is not ProcedureKind.RETURN or finished.card.progress not in {Progress.DELIVERED, Progress.LAPSED_AFTER}):
        return "返納できるのは、返納の手続きで、進捗が「交付済」か「失効(交付後)」のカードだけです。番号を確かめてください。"
    return None


def _settle(visit: ProcedureVisit, finished: Finished, actor: Actor) -> dict[str, object]:
    reason = _REASONS.get(finished.fee_reason)
    if reason is None or finished.fee is FeeKind.UNDECIDED:
        raise NotAllowed("手数料の区分と理由を選んでください。")
    if finished.fee_reason == EXEMPT and not finished.reason.strip():
        raise NotAllowed("減免のときは、条例のどの定めによるかを「理由」に書いてください。")
    charge = charge_for(reason, clock.today(), certificates=finished.certificates_issued)
    if (finished.fee is FeeKind.FREE) != (charge.yen == 0):
        raise NotAllowed(f"この理由の手数料は{charge.yen:,}円です。無料か徴収の方法を選び直してください。")
    paid = live_payment(subject_of(visit))
    if paid:
        raise NotAllowed(f"{shown_number(paid)}で徴収済みです。先に「手数料」の画面で取消か返金をしてください。")
    if charge.yen:
        if finished.drawer_day is None:
            raise NotAllowed("つり銭箱を選んでください。今日開いているものがなければ、「手数料」の画面で開けてください。")
        due = fees.Due(subject_of(visit), finished.fee_reason, charge, finished.card)
        fees.take(due, Method(finished.fee.value), finished.drawer_day, actor)
    return {"fee": finished.fee.value, "fee_yen": charge.yen, "fee_reason": finished.fee_reason, "fee_on": clock.today()}
