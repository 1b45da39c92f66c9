"""What a visitor is choosing for: who comes, for what, and where all of them may come together."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict

from madoguchi.booking.calendar.models import Place, VisitKind
from madoguchi.booking.calendar.rules import Admission
from madoguchi.booking.reservations.identification import people_of
from madoguchi.booking.reservations.models import Credential, Draft
from madoguchi.booking.reservations.rules import common_admission


class Visit(TypedDict):
    """What every question to the calendar says of the visit."""

    kind: VisitKind | None
    party: int


def anybody() -> Visit:
    """Return the visit of one person who fetches a card: what is shown to whoever only looks at the calendar."""
    return {"kind": None, "party": 1}


@dataclass(frozen=True)
class Choice:
    """The people of a draft and what follows from them."""

    kind: VisitKind
    people: list[Credential]

    @property
    def party(self) -> int:
        """How many come."""
        return len(self.people)

    @property
    def may_be_several(self) -> bool:
        """Tell whether this kind of visit can be booked for several people."""
        return self.kind.party_limit > 1

    @property
    def visit(self) -> Visit:
        """Return the visit as `calendar.queries` asks for it."""
        return {"kind": self.kind, "party": self.party}

    @cached_property
    def admission(self) -> Admission:
        """Return where and when all of the people may come together."""
        return common_admission([person.admission for person in self.people])

    def may_meet_at(self, place: Place | None) -> bool:
        """Tell whether the cards of all of them can be at `place`."""
        return place is not None and (not self.admission.places or place.code in self.admission.places)


def choice_of(draft: Draft) -> Choice:
    """Return what the visitor of `draft` is choosing for. One statement."""
    return Choice(draft.kind, people_of(draft))
