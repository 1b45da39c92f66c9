"""Processes of registration in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

LIST = Process("registration.list.view", "申請受付一覧の照会", ProcessClass.VIEW)
VIEW = Process("registration.view", "申請受付の照会", ProcessClass.VIEW)
REGISTER = Process("registration.register", "窓口・出張の申請受付", ProcessClass.CHANGE)
BIND_PHOTO = Process("registration.photo.bind", "顔写真の結び付け", ProcessClass.CHANGE)
SEND = Process("registration.send", "申請の送付", ProcessClass.APPROVE)
MAKE_VENUE = Process("registration.venue.make", "出張会場の登録", ProcessClass.CHANGE)
TAKE_LIST = Process("registration.venue.list", "出張申請の一覧の出力", ProcessClass.EXPORT)
JOIN_LIST = Process("registration.venue.join", "出張申請の一覧の取込", ProcessClass.IMPORT)
CLOSE_VENUE = Process("registration.venue.close", "出張会場の締め", ProcessClass.CHANGE)
CHANGE_SETTING = Process("registration.setting.change", "申請受付の設定の変更", ProcessClass.ADMINISTER)
REFUSE_NUMBER = Process("registration.number.refuse", "個人番号とみられる入力の拒否", ProcessClass.CHANGE)
