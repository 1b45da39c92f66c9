"""Processes of the municipality's settings in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

SET_UP = Process("municipality.set_up", "市区町村の登録", ProcessClass.ADMINISTER)
CHANGED = Process("municipality.change", "市区町村設定の変更", ProcessClass.ADMINISTER)
ANNOUNCED = Process("municipality.announce", "お知らせの掲載", ProcessClass.CHANGE)
WORDS_SAVED = Process("municipality.own_words", "市の言葉の訳の変更", ProcessClass.CHANGE)
ANNOUNCEMENT_TAKEN_DOWN = Process("municipality.take_down", "お知らせの取り下げ", ProcessClass.CHANGE)
