"""What is due: by reason, by day, with and without certificates, and with a municipality's own amounts."""

import datetime as dt

import pytest

from madoguchi.kernel.fees import CARD_REASONS, ITEM_NAMES, NATIONAL, PROCEDURE_REASONS, REASON_BY_CODE, Amount, amounts_on, charge

DAY = dt.date(2026, 11, 21)


@pytest.mark.parametrize(
    ("reason", "certificates", "yen"),
    [
        ("first", True, 0),
        ("renewal", True, 0),
        ("fault", False, 0),
        ("lost", True, 1000),
        ("lost", False, 800),
        ("unreturned", True, 1000),
        ("lost-express", True, 2000),
        ("lost-express", False, 1800),
        ("procedure", True, 0),
        ("certificates-again", False, 200),
    ],
)
def test_what_is_due(reason: str, certificates: bool, yen: int) -> None:
    assert charge(REASON_BY_CODE[reason], DAY, certificates=certificates).yen == yen


def test_the_express_card_has_no_price_before_its_day() -> None:
    with pytest.raises(KeyError):
        charge(REASON_BY_CODE["lost-express"], dt.date(2024, 12, 1), certificates=True)
    assert charge(REASON_BY_CODE["lost-express"], dt.date(2024, 12, 2), certificates=True).yen == 2000


def test_an_own_amount_counts_from_its_day_to_its_end_and_the_newest_wins() -> None:
    own = [
        Amount("card", 500, DAY, own=True),
        Amount("card", 0, dt.date(2027, 1, 1), dt.date(2027, 3, 31), own=True),
        Amount("card", 600, DAY, own=True),
    ]
    assert amounts_on(DAY - dt.timedelta(days=1), own)["card"].yen == 800
    assert amounts_on(DAY, own)["card"].yen == 600
    assert amounts_on(dt.date(2027, 3, 31), own)["card"].yen == 0
    assert amounts_on(dt.date(2027, 4, 1), own)["card"].yen == 600
    assert charge(REASON_BY_CODE["lost"], DAY, certificates=True, own=own).yen == 800


def test_every_reason_and_amount_has_a_name() -> None:
    assert all(set(reason.items) <= set(ITEM_NAMES) for reason in (*CARD_REASONS, *PROCEDURE_REASONS))
    assert {amount.item for amount in NATIONAL} == set(ITEM_NAMES)
    assert [reason.code for reason in CARD_REASONS if reason.is_free] == ["first", "renewal", "full", "fault", "exempt"]
