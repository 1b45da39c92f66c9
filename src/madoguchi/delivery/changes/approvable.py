"""What of the changes waits for the head: people under 支援措置 whose service nobody has decided on. Decided on their own page (DL-30)."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from madoguchi.delivery.cards.presenting import number_words
from madoguchi.delivery.changes import queries
from madoguchi.delivery.changes.rights import DECIDE_PROTECTED
from madoguchi.platform.approvals.kinds import Queue, Waiting, register_queue


def _undecided() -> Sequence[Waiting]:
    return [
        Waiting(
            title=(_("%(card)s 期限 %(day)sを過ぎています") if due.is_late else _("%(card)s 期限 %(day)s"))
            % {"card": number_words(due.hold.card), "day": due.due.isoformat()},
            # A list names itself: the clerk who let it in is nobody who asks the head for something.
            requested_by=due.hold.source or due.hold.set_by,
            requested_at=due.hold.since,
            address=reverse("changes:decide", args=[due.hold.pk]),
        )
        for due in queries.protected()
        if due.decision is None
    ]


PROTECTED = register_queue(Queue("changes.protected", "支援措置の対応", DECIDE_PROTECTED, _undecided))
