"""The end of a picture: papers whose time is over are proposed, approved by another person, and removed before two, with a certificate."""

import datetime as dt
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Count

from madoguchi.delivery.filing import audited, queries
from madoguchi.delivery.filing.image_store import ImageStore, thumb_name, unmasked_name, view_name
from madoguchi.delivery.filing.models import CoverSheet, DisposalBatch, Document, Page, StoredFile
from madoguchi.delivery.filing.rules import Disposal
from madoguchi.delivery.filing.services import Refused
from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.approvals.kinds import Kind
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.approvals.services import request
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.verbs import Refusal

_DAY = 86_400


@transaction.atomic
def propose(cutoff: dt.date, actor: Actor, kind: Kind) -> DisposalBatch:
    """Make candidates of all papers whose time was over before `cutoff`, and ask for approval. Raises Refused when there is none."""
    batch = DisposalBatch.objects.create(cutoff=cutoff, proposed_by=actor.user_id, proposed_by_name=actor.user_name)
    papers = queries.past_their_time(cutoff).order_by().update(disposal=Disposal.PROPOSED.value, disposal_batch=batch)
    if not papers:
        raise Refused("保存期限の過ぎた帳票はありません。")
    subject = f"filing-disposal:{batch.pk}"
    request(kind, subject=subject, title=f"帳票の廃棄 {batch.pk}: {papers} 件", actor=actor, detail={"batch": batch.pk})
    record(actor, audited.PROPOSE_DISPOSAL, subject=subject, content={"papers": papers, "cutoff": cutoff.isoformat()})
    return batch


def approve(approval: Approval, actor: Actor) -> None:
    """Let a proposed batch be carried out (the second person decides on the list of approvals)."""
    batch = int(approval.detail["batch"])
    approved = DisposalBatch.objects.filter(pk=batch, approved_at__isnull=True, given_up=False).update(
        approved_at=clock.now(), approved_by=actor.user_id, approved_by_name=actor.user_name
    )
    if not approved:
        raise Refusal("この廃棄はすでに決まっています。")
    record(actor, audited.APPROVE_DISPOSAL, subject=approval.subject)


def give_up(approval: Approval, _actor: Actor) -> None:
    """Take the papers of a batch that was sent back or withdrawn out of the candidates again."""
    batch = int(approval.detail["batch"])
    DisposalBatch.objects.filter(pk=batch).update(given_up=True)
    Document.objects.filter(disposal_batch_id=batch, disposal=Disposal.PROPOSED.value).update(
        disposal=Disposal.NONE.value, disposal_batch=None
    )


def carry_out(pk: int, actor: Actor, witness: Staff) -> DisposalBatch:
    """Remove the pictures and the personal columns of an approved batch before two people. Raises Refused.

    The index goes with its transaction, the sealed files right behind it; what a fault leaves of them is removed by `sweep`.
    """
    with transaction.atomic():
        batch = DisposalBatch.objects.select_for_update().get(pk=pk)
        if batch.approved_at is None or batch.given_up:
            raise Refused("この廃棄はまだ承認されていません。")
        if batch.carried_out_at is not None:
            raise Refused("この廃棄はすでに済んでいます。")
        papers = Document.objects.filter(disposal_batch=batch, disposal=Disposal.PROPOSED.value)
        numbers = list(papers.values_list("number", flat=True))
        names = _names_to_remove(batch)
        pages, _by_model = Page.objects.filter(document__disposal_batch=batch, document__disposal=Disposal.PROPOSED.value).delete()
        StoredFile.objects.filter(shown_as__isnull=True).delete()
        CoverSheet.objects.filter(code__in=numbers).delete()
        papers.update(
            disposal=Disposal.DISPOSED.value, name="", name_key="", application_id="", identifier="", card=None, updated_at=clock.now()
        )
        batch.documents_removed, batch.pages_removed = len(numbers), pages
        batch.carried_out_at, batch.carried_out_by, batch.carried_out_by_name = clock.now(), actor.user_id, actor.user_name
        batch.witness, batch.witness_name = witness.user_id, witness.name
        batch.save()
        content = {"papers": len(numbers), "pages": pages, "witness": witness.user_id}
        record(actor, audited.DISPOSE, subject=f"filing-disposal:{pk}", content=content)
    store = ImageStore()
    for name in names:
        store.remove(name)
    DisposalBatch.objects.filter(pk=pk).update(removed_at=clock.now())
    batch.refresh_from_db()
    return batch


def _names_to_remove(batch: DisposalBatch) -> list[str]:
    """Return the sealed files behind a batch: its pages' pictures, and every scanned file of which a page goes.

    A scanned file that also holds other people's papers goes too: it shows what is disposed of. The others keep their pages' pictures.
    """
    rows = Page.objects.filter(document__disposal_batch=batch, document__disposal=Disposal.PROPOSED.value)
    found = list(rows.values_list("file__digest", "file_page"))
    pictures = [name(digest, page) for digest, page in found for name in (view_name, thumb_name, unmasked_name)]
    return [*pictures, *{digest for digest, _page in found}, *_cover_pictures({digest for digest, _page in found})]


def _cover_pictures(digests: set[str]) -> list[str]:
    """Return the pictures of pages that belong to no paper (cover sheets) in files that go."""
    kept = set(Page.objects.filter(file__digest__in=digests).values_list("file__digest", "file_page"))
    sizes = StoredFile.objects.filter(digest__in=digests).values_list("digest", "pages")
    return [
        name(digest, page)
        for digest, pages in sizes
        for page in range(1, pages + 1)
        if (digest, page) not in kept
        for name in (view_name, thumb_name)
    ]


def sweep() -> int:
    """Remove sealed files older than a day that no row names (a fault between file and row), scanned files of masked pages, and finish
    disposals; returns how many.
    """
    known = set(StoredFile.objects.values_list("digest", flat=True))
    removed_files = set(StoredFile.objects.filter(removed_at__isnull=False).values_list("digest", flat=True))
    removed, now = 0, clock.now().timestamp()
    for path in (Path(settings.MADOGUCHI_FOLDER) / "images").glob("*/*"):
        is_masked_file = path.name in removed_files
        if (is_masked_file or path.name.lstrip(".")[:64] not in known) and now - path.stat().st_mtime > _DAY:
            path.unlink(missing_ok=True)
            removed += 1
    DisposalBatch.objects.filter(carried_out_at__isnull=False, removed_at__isnull=True).update(removed_at=clock.now())
    return removed


def tally(batch: DisposalBatch) -> list[tuple[str, int, int]]:
    """Return what is in a batch: kind, 年度, number of papers. One statement."""
    rows = Document.objects.filter(disposal_batch=batch).values_list("document_class__name", "fiscal_year").annotate(number=Count("pk"))
    return sorted((name, year, number) for name, year, number in rows)
