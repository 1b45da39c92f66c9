"""Rights on fees, and who starts with them."""

from collections.abc import Mapping

from madoguchi.platform.accounts.rights import Right

SEE_FEES = Right("fees.see", "手数料と日計を見る")
TAKE_FEES = Right("fees.take", "手数料を徴収し、つり銭箱を開け閉めする")
CONFIRM_FEES = Right("fees.confirm", "返金と日計の二人目として確かめる")
REQUEST_AMOUNTS = Right("fees.amounts", "手数料表の変更を依頼する")
APPROVE_AMOUNTS = Right("fees.approve-amounts", "手数料表の変更を承認する")
SET_DRAWERS = Right("fees.drawers", "つり銭箱を登録する")

ROLE_RIGHTS: Mapping[str, tuple[Right, ...]] = {
    "clerk": (SEE_FEES, TAKE_FEES, CONFIRM_FEES, REQUEST_AMOUNTS),
    "chief": (SEE_FEES, TAKE_FEES, CONFIRM_FEES, REQUEST_AMOUNTS, APPROVE_AMOUNTS, SET_DRAWERS),
    "auditor": (SEE_FEES,),
}
