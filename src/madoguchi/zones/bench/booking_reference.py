"""The references of the booking benches: what nothing over HTTP can do without, behind the same middleware on the same server.

Booking: one statement takes a place under a guard and stores a booking; one small template is rendered. No hold, no idempotency, no
person, no event, no audit event, no mail. Calendar: a constant of the same size is sent.
"""

import uuid
from functools import lru_cache

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from madoguchi.booking.citizens.visit import current_key
from madoguchi.booking.reservations.rules import booking_number
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import open_to_all

_BOOK = """
WITH seat AS (
    UPDATE bench_slot SET taken = taken + 1 WHERE id = %s AND taken < capacity RETURNING id
)
INSERT INTO bench_booking (id, number, slot_id, email, created_at) SELECT %s, %s, id, %s, %s FROM seat RETURNING number
"""


@open_to_all
@require_POST
def reference(request: HttpRequest) -> HttpResponse:
    """Book one place of the slot that the form names."""
    if current_key(request) is None:
        return HttpResponse(status=403)
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_BOOK, [int(request.POST["slot"]), uuid.uuid4(), booking_number(), "someone@example.jp", now])
        row = cursor.fetchone()
    if row is None:
        return HttpResponse(status=409)
    return render(request, "bench/reference.html", {"number": row[0], "at": now})


@open_to_all
@require_safe
def constant(request: HttpRequest, size: int) -> HttpResponse:  # noqa: ARG001 a view's signature
    """Send `size` bytes that were made before."""
    return HttpResponse(_bytes(size))


@lru_cache(maxsize=4)
def _bytes(size: int) -> bytes:
    return b"x" * size
