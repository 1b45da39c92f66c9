"""Processes of the calendar in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

PLACE_SAVED = Process("calendar.place.save", "交付場所の登録・変更", ProcessClass.ADMINISTER)
SCHEDULE_SAVED = Process("calendar.schedule.save", "予約表の登録・変更", ProcessClass.ADMINISTER)
KIND_SAVED = Process("calendar.kind.save", "予約区分の登録・変更", ProcessClass.ADMINISTER)
QUOTA_SAVED = Process("calendar.quota.save", "1日の枠数の上限の登録・変更", ProcessClass.ADMINISTER)
QUOTA_REMOVED = Process("calendar.quota.remove", "1日の枠数の上限の削除", ProcessClass.ADMINISTER)
RULE_SAVED = Process("calendar.rule.save", "開所規則の登録・変更", ProcessClass.ADMINISTER)
RULE_REMOVED = Process("calendar.rule.remove", "開所規則の削除", ProcessClass.ADMINISTER)
EXCEPTION_SAVED = Process("calendar.exception.save", "臨時の開所の登録・変更", ProcessClass.ADMINISTER)
EXCEPTION_REMOVED = Process("calendar.exception.remove", "臨時の開所の削除", ProcessClass.ADMINISTER)
CLOSURE_SAVED = Process("calendar.closure.save", "休止日の登録・変更", ProcessClass.ADMINISTER)
CLOSURE_REMOVED = Process("calendar.closure.remove", "休止日の削除", ProcessClass.ADMINISTER)
HOLIDAY_SAVED = Process("calendar.holiday.save", "祝日・全国システム停止日の登録・変更", ProcessClass.ADMINISTER)
HOLIDAY_REMOVED = Process("calendar.holiday.remove", "祝日・全国システム停止日の削除", ProcessClass.ADMINISTER)
SLOTS_GENERATED = Process("calendar.slots.generate", "予約枠の生成", ProcessClass.AUTOMATIC)
