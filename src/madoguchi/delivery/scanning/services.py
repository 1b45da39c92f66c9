"""Commands on the municipality's own forms of codes."""

from django.db import connection, transaction

from madoguchi.delivery.scanning import audited
from madoguchi.delivery.scanning.codes import NotOurs
from madoguchi.delivery.scanning.formats import Form, why_not
from madoguchi.delivery.scanning.models import CodeFormat
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.verbs import Refusal


class FormatRefused(Refusal):
    """A form of codes may not be used; `reasons` says why, one sentence each. Nothing was changed."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


def forms_in_use() -> list[Form]:
    """Return the forms that the desk understands besides ours. One statement."""
    return [row.form for row in CodeFormat.objects.filter(is_used=True)]


@transaction.atomic
def save_format(form: Form, sample: str, actor: Actor, *, pk: int | None = None, version: int = 0, is_used: bool = True) -> CodeFormat:
    """Register a form, or change the one that was looked at in `version`. `sample` is a real code of that form; it is not kept.

    Raises FormatRefused: the form could be mistaken for another, for a code of ours or for a 個人番号, or the sample has another form.
    """
    with connection.cursor() as cursor:
        # Two forms that are registered at the same time are compared with each other too.
        cursor.execute("LOCK TABLE scanning_codeformat IN SHARE ROW EXCLUSIVE MODE")
    others = CodeFormat.objects.all() if pk is None else CodeFormat.objects.exclude(pk=pk)
    reasons = why_not(form, [row.form for row in others.filter(is_used=True)] if is_used else [])
    if others.filter(name=form.name).exists():
        reasons.append("同じ名前の形があります。ほかの名前にしてください。")
    if not reasons:
        reasons = _why_not_the_sample(form, sample)
    if reasons:
        raise FormatRefused(reasons)
    values = {
        "name": form.name,
        "prefix": form.prefix,
        "number": form.number.value,
        "length": form.length,
        "check_kind": form.check.value,
        "paper": form.paper.value,
        "is_used": is_used,
    }
    if pk is None:
        kept = CodeFormat.objects.create(**values)
    elif not CodeFormat.objects.filter(pk=pk, version=version).update(**values, version=version + 1):
        raise FormatRefused(["ほかの職員が先に更新しています。画面を開き直してください。何も変更していません。"])
    else:
        kept = CodeFormat.objects.get(pk=pk)
    record(actor, audited.SAVE_FORMAT, subject=f"code-format:{kept.pk}", content=values)
    return kept


def _why_not_the_sample(form: Form, sample: str) -> list[str]:
    try:
        fits = form.number_in(sample) is not None
    except NotOurs:
        return ["見本のコードの検査数字が合いません。検査数字の種類か、見本を確かめてください。"]
    return [] if fits else ["見本のコードが、この形ではありません。前置き、けた数、検査数字を確かめてください。"]
