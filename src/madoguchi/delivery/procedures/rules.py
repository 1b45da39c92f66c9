"""Pure decisions on visits without stock: kinds, steps, results, and what has to be shown."""

import datetime as dt
from collections.abc import Sequence

from madoguchi.delivery.cards.rules import Labelled
from madoguchi.delivery.handover.cases import Case, Checklist, checklist
from madoguchi.kernel.required_documents import OwnRule, choices

SUBJECT = "procedure:"
"""How the operation log and the books of fees name a visit: this, then its key."""


class ProcedureKind(Labelled):
    """What somebody comes for; the codes are those of `required_documents`."""

    RENEW = "renew-certificate", "電子証明書の発行・更新"
    RESET = "reset-pin", "暗証番号の再設定"
    UPDATE = "card-update", "券面の更新 (住所・氏名など)"
    RELEASE = "release-suspension", "一時停止の解除"
    RETURN = "return-card", "カードの返納"


class VisitState(Labelled):
    """How far a visit is."""

    WAITING = "waiting", "受付済"
    SERVING = "serving", "対応中"
    DONE = "done", "完了"
    FAILED = "failed", "できなかった"
    LEFT = "left", "帰った"


OPEN_STATES = (VisitState.WAITING, VisitState.SERVING)
RESULTS = (VisitState.DONE, VisitState.FAILED, VisitState.LEFT)


class ProcedureStep(Labelled):
    """What is to be done next."""

    START = "start", "対応を始める"
    DOCUMENTS = "documents", "書類の点検"
    RESULT = "result", "結果と手数料"
    ENDED = "ended", "終了"


def wanted(kind: ProcedureKind, case: Case, day: dt.date, own: Sequence[OwnRule] = ()) -> Checklist:
    """Return what has to be shown, from the dated rules that also tell citizens what to bring; `own` are the municipality's rows."""
    return checklist(case, day, own=own, procedure=kind.value)


def case_refusal(kind: ProcedureKind, case: Case) -> str | None:
    """Return why nobody can come like this, or None."""
    if case.visitor not in choices("visitor", {"owner": case.owner, "procedure": kind.value}):
        return "この持ち主のときに、この人だけでは手続きできません。来た人を選び直してください。"
    if (case.owner == "ward") != bool(case.guardianship):
        return "成年被後見人などのときは、その種類を選んでください。ほかのときは選びません。"
    return None


def next_step(state: VisitState, *, documents_done: bool) -> ProcedureStep:
    """Return the one next step."""
    if state is VisitState.WAITING:
        return ProcedureStep.START
    if state is not VisitState.SERVING:
        return ProcedureStep.ENDED
    return ProcedureStep.RESULT if documents_done else ProcedureStep.DOCUMENTS


def may_set_pins(kind: ProcedureKind) -> bool:
    """Tell whether 暗証番号 can have been set in a visit of this kind."""
    return kind is not ProcedureKind.RETURN


def may_issue_certificates(kind: ProcedureKind) -> bool:
    """Tell whether 電子証明書 can have been issued in a visit of this kind."""
    return kind in {ProcedureKind.RENEW, ProcedureKind.UPDATE}
