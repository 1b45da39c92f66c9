"""Rights on the take-over."""

from madoguchi.platform.accounts.rights import Right

READ_STOCK = Right("takeover.read", "移行の一覧を読み込む")
APPROVE_STOCK = Right("takeover.approve", "移行の一覧を承認し、棚卸で締める")

ROLE_RIGHTS = {"clerk": (READ_STOCK,), "chief": (READ_STOCK, APPROVE_STOCK)}
