"""Processes of the register in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

VIEW_CARD = Process("cards.card.view", "カード照会", ProcessClass.VIEW)
LIST_CARDS = Process("cards.list.view", "カード一覧の照会", ProcessClass.VIEW)
EXPORT_CARDS = Process("cards.list.export", "カード一覧の出力", ProcessClass.EXPORT)
SEARCH_NUMBER = Process("cards.number.search", "番号による検索", ProcessClass.SEARCH)
CHANGE_CARD = Process("cards.card.change", "カードの状態の変更", ProcessClass.CHANGE)
REGISTER = Process("cards.card.register", "窓口・出張での申請の登録", ProcessClass.CHANGE)
SET_HOLD = Process("cards.hold.set", "停止の登録", ProcessClass.CHANGE)
RELEASE_HOLD = Process("cards.hold.release", "停止の解除", ProcessClass.APPROVE)
SET_UP = Process("cards.municipality.set_up", "市区町村の登録", ProcessClass.ADMINISTER)
CHANGE_SETTING = Process("cards.municipality.change", "市区町村設定の変更", ProcessClass.ADMINISTER)
SAVE_PLACE = Process("cards.place.save", "交付場所の登録", ProcessClass.ADMINISTER)
REISSUE = Process("cards.card.reissue", "再発行依頼の登録", ProcessClass.CHANGE)
ADD_COMMENT = Process("cards.comment.add", "経過記録の追加", ProcessClass.CHANGE)
STRIKE_COMMENT = Process("cards.comment.strike", "経過記録の取り消し", ProcessClass.CHANGE)
SET_ITEMS = Process("cards.items.set", "カードの項目の変更", ProcessClass.CHANGE)
SAVE_WORD = Process("cards.word.save", "コード表の変更", ProcessClass.ADMINISTER)
FILTER_CARDS = Process("cards.items.filter", "項目によるカードの絞り込み", ProcessClass.SEARCH)
