"""What may be granted in this app."""

from madoguchi.platform.accounts.rights import Right

SEE_CONDITION = Right("condition.see", "システムの状態の表示")

ROLE_RIGHTS: dict[str, tuple[Right, ...]] = {"administrator": (SEE_CONDITION,), "chief": (SEE_CONDITION,)}
