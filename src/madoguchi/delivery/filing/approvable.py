"""What of the filing a second person approves: the disposal of pictures whose time is over."""

from django.urls import reverse

from madoguchi.delivery.filing.disposal import approve, give_up
from madoguchi.delivery.filing.rights import APPROVE_DISPOSAL
from madoguchi.platform.approvals.kinds import Kind, register
from madoguchi.platform.approvals.models import Approval


def _page_of(approval: Approval) -> str:
    return reverse("filing:disposal", args=[approval.detail["batch"]])


DISPOSAL = register(Kind("filing.disposal", "帳票の廃棄", APPROVE_DISPOSAL, approve, give_up, _page_of))
