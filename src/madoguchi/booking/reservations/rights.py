"""Rights over bookings."""

from madoguchi.platform.accounts.rights import Right

SEE_BOOKINGS = Right("reservations.see", "予約の閲覧")
BOOK_FOR_CALLERS = Right("reservations.book", "代理予約・予約の取消")
UNLOCK_NUMBERS = Right("reservations.unlock", "停止された予約用IDの解除")
