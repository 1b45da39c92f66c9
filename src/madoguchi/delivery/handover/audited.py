"""What the operation log calls the processes of the counter."""

from madoguchi.platform.audit.processes import Process, ProcessClass

BOARD_VIEWED = Process("handover.board", "本日の来庁一覧の表示", ProcessClass.VIEW)
ENCOUNTER_VIEWED = Process("handover.view", "窓口対応の表示", ProcessClass.VIEW)
RECEIVED = Process("handover.receive", "来庁の受付", ProcessClass.CHANGE)
SLEEVE_SCANNED = Process("handover.sleeve", "スリーブの読み取り", ProcessClass.CHANGE)
NOTICE_SCANNED = Process("handover.notice", "交付通知書の読み取り", ProcessClass.CHANGE)
DOCUMENTS_CHECKED = Process("handover.documents", "本人確認書類の点検", ProcessClass.CHANGE)
FEE_SETTLED = Process("handover.fee", "手数料の記録", ProcessClass.CHANGE)
HANDED_OVER = Process("handover.deliver", "カードの交付", ProcessClass.CHANGE)
NOT_HANDED_OVER = Process("handover.refuse", "交付不可の記録", ProcessClass.CHANGE)
CASE_DECIDED = Process("handover.case", "来た人の確認", ProcessClass.CHANGE)
SETTING_RECORDED = Process("handover.setting", "暗証番号・電子証明書・返却の記録", ProcessClass.CHANGE)
INTERRUPTED = Process("handover.interrupt", "窓口対応の中断", ProcessClass.CHANGE)
RESUMED = Process("handover.resume", "窓口対応の再開", ProcessClass.CHANGE)
KEPT = Process("handover.keep", "カードの預り", ProcessClass.CHANGE)
CORRECTED = Process("handover.correct", "交付済の訂正", ProcessClass.CHANGE)
SEALED_LISTED = Process("handover.sealed-list", "封をした書面の台帳の表示", ProcessClass.VIEW)
SEALED_RECEIVED = Process("handover.sealed-receive", "封をした書面の受領", ProcessClass.CHANGE)
SEALED_USED = Process("handover.sealed-use", "封をした書面の使用", ProcessClass.CHANGE)
SEALED_DESTROYED = Process("handover.sealed-destroy", "封をした書面の廃棄", ProcessClass.CHANGE)
