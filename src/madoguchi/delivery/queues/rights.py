"""Rights on work queues. Whoever may see cards may see the queues; acting on many at once and taking lists out are granted apart."""

from madoguchi.platform.accounts.rights import Right

ACT_ON_MANY = Right("queues.bulk", "一覧からまとめて操作する")
EXPORT_QUEUES = Right("queues.export", "作業一覧をファイルに出力する")
EXPORT_NAMES = Right("queues.export-names", "作業一覧の出力に、氏名（一部）の列を入れる")
EXPORT_HOLDS = Right("queues.export-holds", "作業一覧の出力に、停止の列を入れる")
# What a role takes out is granted column by column (S28).
COLUMN_RIGHTS = {"name": EXPORT_NAMES, "holds": EXPORT_HOLDS}

ROLE_RIGHTS: dict[str, tuple[Right, ...]] = {
    "clerk": (ACT_ON_MANY, EXPORT_QUEUES, EXPORT_NAMES),
    "chief": (ACT_ON_MANY, EXPORT_QUEUES, EXPORT_NAMES, EXPORT_HOLDS),
}
