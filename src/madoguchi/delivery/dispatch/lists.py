"""Lists of what goes to the post: the posting slip for the post office's stamp, and 発送管理 as a workbook."""

import datetime as dt
import io
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.dispatch import audited, labels, queries
from madoguchi.delivery.dispatch.folder import letters_folder
from madoguchi.delivery.dispatch.models import Batch, Dispatch, Kind, Way
from madoguchi.delivery.dispatch.services import recipients_of
from madoguchi.kernel.tables import Cell, write_xlsx
from madoguchi.kernel.wareki import format_long
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents.batches import Layout, print_batch
from madoguchi.platform.documents.fonts import Shelf
from madoguchi.platform.documents.readback import Places, Region, Sheet
from madoguchi.platform.documents.zone_fonts import zone_shelf
from madoguchi.platform.verbs import Silent

MOST_ROWS = 20_000
_LINES = 25
_TOP, _LINE = 62.0, 8.0
_POSTED = Layout(
    Path(__file__).parent / "layouts" / "posted.typ",
    Places({"head": Region(18, 12, 115, 44), **{f"line {n}": Region(18, _TOP + _LINE * n, 174, _LINE) for n in range(_LINES)}}, {}),
)

COLUMNS = (
    *("発送ID", "申請書ID", "製造管理番号", "発送物の種類", "送り方", "発送日", "郵便番号", "氏名", "住所", "追跡番号", "発送回数"),
    *("配達日", "返戻日", "返戻事由", "外字有無", "その他連携コード", "メモ"),
)


class TooMany(Exception):
    """More rows than one file takes; the choice has to be narrowed."""


class NothingPosted(Exception):
    """Nothing was sent by this way on this day."""


def workbook(rows: Iterable[Dispatch], actor: Actor, *, purpose: str) -> bytes:
    """Return 発送管理 as a workbook with every item of seed 003 (6); who took it out and what for is recorded. Raises TooMany."""
    found = list(rows)
    if len(found) > MOST_ROWS:
        raise TooMany
    lines: list[list[Cell]] = [
        [
            str(row.pk),
            row.card.application_id,
            row.card.serial,
            str(Kind(row.kind).label),
            str(Way(row.way).label),
            _day(row.sent_on),
            row.postcode,
            row.name,
            row.address,
            row.tracking_number,
            str(row.times),
            _day(row.delivered_on),
            _day(row.returned_on),
            row.return_reason,
            "あり" if row.has_gaiji else "なし",
            row.external_code,
            row.memo,
        ]
        for row in found
    ]
    record(actor, audited.EXPORT_DISPATCHES, content={"rows": len(lines), "columns": len(COLUMNS)}, reason=purpose)
    book = io.BytesIO()
    write_xlsx(book, COLUMNS, lines)
    return book.getvalue()


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


def posting_slip(way: Way, sent_on: dt.date, actor: Actor, *, protected: bool = False) -> bytes:
    """Return the posting slip of a day: how many letters of each kind, or for recorded mail every envelope by its number (差出票).

    Recorded mail is listed one by one with the number and the recipient, as the post office stamps it; ordinary mail is counted. With
    `protected` it is the recorded mail of people under 支援措置 and nothing else, one envelope a sheet, so that no sheet names two of them;
    the caller has checked the right. Every line is read back. Raises NothingPosted.
    """
    posted = queries.posted(way, sent_on, protected=protected)
    if way is Way.ORDINARY:
        counted = {kind: posted.filter(kind=kind).count() for kind in Kind}
        entries = [(str(kind.label), f"{count:,} 通", "") for kind, count in counted.items() if count]
        total = sum(counted.values())
    else:
        rows = list(posted.order_by("tracking_number"))
        entries = [(row.tracking_number, row.name, str(Kind(row.kind).label)) for row in rows]
        total = len(rows)
    if not total:
        raise NothingPosted
    shelf = zone_shelf()
    on_a_sheet = 1 if protected else _LINES
    pages = [entries[start : start + on_a_sheet] for start in range(0, len(entries), on_a_sheet)]
    sender, day = cards.own_municipality().short_name, format_long(sent_on)
    sheets = [
        _slip_page(page, f"{number} / {len(pages)}", way, sender, day, len(page) if protected else total, shelf)
        for number, page in enumerate(pages, start=1)
    ]
    process = audited.PRINT_PROTECTED_SLIP if protected else audited.PRINT_LABELS
    record(actor, process, content={"what": "posting slip", "way": way.value, "sent_on": sent_on.isoformat(), "letters": total})
    common = {"text_families": shelf.text_families, "top": _TOP, "line": _LINE, "lines": _LINES}
    with tempfile.TemporaryDirectory(dir=letters_folder()) as folder:
        out = Path(folder, "slip.pdf")
        return print_batch(_POSTED, common, sheets, out, total=len(sheets), shelf=shelf, progress=Silent()).path.read_bytes()


def _slip_page(page: Sequence[tuple[str, str, str]], order: str, way: Way, sender: str, day: str, total: int, shelf: Shelf) -> Sheet:
    head = [f"郵便物差出票（{way.label}）", f"差出人 {sender}", f"差出日 {day}", f"差出通数 {total:,} 通", order]
    names = [shelf.set_name(second) for _first, second, _third in page]
    return Sheet(
        sheet_id=f"slip-{order}",
        data={
            "head": head,
            "rows": [
                {"first": first, "second": name.runs, "third": third} for (first, _second, third), name in zip(page, names, strict=True)
            ],
        },
        texts={"head": "".join(head)}
        | {f"line {n}": first + name.printed + third for n, ((first, _second, third), name) in enumerate(zip(page, names, strict=True))},
    )


def address_labels(batch: Batch, actor: Actor, *, start_at: int) -> bytes:
    """Return address labels for the valid sheets of a batch, the first at the place `start_at` of the sheet of labels."""
    recipients = recipients_of(batch)
    record(actor, audited.PRINT_LABELS, subject=f"letters:{batch.pk}", content={"what": "address labels", "labels": len(recipients)})
    with tempfile.TemporaryDirectory(dir=letters_folder()) as folder:
        out = Path(folder, "labels.pdf")
        return labels.print_addresses(recipients, out, shelf=zone_shelf(), progress=Silent(), start_at=start_at).path.read_bytes()


def posted_days() -> list[tuple[dt.date, Way, int]]:
    """Return the last days on which something was sent, by way, with their counts, newest first. One statement."""
    return queries.posted_since(clock.today() - dt.timedelta(days=31))
