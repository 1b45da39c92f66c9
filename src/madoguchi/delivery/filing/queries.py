"""Reads of the filing."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef, Q

from madoguchi.delivery.cards.models import Hold
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.filing import rules
from madoguchi.delivery.filing.models import Document, DocumentClass, FilingSettings, IncomingFile, Page, ShreddingList
from madoguchi.kernel import names
from madoguchi.kernel.labels import COVER_LETTER, LabelError, read_own_code
from madoguchi.kernel.numbers import NumberError, application_id, serial_number
from madoguchi.platform import clock

if TYPE_CHECKING:
    from django.db.models import QuerySet

SEARCH_SHOWS = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, by the index of seed 003 (7); empty fields do not count."""

    number: str = ""
    identifier: str = ""
    application_id: str = ""
    name: str = ""
    fiscal_year: int | None = None
    partition_year: int | None = None
    business: str = ""
    document_class: int | None = None


def settings_row() -> FilingSettings:
    """Return the settings; the defaults before the zone was set up."""
    return FilingSettings.objects.filter(pk=FilingSettings.ONLY_ROW).first() or FilingSettings()


def classes(*, only_open: bool = True) -> "QuerySet[DocumentClass]":
    """Return the kinds of paper."""
    return DocumentClass.objects.filter(is_open=True) if only_open else DocumentClass.objects.all()


def documents() -> "QuerySet[Document]":
    """Return the papers with their kind, newest first."""
    return Document.objects.select_related("document_class").order_by("-id")


def at_places(found: "QuerySet[Document]", places: Collection[str] | None) -> "QuerySet[Document]":
    """Return the papers of cards that belong to `places` (codes; None: all), and those of no card.

    Where a card belongs is where it is to be handed over, else where it lies; one that is nowhere yet belongs to everybody. A list of
    some places holds nothing of a person under 支援措置: it would tell where the person is served (DL-30).
    """
    if places is None:
        return found
    protected = Hold.objects.filter(card_id=OuterRef("card_id"), released_at__isnull=True, kind=HoldKind.PROTECTED.value)
    return found.filter(_belongs(places), ~Exists(protected))


def _belongs(places: Collection[str]) -> Q:
    codes = sorted(places)
    by_site = Q(card__site__isnull=True) | Q(card__site__code__in=codes)
    return Q(card__isnull=True) | Q(card__delivery_place__code__in=codes) | (Q(card__delivery_place__isnull=True) & by_site)


def belongs_to(document_pk: int, places: Collection[str] | None) -> bool:
    """Tell whether a paper may be opened by somebody with the right at `places`. One statement, none where the right is for all."""
    return places is None or Document.objects.filter(_belongs(places), pk=document_pk).exists()


def document(pk: int) -> Document | None:
    """Return one paper with its kind and card."""
    return Document.objects.select_related("document_class", "card", "shredding", "disposal_batch").filter(pk=pk).first()


def by_number(text: str) -> Document | None:
    """Find a paper by its 資料番号, which is the code on its cover sheet; None when there is none."""
    try:
        return Document.objects.filter(number=read_own_code(text, COVER_LETTER)).first()
    except LabelError:
        return None


def search(wanted: Wanted) -> "QuerySet[Document]":
    """Return the papers with everything that is wanted, disposed ones left out. Every combination begins with an index."""
    found = documents().exclude(disposal=rules.Disposal.DISPOSED.value)
    exact: dict[str, object] = {
        "number": _own_number(wanted.number),
        "identifier": _serial(wanted.identifier),
        "application_id": _application_id(wanted.application_id),
        "fiscal_year": wanted.fiscal_year,
        "partition_year": wanted.partition_year,
        "business": wanted.business,
        "document_class_id": wanted.document_class,
    }
    found = found.filter(**{name: value for name, value in exact.items() if value not in {None, ""}})
    if wanted.name.strip():
        found = found.filter(name_key__startswith=names.search_key(wanted.name))
    return found


def _own_number(text: str) -> str:
    try:
        return read_own_code(text, COVER_LETTER) if text.strip() else ""
    except LabelError:
        return text.strip()


def _serial(text: str) -> str:
    try:
        return serial_number(text) if text.strip() else ""
    except NumberError:
        return text.strip()


def _application_id(text: str) -> str:
    try:
        return application_id(text) if text.strip() else ""
    except NumberError:
        return text.strip()


def of_card(card_pk: int, places: Collection[str] | None = None) -> "QuerySet[Document]":
    """Return the papers of a card, none when it does not belong to `places` (codes; None: all)."""
    found = documents().filter(card_id=card_pk)
    return found if places is None else found.filter(_belongs(places))


def pages(row: Document) -> list[Page]:
    """Return the pages of a paper in their order, with their files. One statement."""
    return list(Page.objects.select_related("file").filter(document=row).order_by("position"))


def page(pk: int) -> Page | None:
    """Return one page with its file, paper and kind."""
    return Page.objects.select_related("file", "document__document_class", "document__card").filter(pk=pk).first()


def page_counts(rows: list[Document]) -> Mapping[int, int]:
    """Return how many pages each of `rows` has. One statement."""
    found = Page.objects.filter(document__in=rows).values_list("document_id").annotate(number=Count("pk"))
    return dict(found)


def incoming() -> "QuerySet[IncomingFile]":
    """Return the files of the watched folder that wait for something or were taken lately."""
    return IncomingFile.objects.order_by("-id")


def incoming_counts() -> Mapping[rules.Incoming, int]:
    """Return how many files stand where, in the watched folder. One statement."""
    counted = dict(IncomingFile.objects.order_by().values_list("state").annotate(number=Count("pk")))
    return {state: counted.get(state.value, 0) for state in rules.Incoming}


def to_look_at() -> "QuerySet[Document]":
    """Return the papers whose picture waits for a second look, oldest first."""
    return documents().filter(paper=rules.Paper.HELD.value, disposal=rules.Disposal.NONE.value).order_by("id")


def overdue_papers() -> int:
    """Return how many originals should have been shredded by now (DL-26)."""
    before = clock.now() - dt.timedelta(days=settings_row().shred_within_days)
    left = [rules.Paper.HELD.value, rules.Paper.LISTED.value]
    return Document.objects.filter(paper__in=left, registered_at__lt=before).exclude(disposal="disposed").count()


def open_shredding() -> ShreddingList | None:
    """Return the open list, if there is one."""
    return ShreddingList.objects.filter(closed_on__isnull=True).first()


def past_their_time(day: dt.date) -> "QuerySet[Document]":
    """Return the papers whose time was over before `day` and that are no candidates yet."""
    return Document.objects.filter(keep_until__lt=day, disposal=rules.Disposal.NONE.value).order_by("keep_until", "id")


def papers_of_lists(pks: list[int]) -> Mapping[int, int]:
    """Return how many papers stand on each shredding list. One statement."""
    return dict(Document.objects.filter(shredding__in=pks).order_by().values_list("shredding_id").annotate(number=Count("pk")))
