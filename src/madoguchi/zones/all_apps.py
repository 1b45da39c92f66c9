"""Settings with the apps of both zones, for type checks, migrations and tests of single services; no process runs on them."""

import os
from pathlib import Path

from madoguchi.platform.database.roles import role_name
from madoguchi.zones.booking.settings import APPS as BOOKING_APPS
from madoguchi.zones.booking.settings import MADOGUCHI_EXCHANGE_RECEIVES as BOOKING_RECEIVES
from madoguchi.zones.booking.settings import MADOGUCHI_EXCHANGE_SENDS as BOOKING_SENDS
from madoguchi.zones.delivery.settings import APPS as DELIVERY_APPS
from madoguchi.zones.delivery.settings import MADOGUCHI_EXCHANGE_RECEIVES as DELIVERY_RECEIVES
from madoguchi.zones.delivery.settings import MADOGUCHI_EXCHANGE_SENDS as DELIVERY_SENDS
from madoguchi.zones.foundation import zone_settings

# Set by the line behind them; named here so that type checks know them.
MADOGUCHI_FOLDER: Path
MADOGUCHI_SECRETS: Path
MADOGUCHI_MUNICIPALITY: str
MADOGUCHI_INSTALLATION: str
globals().update(zone_settings("booking", (*BOOKING_APPS, *DELIVERY_APPS)))

MADOGUCHI_ZONE = "test"
ROOT_URLCONF = "madoguchi.zones.all_urls"
MADOGUCHI_SHELL = "madoguchi.booking.municipality.shell.shell"
MADOGUCHI_LANGUAGE = "madoguchi.booking.municipality.languages.chosen"
MADOGUCHI_MENU = "madoguchi.zones.booking.menu.menu"
MADOGUCHI_STAFF_HOME = "desk:home"
MADOGUCHI_EXCHANGE_RECEIVES = {**BOOKING_RECEIVES, **DELIVERY_RECEIVES}
MADOGUCHI_EXCHANGE_SENDS = {**BOOKING_SENDS, **DELIVERY_SENDS}
# Nothing kept from one test may be seen by the next.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
# Every client of a test builds the middlewares anew; a list of all static files each time would cost more than most pages.
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ.get("MADOGUCHI_TEST_SOCKET", ""),
        "NAME": "madoguchi",
        "USER": "madoguchi_tester",
        "CONN_MAX_AGE": 600,
        "OPTIONS": {"prepare_threshold": None, "options": f"-c role={role_name('test', 'service')}"},
    }
}
