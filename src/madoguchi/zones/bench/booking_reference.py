"""The reference of the booking bench: what no booking over HTTP can do without, behind the same middleware on the same server.

One statement takes a place under a guard and stores a booking; one small template is rendered. No hold, no idempotency, no person, no
event, no audit event, no mail.
"""

import uuid

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

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
