"""Rights on the register."""

from madoguchi.platform.accounts.rights import Right

SEE_CARDS = Right("cards.see", "カードを見る")
REVEAL = Right("cards.reveal", "カードの画面で伏せた氏名・住所などを表示する")
CHANGE_HOLDS = Right("cards.hold", "停止を登録・解除する")
CHANGE_CARDS = Right("cards.change", "カードの画面で操作する (取りやめ、返納、所在不明など)")
WRITE_ITEMS = Right("cards.write", "経過記録と、一覧に載らない項目を書く")
APPROVE_ACTS = Right("cards.approve", "カードの重い操作を承認する (交付済の訂正、紛失、廃棄)")
SET_PLACES = Right("cards.places", "交付場所と設定を変える")
SET_CHARACTERS = Right("cards.characters", "外字の表とフォントを変える")

ROLE_RIGHTS = {
    "clerk": (SEE_CARDS, REVEAL, CHANGE_HOLDS, CHANGE_CARDS, WRITE_ITEMS),
    "chief": (SEE_CARDS, REVEAL, CHANGE_HOLDS, CHANGE_CARDS, WRITE_ITEMS, APPROVE_ACTS, SET_PLACES, SET_CHARACTERS),
    "administrator": (SET_PLACES, SET_CHARACTERS),
}
