"""Rights of the intake."""

from madoguchi.platform.accounts.rights import Right

IMPORT_LISTS = Right("intake.import", "カード発行一覧を取り込む")
APPROVE_LISTS = Right("intake.approve", "取り込みを承認する")
DESCRIBE_LISTS = Right("intake.describe", "一覧の対応付けを作る")
RECEIVE_CARDS = Right("intake.receive", "受入と検品を行う")
ENTER_PRESETS = Right("intake.preset", "交付前設定の結果を登録する")

ROLE_RIGHTS = {
    "clerk": (IMPORT_LISTS, DESCRIBE_LISTS, RECEIVE_CARDS, ENTER_PRESETS),
    "chief": (IMPORT_LISTS, APPROVE_LISTS, DESCRIBE_LISTS, RECEIVE_CARDS, ENTER_PRESETS),
}
