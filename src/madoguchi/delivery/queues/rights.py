"""Rights on work queues. Whoever may see cards may see the queues; acting on many at once and taking lists out are granted apart."""

from madoguchi.platform.accounts.rights import Right

ACT_ON_MANY = Right("queues.bulk", "一覧からまとめて操作する")
EXPORT_QUEUES = Right("queues.export", "作業一覧をファイルに出力する")

ROLE_RIGHTS: dict[str, tuple[Right, ...]] = {
    "clerk": (ACT_ON_MANY, EXPORT_QUEUES),
    "chief": (ACT_ON_MANY, EXPORT_QUEUES),
}
