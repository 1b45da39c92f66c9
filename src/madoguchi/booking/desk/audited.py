"""Processes of the desk in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

NUMBER_LOOKED_UP = Process("desk.number.look_up", "予約用IDの照会", ProcessClass.SEARCH)
BOARD_VIEWED = Process("desk.board.view", "本日ボードの閲覧", ProcessClass.VIEW)
TICKET_ISSUED = Process("desk.ticket.issue", "受付番号の発行", ProcessClass.CHANGE)
TICKET_STEP = Process("desk.ticket.step", "受付番号の呼出・状態の変更", ProcessClass.CHANGE)
VIEW_SAVED = Process("desk.view.save", "一覧の条件の保存", ProcessClass.CHANGE)
VIEW_REMOVED = Process("desk.view.remove", "一覧の条件の削除", ProcessClass.CHANGE)
LIST_PRINTED = Process("desk.list.print", "予約者リストの印刷", ProcessClass.PRINT)
DISPLAY_MADE = Process("desk.display.make", "呼出表示の登録", ProcessClass.ADMINISTER)
DISPLAY_PAIRED = Process("desk.display.pair", "呼出表示の接続", ProcessClass.SIGN_IN)
DISPLAY_ENDED = Process("desk.display.end", "呼出表示の停止", ProcessClass.ADMINISTER)
STOPPED = Process("desk.stop.begin", "臨時停止", ProcessClass.CHANGE)
STOP_TAKEN_BACK = Process("desk.stop.take_back", "臨時停止の取り下げ", ProcessClass.CHANGE)
STOP_VIEWED = Process("desk.stop.view", "臨時停止の影響の閲覧", ProcessClass.VIEW)
STOP_MAILED = Process("desk.stop.mail", "臨時停止のメールの依頼", ProcessClass.CHANGE)
REBOOKED = Process("desk.stop.rebook", "一斉振替", ProcessClass.CHANGE)
TASK_MADE = Process("desk.task.make", "連絡要の登録", ProcessClass.CHANGE)
TASK_TRIED = Process("desk.task.try", "連絡の結果の記録", ProcessClass.CHANGE)
TASKS_VIEWED = Process("desk.task.view", "連絡要の閲覧", ProcessClass.VIEW)
CALLER_ASKED = Process("desk.caller.ask", "番号が分からない方の本人確認", ProcessClass.VIEW)
WAITING_VIEWED = Process("desk.waiting.view", "空き待ちの一覧の閲覧", ProcessClass.VIEW)
