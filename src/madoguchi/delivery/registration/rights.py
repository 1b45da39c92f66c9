"""Rights on applications that the office takes itself."""

from madoguchi.platform.accounts.rights import Right

REGISTER = Right("registration.register", "窓口・出張の申請を受け付け、顔写真を結び付ける")
SEND = Right("registration.send", "申請の送付を記録する・確認する")
SET_REGISTRATION = Right("registration.settings", "カードが届くまでの日数を変える")

ROLE_RIGHTS = {
    "clerk": (REGISTER, SEND),
    "chief": (REGISTER, SEND, SET_REGISTRATION),
}
