"""What the operation log calls the auditors' own work."""

from madoguchi.platform.audit.processes import Process, ProcessClass

USE_VIEWED = Process("oversight.use.view", "閲覧の集計の表示", ProcessClass.VIEW)
FINDINGS_VIEWED = Process("oversight.findings.view", "ふだんと違う使い方の報告の表示", ProcessClass.VIEW)
DAY_EXAMINED = Process("oversight.day.examine", "操作記録の点検", ProcessClass.AUTOMATIC)
SIGNED_OFF = Process("oversight.finding.sign-off", "ふだんと違う使い方の確認", ProcessClass.APPROVE)
THRESHOLDS_SET = Process("oversight.thresholds.set", "点検のめやすの変更", ProcessClass.ADMINISTER)
LOG_EXPORTED = Process("oversight.log.export", "操作記録の署名付きの書き出し", ProcessClass.EXPORT)
FACTS_VIEWED = Process("oversight.facts.view", "評価書の資料の表示", ProcessClass.VIEW)
FACTS_TAKEN = Process("oversight.facts.export", "評価書の資料の出力", ProcessClass.EXPORT)
FACTS_PRINTED = Process("oversight.facts.print", "評価書の資料の印刷", ProcessClass.PRINT)
EXPORT_CHECKED = Process("oversight.log.check", "書き出した操作記録の検証", ProcessClass.VIEW)
