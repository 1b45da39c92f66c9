"""The books of the delivery zone at the end of the month: cards, places, events, letters, fees, files."""

from collections.abc import Mapping

from django.db.models import Count, Q, Sum

from madoguchi.delivery.cards.models import Card, CardEvent, Hold
from madoguchi.delivery.cards.rules import PlaceKind, Progress, Visit
from madoguchi.delivery.changes.models import ChangeProblem, ListedChange, ProtectionDecision
from madoguchi.delivery.dispatch.models import Dispatch, Sheet
from madoguchi.delivery.fees import queries as fees
from madoguchi.delivery.fees.models import DrawerDay, Entry
from madoguchi.delivery.fees.rules import fiscal_year
from madoguchi.delivery.filing.models import Document
from madoguchi.delivery.handover.models import Encounter
from madoguchi.delivery.handover.rules import EncounterState
from madoguchi.delivery.intake.models import ArrivedCard, ImportBatch
from madoguchi.delivery.matching.models import BookedVisit
from madoguchi.delivery.matching.rules import BookingState
from madoguchi.delivery.reconciliation.models import Explanation, ReconciledDay, TerminalRow
from madoguchi.delivery.reconciliation.queries import standing
from madoguchi.delivery.registration.models import Registration
from madoguchi.delivery.storage.models import StockTake
from madoguchi.platform.language import Sentence
from madoguchi.zones.month import file_books
from madoguchi.zones.month.books import Book
from madoguchi.zones.month.plan import Plan


def books(plan: Plan, counted: Mapping[str, int]) -> list[Book]:
    """Return the books, each counted from two sides."""
    return [
        *_of_lists(plan),
        *_of_cards(),
        *_of_letters(),
        *_of_visits(plan, counted),
        *_of_fees(),
        *_of_exceptions(plan, counted),
        *file_books.books(Sentence("交付管理")),
    ]


def _of_lists(plan: Plan) -> list[Book]:
    sums = ImportBatch.objects.filter(state=ImportBatch.State.APPLIED).aggregate(rows=Sum("rows"), rejected=Sum("rejected"), new=Sum("new"))
    entered = CardEvent.objects.filter(act="import", axis="progress").values("card").distinct().count()
    return [
        Book(Sentence("一覧: 行 = 登録したカード + 受け付けない行"), sums["rows"] or 0, entered + (sums["rejected"] or 0)),
        Book(Sentence("一覧: 受け付けない行 = 仕込んだ誤り"), sum(len(one.spoilt) for one in plan.lists), sums["rejected"] or 0),
    ]


def _of_cards() -> list[Book]:
    """Every card has one place with one custodian, no slot two cards, and stands where its events have led it."""
    cards = Card.objects.all()
    placed = cards.filter(place_kind__in=[kind.value for kind in PlaceKind]).filter(
        ~Q(custodian="") | Q(place_kind=PlaceKind.NOT_ARRIVED.value)
    )
    stored = cards.filter(place_kind=PlaceKind.STORED.value).exclude(slot="")
    slots = stored.values("site", "safe", "box", "slot").distinct().count()
    moved = CardEvent.objects.filter(axis="progress").values("after").annotate(number=Count("pk"))
    came = {row["after"]: row["number"] for row in moved}
    left = {row["before"]: row["number"] for row in CardEvent.objects.filter(axis="progress").values("before").annotate(number=Count("pk"))}
    stand = {row["progress"]: row["number"] for row in cards.values("progress").annotate(number=Count("pk"))}
    by_progress = [
        Book(
            Sentence("カード: 進捗「{label}」= 入った記録 − 出た記録", label=Sentence(value.label)),
            came.get(value.value, 0) - left.get(value.value, 0),
            stand.get(value.value, 0),
        )
        for value in Progress
        if came.get(value.value) or stand.get(value.value)
    ]
    return [
        Book(Sentence("カード: 場所と保管責任者が一つずつ決まっている"), cards.count(), placed.count()),
        Book(Sentence("カード: 棚の一区画に一枚"), stored.count(), slots),
        *by_progress,
    ]


def _of_letters() -> list[Book]:
    sheets = Sheet.objects.exclude(batch__kind="label")
    sent = Dispatch.objects.filter(sheet__in=sheets, sent_on__isnull=False, sheet__void=False).count()
    waiting = sheets.filter(void=False).filter(Q(dispatch__sent_on__isnull=True)).count()
    return [Book(Sentence("通知: 作った用紙 = 発送 + 保留 + 無効"), sheets.count(), sent + waiting + sheets.filter(void=True).count())]


def _of_visits(plan: Plan, counted: Mapping[str, int]) -> list[Book]:
    delivered = CardEvent.objects.filter(act="hand_over", axis="progress").count()
    ended = Encounter.objects.filter(state__in=[EncounterState.DELIVERED.value, EncounterState.CORRECTED.value]).count()
    return [
        Book(Sentence("窓口: 交付の記録 = 交付で終わった対応"), delivered, ended),
        Book(Sentence("窓口: 交付で終わった対応 = 再生した交付"), ended, counted["visit_delivered"]),
        Book(
            Sentence("窓口: 交付不可で終わった対応 = 再生した交付不可"),
            Encounter.objects.filter(state=EncounterState.REFUSED.value).count(),
            counted["visit_refused"],
        ),
        Book(Sentence("窓口: 来庁予定なのに、これからの予約のないカード"), 0, _expected_in_vain(plan)),
        Book(Sentence("窓口: 終わっていない対応"), 0, Encounter.objects.filter(state=EncounterState.OPEN.value).count()),
    ]


def _expected_in_vain(plan: Plan) -> int:
    """Count the cards that wait for a visit of which no booking speaks any more."""
    coming = BookedVisit.objects.filter(state=BookingState.CONFIRMED.value, day__gte=plan.today).values("card")
    return Card.objects.filter(visit=Visit.BOOKED.value, progress=Progress.PRESET.value).exclude(pk__in=coming).count()


def _of_fees() -> list[Book]:
    taken = Entry.objects.aggregate(yen=Sum("yen"))["yen"] or 0
    settled = DrawerDay.objects.filter(state="closed").aggregate(cash=Sum("cash_yen"), cashless=Sum("cashless_yen"))
    closed_days = list(DrawerDay.objects.order_by("day").values_list("day", flat=True).distinct("day"))
    reported = sum(totals.cash + totals.cashless for day in closed_days for totals in fees.report(day).drawers)
    years = {fiscal_year(day) for day in closed_days}
    return [
        Book(Sentence("手数料: 領収の合計 (円) = 日計の合計"), taken, (settled["cash"] or 0) + (settled["cashless"] or 0)),
        Book(Sentence("手数料: 日計の合計 (円) = 日報の合計"), (settled["cash"] or 0) + (settled["cashless"] or 0), reported),
        Book(Sentence("手数料: 番号に欠けのない年度"), len(years), sum(fees.series_is_whole(year) for year in years)),
        Book(Sentence("手数料: 終えていない日計"), 0, DrawerDay.objects.filter(state="open").count()),
        Book(
            Sentence("手数料: 日計の差"),
            0,
            DrawerDay.objects.exclude(Q(cash_difference=0, cashless_difference=0)).filter(explanation="").count(),
        ),
    ]


def _of_exceptions(plan: Plan, counted: Mapping[str, int]) -> list[Book]:
    """What was planted is found in the product's own records, neither more nor less."""

    def planted(name: str) -> int:
        return counted.get(f"planted_{name}", 0)

    def acts(act: str) -> int:
        return CardEvent.objects.filter(act=act).values("card", "version").distinct().count()

    takes = [take.result for take in StockTake.objects.filter(state=StockTake.State.CLOSED)]
    stopped = Hold.objects.filter(source__startswith="異動リスト").count()
    unknown = TerminalRow.objects.filter(card__isnull=True).exclude(note="").count()
    reports = [len(box.missing) + len(box.damaged) for box in plan.boxes]
    lacking = {serial for box in plan.boxes for serial in box.missing}
    found_damaged = ArrivedCard.objects.exclude(fault="").count()
    late = ArrivedCard.objects.filter(card__serial__in=lacking).count()
    still_lacking = Card.objects.filter(serial__in=lacking, place_kind=PlaceKind.NOT_ARRIVED.value).count()
    return [
        Book(Sentence("検品: 箱に足りないカードと不良 = 仕込んだもの"), sum(reports), found_damaged + late + still_lacking),
        Book(
            Sentence("通知: 返戻 = 仕込んだ返戻"), planted("letters_returned"), Dispatch.objects.filter(returned_on__isnull=False).count()
        ),
        Book(Sentence("異動: 停止したカード = 仕込んだ異動"), planted("changes_stopped"), stopped),
        Book(
            Sentence("異動: 該当なしの行 = 仕込んだ行"),
            planted("changes_unmatched"),
            ListedChange.objects.filter(outcome="settled").count(),
        ),
        Book(Sentence("異動: 読めない行 = 仕込んだ行"), planted("changes_rejected"), ChangeProblem.objects.count()),
        Book(Sentence("異動: 支援措置の判断 = 仕込んだ支援措置"), planted("protected"), ProtectionDecision.objects.count()),
        Book(Sentence("終わり: 失効 = 仕込んだ転出と死亡"), planted("lapsed"), acts("lapse")),
        Book(Sentence("終わり: 取りやめ = 仕込んだ取りやめと再発行"), planted("withdrawn"), acts("withdraw")),
        Book(Sentence("終わり: 再発行依頼 = 仕込んだ不良"), planted("reissued"), Card.objects.filter(replaces__isnull=False).count()),
        Book(
            Sentence("終わり: 廃棄した枚数 = 廃棄済のカード"),
            planted("disposed"),
            Card.objects.filter(progress=Progress.DISPOSED.value).count(),
        ),
        Book(Sentence("棚卸: 見つからないカード = 仕込んだもの"), planted("stock_missing"), sum(take["missing"] for take in takes)),
        Book(Sentence("棚卸: 別の場所のカード = 仕込んだもの"), planted("stock_elsewhere"), sum(take["elsewhere"] for take in takes)),
        Book(Sentence("紛失: 確定した紛失 = 仕込んだもの"), planted("lost"), Card.objects.filter(place_kind=PlaceKind.LOST.value).count()),
        Book(Sentence("紛失: 所在不明のままのカード"), 0, Card.objects.filter(place_kind=PlaceKind.MISSING.value).count()),
        Book(Sentence("訂正: 交付の訂正 = 仕込んだもの"), planted("corrected"), acts("correct_delivery")),
        Book(Sentence("照合: 統合端末との差異 = 仕込んだもの"), planted("terminal_differences"), Explanation.objects.count()),
        Book(Sentence("照合: 該当なしの行 = 仕込んだもの"), planted("terminal_unknown"), unknown),
        Book(Sentence("照合: 説明のない差異"), 0, standing(plan.days[-1]).unexplained),
        Book(Sentence("照合: 署名した日 = 開いた日"), len(plan.days), ReconciledDay.objects.count()),
        Book(Sentence("申請: 登録した申請 = 受け付けた申請"), planted("applications"), Registration.objects.count()),
        Book(Sentence("帳票: 保存した資料 = 写真 + 書類"), planted("applications") + planted("papers"), Document.objects.count()),
    ]
