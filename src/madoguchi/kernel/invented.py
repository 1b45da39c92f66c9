"""Invented people and card lists: what the demo shows, what tests and benches read. Nobody in them exists; their difficulties do.

Variant kanji, names from abroad, one-character family names, households, people of more than a hundred, birthdays on 29 February. The
same seed gives the same bytes, and 300,000 rows take seconds. Faults can be planted, and the plan says on which line and of which kind.
"""

from __future__ import annotations

import datetime as dt
import random
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from madoguchi.kernel.wareki import format_wareki

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from madoguchi.kernel.municipalities import Municipality

LayoutCode = Literal["fujisawa", "kobe", "fixed"]

_FAMILIES = (
    ("青木", "アオキ"),
    ("石井", "イシイ"),
    ("岡田", "オカダ"),
    ("柿﨑", "カキザキ"),
    ("神﨑", "カンザキ"),
    ("草彅", "クサナギ"),
    ("髙田", "タカダ"),
    ("髙島", "タカシマ"),
    ("𠮷川", "ヨシカワ"),
    ("吉川", "ヨシカワ"),
    ("渡邊", "ワタナベ"),
    ("渡邉", "ワタナベ"),
    ("渡部", "ワタナベ"),
    ("齋木", "サイキ"),
    ("齊木", "サイキ"),
    ("濱口", "ハマグチ"),
    ("長谷川", "ハセガワ"),
    ("小笠原", "オガサワラ"),
    ("佐々木", "ササキ"),
    ("野々村", "ノノムラ"),
    ("東", "アズマ"),
    ("林", "ハヤシ"),
    ("伊集院", "イジュウイン"),
    ("西園寺", "サイオンジ"),
    ("栁澤", "ヤナギサワ"),
    ("圡屋", "ツチヤ"),
)
_COMMON_FAMILIES = tuple(pair for pair in _FAMILIES if "𠮷" not in pair[0] and "圡" not in pair[0])
_GIVEN = (
    ("大輔", "ダイスケ", "男"),
    ("健太", "ケンタ", "男"),
    ("正", "タダシ", "男"),
    ("宗一郎", "ソウイチロウ", "男"),
    ("樹", "イツキ", "男"),
    ("和子", "カズコ", "女"),
    ("さゆり", "サユリ", "女"),
    ("凛", "リン", "女"),
    ("美代子", "ミヨコ", "女"),
    ("愛菜", "アイナ", "女"),
    ("キヨ", "キヨ", "女"),
    ("光", "ヒカル", "男"),
    ("光", "ヒカリ", "女"),
    ("真琴", "マコト", "男"),
    ("真琴", "マコト", "女"),
    ("弥生", "ヤヨイ", "女"),
    ("富士夫", "フジオ", "男"),
    ("結菜", "ユイナ", "女"),
)
_ABROAD = (
    ("LEE SEO YEON", "イ ソヨン", "女"),
    ("PHAM VAN LONG", "ファム ヴァン ロン", "男"),
    ("D'ANGELO MARCO", "ダンジェロ マルコ", "男"),
    ("FERREIRA DOS SANTOS ANA BEATRIZ", "フェレイラ ドス サントス アナ", "女"),
    ("ZHANG WEI", "チョウ イ", "男"),
    (
        "RODRIGUEZ DE LA VEGA Y MONTENEGRO ALEJANDRO FRANCISCO JAVIER MAXIMILIANO SEBASTIAN BUENAVENTURA III",
        "ロドリゲス アレハンドロ",
        "男",
    ),
)
_TOWNS = ("本町", "中央", "栄町", "緑が丘", "桜台", "新田", "元浜", "上之原", "大手", "旭", "南台", "松風")
_HOUSES = (
    "メゾン桜１０１号室",
    "市営住宅３号棟２０４",
    "ハイツみどり　２‐Ｂ",
    "山田様方",
    "グループホームあおぞら内",
    "タワー中央Ⅱ　二一〇五号",
)
_ISSUE_KINDS = ("新規", "新規", "新規", "新規", "新規", "更新", "再交付")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_FULL_WIDTH = str.maketrans("0123456789-", "０１２３４５６７８９－")
_HALF_KANA = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0xFF66, 0xFF9E)} | {"\u3099": "ﾞ", "\u309a": "ﾟ"}

HEADERS: dict[LayoutCode, Sequence[str] | None] = {
    "fujisawa": ("申請書ID", "製造管理番号", "発送番号", "氏名", "生年月日", "性別", "住所", "電子証明書情報"),
    "kobe": (
        *("申請書ID(内部キー用)", "申請書ID(見た目用)", "製造管理番号", "発送番号", "氏名", "氏名カナ", "旧氏", "通称", "生年月日", "性別"),
        *("郵便番号", "住所", "方書", "カードステータス", "点字有無", "証明書有無情報", "カード有効期限"),
        *("利用者証明用電子証明書有効期限", "署名用電子証明書有効期限", "利用者証明用電子証明書シリアル", "申請受付方式", "申請受付日"),
        *("交付種別", "登録事由", "有料・無料", "カード交付場所", "カード保管場所", "メモ"),
    ),
    "fixed": None,
}
_COLUMNS: dict[LayoutCode, dict[str, int]] = {
    "fujisawa": {"application": 0, "serial": 1, "dispatch": 2, "name": 3, "born": 4, "sex": 5, "address": 6},
    "kobe": {"application": 0, "serial": 2, "dispatch": 3, "name": 4, "born": 8, "sex": 9, "address": 11},
    "fixed": {"application": 0, "serial": 1, "dispatch": 2, "name": 3, "born": 5, "sex": 6, "address": 8},
}


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person with the card that is made for them."""

    application: str
    serial: str
    dispatch: str
    name: str
    kana: str
    former_name: str
    alias: str
    born: dt.date
    sex: str
    postcode: str
    address: str
    house: str
    has_signature: bool
    has_authentication: bool
    expires: dt.date
    issue_kind: str
    office: str
    shelf: str


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """A fault in an invented list: the line it stands on, its kind, and whether the row must be refused or only reported."""

    line: int
    kind: str
    refused: bool


# kind: (column by meaning, what becomes of the cell; None where the whole record is spoilt, refused or only reported)
_KINDS: tuple[tuple[str, bool], ...] = (
    ("application id one digit short", True),
    ("application id with a letter", True),
    ("application id empty", True),
    ("serial empty", True),
    ("serial too short", True),
    ("serial of an earlier row", True),
    ("application id of an earlier row", True),
    ("name blank", True),
    ("day that the calendar lacks", True),
    ("born tomorrow", True),
    ("sex not known", True),
    ("columns missing", True),
    ("one column more", True),
    ("individual number in the address", True),
    ("control character in the name", True),
    ("birth day unknown", False),
    ("formula for a name", False),
    ("address in another town", False),
    ("own character in the name", False),
)
_NEEDS_EARLIER = frozenset({"serial of an earlier row", "application id of an earlier row"})


def people(
    municipality: Municipality,
    rows: int,
    seed: int,
    offices: Sequence[str] = (),
    *,
    today: dt.date = dt.date(2026, 11, 1),
    beyond_cp932: bool = False,
) -> Iterator[Person]:
    """Invent `rows` people of a municipality; now and then one shares the address of the one before.

    `beyond_cp932` adds names that only Unicode can write (𠮷川).
    """
    chance = random.Random(f"people/{municipality.code}/{seed}")  # noqa: S311 invented, and the same for the same seed
    oldest = today.replace(year=today.year - 103)
    days = (today - oldest).days - 200
    household: tuple[str, str, str] | None = None
    families = _FAMILIES if beyond_cp932 else _COMMON_FAMILIES
    family = families[0]
    for number in range(rows):
        if household is None or chance.random() > 0.3:
            family, household = chance.choice(families), None
        if chance.random() < 0.03:
            name, kana, sex = chance.choice(_ABROAD)
            alias = "木下　明" if chance.random() < 0.3 else ""
        else:
            given = chance.choice(_GIVEN)
            name, kana, sex, alias = f"{family[0]}　{given[0]}", f"{family[1]} {given[1]}", given[2], ""
        if household is None:
            block = f"{chance.randint(1, 8)}丁目{chance.randint(1, 40)}番{chance.randint(1, 25)}号".translate(_FULL_WIDTH)
            town = chance.randrange(len(_TOWNS))
            house = chance.choice(_HOUSES) if chance.random() < 0.35 else ""
            household = (f"{2500000 + town * 11:07d}", f"{municipality.prefecture}{municipality.name}{_TOWNS[town]}{block}", house)
        born = dt.date(2000, 2, 29) if chance.random() < 0.003 else oldest + dt.timedelta(days=chance.randrange(days))
        years = 10 if born.year + 18 <= today.year else 5
        yield Person(
            application=f"{chance.randrange(10**22, 10**23)}",
            serial=f"{chance.choice(_LETTERS)}{chance.randrange(10)}{_LETTERS[number // 1_000_000 % 24]}{number % 1_000_000:06d}",
            dispatch=f"{today:%Y%m}{number:06d}",
            name=name,
            kana=kana,
            former_name=chance.choice(families)[0] if chance.random() < 0.02 else "",
            alias=alias,
            born=born,
            sex=sex,
            postcode=household[0],
            address=household[1],
            house=household[2],
            has_signature=born.year + 15 < today.year,
            has_authentication=chance.random() > 0.02,
            expires=dt.date(today.year + years, born.month, min(born.day, 28)),
            issue_kind=chance.choice(_ISSUE_KINDS),
            office=chance.choice(offices) if offices else "",
            shelf=f"{chance.choice('ABCDEF')}-{chance.randint(1, 30):02d}-{chance.randint(1, 60):02d}",
        )


def card_list(
    layout: LayoutCode, municipality: Municipality, rows: int, seed: int = 1, *, faults: int = 0, offices: Sequence[str] = ()
) -> tuple[Iterator[bytes], list[PlantedFault]]:
    """Invent a card list: its lines as bytes, and the faults planted in it (spread over all kinds, never in the first row)."""
    chance = random.Random(f"faults/{layout}/{seed}")  # noqa: S311 invented, and the same for the same seed
    first = 1 if HEADERS[layout] is None else 2
    spoilt = sorted(chance.sample(range(1, rows), faults)) if faults else []
    planted = {index: _KINDS[turn % len(_KINDS)] for turn, index in enumerate(spoilt)}
    plan = [PlantedFault(index + first, kind, refused) for index, (kind, refused) in planted.items()]
    return _lines(layout, municipality, people(municipality, rows, seed, offices, beyond_cp932=layout == "kobe"), planted), plan


def _lines(
    layout: LayoutCode, municipality: Municipality, persons: Iterator[Person], planted: dict[int, tuple[str, bool]]
) -> Iterator[bytes]:
    header = HEADERS[layout]
    if header:
        yield (b"\xef\xbb\xbf" if layout == "kobe" else b"") + encoded(layout, list(header))
    sound: list[str] = []
    for index, person in enumerate(persons):
        row = record(layout, person)
        fault = planted.get(index)
        if fault:
            spoil(layout, fault[0], row, sound, municipality)
        elif not sound:
            sound = list(row)
        yield encoded(layout, row)


def record(layout: LayoutCode, person: Person) -> list[str]:
    """Write a person as one record of a layout."""
    certificates = _certificates(person)
    if layout == "fujisawa":
        serial, address = f"{person.serial[:3]}-{person.serial[3:]}", person.address + (f"　{person.house}" if person.house else "")
        return [person.application, serial, person.dispatch, person.name, format_wareki(person.born), person.sex, address, certificates]
    if layout == "fixed":
        flags = f"{int(person.has_authentication)}{int(person.has_signature)}"
        sex, born = "1" if person.sex == "男" else "2", f"{person.born:%Y%m%d}"
        who = [person.application, person.serial, person.dispatch, person.name, half_width(person.kana), born, sex]
        return [*who, person.postcode, person.address, person.house, flags]
    expires = f"{person.expires:%Y/%m/%d}"
    renewal = f"{min(person.expires, person.expires.replace(year=2031)):%Y/%m/%d}"
    shown = "-".join(person.application[start : start + 4] for start in range(0, 23, 4))
    postcode = f"{person.postcode[:3]}-{person.postcode[3:]}"
    return [
        *(person.application, shown, person.serial, person.dispatch, person.name, person.kana, person.former_name, person.alias),
        *(f"{person.born:%Y/%m/%d}", person.sex, postcode, person.address, person.house, "発行済", "無", certificates, expires),
        *(renewal if person.has_authentication else "", renewal if person.has_signature else "", person.application[-8:]),
        *("オンライン", "2026/10/01", person.issue_kind, f"{person.issue_kind}申請"),
        *("有料" if person.issue_kind == "再交付" else "無料", person.office, person.shelf, ""),
    ]


def _certificates(person: Person) -> str:
    kinds = [name for name, there in (("署名用", person.has_signature), ("利用者証明用", person.has_authentication)) if there]
    return "・".join(kinds) or "なし"


def half_width(kana: str) -> str:
    """Write a reading in half-width kana, as old systems do."""
    return "".join(_HALF_KANA.get(part, part) for part in unicodedata.normalize("NFD", kana))


def encoded(layout: LayoutCode, row: Sequence[str]) -> bytes:
    """Write a record as bytes of a layout; own characters (U+E000…) become the codes F040… of CP932."""
    if layout == "kobe":
        return (",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) + "\r\n").encode()
    if layout == "fixed":
        return ("\t".join(row) + "\r\n").encode("cp932")
    return (",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) + "\r\n").encode("cp932")


def spoil(layout: LayoutCode, kind: str, row: list[str], earlier: Sequence[str], municipality: Municipality) -> None:
    """Plant one fault in a record; `earlier` is a sound record before it."""
    at = _COLUMNS[layout]
    if kind == "columns missing":
        del row[-1]
        return
    if kind == "one column more":
        row.append("")
        return
    if kind in _NEEDS_EARLIER:
        place = at["serial" if kind.startswith("serial") else "application"]
        row[place] = earlier[place]
        return
    unknown = {"fujisawa": "昭和12年不詳", "kobe": "1937/00/00", "fixed": "19370000"}[layout]
    lacking = {"fujisawa": "平成5年11月31日", "kobe": "1993/11/31", "fixed": "19931131"}[layout]
    coming = {"fujisawa": "令和30年3月3日", "kobe": "2048/03/03", "fixed": "20480303"}[layout]
    application, name, address = row[at["application"]], row[at["name"]], row[at["address"]]
    column, cell = {
        "application id one digit short": ("application", application[:22]),
        "application id with a letter": ("application", f"{application[:5]}l{application[6:]}"),
        "application id empty": ("application", ""),
        "serial empty": ("serial", ""),
        "serial too short": ("serial", row[at["serial"]][:6]),
        "name blank": ("name", "　 "),
        "day that the calendar lacks": ("born", lacking),
        "born tomorrow": ("born", coming),
        "sex not known": ("sex", "不"),
        "individual number in the address": ("address", f"{address}　１２３４－５６７８－９０１８"),
        "control character in the name": ("name", f"{name[:1]}\x1b{name[1:]}"),
        "birth day unknown": ("born", unknown),
        "formula for a name": ("name", "=1+1"),
        "address in another town": ("address", address.replace(municipality.name, "となり市")),
        "own character in the name": ("name", f"\ue010{name[1:]}"),
    }[kind]
    row[at[column]] = cell
