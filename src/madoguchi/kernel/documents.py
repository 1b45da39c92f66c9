"""Which papers prove who somebody is at the counter, as dated rules.

Class A bears a photograph and was issued by a public body; class B bears name and birth date, or name and address. With the notice one A or
two B are enough; without it two A, or A and B (番号法施行規則; 個人番号カードの交付等に関する事務処理要領). Kinds only: no number of any
document is ever kept. A municipality may add kinds of class B.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

DocumentClass = Literal["A", "B"]


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind of paper, accepted from `since` to `until` (None: open end)."""

    code: str
    name: str
    proves: DocumentClass
    since: dt.date = dt.date(2016, 1, 1)
    until: dt.date | None = None

    def accepted_on(self, day: dt.date) -> bool:
        """Tell whether the paper is accepted on `day`."""
        return self.since <= day and (self.until is None or day <= self.until)


KINDS: tuple[DocumentKind, ...] = (
    DocumentKind("driving_licence", "運転免許証", "A"),
    DocumentKind("driving_record", "運転経歴証明書 (2012年4月1日以降の交付)", "A"),
    DocumentKind("passport", "旅券 (パスポート)", "A"),
    DocumentKind("disability", "身体障害者手帳", "A"),
    DocumentKind("mental_disability", "精神障害者保健福祉手帳", "A"),
    DocumentKind("nursing", "療育手帳", "A"),
    DocumentKind("residence_card", "在留カード", "A"),
    DocumentKind("permanent_resident", "特別永住者証明書", "A"),
    DocumentKind("former_card", "前のマイナンバーカード (写真付き)", "A"),
    DocumentKind("juki_card", "住民基本台帳カード (写真付き)", "A"),
    DocumentKind("insurance", "健康保険の資格確認書・資格情報のお知らせ", "B"),
    DocumentKind("health_insurance_card", "健康保険の被保険者証", "B", until=dt.date(2025, 12, 1)),
    DocumentKind("pension", "年金手帳・基礎年金番号通知書", "B"),
    DocumentKind("student", "学生証・社員証", "B"),
    DocumentKind("bankbook", "預金通帳", "B"),
    DocumentKind("mother_child", "母子健康手帳", "B"),
    DocumentKind("medical", "医療受給者証", "B"),
    DocumentKind("care", "介護保険被保険者証", "B"),
)
KIND_BY_CODE = {kind.code: kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """Whether the shown papers are enough, and if not, the sentence for the clerk."""

    enough: bool
    sentence: str


def kinds_on(day: dt.date) -> list[DocumentKind]:
    """Return the kinds that are accepted on `day`."""
    return [kind for kind in KINDS if kind.accepted_on(day)]


def judge(shown: Iterable[str], day: dt.date, *, with_notice: bool) -> Sufficiency:
    """Judge the papers that the person in person (本人) shows on `day`; unknown or expired kinds count for nothing."""
    kinds = {code: KIND_BY_CODE[code] for code in shown if code in KIND_BY_CODE}
    valid = [kind for kind in kinds.values() if kind.accepted_on(day)]
    photographs = sum(kind.proves == "A" for kind in valid)
    others = len(valid) - photographs
    if with_notice:
        enough = photographs >= 1 or others >= 2
        wanted = "顔写真付きの書類 (A) 1点、または B の書類 2点"
    else:
        enough = photographs >= 2 or (photographs >= 1 and others >= 1)
        wanted = "通知書がないので、A の書類 2点、または A と B 1点ずつ"
    sentence = "書類がそろいました。" if enough else f"書類が足りません。{wanted}が要ります (今は A {photographs}点、B {others}点)。"
    return Sufficiency(enough, sentence)
