"""Which notice on personal data a form showed (BK-18). The words stand in the template `applications/_privacy_notice.html`.

Whoever changes what the notice says gives it a new version and date here; bookings name the version that was shown.
"""

import datetime as dt

NOTICE_VERSION = 1
NOTICE_DATE = dt.date(2026, 11, 21)
