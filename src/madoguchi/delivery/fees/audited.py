"""What the operation log calls the processes of fees."""

from madoguchi.platform.audit.processes import Process, ProcessClass

VIEWED = Process("fees.view", "手数料の画面の表示", ProcessClass.VIEW)
DRAWER_SAVED = Process("fees.drawer", "つり銭箱の登録", ProcessClass.CHANGE)
DRAWER_OPENED = Process("fees.open", "つり銭箱を開く", ProcessClass.CHANGE)
TAKEN = Process("fees.take", "手数料の徴収", ProcessClass.CHANGE)
REVERSED = Process("fees.reverse", "手数料の取消・返金", ProcessClass.CHANGE)
OWED_BACK = Process("fees.owe", "返金待ちの登録", ProcessClass.CHANGE)
CLOSED = Process("fees.close", "つり銭箱の日計", ProcessClass.CHANGE)
RECEIPT_PRINTED = Process("fees.receipt", "領収書の印刷", ProcessClass.PRINT)
REPORT_MADE = Process("fees.report", "手数料日計表の出力", ProcessClass.EXPORT)
AMOUNT_CHANGED = Process("fees.amount", "手数料表の変更", ProcessClass.CHANGE)
