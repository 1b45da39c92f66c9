"""What the operation log calls the processes of applications."""

from madoguchi.platform.audit.processes import Process, ProcessClass

APPLICATIONS_LISTED = Process("applications.list", "申請予約の一覧の表示", ProcessClass.VIEW)
APPLICATION_OPENED = Process("applications.open", "申請予約の内容の表示", ProcessClass.VIEW)
APPLICATIONS_SEARCHED = Process("applications.search", "申請予約の検索", ProcessClass.SEARCH)
APPLICATION_PRINTED = Process("applications.print", "申請予約票の印刷", ProcessClass.PRINT)
APPLICATIONS_UNSEALED = Process("applications.unseal", "申請予約の封を開ける", ProcessClass.IMPORT)
STAGE_CHANGED = Process("applications.stage", "申請予約の対応状況の変更", ProcessClass.CHANGE)
ORDER_GIVEN = Process("applications.order", "予約管理への指示", ProcessClass.CHANGE)
