"""Writing the operation log."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, islice

from django.db import connection

from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Process, Result

EventValue = str | int | bool | dt.datetime | None

# Plain INSERT without RETURNING: the service role may not read what it writes.
_INTO = """
INSERT INTO audit_auditevent (actor_kind, staff_pk, user_id, user_name, section, client, session_ref, process_code, process_name,
    process_class, subject, content, individual_number_access, reason, result, started_at)
VALUES """
_ROW = "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
INSERT_EVENT = f"{_INTO}{_ROW}"
# For what is furnished as if it had happened before; the log itself writes the time of the statement.
EVENT_AT = f"{_INTO.replace('started_at)', 'started_at, at)')}{_ROW[:-1]}, %s)"
_EVENTS_AT_ONCE = 1000


def event_values(
    actor: Actor,
    process: Process,
    *,
    subject: str = "",
    content: Mapping[str, object] | None = None,
    reason: str = "",
    result: Result = Result.DONE,
    individual_number_access: bool = False,
    started_at: dt.datetime | None = None,
) -> tuple[EventValue, ...]:
    """Return the values for INSERT_EVENT, for statements that write an act and its event in one go."""
    duty = {name: said for name, said in (("role_of_today", actor.role), ("window", actor.window)) if said}
    return (
        actor.kind.value,
        actor.staff_pk,
        actor.user_id,
        actor.user_name,
        actor.section,
        actor.client[:200],
        actor.session_ref,
        process.code,
        process.name,
        process.kind.value,
        subject,
        _storable(json.dumps(dict(content or {}) | duty, ensure_ascii=False).replace("\\u0000", "\\ufffd")),
        individual_number_access,
        _storable(reason[:500]),
        result.value,
        started_at or clock.now(),
    )


def _storable(text: str) -> str:
    """Return `text` with a replacement sign for what PostgreSQL cannot hold: odd input is recorded, not a reason to fail."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def record(
    actor: Actor,
    process: Process,
    *,
    subject: str = "",
    content: Mapping[str, object] | None = None,
    reason: str = "",
    result: Result = Result.DONE,
    individual_number_access: bool = False,
    started_at: dt.datetime | None = None,
) -> None:
    """Write one event in the current transaction: if it cannot be written, the act fails with it.

    `subject` is an internal key such as `card:1234` or `booking:…`, never a name; `content` holds what was done in the process's own
    words (search terms, counts, from and to) without names or addresses.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT_EVENT,
            event_values(
                actor,
                process,
                subject=subject,
                content=content,
                reason=reason,
                result=result,
                individual_number_access=individual_number_access,
                started_at=started_at,
            ),
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """What differs from event to event when one person does the same with many subjects."""

    subject: str
    content: Mapping[str, object]
    reason: str = ""


def record_many(actor: Actor, process: Process, entries: Iterable[Entry]) -> None:
    """Write one event per entry in the current transaction, a thousand with a statement."""
    started_at, waiting = clock.now(), iter(entries)
    with connection.cursor() as cursor:
        while portion := list(islice(waiting, _EVENTS_AT_ONCE)):
            rows = [
                event_values(actor, process, subject=entry.subject, content=entry.content, reason=entry.reason, started_at=started_at)
                for entry in portion
            ]
            cursor.execute(_INTO + ", ".join([_ROW] * len(rows)), list(chain.from_iterable(rows)))
