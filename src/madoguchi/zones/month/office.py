"""The back office of the played month: lists, boxes, 検品, 交付前設定, shelves, letters, transfers."""

import datetime as dt
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from madoguchi.delivery.cards import services as register
from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.rules import HoldKind, PlaceKind
from madoguchi.delivery.dispatch import mailing
from madoguchi.delivery.dispatch.choosing import choose_by_serials
from madoguchi.delivery.dispatch.models import Batch, Kind
from madoguchi.delivery.dispatch.services import Order, print_letters
from madoguchi.delivery.intake import receiving
from madoguchi.delivery.intake import services as intake
from madoguchi.delivery.storage import services as storage
from madoguchi.delivery.storage import transfers
from madoguchi.delivery.storage.models import Box, Transfer
from madoguchi.kernel.labels import sleeve_code
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.verbs import Silent
from madoguchi.zones.month.plan import OFFICES, ArrivingBox, CardList, Plan
from madoguchi.zones.month.staff import acting

SLOTS = 100


def by_serials(serials: Iterable[str]) -> list[Card]:
    """Return cards by their 製造管理番号, in the order of the register."""
    return list(Card.objects.filter(serial__in=list(serials)).order_by("id"))


class Shelves:
    """The boxes of the safes: the next one is made when the last is full."""

    def __init__(self, chief: Actor, safe: str) -> None:
        self._chief, self._safe = chief, safe
        self._sites = {place.code: place for place in DeliveryPlace.objects.all()}
        self._open: dict[str, Box] = {}
        self._made: dict[str, int] = {}

    def put(self, sleeve: str, site: str, actor: Actor) -> None:
        """Put a card into the first free slot of the box in use at `site`."""
        box = self._open.get(site) or self._next(site)
        try:
            storage.put_in_box(sleeve, box, actor)
        except storage.BoxFull:
            storage.put_in_box(sleeve, self._next(site), actor)

    def first_box(self, site: str) -> Box | None:
        """Return the first box of a place, None when none was needed yet."""
        return Box.objects.select_related("site").filter(site=self._sites[site], safe=self._safe).order_by("name").first()

    def _next(self, site: str) -> Box:
        self._made[site] = self._made.get(site, 0) + 1
        self._open[site] = storage.make_box(self._sites[site], self._safe, f"{self._made[site]:02d}", SLOTS, self._chief)
        return self._open[site]


class BackOffice:
    """Two clerks and their chief, who bring the cards from the list to the shelf of the place where they are fetched."""

    def __init__(self, plan: Plan, safe: str) -> None:
        self._plan = plan
        self.clerk, self.second, self.chief = acting("clerk"), acting("clerk2"), acting("chief")
        self.shelves = Shelves(self.chief, safe)
        self._sites = {place.code: place for place in DeliveryPlace.objects.all()}
        self._to_preset: list[str] = []
        self._to_notify: list[str] = []
        self._repaired: list[str] = []
        self._on_the_way: list[int] = []

    def open_offices(self) -> None:
        """Say how long cards are on their way between the places."""
        sites = [self._sites[code] for code, _name in OFFICES]
        for other in sites[1:]:
            transfers.save_lead_time(sites[0], other, 1, self.chief)
            transfers.save_lead_time(other, sites[0], 1, self.chief)

    def take_list_in(self, one: CardList) -> dict[str, int]:
        """Read a weekly list, look at its refused rows, let the chief apply the others."""
        with tempfile.NamedTemporaryFile(suffix=".csv") as file:
            Path(file.name).write_bytes(one.content())
            wanted = intake.Wanted(intake.layout_named("kobe"), keeps_faulty=True, file_name=f"hakko_{one.day:%Y%m%d}.csv")
            report = intake.read_list(Path(file.name), wanted, self.clerk, Silent())
        if report.batch is None:
            raise AssertionError("a list of the plan brings new cards")
        if report.rejected:
            intake.leave_out_rejected(report.batch, self.clerk)
        intake.apply(report.batch, self.chief, Silent(), confirmed_changes=report.changed)
        return {"rows": report.rows, "rejected": report.rejected}

    def take_box_in(self, box: ArrivingBox) -> None:
        """Open a box, read its cards, put labels on, inspect them by a second clerk, put them on the shelf.

        A card that nobody knows is laid aside; the note's number is corrected where the box holds another, with the reason.
        """
        site, inside = self._sites[OFFICES[0][0]], box.inside()
        arrival = receiving.open_arrival(site, len(box.serials) + bool(box.stranger), f"送付書 {box.day:%m%d}", self.clerk)
        for serial in inside:
            receiving.scan_card(arrival.pk, serial, self.clerk)
        if box.stranger:
            self._expect_refusal(lambda: receiving.scan_card(arrival.pk, box.stranger, self.clerk))
        receiving.print_labels(arrival.pk, self.clerk)
        for card in by_serials(inside):
            if card.serial in box.damaged:
                receiving.find_fault(arrival.pk, card.pk, HoldKind.MISPRINT, "券面の印字がかすれている", self.second)
            else:
                receiving.inspect(arrival.pk, sleeve_code(card.pk), card.serial, self.second)
                self.shelves.put(sleeve_code(card.pk), site.code, self.clerk)
                self._to_preset.append(card.serial)
        if box.missing or box.stranger:
            self._expect_refusal(lambda: receiving.close_arrival(arrival.pk, self.clerk))
            receiving.correct_expected(arrival.pk, len(inside), "箱の中の枚数が送付書と違う。J-LIS に連絡済み", self.second)
        receiving.close_arrival(arrival.pk, self.clerk)

    @staticmethod
    def _expect_refusal(act: Callable[[], object]) -> None:
        try:
            act()
        except receiving.ReceivingRefused:
            return
        raise AssertionError("the services accepted a box that differs from its note")

    def preset(self) -> None:
        """Enter what the 交付前設定 of yesterday's cards said; what was NG is tried again by the chief the next day."""
        for serial in self._repaired:
            self._release(serial)
            receiving.enter_preset(serial, is_ok=True, kind=None, reason="", actor=self.clerk)
        ready = [*self._repaired]
        self._repaired = []
        for serial in self._to_preset:
            fails = self._plan.preset_fails(serial)
            reason = "ICチップが応答しない" if fails else ""
            receiving.enter_preset(serial, is_ok=not fails, kind=HoldKind.CHIP if fails else None, reason=reason, actor=self.clerk)
            (self._repaired if fails else ready).append(serial)
        self._to_preset = []
        self._to_notify += ready

    def _release(self, serial: str) -> None:
        card = Card.objects.get(serial=serial)
        for hold in card.holds.filter(released_at__isnull=True):
            card.refresh_from_db()
            register.release_hold(hold.pk, self.chief, expected_version=card.version, reason="別の読取装置で正常に設定できた")

    def send_bags(self) -> None:
        """Send what belongs to another place there, in bags of at most 150."""
        elsewhere = [card for card in by_serials(self._to_notify) if card.delivery_place and card.site_id != card.delivery_place_id]
        for code, _name in OFFICES[1:]:
            going = [card for card in elsewhere if card.delivery_place_id == self._sites[code].pk]
            for start in range(0, len(going), transfers.MOST_CARDS):
                bag = transfers.begin(self._sites[OFFICES[0][0]], self._sites[code], self.clerk)
                for card in going[start : start + transfers.MOST_CARDS]:
                    transfers.pack(bag.pk, str(card.sleeve_code), self.clerk)
                transfers.send(bag.pk, "庁用車 午後の便", self.clerk)
                self._on_the_way.append(bag.pk)

    def receive_bags(self) -> None:
        """Take yesterday's bags in at the other places and put their cards on the shelf."""
        bags, self._on_the_way = self._on_the_way, []
        for pk in bags:
            bag = Transfer.objects.select_related("to_site").get(pk=pk)
            for item in list(bag.items.select_related("card")):
                transfers.receive(pk, str(item.card.sleeve_code), self.second)
            transfers.close(pk, self.second)
            for item in list(bag.items.select_related("card")):
                self.shelves.put(str(item.card.sleeve_code), bag.to_site.code, self.second)

    def notify(self, today: dt.date) -> list[tuple[str, str]]:
        """Print the notices of what is set, read every envelope out and post them; return who got a letter, with the code in it."""
        wanted, self._to_notify = self._to_notify, []
        posted = list[tuple[str, str]]()
        for start in range(0, len(wanted), 400):
            posted += self.post_letters(wanted[start : start + 400], Kind.NOTICE, today)
        return posted

    def post_letters(self, serials: list[str], kind: Kind, today: dt.date, *, way: Order | None = None) -> list[tuple[str, str]]:
        """Print letters of a kind, scan the envelopes out, post them; return each 製造管理番号 with the code that its letter names."""
        choice = choose_by_serials(serials, kind)
        if not choice.cards:
            return []
        batch = print_letters(choice, None, self.clerk, progress=Silent(), order=way or Order(kind))
        for code in list(batch.sheets.filter(void=False).values_list("code", flat=True)):
            mailing.scan_out(batch, code, self.second)
        mailing.send_scanned(Batch.objects.get(pk=batch.pk), self.second, sent_on=today)
        codes = register.booking_codes_of([card.pk for card in choice.cards])
        return [(card.serial, codes.get(card.pk, "")) for card in choice.cards]

    def shelve_again(self) -> None:
        """Put what was taken to a counter and not handed over back into its box."""
        for card in Card.objects.select_related("site").filter(place_kind=PlaceKind.COUNTER.value, sleeve_code__isnull=False):
            if card.site is not None:
                self.shelves.put(str(card.sleeve_code), card.site.code, self.clerk)
