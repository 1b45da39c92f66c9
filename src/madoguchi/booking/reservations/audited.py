"""Processes of identification and booking in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

IDENTIFIED = Process("reservations.identify", "予約用IDの確認", ProcessClass.SIGN_IN)
UNLOCKED = Process("reservations.unlock", "予約用IDの停止の解除", ProcessClass.ADMINISTER)
HELD = Process("reservations.hold", "時間の仮押さえ", ProcessClass.CHANGE)
EXTENDED = Process("reservations.extend", "仮押さえの延長", ProcessClass.CHANGE)
RELEASED = Process("reservations.release", "仮押さえの解除", ProcessClass.CHANGE)
EXPIRED = Process("reservations.expire", "仮押さえの期限切れ", ProcessClass.AUTOMATIC)
CONFIRMED = Process("reservations.confirm", "予約の確定", ProcessClass.CHANGE)
CANCELLED = Process("reservations.cancel", "予約の取消", ProcessClass.CHANGE)
BOOKED_BY_STAFF = Process("reservations.book_by_staff", "代理予約", ProcessClass.CHANGE)
CANCELLED_BY_STAFF = Process("reservations.cancel_by_staff", "職員による予約の取消", ProcessClass.CHANGE)
RESULT_TAKEN = Process("reservations.result", "交付結果の取込", ProcessClass.CHANGE)
LIST_VIEWED = Process("reservations.list.view", "予約一覧の閲覧", ProcessClass.VIEW)
BOOKING_VIEWED = Process("reservations.booking.view", "予約の閲覧", ProcessClass.VIEW)
LIST_EXPORTED = Process("reservations.list.export", "予約一覧の出力", ProcessClass.EXPORT)
