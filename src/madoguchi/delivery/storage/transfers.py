"""Commands of transfers between places: pack by scan, send with a slip, receive by scan, close with or without a difference."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards import services as register
from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.storage import audited
from madoguchi.delivery.storage.models import LeadTime, Transfer, TransferItem, TransferState
from madoguchi.delivery.storage.queries import USUAL_DAYS
from madoguchi.kernel.labels import TRANSFER_LETTER, own_code
from madoguchi.kernel.office_days import office_days_after
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

MOST_CARDS = 150
"""As many as one slip lists; more go in a second bag."""


class TransferRefused(Exception):
    """What was tried is not possible; the message says why and what to do. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class ReceivedCard:
    """What the scan of a card said at its arrival: `extra` was not on the slip, `again` was read before."""

    card: Card
    extra: bool = False
    again: bool = False


@transaction.atomic
def save_lead_time(from_site: DeliveryPlace, to_site: DeliveryPlace, days: int, actor: Actor) -> None:
    """Set how many office days cards take between two places."""
    if from_site.pk == to_site.pk:
        raise TransferRefused("移送元と移送先に同じ施設は選べません。")
    LeadTime.objects.update_or_create(
        from_site=from_site, to_site=to_site, defaults={"days": days, "changed_by": actor.user_id, "changed_at": clock.now()}
    )
    record(actor, audited.SET_LEAD_TIME, content={"from": from_site.code, "to": to_site.code, "days": days})


@transaction.atomic
def begin(from_site: DeliveryPlace, to_site: DeliveryPlace, actor: Actor) -> Transfer:
    """Begin a transfer and give it the code for its slip."""
    if from_site.pk == to_site.pk:
        raise TransferRefused("移送元と移送先に同じ施設は選べません。")
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('storage_transfer', 'id'))")
        (number,) = cursor.fetchone()
    transfer = Transfer.objects.create(
        pk=number, code=own_code(TRANSFER_LETTER, number), from_site=from_site, to_site=to_site, made_by=actor.user_id
    )
    content = {"from": from_site.code, "to": to_site.code}
    record(actor, audited.BEGIN_TRANSFER, subject=f"transfer:{transfer.code}", content=content)
    return transfer


def _locked(pk: int, state: TransferState) -> Transfer:
    """Return a transfer in `state`, locked against being sent or closed meanwhile."""
    transfer = Transfer.objects.select_for_update(of=("self",)).select_related("from_site", "to_site").get(pk=pk)
    if transfer.state != state:
        raise TransferRefused(f"この移送は「{TransferState(transfer.state).label}」です。一覧から開き直して、今の状態を確かめてください。")
    return transfer


def _by_sleeve(sleeve: str) -> Card:
    card = cards.by_sleeve(sleeve)
    if card is None:
        raise TransferRefused("このスリーブのカードはありません。ラベルを読み取り直してください。何も変更していません。")
    return card


@transaction.atomic
def pack(pk: int, sleeve: str, actor: Actor) -> TransferItem:
    """Put a scanned card into the bag; the same card again changes nothing. Its place changes when the bag leaves."""
    transfer, card = _locked(pk, TransferState.PACKING), _by_sleeve(sleeve)
    before = TransferItem.objects.filter(transfer=transfer, card=card).first()
    if before is not None:
        return before
    if cards.open_holds(card.pk):
        raise TransferRefused(
            "停止中のカードは移送できません。責任者に確かめてください。窓口へ出し、着いた先で棚に置いて読み取ることはできます。"
        )
    if card.place_kind not in {rules.PlaceKind.STORED, rules.PlaceKind.COUNTER} or card.site_id != transfer.from_site_id:
        raise TransferRefused(f"このカードは{transfer.from_site.name}にありません (場所: {rules.PlaceKind(card.place_kind).label})。")
    if TransferItem.objects.filter(card=card, transfer__state__in=[TransferState.PACKING, TransferState.ON_THE_WAY]).exists():
        raise TransferRefused("このカードは、ほかの移送に入っています。そちらから出してから読み取ってください。")
    if transfer.items.count() >= MOST_CARDS:
        raise TransferRefused(f"一つの移送は{MOST_CARDS}枚までです。この移送を送り出し、次の移送を作ってください。")
    return TransferItem.objects.create(transfer=transfer, card=card, packed_by=actor.user_id, packed_at=clock.now())


@transaction.atomic
def unpack(pk: int, item_pk: int) -> None:
    """Take a card out of the bag before it leaves."""
    transfer = _locked(pk, TransferState.PACKING)
    TransferItem.objects.filter(pk=item_pk, transfer=transfer).delete()


def send(pk: int, carrier: str, actor: Actor) -> Transfer:
    """Send the bag: from now on every card in it is on the way, and `carrier` has it."""
    try:
        with transaction.atomic():
            transfer = _locked(pk, TransferState.PACKING)
            items = list(transfer.items.select_related("card"))
            if not items:
                raise TransferRefused("カードが入っていません。スリーブを読み取ってから送り出してください。")
            detail = {"transfer_to": transfer.to_site.code, "custodian": carrier}
            for item in items:
                register.perform(item.card_id, "send_transfer", actor, expected_version=item.card.version, detail=detail)
            days = lead_days(transfer.from_site_id, transfer.to_site_id)
            transfer.state, transfer.carrier = TransferState.ON_THE_WAY, carrier
            transfer.sent_at, transfer.sent_by = clock.now(), actor.user_id
            transfer.expected_on = office_days_after(clock.today(), days)
            transfer.save()
            record(actor, audited.SEND_TRANSFER, subject=f"transfer:{transfer.code}", content={"cards": len(items), "days": days})
            return transfer
    except (register.NotAllowed, register.Conflict) as refused:
        raise TransferRefused(str(refused)) from refused


def lead_days(from_site: int, to_site: int) -> int:
    """Return the office days that cards take between two places."""
    days = LeadTime.objects.filter(from_site=from_site, to_site=to_site).values_list("days", flat=True).first()
    return USUAL_DAYS if days is None else days


def receive(pk: int, sleeve: str, actor: Actor) -> ReceivedCard:
    """Take a scanned card out of the bag at its destination; one that is not on the slip is extra and is taken in all the same."""
    try:
        with transaction.atomic():
            transfer, card = _locked(pk, TransferState.ON_THE_WAY), _by_sleeve(sleeve)
            item = TransferItem.objects.filter(transfer=transfer, card=card).first()
            if item is not None and item.received_at is not None:
                return ReceivedCard(card, extra=item.is_extra, again=True)
            if item is None and (card.place_kind, card.site_id) == (rules.PlaceKind.STORED, transfer.to_site_id):
                raise TransferRefused(f"このカードは、はじめから{transfer.to_site.name}にあります。移送の袋のものではありません。")
            act = "receive_transfer" if card.place_kind == rules.PlaceKind.TRANSFER else "store"
            detail = {"site": transfer.to_site.code, "custodian": actor.user_id}
            card = register.perform(card.pk, act, actor, expected_version=card.version, detail=detail)
            now = clock.now()
            if item is None:
                TransferItem.objects.create(transfer=transfer, card=card, received_by=actor.user_id, received_at=now, is_extra=True)
            else:
                TransferItem.objects.filter(pk=item.pk).update(received_by=actor.user_id, received_at=now)
            return ReceivedCard(card, extra=item is None)
    except (register.NotAllowed, register.Conflict) as refused:
        raise TransferRefused(str(refused)) from refused
    except IntegrityError as error:
        raise TransferRefused("ほかの職員が同じカードを先に読み取りました。") from error


def differences(transfer: Transfer) -> tuple[list[TransferItem], list[TransferItem]]:
    """Return the cards of the slip that were not received, and those received that are not on the slip. One statement."""
    items = list(transfer.items.select_related("card"))
    return [item for item in items if item.received_at is None], [item for item in items if item.is_extra]


def close(pk: int, actor: Actor, *, second_person: str = "", reason: str = "") -> Sequence[TransferItem]:
    """End the receiving. With a difference two people and a reason are needed; what did not come is 所在不明 from then on and returned."""
    try:
        with transaction.atomic():
            transfer = _locked(pk, TransferState.ON_THE_WAY)
            missing, extra = differences(transfer)
            if (missing or extra) and (not second_person or second_person == actor.user_id):
                raise TransferRefused("差異があるときは、別の職員と二人で終えてください。")
            if (missing or extra) and not reason.strip():
                raise TransferRefused("差異の説明を書いてください。")
            for item in missing:
                if item.card.place_kind == rules.PlaceKind.TRANSFER and item.card.transfer_to_id == transfer.to_site_id:
                    words = f"移送 {transfer.code} で届かなかった: {reason}"
                    register.perform(item.card_id, "report_missing", actor, expected_version=item.card.version, reason=words)
            TransferItem.objects.filter(pk__in=[item.pk for item in missing]).update(is_missing=True)
            transfer.state, transfer.closed_at, transfer.closed_by = TransferState.RECEIVED, clock.now(), actor.user_id
            transfer.second_person, transfer.reason = second_person, reason
            transfer.save()
            content = {"missing": len(missing), "extra": len(extra), "second_person": second_person}
            record(actor, audited.CLOSE_TRANSFER, subject=f"transfer:{transfer.code}", content=content, reason=reason)
            return missing
    except (register.NotAllowed, register.Conflict) as refused:
        raise TransferRefused(str(refused)) from refused


@transaction.atomic
def give_up(pk: int, actor: Actor) -> None:
    """Give up a transfer that has not left; the cards are where they were."""
    transfer = _locked(pk, TransferState.PACKING)
    transfer.items.all().delete()
    transfer.state = TransferState.GIVEN_UP
    transfer.save(update_fields=["state"])
    record(actor, audited.GIVE_UP_TRANSFER, subject=f"transfer:{transfer.code}")
