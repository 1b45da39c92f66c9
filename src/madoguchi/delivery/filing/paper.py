"""The originals: a second person looks at the picture, the paper goes on a shredding list, two names and a day close it (DL-26)."""

import datetime as dt

from django.db import IntegrityError, transaction

from madoguchi.delivery.filing import audited, queries
from madoguchi.delivery.filing.models import Document, ImageView, Page, ShreddingList
from madoguchi.delivery.filing.rules import Paper
from madoguchi.delivery.filing.services import Overtaken, Refused
from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record


@transaction.atomic
def look_again(row: Document, actor: Actor, *, expected_version: int) -> None:
    """Say as the second person that the pictures are whole and readable; the original goes on the open shredding list.

    Raises Refused for who filed it and for who has not opened every page, Overtaken.
    """
    if row.registered_by == actor.user_id:
        raise Refused("取り込んだ本人は確認できません。別の職員が画像を確かめてください。")
    wanted = set(Page.objects.filter(document=row).values_list("position", flat=True))
    seen = set(ImageView.objects.filter(document=row, by=actor.user_id).values_list("page", flat=True))
    if not wanted <= seen:
        left = "、".join(str(page) for page in sorted(wanted - seen))
        raise Refused(f"まだ開いていないページがあります ({left} ページ)。すべてのページを見てから確認してください。")
    written = Document.objects.filter(pk=row.pk, version=expected_version, paper=Paper.HELD.value).update(
        version=expected_version + 1,
        paper=Paper.LISTED.value,
        shredding=_open_list(),
        looked_at_by=actor.user_id,
        looked_at_by_name=actor.user_name,
        looked_at_on=clock.today(),
    )
    if not written:
        raise Overtaken
    record(actor, audited.LOOK_AGAIN, subject=f"document:{row.pk}", content={"registered_by": row.registered_by})


def _open_list() -> ShreddingList:
    found = queries.open_shredding()
    if found is None:
        try:
            with transaction.atomic():
                return ShreddingList.objects.create()
        except IntegrityError:  # somebody else opened one in this moment
            return ShreddingList.objects.get(closed_on__isnull=True)
    return found


@transaction.atomic
def close_list(pk: int, actor: Actor, witness: Staff, day: dt.date) -> int:
    """Close a shredding list: all its papers were shredded on `day` before two people; returns how many. Raises Refused."""
    if day > clock.today():
        raise Refused("細断日は今日までの日にしてください。")
    closed = ShreddingList.objects.filter(pk=pk, closed_on__isnull=True).update(
        closed_on=day, closed_by=actor.user_id, closed_by_name=actor.user_name, witness=witness.user_id, witness_name=witness.name
    )
    if not closed:
        raise Refused("この細断リストはすでに締められています。")
    papers = Document.objects.filter(shredding_id=pk, paper=Paper.LISTED.value).update(paper=Paper.SHREDDED.value)
    if not papers:
        raise Refused("細断リストに書類がありません。")
    record(actor, audited.CLOSE_SHREDDING, subject=f"shredding:{pk}", content={"papers": papers, "witness": witness.user_id})
    return papers
