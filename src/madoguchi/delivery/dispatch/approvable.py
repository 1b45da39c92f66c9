"""What of the letters waits for a second person: new words. They are decided on their own page."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from madoguchi.delivery.dispatch.models import Kind, LetterText, TextState
from madoguchi.delivery.dispatch.rights import APPROVE_TEXT
from madoguchi.platform.approvals.kinds import Queue, Waiting, register_queue


def _waiting_texts() -> Sequence[Waiting]:
    return [
        Waiting(
            title=_("%(kind)sの文面 第%(number)s版") % {"kind": Kind(version.kind).label, "number": version.number},
            requested_by=version.written_by,
            requested_at=version.written_at,
            address=reverse("dispatch:version", args=[version.pk]),
        )
        for version in LetterText.objects.filter(state=TextState.WAITING).order_by("written_at")
    ]


TEXTS = register_queue(Queue("dispatch.texts", "通知の文面", APPROVE_TEXT, _waiting_texts))
