"""Rights on lists of changes, decisions on people under protection, and deadlines."""

from madoguchi.platform.accounts.rights import Right

IMPORT_CHANGES = Right("changes.import", "異動リストを取り込み、該当のない行を処理する")
DECIDE_PROTECTED = Right("changes.protected", "支援措置の対応を決める")
SEE_DEADLINES = Right("changes.deadlines", "期限経過のカードを見る")

ROLE_RIGHTS = {
    "clerk": (IMPORT_CHANGES, SEE_DEADLINES),
    "chief": (IMPORT_CHANGES, SEE_DEADLINES, DECIDE_PROTECTED),
}
