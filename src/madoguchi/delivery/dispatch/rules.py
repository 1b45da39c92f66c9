"""Pure decisions about letters and the roster."""

_LENGTH = len("MMDD")


def month_day(born: str) -> str | None:
    """Return the 生月日 (MMDD) of an ISO date whose unknown parts are 00.

    None when the month or the day is unknown (生年月日不詳): then staff books for the person.
    """
    found = born[5:7] + born[8:10]
    return found if len(found) == _LENGTH and "00" not in (found[:2], found[2:]) else None
