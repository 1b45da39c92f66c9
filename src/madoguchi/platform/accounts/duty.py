"""今日の担当: in which role, at which place and at which window somebody works now (S02).

It stands in the session. Who has several roles works with the rights of the one chosen, so that a chief who serves at a counter today
sees and may what a clerk sees and may; place and window are said with every event, and are where pages begin.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from madoguchi.platform.accounts.audited import DUTY_CHOSEN
from madoguchi.platform.accounts.models import Assignment, Staff
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

_DUTY, _DUE = "duty", "duty_due"


class NamedPlace(Protocol):
    """A place as each zone has it."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Duty:
    """What somebody does now. `role` is empty for who has one role only; `place` and `window` where none was said."""

    role: str = ""
    role_name: str = ""
    place: str = ""
    place_name: str = ""
    window: str = ""

    @property
    def words(self) -> str:
        """Return place and window as the bar and the operation log say them."""
        return " ".join(part for part in (self.place_name, _("窓口%(window)s") % {"window": self.window} if self.window else "") if part)


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody may choose among: roles by code, places by code (an empty code: every place), and which role holds where."""

    roles: tuple[tuple[str, str], ...]
    places: tuple[tuple[str, str], ...]
    held: frozenset[tuple[str, str]]

    @property
    def is_due(self) -> bool:
        """Tell whether somebody has to choose before anything else: with several roles, or with several places of their own."""
        return len(self.roles) > 1 or len({place for _role, place in self.held}) > 1

    def fits(self, role: str, place: str) -> bool:
        """Tell whether `role` (empty: the only one) holds at `place` (empty: none said)."""
        return not place or any(place in {"", at} or not at for held, at in self.held if role in {"", held})


def places_of_zone() -> Sequence[NamedPlace]:
    """Return the places in use of this zone (setting MADOGUCHI_PLACES: dotted path of a function); none without the setting."""
    path: str = getattr(settings, "MADOGUCHI_PLACES", "")
    if not path:
        return ()
    listed: Callable[[], Sequence[NamedPlace]] = import_string(path)
    return listed()


def choices_of(staff: Staff) -> Choices:
    """Return what `staff` may choose among. Two statements."""
    assigned = list(Assignment.objects.in_force().filter(staff=staff).select_related("role").order_by("role__code", "place"))
    names = {place.code: place.name for place in places_of_zone()}
    own = {one.place for one in assigned}
    codes = list(names) if "" in own else sorted(own)
    return Choices(
        roles=tuple({one.role.code: one.role.name for one in assigned}.items()),
        places=tuple((code, names.get(code, code)) for code in codes),
        held=frozenset((one.role.code, one.place) for one in assigned),
    )


def begin(request: HttpRequest, staff: Staff) -> None:
    """Begin a session's duty: what is the only possibility holds without asking, else the choice is due."""
    choices = choices_of(staff)
    if choices.is_due:
        request.session[_DUE] = True
    elif len(choices.places) == 1:
        request.session[_DUTY] = asdict(Duty(place=choices.places[0][0]))


def is_due(request: HttpRequest) -> bool:
    """Tell whether the person has yet to choose."""
    return bool(request.session.get(_DUE))


def duty_of(request: HttpRequest) -> Duty:
    """Return what the person of this session does now."""
    kept: dict[str, str] = request.session.get(_DUTY, {})
    return Duty(**kept)


def choose(request: HttpRequest, staff: Staff, duty: Duty, actor: Actor) -> None:
    """Take up `duty` for this session, and remember it as what is offered first the next time."""
    with transaction.atomic():
        Staff.objects.filter(pk=staff.pk).update(duty_role=duty.role, duty_place=duty.place, duty_window=duty.window)
        record(actor, DUTY_CHOSEN, content={"role": duty.role, "place": duty.place, "window": duty.window})
    request.session[_DUTY] = asdict(duty)
    request.session.pop(_DUE, None)


def change_window(request: HttpRequest, staff: Staff, window: str, actor: Actor) -> None:
    """Go on at another window."""
    choose(request, staff, replace(duty_of(request), window=window), actor)
