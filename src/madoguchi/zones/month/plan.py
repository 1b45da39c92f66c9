"""What will happen in the month, and to whom: the same answer for the same seed, in whatever process asks.

Nothing here asks a clock or a database.

Volumes: a city of 440,000 people has 35,000 cards a year (seed 003: 120,000 for 1.5 million), so 2,900 in a month; a list comes every week,
a box holds up to 160 cards, notices go out the day after the 検品.
"""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from madoguchi.kernel import invented, municipalities
from madoguchi.kernel.office_days import is_office_day
from madoguchi.platform import clock

MUNICIPALITY = "142051"
CARDS = 2_900
DAYS = 30
SMALLEST, LARGEST = 60, 6_000
BOX = 160
_LIST_EVERY = 7
# Nothing new arrives in the last days: what came is on its way to its people when the month ends.
_LAST_LIST_BEFORE = 4
_SATURDAY = 5
# Faults of a row that refuse this row alone.
_ROW_FAULTS = ("application id one digit short", "serial too short", "name blank", "day that the calendar lacks", "columns missing")
CITIZENS = 6
CITIZEN_BIRTHDAY = dt.date(1986, 9, 8)
OFFICES = (("main", "市民窓口センター"), ("shonandai", "湘南台市民センター"), ("tsujido", "辻堂市民センター"))


@dataclass(frozen=True, slots=True)
class CardList:
    """One week's カード発行一覧: the day on which it comes, its people, and the rows that are spoilt (position, kind)."""

    day: dt.date
    people: tuple[invented.Person, ...]
    spoilt: tuple[tuple[int, str], ...]

    def sound(self) -> list[invented.Person]:
        """Return the people whose rows are accepted."""
        wrong = {position for position, _kind in self.spoilt}
        return [person for position, person in enumerate(self.people) if position not in wrong]

    def content(self) -> bytes:
        """Return the list as a file in the layout `kobe`."""
        town = _town()
        lines = [b"\xef\xbb\xbf" + invented.encoded("kobe", list(invented.HEADERS["kobe"] or ()))]
        faults = dict(self.spoilt)
        for position, person in enumerate(self.people):
            row = invented.record("kobe", person)
            if position in faults:
                invented.spoil("kobe", faults[position], row, row, town)
            lines.append(invented.encoded("kobe", row))
        return b"".join(lines)


@dataclass(frozen=True, slots=True)
class ArrivingBox:
    """One box from J-LIS: the cards that its note names, those of them that are not in it, and what is wrong with it."""

    day: dt.date
    serials: tuple[str, ...]
    missing: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    stranger: str = ""

    def inside(self) -> list[str]:
        """Return the cards that are in the box and on the register."""
        return [serial for serial in self.serials if serial not in self.missing]


def _town() -> municipalities.Municipality:
    town = municipalities.find(MUNICIPALITY)
    if town is None:
        raise LookupError(MUNICIPALITY)
    return town


@dataclass(frozen=True)
class Plan:
    """A month that ends before `today`, with about `cards` new cards; everything else follows from `seed`."""

    seed: int
    cards: int
    today: dt.date

    @cached_property
    def days(self) -> tuple[dt.date, ...]:
        """The days on which anything happens: office days, and Saturdays at the main place."""
        every = [self.today - dt.timedelta(days=back) for back in range(DAYS, 0, -1)]
        return tuple(day for day in every if is_office_day(day) or day.weekday() == _SATURDAY)

    @property
    def begins(self) -> dt.datetime:
        """The afternoon before the first day: offices are furnished then."""
        return dt.datetime.combine(self.days[0] - dt.timedelta(days=1), dt.time(16), clock.TOKYO)

    @cached_property
    def office_days(self) -> tuple[dt.date, ...]:
        """The days on which the whole office works."""
        return tuple(day for day in self.days if is_office_day(day))

    def chance(self, *what: object) -> random.Random:
        """Return the chance by which `what` is decided: its own, so that no decision moves another."""
        return random.Random("/".join(map(str, (self.seed, *what))))  # noqa: S311 invented, and the same for the same seed

    @cached_property
    def people(self) -> dict[str, invented.Person]:
        """Everybody on a list whose row is sound, by 製造管理番号."""
        return {person.serial: person for one in self.lists for person in one.sound()}

    @cached_property
    def lists(self) -> tuple[CardList, ...]:
        """The weekly lists. The first people of the last one are those who may book in the demo: they do nothing in the month."""
        days, next_day = list[dt.date](), self.office_days[0]
        for day in self.office_days[:-_LAST_LIST_BEFORE]:
            if day >= next_day:
                days.append(day)
                next_day = day + dt.timedelta(days=_LIST_EVERY)
        persons = self._persons()
        share, made, start = self.cards // len(days), list[CardList](), 0
        for number, day in enumerate(days):
            end = len(persons) if number == len(days) - 1 else start + share
            people = tuple(persons[start:end])
            chance = self.chance("list", number)
            faults = max(1, len(people) // 200)
            places = sorted(chance.sample(range(CITIZENS, len(people)), faults))
            made.append(CardList(day, people, tuple((place, chance.choice(_ROW_FAULTS)) for place in places)))
            start = end
        last = made[-1]
        known = [
            replace(one, serial=f"A0A{turn:06d}", born=CITIZEN_BIRTHDAY, house="") for turn, one in enumerate(last.people[:CITIZENS], 1)
        ]
        made[-1] = replace(last, people=(*known, *last.people[CITIZENS:]))
        return tuple(made)

    def _persons(self) -> list[invented.Person]:
        offices = [name for _code, name in OFFICES]
        invented_people = invented.people(_town(), self.cards, seed=self.seed, today=self.office_days[0], beyond_cp932=True)
        persons = list[invented.Person]()
        for person in invented_people:
            # Who lives in one house goes to one office.
            office = self.chance("office", person.address).choices(offices, (6, 2, 2))[0]
            serial = f"B{person.serial[1:]}" if person.serial.startswith("A0A") else person.serial
            persons.append(replace(person, office=office, serial=serial))
        return persons

    @cached_property
    def boxes(self) -> tuple[ArrivingBox, ...]:
        """The boxes: those of a list come on the office days after it. What a box lacks lies in the one after it, except for the last."""
        made, left_behind = list[ArrivingBox](), tuple[str, ...]()
        for number, one in enumerate(self.lists):
            serials = [person.serial for person in one.sound()]
            days = [day for day in self.office_days if day > one.day][:4]
            size = min(BOX, -(-len(serials) // 2))
            portions = [serials[start : start + size] for start in range(0, len(serials), size)]
            for turn, portion in enumerate(portions):
                made.append(self._box(days[min(turn, len(days) - 1)], portion, left_behind, (number, turn)))
                left_behind = made[-1].missing
        return tuple(made)

    def _box(self, day: dt.date, serials: list[str], left_behind: tuple[str, ...], number: tuple[int, int]) -> ArrivingBox:
        chance, faulty = self.chance("box", *number), [one for one in serials if not self.is_demo_citizen(one)]
        missing = (chance.choice(faulty),) if chance.random() < 0.3 or number == (0, 0) else ()
        damaged = tuple(one for one in faulty if one not in missing and chance.random() < 0.004)
        if number == (0, 1) and not damaged:
            damaged = (faulty[0] if faulty[0] not in missing else faulty[1],)
        stranger = f"Z{chance.randrange(10)}Z{chance.randrange(1_000_000):06d}" if chance.random() < 0.2 or number == (0, 1) else ""
        return ArrivingBox(day, (*serials, *left_behind), missing, damaged, stranger)

    def is_demo_citizen(self, serial: str) -> bool:
        """Tell whether a card belongs to those who may book in the demo."""
        return serial.startswith("A0A00000")

    # What people do

    def reads_letter_after(self, serial: str) -> int:
        """Return how many days after the posting somebody first looks at the booking site."""
        return 1 + min(int(self.chance("reads", serial).expovariate(0.4)), 14)

    def way(self, serial: str) -> str:
        """Return how somebody gets a time: `web`, `phone`, or `none` for those who wait to be reminded."""
        return self.chance("way", serial).choices(("web", "phone", "none"), (72, 16, 12))[0]

    def wants_mail(self, serial: str) -> bool:
        """Tell whether somebody leaves a mail address."""
        return self.chance("mail", serial).random() < 0.2

    def changes_mind(self, serial: str) -> str:
        """Return what somebody does with the booking some days later: `move`, `cancel`, or nothing."""
        return self.chance("mind", serial).choices(("", "move", "cancel"), (86, 8, 6))[0]

    def waits_for_earlier(self, serial: str) -> bool:
        """Tell whether somebody stands on the waiting list for an earlier time than the one booked."""
        return self.chance("waits", serial).random() < 0.04

    def comes(self, serial: str, day: dt.date) -> bool:
        """Tell whether somebody who booked for `day` comes."""
        return self.chance("comes", serial, day).random() >= 0.05

    def visit(self, serial: str, day: dt.date) -> "VisitPlan":
        """Return how the visit of `day` goes."""
        chance = self.chance("visit", serial, day)
        return VisitPlan(
            forgot_notice=chance.random() < 0.04,
            ends=chance.choices(("delivered", "refused"), (98, 2))[0],
            is_interrupted=chance.random() < 0.02,
            sends_agent=chance.random() < 0.3,
            pays_cashless=chance.random() < 0.4,
            minutes=round(chance.triangular(8, 28, 14)),
        )

    def preset_fails(self, serial: str) -> bool:
        """Tell whether the first 交付前設定 of a card ends with NG."""
        return not self.is_demo_citizen(serial) and self.chance("preset", serial).random() < 0.006

    def letter_comes_back(self, serial: str) -> bool:
        """Tell whether the first notice of a card comes back from the post."""
        return not self.is_demo_citizen(serial) and self.chance("letter", serial).random() < 0.015

    def households(self) -> dict[str, list[str]]:
        """Return the cards of everybody who lives with somebody else on the same list, by one of them: they come together."""
        together: dict[tuple[str, str, str], list[str]] = {}
        for number, one in enumerate(self.lists):
            for person in one.sound():
                if not self.is_demo_citizen(person.serial):
                    together.setdefault((str(number), person.address, person.house), []).append(person.serial)
        return {serials[0]: serials for serials in together.values() if len(serials) > 1}

    def sample(self, what: str, serials: list[str], number: int) -> Iterator[str]:
        """Choose `number` of `serials` for something that is planted."""
        yield from self.chance("sample", what).sample(sorted(serials), min(number, len(serials)))


@dataclass(frozen=True, slots=True)
class VisitPlan:
    """How one visit at the counter goes; `ends` is `delivered` or `refused`."""

    forgot_notice: bool
    ends: str
    is_interrupted: bool
    sends_agent: bool
    pays_cashless: bool
    minutes: int
