"""Processes of changes in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

READ_LIST = Process("changes.list.read", "異動リストの読み込み", ProcessClass.IMPORT)
APPLY_LIST = Process("changes.list.apply", "異動リストの反映", ProcessClass.CHANGE)
DISCARD_LIST = Process("changes.list.discard", "異動リストの取り下げ", ProcessClass.CHANGE)
VIEW_LIST = Process("changes.list.view", "異動リストの結果の照会", ProcessClass.VIEW)
VIEW_ROW = Process("changes.row.view", "該当のない異動の照会", ProcessClass.VIEW)
SETTLE_ROW = Process("changes.row.settle", "該当のない異動の処理", ProcessClass.CHANGE)
VIEW_PROTECTED = Process("changes.protected.view", "支援措置の対応の照会", ProcessClass.VIEW)
DECIDE_PROTECTED = Process("changes.protected.decide", "支援措置の対応の決定", ProcessClass.CHANGE)
VIEW_DEADLINES = Process("changes.deadlines.view", "期限経過の一覧の照会", ProcessClass.VIEW)
