"""The WSGI callable of the booking zone."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.zones.booking.settings")
application = get_wsgi_application()
