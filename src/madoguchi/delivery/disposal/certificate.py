"""カード廃棄証明書: which cards were disposed of, by their numbers."""

from django.db import transaction

from madoguchi.delivery.cards.presenting import number_words
from madoguchi.delivery.cards.queries import municipality
from madoguchi.delivery.disposal import audited, queries
from madoguchi.delivery.disposal.models import DisposalBatch
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents import certificates
from madoguchi.platform.documents.certificates import moment


def print_certificate(batch: DisposalBatch, actor: Actor) -> bytes:
    """Return the certificate of a disposal that was carried out. Raises ValueError before that, and what `print_batch` raises."""
    if batch.carried_out_at is None or batch.approved_at is None:
        raise ValueError("not carried out")
    items = list(queries.items(batch))
    certificate = certificates.Certificate(
        number=f"disposal-{batch.pk}",
        title="カード廃棄証明書",
        facts=[
            ("番号", str(batch.pk)),
            ("枚数", f"{len(items)} 枚"),
            ("袋の番号", batch.bag),
            ("廃棄の方法", batch.method),
            ("起案", f"{moment(batch.proposed_at)} {batch.proposed_by_name} ({batch.proposed_by})"),
            ("承認", f"{moment(batch.approved_at)} {batch.approved_by_name} ({batch.approved_by})"),
            ("実施", f"{moment(batch.carried_out_at)} {batch.carried_out_by_name} ({batch.carried_out_by})"),
            ("立会", f"{batch.witness_name} ({batch.witness})"),
        ],
        sentence="次のカードを袋に入れて封をし、上の二人が立ち会って廃棄しました。",
        rows=[(str(number), number_words(item.card), item.reason) for number, item in enumerate(items, start=1)],
        widths=(14, 60),
    )
    content = certificates.print_certificate(certificate, municipality().name)
    with transaction.atomic():
        record(actor, audited.PRINT_CERTIFICATE, subject=f"disposal:{batch.pk}")
    return content
