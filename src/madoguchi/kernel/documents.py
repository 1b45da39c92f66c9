"""Which papers prove who somebody is at the counter, as dated rules.

Class A bears a photograph and was issued by a public body; class B bears name and birth date, or name and address. How many of each are
enough in which case stands in `required_documents` (`Rule.papers`); here it is judged whether what was shown is that much (番号法施行規則;
個人番号カードの交付等に関する事務処理要領). Kinds only: no number of any document is ever kept. A municipality may add kinds of class B.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

DocumentClass = Literal["A", "B", "special"]
# May a copy be kept: yes; only with what `hides` names blotted out; never.
CopyRule = Literal["yes", "masked", "never"]


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind of paper, accepted from `since` to `until` (None: open end).

    `copy` says whether a copy may be kept (DL-32), `hides` what has to be blotted out on it, `bears_number` whether the 個人番号 stands on
    it, `photograph` whether a paper of class B can bear one.
    """

    code: str
    name: str
    proves: DocumentClass
    since: dt.date = dt.date(2016, 1, 1)
    until: dt.date | None = None
    copy: CopyRule = "yes"
    hides: str = ""
    bears_number: bool = False
    photograph: bool = False

    def accepted_on(self, day: dt.date) -> bool:
        """Tell whether the paper is accepted on `day`."""
        return self.since <= day and (self.until is None or day <= self.until)


_NUMBER = "個人番号"
_INSURANCE = "保険者番号と被保険者等記号・番号"
_PENSION = "基礎年金番号"

# Copies: 番号法20条 (個人番号), 健康保険法194条の2 (記号・番号), 国民年金法108条の4 (基礎年金番号). Papers that tell of an illness or a
# disability are looked at and not copied (個人情報保護法2条3項).
KINDS: tuple[DocumentKind, ...] = (
    DocumentKind("driving_licence", "運転免許証", "A"),
    DocumentKind("driving_record", "運転経歴証明書 (2012年4月1日以降の交付)", "A"),
    DocumentKind("passport", "旅券 (パスポート)", "A"),
    DocumentKind("disability", "身体障害者手帳", "A", copy="never"),
    DocumentKind("mental_disability", "精神障害者保健福祉手帳", "A", copy="never"),
    DocumentKind("nursing", "療育手帳", "A", copy="never"),
    DocumentKind("residence_card", "在留カード", "A"),
    DocumentKind("permanent_resident", "特別永住者証明書", "A"),
    DocumentKind("former_card", "前のマイナンバーカード (写真付き)", "A", copy="masked", hides=_NUMBER, bears_number=True),
    DocumentKind("juki_card", "住民基本台帳カード (写真付き)", "A"),
    DocumentKind("insurance", "健康保険の資格確認書・資格情報のお知らせ", "B", copy="masked", hides=_INSURANCE),
    DocumentKind("health_insurance_card", "健康保険の被保険者証", "B", until=dt.date(2025, 12, 1), copy="masked", hides=_INSURANCE),
    DocumentKind("pension", "年金手帳・基礎年金番号通知書", "B", copy="masked", hides=_PENSION),
    DocumentKind("student", "学生証・社員証", "B", photograph=True),
    DocumentKind("bankbook", "預金通帳", "B", copy="never"),
    DocumentKind("mother_child", "母子健康手帳", "B", copy="never"),
    DocumentKind("medical", "医療受給者証", "B", copy="never"),
    DocumentKind("care", "介護保険被保険者証", "B", copy="never"),
)
# Papers that count in some cases only: neither of class A nor of class B.
PHOTO_CERTIFICATE = DocumentKind("photo_certificate", "個人番号カード顔写真証明書", "special", since=dt.date(2023, 1, 1), copy="never")
NOTIFICATION_CARD = DocumentKind("notification_card", "通知カード", "special", copy="never", hides=_NUMBER, bears_number=True)
SPECIAL_KINDS: tuple[DocumentKind, ...] = (PHOTO_CERTIFICATE, NOTIFICATION_CARD)
KIND_BY_CODE = {kind.code: kind for kind in (*KINDS, *SPECIAL_KINDS)}

# The ways of `required_documents.PAPERS` in short words.
WAY_NAMES = {
    "A": "A の書類 1点",
    "BB": "B の書類 2点",
    "AA": "A の書類 2点",
    "AB": "A と B の書類 1点ずつ",
    "BBB+": "B の書類 3点 (1点は顔写真のあるもの)",
    "BB+N": "通知カードと B の書類 2点",
    "PHOTO": "顔写真証明書",
}


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """Whether the shown papers are enough, and if not, the sentence for the clerk."""

    enough: bool
    sentence: str


def kinds_on(day: dt.date) -> list[DocumentKind]:
    """Return the kinds that are accepted on `day`."""
    return [kind for kind in KINDS if kind.accepted_on(day)]


def special_kinds(ways: Iterable[str], day: dt.date) -> list[DocumentKind]:
    """Return the papers outside the classes that one of `ways` counts on `day`."""
    wanted = {"PHOTO": PHOTO_CERTIFICATE, "BB+N": NOTIFICATION_CARD}
    return [wanted[way] for way in ways if way in wanted and wanted[way].accepted_on(day)]


def judge(shown: Iterable[str], day: dt.date, ways: Iterable[str]) -> Sufficiency:
    """Judge the papers that somebody shows on `day`: enough when they meet one of `ways`; unknown or expired kinds count for nothing.

    A paper of class A also stands for one of class B. Without any way nothing is wanted.
    """
    several = tuple(ways)
    kinds = {code: KIND_BY_CODE[code] for code in shown if code in KIND_BY_CODE}
    valid = [kind for kind in kinds.values() if kind.accepted_on(day)]
    firsts = sum(kind.proves == "A" for kind in valid)
    seconds = sum(kind.proves == "B" for kind in valid)
    both, photograph = firsts + seconds, firsts > 0 or any(kind.photograph for kind in valid)
    met = {
        "A": firsts >= 1,
        "BB": both >= 2,
        "AA": firsts >= 2,
        "AB": firsts >= 1 and both >= 2,
        "BBB+": both >= 3 and photograph,
        "BB+N": NOTIFICATION_CARD in valid and both >= 2,
        "PHOTO": PHOTO_CERTIFICATE in valid,
    }
    if not several or any(met[way] for way in several):
        return Sufficiency(True, "書類がそろいました。")
    wanted = "、または ".join(WAY_NAMES[way] for way in several)
    return Sufficiency(False, f"書類が足りません。{wanted}が要ります (今は A {firsts}点、B {seconds}点)。")


def copy_is_allowed(code: str) -> bool:
    """Tell whether a copy of a paper of this kind may be kept, as it is or masked (DL-32)."""
    kind = KIND_BY_CODE.get(code)
    return kind is not None and kind.copy != "never"
