"""What happens to an envelope: scanned out, sent, tracked, come back, sent elsewhere; and cards that go by mail themselves."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Sequence

from django.db import IntegrityError, transaction

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import services as card_services
from madoguchi.delivery.cards.models import Card, Hold
from madoguchi.delivery.cards.rules import ACT_BY_CODE, Effect, Evidence, PlaceKind, blocking_holds, refusal
from madoguchi.delivery.dispatch import audited, letters, queries, rules
from madoguchi.delivery.dispatch.choosing import HELD
from madoguchi.delivery.dispatch.folder import kept_file
from madoguchi.delivery.dispatch.models import Batch, BatchState, Dispatch, Kind, OtherAddress, Sheet
from madoguchi.delivery.dispatch.services import WrongState
from madoguchi.kernel.labels import SHEET_LETTER, LabelError, read_own_code
from madoguchi.kernel.numbers import DASHES, SPACES
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

_TRACKING = re.compile(r"[0-9A-Z]{11,13}", re.ASCII)
_BETWEEN = dict.fromkeys(map(ord, DASHES + SPACES))
_HAS_COME_BACK = frozenset(change.value for change in ACT_BY_CODE["notice_came_back"].changes[0].sources)


class NotHere(Exception):
    """What was scanned is no sheet of this batch. `code`: `form`, `unknown`, `other` (another batch's), `void` (printed anew,
    pulled) or `address` (it bears one that letters no longer go to).
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"scan: {code}")
        self.code = code


class Pull(Exception):
    """The letter must not go out: its card was stopped, handed over or booked since. The envelope is taken out of the pile."""


class NothingScanned(Exception):
    """No envelope was scanned since the last posting: there is nothing to send."""


class PullFirst(Exception):
    """Scanned envelopes have to be taken out of the pile before it is sent: their cards were stopped after the scan."""

    def __init__(self, codes: Iterable[str]) -> None:
        self.codes = tuple(codes)
        super().__init__(f"{len(self.codes)} sheets to pull")


class WrongTracking(Exception):
    """No tracking number (`form`), or one that another envelope has (`taken`)."""

    def __init__(self, code: str) -> None:
        super().__init__(f"tracking: {code}")
        self.code = code


class NotSent(Exception):
    """Nothing of this card is on its way: what was never sent cannot come back or be delivered."""


class DoesNotMatch(Exception):
    """Sleeve and enclosure belong to different cards: the envelope stays open."""


def read_tracking(text: str) -> str:
    """Give a tracking number its one form (11 to 13 letters and digits without hyphens); raises WrongTracking."""
    bare = unicodedata.normalize("NFKC", text).translate(_BETWEEN).replace("-", "").upper()
    if not _TRACKING.fullmatch(bare):
        raise WrongTracking("form")
    return bare


def _sheet(code: str) -> Sheet:
    try:
        sheet = queries.sheet_by_code(read_own_code(code, SHEET_LETTER))
    except LabelError:
        raise NotHere("form") from None
    if sheet is None:
        raise NotHere("unknown")
    return sheet


def dispatch_scanned(text: str) -> Dispatch | None:
    """Find the dispatch that a scan means: the sheet's code, a tracking number, or any number of a card (what was sent for it last)."""
    try:
        sheet = _sheet(text)
    except NotHere:
        sheet = None
    if sheet is not None:
        return Dispatch.objects.select_related("card", "sheet").filter(sheet=sheet).first()
    try:
        by_tracking = Dispatch.objects.select_related("card", "sheet").filter(tracking_number=read_tracking(text)).first()
    except WrongTracking:
        by_tracking = None
    if by_tracking is not None:
        return by_tracking
    card = cards.by_any_number(text)
    return queries.newest_sent(card.pk) if card else None


@transaction.atomic
def scan_out(batch: Batch, code: str, actor: Actor) -> tuple[Sheet, bool]:
    """Take an envelope by its code into the pile that goes to the post; returns its sheet and whether it lay there already.

    Raises NotHere, Pull, and WrongState when the batch awaits no envelopes.
    """
    if batch.state != BatchState.CHECKED:
        raise WrongState
    sheet = _sheet(code)
    if sheet.batch_id != batch.pk:
        raise NotHere("other")
    if sheet.void:
        raise NotHere("void")
    if sheet.scanned_at is not None:
        return sheet, True
    if sheets_to_pull([sheet], Kind(batch.kind)):
        raise Pull
    Sheet.objects.filter(pk=sheet.pk, scanned_at__isnull=True).update(scanned_at=clock.now(), scanned_by=actor.user_id)
    record(actor, audited.SCAN_OUT, subject=f"letters:{batch.pk}", content={"sheet": sheet.code})
    return sheet, False


def unsent(batch: Batch) -> list[Sheet]:
    """Return the valid sheets of a batch that were not sent yet, with their cards, in order."""
    found = Sheet.objects.filter(batch=batch, void=False, dispatch__sent_on__isnull=True)
    return list(found.select_related("card").order_by("number"))


def sheets_to_pull(sheets: Iterable[Sheet], kind: Kind) -> list[Sheet]:
    """Return those of `sheets` whose cards may no longer have this letter, or not at the address that it bears.

    They are taken out of the pile before it goes to the post: a letter printed before 支援措置 still bears the old address when the
    decision list has let letters go to another one (DL-30).
    """
    found = list(sheets)
    holds = cards.open_holds_of([sheet.card_id for sheet in found])
    evidence, misdirected = Evidence(today=clock.today(), actor=""), _misdirected(found)
    to_pull = []
    for sheet in found:
        facts = sheet.card.facts(holds.get(sheet.card_id, frozenset()))
        act = rules.SEND_ACT.get(kind)
        against = refusal(ACT_BY_CODE[act], facts, evidence) if act else rules.reason_against(kind, facts, evidence)
        if against or blocking_holds(facts.holds, Effect.LETTER) or sheet.pk in misdirected:
            to_pull.append(sheet)
    return to_pull


def _misdirected(sheets: Sequence[Sheet]) -> frozenset[int]:
    """Return those of `sheets` that bear another address than a letter printed now would have. Two statements."""
    printed = dict(Dispatch.objects.filter(sheet__in=[sheet.pk for sheet in sheets]).values_list("sheet_id", "address"))
    others = queries.other_addresses_of([sheet.card_id for sheet in sheets], clock.today())
    return frozenset(
        sheet.pk
        for sheet in sheets
        if sheet.pk in printed and printed[sheet.pk] != letters.address_of(sheet.card, others.get(sheet.card_id))
    )


@transaction.atomic
def pull(batch: Batch, codes: Iterable[str], actor: Actor) -> int:
    """Record that somebody took these sheets out of the pile; each must be one to pull. Raises WrongState otherwise."""
    wanted, to_pull = set(codes), sheets_to_pull(unsent(batch), Kind(batch.kind))
    chosen = [sheet for sheet in to_pull if sheet.code in wanted]
    if not wanted or len(chosen) != len(wanted):
        raise WrongState
    Sheet.objects.filter(pk__in=[sheet.pk for sheet in chosen]).update(void=True, void_reason="発送前に抜き取り")
    record(actor, audited.SEND_LETTERS, subject=f"letters:{batch.pk}", content={"step": "pulled", "sheets": sorted(wanted)})
    _close_if_done(batch)
    return len(chosen)


@transaction.atomic
def send_scanned(batch: Batch, actor: Actor, *, sent_on: dt.date) -> int:
    """Record that the scanned envelopes of a batch went to the post on `sent_on`: what was not scanned was not sent.

    When none is left, the zone's copy of the PDF is removed. Raises WrongState, NothingScanned, and PullFirst when cards were stopped
    after their scan. Returns the number of letters sent.
    """
    if Batch.objects.select_for_update().get(pk=batch.pk).state != BatchState.CHECKED:
        raise WrongState
    kind, scanned = Kind(batch.kind), [sheet for sheet in unsent(batch) if sheet.scanned_at is not None]
    if not scanned:
        raise NothingScanned
    if to_pull := sheets_to_pull(scanned, kind):
        raise PullFirst(sheet.code for sheet in to_pull)
    if act := rules.SEND_ACT.get(kind):
        expected = [card_services.Expected(sheet.card_id, sheet.card.version, f"{kind.label} {sheet.code}") for sheet in scanned]
        detail = {} if kind in rules.MAKE_ACT else {"notice_deadline": batch.deadline}
        card_services.perform_on_many(act, actor, expected, detail=detail)
    Dispatch.objects.filter(sheet__in=scanned).update(sent_on=sent_on)
    batch.sent_on = sent_on
    Batch.objects.filter(pk=batch.pk).update(sent_on=sent_on)
    content = {"step": "sent", "sheets": len(scanned), "sent_on": sent_on.isoformat()}
    record(actor, audited.SEND_LETTERS, subject=f"letters:{batch.pk}", content=content)
    _close_if_done(batch)
    return len(scanned)


def _close_if_done(batch: Batch) -> None:
    """Close a batch of which nothing waits any more, and remove its PDF; one of which nothing was sent was given up."""
    if Sheet.objects.filter(batch=batch, void=False, dispatch__sent_on__isnull=True).exists():
        return
    sent = Dispatch.objects.filter(sheet__batch=batch, sent_on__isnull=False).exists()
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.SENT if sent else BatchState.GIVEN_UP, kept=False)
    transaction.on_commit(lambda: kept_file(batch).unlink(missing_ok=True))


@transaction.atomic
def change_dispatch(pk: int, actor: Actor, *, tracking_number: str, external_code: str, memo: str) -> None:
    """Write the tracking number, the external key (その他連携コード) and the memo of a dispatch. Raises WrongTracking."""
    tracking = read_tracking(tracking_number) if tracking_number.strip() else ""
    try:
        with transaction.atomic():
            Dispatch.objects.filter(pk=pk).update(tracking_number=tracking, external_code=external_code.strip(), memo=memo.strip())
    except IntegrityError:
        raise WrongTracking("taken") from None
    record(actor, audited.CHANGE_DISPATCH, subject=f"dispatch:{pk}", content={"tracking": bool(tracking)})


@transaction.atomic
def record_return(dispatch: Dispatch, actor: Actor, *, reason: str) -> None:
    """Record that an envelope came back today and why.

    A letter: the notice is 返戻 when it was the card's last; a mailed card comes back to the shelf of its place. Raises NotSent.
    """
    done = Dispatch.objects.filter(pk=dispatch.pk, sent_on__isnull=False, returned_on__isnull=True, delivered_on__isnull=True).update(
        returned_on=clock.today(), return_reason=reason
    )
    if not done:
        raise NotSent
    card = Card.objects.select_related("site").get(pk=dispatch.card_id)
    why = f"返戻: {reason}"
    if dispatch.kind == Kind.CARD:
        if card.place_kind == PlaceKind.MAIL:
            card_services.perform(card.pk, "store", actor, expected_version=card.version, reason=why, detail=_shelf(card))
    elif dispatch.kind in rules.SEND_ACT and card.notice in _HAS_COME_BACK and _is_last(dispatch):
        card_services.perform(card.pk, "notice_came_back", actor, expected_version=card.version, reason=why)
    record(actor, audited.RECORD_RETURN, subject=f"dispatch:{dispatch.pk}", content={"kind": dispatch.kind, "reason": reason})


def _is_last(dispatch: Dispatch) -> bool:
    return (
        not Dispatch.objects.filter(card_id=dispatch.card_id, kind__in=list(rules.SEND_ACT), pk__gt=dispatch.pk)
        .exclude(sent_on=None)
        .exists()
    )


def _shelf(card: Card) -> dict[str, object]:
    return {"site": card.site.code} if card.site else {}


def reason_against_mailing(card: Card) -> str:
    """Return why a card may not go by mail now, as a sentence; empty when it may."""
    facts = card.facts(cards.open_holds(card.pk))
    if blocking_holds(facts.holds, Effect.LETTER):
        return str(HELD)
    return str(rules.reason_against(Kind.CARD, facts, Evidence(today=clock.today(), actor="")) or "")


def card_in_hand(sleeve: str, enclosure: str = "") -> Card:
    """Return the card of a sleeve, which the enclosure names as well when it has been read; called after each scan.

    Raises DoesNotMatch when there is no such sleeve or the two name different cards, and NotHere for a sheet that is no open enclosure
    or bears an address of before.
    """
    card = cards.by_sleeve(sleeve)
    if card is None or (enclosure and card.pk != _enclosure(enclosure).card_id):
        raise DoesNotMatch
    return card


def _enclosure(code: str) -> Sheet:
    sheet = _sheet(code)
    if sheet.batch.kind != Kind.CARD:
        raise NotHere("other")
    if sheet.void or sheet.batch.state != BatchState.CHECKED:
        raise NotHere("void")
    if _misdirected([sheet]):
        raise NotHere("address")
    return sheet


@transaction.atomic
def seal(sleeve: str, enclosure: str, envelope: str, actor: Actor) -> Dispatch:
    """Seal a card's envelope: sleeve, enclosure and envelope (its tracking number) belong together, and it goes to the post.

    Raises NotHere for a sheet that is no enclosure or bears an address of before, DoesNotMatch, WrongTracking, and what
    `cards.services.perform` raises.
    """
    sheet, card = _enclosure(enclosure), card_in_hand(sleeve, enclosure)
    tracking = read_tracking(envelope)
    dispatch, today = Dispatch.objects.select_related("card").get(sheet=sheet), clock.today()
    try:
        with transaction.atomic():
            Dispatch.objects.filter(pk=dispatch.pk).update(tracking_number=tracking, sent_on=today)
    except IntegrityError:
        raise WrongTracking("taken") from None
    card_services.perform(
        card.pk,
        "put_in_mail",
        actor,
        expected_version=card.version,
        reason=f"{Kind.CARD.label} {sheet.code}",
        detail={"enclosure_matched": True, "tracking_number": tracking},
    )
    Sheet.objects.filter(pk=sheet.pk).update(scanned_at=clock.now(), scanned_by=actor.user_id)
    Batch.objects.filter(pk=sheet.batch_id).update(sent_on=today)
    record(actor, audited.SEAL_CARD, subject=f"dispatch:{dispatch.pk}", content={"sheet": sheet.code})
    _close_if_done(sheet.batch)
    dispatch.refresh_from_db()
    return dispatch


@transaction.atomic
def record_delivery(dispatch: Dispatch, actor: Actor, *, delivered_on: dt.date) -> None:
    """Record that the post delivered a mailed card. Raises NotSent, and what `cards.services.perform` raises."""
    done = Dispatch.objects.filter(
        pk=dispatch.pk, kind=Kind.CARD, sent_on__isnull=False, returned_on__isnull=True, delivered_on__isnull=True
    ).update(delivered_on=delivered_on)
    if not done:
        raise NotSent
    card = Card.objects.get(pk=dispatch.card_id)
    detail = {"enclosure_matched": True, "tracking_number": dispatch.tracking_number}
    reason = f"{Kind.CARD.label} {dispatch.tracking_number}"
    card_services.perform(card.pk, "deliver_by_mail", actor, expected_version=card.version, reason=reason, detail=detail)
    record(actor, audited.RECORD_DELIVERY, subject=f"dispatch:{dispatch.pk}", content={"delivered_on": delivered_on.isoformat()})


@transaction.atomic
def set_other_address(
    card: Card, actor: Actor, *, postcode: str, address: str, reason: str, until: dt.date, approved_by: str
) -> OtherAddress:
    """Let the letters of a card go to another address until a day; the one before ends. A second person has approved it beforehand.

    Letters stay stopped for a card that is held: the hold is released, or for 支援措置 letters are let through, by a decision of its own.
    """
    _end_other_address(card.pk, actor)
    row = OtherAddress.objects.create(
        card=card, postcode=postcode, address=address, reason=reason, until=until, set_by=actor.user_id, approved_by=approved_by
    )
    content = {"until": until.isoformat(), "approved_by": approved_by}
    record(actor, audited.SET_ADDRESS, subject=f"card:{card.pk}", content=content, reason=reason)
    return row


@transaction.atomic
def end_other_address(card: Card, actor: Actor) -> bool:
    """Let the letters of a card go to its registered address again; returns whether another one was in force."""
    ended = _end_other_address(card.pk, actor)
    if ended:
        record(actor, audited.SET_ADDRESS, subject=f"card:{card.pk}", content={"ended": True})
    return ended


def _end_other_address(card_pk: int, actor: Actor) -> bool:
    open_ones = OtherAddress.objects.filter(card_id=card_pk, ended_at__isnull=True)
    # A decision on 支援措置 spoke of this address: without it, or with another, somebody decides again (DL-30).
    Hold.objects.filter(card_id=card_pk, letters_until__isnull=False).update(letters_until=None)
    return bool(open_ones.update(ended_at=clock.now(), ended_by=actor.user_id))
