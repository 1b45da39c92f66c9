"""督促, 再送, 廃棄予告, 照会書, labels: who gets which, when it is due, what stands on it, what its sending changes."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest

from madoguchi.delivery.cards import services as cards
from madoguchi.delivery.cards.models import BookingCode, Card, CardEvent
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.dispatch import lists, mailing, services
from madoguchi.delivery.dispatch.choosing import awaiting_counts, choose_by_serials, choose_by_state
from madoguchi.delivery.dispatch.folder import kept_file, parts_folder
from madoguchi.delivery.dispatch.models import Batch, BatchState, Dispatch, Kind, Sheet, Way
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.documents import batches
from madoguchi.platform.documents.labels import pages_with_start
from madoguchi.platform.verbs import Silent

MakeCard = Callable[..., Card]

pytestmark = pytest.mark.django_db


def _ago(days: int) -> dt.date:
    return clock.today() - dt.timedelta(days=days)


def _pages(path: Path) -> list[str]:
    with pypdfium2.PdfDocument(path) as document:
        return ["".join(page.get_textpage().get_text_range().replace("\ufffe", "-").split()) for page in document]


def _print(kind: Kind, out: Path | None, actor: Actor, *serials: str, **order: object) -> Batch:
    choice = choose_by_serials(serials, kind) if serials else choose_by_state(None, kind)
    return services.print_letters(choice, out, actor, progress=Silent(), order=services.Order(kind, **order))  # type: ignore[arg-type]


def _send(batch: Batch, actor: Actor) -> int:
    for sheet in mailing.unsent(batch):
        mailing.scan_out(batch, sheet.code, actor)
    return mailing.send_scanned(batch, actor, sent_on=clock.today())


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        (Kind.REMIND, {"notice": "sent", "notice_sent_on": _ago(30)}),
        (Kind.URGE, {"notice": "reminded", "notice_sent_on": _ago(200), "reminded_on": _ago(60)}),
        (Kind.WARNING, {"notice": "urged", "notice_sent_on": _ago(300), "reminded_on": _ago(90)}),
    ],
)
def test_a_reminder_is_due_after_the_days_of_its_text(make_card: MakeCard, kind: Kind, columns: dict[str, object]) -> None:
    due = make_card(1, **columns)
    newest = "reminded_on" if "reminded_on" in columns else "notice_sent_on"
    make_card(2, **{**columns, newest: columns[newest] + dt.timedelta(days=1)})  # type: ignore[operator]
    make_card(3, **{**columns, "visit": "booked"})
    make_card(4, **{**columns, "progress": "delivered", "place_kind": "person", "site": None, "custodian": "本人"})
    assert [card.pk for card in choose_by_state(None, kind).cards] == [due.pk]
    assert sum(awaiting_counts(kind).values()) == 1
    refused = {skipped.serial: skipped.reason for skipped in choose_by_serials(["A1B000003", "A1B000004"], kind).skipped}
    assert "予約または来庁がある" in refused["A1B000003"]
    assert "交付済" in refused["A1B000004"]


@pytest.mark.parametrize("hold", [HoldKind.DIED, HoldKind.MOVED_OUT, HoldKind.PROTECTED])
@pytest.mark.parametrize("kind", [Kind.REMIND, Kind.RESEND, Kind.INQUIRY, Kind.LABEL])
def test_a_stopped_card_gets_no_letter_of_any_kind(make_card: MakeCard, chief: Actor, kind: Kind, hold: HoldKind) -> None:
    notice = {Kind.REMIND: "sent", Kind.RESEND: "came_back"}.get(kind, "none")
    card = make_card(1, notice=notice, notice_sent_on=_ago(100))
    assert len(choose_by_serials([card.serial], kind).cards) == 1
    cards.set_hold(card.pk, hold, chief, expected_version=card.version, reason="届出")
    choice = choose_by_serials([card.serial], kind)
    assert choice.cards == ()
    assert choice.skipped[0].reason == "停止中のカードです"


@pytest.mark.parametrize(
    ("kind", "columns", "after"),
    [
        (Kind.RESEND, {"notice": "came_back"}, "sent"),
        (Kind.REMIND, {"notice": "sent", "notice_sent_on": _ago(40)}, "reminded"),
        (Kind.URGE, {"notice": "reminded", "reminded_on": _ago(70)}, "urged"),
        (Kind.WARNING, {"notice": "urged", "reminded_on": _ago(100)}, "warned"),
    ],
)
def test_sending_a_kind_moves_the_notice_and_its_deadline(
    make_card: MakeCard, clerk: Actor, tmp_path: Path, kind: Kind, columns: dict[str, object], after: str
) -> None:
    make_card(1, **columns)
    batch = _print(kind, tmp_path / "out.pdf", clerk)
    (text,) = _pages(tmp_path / "out.pdf")
    assert "A1B-000001" in text
    assert "予約コード" in text
    band = {Kind.REMIND: "督促（1回目）", Kind.URGE: "督促（2回目）", Kind.WARNING: "廃棄予告"}.get(kind, "")
    assert band in text
    assert _send(batch, clerk) == 1
    card = Card.objects.get()
    assert (card.notice, card.notice_deadline) == (after, batch.deadline)
    assert CardEvent.objects.filter(axis="notice").latest("pk").reason.startswith(str(kind.label))
    assert Dispatch.objects.get().kind == kind


def test_a_reminder_is_not_printed_twice_by_two_clerks(make_card: MakeCard, clerk: Actor, chief: Actor, tmp_path: Path) -> None:
    make_card(1, notice="sent", notice_sent_on=_ago(40))
    choice = choose_by_state(None, Kind.REMIND)
    _print(Kind.REMIND, tmp_path / "one.pdf", clerk)
    assert choose_by_state(None, Kind.REMIND).cards == ()
    with pytest.raises(services.ReasonMissing):
        services.print_letters(choice, tmp_path / "two.pdf", chief, progress=Silent(), order=services.Order(Kind.REMIND))
    order = services.Order(Kind.REMIND, reprint_reason="用紙の汚れ")
    services.print_letters(choice, tmp_path / "two.pdf", chief, progress=Silent(), order=order)
    assert list(Sheet.objects.order_by("pk").values_list("void", flat=True)) == [True, False]


def test_whoever_booked_after_printing_is_pulled_from_the_reminders(make_card: MakeCard, clerk: Actor, tmp_path: Path) -> None:
    card = make_card(1, notice="sent", notice_sent_on=_ago(40))
    batch = _print(Kind.REMIND, tmp_path / "out.pdf", clerk)
    cards.perform(card.pk, "book_visit", clerk, expected_version=card.version)
    (sheet,) = mailing.unsent(batch)
    with pytest.raises(mailing.Pull):
        mailing.scan_out(batch, sheet.code, clerk)
    mailing.pull(batch, [sheet.code], clerk)
    batch.refresh_from_db()
    assert batch.state == BatchState.GIVEN_UP
    assert Card.objects.get().notice == "sent"


def test_only_what_was_scanned_is_sent(make_card: MakeCard, clerk: Actor, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        make_card(number)
    batch, other = _print(Kind.NOTICE, tmp_path / "a.pdf", clerk), make_card(4)
    foreign = _print(Kind.NOTICE, tmp_path / "b.pdf", clerk, other.serial)
    first, second, _third = mailing.unsent(batch)
    assert mailing.scan_out(batch, first.code, clerk)[1] is False
    assert mailing.scan_out(batch, first.code, clerk)[1] is True
    mailing.scan_out(batch, second.code.lower(), clerk)
    for code, why in ((mailing.unsent(foreign)[0].code, "other"), ("L000000000", "unknown"), ("123456789012", "form")):
        with pytest.raises(mailing.NotHere) as refused:
            mailing.scan_out(batch, code, clerk)
        assert refused.value.code == why
    assert mailing.send_scanned(batch, clerk, sent_on=clock.today()) == 2
    batch.refresh_from_db()
    assert (batch.state, batch.sent_on) == (BatchState.CHECKED, clock.today())
    assert sorted(Card.objects.values_list("notice", flat=True)) == ["made", "made", "sent", "sent"]
    with pytest.raises(mailing.NothingScanned):
        mailing.send_scanned(batch, clerk, sent_on=clock.today())
    assert _send(batch, clerk) == 1
    batch.refresh_from_db()
    assert batch.state == BatchState.SENT


def test_who_was_notified_before_this_system_is_told_the_code_and_nobody_twice(make_card: MakeCard, clerk: Actor, tmp_path: Path) -> None:
    for number, columns in enumerate(({}, {"notice": "urged"}, {"notice": "none"}, {"visit": "booked"}, {}), start=1):
        make_card(number, **{"notice": "sent", "notice_deadline": _ago(3), **columns})
    BookingCode.objects.filter(card=Card.objects.get(serial="A1B000001")).delete()  # entered while codes were not used
    ours = _print(Kind.INQUIRY, tmp_path / "inquiry.pdf", clerk, "A1B000005")  # carries no code
    assert ours.kind == "inquiry"
    assert sum(awaiting_counts(Kind.CODE).values()) == 3
    batch = _print(Kind.CODE, tmp_path / "out.pdf", clerk)
    assert [sheet.card.serial for sheet in batch.sheets.select_related("card")] == ["A1B000001", "A1B000002", "A1B000005"]
    text = _pages(tmp_path / "out.pdf")[0]
    code = cards.booking_code_of(Card.objects.get(serial="A1B000001"))
    assert code is not None
    assert code in text
    assert "まで受" not in text.replace("受取期限までに", "")
    assert f"{clock.today().year}" not in text.split("予約に使う番号")[1].split("ご注意")[0]  # it sets no other deadline
    make_card(6, notice="sent", place_kind="missing")
    assert choose_by_state("all", Kind.CODE).skipped[-1].reason == "カードの所在が分かりません"
    assert (choose_by_state(None, Kind.CODE).cards, sum(awaiting_counts(Kind.CODE).values())) == ((), 0)
    assert _send(batch, clerk) == 3
    assert Card.objects.get(serial="A1B000002").notice == "urged"
    assert "交付案内を送ると" in str(choose_by_serials(["A1B000003"], Kind.CODE).skipped[0].reason)
    cards.change_settings({"uses_booking_codes": False}, clerk)
    assert choose_by_serials(["A1B000001"], Kind.CODE).cards == ()


def test_an_inquiry_asks_without_the_code_and_changes_no_axis(make_card: MakeCard, clerk: Actor, tmp_path: Path) -> None:
    card = make_card(1, notice="sent")
    with pytest.raises(ValueError, match="inquiry"):
        choose_by_state(None, Kind.INQUIRY)
    batch = _print(Kind.INQUIRY, tmp_path / "out.pdf", clerk, card.serial)
    (text,) = _pages(tmp_path / "out.pdf")
    code = cards.booking_code_of(card)
    assert code is not None
    assert "回答書" in text
    assert "委任状" in text
    assert code not in text
    assert _send(batch, clerk) == 1
    card.refresh_from_db()
    assert (card.notice, card.version) == ("sent", 1)


def test_concealing_labels_say_the_code_and_no_name_and_begin_where_the_sheet_is_still_whole(
    make_card: MakeCard, clerk: Actor, tmp_path: Path
) -> None:
    made = [make_card(number) for number in range(1, 5)]
    batch = _print(Kind.LABEL, tmp_path / "out.pdf", clerk, start_at=9)
    pages = _pages(tmp_path / "out.pdf")
    assert len(pages) == 2
    for card, page in zip(made, (pages[0], pages[0], pages[1], pages[1]), strict=True):
        assert (cards.booking_code_of(card) or "") in page
        assert card.name.replace("　", "") not in page
        assert "要予約" in page
    assert Sheet.objects.filter(batch=batch).exclude(page_digest="").count() == 4
    assert set(Card.objects.values_list("notice", flat=True)) == {"made"}


@pytest.mark.parametrize(
    ("count", "start", "pages"), [(1, 1, [[0]]), (3, 10, [[9], [0, 1]]), (10, 1, [list(range(10))]), (11, 1, [list(range(10)), [0]])]
)
def test_labels_lie_on_the_sheets_in_order(count: int, start: int, pages: list[list[int]]) -> None:
    assert pages_with_start(count, 10, start) == pages


def test_address_labels_carry_addresses_and_bars(make_card: MakeCard, clerk: Actor, tmp_path: Path) -> None:
    make_card(1)
    make_card(2, postcode="2510000")
    batch = _print(Kind.NOTICE, tmp_path / "out.pdf", clerk)
    (tmp_path / "labels.pdf").write_bytes(lists.address_labels(batch, clerk, start_at=12))
    first, second = _pages(tmp_path / "labels.pdf")
    assert "〒251-0054" in first
    assert "山田1郎様" in first
    assert "山田2郎様" in second
    assert list(batch.sheets.values_list("uncoded", flat=True)) == ["", "postcode"]


@pytest.mark.parametrize("way", [Way.ORDINARY, Way.REGISTERED])
def test_the_posting_slip_counts_or_lists_what_was_sent(make_card: MakeCard, clerk: Actor, tmp_path: Path, way: Way) -> None:
    for number in range(1, 28):
        card = make_card(number)
        Dispatch.objects.create(
            card=card, kind="notice", way=way, sent_on=clock.today(), name=card.name, address="x", times=1, has_gaiji=False,
            tracking_number="" if way is Way.ORDINARY else f"1234567890{number:02d}",
        )  # fmt: skip
    (tmp_path / "slip.pdf").write_bytes(lists.posting_slip(way, clock.today(), clerk))
    pages = _pages(tmp_path / "slip.pdf")
    assert "差出通数27通" in pages[0]
    assert (len(pages), "123456789027" in pages[-1]) == ((1, False) if way is Way.ORDINARY else (2, True))
    with pytest.raises(lists.NothingPosted):
        lists.posting_slip(way, _ago(1), clerk)


class _PausingAfter(Silent):
    """Progress on which somebody asks for a pause once `sheets` are done."""

    def __init__(self, sheets: int, actor: Actor) -> None:
        self._sheets, self._actor = sheets, actor

    def advance(self, done: int, total: int | None = None, note: str = "") -> None:
        if done >= self._sheets:
            services.ask_for_pause(Batch.objects.get(), self._actor)


def test_a_batch_is_paused_and_goes_on_behind_what_was_checked(
    make_card: MakeCard, clerk: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "CHUNK", 2)
    for number in range(1, 6):
        make_card(number)
    with pytest.raises(services.Paused):
        services.print_letters(choose_by_state(None), None, clerk, progress=_PausingAfter(2, clerk))
    batch = Batch.objects.get()
    assert batch.state == BatchState.PAUSED
    kept = parts_folder(batch) / "00000.pdf"
    before = kept.stat().st_mtime_ns
    assert set(Card.objects.values_list("notice", flat=True)) == {"none"}
    printed: list[int] = []

    def written(part: Path, pdf: bytes) -> None:
        printed.append(len(pdf))
        part.write_bytes(pdf)

    monkeypatch.setattr(batches, "_write_whole", written)
    assert kept.stat().st_mtime_ns == before
    services.resume_batch(batch.pk, clerk, progress=Silent())
    batch.refresh_from_db()
    assert len(printed) == 2
    assert batch.state == BatchState.CHECKED
    assert not parts_folder(batch).exists()
    assert [f"{n}/5" in text for n, text in enumerate(_pages(kept_file(batch)), start=1)] == [True] * 5
    # Who printed a letter to a citizen stands in the log, not on the letter.
    names = ("".join(clerk.user_name.split()), clerk.user_id)
    assert not any(name in text for text in _pages(kept_file(batch)) for name in names)
    with pytest.raises(services.WrongState):
        services.resume_batch(batch.pk, clerk, progress=Silent())


def test_a_killed_batch_goes_on_and_a_spoiled_part_is_set_anew(make_card: MakeCard, clerk: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "CHUNK", 2)
    for number in range(1, 5):
        make_card(number)
    with pytest.raises(services.Paused):
        services.print_letters(choose_by_state(None), None, clerk, progress=_PausingAfter(4, clerk))
    batch = Batch.objects.get()
    # As a kill leaves it: the row says printing, nobody holds the sign of life, one part is torn.
    Batch.objects.update(state=BatchState.PRINTING)
    first, second = sorted(parts_folder(batch).glob("*.pdf"))
    first.write_bytes(first.read_bytes()[:2000])
    assert services.find_interrupted() == [batch.pk]
    batch.refresh_from_db()
    assert batch.state == BatchState.PAUSED
    assert second.exists()
    services.resume_batch(batch.pk, clerk, progress=Silent())
    assert len(_pages(kept_file(batch))) == 4


def test_parts_of_two_people_that_changed_places_are_not_taken_over(
    make_card: MakeCard, clerk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: a kept part is read back against the record before it counts."""
    monkeypatch.setattr(batches, "CHUNK", 1)
    make_card(1), make_card(2)
    with pytest.raises(services.Paused):
        services.print_letters(choose_by_state(None), None, clerk, progress=_PausingAfter(2, clerk))
    batch = Batch.objects.get()
    first, second = sorted(parts_folder(batch).glob("*.pdf"))
    one, two = first.read_bytes(), second.read_bytes()
    first.write_bytes(two), second.write_bytes(one)
    services.resume_batch(batch.pk, clerk, progress=Silent())
    assert ["A1B-000001" in page for page in _pages(kept_file(batch))] == [True, False]


def test_a_batch_that_nobody_goes_on_with_is_given_up_and_its_parts_removed(
    make_card: MakeCard, clerk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "CHUNK", 1)
    make_card(1), make_card(2)
    with pytest.raises(services.Paused):
        services.print_letters(choose_by_state(None), None, clerk, progress=_PausingAfter(1, clerk))
    Batch.objects.update(made_on=_ago(services.PAUSED_DAYS))
    services.find_interrupted()
    batch = Batch.objects.get()
    assert (batch.state, parts_folder(batch).exists()) == (BatchState.PAUSED, True)
    Batch.objects.update(made_on=_ago(services.PAUSED_DAYS + 1))
    services.find_interrupted()
    batch.refresh_from_db()
    assert (batch.state, parts_folder(batch).exists()) == (BatchState.GIVEN_UP, False)


def test_a_paused_batch_whose_cards_changed_is_given_up(
    make_card: MakeCard, clerk: Actor, chief: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "CHUNK", 1)
    make_card(1)
    card = make_card(2)
    with pytest.raises(services.Paused):
        services.print_letters(choose_by_state(None), None, clerk, progress=_PausingAfter(1, clerk))
    batch = Batch.objects.get()
    cards.set_hold(card.pk, HoldKind.DIED, chief, expected_version=card.version, reason="届出")
    with pytest.raises(services.CardsChanged) as changed:
        services.resume_batch(batch.pk, clerk, progress=Silent())
    assert changed.value.serials == ("A1B000002",)
    batch.refresh_from_db()
    assert batch.state == BatchState.GIVEN_UP
    assert not parts_folder(batch).exists()
