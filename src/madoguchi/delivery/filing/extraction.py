"""抽出: chosen papers leave the system, by two people and with a reason: as they came (ZIP), or as one PDF of pictures to look at."""

import csv
import io
import zipfile
from collections.abc import Sequence

from django.db import transaction
from PIL import Image

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.filing import audited
from madoguchi.delivery.filing.image_store import ImageStore, PictureMissing, view_name
from madoguchi.delivery.filing.models import Document, Extraction, ImageView, Mask, Page
from madoguchi.delivery.filing.presenting import shown_name
from madoguchi.delivery.filing.rules import Disposal
from madoguchi.delivery.filing.services import Refused
from madoguchi.kernel.tables import guard_formula
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

MOST_PAPERS, MOST_PAGES = 100, 500
_HEADER = (
    *("資料番号", "分割年", "年度", "業務区分", "資料区分", "識別番号", "申請書ID", "漢字氏名", "登録日", "登録職員ID"),
    *("ページ番号", "ファイル名", "回転角度"),
)


def find(numbers: Sequence[str]) -> list[Document]:
    """Return the papers with these 資料番号, in that order. Raises Refused for one that there is not, and for too many."""
    wanted = list(dict.fromkeys(number.strip().upper() for number in numbers if number.strip()))
    if not 0 < len(wanted) <= MOST_PAPERS:
        raise Refused("資料番号を1件から100件まで入力してください。")
    found = {row.number: row for row in Document.objects.select_related("document_class", "card").filter(number__in=wanted)}
    missing = [number for number in wanted if number not in found or found[number].disposal == Disposal.DISPOSED]
    if missing:
        raise Refused(f"この資料番号の帳票はありません: {'、'.join(missing[:5])}。番号を確かめてください。")
    return [found[number] for number in wanted]


def extract(papers: Sequence[Document], form: str, actor: Actor, witness: Staff, reason: str) -> tuple[int, bytes]:
    """Make the file (`pdf` or `zip`) and put it on record before it is handed out; returns its number and content.

    Raises Refused: a paper of somebody under protection leaves only by the decision list (DL-30), too many pages, a picture is missing.
    """
    held = cards.open_holds_of([paper.card_id for paper in papers if paper.card_id])
    if any(HoldKind.PROTECTED in kinds for kinds in held.values()):
        raise Refused("支援措置の対象の人の帳票が含まれるため、抽出できません。責任者が判断し、停止を解除してから行ってください。")
    pages = list(Page.objects.select_related("file", "document").filter(document__in=papers).order_by("document_id", "position"))
    order = {paper.pk: place for place, paper in enumerate(papers)}
    pages.sort(key=lambda page: (order[page.document_id], page.position))
    if len(pages) > MOST_PAGES:
        raise Refused("ページが多すぎます (一度に500ページまで)。資料番号を分けて抽出してください。")
    try:
        content = _pdf(pages) if form == "pdf" else _zip(papers, pages)
    except PictureMissing as missing:
        raise Refused(str(missing)) from missing
    marked = any(paper.document_class.holds_individual_number for paper in papers)
    with transaction.atomic():
        row = Extraction.objects.create(
            by=actor.user_id,
            by_name=actor.user_name,
            witness=witness.user_id,
            witness_name=witness.name,
            reason=reason,
            form=form,
            numbers=[paper.number for paper in papers],
            pages=len(pages),
        )
        ImageView.objects.bulk_create(
            ImageView(
                document_id=page.document_id,
                by=actor.user_id,
                by_name=actor.user_name,
                page=page.position,
                reason=f"抽出 {row.pk}",
                individual_number=papers[order[page.document_id]].document_class.holds_individual_number,
            )
            for page in pages
        )
        record(
            actor,
            audited.EXTRACT,
            subject=f"extraction:{row.pk}",
            content={"form": form, "papers": len(papers), "pages": len(pages), "witness": witness.user_id},
            reason=reason,
            individual_number_access=marked,
        )
    return row.pk, content


def _pdf(pages: Sequence[Page]) -> bytes:
    store, pictures = ImageStore(), []
    for page in pages:
        with Image.open(io.BytesIO(store.open(view_name(page.file.digest, page.file_page))), formats=("JPEG",)) as picture:
            pictures.append(picture.rotate(-page.rotation, expand=True))
    out = io.BytesIO()
    pictures[0].save(out, "PDF", save_all=True, append_images=pictures[1:], resolution=200)
    return out.getvalue()


def _zip(papers: Sequence[Document], pages: Sequence[Page]) -> bytes:
    store, out, rows = ImageStore(), io.BytesIO(), io.StringIO(newline="")
    by_pk = {paper.pk: paper for paper in papers}
    table = csv.writer(rows)
    table.writerow(_HEADER)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        _refuse_shared(pages)
        if any(page.file.removed_at for page in pages) or Mask.objects.filter(page__file__in={page.file_id for page in pages}).exists():
            raise Refused("番号を伏せたページのあるファイルは、取り込んだままの形では出せません。PDF の形式で抽出してください。")
        for name, digest in {shown_name(by_pk[page.document_id], page): page.file.digest for page in pages}.items():
            archive.writestr(name, store.open(digest))
        for page in pages:
            paper = by_pk[page.document_id]
            cells = (
                *(paper.number, paper.partition_year, paper.fiscal_year, paper.business, paper.document_class.name, paper.identifier),
                *(paper.application_id, paper.name, f"{paper.registered_at:%Y-%m-%d}", paper.registered_by),
                *(page.position, shown_name(paper, page), page.rotation),
            )
            table.writerow([guard_formula(str(cell)) for cell in cells])
        archive.writestr("index.csv", b"\xef\xbb\xbf" + rows.getvalue().encode("utf-8"))
    return out.getvalue()


def _refuse_shared(pages: Sequence[Page]) -> None:
    """Refuse to hand out a scanned file that also shows other people's papers."""
    own = {(page.file_id, page.file_page) for page in pages}
    files = {page.file_id for page in pages}
    for file_pk, file_page in Page.objects.filter(file__in=files).values_list("file_id", "file_page"):
        if (file_pk, file_page) not in own:
            raise Refused("ほかの帳票と一緒にスキャンしたファイルが含まれています。PDF の形式で抽出してください。")
