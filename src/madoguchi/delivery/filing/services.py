"""Commands of the filing: papers taken in, looked at, turned and put in order. The only writer of its tables beside `inbox`, `paper`,
`disposal` and `extraction`, which each hold one work.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.filing import audited, queries, rules
from madoguchi.delivery.filing.image_store import ImageStore, thumb_name, view_name
from madoguchi.delivery.filing.models import (
    CoverSheet,
    Document,
    DocumentClass,
    FilingSettings,
    ImageView,
    Page,
    RetentionPeriod,
    StoredFile,
)
from madoguchi.delivery.filing.reader_process import ReadFile, read_apart
from madoguchi.delivery.filing.reading import SENTENCES, PagePicture, Unreadable
from madoguchi.kernel import names
from madoguchi.kernel.labels import COVER_LETTER, own_code
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.virus_scan import NotClean, require_clean

# What a municipality starts with: code, name, work, 個人番号あり, may be scanned, original shredded, years.
STARTING_CLASSES: tuple[tuple[str, str, str, bool, bool, bool, int], ...] = (
    ("application", "個人番号カード交付申請書", "申請", True, True, True, 1),
    ("photo", "顔写真", "申請", False, True, True, 1),
    ("identity", "本人確認書類の写し", "交付", False, True, True, 1),
    ("notice", "交付通知書・照会書兼回答書", "交付", False, True, True, 1),
    ("mandate", "委任状・代理権を示す書類", "交付", False, True, True, 1),
    ("withdrawal", "交付取りやめ・返納の届", "返納・取りやめ", True, True, True, 1),
    ("reissue", "再交付申請書・紛失届", "再交付", True, True, True, 1),
    ("pin", "暗証番号設定依頼書", "申請", False, False, False, 1),
)
_FIRST_DAY = dt.date(2016, 1, 1)
_CHANGEABLE = ("name", "business", "holds_individual_number", "may_be_scanned", "is_shredded", "keeps_unmasked", "is_open")


class Refused(Exception):
    """The command is refused and nothing was changed; the message is a sentence for the person."""


class TakenAlready(Refused):
    """The same file was taken in before; `document` is the number of its first paper."""

    def __init__(self, document: str) -> None:
        super().__init__(f"同じファイルがすでに取り込まれています (資料番号 {document})。")
        self.document = document


class Overtaken(Refused):
    """Somebody else changed the paper in between."""

    def __init__(self) -> None:
        super().__init__("ほかの職員が先に変更しました。何も変えていません。画面を開き直してください。")


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that may be taken in: its content, what is in it, its digest, and whether a virus scanner looked at it."""

    content: bytes
    read: ReadFile
    digest: str
    scanned: bool


@transaction.atomic
def set_up_filing(actor: Actor) -> None:
    """Make the settings and the starting kinds of paper; doing it again changes nothing."""
    _row, made = FilingSettings.objects.get_or_create(id=FilingSettings.ONLY_ROW, defaults={"changed_by": actor.user_id})
    if not made:
        return
    for code, name, business, number, scanned, shredded, years in STARTING_CLASSES:
        row = DocumentClass.objects.create(
            code=code, name=name, business=business, holds_individual_number=number, may_be_scanned=scanned, is_shredded=shredded
        )
        RetentionPeriod.objects.create(document_class=row, since=_FIRST_DAY, years=years, set_by=actor.user_id)
    record(actor, audited.SET_UP, content={"classes": len(STARTING_CLASSES)})


def check_file(content: bytes, actor: Actor) -> Checked:
    """Scan a file for viruses and read it, apart from this process; raises Refused with the sentence, which is on record."""
    try:
        store = ImageStore()
        digest = store.name_of(content)
        known = Page.objects.filter(file__digest=digest).order_by("document__id").values_list("document__number", flat=True).first()
        if known:
            raise TakenAlready(known)
        scanned = require_clean(content, takes_unscanned=queries.settings_row().takes_unscanned)
        return Checked(content, read_apart(content), digest, scanned)
    except Unreadable as unreadable:
        sentence = SENTENCES[unreadable.code]
    except NotClean as unclean:
        sentence = str(unclean)
    except TakenAlready:
        record(actor, audited.REFUSE_FILE, content={"why": "taken already"}, result=Result.REFUSED)
        raise
    record(actor, audited.REFUSE_FILE, content={"why": sentence}, result=Result.REFUSED)
    raise Refused(sentence)


def keep(checked: Checked) -> None:
    """Seal a file and the pictures of its pages in the zone's folder; before the transaction, which alone makes them known."""
    store = ImageStore()
    store.keep(checked.digest, checked.content)
    for number, page in enumerate(checked.read.pages, start=1):
        store.keep(view_name(checked.digest, number), page.view)
        store.keep(thumb_name(checked.digest, number), page.thumb)


def file_for_card(checked: Checked, card: Card, kind: DocumentClass, actor: Actor, source: rules.Source = rules.Source.UPLOAD) -> Document:
    """File a whole scanned file as one paper of the person of `card`. Raises Refused (a kind that is never scanned) and TakenAlready.

    Pages with a cover sheet are no pages of the paper.
    """
    keep(checked)
    with transaction.atomic():
        stored = store_file(checked)
        pages = [number for number, page in enumerate(checked.read.pages, start=1) if not page.cover]
        return make_document(next_number(), card, kind, source, actor, [(stored, checked, pages)])


def store_file(checked: Checked) -> StoredFile:
    """Write the row of a file; raises TakenAlready when the same content was filed by somebody else meanwhile."""
    try:
        with transaction.atomic():
            return StoredFile.objects.create(
                digest=checked.digest, mime=checked.read.mime, size=len(checked.content), pages=len(checked.read.pages)
            )
    except IntegrityError:
        found = Page.objects.filter(file__digest=checked.digest).order_by("document__id").first()
        raise TakenAlready(found.document.number if found else "") from None


def next_number() -> str:
    """Take a new 資料番号: one row of numbers for cover sheets and papers, so that a cover's code becomes its paper's number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('filing_coversheet', 'id'))")
        return own_code(COVER_LETTER, int(cursor.fetchone()[0]))


def make_document(
    number: str,
    card: Card,
    kind: DocumentClass,
    source: rules.Source,
    actor: Actor,
    parts: Sequence[tuple[StoredFile, Checked, Sequence[int]]],
) -> Document:
    """Write a paper with its pages in the caller's transaction; `parts` are files with the pages that are taken from them.

    Raises Refused for a kind that may not be scanned, one without a period, and a paper without a page.
    """
    if not kind.may_be_scanned:
        raise Refused(f"「{kind.name}」は写しを取らない資料区分です。スキャンした画像を消し、書類は封印簿で扱ってください。")
    today = clock.today()
    until = rules.keep_until(today, kind.periods.values_list("since", "years"))
    if until is None:
        raise Refused(f"「{kind.name}」の保存年限が決まっていません。責任者が資料区分の画面で登録してください。")
    if not any(pages for _stored, _checked, pages in parts):
        raise Refused("表紙のほかにページがありません。書類と一緒にスキャンし直してください。")
    row = Document.objects.create(
        number=number,
        partition_year=today.year,
        fiscal_year=rules.fiscal_year(today),
        document_class=kind,
        business=kind.business,
        identifier=card.serial,
        application_id=card.application_id,
        name=card.name,
        name_key=card.name_key or names.search_key(card.name),
        card=card,
        source=source.value,
        registered_by=actor.user_id,
        registered_by_name=actor.user_name,
        updated_by=actor.user_id,
        updated_by_name=actor.user_name,
        keep_until=until,
        scanned_for_viruses=all(checked.scanned for _stored, checked, _pages in parts),
        paper=(rules.Paper.HELD if kind.is_shredded else rules.Paper.KEPT).value,
    )
    rows: list[Page] = []
    for order, (stored, checked, pages) in enumerate(parts, start=1):
        for page in pages:
            picture = checked.read.pages[page - 1]
            rows.append(_page(row, stored, order, page, len(rows) + 1, picture))
    Page.objects.bulk_create(rows)
    content = {"class": kind.code, "pages": len(rows), "source": source.value, "scanned": row.scanned_for_viruses}
    record(actor, audited.FILE_DOCUMENT, subject=f"document:{row.pk}", content={**content, "card": card.pk})
    return row


def _page(row: Document, stored: StoredFile, order: int, page: int, position: int, picture: PagePicture) -> Page:
    return Page(document=row, file=stored, file_order=order, file_page=page, position=position, width=picture.width, height=picture.height)


@transaction.atomic
def make_covers(card: Card, kinds: Sequence[DocumentClass], actor: Actor) -> list[CoverSheet]:
    """Give each of `kinds` a cover sheet for the papers of this card; raises Refused for a kind that is never scanned."""
    made = []
    for kind in kinds:
        if not kind.may_be_scanned:
            raise Refused(f"「{kind.name}」は写しを取らない資料区分です。表紙は作れません。")
        number = next_number()
        made.append(CoverSheet.objects.create(pk=int(number[1:-1]), code=number, document_class=kind, card=card, printed_by=actor.user_id))
    record(actor, audited.PRINT_COVERS, subject=f"card:{card.pk}", content={"covers": len(made), "classes": [kind.code for kind in kinds]})
    return made


@transaction.atomic
def open_picture(page: Page, actor: Actor, *, small: bool, reason: str = "") -> bytes:
    """Return the picture of a page. A look at the page itself is on record, with 個人番号アクセス for kinds marked so (SF-11).

    Raises image_store.PictureMissing.
    """
    name = (thumb_name if small else view_name)(page.file.digest, page.file_page)
    content = ImageStore().open(name)
    if not small:
        marked = page.document.document_class.holds_individual_number
        ImageView.objects.create(
            document_id=page.document_id,
            by=actor.user_id,
            by_name=actor.user_name,
            page=page.position,
            reason=reason,
            individual_number=marked,
        )
        record(
            actor,
            audited.VIEW_IMAGE,
            subject=f"document:{page.document_id}",
            content={"page": page.position},
            reason=reason,
            individual_number_access=marked,
        )
    return content


def record_document_view(row: Document, actor: Actor) -> None:
    """Record that somebody opened the page of a paper, before it is sent."""
    record(actor, audited.VIEW_DOCUMENT, subject=f"document:{row.pk}")


@transaction.atomic
def turn_page(page: Page, by: int, actor: Actor, *, expected_version: int) -> None:
    """Keep another angle for a page; the picture itself stays as it came. Raises Overtaken."""
    touch(page.document_id, expected_version, actor)
    angle = rules.turned(page.rotation, by)
    Page.objects.filter(pk=page.pk).update(rotation=angle)
    record(actor, audited.CHANGE_DOCUMENT, subject=f"document:{page.document_id}", content={"page": page.position, "angle": angle})


@transaction.atomic
def move_page(page: Page, by: int, actor: Actor, *, expected_version: int) -> int:
    """Move a page by `by` places and return its new place. Raises Overtaken."""
    touch(page.document_id, expected_version, actor)
    order = list(Page.objects.filter(document_id=page.document_id).order_by("position").values_list("pk", flat=True))
    wanted = rules.moved(order, page.pk, by)
    for position, pk in enumerate(wanted, start=1):
        if order[position - 1] != pk:
            Page.objects.filter(pk=pk).update(position=position)
    place = wanted.index(page.pk) + 1
    record(actor, audited.CHANGE_DOCUMENT, subject=f"document:{page.document_id}", content={"page": page.position, "moved to": place})
    return place


@transaction.atomic
def change_class(row: Document, kind: DocumentClass, actor: Actor, *, expected_version: int, reason: str) -> None:
    """Put a paper under the right kind; its time is counted anew from its filing. Raises Overtaken and Refused."""
    until = rules.keep_until(row.registered_at.astimezone(clock.TOKYO).date(), kind.periods.values_list("since", "years"))
    if not kind.may_be_scanned or until is None:
        raise Refused("この資料区分には変えられません。写しを取ってよく、保存年限のある区分を選んでください。")
    touch(row.pk, expected_version, actor, document_class=kind, business=kind.business, keep_until=until)
    content = {"from": row.document_class.code, "to": kind.code}
    record(actor, audited.CHANGE_DOCUMENT, subject=f"document:{row.pk}", content=content, reason=reason)


def touch(pk: int, expected_version: int, actor: Actor, **values: object) -> None:
    """Raise the version of a paper that nobody changed in between. Raises Overtaken."""
    written = (
        Document.objects.filter(pk=pk, version=expected_version)
        .exclude(disposal="disposed")
        .update(version=expected_version + 1, updated_at=clock.now(), updated_by=actor.user_id, updated_by_name=actor.user_name, **values)
    )
    if not written:
        raise Overtaken


@transaction.atomic
def save_class(code: str, values: Mapping[str, object], actor: Actor) -> DocumentClass:
    """Register a kind of paper or change it; kinds are closed, never deleted."""
    row, _made = DocumentClass.objects.update_or_create(code=code, defaults={name: values[name] for name in _CHANGEABLE})
    record(actor, audited.SET_CLASS, subject=f"class:{row.pk}", content={"code": code, **{name: values[name] for name in _CHANGEABLE}})
    return row


@transaction.atomic
def set_period(kind: DocumentClass, since: dt.date, years: int, actor: Actor) -> None:
    """Set how many years a kind is kept, from `since` on; papers filed before keep their day. Raises Refused for a day with a period."""
    try:
        with transaction.atomic():
            RetentionPeriod.objects.create(document_class=kind, since=since, years=years, set_by=actor.user_id)
    except IntegrityError:
        raise Refused("この日からの保存年限は、すでに登録されています。別の適用日にしてください。") from None
    record(actor, audited.SET_CLASS, subject=f"class:{kind.pk}", content={"since": since.isoformat(), "years": years})


@transaction.atomic
def change_settings(actor: Actor, *, takes_unscanned: bool, shred_within_days: int) -> None:
    """Change what the municipality set for its filing."""
    queries.settings_row()
    FilingSettings.objects.filter(pk=FilingSettings.ONLY_ROW).update(
        takes_unscanned=takes_unscanned, shred_within_days=shred_within_days, changed_by=actor.user_id, changed_at=clock.now()
    )
    content = {"takes_unscanned": takes_unscanned, "shred_within_days": shred_within_days}
    record(actor, audited.CHANGE_SETTING, content=content)
