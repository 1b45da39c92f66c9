"""Progress of a job in its row, seen by everybody while the work's own transaction is still open."""

import math
import os
import time
from collections.abc import Callable

from django.db import connection

from madoguchi.platform import clock
from madoguchi.platform.jobs.models import Job, Step

# First key of the advisory locks by which a running job is known to live; the second is the job's number.
LIFE_SIGN = 0x4A6F62
_WRITE_SECONDS = 0.5
# Work that names each of its pieces does not fill its log with them.
_MOST_PHASES = 40


def worker() -> str:
    """Return what the log calls this process."""
    return f"ワーカー {os.getpid()}"


class Cancelled(Exception):
    """Somebody asked for the job to be ended; raised at the next word about its progress."""


class AlreadyRunning(Exception):
    """Another worker runs this job."""


class JobProgress:
    """Writes progress over a connection of its own, at most twice a second, and holds the job's sign of life there.

    The sign of life is an advisory lock of that connection's session: however the worker ends, PostgreSQL releases it.
    `seconds` is the clock that only measures durations.
    """

    def __init__(self, job: int, seconds: Callable[[], float] = time.monotonic) -> None:
        self._job = job
        self._seconds = seconds
        self._written_at = -math.inf
        self.done = 0
        self.total: int | None = None
        self._note: str | None = None
        self._phases = 0
        self._own = connection.copy()
        with self._own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LIFE_SIGN, job])
            alive = cursor.fetchone() == (True,)
        if not alive:
            self.close()
            raise AlreadyRunning

    def advance(self, done: int, total: int | None = None, note: str = "") -> None:
        """Write how far the work is, and a line in its log for each new note; raises Cancelled when somebody asked for its end."""
        is_new_phase = note != self._note or done < self.done
        self.done, self.total = done, total
        now = self._seconds()
        if note == self._note and now - self._written_at < _WRITE_SECONDS:
            return
        self._note, self._written_at = note, now
        with self._own.cursor() as cursor:
            cursor.execute(
                "UPDATE jobs_job SET done = %s, total = %s, note = %s, "
                "paced_from = CASE WHEN %s THEN %s ELSE paced_from END, paced_done = CASE WHEN %s THEN %s ELSE paced_done END "
                "WHERE id = %s AND state = %s RETURNING cancel_asked",
                [done, total, note[:200], is_new_phase, clock.now(), is_new_phase, done, self._job, Job.State.RUNNING],
            )
            row = cursor.fetchone()
            if row is not None and note and is_new_phase and self._phases < _MOST_PHASES:
                self._phases += 1
                cursor.execute(
                    "INSERT INTO jobs_step (job_id, at, event, by, done, total, note) VALUES (%s, %s, %s, %s, %s, %s, %s)",
                    [self._job, clock.now(), Step.Event.PHASE, worker(), done, total, note[:200]],
                )
        if row is None or row[0]:
            raise Cancelled

    def close(self) -> None:
        """End the own connection and with it the sign of life."""
        self._own.close()
