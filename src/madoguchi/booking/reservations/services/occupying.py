"""What a visit occupies: the chosen time and those that follow it."""

from collections.abc import Mapping
from typing import Any

from madoguchi.booking.reservations import statements
from madoguchi.booking.reservations.services.transactions import rows


def times_of(visit: Mapping[str, Any]) -> list[int]:
    """Return the times that a visit (`slot`, `kind`, `party`) would occupy; none when they do not follow each other. One statement."""
    return [row[0] for row in rows(statements.WANTED, visit)]
