"""What goes wrong in the month and how the office puts it right: each thing on its day, planted on purpose, counted when it is planted.

What is planted here must be found again by the books, neither more nor less.
"""

import dataclasses
import datetime as dt
import hashlib
import io
from collections import Counter

from PIL import Image, ImageDraw

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import services as register
from madoguchi.delivery.cards.approvable import request_act
from madoguchi.delivery.cards.models import Card, CardEvent, DeliveryPlace, Hold
from madoguchi.delivery.cards.rules import HoldKind, Notice, PlaceKind, Progress, ReissueReason, Terminal, Visit
from madoguchi.delivery.changes import queries as change_queries
from madoguchi.delivery.changes import services as changes
from madoguchi.delivery.changes.models import ProtectionDecision
from madoguchi.delivery.dispatch import mailing, wording
from madoguchi.delivery.dispatch import queries as dispatch
from madoguchi.delivery.dispatch.choosing import choose_by_state
from madoguchi.delivery.dispatch.models import Dispatch, Kind
from madoguchi.delivery.disposal import queries as disposal_queries
from madoguchi.delivery.disposal import services as disposal
from madoguchi.delivery.filing import services as filing
from madoguchi.delivery.filing.models import DocumentClass
from madoguchi.delivery.reconciliation import queries as reconciliation_queries
from madoguchi.delivery.reconciliation import services as reconciliation
from madoguchi.delivery.registration import services as registration
from madoguchi.delivery.registration.rules import Receipt, SentWay, Way, read_person
from madoguchi.delivery.storage import stock_taking
from madoguchi.kernel.headed import Row
from madoguchi.platform import clock
from madoguchi.platform.approvals import services as approvals
from madoguchi.zones.month.office import BackOffice
from madoguchi.zones.month.plan import OFFICES, Plan
from madoguchi.zones.month.staff import account

DAYS_UNTIL_RETURN = 3
REMINDED_AFTER_DAYS = 10
_WORDS_AT_THE_TERMINAL = {
    Progress.ORDERED: Terminal.ISSUED,
    Progress.ARRIVED: Terminal.ISSUED,
    Progress.INSPECTED: Terminal.ISSUED,
    Progress.PRESET: Terminal.PRESET,
    Progress.DELIVERED: Terminal.IN_USE,
    Progress.WITHDRAWN: Terminal.LAPSED,
    Progress.LAPSED: Terminal.LAPSED,
    Progress.RETURNED: Terminal.RETURNED,
    Progress.LAPSED_AFTER: Terminal.LAPSED,
    Progress.DISPOSED: Terminal.DISCARDED,
}
_HEADINGS = {"kind": "異動事由", "on": "異動日", "serial": "製造管理番号", "name": "氏名", "born": "生年月日", "address": "住所"}


class Exceptions:
    """The office's exceptions, by the number of the office day on which each comes."""

    def __init__(self, plan: Plan, office: BackOffice) -> None:
        self._plan, self._office = plan, office
        self.planted: Counter[str] = Counter()
        self._coming_back: list[tuple[int, str]] = []
        self._to_release: list[int] = []
        self._missing: list[str] = []
        self._seen_at_terminal = 0
        self._wrong_yesterday: list[str] = []

    def morning(self, number: int, day: dt.date) -> list[tuple[str, str]]:
        """Do what is due on office day `number`; return the letters that were posted, with their codes."""
        posted = self._take_letters_back(number, day)
        posted += self._remind(number, day)
        self._follow_changes()
        if number in {4, 11}:
            self._read_changes(day, protects=number == 11)
        if number == 6:
            self._withdraw()
        if number == 7:
            self._replace_damaged()
        if number in {9, 16}:
            self._dispose()
        if number == 8:
            self._count_a_place()
        if number == 10:
            self._find_again()
        if number == 13:
            self._count_a_box()
        if number == 14:
            self._lose_a_card()
        if number == 15:
            self._correct_a_delivery(day)
        if number % 5 == 2:
            self._take_applications(number, day)
        self._file_a_paper(number)
        return posted

    def _idle(self, what: str, wanted: int) -> list[Card]:
        """Choose cards that lie on the shelf of the main place and whose people have no booking."""
        waiting = Card.objects.filter(
            progress=Progress.PRESET.value,
            place_kind=PlaceKind.STORED.value,
            notice__in=[Notice.SENT.value, Notice.REMINDED.value],
            visit__in=[Visit.NONE.value, Visit.NO_SHOW.value],
            disposal="none",
        ).exclude(holds__released_at__isnull=True, holds__isnull=False)
        serials = [serial for serial in waiting.values_list("serial", flat=True) if not self._plan.is_demo_citizen(serial)]
        chosen = set(self._plan.sample(what, serials, wanted))
        return list(waiting.filter(serial__in=chosen).order_by("id"))

    @property
    def _share(self) -> int:
        """How many of a thing: one in a small month, some in a whole one."""
        return max(1, self._plan.cards // 700)

    # Letters

    def letters_posted(self, number: int, posted: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return which of the posted letters reach their people; the others come back in some days."""
        lost = {serial for serial, _code in posted if self._plan.letter_comes_back(serial)}
        self._coming_back += [(number + DAYS_UNTIL_RETURN, serial) for serial in lost]
        return [(serial, code) for serial, code in posted if serial not in lost]

    def _take_letters_back(self, number: int, day: dt.date) -> list[tuple[str, str]]:
        due = [serial for when, serial in self._coming_back if when <= number]
        self._coming_back = [(when, serial) for when, serial in self._coming_back if when > number]
        again = list[str]()
        for serial in due:
            sent = Dispatch.objects.filter(card__serial=serial, sent_on__isnull=False, returned_on__isnull=True).order_by("-pk").first()
            if sent is None:
                continue
            mailing.record_return(sent, self._office.clerk, reason="あて所に尋ねあたりません")
            self.planted["letters_returned"] += 1
            if cards.open_holds(sent.card_id) or sent.card.progress != Progress.PRESET:
                continue
            again.append(serial)
        return self._office.post_letters(again, Kind.RESEND, day) if again else []

    def _remind(self, number: int, day: dt.date) -> list[tuple[str, str]]:
        if number == 5:
            words = dataclasses.replace(dispatch.words(Kind.REMIND), after_days=REMINDED_AFTER_DAYS)
            written = wording.write_text(Kind.REMIND, words, self._office.clerk, valid_from=day, reason="早めにお知らせする")
            wording.approve_text(written, self._office.chief)
        if number < 6 or number % 2:
            return []
        late = [card.serial for card in choose_by_state(None, Kind.REMIND).cards if not self._plan.is_demo_citizen(card.serial)]
        return self._office.post_letters(late, Kind.REMIND, day) if late else []

    # Changes of residents

    def _read_changes(self, day: dt.date, *, protects: bool) -> None:
        """Read the residents' list of changes: moved out, died, under protection, one without a card, one row that says nothing."""
        chosen = self._idle(f"changes {day}", 2 * self._share + 1)
        words = ["支援措置"] * protects + ["転出", "死亡"] * self._share
        rows = [
            Row(line, {"kind": word, "on": f"{day - dt.timedelta(days=1)}", "serial": card.serial})
            for line, (word, card) in enumerate(zip(words, chosen, strict=False), start=2)
        ]
        stopped = len(rows)
        rows.append(Row(90, {"kind": "死亡", "on": f"{day}", "name": "見本　花子", "born": "1940-01-02", "address": "見本市見本１丁目"}))
        rows.append(Row(91, {"kind": "宇宙旅行", "on": f"{day}", "serial": "A1B000001"}))
        given = changes.ListFile(rows, _HEADINGS, hashlib.sha256(f"{day}{self._plan.seed}".encode()).hexdigest(), f"ido_{day:%Y%m%d}.csv")
        kept = changes.read_list(given, self._office.clerk)
        changes.apply_list(kept.pk, self._office.clerk, second=self._office.chief.user_id)
        for row in change_queries.to_settle():
            changes.settle_row(row.pk, self._office.clerk, note="住民票を確かめた。カードの申請はない", card_pk=None)
        self.planted.update({"changes_stopped": stopped, "changes_unmatched": 1, "changes_rejected": 1})

    def _follow_changes(self) -> None:
        """Decide on what the list stopped the day before: who is gone gets no card; who is protected is asked how, and then served."""
        for pk in self._to_release:
            hold = Hold.objects.select_related("card").get(pk=pk)
            reason = "本人と連絡がつき、渡し方が決まった"
            register.release_hold(pk, self._office.chief, expected_version=hold.card.version, reason=reason)
        self._to_release = []
        for hold in Hold.objects.select_related("card").filter(released_at__isnull=True, source__startswith="異動リスト"):
            if hold.kind == HoldKind.PROTECTED:
                note = "本人に電話で確かめた。窓口で渡す"
                changes.decide(hold.pk, ProtectionDecision.Way.BY_PHONE, self._office.clerk, note=note)
                self._to_release.append(hold.pk)
                self.planted["protected"] += 1
            elif hold.card.progress == Progress.PRESET:
                reason = f"{HoldKind(hold.kind).label}のため"
                detail = {"second_person": self._office.clerk.user_id}
                register.perform(
                    hold.card_id, "lapse", self._office.chief, expected_version=hold.card.version, reason=reason, detail=detail
                )
                self.planted["lapsed"] += 1

    # Cards on their way out

    def _withdraw(self) -> None:
        for card in self._idle("withdraw", self._share):
            detail = {"document": f"交付取りやめ届 {clock.today()}", "second_person": self._office.chief.user_id}
            register.perform(card.pk, "withdraw", self._office.clerk, expected_version=card.version, reason="本人の希望", detail=detail)
            self.planted["withdrawn"] += 1

    def _replace_damaged(self) -> None:
        """Ask J-LIS for new cards in place of those with a fault, and give the faulty ones up."""
        faulty = Card.objects.filter(holds__kind=HoldKind.MISPRINT.value, holds__released_at__isnull=True, progress=Progress.ARRIVED.value)
        for turn, card in enumerate(faulty.distinct().order_by("id")):
            number = f"{8 * 10**22 + self._plan.seed * 10**9 + turn}"
            words = "券面の印字がかすれている"
            register.reissue(card.pk, number, ReissueReason.MISPRINT, self._office.clerk, expected_version=card.version, reason=words)
            card.refresh_from_db()
            detail = {"document": "再発行依頼", "second_person": self._office.chief.user_id}
            register.perform(card.pk, "withdraw", self._office.clerk, expected_version=card.version, reason=words, detail=detail)
            self.planted.update({"reissued": 1, "withdrawn": 1})

    def _dispose(self) -> None:
        """Propose what has ended, let the chief approve, scan it into the bag, destroy the bag as two."""
        if not disposal_queries.candidates():
            return
        batch = disposal.make_batch(self._office.clerk)
        disposal.approve(batch.pk, self._office.clerk, self._office.chief)
        for item in list(disposal_queries.items(batch)):
            disposal.scan_into_bag(batch.pk, item.card.sleeve_code or item.card.serial, self._office.clerk)
        method = "裁断 (立会い)"
        gone = disposal.carry_out(batch.pk, self._office.clerk, account("chief"), bag=f"D-{batch.pk:03d}", method=method)
        self.planted["disposed"] += gone

    # 棚卸

    def _count_a_place(self) -> None:
        """Count the cards of a whole place blindly; one of them has slipped behind the safe."""
        site = DeliveryPlace.objects.get(code=OFFICES[2][0])
        take = stock_taking.begin(site, None, self._office.second, is_blind=True)
        sleeves = list(take.expected.order_by("card__id").values_list("card__sleeve_code", "card__serial", "card__visit"))
        hidden = [serial for _sleeve, serial, visit in sleeves if visit == Visit.NONE.value][:1]
        for key, (sleeve, serial, _visit) in enumerate(sleeves):
            if serial not in hidden:
                stock_taking.scan(take.pk, str(sleeve), str(key), self._office.second)
        stock_taking.finish_counting(take.pk, self._office.second)
        stock_taking.close(take.pk, self._office.second, second_person=self._office.chief.user_id, confirmed_missing=len(hidden))
        self._missing += hidden
        self.planted["stock_missing"] += len(hidden)

    def _count_a_box(self) -> None:
        """Count one box; a card of another box lies in it."""
        box = self._office.shelves.first_box(OFFICES[0][0])
        if box is None:
            return
        take = stock_taking.begin(box.site, box, self._office.second, is_blind=False)
        for key, sleeve in enumerate(take.expected.values_list("card__sleeve_code", flat=True)):
            stock_taking.scan(take.pk, str(sleeve), str(key), self._office.second)
        strangers = [card for card in self._idle("stranger", 20) if card.box != box.name and card.site_id == box.site_id][:1]
        for card in strangers:
            stock_taking.scan(take.pk, str(card.sleeve_code), "stranger", self._office.second)
            self.planted["stock_elsewhere"] += 1
        stock_taking.finish_counting(take.pk, self._office.second)
        stock_taking.close(take.pk, self._office.second, second_person=self._office.chief.user_id, confirmed_missing=0)

    def _find_again(self) -> None:
        """The card behind the safe is found and put back."""
        for card in Card.objects.select_related("site").filter(serial__in=self._missing, place_kind=PlaceKind.MISSING.value):
            self._office.shelves.put(str(card.sleeve_code), OFFICES[2][0], self._office.clerk)
            self.planted["found_again"] += 1
        self._missing = []

    def _lose_a_card(self) -> None:
        """One card is gone for good: missing, looked for, and its loss confirmed with the head's approval."""
        for card in self._idle("lost", 1):
            reason = "金庫にも窓口にもない"
            gone = register.perform(card.pk, "report_missing", self._office.clerk, expected_version=card.version, reason=reason)
            asked = request_act(gone, "confirm_loss", self._office.clerk, reason="三日探しても見つからない", detail={})
            approvals.approve(asked.pk, account("chief"), actor=self._office.chief)
            self.planted["lost"] += 1

    def _correct_a_delivery(self, day: dt.date) -> None:
        """One hand-over of the days before is put right with a slip: the card had stayed at the counter."""
        delivered = Card.objects.filter(progress=Progress.DELIVERED.value, delivered_on__lt=day).order_by("-delivered_on", "id")[:1]
        for card in list(delivered):
            detail = {"terminal_checked": True}
            asked = request_act(card, "correct_delivery", self._office.clerk, reason="渡す前に交付済にした", detail=detail)
            approvals.approve(asked.pk, account("chief"), actor=self._office.chief)
            card.refresh_from_db()
            self._office.shelves.put(str(card.sleeve_code), card.site.code if card.site else OFFICES[0][0], self._office.clerk)
            self.planted["corrected"] += 1

    # Papers and applications

    def _take_applications(self, number: int, day: dt.date) -> None:
        """Take two applications at the counter, with a photo bound to each, and send them to J-LIS."""
        for turn in range(2):
            chance = self._plan.chance("application", number, turn)
            given = {"application_id": f"{9 * 10**22 + chance.randrange(10**20)}", "name": f"見本　{'春夏秋冬'[number % 4]}{'美子'[turn]}"}
            given |= {"kana": "ミホン", "born": "1990-04-01", "sex": "女", "postcode": "2510054"}
            person = read_person({**given, "address": "神奈川県藤沢市朝日町１番地の１"}, day)
            site = DeliveryPlace.objects.get(code=OFFICES[0][0])
            row = registration.register(person, registration.Taken(Way.COUNTER, site, Receipt.RESTRICTED), self._office.clerk)
            registration.bind_new_photo(row, person.application_id, _picture(f"photo {number} {turn}"), self._office.clerk)
            row.refresh_from_db()
            registration.send(row, SentWay.WEB, day, self._office.clerk, account("clerk2"))
            self.planted["applications"] += 1

    def _file_a_paper(self, number: int) -> None:
        """File the receipt that somebody signed."""
        card = Card.objects.filter(progress=Progress.DELIVERED.value).order_by("-delivered_on", "id").first()
        kind = DocumentClass.objects.filter(code="application").first()
        if card and kind:
            filing.file_for_card(filing.check_file(_picture(f"paper {number}"), self._office.clerk), card, kind, self._office.clerk)
            self.planted["papers"] += 1

    # The terminal

    def reconcile(self, day: dt.date) -> None:
        """Read the terminal's list of the day, explain what differs, let the chief sign the day.

        Now and then the terminal stands still for one card until the next day, and lists one that nobody here knows.
        """
        moved = CardEvent.objects.filter(axis="progress", pk__gt=self._seen_at_terminal).order_by("pk").values_list("pk", "card")
        pks = {card for _pk, card in moved}
        self._seen_at_terminal = max((pk for pk, _card in moved), default=self._seen_at_terminal)
        today = list(Card.objects.filter(pk__in=pks).exclude(serial="").exclude(progress=Progress.APPLIED.value).order_by("id"))
        wrong = set[str]()
        if day.weekday() == 2:
            delivered = [card.serial for card in today if card.progress == Progress.DELIVERED]
            wrong = set(self._plan.sample(f"terminal {day}", delivered, self._share))
        again = list(Card.objects.filter(serial__in=self._wrong_yesterday).exclude(pk__in=pks))
        rows = [
            Row(line, {"serial": card.serial, "state": self._word(card, wrong).label})
            for line, card in enumerate([*today, *again], start=2)
        ]
        if wrong:
            rows.append(Row(len(rows) + 2, {"serial": f"Z9Z{day:%m%d}00", "state": Terminal.ISSUED.label}))
        self._wrong_yesterday = sorted(wrong)
        headings = {"serial": "製造管理番号", "application_id": "", "state": "カードステータス", "at": ""}
        digest = hashlib.sha256(f"terminal {day} {self._plan.seed}".encode()).hexdigest()
        given = reconciliation.ListFile(rows, headings, clock.now(), digest, f"touitsu_{day:%Y%m%d}.csv")
        kept = reconciliation.read_list(given, self._office.clerk)
        reconciliation.apply_list(kept.pk, self._office.chief)
        for card in [one for one in reconciliation_queries.differences() if not getattr(one, "is_explained")]:  # noqa: B009 an annotation
            note = "統合端末の更新待ち。翌日の一覧で確かめる"
            reconciliation.explain(card.pk, note, self._office.clerk, progress=card.progress, terminal=card.terminal)
        for row in reconciliation_queries.unknown_rows():
            reconciliation.explain_row(row.pk, "他の市区町村へ転出した人のカード", self._office.clerk)
        self.planted.update({"terminal_differences": len(wrong), "terminal_unknown": bool(wrong)})
        reconciliation.sign_day(day, self._office.chief)
        self.planted["days_signed"] += 1

    @staticmethod
    def _word(card: Card, wrong: set[str]) -> Terminal:
        return Terminal.PRESET if card.serial in wrong else _WORDS_AT_THE_TERMINAL[Progress(card.progress)]


def _picture(words: str) -> bytes:
    """Draw a page that says what it is."""
    page = Image.new("L", (420, 590), 255)
    draw = ImageDraw.Draw(page)
    draw.rectangle((20, 20, 400, 570), outline=0, width=3)
    draw.text((50, 60), f"SPECIMEN {words}", fill=0, font_size=24)
    scan = io.BytesIO()
    page.save(scan, "PNG")
    return scan.getvalue()
