"""Rights over the calendar."""

from madoguchi.platform.accounts.rights import Right

SET_CALENDAR = Right("calendar.set", "交付場所・開所規則・休止日の設定")
