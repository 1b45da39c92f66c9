"""Processes of the calendar in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

PLACE_SAVED = Process("calendar.place.save", "交付場所の登録・変更", ProcessClass.ADMINISTER)
RULE_SAVED = Process("calendar.rule.save", "開所規則の登録・変更", ProcessClass.ADMINISTER)
RULE_REMOVED = Process("calendar.rule.remove", "開所規則の削除", ProcessClass.ADMINISTER)
CLOSURE_SAVED = Process("calendar.closure.save", "休止日の登録・変更", ProcessClass.ADMINISTER)
CLOSURE_REMOVED = Process("calendar.closure.remove", "休止日の削除", ProcessClass.ADMINISTER)
SLOTS_GENERATED = Process("calendar.slots.generate", "予約枠の生成", ProcessClass.AUTOMATIC)
