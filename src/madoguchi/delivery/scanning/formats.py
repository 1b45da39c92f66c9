"""Forms of codes that a municipality uses besides ours: which text has the form, and which forms may stand beside each other. Pure.

A form is a fixed beginning, a number of known length, and perhaps a check digit: labels of an earlier system, envelopes printed elsewhere.
What a scanner gives must mean one thing: a form that some text could share with another form, with a code of ours, or with a 個人番号 is
refused. The check digits are left out of that comparison, so that a wrong digit never turns one code into another.
"""

import string
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from madoguchi.delivery.cards.rules import Labelled
from madoguchi.delivery.scanning.codes import BY_LETTER, DISPATCH_DIGITS, Kind, NotOurs, Read
from madoguchi.kernel import labels, numbers

DIGITS, SIGNS = frozenset(string.digits), frozenset(string.digits + string.ascii_uppercase)
Signs = Sequence[frozenset[str]]


class Check(Labelled):
    """How the last digit is made of those before it."""

    NONE = "none", "なし"
    WEIGHTS_3_1 = "m10w31", "モジュラス10 ウェイト3・1（JANなど）"
    SEVEN = "7dr", "7DR（7で割った余り）"
    DAMM = "damm", "Damm（当システムのラベルと同じ）"


PAPERS = (Kind.SLEEVE, Kind.NOTICE, Kind.SERIAL, Kind.APPLICATION, Kind.DISPATCH, Kind.BOOKING)
"""Papers on which such a code may stand."""
LENGTHS: Mapping[Kind, Sequence[int]] = {
    Kind.SERIAL: (9,),
    Kind.APPLICATION: (23,),
    Kind.DISPATCH: DISPATCH_DIGITS,
    Kind.BOOKING: (10,),
}
"""Numbers that such a code may hold, and how long each may be."""


def _modulus_10(digits: str) -> int:
    return -sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))) % 10


_CHECKS: Mapping[Check, Callable[[str], int]] = {
    Check.WEIGHTS_3_1: _modulus_10,
    Check.SEVEN: lambda digits: int(digits) % 7,
    Check.DAMM: labels.check_digit,
}


@dataclass(frozen=True, slots=True)
class Form:
    """One form: its beginning, the number behind it, its check digit (made of the number alone), and the paper that it stands on."""

    name: str
    prefix: str
    number: Kind
    length: int
    check: Check
    paper: Kind

    def signs(self) -> Signs:
        """Return for each place of the code which signs may stand there."""
        body = [SIGNS] * 3 + [DIGITS] * 6 if self.number is Kind.SERIAL else [DIGITS] * self.length
        return [frozenset(sign) for sign in self.prefix] + body + ([] if self.check is Check.NONE else [DIGITS])

    def number_in(self, text: str) -> str | None:
        """Return the number in a code of this form, None where the text has another form; raises NotOurs for a wrong check digit."""
        bare, signs = numbers.normalise_digits(text.strip()).upper(), self.signs()
        if len(bare) != len(signs) or any(sign not in allowed for sign, allowed in zip(bare, signs, strict=True)):
            return None
        number = bare[len(self.prefix) : len(self.prefix) + self.length]
        if self.check is not Check.NONE and str(_CHECKS[self.check](number)) != bare[-1]:
            raise NotOurs(f"「{self.name}」のようですが、検査数字が合いません。読み取りが欠けています。もう一度読み取ってください。")
        return number


def read_in(text: str, forms: Iterable[Form]) -> Read | None:
    """Read a code in the first form that it has; None where it has none of them. Raises NotOurs for a wrong check digit."""
    for form in forms:
        number = form.number_in(text)
        if number is not None:
            return Read(form.paper, number, form.number)
    return None


def _ours() -> Iterator[tuple[str, Signs]]:
    """Give every form that the desk knows by itself, with what it is called."""
    for letter, kind in BY_LETTER.items():
        yield from ((kind.label, [frozenset(letter)] + [DIGITS] * digits) for digits in (9, 10))
    yield Kind.SERIAL.label, [SIGNS] * 3 + [DIGITS] * 6
    yield Kind.APPLICATION.label, [DIGITS] * 23
    yield from ((Kind.BOOKING.label, signs) for signs in ([DIGITS] * 10, [frozenset("Y"), *[DIGITS] * 10]))
    yield from ((Kind.DISPATCH.label, [DIGITS] * digits) for digits in DISPATCH_DIGITS)


def _meet(first: Signs, second: Signs) -> bool:
    return len(first) == len(second) and all(one & other for one, other in zip(first, second, strict=True))


def _may_hold_an_individual_number(signs: Signs) -> bool:
    """Tell whether exactly twelve figures may stand together in a code: so many, and no figure that must stand beside them."""
    edges = [frozenset("-"), *signs, frozenset("-")]
    return any(
        all(DIGITS & one for one in edges[start : start + 12]) and not edges[start - 1] <= DIGITS and not edges[start + 12] <= DIGITS
        for start in range(1, len(edges) - 12)
    )


def why_not(form: Form, others: Iterable[Form]) -> list[str]:
    """Return why a form may not stand beside `others`, as sentences; nothing where it may."""
    reasons = []
    if form.length not in LENGTHS[form.number]:
        lengths = LENGTHS[form.number]
        words = f"{lengths[0]}けた" if len(lengths) == 1 else f"{lengths[0]}けたから{lengths[-1]}けた"
        reasons.append(f"{form.number.label}は{words}です。")
        return reasons
    if form.check not in {Check.NONE, *_CHECKS} or (form.check is not Check.NONE and form.number is Kind.SERIAL):
        reasons.append("製造管理番号には英字があるので、検査数字は付けられません。")
    signs = form.signs()
    if _may_hold_an_individual_number(signs):
        reasons.append("数字が12けた続く形です。個人番号（マイナンバー）と区別できないので、使えません。")
    called = dict.fromkeys(name for name, ours in _ours() if _meet(signs, ours))
    reasons += [f"当システムの「{name}」と同じ形のコードになります。" for name in called]
    reasons += [f"登録済みの「{other.name}」と同じ形のコードになります。" for other in others if _meet(signs, other.signs())]
    return reasons
