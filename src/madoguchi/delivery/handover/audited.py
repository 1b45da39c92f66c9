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
