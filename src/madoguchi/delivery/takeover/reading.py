"""Reading the spreadsheet (XLSX or CSV) and comparing it with itself and with the register; nothing is written."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from madoguchi.delivery.cards.models import Card, CardEvent, DeliveryPlace
from madoguchi.delivery.cards.rules import PlaceKind, Progress
from madoguchi.delivery.intake.picking import WrongSource, workbook_rows
from madoguchi.delivery.storage.models import Box
from madoguchi.delivery.takeover.columns import COLUMNS, HEADINGS, read_row
from madoguchi.kernel import headed
from madoguchi.kernel.tables import TableError
from madoguchi.platform import clock
from madoguchi.platform.language import Sentence
from madoguchi.platform.verbs import Refusal

MOST_ROWS = 50_000
LARGEST = 60_000_000
_UNTOUCHED = frozenset({"import"})


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with one row; the value is not repeated."""

    line: int
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class Read:
    """A spreadsheet that was read: its rows by line, what is wrong with which, and how many cards are known already."""

    sha256: str
    rows: tuple[tuple[int, dict[str, str]], ...]
    wrong: tuple[Wrong, ...]
    known: int


def read_stock(path: Path) -> Read:
    """Read and check a whole spreadsheet. Raises Refusal for a file that is none."""
    today = clock.today()
    rows: list[tuple[int, dict[str, str]]] = []
    wrong: list[Wrong] = []
    for line, cells in _rows(path):
        if cells is None:
            wrong.append(Wrong(line, "", Sentence("行が壊れています。列の数と引用符を確かめてください。")))
            continue
        if not any(cells.values()):
            continue
        if len(rows) + len(wrong) >= MOST_ROWS:
            raise Refusal(Sentence("行が多すぎます。一つのファイルは {most} 行までです。", most=MOST_ROWS))
        values, faults = read_row(cells, today)
        wrong += [Wrong(line, HEADINGS[fault.field], fault.message) for fault in faults]
        rows.append((line, values))
    if not rows and not wrong:
        raise Refusal(Sentence("行が1件もありません。ひな形に書いたファイルか確かめてください。"))
    wrong += _twins(rows)
    contradictions, known = _against_the_register(rows)
    wrong += contradictions
    return Read(_digest(path), tuple(rows), tuple(sorted(wrong, key=lambda one: one.line)), known)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str] | None]]:
    try:
        with path.open("rb") as stream:
            is_workbook = stream.read(4) == b"PK\x03\x04"
    except OSError:
        raise Refusal(Sentence("ファイルを読めません。名前とフォルダーを確かめてください。")) from None
    if path.stat().st_size > LARGEST:
        raise Refusal(Sentence("ファイルが大きすぎます。一覧を分けてください。"))
    try:
        if is_workbook:
            yield from _rows_of_workbook(path)
            return
        for item in headed.read_headed(path.read_bytes(), HEADINGS):
            yield item.line, None if isinstance(item, headed.Fault) else item.cells
    except WrongSource as error:
        raise Refusal(str(error)) from error
    except TableError as error:
        if error.code == "header" and error.expected:
            raise Refusal(
                Sentence("見出し「{heading}」が、無いか、二つ以上あります。ひな形の見出しを変えないでください。", heading=error.expected)
            ) from error
        raise Refusal(Sentence("表として読めません。XLSX か CSV (UTF-8、CP932) で保存し直してください。")) from error


def _rows_of_workbook(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    places: dict[str, int] = {}
    for line, cells in workbook_rows(path, "slash"):
        if not places:
            titles = [cell.strip() for cell in cells]
            for column in COLUMNS:
                if titles.count(column.heading) != 1:
                    raise TableError("header", expected=column.heading)
                places[column.field] = titles.index(column.heading)
            continue
        yield line, {field: cells[place].strip() if place < len(cells) else "" for field, place in places.items()}


def _twins(rows: list[tuple[int, dict[str, str]]]) -> Iterator[Wrong]:
    keys = (("application_id", ("application_id",)), ("serial", ("serial",)), ("slot", ("site", "safe", "box", "slot")))
    for field, parts in keys:
        seen: dict[tuple[str, ...], int] = {}
        for line, values in rows:
            key = tuple(values[part] for part in parts)
            if not values[field]:
                continue
            if key in seen:
                yield Wrong(line, HEADINGS[field], Sentence("{line} 行目と同じです。どちらが正しいか確かめてください。", line=seen[key]))
            seen.setdefault(key, line)


def _against_the_register(rows: list[tuple[int, dict[str, str]]]) -> tuple[list[Wrong], int]:
    """Compare with places, boxes and cards. A known card may be completed only while nothing but its list has touched it."""
    open_sites = set(DeliveryPlace.objects.filter(is_open=True).values_list("code", flat=True))
    slots = {(box.site.code, box.safe, box.name): box.slots for box in Box.objects.filter(is_open=True).select_related("site")}
    numbers = [values["application_id"] for _line, values in rows]
    known = {card.application_id: card for card in Card.objects.filter(application_id__in=numbers)}
    serials = [values["serial"] for _line, values in rows if values["serial"]]
    owners = dict(Card.objects.filter(serial__in=serials).values_list("serial", "application_id"))
    touched = set(
        CardEvent.objects.filter(card__in=[card.pk for card in known.values()])
        .exclude(act__in=_UNTOUCHED)
        .values_list("card_id", flat=True)
    )
    taken = set(Card.objects.filter(place_kind=PlaceKind.STORED.value).exclude(slot="").values_list("site__code", "safe", "box", "slot"))
    found: list[Wrong] = []

    def say(line: int, field: str, message: str) -> None:
        found.append(Wrong(line, HEADINGS[field], message))

    for line, values in rows:
        card, box = known.get(values["application_id"]), (values["site"], values["safe"], values["box"])
        for field in ("site", "delivery_place"):
            if values[field] and values[field] not in open_sites:
                say(line, field, "このコードの交付場所がありません。先に「交付場所」で登録してください。")
        if values["box"] and box not in slots:
            say(line, "box", Sentence("この場所にこの金庫と箱がありません。先に「保管」で登録してください。"))
        elif values["slot"] and not (values["slot"].isdigit() and 1 <= int(values["slot"]) <= slots.get(box, 0)):
            say(line, "slot", Sentence("箱にこの位置がありません。"))
        elif values["slot"] and (*box, values["slot"]) in taken:
            say(line, "slot", Sentence("この位置には、すでに別のカードがあります。"))
        if card and (card.pk in touched or card.progress != Progress.ORDERED):
            say(line, "application_id", Sentence("このカードはすでに登録され、先へ進んでいます。移行では変えられません。"))
        elif card and values["serial"] and card.serial not in {"", values["serial"]}:
            say(line, "serial", Sentence("このカードは別の製造管理番号で登録されています。"))
        if values["serial"] and owners.get(values["serial"], values["application_id"]) != values["application_id"]:
            say(line, "serial", Sentence("この製造管理番号は、別の申請書IDのカードのものです。"))
    return found, len(known)
