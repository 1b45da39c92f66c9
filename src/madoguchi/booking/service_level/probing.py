"""The probe: once a minute the worker asks the web server for the status address, as anybody outside would."""

import http.client
import time
from urllib.parse import urlsplit

from django.conf import settings

from madoguchi.booking.service_level.services import note_probe
from madoguchi.platform import clock

_SECONDS = 20


def probe() -> bool | None:
    """Ask once and note the answer. Tells whether the site answered; None where nobody said where it is."""
    # Given by whoever started web server and worker.
    address: str = settings.MADOGUCHI_PROBE
    if not address:
        return None
    now = clock.now()
    answered, milliseconds = _ask(address)
    note_probe(now, answered=answered, milliseconds=milliseconds)
    return answered


def _ask(address: str) -> tuple[bool, int]:
    parts = urlsplit(address)
    begun = time.monotonic()
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 80, timeout=_SECONDS)
    try:
        # Behind a proxy that ends TLS the site redirects what does not say that it came that way.
        headers = {"X-Forwarded-Proto": "https"} if settings.SECURE_SSL_REDIRECT else {}
        connection.request("GET", "/status/", headers=headers)
        answered = connection.getresponse().status == http.client.OK
    except OSError:
        answered = False
    except http.client.HTTPException:
        answered = False
    finally:
        connection.close()
    return answered, round((time.monotonic() - begun) * 1000)
