"""Pure decisions about letters and the roster."""

from madoguchi.delivery.cards.rules import Notice, Progress

_LENGTH = len("MMDD")


def month_day(born: str) -> str | None:
    """Return the 生月日 (MMDD) of an ISO date whose unknown parts are 00.

    None when the month or the day is unknown (生年月日不詳): then staff books for the person.
    """
    found = born[5:7] + born[8:10]
    return found if len(found) == _LENGTH and "00" not in (found[:2], found[2:]) else None


def public_stage(progress: Progress, notice: Notice) -> str:
    """Return what a person is told of a card that waits for them (BK-13), as the code that the roster carries.

    `ready` takes both: the card lies there with its 交付前設定 done, and the notice is out. Nothing here says where the card is.
    """
    if notice is Notice.CAME_BACK:
        return "notice_returned"
    if notice in {Notice.NONE, Notice.MADE}:
        return "preparing" if notice is Notice.NONE else "notice_made"
    return "ready" if progress is Progress.PRESET else "notice_sent"
