"""Processes of the intake in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

READ_LIST = Process("intake.list.read", "カード発行一覧の読み込み", ProcessClass.IMPORT)
APPLY_LIST = Process("intake.list.apply", "カード発行一覧の承認と反映", ProcessClass.APPROVE)
DISCARD_LIST = Process("intake.list.discard", "カード発行一覧の取り下げ", ProcessClass.CHANGE)
VIEW_LIST = Process("intake.list.view", "取り込み結果の照会", ProcessClass.VIEW)
VIEW_DIFFERENCE = Process("intake.list.difference", "取り込みで変わるカードの照会", ProcessClass.VIEW)
EXPORT_RESULT = Process("intake.list.result", "取り込みの結果の出力", ProcessClass.EXPORT)
OPEN_ARRIVAL = Process("intake.arrival.open", "受入の開始", ProcessClass.CHANGE)
CORRECT_ARRIVAL = Process("intake.arrival.correct", "受入の枚数の訂正", ProcessClass.CHANGE)
CLOSE_ARRIVAL = Process("intake.arrival.close", "受入の完了", ProcessClass.CHANGE)
VIEW_ARRIVAL = Process("intake.arrival.view", "受入の照会", ProcessClass.VIEW)
VIEW_INSPECTION = Process("intake.inspection.view", "検品のためのカード照会", ProcessClass.VIEW)
PRINT_LABEL = Process("intake.label.print", "スリーブのラベルの印刷", ProcessClass.PRINT)
ENTER_PRESET = Process("intake.preset.enter", "交付前設定結果の登録", ProcessClass.CHANGE)
SAVE_MAPPING = Process("intake.mapping.save", "対応付けの下書き", ProcessClass.ADMINISTER)
TRY_MAPPING = Process("intake.mapping.try", "対応付けの試し読み", ProcessClass.VIEW)
USE_MAPPING = Process("intake.mapping.use", "対応付けの使用開始", ProcessClass.APPROVE)
UNDO_LIST = Process("intake.list.undo", "カード発行一覧の取り消し", ProcessClass.APPROVE)
READ_SCANNED = Process("intake.arrival.scanned", "スキャンした交付一覧の読み込み", ProcessClass.IMPORT)
