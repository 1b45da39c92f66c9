"""Processes of the scanning desk in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

READ_CODE = Process("scanning.code.read", "コードの読取による照会", ProcessClass.VIEW)
