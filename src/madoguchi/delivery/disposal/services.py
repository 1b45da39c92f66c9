"""Commands of the disposal. Nothing leaves the house that a second person has not approved and two have not seen out."""

from django.db import transaction

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import rules as card_rules
from madoguchi.delivery.cards import services as card_services
from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.disposal import audited, queries
from madoguchi.delivery.disposal.models import DisposalBatch, DisposalItem
from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.verbs import Refusal

State = DisposalBatch.State


@transaction.atomic
def make_batch(actor: Actor) -> DisposalBatch:
    """Take every candidate into a new batch; those that only the rule named become proposed. Raises Refusal when there is none."""
    found = queries.candidates()
    if not found:
        raise Refusal("廃棄の候補になるカードはありません。")
    batch = DisposalBatch.objects.create(proposed_by=actor.user_id, proposed_by_name=actor.user_name)
    fresh = [card for card in found if card.disposal == card_rules.Disposal.NONE]
    try:
        expected = [card_services.Expected(card.pk, card.version, _reason(card)) for card in fresh]
        card_services.perform_on_many("propose_disposal", actor, expected)
    except card_services.SomeRefused:
        raise Refusal("候補を作る間に、カードの状態が変わりました。もう一度行ってください。何も変更していません。") from None
    DisposalItem.objects.bulk_create([DisposalItem(batch=batch, card=card, reason=_reason(card)) for card in found])
    record(actor, audited.PROPOSE, subject=f"disposal:{batch.pk}", content={"cards": len(found)})
    return batch


def _reason(card: Card) -> str:
    return card_rules.Progress(card.progress).label


@transaction.atomic
def approve(batch_pk: int, requester: Actor, approver: Actor) -> None:
    """Approve a batch as the second person; a card that was released meanwhile is left out. Raises Refusal when none is left."""
    batch = DisposalBatch.objects.select_for_update().get(pk=batch_pk)
    if batch.state != State.PROPOSED:
        raise Refusal("この廃棄は、もう承認を待っていません。")
    going = list(queries.items(batch))
    left = [item for item in going if item.card.disposal != card_rules.Disposal.PROPOSED]
    for item in left:
        item.left_out_by, item.left_out_reason = approver.user_id, "承認の前に候補から外れた"
        item.save(update_fields=["left_out_by", "left_out_reason"])
    expected = [card_services.Expected(item.card_id, item.card.version, item.reason) for item in going if item not in left]
    if not expected:
        raise Refusal("廃棄の候補のままのカードが1枚もありません。差し戻してください。")
    try:
        card_services.perform_on_many("approve_disposal", requester, expected, detail={"approved_by": approver.user_id})
    except card_services.SomeRefused:
        raise Refusal("カードの状態が変わりました。もう一度承認してください。何も変更していません。") from None
    batch.state, batch.approved_at = State.APPROVED, clock.now()
    batch.approved_by, batch.approved_by_name = approver.user_id, approver.user_name
    batch.save()
    record(approver, audited.APPROVE, subject=f"disposal:{batch_pk}", content={"cards": len(expected), "left_out": len(left)})


@transaction.atomic
def give_up(batch_pk: int, actor: Actor, reason: str) -> None:
    """End a batch that nobody approved: its cards are candidates no longer. Raises Refusal when it is approved already."""
    batch = DisposalBatch.objects.select_for_update().get(pk=batch_pk)
    if batch.state != State.PROPOSED:
        raise Refusal("この廃棄は、もう承認を待っていません。")
    proposed = [item for item in queries.items(batch) if item.card.disposal == card_rules.Disposal.PROPOSED]
    expected = [card_services.Expected(item.card_id, item.card.version, reason) for item in proposed]
    card_services.perform_on_many("release_disposal", actor, expected)
    DisposalBatch.objects.filter(pk=batch_pk).update(state=State.GIVEN_UP)
    record(actor, audited.GIVE_UP, subject=f"disposal:{batch_pk}", content={"cards": len(expected)}, reason=reason)


@transaction.atomic
def scan_into_bag(batch_pk: int, code: str, actor: Actor) -> Card:
    """Put the scanned card of an approved batch into the bag: by its sleeve, without one by its 製造管理番号.

    Raises Refusal for a card that is not of this batch or lies in the bag already, and when the register refuses.
    """
    card = cards.by_sleeve(code) or cards.by_serial(code)
    item = DisposalItem.objects.filter(batch_id=batch_pk, batch__state=State.APPROVED, card=card, left_out_by="").first() if card else None
    if card is None or item is None:
        raise Refusal("このカードは、この廃棄の一覧にありません。袋に入れず、元の場所に戻してください。")
    if card.sleeve_code and cards.by_sleeve(code) is None:
        raise Refusal("スリーブのあるカードは、スリーブのラベルを読み取ってください。")
    if card.place_kind == card_rules.PlaceKind.BAG:
        raise Refusal("このカードは、すでに袋に入っています。")
    try:
        card_services.perform(card.pk, "put_in_bag", actor, expected_version=card.version)
    except (card_services.NotAllowed, card_services.Conflict) as refused:
        raise Refusal(str(refused)) from refused
    DisposalItem.objects.filter(pk=item.pk).update(bagged_by=actor.user_id, bagged_at=clock.now())
    return card


@transaction.atomic
def leave_out(batch_pk: int, item_pk: int, actor: Actor, *, reason: str, site: str) -> None:
    """Take one card out of an approved batch, out of the bag as well: it is a candidate no longer. Raises Refusal."""
    item = (
        DisposalItem.objects.select_related("card")
        .filter(pk=item_pk, batch_id=batch_pk, batch__state=State.APPROVED, left_out_by="")
        .first()
    )
    if item is None:
        raise Refusal("このカードは、承認された廃棄の中にありません。画面を開き直してください。")
    version = item.card.version
    try:
        if item.card.place_kind == card_rules.PlaceKind.BAG:
            version = card_services.perform(
                item.card_id, "take_from_bag", actor, expected_version=version, reason=reason, detail={"site": site}
            ).version
        card_services.perform(item.card_id, "release_disposal", actor, expected_version=version, reason=reason)
    except (card_services.NotAllowed, card_services.Conflict) as refused:
        raise Refusal(str(refused)) from refused
    DisposalItem.objects.filter(pk=item.pk).update(left_out_by=actor.user_id, left_out_reason=reason, bagged_by="", bagged_at=None)
    record(actor, audited.LEAVE_OUT, subject=f"card:{item.card_id}", content={"batch": batch_pk}, reason=reason)


@transaction.atomic
def carry_out(batch_pk: int, actor: Actor, second: Staff, *, bag: str, method: str) -> int:
    """Dispose of every card of a bag as two people; returns how many. Raises Refusal while a card of the batch is not in the bag."""
    batch = DisposalBatch.objects.select_for_update().get(pk=batch_pk)
    if batch.state != State.APPROVED:
        raise Refusal("この廃棄は承認されていないか、すでに実施されています。")
    going = list(queries.items(batch))
    outside = sum(item.card.place_kind != card_rules.PlaceKind.BAG for item in going)
    if outside or not going:
        raise Refusal(f"袋に入っていないカードが {outside} 枚あります。読み取って入れるか、理由を書いて外してください。")
    for item in going:
        try:
            card_services.perform(
                item.card_id,
                "dispose",
                actor,
                expected_version=item.card.version,
                reason=item.reason,
                detail={"second_person": second.user_id},
            )
        except (card_services.NotAllowed, card_services.Conflict) as refused:
            raise Refusal(str(refused)) from refused
    batch.state, batch.carried_out_at, batch.bag, batch.method = State.CARRIED_OUT, clock.now(), bag, method
    batch.carried_out_by, batch.carried_out_by_name = actor.user_id, actor.user_name
    batch.witness, batch.witness_name = second.user_id, second.name
    batch.save()
    record(actor, audited.CARRY_OUT, subject=f"disposal:{batch_pk}", content={"cards": len(going), "witness": second.user_id})
    return len(going)
