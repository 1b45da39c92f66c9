"""Processes of the work queues in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

QUEUE_VIEWED = Process("queues.list.view", "作業一覧の照会", ProcessClass.VIEW)
QUEUE_EXPORTED = Process("queues.list.export", "作業一覧の出力", ProcessClass.EXPORT)
FILTER_SAVED = Process("queues.filter.save", "作業一覧の条件の保存", ProcessClass.CHANGE)
FILTER_REMOVED = Process("queues.filter.remove", "作業一覧の条件の削除", ProcessClass.CHANGE)
CARD_LOOKED_AT = Process("queues.card.look", "作業一覧の横の欄の照会", ProcessClass.VIEW)
CHARGE_TAKEN = Process("queues.charge.take", "カードを自分の担当にする", ProcessClass.CHANGE)
CHARGE_ENDED = Process("queues.charge.end", "カードの担当を外す", ProcessClass.CHANGE)
BULK_PREPARED = Process("queues.bulk.prepare", "まとめての操作の下見", ProcessClass.VIEW)
BULK_CONFIRMED = Process("queues.bulk.confirm", "まとめての操作の確認", ProcessClass.APPROVE)
BULK_DONE = Process("queues.bulk.do", "まとめての操作", ProcessClass.CHANGE)
BULK_UNDONE = Process("queues.bulk.undo", "まとめての操作の取消", ProcessClass.CHANGE)
