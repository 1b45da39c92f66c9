"""What of the reconciliation waits for a second person: lists of the terminal that would change cards, decided on their own page."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from madoguchi.delivery.reconciliation import queries
from madoguchi.delivery.reconciliation.rights import APPROVE_LISTS
from madoguchi.platform.approvals.kinds import Queue, Waiting, register_queue


def _waiting_lists() -> Sequence[Waiting]:
    return [
        Waiting(
            title=_("統合端末の一覧 %(number)s: 状態が変わるカード %(count)s 枚") % {"number": kept.pk, "count": kept.changing},
            requested_by=kept.read_by,
            requested_at=kept.read_at,
            address=reverse("reconciliation:terminal-list", args=[kept.pk]),
        )
        for kept in queries.waiting_for_approval()
    ]


TERMINAL_LISTS = register_queue(Queue("reconciliation.lists", "統合端末の一覧の反映", APPROVE_LISTS, _waiting_lists))
