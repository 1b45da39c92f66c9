"""Commands of the counter, each one transaction: receive, scan, check, set up, settle, hand over, refuse, keep, interrupt, resume.

The scan of the sleeve and of the notice must name the same card before anything can be handed over (DL-09, DL-27); the card's own QR is the
individual number and is never read.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.cards.rules import PlaceKind, Progress, Visit
from madoguchi.delivery.cards.services import Conflict, Done, NotAllowed, perform
from madoguchi.delivery.fees import services as fees
from madoguchi.delivery.fees.queries import charge_for, live_payment, shown_number
from madoguchi.delivery.fees.rules import Method
from madoguchi.delivery.handover import audited, cases, sealed
from madoguchi.delivery.handover.models import Encounter, OwnPaperRule
from madoguchi.delivery.handover.queries import facts_of, paper_rules, subject_of
from madoguchi.delivery.handover.rules import (
    UNFINISHED,
    Certificates,
    EncounterState,
    FeeKind,
    OldCard,
    PinWay,
    RefusalKind,
    Returned,
    ScanAnswer,
    SealedKind,
    Step,
    documents_complete,
    next_step,
    setting_refusal,
)
from madoguchi.delivery.handover.rules import what_is_missing as missing_papers
from madoguchi.delivery.matching.queries import booking_numbers_of, is_booked_by_slip, visit_of_card
from madoguchi.kernel.documents import KIND_BY_CODE, copy_is_allowed
from madoguchi.kernel.fees import EXEMPT, REASON_BY_CODE
from madoguchi.kernel.required_documents import national_rules
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Process, Result
from madoguchi.platform.audit.services import record

# Rows of the checklist that are letters with 暗証番号 under a seal: seen at the counter, they go into the register.
_SEALED_LETTERS = {
    "notice-filled-in": SealedKind.NOTICE,
    "inquiry-instead-of-notice": SealedKind.INQUIRY,
    "inquiry-after-change": SealedKind.INQUIRY,
}


@transaction.atomic
def receive(card: Card, actor: Actor, *, place: str = "") -> Encounter:
    """Receive the person for `card`: the visit begins; an open one is resumed instead, and so is one that was kept (預り).

    Raises NotAllowed with a sentence when the card is not ready to be handed over. A hold is shown all the way; it stops the hand-over.
    """
    existing = Encounter.objects.filter(card=card, state__in=UNFINISHED).first()
    if existing:
        return _take_up_again(existing, actor) if existing.state == EncounterState.KEPT else existing
    if card.progress != Progress.PRESET:
        raise NotAllowed(
            f"このカードの進捗は「{Progress(card.progress).label}」です。交付できるのは「{Progress.PRESET.label}」のカードです。"
        )
    booking = visit_of_card(card.pk)
    if card.visit != Visit.ARRIVED and card.visit != Visit.SERVING:
        card = perform(card.pk, "person_arrives", actor, expected_version=card.version)
    if card.visit == Visit.ARRIVED:
        card = perform(card.pk, "begin_service", actor, expected_version=card.version)
    case = cases.first_case(card.born, clock.today())
    try:
        with transaction.atomic():
            encounter = Encounter.objects.create(
                card=card,
                booking=booking,
                place=place,
                opened_by=actor.user_id,
                served_by=actor.user_id,
                served_on=clock.today(),
                owner=case.owner,
                visitor=case.visitor,
                infant=case.infant,
                case_decided=case.owner == "adult",
            )
    except IntegrityError:
        raise Conflict from None
    record(actor, audited.RECEIVED, subject=f"card:{card.pk}", content={"encounter": encounter.pk, "booked": booking is not None})
    return encounter


def _change(
    encounter: Encounter, expected_version: int, columns: Mapping[str, object], state: EncounterState = EncounterState.OPEN
) -> None:
    """Write `columns` on an encounter in `state` if nobody was faster; raises Conflict otherwise.

    An interrupted one takes nothing but being resumed: NotAllowed.
    """
    if encounter.interrupted_at is not None and "interrupted_at" not in columns:
        raise NotAllowed("この対応は中断しています。「対応を再開する」を押してから、続けてください。")
    changed = Encounter.objects.filter(pk=encounter.pk, version=expected_version, state=state).update(**columns, version=F("version") + 1)
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
    """Compare the number on the notice that the person brought with the card of the visit; only a match is kept.

    The slip of the booking tells as well whose card it is; the notice itself is not there then, and the stricter rule for documents applies
    (DL-09, DL-28).
    """
    found = cards.by_serial(code)
    if found is None and is_booked_by_slip(encounter.card_id, code):
        go_on_without_notice(encounter, actor, expected_version=expected_version)
        return ScanAnswer.MATCH
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
def decide_case(encounter: Encounter, case: cases.Case, actor: Actor, *, expected_version: int) -> None:
    """Keep whose card it is and who came; papers that were checked for another case are to be checked again.

    Raises NotAllowed when the case cannot be (madoguchi.delivery.handover.cases.refusal).
    """
    sentence = cases.refusal(case, encounter.card.born, clock.today())
    if sentence:
        raise NotAllowed(sentence)
    again = {"documents": [], "escort_documents": [], "proofs": [], "copies": [], "face_compared": False, "pin_way": "", "certificates": ""}
    columns: dict[str, object] = {} if case == encounter.case() else dict(again)
    _change(
        encounter,
        expected_version,
        columns
        | {
            "owner": case.owner,
            "guardianship": case.guardianship,
            "visitor": case.visitor,
            "agent_reason": case.reason,
            "circumstances": sorted(case.circumstances),
            "case_decided": True,
        },
    )
    content = {"encounter": encounter.pk, "owner": case.owner, "visitor": case.visitor, "reason": case.reason}
    record(actor, audited.CASE_DECIDED, subject=f"card:{encounter.card_id}", content=content)


@dataclass(frozen=True, slots=True)
class Checked:
    """What was shown and done at the check of papers; kinds and codes only, never a number. `changed` is None when it was not asked."""

    documents: Sequence[str] = ()
    escort_documents: Sequence[str] = ()
    proofs: Sequence[str] = ()
    copies: Sequence[str] = ()
    copies_masked: bool = False
    face_compared: bool = False
    certificates_explained: bool = False
    changed: bool | None = None


@transaction.atomic
def check_documents(encounter: Encounter, checked: Checked, actor: Actor, *, expected_version: int) -> None:
    """Keep which kinds of papers were shown and what was compared and said.

    A letter with 暗証番号 under its seal goes into the register of sealed papers. Raises NotAllowed when a copy was taken of a paper of
    which none may be kept, or one with a number that was not blotted out (DL-32).
    """
    own, escort, copies = (_known(codes) for codes in (checked.documents, checked.escort_documents, checked.copies))
    for code in copies:
        kind = KIND_BY_CODE[code]
        if not copy_is_allowed(code) or code not in (*own, *escort):
            raise NotAllowed(f"「{kind.name}」の写しは取れません。取ってしまったときは、その場で細断してください。")
        if kind.copy == "masked" and not checked.copies_masked:
            raise NotAllowed(f"「{kind.name}」の写しは、{kind.hides}を隠してから取り、「隠した」に印を付けてください。")
    circumstances = set(encounter.circumstances)
    if checked.changed is not None:
        circumstances = circumstances | {"changed"} if checked.changed else circumstances - {"changed"}
    case = encounter.case()
    wanted = cases.checklist(case, clock.today(), with_notice=encounter.notice_matched, own=paper_rules())
    proofs = sorted({tick.code for tick in wanted.ticks} & set(checked.proofs))
    _change(
        encounter,
        expected_version,
        {
            "documents": own,
            "escort_documents": escort if case.somebody_else else [],
            "proofs": proofs,
            "copies": copies,
            "face_compared": checked.face_compared,
            "certificates_explained": checked.certificates_explained,
            "circumstances": sorted(circumstances),
        },
    )
    letter = next((_SEALED_LETTERS[code] for code in proofs if code in _SEALED_LETTERS), None)
    if letter and not case.in_person:
        sealed.receive_once(encounter.card, letter, actor)
    numbered = any(KIND_BY_CODE[code].bears_number for code in (*own, *escort))
    content = {
        "encounter": encounter.pk,
        "documents": own,
        "escort": escort,
        "proofs": proofs,
        "copies": copies,
        "face_compared": checked.face_compared,
    }
    record(
        actor,
        audited.DOCUMENTS_CHECKED,
        subject=f"card:{encounter.card_id}",
        content=content,
        individual_number_access=numbered,
    )


def _known(codes: Sequence[str]) -> list[str]:
    return [code for code in dict.fromkeys(codes) if code in KIND_BY_CODE]


@dataclass(frozen=True, slots=True)
class Setting:
    """How the card was set up and what came back: flags only, never a 暗証番号 or a serial number."""

    pin_way: PinWay
    certificates: Certificates
    old_card: OldCard = OldCard.NONE
    returned: Sequence[str] = ()
    endorsed: bool = False


@transaction.atomic
def record_setting(encounter: Encounter, setting: Setting, actor: Actor, *, expected_version: int) -> None:
    """Keep how 暗証番号 and 電子証明書 were set and which cards came back; raises NotAllowed as `rules.setting_refusal` says."""
    paper = sealed.open_paper(encounter.card_id)
    sentence = setting_refusal(
        encounter.case(), setting.pin_way, setting.certificates, endorsed=setting.endorsed, sealed_paper=paper is not None
    )
    if sentence:
        raise NotAllowed(sentence)
    _change(
        encounter,
        expected_version,
        {
            "pin_way": setting.pin_way.value,
            "certificates": setting.certificates.value,
            "old_card": setting.old_card.value,
            "returned": [one.value for one in Returned if one.value in setting.returned],
            "endorsed": setting.endorsed,
        },
    )
    if paper and setting.pin_way is PinWay.SEALED:
        sealed.use(paper, actor)
    content = {"encounter": encounter.pk, "pin_way": setting.pin_way.value, "certificates": setting.certificates.value}
    record(actor, audited.SETTING_RECORDED, subject=f"card:{encounter.card_id}", content=content)


def due(encounter: Encounter, reason: str) -> fees.Due:
    """Return what is due for `reason` today; raises NotAllowed when the fee table has no amount for it."""
    try:
        certificates = encounter.certificates in {Certificates.BOTH, Certificates.AUTH}
        charge = charge_for(REASON_BY_CODE[reason], clock.today(), certificates=certificates)
        return fees.Due(subject_of(encounter), reason, charge, encounter.card)
    except KeyError:
        raise NotAllowed("手数料表に、この理由の金額がありません。責任者に知らせてください。") from None


@transaction.atomic
def settle_fee(
    encounter: Encounter,
    fee: FeeKind,
    actor: Actor,
    *,
    reason: str,
    expected_version: int,
    drawer_day: int | None = None,
    exemption: str = "",
) -> None:
    """Record that the fee was taken (into the drawer that is open as `drawer_day`) or is not due; the amount comes from the dated table.

    Raises NotAllowed when way of paying and reason contradict each other, when an exemption does not say why (`exemption`), and when the
    drawer is closed.
    """
    if reason not in REASON_BY_CODE:
        raise NotAllowed("無料・有料の理由を選んでください。")
    if fee is FeeKind.UNDECIDED:
        raise NotAllowed("徴収区分を選んでください。")
    if (reason == EXEMPT) != bool(exemption.strip()):
        raise NotAllowed("減免のときは、条例のどの定めによるかを「減免の理由」に書いてください。ほかのときは書きません。")
    wanted = due(encounter, reason)
    yen = wanted.charge.yen
    if fee is FeeKind.FREE and yen:
        raise NotAllowed(f"この理由では{yen:,}円かかります。現金かキャッシュレスを選ぶか、減免の理由を選んでください。")
    if fee is not FeeKind.FREE and not yen:
        raise NotAllowed("この理由では手数料がかかりません。「無料」を選んでください。")
    if encounter.old_card == OldCard.LOST and reason in {"first", "renewal", "full"}:
        raise NotAllowed("前のカードをなくした人には手数料がかかります。有料の理由か、減免を選んでください。")
    paid = live_payment(wanted.subject)
    if paid and (fee.value, yen) != (paid.method, paid.yen):
        raise NotAllowed(
            f"{shown_number(paid)}で{paid.yen:,}円を徴収済みです。「手数料」の画面で取消か返金をしてから、記録し直してください。"
        )
    if fee is not FeeKind.FREE and not paid:
        if drawer_day is None:
            raise NotAllowed("つり銭箱を選んでください。今日開いているものがなければ、「手数料」の画面で開けてください。")
        fees.take(wanted, Method(fee.value), drawer_day, actor)
    settled: dict[str, object] = {"fee": fee.value, "fee_yen": yen, "fee_reason": reason, "fee_on": clock.today()}
    _change(encounter, expected_version, {**settled, "exemption": exemption.strip()[:200]})
    record(
        actor,
        audited.FEE_SETTLED,
        subject=f"card:{encounter.card_id}",
        content={"encounter": encounter.pk, "fee": fee.value, "yen": yen},
        reason=f"{reason} {exemption.strip()}".strip(),
    )


@transaction.atomic
def set_up_and_settle(
    encounter: Encounter,
    setting: Setting,
    fee: FeeKind,
    actor: Actor,
    *,
    reason: str,
    expected_version: int,
    drawer_day: int | None = None,
    exemption: str = "",
) -> None:
    """Record setting and fee together, both or neither: `record_setting` and `settle_fee`."""
    record_setting(encounter, setting, actor, expected_version=expected_version)
    settle_fee(encounter, fee, actor, reason=reason, expected_version=encounter.version, drawer_day=drawer_day, exemption=exemption)


@transaction.atomic
def hand_over(encounter: Encounter, actor: Actor, *, second_person: str, expected_version: int) -> Card:
    """Hand the card over: every step done, two people, and the card's own guards agree. Raises NotAllowed or Conflict, changing nothing.

    The card is 交付済(未照合) until a list from the terminal says more. A card of our own register that came back with it is taken back.
    """
    facts = facts_of(encounter)
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
            # The card ends with the stay; whose stay was extended shows the residence card, which is a line of the checklist.
            "stay_checked": documents_complete(facts, clock.today()),
            "fee_settled": facts.fee is not FeeKind.UNDECIDED,
        },
    )
    _change(
        encounter,
        expected_version,
        {"state": EncounterState.DELIVERED, "second_person": second_person, "closed_at": clock.now()},
    )
    if encounter.old_card == OldCard.RETURNED:
        _take_back_the_old_card(card, actor)
    _report({card.pk: _number_of(encounter)}, "delivered")
    record(
        actor,
        audited.HANDED_OVER,
        subject=f"card:{card.pk}",
        content={"encounter": encounter.pk, "second_person": second_person, "without_notice": facts.without_notice},
    )
    return card


def _take_back_the_old_card(card: Card, actor: Actor) -> None:
    old = Card.objects.filter(replaced_by=card, progress__in=[Progress.DELIVERED, Progress.LAPSED_AFTER]).first()
    if old:
        site = card.site.code if card.site else ""
        detail = {"site": site} if site else {}
        perform(old.pk, "take_back", actor, expected_version=old.version, reason="新しいカードの交付のときに返却", detail=detail)


@transaction.atomic
def refuse(encounter: Encounter, reason: str, actor: Actor, *, kind: RefusalKind, expected_version: int) -> None:
    """End the visit without handing over (交付不可); the card stays as it is and goes back to the safe by its own scan."""
    if not reason.strip():
        raise NotAllowed("交付できない理由を書いてください。")
    paid = live_payment(subject_of(encounter))
    if paid:
        raise NotAllowed(
            f"手数料 {paid.yen:,}円 ({shown_number(paid)}) を返していません。「手数料」の画面で取消か返金をしてから終えてください。"
        )
    version = Card.objects.values_list("version", flat=True).get(pk=encounter.card_id)
    perform(encounter.card_id, "refuse_handover", actor, expected_version=version, reason=reason)
    _change(
        encounter,
        expected_version,
        {"state": EncounterState.REFUSED, "refusal_kind": kind.value, "reason": reason, "closed_at": clock.now()},
    )
    _report({encounter.card_id: _number_of(encounter)}, "refused")
    content = {"encounter": encounter.pk, "kind": kind.value}
    record(actor, audited.NOT_HANDED_OVER, subject=f"card:{encounter.card_id}", content=content, reason=reason)


@transaction.atomic
def interrupt(encounter: Encounter, reason: str, actor: Actor, *, expected_version: int) -> None:
    """Stop for a while at the step reached; whoever resumes goes on there (DL-09)."""
    if not reason.strip():
        raise NotAllowed("中断の理由を書いてください。次に対応する人に伝わります。")
    if encounter.interrupted_at is not None:
        raise NotAllowed("この対応はすでに中断しています。")
    _change(encounter, expected_version, {"interrupted_at": clock.now(), "interruption": reason.strip()[:200]})
    record(actor, audited.INTERRUPTED, subject=f"card:{encounter.card_id}", content={"encounter": encounter.pk}, reason=reason)


@transaction.atomic
def resume(encounter: Encounter, actor: Actor, *, expected_version: int) -> None:
    """Go on with an interrupted visit at the same step, whoever began it. What was checked on another day is checked again."""
    _change(
        encounter,
        expected_version,
        {"interrupted_at": None, "interruption": "", "served_by": actor.user_id, **_checked_on_another_day(encounter)},
    )
    record(actor, audited.RESUMED, subject=f"card:{encounter.card_id}", content={"encounter": encounter.pk})


def _checked_on_another_day(encounter: Encounter) -> dict[str, object]:
    """Return the columns to clear when the visit goes on on another day: card and person are looked at anew."""
    if encounter.served_on == clock.today():
        return {}
    return {
        "served_on": clock.today(),
        "sleeve_matched": False,
        "documents": [],
        "escort_documents": [],
        "proofs": [],
        "copies": [],
        "face_compared": False,
    }


@transaction.atomic
def keep(encounter: Encounter, reason: str, actor: Actor, *, expected_version: int) -> None:
    """預り: the terminal stands still, the person goes home, the card is kept for them with a note on its place (DL-28).

    The card stays as it is: it is not handed over. `receive` takes the visit up again.
    """
    if not reason.strip():
        raise NotAllowed("預る理由を書いてください。")
    note = f"預り {clock.today():%Y-%m-%d} {reason.strip()}"[:200]
    _note_on_place(encounter.card_id, note, actor)
    _change(encounter, expected_version, {"state": EncounterState.KEPT, "reason": reason.strip()})
    record(actor, audited.KEPT, subject=f"card:{encounter.card_id}", content={"encounter": encounter.pk}, reason=reason)


def _take_up_again(encounter: Encounter, actor: Actor) -> Encounter:
    _note_on_place(encounter.card_id, "", actor)
    _change(
        encounter,
        encounter.version,
        {"state": EncounterState.OPEN, "reason": "", "served_by": actor.user_id, **_checked_on_another_day(encounter)},
        EncounterState.KEPT,
    )
    record(actor, audited.RESUMED, subject=f"card:{encounter.card_id}", content={"encounter": encounter.pk, "kept": True})
    return encounter


def _note_on_place(card_pk: int, note: str, actor: Actor) -> None:
    """Put a note on the place where the card is and stays; a card that is not in the house raises NotAllowed by its own guards."""
    card = Card.objects.select_related("site").get(pk=card_pk)
    detail: dict[str, object] = {"place_note": note}
    if card.place_kind == PlaceKind.STORED:
        detail |= {"safe": card.safe, "box": card.box, "slot": card.slot, "custodian": card.custodian}
    act = "store" if card.place_kind == PlaceKind.STORED else "take_to_counter"
    perform(card_pk, act, actor, expected_version=card.version, detail=detail)


def follow_act(act: str, done: Sequence[Done], actor: Actor) -> None:
    """Follow what was done with cards elsewhere, in the same transaction.

    A correction slip ends the visit as 訂正, and a fee that was taken is owed back. The booking zone hears of a corrected card, and of one
    whose end was taken back, as of one that was not handed over, so that the person can book again; of a mailed card as delivered; and
    of a card that ended before delivery as withdrawn, so that its number and its booking are closed. Raises NotAllowed for a visit that
    is ended while the counter serves it: it could be neither handed over nor refused afterwards.
    """
    if act == "correct_delivery":
        for one in done:
            _correct(one.card, one.reason, actor)
    elif act == "finish_visit" and Encounter.objects.filter(card__in=[one.card for one in done], state__in=UNFINISHED).exists():
        raise NotAllowed("このカードの窓口対応が続いています。「本日の窓口」で開き、交付するか、交付不可として終えてください。")
    elif act == "take_up_again":
        _report({one.card.pk: "" for one in done}, "refused")
    elif act in _TOLD_AS:
        named = [one.card for one in done if one.card.serial]
        _report(booking_numbers_of([card.pk for card in named]), _TOLD_AS[act])


# A card that has no serial number yet was never on the roster: nothing is told of it.
_TOLD_AS = {"deliver_by_mail": "delivered", "withdraw": "withdrawn", "lapse": "withdrawn"}


def _correct(card: Card, reason: str, actor: Actor) -> None:
    encounter = Encounter.objects.filter(card=card, state=EncounterState.DELIVERED).order_by("-pk").first()
    if encounter:
        _change(encounter, encounter.version, {"state": EncounterState.CORRECTED, "reason": reason[:500]}, EncounterState.DELIVERED)
        record(actor, audited.CORRECTED, subject=f"card:{card.pk}", content={"encounter": encounter.pk}, reason=reason)
        fees.owe_back(subject_of(encounter), actor, reason=reason)
    _report({card.pk: _number_of(encounter)}, "refused")


def _number_of(encounter: Encounter | None) -> str:
    return encounter.booking.number if encounter and encounter.booking else ""


def _report(numbers: Mapping[int, str], result: str) -> None:
    """Keep what the booking zone will be told of cards (by key, with the number of the booking that it belongs to), revisions rising.

    One statement, whatever the number of cards.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO handover_reportedresult AS r (card_id, number, result, rev, changed_at)
            SELECT card, number, %s, 1, %s FROM unnest(%s::bigint[], %s::text[]) AS e (card, number)
            ON CONFLICT (card_id) DO UPDATE
               SET number = EXCLUDED.number, result = EXCLUDED.result, rev = r.rev + 1, changed_at = EXCLUDED.changed_at
            """,
            [result, clock.now(), list(numbers), list(numbers.values())],
        )


def what_is_missing(encounter: Encounter) -> list[str]:
    """Return the sentences that say what is still wanted."""
    return missing_papers(facts_of(encounter), clock.today())


@dataclass(frozen=True, slots=True)
class NewPaperRule:
    """What somebody wants asked instead of a national rule, from a day on."""

    code: str
    papers: Sequence[str]
    hidden: bool
    since: dt.date
    until: dt.date | None
    source: str


@transaction.atomic
def add_paper_rule(new: NewPaperRule, *, requested_by: str, approver: Actor) -> OwnPaperRule:
    """Lay an own rule of papers over the national one, approved by somebody else; earlier rows stay. Raises NotAllowed."""
    if requested_by == approver.user_id:
        raise NotAllowed("書類の規則は、依頼した人とは別の人が承認します。")
    national = next((rule for rule in national_rules() if rule.code == new.code), None)
    if national is None or bool(new.papers) == new.hidden or (new.papers and not national.papers):
        raise NotAllowed("この規則はこのように変えられません。組み合わせを選ぶか、「確かめない」を選んでください。")
    row = OwnPaperRule.objects.create(
        code=new.code,
        papers=list(new.papers),
        hidden=new.hidden,
        since=new.since,
        until=new.until,
        source=new.source,
        requested_by=requested_by,
        approved_by=approver.user_id,
    )
    record(approver, audited.PAPER_RULE_CHANGED, subject=f"papers:{new.code}", content={"row": row.pk, "since": f"{new.since}"})
    return row
