"""Reads of visits without stock: who waits, and how many of what came and how long it took."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, CharField, Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Concat

from madoguchi.delivery.fees.queries import kept_of
from madoguchi.delivery.procedures.models import ProcedureVisit
from madoguchi.delivery.procedures.rules import OPEN_STATES, SUBJECT, ProcedureKind, VisitState


def waiting() -> QuerySet[ProcedureVisit]:
    """Return the visits that are not ended, in the order in which they came."""
    return ProcedureVisit.objects.select_related("place", "application").filter(state__in=OPEN_STATES).order_by("received_at")


def ended_on(day: dt.date) -> QuerySet[ProcedureVisit]:
    """Return the visits that ended on `day`, newest first."""
    return ProcedureVisit.objects.select_related("place").filter(ended_at__date=day).order_by("-ended_at")


@dataclass(frozen=True, slots=True)
class Figure:
    """One kind of visit in a span of days; times in minutes, None where nobody came."""

    kind: ProcedureKind
    visits: int
    done: int
    failed: int
    left: int
    waited: float | None
    served: float | None
    yen: int


def figures(first: dt.date, last: dt.date) -> Sequence[Figure]:
    """Return the figures of every kind from `first` to `last`, the fees as the books say; one statement."""
    waited = ExpressionWrapper(F("started_at") - F("received_at"), output_field=DurationField())
    served = ExpressionWrapper(F("ended_at") - F("started_at"), output_field=DurationField())
    rows: dict[str, Mapping[str, Any]] = {
        row["kind"]: row
        for row in ProcedureVisit.objects.filter(day__range=(first, last), ended_at__isnull=False)
        .order_by()
        .annotate(subject=Concat(Value(SUBJECT), Cast("pk", CharField())))
        .annotate(kept=kept_of("subject"))
        .values("kind")
        .annotate(
            visits=Count("pk"),
            done=Count("pk", filter=Q(state=VisitState.DONE)),
            failed=Count("pk", filter=Q(state=VisitState.FAILED)),
            gone=Count("pk", filter=Q(state=VisitState.LEFT)),
            waited=Avg(waited),
            served=Avg(served),
            yen=Sum("kept"),
        )
    }
    found = []
    for kind in ProcedureKind:
        row = rows.get(kind.value, {})
        found.append(
            Figure(
                kind,
                row.get("visits", 0),
                row.get("done", 0),
                row.get("failed", 0),
                row.get("gone", 0),
                _minutes(row.get("waited")),
                _minutes(row.get("served")),
                row.get("yen") or 0,
            )
        )
    return found


def _minutes(span: dt.timedelta | None) -> float | None:
    return None if span is None else round(span.total_seconds() / 60, 1)
