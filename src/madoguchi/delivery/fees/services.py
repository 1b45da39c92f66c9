"""Commands on the books of fees, each one transaction: open a drawer, take a fee, take it back, close the day, change an amount."""

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.services import Conflict, NotAllowed
from madoguchi.delivery.fees import audited, queries
from madoguchi.delivery.fees.models import Drawer, DrawerDay, Entry, OwedBack, OwnAmount
from madoguchi.delivery.fees.rules import EntryKind, Method, fiscal_year
from madoguchi.kernel.fees import ITEM_NAMES, REASON_BY_CODE, Charge
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record


@transaction.atomic
def save_drawer(code: str, name: str, place: DeliveryPlace, actor: Actor, *, is_open: bool = True) -> Drawer:
    """Register a drawer or change it; drawers are closed, never deleted."""
    drawer, _created = Drawer.objects.update_or_create(code=code, defaults={"name": name, "place": place, "is_open": is_open})
    record(actor, audited.DRAWER_SAVED, subject=f"drawer:{code}", content={"is_open": is_open})
    return drawer


def open_drawer(drawer: Drawer, opening_yen: int, actor: Actor) -> DrawerDay:
    """Begin the day of a drawer with what lies in it.

    Raises NotAllowed when its day was begun already, or an earlier one is not closed.
    """
    try:
        with transaction.atomic():
            day = DrawerDay.objects.create(drawer=drawer, day=clock.today(), opening_yen=opening_yen, opened_by=actor.user_id)
            record(actor, audited.DRAWER_OPENED, subject=f"drawer:{drawer.code}", content={"day": day.pk, "opening": opening_yen})
    except IntegrityError:
        raise NotAllowed(
            "このつり銭箱は、今日すでに開けたか、前の日の日計が終わっていません。日計を終えてから、次の日に開けてください。"
        ) from None
    return day


def _open_day(pk: int) -> DrawerDay:
    """Lock an open day until the transaction ends, so that nobody closes it in between; raises NotAllowed when it is closed or past."""
    day = DrawerDay.objects.select_for_update().filter(pk=pk, state="open").first()
    if day is None:
        raise NotAllowed("このつり銭箱は閉まっています。今日開いているつり銭箱を選んでください。")
    if day.day != clock.today():
        raise NotAllowed("このつり銭箱は前の日のままです。日計を終えてから、今日のつり銭箱を開けてください。")
    return day


def _next_number(year: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO fees_numberseries (year, last) VALUES (%s, 1)"
            " ON CONFLICT (year) DO UPDATE SET last = fees_numberseries.last + 1 RETURNING last",
            [year],
        )
        return int(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class Due:
    """What somebody is to pay: for which visit, why, how much, and for which card (None: none of the register)."""

    subject: str
    reason: str
    charge: Charge
    card: Card | None = None


@transaction.atomic
def take(due: Due, method: Method, drawer_day: int, actor: Actor) -> Entry:
    """Take a fee into a drawer and give it the next running number.

    Raises NotAllowed when the drawer is closed, nothing is due, or the visit has a
    payment that was not taken back.
    """
    if due.charge.yen <= 0 or due.reason not in REASON_BY_CODE:
        raise NotAllowed("徴収する手数料がありません。")
    day = _open_day(drawer_day)
    before = Entry.objects.select_related("reversed_by").filter(subject=due.subject, kind=EntryKind.PAYMENT).order_by("-pk").first()
    reversal = queries.reversal_of(before) if before else None
    if before and reversal is None:
        raise NotAllowed(f"この来庁の手数料は、{queries.shown_number(before)}で徴収済みです。違うときは、先に取消か返金をしてください。")
    today = clock.today()
    year = fiscal_year(today)
    try:
        with transaction.atomic():
            entry = Entry.objects.create(
                year=year,
                number=_next_number(year),
                kind=EntryKind.PAYMENT,
                drawer_day=day,
                subject=due.subject,
                card=due.card,
                reason=due.reason,
                lines=[list(line) for line in due.charge.lines],
                yen=due.charge.yen,
                method=method,
                taken_on=today,
                by=actor.user_id,
                follows=reversal,
            )
    except IntegrityError:
        raise Conflict from None
    content = {"entry": entry.pk, "yen": entry.yen, "method": method.value, "drawer": day.drawer_id}
    record(actor, audited.TAKEN, subject=due.subject, content=content, reason=due.reason)
    return entry


@transaction.atomic
def take_back(entry: Entry, actor: Actor, *, reason: str, second_person: str, drawer_day: int) -> Entry:
    """Take a payment back, once: 取消 while its own drawer's day is open, 返金 out of an open drawer afterwards.

    The payment stays on record. Raises NotAllowed without reason or second person, for a closed drawer, and when it was taken back already.
    """
    if not reason.strip():
        raise NotAllowed("取消・返金の理由を書いてください。")
    if not second_person or second_person == actor.user_id:
        raise NotAllowed("取消・返金は二人で行います。もう一人の職員の確認を受けてください。")
    if entry.kind != EntryKind.PAYMENT:
        raise NotAllowed("取り消せるのは徴収の記録だけです。")
    day = _open_day(drawer_day)
    today = clock.today()
    year = fiscal_year(today)
    try:
        with transaction.atomic():
            back = Entry.objects.create(
                year=year,
                number=_next_number(year),
                kind=EntryKind.VOID if day.pk == entry.drawer_day_id else EntryKind.REFUND,
                drawer_day=day,
                subject=entry.subject,
                card_id=entry.card_id,
                reason=entry.reason,
                lines=[[item, -yen] for item, yen in entry.lines],
                yen=-entry.yen,
                method=entry.method,
                taken_on=today,
                by=actor.user_id,
                reverses=entry,
                reversal_reason=reason.strip()[:200],
                second_person=second_person,
            )
    except IntegrityError:
        raise NotAllowed(f"{queries.shown_number(entry)}は、すでに取消か返金をしています。") from None
    content = {"entry": back.pk, "of": entry.pk, "yen": back.yen, "second_person": second_person}
    record(actor, audited.REVERSED, subject=entry.subject, content=content, reason=reason)
    return back


@transaction.atomic
def owe_back(subject: str, actor: Actor, *, reason: str) -> OwedBack | None:
    """Note in the caller's transaction that the payment of a visit is to be given back; None when there is none that stands.

    The money itself goes back with `take_back`, when the person is there, out of an open drawer and by two people. Until then the item is
    open (`queries.owed_back`). Noting it again changes nothing.
    """
    entry = queries.live_payment(subject)
    if entry is None:
        return None
    owed, created = OwedBack.objects.get_or_create(entry=entry, defaults={"reason": reason.strip()[:200], "by": actor.user_id})
    if created:
        record(actor, audited.OWED_BACK, subject=subject, content={"entry": entry.pk, "yen": entry.yen}, reason=reason)
    return owed


@dataclass(frozen=True, slots=True)
class Counted:
    """What two people found in the evening: the cash in the drawer, the total of the cashless terminal, and why it differs."""

    cash: int
    cashless: int
    explanation: str = ""


@transaction.atomic
def close_drawer(day_pk: int, counted: Counted, actor: Actor, *, second_person: str) -> DrawerDay:
    """Close the day of a drawer: opening amount + cash taken − cash given back + difference = counted.

    Raises NotAllowed when a difference is not explained, for one person alone, and for a day that is closed.
    """
    if not second_person or second_person == actor.user_id:
        raise NotAllowed("日計は二人で行います。もう一人の職員の確認を受けてください。")
    day = DrawerDay.objects.select_for_update().filter(pk=day_pk, state="open").first()
    if day is None:
        raise NotAllowed("この日計はすでに終わっています。")
    sums = {row["method"]: row["total"] for row in day.ledger.order_by().values("method").annotate(total=Sum("yen"))}
    cash, cashless = sums.get(Method.CASH, 0), sums.get(Method.CASHLESS, 0)
    differences = counted.cash - day.opening_yen - cash, counted.cashless - cashless
    if any(differences) and not counted.explanation.strip():
        raise NotAllowed(
            f"現金が{differences[0]:+,}円、キャッシュレスが{differences[1]:+,}円合いません。数え直すか、差の説明を書いてください。"
        )
    day.state, day.entries, day.cash_yen, day.cashless_yen = "closed", day.ledger.count(), cash, cashless
    day.counted_yen, day.cashless_counted = counted.cash, counted.cashless
    day.cash_difference, day.cashless_difference = differences
    day.explanation, day.closed_by, day.closed_with = counted.explanation.strip()[:500], actor.user_id, second_person
    day.closed_at = clock.now()
    day.save()
    content = {"day": day.pk, "cash": cash, "cashless": cashless, "difference": differences[0], "cashless_difference": differences[1]}
    record(actor, audited.CLOSED, subject=f"drawer:{day.drawer_id}", content=content, reason=counted.explanation)
    return day


@dataclass(frozen=True, slots=True)
class NewAmount:
    """An amount that somebody wants from a day on."""

    item: str
    yen: int
    since: dt.date
    until: dt.date | None
    source: str


@transaction.atomic
def add_amount(new: NewAmount, *, requested_by: str, approver: Actor) -> OwnAmount:
    """Lay an own amount over the table, approved by somebody else; earlier rows stay. Raises NotAllowed for one that cannot be."""
    if new.item not in ITEM_NAMES:
        raise NotAllowed("項目を一覧から選んでください。")
    if new.until is not None and new.until < new.since:
        raise NotAllowed("終わりの日は、始まりの日より後にしてください。")
    if requested_by == approver.user_id:
        raise NotAllowed("手数料表は、依頼した人とは別の人が承認します。")
    row = OwnAmount.objects.create(
        item=new.item,
        yen=new.yen,
        since=new.since,
        until=new.until,
        source=new.source,
        requested_by=requested_by,
        approved_by=approver.user_id,
    )
    record(approver, audited.AMOUNT_CHANGED, subject=f"fee:{new.item}", content={"row": row.pk, "yen": new.yen, "since": f"{new.since}"})
    return row
