"""The people of the played month, as the booking site and its desk see them: they book, bring their family, change, cancel, come or not."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.calendar.models import Place
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.identification import Identified, Refused, identify, identify_member
from madoguchi.booking.reservations.models import Attendee, Booking, Credential, State
from madoguchi.booking.reservations.queries import bookings_of_closed_numbers
from madoguchi.booking.reservations.rules import BookingRefused, Why
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.zones.month import played_time
from madoguchi.zones.month.plan import Plan
from madoguchi.zones.month.staff import acting

_DAYS_LOOKED_AT = 14
_TRIES = 5
_HOME = "10.0.0.1"


@dataclass
class Citizen:
    """What one person knows: their letter, when they look at it, and what they want next (`book`, `move`, `cancel` or nothing)."""

    serial: str
    code: str
    wants: str
    on: dt.date
    has_changed: bool = False


@dataclass
class Town:
    """Everybody who has a letter and has not come yet."""

    plan: Plan
    operator: Actor = field(default_factory=lambda: acting("operator"))
    people: dict[str, Citizen] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)
    _households: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for members in self.plan.households().values():
            self._households |= dict.fromkeys(members, members)

    def _count(self, what: str) -> None:
        self.counted[what] = self.counted.get(what, 0) + 1

    def get_letter(self, serial: str, code: str, posted_on: dt.date) -> None:
        """Let a letter reach its person, who looks at it some days later; who books in the demo leaves it unopened."""
        if self.plan.is_demo_citizen(serial) or self.plan.way(serial) == "none":
            return
        days = dt.timedelta(days=self.plan.reads_letter_after(serial))
        self.people[serial] = Citizen(serial, code, "book", posted_on + days)

    def live_day(self, day: dt.date) -> None:
        """Let everybody who wants something today do it, at some time between eight and five, the desk's marks in between."""
        acts = list[tuple[dt.time, Callable[[], None]]]()
        for citizen in [one for one in self.people.values() if one.wants and one.on <= day]:
            minute = self.plan.chance("minute", citizen.serial, day).randrange(8 * 60, 17 * 60)
            acts.append((dt.time(*divmod(minute, 60)), partial(self._act, citizen, day)))
        acts += self._marks(day)
        for time, act in sorted(acts, key=lambda one: one[0]):
            played_time.reach(dt.datetime.combine(day, time, clock.TOKYO))
            act()

    def _act(self, citizen: Citizen, day: dt.date) -> None:
        if not citizen.wants:
            return
        wanted, citizen.wants = citizen.wants, ""
        if self.plan.way(citizen.serial) == "phone":
            self._by_phone(citizen, day)
        else:
            {"book": self._book, "move": self._move, "cancel": self._cancel, "look": self._look}[wanted](citizen, day)

    # On the site

    def _identify(self, citizen: Citizen) -> Identified | None:
        chance = self.plan.chance("client", citizen.serial)
        client = f"10.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(1, 255)}"
        born = self.plan.people[citizen.serial].born
        found = identify(citizen.serial, citizen.code, f"{born:%m%d}", client=client)
        if isinstance(found, Refused):
            self._count("refused_at_the_door")
            return None
        return found

    def _family(self, citizen: Citizen) -> list[Citizen]:
        """Return those of the household who have their letter too, want a time and come along."""
        members = [self.people[one] for one in self._households.get(citizen.serial, ()) if one in self.people]
        return [one for one in members if one is not citizen and one.wants == "book"][:3]

    def _book(self, citizen: Citizen, day: dt.date) -> None:
        found = self._identify(citizen)
        if found is None or found.has_booking:
            return
        client = _HOME
        party = 1
        for member in self._family(citizen):
            born = self.plan.people[member.serial].born
            try:
                added = identify_member(found.draft, member.serial, member.code, f"{born:%m%d}", client=client)
            except BookingRefused:
                continue
            if not isinstance(added, Refused):
                member.wants, party = "", party + 1
        if self._take_a_time(found, citizen, day, party, client):
            self._count("booked_with_family" if party > 1 else "booked")
            mind = "" if citizen.has_changed else self.plan.changes_mind(citizen.serial)
            if mind:
                citizen.has_changed, citizen.wants, citizen.on = True, mind, day + dt.timedelta(days=1)
            elif self.plan.waits_for_earlier(citizen.serial):
                self._wish(found, citizen, day, party)
        else:
            self._count("found_no_time")
            citizen.wants, citizen.on = "book", day + dt.timedelta(days=2)

    def _take_a_time(self, found: Identified, citizen: Citizen, day: dt.date, party: int, client: str) -> bool:
        draft = found.draft
        admission = draft.credential.admission
        place = calendar.places(admission)[0]
        services.choose_place(draft, place)
        if self.plan.wants_mail(citizen.serial):
            services.choose_contact(draft, email=f"{citizen.serial.lower()}@example.jp", requests=[])
        for slot in self._free_times(citizen, place, day, party):
            try:
                held = services.hold(draft, slot, client=client)
                services.confirm(found.key, held.idempotency_key, client=client)
            except BookingRefused as refused:
                if refused.why in {Why.FULL, Why.NOT_OFFERED}:
                    continue
                self._count(f"refused_{refused.why}")
                return False
            return True
        return False

    def _free_times(self, citizen: Citizen, place: Place, day: dt.date, party: int) -> list[int]:
        """Return some times that suit the person: from a day of their choice on, in the order of their liking."""
        chance = self.plan.chance("time", citizen.serial, day)
        first = day + dt.timedelta(days=chance.choices((2, 3, 4, 5, 7, 9), (3, 3, 3, 2, 2, 1))[0])
        for ahead in range(_DAYS_LOOKED_AT):
            times = [one for one in calendar.times(place, first + dt.timedelta(days=ahead), party=party) if one.bookable]
            if times:
                return [one.slot for one in chance.sample(times, min(_TRIES, len(times)))]
        return []

    def _move(self, citizen: Citizen, day: dt.date) -> None:
        found = self._identify(citizen)
        standing = services.live_booking_of(found.draft) if found else None
        if found is None or standing is None or not services.may_still_change(standing):
            return
        people = list(Attendee.objects.filter(booking=standing, live=True).values_list("credential", flat=True))
        for slot in self._free_times(citizen, standing.slot.place, day, len(people)):
            try:
                services.change(found.draft, slot, people, client=_HOME, version=standing.version)
            except BookingRefused:
                continue
            self._count("moved")
            return

    def _cancel(self, citizen: Citizen, day: dt.date) -> None:
        found = self._identify(citizen)
        standing = services.live_booking_of(found.draft) if found else None
        if found is None or standing is None or not services.may_still_change(standing):
            return
        services.cancel(found.draft, client=_HOME)
        self._count("cancelled")
        if self.plan.chance("again", citizen.serial).random() < 0.6:
            citizen.wants, citizen.on = "book", day + dt.timedelta(days=2)

    # On the waiting list

    def _wish(self, found: Identified, citizen: Citizen, day: dt.date, party: int) -> None:
        """Wait for an earlier time than the one just booked."""
        booked = services.live_booking_of(found.draft)
        if party > 1 or booked is None or booked.slot.day <= day + dt.timedelta(days=2):
            return
        last = booked.slot.day - dt.timedelta(days=1)
        wanted = services.Wanted(day + dt.timedelta(days=1), last, places=[booked.slot.place.code])
        try:
            services.wish(found.draft, wanted, email=f"{citizen.serial.lower()}@example.jp", client=_HOME)
        except BookingRefused:
            return
        self._count("waiting")
        citizen.wants, citizen.on = "look", day + dt.timedelta(days=1)

    def _look(self, citizen: Citizen, day: dt.date) -> None:
        """Look whether something was offered, and take it; look again the day after tomorrow otherwise. Nobody can come on the very day."""
        found = self._identify(citizen)
        if found is None or services.wish_of(found.draft) is None:
            return
        offer = services.open_offer_of(found.draft)
        if offer is None:
            citizen.wants, citizen.on = "look", day + dt.timedelta(days=2)
            return
        if offer.booking.slot.day <= day:
            services.decline_offer(found.draft, client=_HOME)
            self._count("declined_an_offer")
            return
        try:
            services.take_offer(found.draft, client=_HOME)
        except BookingRefused:
            return
        self._count("took_an_offer")

    # At the desk

    def cancel_for_closed_numbers(self) -> None:
        """Cancel the bookings of people whose cards the office has stopped: the desk has called them."""
        for attendee in bookings_of_closed_numbers():
            if attendee.booking.state == State.CONFIRMED:
                services.cancel_by_staff(self.operator, attendee.booking_id, reason="カードを渡せなくなったと電話で伝えた")
                self._count("cancelled_by_desk")

    def _by_phone(self, citizen: Citizen, day: dt.date) -> None:
        """Call: the operator books the person in, together with nobody else."""
        credential = Credential.objects.filter(serial=citizen.serial, status=Credential.Status.OPEN).first()
        if credential is None or Attendee.objects.filter(credential=credential, live=True).exists():
            return
        place = calendar.places(credential.admission)[0]
        for slot in self._free_times(citizen, place, day, 1):
            try:
                services.book_by_staff(self.operator, citizen.serial, slot, key=uuid.uuid4(), reason="氏名と生年月日を確かめた")
            except BookingRefused:
                continue
            self._count("booked_by_phone")
            return
        citizen.wants, citizen.on = "book", day + dt.timedelta(days=1)

    def _marks(self, day: dt.date) -> list[tuple[dt.time, Callable[[], None]]]:
        """Return what the desk notes of today's bookings: who came at their time, who had not come ten minutes behind it."""
        standing = Booking.objects.filter(slot__day=day, state=State.CONFIRMED).select_related("slot")
        return [(booking.slot.start, partial(self._mark, booking, day)) for booking in standing]

    def _mark(self, booking: Booking, day: dt.date) -> None:
        if not Booking.objects.filter(pk=booking.pk, state=State.CONFIRMED, slot=booking.slot_id).exists():
            return  # Cancelled or moved on the very day.
        serials = list(Attendee.objects.filter(booking=booking, live=True).values_list("credential__serial", flat=True))
        come = [serial for serial in serials if self.plan.comes(serial, day)]
        played_time.reach(dt.datetime.combine(day, booking.slot.start, clock.TOKYO))
        if come:
            services.mark_arrived(self.operator, booking.pk)
            return
        services.mark_no_show(self.operator, booking.pk)
        self._count("no_show")
        for serial in serials:
            if serial in self.people and self.plan.chance("after no-show", serial).random() < 0.7:
                self.people[serial].wants, self.people[serial].on = "book", day + dt.timedelta(days=2)

    def close_day(self, day: dt.date) -> int:
        """Mark as over what was marked as arrived and had no result from the counters; return how many."""
        left = list(Booking.objects.filter(slot__day=day, state=State.ARRIVED))
        for booking in left:
            people = list(booking.attendees.filter(left=False, result="").select_related("credential"))
            results = {one.pk: "no_show" for one in people if not self.plan.comes(one.credential.serial, day)}
            refused = {one.pk: "refused" for one in people if one.pk not in results}
            services.mark_done(self.operator, booking.pk, results=results | refused)
        return len(left)
