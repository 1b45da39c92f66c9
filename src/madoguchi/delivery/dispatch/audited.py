"""Processes of letters in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

PRINT_LETTERS = Process("dispatch.letters.print", "通知の印刷", ProcessClass.PRINT)
PRINT_LABELS = Process("dispatch.labels.print", "宛名ラベル・差出票の印刷", ProcessClass.PRINT)
OPEN_LETTERS = Process("dispatch.letters.open", "通知PDFの表示・印刷", ProcessClass.PRINT)
LETTERS_EXPIRED = Process("dispatch.letters.expire", "期限の過ぎた通知PDFの消去", ProcessClass.AUTOMATIC)
VIEW_HISTORY = Process("dispatch.history.view", "発送の履歴の照会", ProcessClass.VIEW)
VIEW_DISPATCH = Process("dispatch.dispatch.view", "発送の記録の照会", ProcessClass.VIEW)
LIST_DISPATCHES = Process("dispatch.dispatches.list", "発送管理の一覧の照会", ProcessClass.VIEW)
EXPORT_DISPATCHES = Process("dispatch.dispatches.export", "発送管理の一覧の出力", ProcessClass.EXPORT)
PRINT_PROTECTED_SLIP = Process("dispatch.protected.slip", "支援措置の人の郵便物差出票の印刷", ProcessClass.PRINT)
LIST_PROTECTED_POST = Process("dispatch.protected.list", "支援措置の人の郵便物の照会", ProcessClass.VIEW)
SCAN_OUT = Process("dispatch.letters.scan", "発送前の封筒の読取", ProcessClass.CHANGE)
SEND_LETTERS = Process("dispatch.letters.send", "通知の発送", ProcessClass.CHANGE)
CHANGE_DISPATCH = Process("dispatch.dispatch.change", "発送の記録の変更", ProcessClass.CHANGE)
RECORD_RETURN = Process("dispatch.return.record", "返戻の記録", ProcessClass.CHANGE)
SEAL_CARD = Process("dispatch.card.seal", "カードの封緘と郵送", ProcessClass.CHANGE)
RECORD_DELIVERY = Process("dispatch.card.delivered", "郵送カードの配達の記録", ProcessClass.CHANGE)
SET_ADDRESS = Process("dispatch.address.set", "送付先の登録・終了", ProcessClass.CHANGE)
CLEAR_STOP = Process("dispatch.stop.clear", "印刷の停止の解除", ProcessClass.APPROVE)
CHANGE_TEXT = Process("dispatch.text.change", "通知の文面の変更", ProcessClass.ADMINISTER)
APPROVE_TEXT = Process("dispatch.text.approve", "通知の文面の承認・差戻し", ProcessClass.APPROVE)
