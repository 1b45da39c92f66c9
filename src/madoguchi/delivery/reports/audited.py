"""Processes of reports in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

REPORT_VIEWED = Process("reports.report.view", "交付の統計の照会", ProcessClass.VIEW)
REPORT_EXPORTED = Process("reports.report.export", "交付の統計の出力", ProcessClass.EXPORT)
REPORT_PRINTED = Process("reports.report.print", "交付の統計の印刷", ProcessClass.PRINT)
BEHIND_VIEWED = Process("reports.behind.view", "統計の元になったカードの照会", ProcessClass.VIEW)
BEHIND_EXPORTED = Process("reports.behind.export", "統計の元になったカードの出力", ProcessClass.EXPORT)
