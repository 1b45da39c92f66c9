"""What the operation log calls the processes of visits without stock."""

from madoguchi.platform.audit.processes import Process, ProcessClass

BOARD_VIEWED = Process("procedures.board", "手続きの受付一覧の表示", ProcessClass.VIEW)
VISIT_VIEWED = Process("procedures.view", "手続きの対応の表示", ProcessClass.VIEW)
RECEIVED = Process("procedures.receive", "手続きの受付", ProcessClass.CHANGE)
STARTED = Process("procedures.start", "手続きの対応開始", ProcessClass.CHANGE)
DOCUMENTS_CHECKED = Process("procedures.documents", "手続きの書類の点検", ProcessClass.CHANGE)
FINISHED = Process("procedures.finish", "手続きの結果の記録", ProcessClass.CHANGE)
FIGURES_VIEWED = Process("procedures.figures", "手続きの統計の表示", ProcessClass.VIEW)
FIGURES_EXPORTED = Process("procedures.export", "手続きの統計の出力", ProcessClass.EXPORT)
