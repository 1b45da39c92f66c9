"""Rights on the printers."""

from madoguchi.platform.accounts.rights import Right

CHOOSE_PRINTER = Right("printers.choose", "この端末のプリンターを選び、調整用紙を刷る")
SET_PRINTERS = Right("printers.set", "プリンターの位置を登録する")

ROLE_RIGHTS = {
    "clerk": (CHOOSE_PRINTER,),
    "chief": (CHOOSE_PRINTER, SET_PRINTERS),
    "administrator": (CHOOSE_PRINTER, SET_PRINTERS),
}
