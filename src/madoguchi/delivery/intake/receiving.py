"""Commands of receiving cards: an arrival and its scans, labels, inspection by a second person, results of the 交付前設定.

An arrival closes only when as many cards were read and inspected as the delivery note says (DL-07). The first person reads the cards and
puts the labels on; the second compares name and face number and reads label and card: who did the one may not do the other.
"""

from django.db import IntegrityError, transaction

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards import services as register
from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.intake import audited, queries
from madoguchi.delivery.intake.models import Arrival, ArrivedCard
from madoguchi.kernel.labels import LabelError, read_sleeve_code, sleeve_code
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record


class ReceivingRefused(Exception):
    """What was tried is not possible; the message says why and what to do. Nothing was changed."""


@transaction.atomic
def open_arrival(place: DeliveryPlace, expected: int, note: str, actor: Actor) -> Arrival:
    """Open an arrival at `place` with the number of cards on the delivery note."""
    arrival = Arrival.objects.create(place=place, expected=expected, note=note, opened_by=actor.user_id)
    record(actor, audited.OPEN_ARRIVAL, subject=f"arrival:{arrival.pk}", content={"place": place.code, "expected": expected})
    return arrival


def _open(arrival_pk: int) -> Arrival:
    """Return an arrival, locked so that it is not closed meanwhile; refuses a closed one."""
    arrival = Arrival.objects.select_for_update(of=("self",)).select_related("place").filter(pk=arrival_pk).first()
    if arrival is None or arrival.closed_at is not None:
        raise ReceivingRefused("この受入はすでに完了しています。新しい受入を開いてください。")
    return arrival


def _card(code: str) -> Card:
    card = cards.by_any_number(code)
    if card is None:
        raise ReceivingRefused("その番号のカードは登録されていません。番号を読み直し、なければカード発行一覧を取り込んでください。")
    return card


def scan_card(arrival_pk: int, code: str, actor: Actor) -> Card:
    """Take a card of the box in by a number on it or on its list: it has arrived, and lies at the arrival's place.

    A card that was taken over as 到着 has arrived already: it only joins the arrival, to be inspected there. One that was withdrawn or
    lapsed on the way gets its place, is not inspected, and waits for its disposal. One that was put aside as faulty comes in again once
    somebody has released its hold.
    """
    try:
        with transaction.atomic():
            arrival, card = _open(arrival_pk), _card(code)
            before = ArrivedCard.objects.select_related("arrival").filter(card=card).order_by("-pk").first()
            if before and before.fault:
                _must_be_sound_again(card, before, arrival)
                if before.arrival_id == arrival_pk:
                    # It waits for inspection like the others of its box; its released hold tells what was thought of it.
                    ArrivedCard.objects.filter(pk=before.pk).update(fault="", fault_by="", fault_at=None)
                    return card
            elif before:
                which = "この受入" if before.arrival_id == arrival_pk else "別の受入"
                raise ReceivingRefused(f"このカードは{which}ですでに読み取っています。同じカードを二度読んでいないか確かめてください。")
            if card.progress == rules.Progress.ARRIVED:
                _must_lie_at(card, arrival)
            else:
                detail = {"in_open_batch": True, "site": arrival.place.code}
                act = "arrive_ended" if card.progress in rules.ENDED_BEFORE_DELIVERY else "arrive"
                card = register.perform(card.pk, act, actor, expected_version=card.version, detail=detail)
            ArrivedCard.objects.create(arrival=arrival, card=card, scanned_by=actor.user_id)
            return card
    except (register.NotAllowed, register.Conflict) as refused:
        raise ReceivingRefused(str(refused)) from refused
    except IntegrityError as error:
        raise ReceivingRefused("ほかの職員が同じカードを先に読み取りました。") from error


def _must_be_sound_again(card: Card, before: ArrivedCard, arrival: Arrival) -> None:
    """Refuse a card that was put aside as faulty while it is stopped, and while the box in which that was found is still open elsewhere."""
    if rules.blocking_holds(cards.open_holds(card.pk), rules.Effect.HANDOVER):
        raise ReceivingRefused("不良として停止しているカードです。停止が解除されてから読み取ってください。")
    if before.arrival_id != arrival.pk and before.arrival.closed_at is None:
        raise ReceivingRefused("このカードは別の受入ですでに読み取っています。その受入で、もう一度読み取ってください。")


def _must_lie_at(card: Card, arrival: Arrival) -> None:
    if card.place_kind != rules.PlaceKind.STORED or card.site_id != arrival.place_id:
        raise ReceivingRefused("このカードは別の場所に届いています。その場所で受入を開いて読み取ってください。")


@transaction.atomic
def print_labels(arrival_pk: int, actor: Actor) -> list[tuple[str, str]]:
    """Return code and 製造管理番号 for the labels of all cards of an arrival that are not inspected yet.

    Who prints them puts them on, and may not inspect.
    """
    _open(arrival_pk)
    waiting = queries.waiting_for_inspection(arrival_pk).order_by("id")
    labels = [(sleeve_code(item.card_id), item.card.serial) for item in waiting]
    if not labels:
        raise ReceivingRefused("検品を待っているカードがありません。先にカードを読み取ってください。")
    ArrivedCard.objects.filter(pk__in=[item.pk for item in waiting]).update(labelled_by=actor.user_id, labelled_at=clock.now())
    record(actor, audited.PRINT_LABEL, subject=f"arrival:{arrival_pk}", content={"labels": len(labels)})
    return labels


def inspect(arrival_pk: int, sleeve: str, code: str, actor: Actor) -> Card:
    """検品 by the second person: the label read belongs to the card read, and name and face number were compared. Binds the label."""
    try:
        with transaction.atomic():
            _open(arrival_pk)
            card = _card(code)
            item = ArrivedCard.objects.filter(arrival_id=arrival_pk, card=card).first()
            if item is None:
                raise ReceivingRefused("このカードは、この受入で読み取られていません。先に到着を読み取ってください。")
            if item.fault:
                raise ReceivingRefused("不良として分けたカードです。停止が解除されてから、到着をもう一度読み取ってください。")
            if item.labelled_at is None:
                raise ReceivingRefused("このカードのラベルはまだ印刷されていません。先にラベルを印刷して付けてください。")
            if item.labelled_by == actor.user_id:
                raise ReceivingRefused("ラベルを付けた人は検品できません。別の職員が検品してください。")
            bound = _own_label(sleeve, card)
            register.bind_sleeve(card.pk, bound, expected_version=card.version)
            detail = {"second_person": item.labelled_by, "sleeve_bound": True}
            card = register.perform(card.pk, "inspect", actor, expected_version=card.version, detail=detail)
            ArrivedCard.objects.filter(pk=item.pk).update(inspected_by=actor.user_id, inspected_at=clock.now())
            return card
    except (register.NotAllowed, register.Conflict) as refused:
        raise ReceivingRefused(str(refused)) from refused


def find_fault(arrival_pk: int, card_pk: int, kind: rules.HoldKind, reason: str, actor: Actor) -> Card:
    """A card of the box has a fault (券面誤り, ICチップ不良 …): it is stopped, counts as looked at, and is no longer in the way."""
    try:
        with transaction.atomic():
            _open(arrival_pk)
            item = ArrivedCard.objects.filter(arrival_id=arrival_pk, card_id=card_pk).select_related("card").first()
            if item is None or item.inspected_at is not None:
                raise ReceivingRefused("検品を待っているカードではありません。画面を開き直してください。")
            if item.fault:
                raise ReceivingRefused("このカードの不良は、すでに登録されています。")
            register.set_hold(card_pk, kind, actor, expected_version=item.card.version, reason=reason, source="検品")
            ArrivedCard.objects.filter(pk=item.pk).update(fault=kind.value, fault_by=actor.user_id, fault_at=clock.now())
            return item.card
    except (register.NotAllowed, register.Conflict) as refused:
        raise ReceivingRefused(str(refused)) from refused


def _own_label(sleeve: str, card: Card) -> str:
    try:
        code = read_sleeve_code(sleeve)
    except LabelError as error:
        raise ReceivingRefused("スリーブのラベルのコードではありません。ラベルを読み取ってください (カードの QR は読みません)。") from error
    if code != sleeve_code(card.pk):
        raise ReceivingRefused("ラベルとカードが一致しません。別のカードのラベルです。渡さずに、付け直してください。")
    return code


@transaction.atomic
def close_arrival(arrival_pk: int, actor: Actor) -> None:
    """Close an arrival; refuses while the number read or inspected differs from the delivery note."""
    arrival = _open(arrival_pk)
    tally = queries.tally(arrival_pk)
    if tally.read != arrival.expected:
        raise ReceivingRefused(
            f"送付書は {arrival.expected} 枚ですが、読み取ったのは {tally.read} 枚です。"
            "差がある間は完了できません。箱と送付書を確かめてください。"
        )
    if tally.left:
        raise ReceivingRefused(f"検品が済んでいないカードが {tally.left} 枚あります。検品してから完了してください。")
    Arrival.objects.filter(pk=arrival_pk).update(closed_by=actor.user_id, closed_at=clock.now())
    record(
        actor,
        audited.CLOSE_ARRIVAL,
        subject=f"arrival:{arrival_pk}",
        content={"cards": tally.read, "faulty": tally.faulty, "ended": tally.ended},
    )


@transaction.atomic
def correct_expected(arrival_pk: int, expected: int, reason: str, actor: Actor) -> None:
    """Correct the number of an open arrival that was typed wrong; from, to and reason are on record."""
    arrival = _open(arrival_pk)
    content = {"from": arrival.expected, "to": expected}
    record(actor, audited.CORRECT_ARRIVAL, subject=f"arrival:{arrival_pk}", content=content, reason=reason)
    Arrival.objects.filter(pk=arrival_pk).update(expected=expected)


def enter_preset(code: str, *, is_ok: bool, kind: rules.HoldKind | None, reason: str, actor: Actor) -> Card:
    """Enter the result of the 交付前設定 of one card: OK brings it forward, NG stops it with a reason."""
    try:
        with transaction.atomic():
            card = _card(code)
            if is_ok:
                card = register.perform(card.pk, "preset", actor, expected_version=card.version, detail={"preset_result": "ok"})
            else:
                if card.progress != rules.Progress.INSPECTED:
                    raise ReceivingRefused(
                        f"交付前設定の結果は検品済のカードに登録します。このカードは「{rules.Progress(card.progress).label}」です。"
                    )
                register.set_hold(
                    card.pk, kind or rules.HoldKind.CHIP, actor, expected_version=card.version, reason=reason, source="交付前設定"
                )
                card.refresh_from_db()
            record(actor, audited.ENTER_PRESET, subject=f"card:{card.pk}", content={"ok": is_ok})
            return card
    except (register.NotAllowed, register.Conflict) as refused:
        raise ReceivingRefused(str(refused)) from refused
