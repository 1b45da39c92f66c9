"""The counters of the played month: cards are fetched for the day, people come, show their papers, pay, take their cards."""

import datetime as dt
from itertools import groupby

from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.rules import PlaceKind, Progress
from madoguchi.delivery.cards.services import NotAllowed
from madoguchi.delivery.fees import services as fees
from madoguchi.delivery.fees.models import Drawer, DrawerDay
from madoguchi.delivery.handover import cases, services
from madoguchi.delivery.handover.models import Encounter
from madoguchi.delivery.handover.queries import paper_rules
from madoguchi.delivery.handover.rules import Certificates, FeeKind, OldCard, PinWay, RefusalKind
from madoguchi.delivery.matching.models import BookedVisit
from madoguchi.delivery.matching.queries import visits_on
from madoguchi.delivery.storage import queries as storage_queries
from madoguchi.delivery.storage import services as storage
from madoguchi.platform import clock
from madoguchi.zones.month import played_time
from madoguchi.zones.month.office import BackOffice
from madoguchi.zones.month.plan import OFFICES, Plan, VisitPlan

OPENING_YEN = 30_000
# What a person shows for each way in which papers may be brought (madoguchi.kernel.documents).
_PAPERS = {
    "A": ("driving_licence",),
    "BB": ("insurance", "pension"),
    "AA": ("driving_licence", "passport"),
    "AB": ("driving_licence", "insurance"),
    "BBB+": ("student", "insurance", "pension"),
}
_FEE_REASONS = {"新規": "first", "更新": "renewal", "再交付": "lost"}


class Counters:
    """What happens at the counters on one day after the other."""

    def __init__(self, plan: Plan, office: BackOffice) -> None:
        self._plan, self._office = plan, office
        self._clerk, self._second = office.clerk, office.second
        self._drawers: dict[str, int] = {}

    def furnish(self) -> None:
        """Give every place its drawer."""
        for code, name in OFFICES:
            fees.save_drawer(f"W-{code}", f"{name} つり銭箱", DeliveryPlace.objects.get(code=code), self._office.chief)

    def open_drawers(self) -> None:
        """Begin the day of every drawer."""
        for drawer in Drawer.objects.select_related("place"):
            self._drawers[drawer.place.code] = fees.open_drawer(drawer, OPENING_YEN, self._clerk).pk

    def close_drawers(self) -> None:
        """Count every drawer as two and close its day."""
        for pk in self._drawers.values():
            day = DrawerDay.objects.get(pk=pk)
            sums = {"cash": 0, "cashless": 0}
            for method, yen in day.ledger.values_list("method", "yen"):
                sums[method] += yen
            counted = fees.Counted(OPENING_YEN + sums["cash"], sums["cashless"])
            fees.close_drawer(pk, counted, self._clerk, second_person=self._second.user_id)
        self._drawers = {}

    def fetch_cards(self, day: dt.date) -> None:
        """Take the cards of the day's bookings out of the safes, by the pick list."""
        visits = [visit for visit in visits_on(day) if visit.card]
        wanted = [storage_queries.Wanted(visit.card_id or 0, visit.start, visit.number, visit.place) for visit in visits]
        picks = storage_queries.pick_list(wanted)
        for pick in picks:
            if pick.where and not pick.taken and not pick.note:
                storage.take_to_counter(str(pick.card.sleeve_code), self._second, only=[pick])

    def serve_day(self, day: dt.date) -> dict[str, int]:
        """Serve whoever comes, those of one time side by side; return how the visits ended."""
        ended = {"delivered": 0, "refused": 0, "no_show": 0, "not_here": 0}
        for start, visits in groupby(list(visits_on(day)), key=lambda visit: visit.start):
            begins = dt.datetime.combine(day, start, clock.TOKYO)
            played_time.reach(begins)
            served = list[tuple[VisitPlan, Encounter, BookedVisit]]()
            for visit in visits:
                how = self._plan.visit(visit.serial, day)
                if not self._plan.comes(visit.serial, day):
                    ended["no_show"] += 1
                elif (encounter := self._begin(visit, how)) is None:
                    ended["not_here"] += 1
                else:
                    served.append((how, encounter, visit))
            for how, encounter, visit in sorted(served, key=lambda one: one[0].minutes):
                played_time.reach(begins + dt.timedelta(minutes=how.minutes))
                ended[self._finish(encounter, visit, how)] += 1
        return ended

    def _begin(self, visit: BookedVisit, how: VisitPlan) -> Encounter | None:
        """Receive one person and compare sleeve and notice; None when there is no card to hand over."""
        card = Card.objects.get(pk=visit.card_id or 0)
        if card.progress != Progress.PRESET or card.place_kind not in {PlaceKind.COUNTER, PlaceKind.STORED}:
            return None
        try:
            encounter = services.receive(card, self._clerk, place=visit.place)
        except NotAllowed:
            return None
        self._scan(encounter, card, how)
        return encounter

    def _finish(self, encounter: Encounter, visit: BookedVisit, how: VisitPlan) -> str:
        """Look at the papers and hand the card over, or say why not (交付不可)."""
        card = Card.objects.get(pk=encounter.card_id)
        self._check(encounter, card, how)
        if how.ends == "refused":
            reason = "本人確認書類が足りない"
            services.refuse(encounter, reason, self._clerk, kind=RefusalKind.PAPERS, expected_version=encounter.version)
            return "refused"
        if how.is_interrupted:
            services.interrupt(encounter, "統合端末の応答待ち", self._clerk, expected_version=encounter.version)
            services.resume(encounter, self._second, expected_version=encounter.version)
        self._set_up(encounter, card, visit.place, how)
        services.hand_over(encounter, self._clerk, second_person=self._second.user_id, expected_version=encounter.version)
        return "delivered"

    def _scan(self, encounter: Encounter, card: Card, how: VisitPlan) -> None:
        services.scan_sleeve(encounter, str(card.sleeve_code), self._clerk, expected_version=encounter.version)
        if how.forgot_notice:
            services.go_on_without_notice(encounter, self._clerk, expected_version=encounter.version)
        else:
            services.scan_notice(encounter, card.serial, self._clerk, expected_version=encounter.version)

    def _check(self, encounter: Encounter, card: Card, how: VisitPlan) -> None:
        today = clock.today()
        case = cases.first_case(card.born, today)
        years = cases.age(card.born, today)
        if how.sends_agent and not how.forgot_notice and years is not None and years >= cases.ELDERLY_AGE:
            case = cases.Case(visitor="agent", reason="elderly")
        if case != encounter.case() or not encounter.case_decided:
            services.decide_case(encounter, case, self._clerk, expected_version=encounter.version)
        wanted = cases.checklist(case, today, with_notice=encounter.notice_matched, own=paper_rules())
        complete = how.ends != "refused"
        services.check_documents(
            encounter,
            services.Checked(
                documents=_shown(wanted.own) if complete else (),
                escort_documents=_shown(wanted.escort),
                proofs=[tick.code for tick in wanted.ticks],
                face_compared=complete,
                certificates_explained=True,
                changed=False if case.somebody_else else None,
            ),
            self._clerk,
            expected_version=encounter.version,
        )

    def _set_up(self, encounter: Encounter, card: Card, place: str, how: VisitPlan) -> None:
        case, person = encounter.case(), self._plan.people[card.serial]
        certificates = Certificates.AUTH if case.owner == "child" else Certificates.BOTH
        pin_way = PinWay.BY_PERSON if case.in_person else PinWay.SEALED
        reason = _FEE_REASONS[person.issue_kind]
        old = OldCard.RETURNED if reason == "renewal" else OldCard.LOST if reason == "lost" else OldCard.NONE
        fee = FeeKind.FREE if reason != "lost" else FeeKind.CASHLESS if how.pays_cashless else FeeKind.CASH
        services.set_up_and_settle(
            encounter,
            services.Setting(pin_way, certificates, old),
            fee,
            self._clerk,
            reason=reason,
            expected_version=encounter.version,
            drawer_day=None if fee is FeeKind.FREE else self._drawers[place],
        )


def _shown(ways: tuple[str, ...]) -> tuple[str, ...]:
    """Return papers that are enough for the first way that can be brought by anybody; nothing where nothing is asked."""
    return next((_PAPERS[way] for way in ways if way in _PAPERS), ())
