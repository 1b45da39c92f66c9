"""The books of fees in a real database: nothing counted twice, no number missing, every day to zero."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction

from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.services import NotAllowed
from madoguchi.delivery.fees import queries, services
from madoguchi.delivery.fees.approvable import request_amount
from madoguchi.delivery.fees.models import DrawerDay, Entry, NumberSeries
from madoguchi.delivery.fees.rules import EntryKind, Method, fiscal_year
from madoguchi.delivery.fees.services import Counted, Due, NewAmount
from madoguchi.kernel.fees import REASON_BY_CODE, Charge
from madoguchi.platform import clock
from madoguchi.platform.approvals import services as approvals
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.verbs import Refusal

pytestmark = pytest.mark.django_db
LOST = Charge((("card", 800), ("certificates", 200)))


@pytest.fixture
def drawer_day(city: DeliveryPlace, clerk: Actor) -> DrawerDay:
    """A drawer that was opened with 10,000 yen."""
    return services.open_drawer(services.save_drawer("A", "1番窓口", city, clerk), 10_000, clerk)


def pay(day: DrawerDay, clerk: Actor, visit: int, method: Method = Method.CASH) -> Entry:
    return services.take(Due(f"encounter:{visit}", "lost", LOST), method, day.pk, clerk)


@pytest.mark.parametrize(("day", "year"), [(dt.date(2027, 3, 31), 2026), (dt.date(2027, 4, 1), 2027)])
def test_the_fiscal_year_begins_in_april(day: dt.date, year: int) -> None:
    assert fiscal_year(day) == year


def test_a_day_with_payments_a_void_and_a_difference_balances_to_zero(drawer_day: DrawerDay, clerk: Actor) -> None:
    pay(drawer_day, clerk, 1)
    pay(drawer_day, clerk, 2, Method.CASHLESS)
    wrong = pay(drawer_day, clerk, 3)
    void = services.take_back(wrong, clerk, reason="押し間違い", second_person="chief", drawer_day=drawer_day.pk)
    assert (void.kind, void.yen, void.number) == (EntryKind.VOID, -1000, 4)
    with pytest.raises(NotAllowed, match=r"現金が-10円、キャッシュレスが\+0円"):
        services.close_drawer(drawer_day.pk, Counted(10_990, 1000), clerk, second_person="chief")
    for second in ("", "clerk"):
        with pytest.raises(NotAllowed, match="二人"):
            services.close_drawer(drawer_day.pk, Counted(11_000, 1000), clerk, second_person=second)
    closed = services.close_drawer(drawer_day.pk, Counted(10_990, 1000, "釣り銭の渡し間違い"), clerk, second_person="chief")
    assert (closed.entries, closed.cash_yen, closed.cashless_yen, closed.cash_difference) == (4, 1000, 1000, -10)
    report = queries.report(clock.today())
    assert (report.balance, report.all_closed, report.numbers_are_whole) == (0, True, True)
    assert (report.cash, report.cashless) == (1000, 1000)


def test_a_closed_drawer_takes_nothing_and_is_closed_once(drawer_day: DrawerDay, clerk: Actor) -> None:
    services.close_drawer(drawer_day.pk, Counted(10_000, 0), clerk, second_person="chief")
    with pytest.raises(NotAllowed, match="閉まっています"):
        pay(drawer_day, clerk, 1)
    with pytest.raises(NotAllowed, match="すでに"):
        services.close_drawer(drawer_day.pk, Counted(10_000, 0), clerk, second_person="chief")
    with pytest.raises(NotAllowed, match="すでに開けたか"):
        services.open_drawer(drawer_day.drawer, 0, clerk)


def test_a_drawer_left_open_yesterday_is_settled_first(drawer_day: DrawerDay, clerk: Actor) -> None:
    DrawerDay.objects.filter(pk=drawer_day.pk).update(day=clock.today() - dt.timedelta(days=1))
    with pytest.raises(NotAllowed, match="前の日"):
        services.open_drawer(drawer_day.drawer, 0, clerk)
    with pytest.raises(NotAllowed, match="前の日"):
        pay(drawer_day, clerk, 1)
    services.close_drawer(drawer_day.pk, Counted(10_000, 0), clerk, second_person="chief")
    services.open_drawer(drawer_day.drawer, 0, clerk)


def test_a_refund_on_a_later_day_comes_out_of_the_drawer_of_that_day(drawer_day: DrawerDay, clerk: Actor) -> None:
    paid = pay(drawer_day, clerk, 1)
    services.close_drawer(drawer_day.pk, Counted(11_000, 0), clerk, second_person="chief")
    DrawerDay.objects.filter(pk=drawer_day.pk).update(day=clock.today() - dt.timedelta(days=1))
    today = services.open_drawer(drawer_day.drawer, 5_000, clerk)
    refund = services.take_back(paid, clerk, reason="市の誤り", second_person="chief", drawer_day=today.pk)
    assert refund.kind == EntryKind.REFUND
    closed = services.close_drawer(today.pk, Counted(4_000, 0), clerk, second_person="chief")
    assert (closed.cash_yen, closed.cash_difference) == (-1000, 0)


def test_a_payment_is_never_counted_twice(drawer_day: DrawerDay, clerk: Actor) -> None:
    first = pay(drawer_day, clerk, 1)
    with pytest.raises(NotAllowed, match="徴収済み"):
        pay(drawer_day, clerk, 1)
    copy = {field.attname: getattr(first, field.attname) for field in Entry._meta.concrete_fields if field.name not in {"id", "number"}}
    with pytest.raises(IntegrityError, match="one_payment_of_a_subject"), transaction.atomic():
        Entry.objects.create(**copy, number=999)
    void = services.take_back(first, clerk, reason="押し間違い", second_person="chief", drawer_day=drawer_day.pk)
    with pytest.raises(NotAllowed, match="すでに"):
        services.take_back(first, clerk, reason="もう一度", second_person="chief", drawer_day=drawer_day.pk)
    with pytest.raises(NotAllowed, match="徴収の記録だけ"):
        services.take_back(void, clerk, reason="もう一度", second_person="chief", drawer_day=drawer_day.pk)
    again = pay(drawer_day, clerk, 1)
    assert again.follows_id == void.pk
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.create(**{**copy, "follows_id": void.pk}, number=998)
    assert queries.live_payment("encounter:1") == again


def test_the_ledger_cannot_be_changed_by_the_service(drawer_day: DrawerDay, clerk: Actor) -> None:
    entry = pay(drawer_day, clerk, 1)
    for statement in ("UPDATE fees_entry SET yen = 1 WHERE id = %s", "DELETE FROM fees_entry WHERE id = %s"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [entry.pk])


def test_the_database_lets_no_day_close_that_does_not_balance(drawer_day: DrawerDay, clerk: Actor) -> None:
    closed = services.close_drawer(drawer_day.pk, Counted(10_000, 0), clerk, second_person="chief")
    with pytest.raises(IntegrityError, match="a_closed_day_balances_to_zero"), transaction.atomic():
        DrawerDay.objects.filter(pk=closed.pk).update(counted_yen=9_999)
    with pytest.raises(IntegrityError, match="a_difference_is_explained"), transaction.atomic():
        DrawerDay.objects.filter(pk=closed.pk).update(counted_yen=9_999, cash_difference=-1)


def test_a_payment_that_fails_leaves_no_gap_in_the_numbers(drawer_day: DrawerDay, clerk: Actor) -> None:
    pay(drawer_day, clerk, 1)
    year = fiscal_year(clock.today())

    @transaction.atomic
    def pay_and_fail() -> None:
        pay(drawer_day, clerk, 2)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        pay_and_fail()
    assert pay(drawer_day, clerk, 3).number == 2
    assert queries.series_is_whole(year)
    NumberSeries.objects.filter(year=year).update(last=9)
    assert not queries.report(clock.today()).numbers_are_whole, "the check sees a missing number"


@pytest.mark.django_db(transaction=True)
def test_counters_that_pay_at_once_share_one_series_without_gap_or_double(drawer_day: DrawerDay, clerk: Actor) -> None:
    def many(first: int) -> None:
        try:
            for visit in range(first, first + 5):
                pay(drawer_day, clerk, visit)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=many, args=(first,)) for first in (1, 101, 201, 301)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(Entry.objects.values_list("number", flat=True)) == list(range(1, 21))
    closed = services.close_drawer(drawer_day.pk, Counted(30_000, 0), clerk, second_person="chief")
    assert closed.cash_difference == 0


def test_nothing_is_entered_where_nothing_is_due(drawer_day: DrawerDay, clerk: Actor) -> None:
    with pytest.raises(NotAllowed):
        services.take(Due("encounter:1", "first", Charge(())), Method.CASH, drawer_day.pk, clerk)
    assert not Entry.objects.exists()


def test_an_own_amount_counts_once_somebody_else_approved_it(
    city: DeliveryPlace, clerk: Actor, signed_in_client: Callable[..., Any]
) -> None:
    chief = signed_in_client("chief").staff
    new = NewAmount("card", 700, clock.today(), None, "手数料条例の改正")
    approval = request_amount(new, clerk)
    reason = REASON_BY_CODE["lost"]
    assert queries.charge_for(reason, clock.today(), certificates=True).yen == 1000
    with pytest.raises(Refusal, match="承認待ち"):
        request_amount(new, clerk)
    approvals.approve(approval.pk, chief)
    assert queries.charge_for(reason, clock.today(), certificates=True).yen == 900
    assert queries.charge_for(reason, clock.today() - dt.timedelta(days=1), certificates=True).yen == 1000


def test_nobody_approves_the_own_amount(city: DeliveryPlace, clerk: Actor) -> None:
    with pytest.raises(NotAllowed, match="別の人"):
        services.add_amount(NewAmount("card", 1, clock.today(), None, "x"), requested_by="clerk", approver=clerk)


def test_the_card_of_a_payment_is_known(drawer_day: DrawerDay, clerk: Actor, make_card: Callable[..., Card]) -> None:
    card = make_card()
    entry = services.take(Due("encounter:9", "lost", LOST, card), Method.CASH, drawer_day.pk, clerk)
    assert list(card.fees.all()) == [entry]
