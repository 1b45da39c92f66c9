"""Processes of the scanning desk in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

SAVE_FORMAT = Process("scanning.format.save", "読取コードの形の設定", ProcessClass.ADMINISTER)
READ_CODE = Process("scanning.code.read", "コードの読取による照会", ProcessClass.VIEW)
