"""Form bookings of the booking zone, opened here: 申請予約の一覧, what becomes of them, and orders back to the booking zone."""
