"""How papers are shown: masked on lists, whole on their own page."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from madoguchi.delivery.cards.masking import masked
from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.filing import queries, rules
from madoguchi.delivery.filing.models import DisposalBatch, Document, ImageView, Page
from madoguchi.kernel import names
from madoguchi.kernel.numbers import display_application_id, display_serial
from madoguchi.platform import clock
from madoguchi.platform.ui.components import SummaryRow


def _moment(at: dt.datetime) -> str:
    return at.astimezone(clock.TOKYO).strftime("%Y-%m-%d %H:%M")


SUFFIXES = {"image/tiff": "tif", "image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}


@dataclass(frozen=True, slots=True)
class ListRow:
    """One paper on a list."""

    row: Document
    name: str
    pages: int
    paper: str
    disposal: str


def list_rows(rows: list[Document]) -> list[ListRow]:
    """Return the rows of a list; one statement for the pages of all of them."""
    counted = queries.page_counts(rows)
    return [
        ListRow(row, masked(row.name), counted.get(row.pk, 0), rules.Paper(row.paper).label, rules.Disposal(row.disposal).label)
        for row in rows
    ]


def card_band(card: Card) -> list[SummaryRow]:
    """Return what stands above the papers of a card."""
    return [
        SummaryRow(_("申請書ID"), display_application_id(card.application_id)),
        SummaryRow(_("製造管理番号"), card.shown_serial or _("まだありません")),
        SummaryRow(_("氏名"), names.display(card.name)),
    ]


def index_rows(row: Document, pages: Sequence[Page]) -> list[SummaryRow]:
    """Return the index of a paper as seed 003 (7) lists it."""
    return [
        SummaryRow(_("資料番号"), row.number),
        SummaryRow(_("分割年"), row.partition_year),
        SummaryRow(_("年度"), row.fiscal_year),
        SummaryRow(_("業務区分"), row.business),
        SummaryRow(_("資料区分"), row.document_class.name),
        SummaryRow(_("識別番号"), display_serial(row.identifier) if row.identifier else _("なし")),
        SummaryRow(_("申請書ID"), display_application_id(row.application_id) if row.application_id else _("なし")),
        SummaryRow(_("漢字氏名"), names.display(row.name) if row.name else _("消去済")),
        SummaryRow(_("ページ数"), len(pages)),
        SummaryRow(_("登録"), f"{_moment(row.registered_at)} {row.registered_by_name} ({row.registered_by})"),
        SummaryRow(_("更新"), f"{_moment(row.updated_at)} {row.updated_by_name} ({row.updated_by})"),
        SummaryRow(_("取込元"), rules.Source(row.source).label),
        SummaryRow(_("ウイルス検査"), _("済") if row.scanned_for_viruses else _("していません")),
        SummaryRow(_("保存期限"), row.keep_until),
        SummaryRow(_("原本"), rules.Paper(row.paper).label),
        SummaryRow(_("画像の確認"), f"{row.looked_at_on} {row.looked_at_by_name}" if row.looked_at_on else _("まだです")),
        SummaryRow(_("廃棄"), rules.Disposal(row.disposal).label),
    ]


def shown_name(row: Document, page: Page) -> str:
    """Return the 表示用ファイル名: made of our own numbers, so that no name of a person is in it."""
    return f"{row.number}-{page.file_order}.{SUFFIXES[page.file.mime]}"


def file_rows(row: Document, page: Page) -> list[SummaryRow]:
    """Return what is kept of the file that a page is from."""
    return [
        SummaryRow(_("表示用ファイル名"), shown_name(row, page)),
        SummaryRow(_("ファイル名"), f"{page.file.digest[:16]}…"),
        SummaryRow(_("ファイル連番"), page.file_order),
        SummaryRow(_("ページ番号"), page.position),
        SummaryRow(_("MIME タイプ"), page.file.mime),
        SummaryRow(_("ファイルサイズ"), f"{page.file.size:,} バイト"),
        SummaryRow(_("大きさ"), f"{page.width:,} × {page.height:,} ドット"),
        SummaryRow(_("回転角度"), f"{page.rotation}度"),
    ]


def view_row(view: ImageView) -> dict[str, object]:
    """Return who saw a page, in words."""
    return {"view": view, "who": view.by_name or view.by}


def disposal_rows(batch: DisposalBatch) -> list[SummaryRow]:
    """Return who did what with a batch of disposal, and when."""

    def said(at: dt.datetime | None, name: str, user: str) -> str:
        return f"{_moment(at)} {name} ({user})" if at else _("まだです")

    rows = [
        SummaryRow(_("廃棄の番号"), batch.pk),
        SummaryRow(_("基準日"), batch.cutoff),
        SummaryRow(_("起案"), said(batch.proposed_at, batch.proposed_by_name, batch.proposed_by)),
        SummaryRow(_("承認"), _("差し戻し") if batch.given_up else said(batch.approved_at, batch.approved_by_name, batch.approved_by)),
        SummaryRow(_("実施"), said(batch.carried_out_at, batch.carried_out_by_name, batch.carried_out_by)),
    ]
    if batch.carried_out_at:
        rows += [
            SummaryRow(_("立会"), f"{batch.witness_name} ({batch.witness})"),
            SummaryRow(_("消去した数"), f"{batch.documents_removed} 件 {batch.pages_removed} ページ"),
        ]
    return rows
