"""Rights on the disposal of cards."""

from madoguchi.platform.accounts.rights import Right

DISPOSE_CARDS = Right("disposal.work", "カードを廃棄の候補にし、袋に入れ、二人で廃棄する")
APPROVE_DISPOSAL = Right("disposal.approve", "カードの廃棄を承認する")
SEE_DISPOSAL = Right("disposal.see", "カードの廃棄の記録と証明書を見る")

ROLE_RIGHTS = {
    "clerk": (DISPOSE_CARDS, SEE_DISPOSAL),
    "chief": (DISPOSE_CARDS, SEE_DISPOSAL, APPROVE_DISPOSAL),
    "auditor": (SEE_DISPOSAL,),
}
