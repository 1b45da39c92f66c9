"""Commands on printers: register and change one, shift finished sheets for it, and remember where its sheet of labels goes on."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from madoguchi.delivery.printers import audited
from madoguchi.delivery.printers.models import Printer
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents.shifting import shifted
from madoguchi.platform.verbs import Refusal

COLUMNS = ("name", "place", "offset_x", "offset_y", "is_used")


def save_printer(printer: Printer | None, given: Mapping[str, Any], actor: Actor, *, version: int = 0) -> Printer:
    """Register a printer, or change the one that was looked at in `version`; raises Refusal when its name is taken or it was changed."""
    values = {name: given[name] for name in COLUMNS}
    try:
        with transaction.atomic():
            if printer is None:
                printer = Printer.objects.create(**values)
            elif not Printer.objects.filter(pk=printer.pk, version=version).update(**values, version=version + 1):
                raise Refusal(_("ほかの職員が先に更新しています。画面を開き直してください。何も変更していません。"))
            content = {name: str(values[name]) for name in ("name", "offset_x", "offset_y", "is_used")}
            record(actor, audited.SAVE_PRINTER, subject=f"printer:{printer.pk}", content=content)
    except IntegrityError:
        raise Refusal(_("同じ名前のプリンターがあります。ほかの名前にしてください。")) from None
    return Printer.objects.get(pk=printer.pk)


def fitted(pdf: bytes, printer: Printer | None) -> bytes:
    """Return finished sheets as this printer needs them; raises BatchStopped as `shifted` does."""
    return shifted(pdf, Decimal(printer.offset_x), Decimal(printer.offset_y)) if printer is not None else pdf


def remember_labels(printer: Printer | None, kind: str, start_at: int, count: int, per_page: int) -> None:
    """Keep at which place of a sheet of labels the next one goes, behind `count` labels from `start_at` on."""
    if printer is not None and count:
        following = (start_at - 1 + count) % per_page + 1
        with transaction.atomic():
            kept = Printer.objects.select_for_update().get(pk=printer.pk)
            kept.label_starts = {**kept.label_starts, kind: following}
            kept.save(update_fields=["label_starts"])
