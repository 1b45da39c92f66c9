"""The words of letters before a municipality writes its own; placeholders stand in braces and come from a closed list."""

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from madoguchi.delivery.dispatch.models import Kind

PLACEHOLDERS = MappingProxyType(
    {
        "public_url": "予約ページのアドレス",
        "municipality": "市区町村の名前",
        "deadline": "受取期限（回答期限）",
        "today": "印刷した日",
    }
)
_BRACED = re.compile(r"\{([^{}]*)\}")
NOT_WORDS = ("deadline_days", "after_days")


class UnknownPlaceholder(ValueError):
    """Words hold a brace that is no placeholder of the closed list; `found` are those, as written."""

    def __init__(self, found: tuple[str, ...]) -> None:
        super().__init__(f"{len(found)} unknown placeholders")
        self.found = found


@dataclass(frozen=True, slots=True)
class LetterWords:
    """The parts of a letter that staff may edit, and the days that its kind counts. Lists have one item a line.

    `deadline_days` counts from the day of printing to the deadline that the letter names; `after_days` from the sending of the letter
    before to the day when this one is due (督促, 廃棄予告).
    """

    sender: str
    section: str
    title: str
    lead: str
    steps: str = ""
    steps_by_staff: str = ""
    bring: str = ""
    notes: str = ""
    contact: str = ""
    deadline_days: int = 60
    after_days: int = 30


WORDS_OF: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(
            (Kind.NOTICE, Kind.RESEND),
            ("sender", "section", "title", "lead", "steps", "steps_by_staff", "bring", "notes", "contact", "deadline_days"),
        ),
        **dict.fromkeys(
            (Kind.REMIND, Kind.URGE, Kind.WARNING),
            (
                *("sender", "section", "title", "lead", "steps", "steps_by_staff", "bring", "notes", "contact"),
                *("deadline_days", "after_days"),
            ),
        ),
        Kind.CODE: ("sender", "section", "title", "lead", "steps", "steps_by_staff", "bring", "notes", "contact"),
        Kind.INQUIRY: ("sender", "section", "title", "lead", "steps", "notes", "contact", "deadline_days"),
        Kind.CARD: ("sender", "section", "title", "lead", "bring", "notes", "contact"),
        Kind.LABEL: ("title", "lead", "deadline_days"),
    }
)
"""The parts that each kind of letter has, in the order of its form."""


def placeholders_of(text: str) -> set[str]:
    """Return what stands in braces in `text`; a lone brace counts as an unknown one, written as it is."""
    found = set(_BRACED.findall(text))
    rest = _BRACED.sub("", text)
    return found | {brace for brace in "{}" if brace in rest}


def unknown_placeholders(words: LetterWords) -> tuple[str, ...]:
    """Return what stands in braces anywhere in the words and is none of the closed list."""
    found = {name for value in dataclasses.asdict(words).values() if isinstance(value, str) for name in placeholders_of(value)}
    return tuple(sorted(found - PLACEHOLDERS.keys()))


def filled(words: LetterWords, values: Mapping[str, str]) -> LetterWords:
    """Put `values` in the place of the placeholders; raises UnknownPlaceholder when one is not of the closed list."""
    if unknown := unknown_placeholders(words):
        raise UnknownPlaceholder(unknown)
    texts = {name: value for name, value in dataclasses.asdict(words).items() if isinstance(value, str)}
    done = {name: _BRACED.sub(lambda one: values[one[1]], text) for name, text in texts.items()}
    return dataclasses.replace(words, **done)  # type: ignore[arg-type]  # only the parts that are text


def due_before(kind: Kind, words: LetterWords, today: dt.date) -> dt.date | None:
    """Return the last day of sending of the letter before on which this kind is due `today`; None for kinds that wait for nothing."""
    return today - dt.timedelta(days=words.after_days) if "after_days" in WORDS_OF[kind] else None


_STEPS = (
    "スマートフォンで右の二次元コードを読み取るか、パソコンで {public_url} を開きます。\n"
    "予約用ID、予約コード、生まれた月日の4けた(9月8日なら 0908)を入力し、場所と日時を選びます。\n"
    "予約した日時に交付場所へお越しください。カードは、ご本人であることを確かめてからお渡しします。"
)
_STEPS_BY_STAFF = (
    "この案内をお手元に置いて、下のお問い合わせ先へお電話ください。職員が予約をお取りします。\n"
    "予約した日時に交付場所へお越しください。カードは、ご本人であることを確かめてからお渡しします。"
)
_BRING = (
    "この案内と、交付通知書(はがき)\n"
    "本人確認書類: 運転免許証や旅券など顔写真のあるもの1点。ないときは資格確認書や年金手帳など2点\n"
    "通知カード、住民基本台帳カード、今お持ちのマイナンバーカード(ある方だけ)"
)
_NOTES = (
    "予約コードは、ほかの人に教えないでください。職員が電話でお尋ねすることはありません。\n"
    "15歳未満の方と成年被後見人の方は、法定代理人とご一緒にお越しください。ご本人が来られない事情のあるときは、先にお電話ください。"
)
_CROSSED = "この案内と行き違いに予約または受け取りがお済みのときは、ご容赦ください。"


def first_text(municipality: str, kind: Kind = Kind.NOTICE) -> LetterWords:
    """Return the text that a municipality starts with; `municipality` is its name."""
    basis = LetterWords(
        sender=municipality,
        section="マイナンバーカード担当",
        title="マイナンバーカード交付のご案内",
        lead=(
            "申請されたマイナンバーカードの用意ができました。お受け取りは予約制です。"
            "下の番号で予約のうえ、受取期限までに交付場所へお越しください。"
        ),
        steps=_STEPS,
        steps_by_staff=_STEPS_BY_STAFF,
        bring=_BRING,
        notes=_NOTES,
    )
    return dataclasses.replace(basis, **_FIRST.get(kind, {}))  # type: ignore[arg-type]  # names and kinds of LetterWords


_FIRST: Mapping[Kind, Mapping[str, str | int]] = MappingProxyType(
    {
        Kind.RESEND: {
            "title": "マイナンバーカード交付のご案内（再送）",
            "lead": (
                "前にお送りした案内が届かずに戻ってきたため、あらためてお送りします。"
                "お受け取りは予約制です。下の番号で予約のうえ、受取期限までに交付場所へお越しください。"
            ),
        },
        Kind.REMIND: {
            "title": "マイナンバーカードをお受け取りください",
            "lead": (
                "先に交付のご案内をお送りしましたが、まだ予約をいただいていません。カードは交付場所でお預かりしています。"
                "受取期限までに予約のうえ、お受け取りください。"
            ),
            "notes": f"{_CROSSED}\n{_NOTES}",
            "after_days": 30,
        },
        Kind.URGE: {
            "title": "マイナンバーカードの受け取りについて（再度のお願い）",
            "lead": (
                "これまでにご案内と督促をお送りしましたが、マイナンバーカードをまだお受け取りいただいていません。"
                "{deadline}までに予約のうえ、お受け取りください。受け取りを希望されないときは、お問い合わせ先へお知らせください。"
            ),
            "notes": f"{_CROSSED}\n{_NOTES}",
            "deadline_days": 90,
            "after_days": 60,
        },
        Kind.WARNING: {
            "title": "マイナンバーカードの廃棄について（予告）",
            "lead": (
                "くり返しご案内しましたが、マイナンバーカードをお受け取りいただいていません。{deadline}までにお受け取りがないときは、"
                "交付を取りやめ、カードを廃棄します。廃棄のあとにカードが必要になったときは、あらためて申請してください。"
            ),
            "notes": f"{_CROSSED}\n{_NOTES}",
            "deadline_days": 60,
            "after_days": 90,
        },
        Kind.CODE: {
            "title": "マイナンバーカードの予約コードのお知らせ",
            "lead": (
                "先に交付のご案内をお送りした方に、予約に使う番号をお知らせします。"
                "お受け取りは予約制です。下の番号で予約のうえ、先のご案内の受取期限までに交付場所へお越しください。"
            ),
            "notes": f"{_CROSSED}\n{_NOTES}",
        },
        Kind.INQUIRY: {
            "title": "マイナンバーカードの交付に関する照会書",
            "lead": (
                "あなたのマイナンバーカードの交付（代理の方による受け取りなど）について、ご本人の意思を確かめるためにお送りします。"
                "下の回答書にご本人が記入し、{deadline}までに、受け取りのときにお持ちいただくか、ご返送ください。"
            ),
            "steps": (
                "回答書は、ご本人が黒のペンで書いてください。書けない事情のあるときは、先にお電話ください。\n"
                "代理の方に頼むときは、委任状の欄も書いてください。\n"
                "書いたあと、この紙を切り離さずにお持ちください。"
            ),
            "bring": "",
            "notes": "身に覚えのないときは、回答せずに、お問い合わせ先へすぐにお知らせください。",
            "deadline_days": 30,
        },
        Kind.CARD: {
            "title": "マイナンバーカードをお届けします",
            "lead": "申請のときにご本人であることを確かめましたので、マイナンバーカードを郵便でお届けします。中身をお確かめください。",
            "steps": "",
            "steps_by_staff": "",
            "bring": "マイナンバーカード 1枚\nご利用の手引き",
            "notes": (
                "氏名・住所に誤りのあるとき、同封のものが足りないときは、お問い合わせ先へお知らせください。\n"
                "カードは、ほかの人に貸したり見せたりしないでください。暗証番号は、申請のときにお決めになったものです。"
            ),
        },
        Kind.LABEL: {"title": "要予約", "lead": "マイナンバーカードの受け取りは予約制です。", "steps": "", "bring": "", "notes": ""},
    }
)
