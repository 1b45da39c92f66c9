"""Stock is taken over from a spreadsheet: faults by line, two people, events that say 移行, and a full stock-taking at the end (DL-29)."""

import argparse
import csv
import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from madoguchi.delivery.cards import services as cards
from madoguchi.delivery.cards.models import BookingCode, Card, CardEvent, DeliveryPlace, Hold
from madoguchi.delivery.cards.queries import open_holds
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.changes.queries import passed
from madoguchi.delivery.changes.rules import Proposal
from madoguchi.delivery.dispatch.choosing import choose_by_state
from madoguchi.delivery.dispatch.mailing import dispatch_scanned, record_return
from madoguchi.delivery.dispatch.models import Kind
from madoguchi.delivery.disposal.queries import candidates as disposal_candidates
from madoguchi.delivery.intake import receiving
from madoguchi.delivery.matching.models import BookedVisit
from madoguchi.delivery.storage import services as storage
from madoguchi.delivery.storage import stock_taking
from madoguchi.delivery.storage.custody import chain_of, is_whole
from madoguchi.delivery.takeover import services
from madoguchi.delivery.takeover.columns import HEADINGS, notice_of, read_row, returned_letter
from madoguchi.delivery.takeover.commands import take_over
from madoguchi.delivery.takeover.models import StockList, StockRow
from madoguchi.delivery.takeover.reading import read_stock
from madoguchi.delivery.takeover.tasks import apply_list as apply_in_the_worker
from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Role
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.jobs.models import Job
from madoguchi.platform.jobs.services import MOST_RESUMPTIONS, cancel, find_interrupted, run
from madoguchi.platform.verbs import Refusal, Silent

TODAY = dt.date(2026, 11, 21)


def row(number: int = 1, **changes: str) -> dict[str, str]:
    values = {
        "application_id": f"{number:023d}",
        "serial": f"A1B{number:06d}",
        "name": "髙橋　一郎",
        "kana": "タカハシ イチロウ",
        "born": "S55.9.8",
        "sex": "男",
        "address": "神奈川県藤沢市朝日町1",
        "progress": "交付前設定済",
        "arrived_on": "2026/10/1",
        "inspected_on": "2026/10/2",
        "preset_on": "2026/10/3",
        "site": "01",
    }
    return {**values, **changes}


def as_csv(*rows: dict[str, str]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADINGS.values())
    writer.writerows([one.get(field, "") for field in HEADINGS] for one in rows)
    return out.getvalue().encode("utf-8-sig")


@pytest.fixture
def stock(tmp_path: Path) -> Callable[..., Path]:
    def write(*rows: dict[str, str]) -> Path:
        path = tmp_path / "stock.csv"
        path.write_bytes(as_csv(*rows))
        return path

    return write


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"name": ""}, "name", "必ず"),
        ({"progress": "交付予定"}, "progress", "交付前設定済"),
        ({"application_id": "1.23E+22"}, "application_id", "数字に変わって"),
        ({"born": "昨日"}, "born", "読めません"),
        ({"arrived_on": "2030/1/1"}, "arrived_on", "未来"),
        ({"inspected_on": "2026/9/1"}, "arrived_on", "順が逆"),
        ({"site": ""}, "site", "保管場所コード"),
        ({"progress": "発行待ち"}, "site", "庁内にありません"),
        ({"progress": "交付済", "site": ""}, "delivered_on", "交付日"),
        ({"safe": "A"}, "safe", "両方"),
        ({"reminded_on": "2026/11/1"}, "notice_sent_on", "督促の前"),
        ({"memo": "番号は 1234 5678 9018"}, "memo", "個人番号"),
        ({"booked_day": "2026/12/1"}, "booked_day", "そろえて"),
        ({"booked_day": "2026/1/5", "booked_from": "9:00", "booked_until": "9:30"}, "booked_day", "過去の予約"),
        ({"sex": "F"}, "sex", "「男」か「女」"),
        ({"ended_on": "2026/11/1"}, "ended_on", "取りやめ・失効日"),
        ({"progress": "失効", "site": ""}, "site", "保管場所コード"),
        ({"urged_on": "2026/11/1", "notice_sent_on": "2026/10/10"}, "reminded_on", "2回目の前"),
        ({"warned_on": "2026/11/1"}, "notice_sent_on", "督促の前"),
        ({"reminded_on": "2026/10/5", "notice_sent_on": "2026/10/10"}, "notice_sent_on", "順が逆"),
        ({"came_back_on": "2026/11/1"}, "notice_sent_on", "返戻の前"),
        ({"came_back_on": "2026/10/9", "notice_sent_on": "2026/10/10"}, "came_back_on", "より前"),
        ({"came_back_why": "転居先不明"}, "came_back_on", "返戻日"),
        ({"returned_on": "2026/11/1"}, "returned_on", "返納のカード"),
        ({"progress": "返納", "delivered_on": "2026/11/2", "returned_on": "2026/11/1"}, "returned_on", "より前"),
        ({"progress": "返納", "site": ""}, "site", "保管場所コード"),
        ({"whereabouts": "棚の裏"}, "whereabouts", "所在不明"),
        ({"whereabouts": "所在不明", "safe": "A", "box": "1"}, "box", "備考"),
        ({"whereabouts": "所在不明", "progress": "発行待ち", "site": ""}, "whereabouts", "庁内にありません"),
        ({"holds": "支援措置、休止"}, "holds", "支援措置、転出"),
        ({"holds": "転出", "progress": "返納"}, "holds", "交付前"),
        ({"progress": "失効", "booked_day": "2099/12/1", "booked_from": "9:00", "booked_until": "9:30"}, "booked_day", "交付前"),
    ],
)
def test_a_row_says_what_is_wrong_with_it(changes: dict[str, str], field: str, words: str) -> None:
    _values, faults = read_row(row(1, **changes), TODAY)
    assert any(fault.field == field and words in fault.message for fault in faults), faults


def test_a_sound_row_has_no_fault_and_dates_in_one_form() -> None:
    values, faults = read_row(row(booked_day="R8.12.1", booked_from="9:30", booked_until="10:00"), TODAY)
    assert faults == []
    assert (values["born"], values["sex"], values["progress"], values["booked_from"]) == ("1980-09-08", "m", "preset", "09:30")


@pytest.mark.django_db
def test_the_file_is_compared_with_itself_and_with_the_register(
    city: DeliveryPlace, make_card: Callable[..., Card], stock: Callable[..., Path]
) -> None:
    make_card(5, progress="preset", place_kind="counter", site=city)
    read = read_stock(stock(row(1), row(1), row(2, site="99"), row(3, safe="A", box="1", slot="1"), row(5), row(6, serial="A1B000005")))
    assert [(one.line, one.column) for one in read.wrong] == [
        (3, "申請書ID"),
        (3, "製造管理番号"),
        (4, "保管場所コード"),
        (5, "箱"),
        (6, "申請書ID"),
        (7, "製造管理番号"),
        (7, "製造管理番号"),
    ]
    with pytest.raises(Refusal):
        services.hand_in(read, "stock.csv", _clerk())


def _clerk() -> Actor:
    from madoguchi.platform.audit.actors import automatic

    return automatic("test")


@pytest.mark.usefixtures("secrets_folder")
@pytest.mark.django_db
def test_a_list_is_applied_by_a_second_person_with_places_dates_bookings_and_events(
    city: DeliveryPlace, make_card: Callable[..., Card], stock: Callable[..., Path], clerk: Actor, chief: Actor
) -> None:
    storage.make_box(city, "A", "1", 50, chief)
    known = make_card(2, progress="ordered", name="山田　花子")
    day = clock.today() + dt.timedelta(days=3)
    booked = {"booked_day": day.isoformat(), "booked_from": "9:30", "booked_until": "10:00"}
    sound = [
        row(1, safe="A", box="1", slot="7", notice_sent_on="2026/10/10", memo="車いす", **booked),
        row(2, name="別の氏名", progress="到着", inspected_on="", preset_on=""),
        row(3, progress="交付済", site="", delivered_on="2026/10/20"),
        row(4, progress="発行待ち", site="", serial="", arrived_on="", inspected_on="", preset_on=""),
    ]
    read = read_stock(stock(*sound))
    assert (read.wrong, read.known) == ((), 1)
    kept = services.hand_in(read, "stock.csv", clerk)
    with pytest.raises(Refusal, match="すでに"):
        services.hand_in(read, "stock.csv", clerk)
    assert services.apply_list(kept.pk, chief) == 4
    assert not StockRow.objects.exists()
    one, two, three, four = Card.objects.order_by("application_id")
    assert (one.progress, one.place_kind, one.safe, one.box, one.slot, one.notice) == ("preset", "stored", "A", "1", "7", "sent")
    assert (one.visit, one.born, str(one.arrived_on), one.name_key) == ("booked", "1980-09-08", "2026-10-01", "高橋一郎")
    assert one.sleeve_code
    assert is_whole(one, chain_of(one, {"01": "市民窓口センター"}))
    assert BookingCode.objects.filter(card=one).exists()
    assert (two.pk, two.name, two.progress, two.sleeve_code, two.version) == (known.pk, "山田　花子", "arrived", None, 2)
    assert (three.place_kind, three.custodian, str(three.delivered_on)) == ("person", "本人", "2026-10-20")
    assert (four.place_kind, four.serial) == ("not_arrived", "")
    visit = BookedVisit.objects.get()
    assert (visit.card_id, visit.day, visit.match) == (one.pk, day, "matched")
    events = CardEvent.objects.filter(act="take_over")
    assert all("移行" in event.reason and event.detail["read_by"] == "clerk" and event.user_id == "chief" for event in events)
    assert {event.axis for event in events.filter(card=one)} == {"progress", "place_kind", "notice", "visit"}
    with pytest.raises(Refusal):
        services.apply_list(kept.pk, chief)


@pytest.mark.usefixtures("secrets_folder")
@pytest.mark.django_db
def test_what_lies_in_the_safe_and_is_not_to_be_delivered_is_stock_as_well(
    city: DeliveryPlace, stock: Callable[..., Path], clerk: Actor, chief: Actor
) -> None:
    rows = (
        row(1, progress="交付取りやめ", ended_on="2026/11/1"),
        row(2, progress="失効"),
        row(3, progress="到着", inspected_on="", preset_on=""),
    )
    services.apply_list(services.hand_in(read_stock(stock(*rows)), "stock.csv", clerk).pk, chief)
    withdrawn, lapsed, arrived = Card.objects.order_by("application_id")
    assert (withdrawn.progress, withdrawn.place_kind, str(withdrawn.withdrawn_on)) == ("withdrawn", "stored", "2026-11-01")
    assert (lapsed.progress, lapsed.lapsed_on, bool(lapsed.sleeve_code)) == ("lapsed", None, True)
    assert set(BookingCode.objects.values_list("card", flat=True)) == {arrived.pk}  # nobody books for what will not be delivered
    take = stock_taking.begin(city, None, clerk, is_blind=False)
    for card in (withdrawn, lapsed, arrived):
        assert stock_taking.scan(take.pk, card.sleeve_code or card.serial, str(card.pk), clerk) is stock_taking.Verdict.FOUND


@pytest.mark.parametrize(
    ("dates", "notice", "returned"),
    [
        ({}, "none", None),
        ({"notice_sent_on": "2026/10/10"}, "sent", None),
        ({"notice_sent_on": "2026/10/10", "came_back_on": "2026/10/20"}, "came_back", "notice_sent_on"),
        ({"notice_sent_on": "2026/10/10", "came_back_on": "2026/10/20", "reminded_on": "2026/11/1"}, "reminded", "notice_sent_on"),
        ({"notice_sent_on": "2026/9/1", "reminded_on": "2026/10/1", "urged_on": "2026/11/1"}, "urged", None),
        ({"notice_sent_on": "2026/9/1", "warned_on": "2026/11/1"}, "warned", None),
    ],
)
def test_the_newest_letter_decides_how_far_the_notice_has_come(dates: dict[str, str], notice: str, returned: str | None) -> None:
    values, faults = read_row(row(1, **dates), TODAY)
    assert faults == []
    assert (notice_of(values), returned_letter(values)) == (notice, returned)


@pytest.mark.usefixtures("secrets_folder")
@pytest.mark.django_db
def test_what_was_returned_urged_given_back_or_lost_sight_of_goes_on_from_there(
    city: DeliveryPlace, stock: Callable[..., Path], clerk: Actor, chief: Actor
) -> None:
    letters = {"notice_sent_on": "2026/1/10", "reminded_on": "2026/2/10", "urged_on": "2026/3/10", "notice_deadline": "2026/4/10"}
    applied = clock.today() - dt.timedelta(days=300)
    rows = (
        row(1, notice_sent_on="2026/10/10", came_back_on="2026/10/20", came_back_why="転居先不明"),
        row(2, **letters, applied_on=applied.isoformat()),
        row(3, progress="返納", delivered_on="2026/10/20", returned_on="2026/11/1"),
        row(4, whereabouts="所在不明"),
        row(5, notice_sent_on="2026/10/10"),
    )
    services.apply_list(services.hand_in(read_stock(stock(*rows)), "stock.csv", clerk).pk, chief)
    back, urged, returned, missing, sent = Card.objects.order_by("application_id")
    assert [card.notice for card in (back, urged, sent)] == ["came_back", "urged", "sent"]
    assert back in choose_by_state(None, Kind.RESEND).cards
    assert (str(urged.reminded_on), urged.applied_on) == ("2026-03-10", applied)
    assert [(one.kind, one.memo) for one in urged.dispatches.order_by("sent_on")] == [
        (kind, "移行 (一覧 " + str(urged.taken_over.source_id) + ")") for kind in ("notice", "remind", "urge")
    ]
    assert dict(passed())[urged] is Proposal.WARN  # a year since the application is not over: nothing is deemed withdrawn
    assert (returned.progress, returned.place_kind, str(returned.returned_on)) == ("returned", "stored", "2026-11-01")
    assert returned in disposal_candidates()
    assert not BookingCode.objects.filter(card=returned).exists()
    assert (missing.place_kind, missing.custodian, missing.site, missing.notice) == ("missing", "chief", city, "none")
    assert is_whole(missing, chain_of(missing, {"01": "市民窓口センター"}))
    found = cards.perform(missing.pk, "store", clerk, expected_version=missing.version, detail={"site": "01"})
    assert (found.place_kind, bool(found.sleeve_code)) == ("stored", True)
    posted = dispatch_scanned(sent.serial)
    assert posted is not None
    record_return(posted, clerk, reason="転居先不明")  # a letter of the old system that comes back tomorrow
    sent.refresh_from_db()
    assert sent.notice == "came_back"


@pytest.mark.django_db
def test_who_only_approves_does_not_hand_lists_in(city: DeliveryPlace, signed_in_client: Callable[..., Client]) -> None:
    head = signed_in_client("chief")
    Role.objects.filter(code="chief").update(rights=["takeover.approve"])
    assert head.get("/take-over/").status_code == 200
    assert "承認に出す" not in head.get("/take-over/").content.decode()
    for pressed in ("try", "hand_in"):
        handed = {"file": SimpleUploadedFile("s.csv", as_csv(row(1))), pressed: "1"}
        assert head.post("/take-over/", handed).status_code == 403
    assert not StockList.objects.exists()


@pytest.mark.usefixtures("secrets_folder")
@pytest.mark.django_db
def test_a_card_taken_over_as_arrived_is_inspected_in_an_arrival_of_its_place(
    city: DeliveryPlace, stock: Callable[..., Path], clerk: Actor, chief: Actor
) -> None:
    taken = services.hand_in(read_stock(stock(row(1, progress="到着", inspected_on="", preset_on=""))), "stock.csv", clerk)
    services.apply_list(taken.pk, chief)
    card = Card.objects.get()
    elsewhere = receiving.open_arrival(cards.save_place("02", "出張所", chief), 1, "", clerk)
    with pytest.raises(receiving.ReceivingRefused, match="別の場所"):
        receiving.scan_card(elsewhere.pk, card.serial, clerk)
    arrival = receiving.open_arrival(city, 1, "", clerk)
    receiving.scan_card(arrival.pk, card.serial, clerk)
    ((label, _serial),) = receiving.print_labels(arrival.pk, clerk)
    assert receiving.inspect(arrival.pk, label, card.serial, chief).progress == "inspected"
    receiving.close_arrival(arrival.pk, clerk)


@pytest.mark.usefixtures("secrets_folder")
@pytest.mark.django_db
def test_a_card_that_was_stopped_in_the_old_system_is_stopped_before_a_letter_is_made(
    city: DeliveryPlace, stock: Callable[..., Path], clerk: Actor, chief: Actor
) -> None:
    rows = (row(1, holds="支援措置、 不備"), row(2, name="山田　花子"), row(3, born="S55.9.8"))
    services.apply_list(services.hand_in(read_stock(stock(*rows)), "stock.csv", clerk).pk, chief)
    one, two, three = Card.objects.order_by("application_id")
    assert set(open_holds(one.pk)) == {HoldKind.PROTECTED, HoldKind.INCOMPLETE}
    assert (set(open_holds(two.pk)), set(open_holds(three.pk))) == (set(), {HoldKind.PROTECTED})  # the same person's other card as well
    assert choose_by_state(None, Kind.NOTICE).cards == (two,)


@pytest.mark.usefixtures("secrets_folder")
@pytest.mark.django_db
def test_a_new_card_of_a_protected_person_is_protected_before_a_letter_is_made(
    city: DeliveryPlace, make_card: Callable[..., Card], stock: Callable[..., Path], clerk: Actor, chief: Actor
) -> None:
    earlier = make_card(
        9, name="高橋　一郎", name_key="高橋一郎", born="1980-09-08", progress="delivered", place_kind="person", custodian="本人"
    )
    cards.set_hold(earlier.pk, HoldKind.PROTECTED, clerk, expected_version=earlier.version, reason="申出")
    services.apply_list(services.hand_in(read_stock(stock(row(1), row(2, born="S55.9.9"))), "stock.csv", clerk).pk, chief)
    one, other = Card.objects.filter(taken_over__isnull=False).order_by("application_id")
    assert (set(open_holds(one.pk)), set(open_holds(other.pk))) == ({HoldKind.PROTECTED}, set())
    assert "移行の一覧" in Hold.objects.get(card=one).source
    assert cards.protect_new_cards(0, chief, source="もう一度") == 0


@pytest.mark.django_db
def test_a_card_that_moved_on_meanwhile_keeps_the_whole_list_out(
    city: DeliveryPlace, make_card: Callable[..., Card], stock: Callable[..., Path], clerk: Actor, chief: Actor
) -> None:
    card = make_card(2, progress="ordered")
    kept = services.hand_in(read_stock(stock(row(1), row(2))), "stock.csv", clerk)
    Card.objects.filter(pk=card.pk).update(progress="arrived", place_kind="counter", site=city)
    with pytest.raises(Refusal):
        services.apply_list(kept.pk, chief)
    assert not Card.objects.filter(application_id=f"{1:023d}").exists()
    services.discard(kept.pk, chief)
    assert StockList.objects.get().state == "discarded"
    assert not StockRow.objects.exists()


@pytest.mark.usefixtures("secrets_folder")
@pytest.mark.django_db
def test_it_ends_with_a_full_stock_taking_of_every_place_begun_afterwards(
    city: DeliveryPlace, stock: Callable[..., Path], clerk: Actor, chief: Actor
) -> None:
    early = stock_taking.begin(city, None, clerk, is_blind=False)
    stock_taking.give_up(early.pk, clerk, "試し")
    kept = services.hand_in(read_stock(stock(row(1))), "stock.csv", clerk)
    with pytest.raises(Refusal):
        services.sign_off(kept.pk, chief)
    services.apply_list(kept.pk, chief)
    with pytest.raises(Refusal, match="市民窓口センター"):
        services.sign_off(kept.pk, chief)
    take = stock_taking.begin(city, None, clerk, is_blind=False)
    stock_taking.scan(take.pk, Card.objects.get().sleeve_code or "", "key", clerk)
    stock_taking.finish_counting(take.pk, clerk)
    stock_taking.close(take.pk, clerk, second_person="chief", confirmed_missing=0)
    services.sign_off(kept.pk, chief)
    assert StockList.objects.get().signed_off_by == "chief"


@pytest.mark.usefixtures("secrets_folder")
@pytest.mark.django_db
def test_the_pages_lead_from_the_template_to_the_approval(
    city: DeliveryPlace, signed_in_client: Callable[..., Client], settings: Any, tmp_path: Path
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = settings.MADOGUCHI_FOLDER = tmp_path
    client, head = signed_in_client("clerk"), signed_in_client("chief")
    template = client.get("/take-over/template.csv").content.decode("utf-8-sig")
    assert next(csv.reader(io.StringIO(template))) == list(HEADINGS.values())
    assert client.get("/take-over/template.xlsx").content.startswith(b"PK")
    wrong = client.post("/take-over/", {"file": SimpleUploadedFile("s.csv", as_csv(row(1, sex="?")))})
    assert wrong.status_code == 422
    assert "「男」か「女」" in wrong.content.decode()

    def book() -> SimpleUploadedFile:
        workbook, out = Workbook(), io.BytesIO()
        for cells in ([*HEADINGS.values()], [row(1).get(field, "") for field in HEADINGS]):
            workbook.active.append(cells)  # type: ignore[union-attr]  # a new workbook has a sheet
        workbook.save(out)
        return SimpleUploadedFile("s.xlsx", out.getvalue())

    tried = client.post("/take-over/", {"file": book(), "try": "1"})
    assert "誤り 0 件" in tried.content.decode()
    assert not StockList.objects.exists()
    page = client.post("/take-over/", {"file": book(), "hand_in": "1"})["Location"]
    assert head.post(f"/approvals/{Approval.objects.get().pk}/", {"decision": "approve", "reason": ""}).status_code == 302
    assert Card.objects.get().progress == "preset"
    assert client.post(f"{page}sign-off/").status_code == 403
    shown = head.get(page).content.decode()
    assert "まだです" in shown
    assert "スリーブのラベル" in shown
    assert client.get(f"{page}labels/").content.startswith(b"%PDF")
    assert signed_in_client("administrator").get("/take-over/").status_code == 403


@pytest.mark.usefixtures("secrets_folder")
@pytest.mark.django_db(transaction=True)
def test_a_long_list_is_applied_by_the_worker_and_one_that_does_not_fit_any_more_is_thrown_away(
    city: DeliveryPlace,
    make_card: Callable[..., Card],
    stock: Callable[..., Path],
    clerk: Actor,
    signed_in_client: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "APPLIED_AT_ONCE", 1)
    head = signed_in_client("chief")
    for fits in (True, False):
        first = 1 if fits else 3
        kept = services.hand_in(read_stock(stock(row(first), row(first + 1))), "stock.csv", clerk)
        approval = Approval.objects.get(subject=f"stock-list:{kept.pk}")
        assert f"/approvals/{approval.pk}/" in head.get(f"/take-over/{kept.pk}/").content.decode()
        assert head.post(f"/approvals/{approval.pk}/", {"decision": "approve", "reason": ""}).status_code == 302
        kept.refresh_from_db()
        assert (kept.state, kept.approved_by) == ("applying", "chief")
        assert "カードを登録しています" in head.get(f"/take-over/{kept.pk}/").content.decode()
        if not fits:
            make_card(3, progress="arrived", place_kind="stored", site=city)
        run(Job.objects.latest("pk").pk)
        kept.refresh_from_db()
        job = Job.objects.latest("pk")
        assert (kept.state, job.state) == ("applied" if fits else "discarded", "done"), job.message
        assert job.result["cards"] == (2 if fits else 0)
        assert Card.objects.filter(application_id=f"{first + 1:023d}").exists() is fits
    assert "取り下げました" in "".join(Job.objects.latest("pk").lines)


def _long_list_that_is_being_applied(stock: Callable[..., Path], clerk: Actor, head: Client) -> tuple[StockList, Job]:
    kept = services.hand_in(read_stock(stock(row(1), row(2))), "stock.csv", clerk)
    asked = Approval.objects.get(subject=f"stock-list:{kept.pk}")
    assert head.post(f"/approvals/{asked.pk}/", {"decision": "approve", "reason": ""}).status_code == 302
    return kept, Job.objects.latest("pk")


def _its_worker_is_gone(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(state="running", began_at=clock.now())
    assert find_interrupted() == [job.pk]


@pytest.mark.usefixtures("secrets_folder")
@pytest.mark.django_db(transaction=True)
def test_a_list_whose_worker_died_is_applied_by_the_next_one(
    city: DeliveryPlace,
    stock: Callable[..., Path],
    clerk: Actor,
    signed_in_client: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "APPLIED_AT_ONCE", 1)
    kept, job = _long_list_that_is_being_applied(stock, clerk, signed_in_client("chief"))
    _its_worker_is_gone(job)
    again = Job.objects.latest("pk")
    assert (again.again_of, again.state, again.started_by) == (job, "queued", "chief")
    run(again.pk)
    kept.refresh_from_db()
    assert (kept.state, kept.approved_by, Card.objects.count()) == ("applied", "chief", 2)


@pytest.mark.usefixtures("secrets_folder")
@pytest.mark.django_db
@pytest.mark.parametrize("how", ["the worker dies each time", "somebody cancels it"])
def test_a_list_that_nobody_applies_waits_for_approval_again(
    city: DeliveryPlace,
    stock: Callable[..., Path],
    clerk: Actor,
    chief: Actor,
    signed_in_client: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    monkeypatch.setattr(services, "APPLIED_AT_ONCE", 1)
    head = signed_in_client("chief")
    kept, job = _long_list_that_is_being_applied(stock, clerk, head)
    if how == "somebody cancels it":
        cancel(job.pk, actor=chief)
    else:
        for _time in range(MOST_RESUMPTIONS + 1):
            kept.refresh_from_db()
            assert kept.state == "applying"
            _its_worker_is_gone(Job.objects.latest("pk"))
        assert Job.objects.count() == MOST_RESUMPTIONS + 1
    kept.refresh_from_db()
    assert (kept.state, kept.approved_by, Card.objects.count()) == ("waiting", "", 0)
    asked = Approval.objects.get(subject=f"stock-list:{kept.pk}", state="open")
    assert (asked.requested_by, "承認待ちに戻しました" in asked.reason) == (kept.read_by, True)
    with pytest.raises(Refusal, match="反映中ではありません"):  # the job's own button cannot go round the approval
        apply_in_the_worker({"list": kept.pk}, Silent(), chief)
    monkeypatch.setattr(services, "APPLIED_AT_ONCE", 500)
    assert head.post(f"/approvals/{asked.pk}/", {"decision": "approve", "reason": ""}).status_code == 302
    assert Card.objects.count() == 2


@pytest.mark.usefixtures("secrets_folder")
@pytest.mark.django_db
def test_people_whom_the_old_system_notified_get_the_code_by_letter_from_the_page_of_their_list(
    city: DeliveryPlace, stock: Callable[..., Path], clerk: Actor, chief: Actor, signed_in_client: Callable[..., Client]
) -> None:
    rows = (row(1, notice_sent_on="2026/10/10"), row(2), row(3, progress="交付済", site="", delivered_on="2026/10/20"))
    kept = services.hand_in(read_stock(stock(*rows)), "stock.csv", clerk)
    services.apply_list(kept.pk, chief)
    client = signed_in_client("clerk")
    assert "1 人は、予約コードを知らない" in client.get(f"/take-over/{kept.pk}/").content.decode()
    assert client.post(f"/take-over/{kept.pk}/codes/").status_code == 302
    job = Job.objects.latest("pk")
    assert (job.kind, job.arguments) == ("dispatch.print", {"kind": "code", "serials": ["A1B000001"]})
    cards.change_settings({"uses_booking_codes": False}, chief)
    assert "予約コードを知らない" not in client.get(f"/take-over/{kept.pk}/").content.decode()
    assert client.post(f"/take-over/{kept.pk}/codes/")["Location"] == f"/take-over/{kept.pk}/"


@pytest.mark.django_db
def test_the_command_tries_and_hands_in(city: DeliveryPlace, stock: Callable[..., Path]) -> None:
    def carry_out(path: Path, *, dry: bool) -> Any:
        return take_over(argparse.Namespace(file=str(path), dry_run=dry), Silent())

    with pytest.raises(Refusal) as refused:
        carry_out(stock(row(1, sex="?")), dry=True)
    assert refused.value.data["errors"] == [{"line": 2, "column": "性別", "message": "「男」か「女」を入力してください。"}]
    good = stock(row(1))
    assert carry_out(good, dry=True).data == {"rows": 1, "known": 0, "errors": [], "list": None}
    assert not StockList.objects.exists()
    assert carry_out(good, dry=False).data["list"] == StockList.objects.get().pk
