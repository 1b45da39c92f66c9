"""What the operation log calls the acts of this app."""

from madoguchi.platform.audit.processes import Process, ProcessClass

PASSWORD_ACCEPTED = Process("accounts.password.accepted", "パスワードの確認", ProcessClass.SIGN_IN)
SIGNED_IN = Process("accounts.signed-in", "ログイン", ProcessClass.SIGN_IN)
SIGN_IN_FAILED = Process("accounts.sign-in.failed", "ログインの失敗", ProcessClass.SIGN_IN)
LOCKED_OUT = Process("accounts.locked-out", "失敗が続いた利用者IDのロック", ProcessClass.SIGN_IN)
SIGNED_OUT = Process("accounts.signed-out", "ログアウト", ProcessClass.SIGN_IN)
SESSION_ENDED = Process("accounts.session.ended", "ログインの自動終了", ProcessClass.SIGN_IN)
PREFERENCES_CHANGED = Process("accounts.preferences.changed", "個人の設定の変更", ProcessClass.CHANGE)
DUTY_CHOSEN = Process("accounts.duty.chosen", "今日の担当の選択", ProcessClass.SIGN_IN)
SCREEN_LOCKED = Process("accounts.screen.locked", "画面ロック", ProcessClass.SIGN_IN)
SCREEN_OPENED = Process("accounts.screen.opened", "画面ロックの解除", ProcessClass.SIGN_IN)
FACTOR_ENROLLED = Process("accounts.factor.enrolled", "確認コードの登録", ProcessClass.CHANGE)
PASSWORD_CHANGED = Process("accounts.password.changed", "パスワードの変更", ProcessClass.CHANGE)

PAGE_REFUSED = Process("accounts.page.refused", "権限のない画面の要求", ProcessClass.VIEW)

ACCOUNTS_LISTED = Process("accounts.listed", "利用者一覧の表示", ProcessClass.VIEW)
ACCOUNT_VIEWED = Process("accounts.viewed", "利用者の表示", ProcessClass.VIEW)
ACCOUNT_CREATED = Process("accounts.created", "利用者の登録", ProcessClass.ADMINISTER)
ACCOUNT_CLOSED = Process("accounts.closed", "利用者の停止", ProcessClass.ADMINISTER)
ACCOUNT_UNLOCKED = Process("accounts.unlocked", "利用者IDのロック解除", ProcessClass.ADMINISTER)
PASSWORD_RESET = Process("accounts.password.reset", "仮パスワードの発行", ProcessClass.ADMINISTER)
FACTOR_SET = Process("accounts.factor.set", "確認コードの設定", ProcessClass.ADMINISTER)
FACTOR_REMOVED = Process("accounts.factor.removed", "確認コードの登録の取消し", ProcessClass.ADMINISTER)
LOCK_TIME_SET = Process("accounts.lock-time.set", "画面ロックの時間の変更", ProcessClass.ADMINISTER)
ROLES_SEEDED = Process("accounts.roles.seeded", "役割の初期設定", ProcessClass.ADMINISTER)
ROLE_ASSIGNED = Process("accounts.role.assigned", "役割の付与", ProcessClass.ADMINISTER)
ROLE_WITHDRAWN = Process("accounts.role.withdrawn", "役割の取消し", ProcessClass.ADMINISTER)
