"""Processes of the printers in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

SAVE_PRINTER = Process("printers.save", "プリンターの設定", ProcessClass.ADMINISTER)
PRINT_TEST_SHEET = Process("printers.sheet", "プリンターの調整用紙の印刷", ProcessClass.PRINT)
