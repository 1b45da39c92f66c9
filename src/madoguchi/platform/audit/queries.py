"""Reads of the operation log, under the auditor's database role: the service itself may only add to it."""

import datetime as dt
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import Max, Q
from django.db.models.fields.json import KeyTextTransform
from psycopg import sql

from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.audit.processes import ProcessClass, Result
from madoguchi.platform.clock import TOKYO
from madoguchi.platform.database.roles import role_name

AUDITOR_ALIAS = "audit"
NOT_PERSONAL = r"^(abuse|accounts|audit|exchange|figures|jobs|oversight|planning)\."
"""Codes of the processes that show nothing of citizens: accounts, figures, the log itself."""
REVEALS = r"\.reveal$"
"""Codes of the processes that take the mask off one person's data end like this, in every room."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events are wanted: from one day to another, and what else narrows them down (empty: everything)."""

    first: dt.date
    last: dt.date
    user_id: str = ""
    process: str = ""
    kind: str = ""
    subject: str = ""
    result: str = ""
    only: str = ""


# 閲覧の種類: the looks at one person, at lists, and those that took a mask off.
_ONLY = {
    "one": Q(process_class="view") & ~Q(subject="") & ~Q(process_code__regex=NOT_PERSONAL),
    "list": Q(process_class="view", subject="") & ~Q(process_code__regex=NOT_PERSONAL),
    "reveal": Q(process_class="view", process_code__regex=REVEALS),
    "output": Q(process_class__in=["export", "print"]),
}


@contextmanager
def reading_as_auditor() -> Iterator[str]:
    """Yield the alias of a connection that reads as the auditor inside the block, in one transaction.

    The zones have a connection of their own for it; where there is none (tests), the default one takes the role for the block. A login
    role that is not a member of the auditor is refused by PostgreSQL.
    """
    alias = AUDITOR_ALIAS if AUDITOR_ALIAS in settings.DATABASES else DEFAULT_DB_ALIAS
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_user")
        (before,) = cursor.fetchone()
        cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role_name(settings.MADOGUCHI_ZONE, "auditor"))))
        yield alias
        # When the block fails, the transaction takes the role back with everything else.
        cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(before)))


def outputs(wanted: Wanted, *, before: int | None, limit: int) -> list[AuditEvent]:
    """Return up to `limit` events of what was printed or written out, newest first, older than the event `before`. One statement.

    Work in several steps is one output: the step that let it go counts, not its beginning, a pause or its going on.
    """
    first = dt.datetime.combine(wanted.first, dt.time(), TOKYO)
    end = dt.datetime.combine(wanted.last + dt.timedelta(days=1), dt.time(), TOKYO)
    kinds = [ProcessClass(wanted.kind)] if wanted.kind else [ProcessClass.EXPORT, ProcessClass.PRINT]
    narrowed = {"user_id": wanted.user_id, "process_code": wanted.process}
    with reading_as_auditor() as alias:
        found = AuditEvent.objects.using(alias).filter(
            ~Q(content__has_key="step") | Q(content__step="released"),
            process_class__in=[kind.value for kind in kinds],
            result=Result.DONE.value,
            at__gte=first,
            at__lt=end,
            **{name: value for name, value in narrowed.items() if value},
        )
        if before is not None:
            found = found.filter(pk__lt=before)
        return list(found.order_by("-pk")[:limit])


def events(wanted: Wanted, *, before: int | None, limit: int) -> list[AuditEvent]:
    """Return up to `limit` events, newest first, older than the event `before`: one statement by index, however long the log."""
    first = dt.datetime.combine(wanted.first, dt.time(), TOKYO)
    end = dt.datetime.combine(wanted.last + dt.timedelta(days=1), dt.time(), TOKYO)
    narrowed = {
        "user_id": wanted.user_id,
        "process_code__startswith": wanted.process,
        "process_class": wanted.kind,
        "subject": wanted.subject,
        "result": wanted.result,
    }
    with reading_as_auditor() as alias:
        found = AuditEvent.objects.using(alias).filter(
            _ONLY.get(wanted.only, Q()), at__gte=first, at__lt=end, **{name: value for name, value in narrowed.items() if value}
        )
        if before is not None:
            found = found.filter(pk__lt=before)
        return list(found.order_by("-pk")[:limit])


def deeds_of(user_id: str, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str, str], dt.datetime]:
    """Return when somebody did something last, by process code and, where a key of the content is named, by what it says there.

    What was refused or failed is no deed, nor what was done in the person's name without a session (the furnishing of a trial). One
    statement by the index of user and time.
    """
    keys = sorted({key for _code, key in wanted if key})
    found: dict[tuple[str, str, str], dt.datetime] = {}
    with reading_as_auditor() as alias:
        events = AuditEvent.objects.using(alias).filter(
            ~Q(session_ref=""), user_id=user_id, result=Result.DONE.value, process_code__in={code for code, _key in wanted}
        )
        forms = {f"form_{number}": KeyTextTransform(key, "content") for number, key in enumerate(keys)}
        for row in events.annotate(**forms).values("process_code", *forms).annotate(last=Max("at")):
            for key in ["", *keys]:
                value = str(row[f"form_{keys.index(key)}"] or "") if key else ""
                if (row["process_code"], key) in wanted:
                    mark = (row["process_code"], key, value)
                    found[mark] = max(row["last"], found.get(mark, row["last"]))
    return found
