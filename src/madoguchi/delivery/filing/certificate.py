"""帳票画像廃棄証明書: how many images of which kind and year were erased."""

from django.db import transaction

from madoguchi.delivery.cards.queries import municipality
from madoguchi.delivery.filing import audited
from madoguchi.delivery.filing.disposal import tally
from madoguchi.delivery.filing.models import DisposalBatch
from madoguchi.kernel.wareki import format_long
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents import certificates
from madoguchi.platform.documents.certificates import moment


def print_certificate(batch: DisposalBatch, actor: Actor) -> bytes:
    """Return the certificate of a disposal that was carried out. Raises ValueError before that, and what `print_batch` raises."""
    if batch.carried_out_at is None or batch.removed_at is None or batch.approved_at is None:
        raise ValueError("not carried out")
    certificate = certificates.Certificate(
        number=f"certificate-{batch.pk}",
        title="帳票画像廃棄証明書",
        facts=[
            ("番号", str(batch.pk)),
            ("基準日", format_long(batch.cutoff)),
            ("件数", f"{batch.documents_removed} 件 {batch.pages_removed} ページ"),
            ("起案", f"{moment(batch.proposed_at)} {batch.proposed_by_name} ({batch.proposed_by})"),
            ("承認", f"{moment(batch.approved_at)} {batch.approved_by_name} ({batch.approved_by})"),
            ("実施", f"{moment(batch.carried_out_at)} {batch.carried_out_by_name} ({batch.carried_out_by})"),
            ("立会", f"{batch.witness_name} ({batch.witness})"),
        ],
        sentence="次の帳票の画像、閲覧用の画像、漢字氏名、申請書ID、識別番号を、共有の保管場所から消去しました。",
        rows=[(name, f"{year}年度", f"{number} 件") for name, year, number in tally(batch)],
        widths=(100, 35),
    )
    content = certificates.print_certificate(certificate, municipality().name)
    with transaction.atomic():
        record(actor, audited.PRINT_CERTIFICATE, subject=f"filing-disposal:{batch.pk}")
    return content
