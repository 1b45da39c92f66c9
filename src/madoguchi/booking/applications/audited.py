"""What the operation log calls the processes of form bookings."""

from madoguchi.platform.audit.processes import Process, ProcessClass

APPLIED = Process("applications.apply", "申請フォームの受付", ProcessClass.CHANGE)
LOOKED_UP = Process("applications.lookup", "申請予約の本人確認", ProcessClass.SIGN_IN)
APPLICATION_VIEWED = Process("applications.view", "申請予約の表示（本人）", ProcessClass.VIEW)
COMMAND_CARRIED_OUT = Process("applications.command", "交付管理からの指示の実行", ProcessClass.CHANGE)
QUESTION_SAVED = Process("applications.question", "申請フォームの質問の設定", ProcessClass.ADMINISTER)
UNLOCKED = Process("applications.unlock", "申請予約の停止の解除", ProcessClass.ADMINISTER)
