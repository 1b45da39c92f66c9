"""The WSGI callable of the bench's server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.zones.bench.booking_settings")
application = get_wsgi_application()
