"""Rights on letters."""

from madoguchi.platform.accounts.rights import Right

PRINT_LETTERS = Right("dispatch.print", "通知を印刷し、発送を記録する")
CLEAR_STOP = Right("dispatch.clear", "不一致で止まった印刷を再開させる")
CHANGE_TEXT = Right("dispatch.text", "通知の文面を変える")

ROLE_RIGHTS: dict[str, tuple[Right, ...]] = {
    "clerk": (PRINT_LETTERS,),
    "chief": (PRINT_LETTERS, CLEAR_STOP, CHANGE_TEXT),
}
