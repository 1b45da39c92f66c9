"""Setting the municipality's own rules: every change is a new row with its author, and the old one stays as history."""

import re
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.booking.guidance.audited import RULE_SET, RULE_WITHDRAWN
from madoguchi.booking.guidance.models import OwnRule
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

OWN_PREFIX = "own-"


@transaction.atomic
def set_rule(actor: Actor, row: OwnRule) -> OwnRule:
    """Write an own rule; a row with the same code that begins on the same day is withdrawn by it.

    Without a code the rule stands beside the national ones and gets a code of its own.
    Raises ValidationError when the row says nothing, or its days are in the wrong order.
    """
    if not row.code:
        row.code = _next_own_code(OwnRule.objects.select_for_update().order_by().values_list("code", flat=True))
    now = clock.now()
    row.pk, row.made_at, row.made_by = None, now, actor.user_id
    row.full_clean(validate_constraints=False)
    if not (row.hidden or row.text or row.papers):
        raise ValidationError(_("持ち物の言葉か、書類の種類を入力してください。案内しない場合は「案内しない」を選んでください。"))
    if row.until is not None and row.until < row.since:
        raise ValidationError({"until": _("終わりの日は、始まりの日より後にしてください。")})
    OwnRule.objects.filter(code=row.code, since=row.since, withdrawn_at__isnull=True).update(withdrawn_at=now, withdrawn_by=actor.user_id)
    row.save(force_insert=True)
    record(actor, RULE_SET, subject=f"guidance:{row.code}", content={"since": f"{row.since}", "hidden": row.hidden})
    return row


def _next_own_code(codes: Iterable[str]) -> str:
    taken = [int(found[1]) for code in codes if (found := re.fullmatch(rf"{OWN_PREFIX}(\d+)", code))]
    return f"{OWN_PREFIX}{max(taken, default=0) + 1}"


@transaction.atomic
def withdraw_rule(actor: Actor, pk: int) -> bool:
    """Take an own rule back: from now on it never counts. Returns False when it was withdrawn already."""
    taken = OwnRule.objects.filter(pk=pk, withdrawn_at__isnull=True)
    code = taken.values_list("code", flat=True).first()
    done = bool(taken.update(withdrawn_at=clock.now(), withdrawn_by=actor.user_id))
    if done:
        record(actor, RULE_WITHDRAWN, subject=f"guidance:{code}", content={"row": pk})
    return done
