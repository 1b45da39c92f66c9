"""What goes wrong in the demo town: differences from the terminal, changes of residents, deadlines that passed, cards on their way out."""

import datetime as dt
from typing import TYPE_CHECKING

from madoguchi.platform import clock

if TYPE_CHECKING:
    from madoguchi.delivery.cards.models import Card
    from madoguchi.platform.audit.actors import Actor


def leave_exceptions() -> None:
    """Take a terminal's list and a list of changes in, let deadlines pass, and approve the disposal of two cards."""
    from madoguchi.delivery.cards.models import Card
    from madoguchi.delivery.cards.own_characters import Entry, write_entries
    from madoguchi.platform.accounts.access import actor_for
    from madoguchi.platform.accounts.models import Staff

    clerk, chief = (actor_for(Staff.objects.get(user_id=user)) for user in ("clerk", "chief"))
    # The first cards belong to those who book in the demo; these are from the other end of the safe.
    cards = list(Card.objects.filter(progress="preset", place_kind="stored").order_by("-id")[:8])
    if len(cards) < 8:
        return
    _end_two(cards[:2], clerk, chief)
    _read_changes(cards[2:4], clerk)
    _let_time_pass(cards[4:6], clerk)
    _read_terminal(cards[4:8], clerk, chief)
    _look_at_night(cards[3], clerk)
    write_entries([Entry(0xE000, "邊", "渡邊の邊のうち、点が二つの字")], clerk, second=chief.user_id)


def _look_at_night(protected: "Card", clerk: "Actor") -> None:
    """Somebody opened the protected person's card last night: the auditor has two findings to look into."""
    from django.db import connection

    from madoguchi.delivery.cards.audited import VIEW_CARD
    from madoguchi.platform.audit.actors import automatic
    from madoguchi.platform.audit.services import EVENT_AT, event_values
    from madoguchi.platform.oversight.services import examine_day

    yesterday = clock.today() - dt.timedelta(days=1)
    at = dt.datetime.combine(yesterday, dt.time(21, 10), clock.TOKYO)
    with connection.cursor() as cursor:
        cursor.execute(EVENT_AT, [*event_values(clerk, VIEW_CARD, subject=f"card:{protected.pk}", started_at=at), at])
    examine_day(yesterday, automatic("demo"))


def _end_two(cards: "list[Card]", clerk: "Actor", chief: "Actor") -> None:
    """Two people do not want their cards; the disposal waits for its bag."""
    from madoguchi.delivery.cards.services import perform
    from madoguchi.delivery.disposal.services import approve, make_batch

    detail = {"document": "交付取りやめ届", "second_person": chief.user_id}
    for card in cards:
        perform(card.pk, "withdraw", clerk, expected_version=card.version, reason="本人の希望", detail=detail)
    approve(make_batch(clerk).pk, clerk, chief)


def _read_changes(cards: "list[Card]", clerk: "Actor") -> None:
    """One person moves out, one is under protection, and of one who died there is no card."""
    from madoguchi.delivery.changes.services import ListFile, apply_list, read_list
    from madoguchi.kernel.headed import Row

    today = clock.today().isoformat()
    moved, protected = cards
    rows = [
        Row(2, {"kind": "転出", "on": today, "serial": moved.serial}),
        Row(3, {"kind": "支援措置", "on": today, "serial": protected.serial}),
        Row(4, {"kind": "死亡", "on": today, "name": "見本　太郎", "born": "1940-01-02", "address": "見本市見本1丁目"}),
    ]
    headings = {"kind": "異動事由", "on": "異動日", "serial": "製造管理番号", "name": "氏名", "born": "生年月日", "address": "住所"}
    apply_list(read_list(ListFile(rows, headings, "demo-changes", "ido.csv"), clerk).pk, clerk)


def _let_time_pass(cards: "list[Card]", clerk: "Actor") -> None:
    """Two people were given a day that lies behind us by now, and did not come."""
    from madoguchi.delivery.cards.services import perform

    past = clock.today() - dt.timedelta(days=20)
    for card in cards:
        made = perform(card.pk, "make_notice", clerk, expected_version=card.version, detail={"notice_deadline": past})
        perform(card.pk, "send_notice", clerk, expected_version=made.version)


def _read_terminal(cards: "list[Card]", clerk: "Actor", chief: "Actor") -> None:
    """The terminal's list of today: two cards as here, two not, and one that nobody knows."""
    from madoguchi.delivery.reconciliation.services import ListFile, apply_list, read_list
    from madoguchi.kernel.headed import Row

    words = ("交付前設定済", "交付前設定済", "発行済", "失効")
    rows = [Row(line, {"serial": card.serial, "state": word}) for line, (card, word) in enumerate(zip(cards, words, strict=True), start=2)]
    rows.append(Row(len(rows) + 2, {"serial": "ZZ9999999", "state": "発行済"}))
    headings = {"serial": "製造管理番号", "application_id": "", "state": "カードステータス", "at": ""}
    apply_list(read_list(ListFile(rows, headings, clock.now(), "demo-terminal", "touitsu.csv"), clerk).pk, chief)
