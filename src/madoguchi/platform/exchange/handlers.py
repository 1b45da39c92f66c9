"""What a domain gives the exchange: handlers that take records in, and producers that give records out.

The exchange knows files, keys, numbers and media; it does not know cards or bookings. A zone names its handlers and producers in its
settings by type of file:

    MADOGUCHI_EXCHANGE_RECEIVES = {"targets": "madoguchi.booking.reservations.roster.TargetsHandler"}
    MADOGUCHI_EXCHANGE_SENDS = {"bookings": "madoguchi.booking.reservations.bookings_file.records"}
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from madoguchi.kernel.kfx import Record, Schema
from madoguchi.platform.audit.actors import Actor

RowCode = Literal["E20", "E22", "E23", "E24"]

# The exchange refuses a record without these fields, and one that stands twice, before a handler sees it.
SCHEMAS: Final[Mapping[str, Schema]] = {
    "targets": Schema("targets/1", key=("id",), status="status"),
    "results": Schema("results/1", key=("id",), status="result"),
    "applications": Schema("applications/1", key=("no",), status="state"),
    "commands": Schema("commands/1", key=("id",), status="act"),
    "bookings": Schema("bookings/1", key=("no", "id"), status="state"),
    "receipt": Schema("receipt/1", key=("id",), status="status"),
}


@dataclass(frozen=True, slots=True)
class RowRefusal:
    """A row that cannot be taken in; it refuses the whole file.

    Attributes:
        code: E20 malformed, E22 names something unknown, E23 illegal change of state or older than what is stored, E24 too much at once.
        line: place in the sequence of records, from 1.
        field: name of the field, empty for the whole row.
        fault: class of the fault in one word, never a value.
    """

    code: RowCode
    line: int
    field: str
    fault: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of the rows of an accepted file: `refused` rows were put on a work list, with the number of each class of reason."""

    taken: int
    refused: int = 0
    reasons: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Which file the rows come from."""

    type: str
    seq: int
    file_hash: str
    mode: Literal["delta", "full"]


class Handler(Protocol):
    """Takes the records of one type of file into the domain's tables. Made anew, without arguments, for each import."""

    def check(self, records: Sequence[Record]) -> Iterable[RowRefusal]:
        """Find every row that forbids taking the file in. Runs inside the import's transaction; changes nothing."""

    def apply(self, records: Sequence[Record], actor: Actor, source: Source) -> Applied:
        """Take the rows in, inside the import's transaction; an exception undoes everything.

        The exchange writes the event of the import itself; the handler writes the events of the single records that its domain asks for.
        """

    def state_digest(self) -> str:
        """Give `kfx.state_digest` of what this zone holds now, to be compared with the sender's; empty when it is not compared."""


Producer = Callable[..., Iterable[Record]]
"""Gives the records of one type of file: `records()` for the ordinary choice, `records(state)` for a named one (`--state`).

It runs inside the export's transaction and writes nothing.
"""


def handler_for(file_type: str) -> Handler:
    """Make the handler that takes in files of `file_type`; KeyError when this zone takes none."""
    return cast(Handler, import_string(settings.MADOGUCHI_EXCHANGE_RECEIVES[file_type])())


def producer_for(file_type: str) -> Producer:
    """Return the producer of files of `file_type`; KeyError when this zone sends none."""
    return cast(Producer, import_string(settings.MADOGUCHI_EXCHANGE_SENDS[file_type]))


def received_types() -> frozenset[str]:
    """Return the types of files that this zone takes in, receipts included."""
    return frozenset(settings.MADOGUCHI_EXCHANGE_RECEIVES) | {"receipt"}


def sent_types() -> tuple[str, ...]:
    """Return the types of files that staff of this zone export."""
    return tuple(settings.MADOGUCHI_EXCHANGE_SENDS)
