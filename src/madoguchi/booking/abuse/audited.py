"""Processes against abuse in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

LIMITS_VIEWED = Process("abuse.view", "受付の制限の閲覧", ProcessClass.VIEW)
NETWORK_RELEASED = Process("abuse.release", "ネットワークの受付の制限の解除", ProcessClass.ADMINISTER)
ALARM_SEEN = Process("abuse.seen", "不正の知らせの確認", ProcessClass.CHANGE)
NETWORK_SHARED = Process("abuse.share", "共用ネットワークの登録", ProcessClass.ADMINISTER)
NETWORK_UNSHARED = Process("abuse.unshare", "共用ネットワークの登録の取消", ProcessClass.ADMINISTER)
CANARIES_PLACED = Process("abuse.canaries", "おとりの番号の入れ替え", ProcessClass.AUTOMATIC)
ALARM_RAISED = Process("abuse.alarm", "不正の知らせ", ProcessClass.AUTOMATIC)
