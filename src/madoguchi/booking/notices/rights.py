"""Rights over mail, and which role starts with which (SF-02)."""

from collections.abc import Mapping

from madoguchi.platform.accounts.rights import Right

SEE_MAILS = Right("notices.see", "メール送信記録の閲覧")
HANDLE_RETURNS = Right("notices.handle", "届かないメールの電話連絡と再送信")
SET_TEXTS = Right("notices.texts", "メール文面の変更")

ROLE_RIGHTS: Mapping[str, tuple[Right, ...]] = {
    "clerk": (SEE_MAILS, HANDLE_RETURNS),
    "operator": (SEE_MAILS, HANDLE_RETURNS),
    "chief": (SEE_MAILS, HANDLE_RETURNS, SET_TEXTS),
    "administrator": (SET_TEXTS,),
    "auditor": (SEE_MAILS,),
}
