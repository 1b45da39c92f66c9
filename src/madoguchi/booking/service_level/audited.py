"""Processes of the service level in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

AGREED = Process("service_level.agree", "サービス水準の合意値の登録", ProcessClass.ADMINISTER)
CASE_CHANGED = Process("service_level.case", "サービス水準の未達の記録", ProcessClass.CHANGE)
CASE_OPENED = Process("service_level.missed", "サービス水準の未達", ProcessClass.AUTOMATIC)
REPORT_PRINTED = Process("service_level.report", "サービス水準の月報の出力", ProcessClass.PRINT)
