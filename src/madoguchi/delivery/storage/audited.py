"""Processes of storage in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

MAKE_BOX = Process("storage.box.make", "保管箱の登録", ProcessClass.ADMINISTER)
VIEW_PICK_LIST = Process("storage.pick-list.view", "取り出し一覧の照会", ProcessClass.VIEW)
PRINT_LABELS = Process("storage.labels.print", "保管箱のラベルの印刷", ProcessClass.PRINT)
SET_LEAD_TIME = Process("storage.lead-time.set", "移送の日数の設定", ProcessClass.ADMINISTER)
BEGIN_TRANSFER = Process("storage.transfer.begin", "移送の準備", ProcessClass.CHANGE)
SEND_TRANSFER = Process("storage.transfer.send", "移送の送り出し", ProcessClass.CHANGE)
CLOSE_TRANSFER = Process("storage.transfer.close", "移送の受取の終了", ProcessClass.CHANGE)
GIVE_UP_TRANSFER = Process("storage.transfer.give-up", "移送の取りやめ", ProcessClass.CHANGE)
VIEW_TRANSFER = Process("storage.transfer.view", "移送の照会", ProcessClass.VIEW)
PRINT_SLIP = Process("storage.transfer.slip", "移送票の印刷", ProcessClass.PRINT)
BEGIN_STOCK_TAKE = Process("storage.stock-take.begin", "棚卸の開始", ProcessClass.CHANGE)
FINISH_COUNTING = Process("storage.stock-take.counted", "棚卸で数え終えた", ProcessClass.CHANGE)
CLOSE_STOCK_TAKE = Process("storage.stock-take.close", "棚卸の確定", ProcessClass.APPROVE)
GIVE_UP_STOCK_TAKE = Process("storage.stock-take.give-up", "棚卸の取りやめ", ProcessClass.CHANGE)
VIEW_REPORT = Process("storage.stock-take.report", "棚卸の差異の照会", ProcessClass.VIEW)
EXPORT_REPORT = Process("storage.stock-take.export", "棚卸の差異の出力", ProcessClass.EXPORT)
VIEW_CUSTODY = Process("storage.custody.view", "保管の経過の照会", ProcessClass.VIEW)
VIEW_AT_COUNTER = Process("storage.at-counter.view", "窓口に出ているカードの照会", ProcessClass.VIEW)
