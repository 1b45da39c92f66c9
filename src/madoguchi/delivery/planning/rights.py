"""Rights on planning."""

from madoguchi.platform.accounts.rights import Right

PLAN_CAPACITY = Right("planning.plan", "窓口の計画を試算する")

ROLE_RIGHTS: dict[str, tuple[Right, ...]] = {"chief": (PLAN_CAPACITY,)}
