"""What a card or a certificate costs, as dated amounts; a municipality lays its own over them (DL-12).

An amount belongs to an item and counts from a day on; a change is a new row, nothing is overwritten. Why somebody pays or does not is a
reason: it names the items that are charged. Sources: 市区町村の手数料条例 (国の基準), 個人番号カードの交付等に関する事務処理要領.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Amount:
    """The price of one item from `since` on, until a newer row begins or `until` has passed."""

    item: str
    yen: int
    since: dt.date
    until: dt.date | None = None
    source: str = ""
    own: bool = False

    def valid_on(self, day: dt.date) -> bool:
        """Tell whether the amount counts on `day`."""
        return self.since <= day and (self.until is None or day <= self.until)


ITEM_NAMES: Mapping[str, str] = {
    "card": "個人番号カードの再交付",
    "card-express": "個人番号カードの再交付 (特急発行)",
    "certificates": "電子証明書の発行",
}

_STANDARD = "市区町村の手数料条例（国の基準）"
NATIONAL: tuple[Amount, ...] = (
    Amount("card", 800, dt.date(2016, 1, 1), source=_STANDARD),
    Amount("certificates", 200, dt.date(2016, 1, 1), source=_STANDARD),
    Amount("card-express", 1800, dt.date(2024, 12, 2), source=_STANDARD),
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a fee is due or not: `items` are charged; with `and_certificates` the certificates too when some are issued."""

    code: str
    name: str
    items: tuple[str, ...] = ()
    and_certificates: bool = False

    @property
    def is_free(self) -> bool:
        """Tell whether nothing is charged for this reason."""
        return not self.items


EXEMPT = "exempt"
"""減免: nothing is due by the municipality's own ordinance; why, is written down with it."""

CARD_REASONS: tuple[Reason, ...] = (
    Reason("first", "初めての交付"),
    Reason("renewal", "有効期間内の更新"),
    Reason("full", "追記欄の満欄"),
    Reason("fault", "初期不良・市の都合"),
    Reason(EXEMPT, "減免 (条例による)"),
    Reason("lost", "紛失・破損による再交付", ("card",), and_certificates=True),
    Reason("unreturned", "前のカードを返納できない更新", ("card",), and_certificates=True),
    Reason("lost-express", "紛失・破損による再交付 (特急発行)", ("card-express",), and_certificates=True),
)
PROCEDURE_REASONS: tuple[Reason, ...] = (
    Reason("procedure", "手数料のかからない手続き"),
    Reason(EXEMPT, "減免 (条例による)"),
    Reason("certificates-again", "電子証明書の再発行 (本人の都合)", ("certificates",)),
)
REASON_BY_CODE: Mapping[str, Reason] = {reason.code: reason for reason in (*CARD_REASONS, *PROCEDURE_REASONS)}


@dataclass(frozen=True, slots=True)
class Charge:
    """What is to be paid: the items with their amounts, and the sum."""

    lines: tuple[tuple[str, int], ...]

    @property
    def yen(self) -> int:
        """The sum."""
        return sum(yen for _item, yen in self.lines)


def amounts_on(day: dt.date, own: Iterable[Amount] = ()) -> dict[str, Amount]:
    """Return what each item costs on `day`: the nation's amount, or the municipality's own; of several the one that began last counts.

    Of rows that began on the same day the later in `own` counts.
    """
    found: dict[str, Amount] = {}
    for rows in (NATIONAL, tuple(own)):
        newest: dict[str, Amount] = {}
        for row in sorted(rows, key=lambda row: row.since):
            if row.valid_on(day):
                newest[row.item] = row
        found |= newest
    return found


def charge(reason: Reason, day: dt.date, *, certificates: bool, own: Iterable[Amount] = ()) -> Charge:
    """Return what is due for `reason` on `day`. Raises KeyError when an item has no amount on that day."""
    amounts = amounts_on(day, own)
    items = [*reason.items, *(["certificates"] if reason.and_certificates and certificates else [])]
    return Charge(tuple((item, amounts[item].yen) for item in items))
