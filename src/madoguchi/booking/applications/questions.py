"""The questions of the forms: what every municipality can ask (seed 003 item (1)), as coded data; what it adds itself are rows.

A kind of visit names its questions by their codes, in the order of the page. A question says how it is answered and how long an answer may
be; the answers themselves are never stored here (madoguchi.kernel.sealed_answers).
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


class Answer(enum.StrEnum):
    """How a question is answered."""

    LINE = "line"
    TEXT = "text"
    DAY = "day"
    CHOICE = "choice"
    TELEPHONE = "telephone"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a form.

    Attributes:
        code: its name in the sealed answers and in the kind of visit.
        label: what stands above the box.
        answer: how it is answered.
        needed: whether it must be answered.
        help: a line of help.
        choices: what can be chosen, by code, for `Answer.CHOICE`.
        longest: the most characters that an answer may have.
        fill: the browser's name for it, so that it can fill the box in (WCAG 2.2, 1.3.5).
    """

    code: str
    label: Words
    answer: Answer
    needed: bool = False
    help: Words = ""
    choices: tuple[tuple[str, Words], ...] = ()
    longest: int = 100
    fill: str = "off"


# Without it nobody could look the booking up again: its last four figures are the second secret beside the 予約番号 (BS-11).
TELEPHONE = "telephone"
MAIL = "email"
SEX = "sex"

_BUILT_IN = (
    Question("name", _("氏名"), Answer.LINE, needed=True, help=_("申請する人の名前です。"), fill="name"),
    Question("kana", _("フリガナ"), Answer.LINE, needed=True, help=_("カタカナかひらがなで入力してください。")),
    Question("born", _("生年月日"), Answer.DAY, needed=True, help=_("西暦で入力してください。例：1980年9月8日"), fill="bday"),
    Question(
        SEX,
        _("性別"),
        Answer.CHOICE,
        help=_("答えなくてもかまいません。"),
        choices=(("m", _("男")), ("f", _("女"))),
    ),
    Question("address", _("住所"), Answer.LINE, needed=True, help=_("都道府県から番地まで"), longest=200, fill="street-address"),
    Question("building", _("マンション名・部屋番号"), Answer.LINE),
    Question(
        TELEPHONE,
        _("電話番号"),
        Answer.TELEPHONE,
        needed=True,
        help=_("日中に連絡のつく番号です。下4けたは、あとで予約を確かめるときに使います。"),
        longest=20,
        fill="tel",
    ),
    Question(
        MAIL,
        _("メールアドレス"),
        Answer.MAIL,
        help=_("入力しなくても予約できます。"),
        longest=254,
        fill="email",
    ),
    Question(
        "comer",
        _("来庁する人"),
        Answer.CHOICE,
        needed=True,
        choices=(
            ("self", _("本人")),
            ("with", _("本人と付き添いの人")),
            ("parent", _("親権者などの法定代理人")),
            ("agent", _("代理人")),
        ),
    ),
    Question(
        "request",
        _("申請内容"),
        Answer.TEXT,
        help=_("手続きについて伝えたいことがあれば入力してください。個人番号（マイナンバー）は入力しないでください。"),
        longest=500,
    ),
)
BUILT_IN: Mapping[str, Question] = MappingProxyType({question.code: question for question in _BUILT_IN})
# What a form asks when its kind names no questions.
USUAL: tuple[str, ...] = tuple(BUILT_IN)


def with_the_telephone(codes: Sequence[str]) -> tuple[str, ...]:
    """Return the codes of a form's questions: each once, the usual ones where none is named, never without the telephone number."""
    chosen = tuple(dict.fromkeys(codes)) or USUAL
    return chosen if TELEPHONE in chosen else (*chosen, TELEPHONE)
