"""Decisions about identification and bookings: plain values in, plain values out."""

import datetime as dt
import enum
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.calendar.rules import Admission
from madoguchi.kernel.numbers import luhn_check_digit

DRAFT_LIFETIME = dt.timedelta(minutes=60)
WRONG_BIRTHDAYS_UNTIL_LOCK = 5
SATURDAY = 5

# What a person can ask for with a booking: a coded list, never free text (BK-17).
REQUESTS = MappingProxyType(
    {
        "wheelchair": _("車いすで行きます"),
        "interpreter": _("通訳が必要です"),
        "sign_language": _("手話通訳・筆談を希望します"),
        "companion": _("付き添いの人と行きます"),
        "stroller": _("ベビーカーで行きます"),
    }
)


def booking_number() -> str:
    """Make a 予約番号: nine random digits and a check digit (Luhn), so that a slip of the tongue on the telephone is noticed."""
    body = f"{secrets.randbelow(10**9):09d}"
    return f"{body}{luhn_check_digit(body)}"


def last_day_to_cancel(day: dt.date, days_before: int, closed: Collection[dt.date] | None = None) -> dt.date:
    """Return the last day on which a citizen may change or cancel a booking for `day`.

    Calendar days are counted; business days (no Saturday, no Sunday, none of `closed`) when `closed` is given, be it empty.
    """
    if closed is None:
        return day - dt.timedelta(days=days_before)
    last, left = day, days_before
    while left:
        last -= dt.timedelta(days=1)
        left -= last.weekday() < SATURDAY and last not in closed
    return last


NOWHERE = ("",)


def common_admission(admissions: Sequence[Admission]) -> Admission:
    """Return where and when all of several people may come together."""
    limited = [set(admission.places) for admission in admissions if admission.places]
    places: Sequence[str] = tuple(sorted(set.intersection(*limited))) or NOWHERE if limited else ()
    return Admission(
        places,
        max((day for admission in admissions if (day := admission.not_before)), default=None),
        min((day for admission in admissions if (day := admission.deadline)), default=None),
    )


def is_late(starts: dt.datetime, now: dt.datetime, late_minutes: int) -> bool:
    """Tell whether somebody who is not there at `now` lets the next person go first."""
    return now >= starts + dt.timedelta(minutes=late_minutes)


@dataclass(frozen=True, slots=True)
class Mark:
    """One entry of 消し込み: from which states it may be made, where it leads, and what it says of each person."""

    from_states: frozenset[str]
    to_state: str
    result: str = ""
    late: bool = False


MARKS: MappingProxyType[str, Mark] = MappingProxyType(
    {
        "arrived": Mark(frozenset({"confirmed"}), "arrived"),
        "late": Mark(frozenset({"confirmed"}), "confirmed", late=True),
        "no_show": Mark(frozenset({"confirmed"}), "no_show", "no_show"),
        "done": Mark(frozenset({"confirmed", "arrived"}), "done", "delivered"),
        "refused": Mark(frozenset({"confirmed", "arrived"}), "refused", "refused"),
        "corrected": Mark(frozenset({"confirmed", "arrived", "no_show", "done", "refused"}), "confirmed"),
    }
)
MESSAGE_LENGTH = 200
# How often people may change the address of a booking themselves: the page must not fill others' mailboxes.
OWN_ADDRESSES = 3
# Offers that nobody answered, after which a wish leaves the list.
MISSED_OFFERS = 2
LONGEST_WISH = dt.timedelta(days=180)


class Why(enum.StrEnum):
    """Why a booking service refuses."""

    FULL = "full"
    NOT_OFFERED = "not_offered"
    HOLD_EXPIRED = "hold_expired"
    ALREADY_BOOKED = "already_booked"
    TOO_LATE = "too_late"
    NOT_FOUND = "not_found"
    DRAFT_EXPIRED = "draft_expired"
    NO_MORE_EXTENSION = "no_more_extension"
    CLOSED = "closed"
    BUSY = "busy"
    CHANGED = "changed"
    LIMITED = "limited"
    NOT_YET = "not_yet"
    ALREADY_WAITING = "already_waiting"
    TOO_MANY_PEOPLE = "too_many_people"
    TOO_MANY_ADDRESSES = "too_many_addresses"


SENTENCES: MappingProxyType[Why, str | Promise] = MappingProxyType(
    {
        Why.FULL: _("この時間はちょうど満員になりました。予約は変わっていません。ほかの時間を選んでください。"),
        Why.NOT_OFFERED: _("この時間は予約の受付をしていません。予約は変わっていません。ほかの時間を選んでください。"),
        Why.HOLD_EXPIRED: _("時間の仮押さえの期限が切れました。予約はまだ完了していません。もう一度、日時を選んでください。"),
        Why.ALREADY_BOOKED: _(
            "この予約用IDではすでに予約があります。1件につき予約は1つです。日時や人数は「予約の確認・変更・取消」で変えられます。"
        ),
        Why.TOO_LATE: _("インターネットで変更や取消ができる期限を過ぎています。予約は変わっていません。お電話でお知らせください。"),
        Why.NOT_FOUND: _("該当する予約がありません。すでに取り消されたか、予約が完了していません。何も変わっていません。"),
        Why.DRAFT_EXPIRED: _("しばらく操作がなかったため、最初からやり直してください。完了した予約は変わっていません。"),
        Why.NO_MORE_EXTENSION: _("仮押さえはこれ以上延長できません。期限までに予約を完了してください。"),
        Why.BUSY: _("ただいま混み合っています。予約は変わっていません。少し待ってから、もう一度お試しください。"),
        Why.CHANGED: _("この予約は、ほかの画面で先に変えられました。今の内容を確かめて、もう一度操作してください。"),
        Why.LIMITED: _(
            "取消が続いたか、来られなかった予約があるため、しばらくインターネットでは予約できません。何も変わっていません。"
            "お急ぎのときはお電話でお問い合わせください。"
        ),
        Why.NOT_YET: _("予約の時間はまだ来ていません。何も変わっていません。"),
        Why.TOO_MANY_PEOPLE: _("1件で予約できる人数を超えています。何も変わっていません。分けて予約するか、お電話でご相談ください。"),
        Why.TOO_MANY_ADDRESSES: _("メールアドレスを何度も変えたため、これより後はお電話で受け付けます。予約は変わっていません。"),
        Why.ALREADY_WAITING: _("この予約用IDでは、すでに空き待ちに登録しています。何も変わっていません。"),
        Why.CLOSED: _("この予約用IDでは予約できません。何も変わっていません。詳しくはお電話でお問い合わせください。"),
    }
)


class BookingRefused(Exception):
    """A booking service refuses and has changed nothing. `why` is for programs, `message` for people."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why
        self.message = SENTENCES[why]
