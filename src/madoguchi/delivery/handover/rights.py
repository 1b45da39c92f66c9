"""Rights at the counter, and who starts with them."""

from collections.abc import Mapping

from madoguchi.platform.accounts.rights import Right

COUNTER_SERVE = Right("handover.serve", "窓口で受け付け、交付する")
COUNTER_CONFIRM = Right("handover.confirm", "交付の二人目として確かめる")
REQUEST_PAPER_RULES = Right("handover.paper-rules", "書類の規則の変更を依頼する")
APPROVE_PAPER_RULES = Right("handover.approve-paper-rules", "書類の規則の変更を承認する")

ROLE_RIGHTS: Mapping[str, tuple[Right, ...]] = {
    "clerk": (COUNTER_SERVE, COUNTER_CONFIRM, REQUEST_PAPER_RULES),
    "chief": (COUNTER_SERVE, COUNTER_CONFIRM, REQUEST_PAPER_RULES, APPROVE_PAPER_RULES),
}
