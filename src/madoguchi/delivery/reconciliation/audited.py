"""Processes of the reconciliation in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

READ_LIST = Process("reconciliation.list.read", "統合端末の一覧の読み込み", ProcessClass.IMPORT)
APPLY_LIST = Process("reconciliation.list.apply", "統合端末の一覧の反映", ProcessClass.CHANGE)
DISCARD_LIST = Process("reconciliation.list.discard", "統合端末の一覧の取り下げ", ProcessClass.CHANGE)
VIEW_LIST = Process("reconciliation.list.view", "統合端末の一覧の結果の照会", ProcessClass.VIEW)
VIEW_DIFFERENCES = Process("reconciliation.differences.view", "差異リストの照会", ProcessClass.VIEW)
EXPORT_DIFFERENCES = Process("reconciliation.differences.export", "差異リストの出力", ProcessClass.EXPORT)
EXPLAIN = Process("reconciliation.difference.explain", "差異の説明の記録", ProcessClass.CHANGE)
SIGN = Process("reconciliation.day.sign", "その日の照合への署名", ProcessClass.APPROVE)
