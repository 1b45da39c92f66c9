"""Pure decisions about applications that the office takes itself (research: 申請時来庁方式, 出張申請, 特急発行)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from madoguchi.delivery.cards.rules import Labelled
from madoguchi.kernel import names, wareki
from madoguchi.kernel.numbers import NumberError, application_id, find_individual_numbers, normalise_digits


class Way(Labelled):
    """来庁方式: where the application was taken."""

    COUNTER = "counter", "申請時来庁"
    OFFSITE = "offsite", "出張申請"
    EXPRESS = "express", "特急発行"


class Receipt(Labelled):
    """受取方法: how the person gets the card."""

    RESTRICTED = "restricted", "本人限定受取郵便"
    SIMPLE = "simple", "簡易書留"
    COUNTER = "counter", "窓口で受け取る"


class SentWay(Labelled):
    """送付方法: how the application went to J-LIS (DL-24)."""

    NONE = "", "未送付"
    WEB = "web", "Web（総合サイト）"
    POST = "post", "郵送（代理投函）"


NEEDS_NO_PHOTO_BELOW = 1
# The list that goes along to a venue and comes back; the first column knows each row again.
COLUMNS = ("行番号", "申請書ID", "氏名", "フリガナ", "生年月日", "性別", "郵便番号", "住所", "方書", "受取方法")
_LIMITS = {"name": 100, "kana": 100, "address": 200, "house": 100}
_SEXES = {"男": "m", "女": "f", "m": "m", "f": "f"}
_RECEIPTS = {**{value.label: value for value in Receipt}, "": Receipt.COUNTER, "窓口": Receipt.COUNTER, "本人限定受取": Receipt.RESTRICTED}


@dataclass(frozen=True, slots=True)
class Person:
    """What an application says of a person, checked."""

    application_id: str
    name: str
    kana: str
    born: str
    sex: str
    postcode: str
    address: str
    house: str


@dataclass(frozen=True, slots=True)
class Applicant:
    """A row of a venue's list, read."""

    row_id: str
    person: Person
    receipt: Receipt


class Fault(ValueError):
    """A field cannot be what it should be; `column` names it, `sentence` says what is wrong and never repeats the value."""

    def __init__(self, column: str, sentence: str) -> None:
        super().__init__(sentence)
        self.column = column
        self.sentence = sentence


def read_person(cells: Mapping[str, str], today: dt.date) -> Person:
    """Check what was typed of a person (keys: the fields of Person). Raises Fault."""
    try:
        number = application_id(cells["application_id"])
    except NumberError:
        raise Fault("application_id", "申請書IDは23けたの数字です。申請書から読み取ってください。") from None
    for column in ("name", "kana", "address", "house"):
        _refuse_strange(column, cells.get(column, ""))
    name = cells["name"].strip()
    if not name:
        raise Fault("name", "氏名を入力してください。")
    if not cells["address"].strip():
        raise Fault("address", "住所を入力してください。")
    sex = _SEXES.get(cells["sex"].strip())
    if sex is None:
        raise Fault("sex", "性別は「男」か「女」です。")
    postcode = normalise_digits(cells.get("postcode", "")).lstrip("〒")
    if postcode and not (len(postcode) == 7 and postcode.isascii() and postcode.isdigit()):
        raise Fault("postcode", "郵便番号は7けたの数字です。")
    born = _born(cells["born"], today)
    return Person(
        number, name, cells.get("kana", "").strip(), born, sex, postcode, cells["address"].strip(), cells.get("house", "").strip()
    )


def _refuse_strange(column: str, text: str) -> None:
    if len(text) > _LIMITS[column]:
        raise Fault(column, "長すぎます。入力した内容を確かめてください。")
    if names.has_control_characters(text):
        raise Fault(column, "使えない文字が含まれています。入力し直してください。")
    if find_individual_numbers(text):
        raise Fault(column, "個人番号 (12桁) とみられる数字があります。取り除いてください。")


def _born(text: str, today: dt.date) -> str:
    try:
        born = wareki.parse(text)
    except wareki.DateError:
        raise Fault("born", "生年月日は「昭和55年9月8日」や「1980-09-08」のように入力してください。") from None
    if (born.year, born.month or 1, born.day or 1) > (today.year, today.month, today.day):
        raise Fault("born", "生年月日が先の日付です。確かめてください。")
    return born.iso()


def read_row(cells: Mapping[str, str], row_ids: frozenset[str], today: dt.date) -> Applicant:
    """Read a row of a venue's list, by the names of COLUMNS. Raises Fault with the column's Japanese name."""
    row_id = cells["行番号"].strip().upper()
    if row_id not in row_ids:
        raise Fault("行番号", "この会場の行番号ではありません。別の会場の一覧でないか確かめてください。")
    titles = dict(zip(("application_id", "name", "kana", "born", "sex", "postcode", "address", "house"), COLUMNS[1:9], strict=True))
    try:
        person = read_person({field: cells[title] for field, title in titles.items()}, today)
    except Fault as fault:
        raise Fault(titles[fault.column], fault.sentence) from None
    receipt = _RECEIPTS.get(cells["受取方法"].strip())
    if receipt is None:
        raise Fault("受取方法", "受取方法は「本人限定受取郵便」「簡易書留」「窓口で受け取る」のどれかです。")
    return Applicant(row_id, person, receipt)


def is_blank(cells: Mapping[str, str]) -> bool:
    """Tell whether a row of a list was left free: its number alone, or nothing."""
    return not any(value.strip() for title, value in cells.items() if title not in {"行番号", "受取方法"})


def needs_photo(born: str, today: dt.date) -> bool:
    """Tell whether an application needs a photo: not for a child below one year; an unknown birthday needs one."""
    year, month, day = (int(part) for part in born.split("-"))
    if not (year and month and day):
        return True
    return wareki.age_on(dt.date(year, month, day), today) >= NEEDS_NO_PHOTO_BELOW


def is_overdue(received_on: dt.date, today: dt.date) -> bool:
    """Tell whether an application that is not sent alarms: from the morning after it was taken (DL-24)."""
    return received_on < today
