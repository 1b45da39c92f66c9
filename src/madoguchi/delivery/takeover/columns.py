"""The columns of the spreadsheet of stock, and what a row must say; nothing here asks the database."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from madoguchi.delivery.cards.rules import BEFORE_DELIVERY, HoldKind, Notice, PlaceKind, Progress
from madoguchi.kernel import wareki
from madoguchi.kernel.names import has_control_characters
from madoguchi.kernel.numbers import NumberError, application_id, dispatch_number, find_individual_numbers, normalise_digits, serial_number
from madoguchi.platform.language import Sentence


@dataclass(frozen=True, slots=True)
class StockColumn:
    """One column: the field it fills, its heading, whether every row needs it."""

    field: str
    heading: str
    is_needed: bool = False


COLUMNS: tuple[StockColumn, ...] = (
    StockColumn("application_id", "申請書ID", is_needed=True),
    StockColumn("serial", "製造管理番号"),
    StockColumn("dispatch_no", "発送番号"),
    StockColumn("name", "氏名", is_needed=True),
    StockColumn("kana", "氏名カナ"),
    StockColumn("born", "生年月日", is_needed=True),
    StockColumn("sex", "性別", is_needed=True),
    StockColumn("postcode", "郵便番号"),
    StockColumn("address", "住所", is_needed=True),
    StockColumn("house", "方書"),
    StockColumn("expires", "カード有効期限"),
    StockColumn("progress", "進捗", is_needed=True),
    StockColumn("whereabouts", "所在"),
    StockColumn("holds", "停止"),
    StockColumn("applied_on", "申請受付日"),
    StockColumn("arrived_on", "到着日"),
    StockColumn("inspected_on", "検品日"),
    StockColumn("preset_on", "交付前設定処理完了日"),
    StockColumn("notice_sent_on", "交付通知書発送日"),
    StockColumn("reminded_on", "督促状送付日"),
    StockColumn("urged_on", "督促状送付日（2回目）"),
    StockColumn("warned_on", "廃棄予告送付日"),
    StockColumn("came_back_on", "返戻日"),
    StockColumn("came_back_why", "返戻事由"),
    StockColumn("notice_deadline", "受取期限"),
    StockColumn("delivered_on", "カード交付日"),
    StockColumn("ended_on", "取りやめ・失効日"),
    StockColumn("returned_on", "カード回収日"),
    StockColumn("site", "保管場所コード"),
    StockColumn("safe", "金庫"),
    StockColumn("box", "箱"),
    StockColumn("slot", "位置"),
    StockColumn("delivery_place", "交付場所コード"),
    StockColumn("memo", "備考"),
    StockColumn("booked_day", "予約日"),
    StockColumn("booked_from", "予約開始時刻"),
    StockColumn("booked_until", "予約終了時刻"),
)
HEADINGS: Mapping[str, str] = {column.field: column.heading for column in COLUMNS}
MISSING = "所在不明"
"""What may stand under 所在: a card that should be in the house and is looked for. Any other card is where its 進捗 and its box say."""
ENDED = frozenset({Progress.WITHDRAWN, Progress.LAPSED, Progress.RETURNED})
"""Cards that nobody will have any more, and that lie in the safe until they are disposed of."""
TO_DELIVER = frozenset({Progress.ARRIVED, Progress.INSPECTED, Progress.PRESET})
IN_THE_HOUSE = TO_DELIVER | ENDED
TAKEN: Mapping[str, Progress] = {
    "発行待ち": Progress.ORDERED,
    "発行待ち・未着": Progress.ORDERED,
    "到着": Progress.ARRIVED,
    "検品済": Progress.INSPECTED,
    "交付前設定済": Progress.PRESET,
    "交付済": Progress.DELIVERED,
    "交付取りやめ": Progress.WITHDRAWN,
    "失効": Progress.LAPSED,
    "返納": Progress.RETURNED,
}
"""What may stand under 進捗; cards that lapsed with their person after the delivery, or were disposed of, are no stock."""
HOLDS: Mapping[str, HoldKind] = {kind.label: kind for kind in HoldKind}
"""What may stand under 停止, several of them with 、 between."""
_SEXES = {"男": "m", "女": "f", "1": "m", "2": "f"}
LETTERS = ("notice_sent_on", "reminded_on", "urged_on", "warned_on")
"""The letters in the order in which they go out."""
_PAST = ("applied_on", "arrived_on", "inspected_on", "preset_on", *LETTERS, "came_back_on", "delivered_on", "ended_on", "returned_on")
_DATES = (*_PAST, "expires", "notice_deadline", "booked_day")
_LIMITS = {"name": 300, "kana": 300, "address": 500, "house": 200, "memo": 1000, "came_back_why": 100, "safe": 20, "box": 20, "slot": 20}
_ORDER = ("arrived_on", "inspected_on", "preset_on", "delivered_on")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell, as a sentence that does not repeat it."""

    field: str
    message: str


def read_row(cells: Mapping[str, str], today: dt.date) -> tuple[dict[str, str], list[Fault]]:
    """Return the values of a row as they will be kept (dates in ISO, sex as m or f, progress by its code), and what is wrong with it."""
    values = {column.field: cells.get(column.field, "").strip() for column in COLUMNS}
    faults = [
        Fault(column.field, Sentence("必ず入力してください。")) for column in COLUMNS if column.is_needed and not values[column.field]
    ]
    faults += _faults_of_texts(values)
    faults += _read_numbers(values)
    faults += _read_words(values)
    faults += _read_dates(values, today)
    wrong = {fault.field for fault in faults}
    faults += [fault for fault in _contradictions(values, today) if fault.field not in wrong]
    return values, faults


def _faults_of_texts(values: Mapping[str, str]) -> Iterator[Fault]:
    for field, limit in _LIMITS.items():
        if len(values[field]) > limit:
            yield Fault(field, Sentence("{limit}文字以内にしてください。", limit=limit))
        elif has_control_characters(values[field].replace("\n", "").replace("\r", "")):
            yield Fault(field, Sentence("目に見えない制御文字が入っています。"))
        elif find_individual_numbers(values[field]):
            yield Fault(field, Sentence("個人番号(12桁)とみられる数字があります。取り除いてください。"))


def _read_numbers(values: dict[str, str]) -> Iterator[Fault]:
    readers = (("application_id", application_id), ("serial", serial_number), ("dispatch_no", dispatch_number))
    for field, read in readers:
        if values[field]:
            try:
                values[field] = read(values[field])
            except NumberError:
                yield Fault(field, Sentence("番号の形ではありません。表計算ソフトで数字に変わっていないか確かめてください。"))
    postcode = normalise_digits(values["postcode"])
    if postcode and not (len(postcode) == 7 and postcode.isascii() and postcode.isdigit()):
        yield Fault("postcode", Sentence("郵便番号は7桁の数字です。"))
    values["postcode"] = postcode


def _read_words(values: dict[str, str]) -> Iterator[Fault]:
    if values["sex"] and values["sex"] not in _SEXES:
        yield Fault("sex", Sentence("「男」か「女」を入力してください。"))
    values["sex"] = _SEXES.get(values["sex"], "")
    if values["progress"] and values["progress"] not in TAKEN:
        yield Fault("progress", Sentence("次のどれかを入力してください: {states}。", states="、".join(TAKEN)))
    values["progress"] = TAKEN[values["progress"]].value if values["progress"] in TAKEN else ""
    words = [word.strip() for word in values["holds"].split("、") if word.strip()]
    if any(word not in HOLDS for word in words):
        yield Fault("holds", Sentence("次のどれかを、「、」で区切って入力してください: {holds}。", holds="、".join(HOLDS)))
    values["holds"] = ",".join(dict.fromkeys(HOLDS[word].value for word in words if word in HOLDS))
    if values["whereabouts"] not in {"", MISSING}:
        yield Fault("whereabouts", Sentence("所在の分からないカードに「{word}」と入力します。ほかのカードは空にします。", word=MISSING))
        values["whereabouts"] = ""


def _read_dates(values: dict[str, str], today: dt.date) -> Iterator[Fault]:
    yield from _read_birth(values, today)
    for field in _DATES:
        if not values[field]:
            continue
        try:
            day = wareki.parse(values[field])
        except wareki.DateError:
            yield Fault(field, Sentence("日付として読めません。"))
            continue
        if not day.is_complete:
            yield Fault(field, Sentence("年月日のそろった日付を入力してください。"))
        elif field in _PAST and day.iso() > today.isoformat():
            yield Fault(field, Sentence("未来の日付です。"))
        values[field] = day.iso()
    for field in ("booked_from", "booked_until"):
        if values[field]:
            try:
                values[field] = dt.time.fromisoformat(values[field].zfill(5)).strftime("%H:%M")
            except ValueError:
                yield Fault(field, Sentence("時刻は「9:30」の形で入力してください。"))


def _read_birth(values: dict[str, str], today: dt.date) -> Iterator[Fault]:
    if not values["born"]:
        return
    try:
        values["born"] = wareki.parse(values["born"]).iso()
    except wareki.DateError as error:
        if error.code != "unknown":
            yield Fault("born", Sentence("日付として読めません。"))
            return
        values["born"] = "0000-00-00"
    if values["born"] > today.isoformat():
        yield Fault("born", Sentence("未来の日付です。"))


def _contradictions(values: Mapping[str, str], today: dt.date) -> Iterator[Fault]:
    progress = Progress(values["progress"]) if values["progress"] else None
    yield from _contradictions_of_place(values, progress)
    if (progress not in {None, Progress.ORDERED} or values["notice_sent_on"]) and not values["serial"]:
        yield Fault("serial", Sentence("届いたか、通知を送ったカードの製造管理番号を入力してください。"))
    if values["holds"] and progress not in {None, *BEFORE_DELIVERY}:
        yield Fault("holds", Sentence("停止は、交付前のカードだけに入力します。"))
    yield from _contradictions_of_ends(values, progress)
    yield from _contradictions_of_letters(values)
    known = [values[field] for field in _ORDER if values[field]]
    if known != sorted(known):
        yield Fault("arrived_on", Sentence("到着、検品、交付前設定、交付の日付の順が逆です。"))
    times = [values[field] for field in ("booked_day", "booked_from", "booked_until")]
    if any(times) and (not all(times) or times[1] >= times[2]):
        yield Fault("booked_day", Sentence("予約は、日、開始時刻、終了時刻をそろえて入力してください。"))
    elif any(times) and (progress not in TO_DELIVER or times[0] < today.isoformat()):
        yield Fault(
            "booked_day", Sentence("予約は、庁内にある交付前のカードの、今日から後のものだけを入力します。過去の予約は備考に書きます。")
        )


def _contradictions_of_ends(values: Mapping[str, str], progress: Progress | None) -> Iterator[Fault]:
    if progress is not Progress.RETURNED and (progress is Progress.DELIVERED) != bool(values["delivered_on"]):
        yield Fault("delivered_on", Sentence("交付日は、交付済のカードに入力します。"))
    if values["ended_on"] and progress not in {Progress.WITHDRAWN, Progress.LAPSED}:
        yield Fault("ended_on", Sentence("取りやめ・失効日は、交付取りやめか失効のカードに入力します。"))
    if values["returned_on"] and progress is not Progress.RETURNED:
        yield Fault("returned_on", Sentence("カード回収日は、返納のカードに入力します。"))
    elif values["returned_on"] and values["delivered_on"] > values["returned_on"]:
        yield Fault("returned_on", Sentence("交付日より前の日付です。"))


def _contradictions_of_letters(values: Mapping[str, str]) -> Iterator[Fault]:
    """A second reminder follows a first, every letter follows the notice, and only what was sent comes back."""
    sent = [values[field] for field in LETTERS if values[field]]
    if sent and not values["notice_sent_on"]:
        yield Fault("notice_sent_on", Sentence("督促の前の発送日を入力してください。"))
    if values["urged_on"] and not values["reminded_on"]:
        yield Fault("reminded_on", Sentence("2回目の前の督促状送付日を入力してください。"))
    if sent != sorted(sent):
        yield Fault("notice_sent_on", Sentence("交付通知書、督促、廃棄予告の日付の順が逆です。"))
    if values["came_back_on"] and values["came_back_on"] < values["notice_sent_on"]:
        yield Fault("came_back_on", Sentence("交付通知書の発送日より前の日付です。"))
    elif values["came_back_on"] and not values["notice_sent_on"]:
        yield Fault("notice_sent_on", Sentence("返戻の前の発送日を入力してください。"))
    if values["came_back_why"] and not values["came_back_on"]:
        yield Fault("came_back_on", Sentence("返戻事由のあるカードの返戻日を入力してください。"))


def _contradictions_of_place(values: Mapping[str, str], progress: Progress | None) -> Iterator[Fault]:
    if values["whereabouts"]:
        yield from _contradictions_of_missing(values, progress)
        return
    if progress in IN_THE_HOUSE and not values["site"]:
        yield Fault("site", Sentence("庁内にあるカードの保管場所コードを入力してください。"))
    if progress not in IN_THE_HOUSE:
        for field in ("site", "safe", "box", "slot"):
            if values[field]:
                yield Fault(field, Sentence("この進捗のカードは庁内にありません。空にしてください。"))
    if values["slot"] and not values["box"]:
        yield Fault("box", Sentence("位置のあるカードの箱を入力してください。"))
    if bool(values["safe"]) != bool(values["box"]):
        yield Fault("safe", Sentence("金庫と箱は、両方を入力するか、両方を空にします。"))


def _contradictions_of_missing(values: Mapping[str, str], progress: Progress | None) -> Iterator[Fault]:
    if progress not in {None, *IN_THE_HOUSE}:
        yield Fault("whereabouts", Sentence("この進捗のカードは庁内にありません。所在不明にはできません。"))
    for field in ("safe", "box", "slot"):
        if values[field]:
            yield Fault(field, Sentence("所在不明のカードに位置は書けません。最後にあった位置は備考に書きます。"))


_NOTICES = dict(zip(LETTERS, (Notice.SENT, Notice.REMINDED, Notice.URGED, Notice.WARNED), strict=True))


def notice_of(values: Mapping[str, str]) -> Notice:
    """Return how far the notice has come, from its dates: the newest decides, and what was sent after a 返戻 is the newest."""
    last = next((field for field in reversed(LETTERS) if values[field]), None)
    if last is None:
        return Notice.NONE
    return Notice.CAME_BACK if returned_letter(values) == last else _NOTICES[last]


def returned_letter(values: Mapping[str, str]) -> str | None:
    """Return the field of the letter that came back: the last one that was sent on that day or before; None when none did."""
    if not values["came_back_on"]:
        return None
    return next((field for field in reversed(LETTERS) if values[field] and values[field] <= values["came_back_on"]), None)


def place_of(values: Mapping[str, str]) -> PlaceKind:
    """Return where a card is: what is looked for is nowhere, everything else is where its progress says."""
    progress = Progress(values["progress"])
    if values["whereabouts"]:
        return PlaceKind.MISSING
    if progress in IN_THE_HOUSE:
        return PlaceKind.STORED
    return PlaceKind.PERSON if progress is Progress.DELIVERED else PlaceKind.NOT_ARRIVED
