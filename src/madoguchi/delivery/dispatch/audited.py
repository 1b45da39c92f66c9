"""Processes of letters in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

PRINT_LETTERS = Process("dispatch.letters.print", "通知の印刷", ProcessClass.PRINT)
OPEN_LETTERS = Process("dispatch.letters.open", "通知PDFの表示", ProcessClass.VIEW)
VIEW_HISTORY = Process("dispatch.history.view", "発送の履歴の照会", ProcessClass.VIEW)
SEND_LETTERS = Process("dispatch.letters.send", "通知の発送", ProcessClass.CHANGE)
CLEAR_STOP = Process("dispatch.stop.clear", "印刷の停止の解除", ProcessClass.APPROVE)
CHANGE_TEXT = Process("dispatch.text.change", "通知の文面の変更", ProcessClass.ADMINISTER)
