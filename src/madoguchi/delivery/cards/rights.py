"""Rights on the register."""

from madoguchi.platform.accounts.rights import Right

SEE_CARDS = Right("cards.see", "カードを見る")
CHANGE_HOLDS = Right("cards.hold", "停止を登録・解除する")
SET_PLACES = Right("cards.places", "交付場所と設定を変える")

ROLE_RIGHTS = {
    "clerk": (SEE_CARDS, CHANGE_HOLDS),
    "chief": (SEE_CARDS, CHANGE_HOLDS, SET_PLACES),
    "administrator": (SET_PLACES,),
}
