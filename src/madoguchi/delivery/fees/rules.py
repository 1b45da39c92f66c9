"""Pure decisions of fees: kinds of entries, ways of paying, the fiscal year."""

import datetime as dt

from madoguchi.delivery.cards.rules import Labelled

_FISCAL_YEAR_BEGINS_IN = 4


class EntryKind(Labelled):
    """What a line of the ledger is."""

    PAYMENT = "payment", "徴収"
    VOID = "void", "取消"
    REFUND = "refund", "返金"


class Method(Labelled):
    """徴収区分 of a payment."""

    CASH = "cash", "現金"
    CASHLESS = "cashless", "キャッシュレス"


def fiscal_year(day: dt.date) -> int:
    """Return the 会計年度 of a day: April to March (地方自治法208条)."""
    return day.year if day.month >= _FISCAL_YEAR_BEGINS_IN else day.year - 1
