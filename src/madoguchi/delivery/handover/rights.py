"""Rights at the counter, and who starts with them."""

from collections.abc import Mapping

from madoguchi.platform.accounts.rights import Right

COUNTER_SERVE = Right("handover.serve", "窓口で受け付け、交付する")
COUNTER_CONFIRM = Right("handover.confirm", "交付の二人目として確かめる")

ROLE_RIGHTS: Mapping[str, tuple[Right, ...]] = {
    "clerk": (COUNTER_SERVE, COUNTER_CONFIRM),
    "chief": (COUNTER_SERVE, COUNTER_CONFIRM),
}
