"""Counting answers: in memory while a minute runs, one INSERT when it is over. No address, no person, no path is kept."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from madoguchi.booking.service_level.models import ServedMinute
from madoguchi.booking.service_level.rules import CLASSES, Audience, audience_of, class_of
from madoguchi.platform import clock

logger = logging.getLogger(__name__)
_SERVER_ERROR = 500
# What a process keeps while the database does not take it: an hour of minutes for both audiences.
_MOST_KEPT = 120
Key = tuple[int, Audience]


@dataclass(slots=True)
class Counted:
    """The answers of one minute so far."""

    requests: int = 0
    errors: int = 0
    histogram: list[int] = field(default_factory=lambda: [0] * CLASSES)


class Tally:
    """The counts of this process by minute and audience."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[Key, Counted] = {}
        self._minute = 0

    def add(self, minute: int, audience: Audience | None, seconds: float, *, failed: bool) -> dict[Key, Counted]:
        """Count one answer (none where `audience` is None) and return the minutes that are over by now, once."""
        with self._lock:
            over: dict[Key, Counted] = {}
            if minute > self._minute:
                over, self._counts, self._minute = self._counts, {}, minute
            if audience is not None:
                counted = self._counts.setdefault((minute, audience), Counted())
                counted.requests += 1
                counted.errors += failed
                counted.histogram[class_of(seconds * 1000)] += 1
            return over

    def take_back(self, counts: dict[Key, Counted]) -> None:
        """Keep what could not be written for the next minute; the oldest goes when too much has gathered."""
        with self._lock:
            self._counts = dict(sorted({**counts, **self._counts}.items())[-_MOST_KEPT:])


def write(counts: dict[Key, Counted]) -> None:
    """Store the minutes that are over. One statement."""
    ServedMinute.objects.bulk_create(
        ServedMinute(
            minute=clock.at(minute * 60),
            audience=audience.value,
            requests=counted.requests,
            errors=counted.errors,
            histogram=counted.histogram,
        )
        for (minute, audience), counted in counts.items()
    )


class MeasureAnswers:
    """Middleware, outermost: how long every answer takes and whether it failed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.tally = Tally()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        begun = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - begun
        over = self.tally.add(int(time.time()) // 60, audience_of(request.path), seconds, failed=response.status_code >= _SERVER_ERROR)
        if over:
            try:
                write(over)
            except DatabaseError:
                # A count that cannot be written now must not cost anybody an answer.
                logger.warning("the counts of %d minutes wait for the database", len(over))
                self.tally.take_back(over)
        return response
