"""Rights on letters."""

from madoguchi.platform.accounts.rights import Right

PRINT_LETTERS = Right("dispatch.print", "通知を印刷し、発送を記録する")
MAIL_CARDS = Right("dispatch.mail", "カードを郵送する")
SET_ADDRESS = Right("dispatch.address", "別の送付先を登録する")
APPROVE_ADDRESS = Right("dispatch.address-approve", "別の送付先を二人目として確かめる")
CLEAR_STOP = Right("dispatch.clear", "不一致で止まった印刷を再開させる")
CHANGE_TEXT = Right("dispatch.text", "通知の文面を書く")
APPROVE_TEXT = Right("dispatch.text-approve", "通知の文面を承認する")

POST_PROTECTED = Right("dispatch.protected", "支援措置の人の郵便物を差し出し、配達を記録する")
SEE_DISPATCHES = Right("dispatch.see", "発送管理を見る（変えない）")

_CLERK = (PRINT_LETTERS, MAIL_CARDS, SET_ADDRESS, CHANGE_TEXT)
ROLE_RIGHTS: dict[str, tuple[Right, ...]] = {
    "clerk": _CLERK,
    "chief": (*_CLERK, APPROVE_ADDRESS, CLEAR_STOP, APPROVE_TEXT, POST_PROTECTED),
    "auditor": (SEE_DISPATCHES,),
}
