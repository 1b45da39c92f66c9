"""The register of sealed papers with 暗証番号 (DL-32): received, used, destroyed by two. No paper is ever scanned or copied."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.cards.services import Conflict, NotAllowed
from madoguchi.delivery.handover import audited
from madoguchi.delivery.handover.models import SealedPaper
from madoguchi.delivery.handover.rules import SealedKind
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record


def open_paper(card_pk: int) -> SealedPaper | None:
    """Return the sealed paper of a card that is not yet destroyed."""
    return SealedPaper.objects.filter(card_id=card_pk, destroyed_at__isnull=True).first()


def papers(*, open_only: bool) -> QuerySet[SealedPaper]:
    """Return the register, open papers in the order in which they came, all of them newest first."""
    rows = SealedPaper.objects.select_related("card")
    return rows.filter(destroyed_at__isnull=True).order_by("received_at") if open_only else rows.order_by("-received_at")


def is_overdue(paper: SealedPaper, today: dt.date) -> bool:
    """Tell whether a paper that was used on an earlier day still lies there."""
    return paper.destroyed_at is None and paper.used_at is not None and paper.used_at.astimezone(clock.TOKYO).date() < today


def receive(card: Card, kind: SealedKind, actor: Actor) -> SealedPaper:
    """Enter a sealed paper; raises NotAllowed when one of the same card lies in the register already."""
    try:
        with transaction.atomic():
            paper = SealedPaper.objects.create(card=card, kind=kind.value, received_by=actor.user_id)
            record(actor, audited.SEALED_RECEIVED, subject=f"card:{card.pk}", content={"paper": paper.pk, "kind": kind.value})
    except IntegrityError:
        raise NotAllowed("このカードの封をした書面は、すでに台帳にあります。") from None
    return paper


def receive_once(card: Card, kind: SealedKind, actor: Actor) -> SealedPaper:
    """Enter a sealed paper unless one of this card lies there."""
    return open_paper(card.pk) or receive(card, kind, actor)


@transaction.atomic
def use(paper: SealedPaper, actor: Actor) -> None:
    """Record that the paper was opened at the terminal and used; once is enough."""
    if SealedPaper.objects.filter(pk=paper.pk, used_at__isnull=True, destroyed_at__isnull=True).update(
        used_at=clock.now(), used_by=actor.user_id
    ):
        record(actor, audited.SEALED_USED, subject=f"card:{paper.card_id}", content={"paper": paper.pk})


@transaction.atomic
def destroy(paper: SealedPaper, actor: Actor, *, second_person: str, unused_reason: str = "") -> None:
    """Record that two people destroyed the paper; one that was never used needs a reason. Raises NotAllowed or Conflict."""
    if not second_person or second_person == actor.user_id:
        raise NotAllowed("廃棄は二人で行います。もう一人の職員の確認を受けてください。")
    if paper.used_at is None and not unused_reason.strip():
        raise NotAllowed("使わずに廃棄する理由を書いてください。")
    done = SealedPaper.objects.filter(pk=paper.pk, destroyed_at__isnull=True, used_at=paper.used_at).update(
        destroyed_at=clock.now(), destroyed_by=actor.user_id, destroyed_with=second_person, unused_reason=unused_reason.strip()[:200]
    )
    if not done:
        raise Conflict
    content = {"paper": paper.pk, "second_person": second_person}
    record(actor, audited.SEALED_DESTROYED, subject=f"card:{paper.card_id}", content=content, reason=unused_reason)
