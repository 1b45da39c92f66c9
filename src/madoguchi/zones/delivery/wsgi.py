"""The WSGI callable of the delivery zone."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.zones.delivery.settings")
application = get_wsgi_application()
