"""Rights on the reconciliation with the terminal."""

from madoguchi.platform.accounts.rights import Right

RECONCILE = Right("reconciliation.work", "統合端末の一覧を取り込み、差異を処理する")
APPROVE_LISTS = Right("reconciliation.approve", "統合端末の一覧の反映を承認する")
SIGN_DAY = Right("reconciliation.sign", "その日の照合に署名する")
SEE_DAYS = Right("reconciliation.days", "署名した照合の記録を見る")

ROLE_RIGHTS = {
    "clerk": (RECONCILE, SEE_DAYS),
    "chief": (RECONCILE, APPROVE_LISTS, SEE_DAYS, SIGN_DAY),
    "auditor": (SEE_DAYS,),
}
