"""Notices: who gets one, what stands on it, and that nothing wrong is released."""

import argparse
import contextlib
import datetime as dt
import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
import time_machine
import zxingcpp
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madoguchi.delivery.cards import services as cards
from madoguchi.delivery.cards.models import Card, CardEvent
from madoguchi.delivery.cards.own_characters import Entry, write_entries
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.dispatch import commands, letters, mailing, services
from madoguchi.delivery.dispatch.choosing import choose_by_serials, choose_by_state
from madoguchi.delivery.dispatch.folder import kept_file, letters_folder
from madoguchi.delivery.dispatch.models import Batch, BatchState, Dispatch, Sheet
from madoguchi.platform.audit.actors import Actor, automatic
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.documents.batches import BatchStopped
from madoguchi.platform.verbs import Refusal, Silent

MakeCard = Callable[..., Card]

pytestmark = pytest.mark.django_db


def _print(out: Path, actor: Actor) -> Batch:
    return services.print_letters(choose_by_state(None), out, actor, progress=Silent())


def _print_again(out: Path, actor: Actor, *serials: str) -> Batch:
    order = services.Order(reprint_reason="用紙の汚れ")
    return services.print_letters(choose_by_serials(serials), out, actor, progress=Silent(), order=order)


def _send(batch: Batch, actor: Actor) -> int:
    """Scan every envelope of a batch out and send them."""
    for sheet in mailing.unsent(batch):
        mailing.scan_out(batch, sheet.code, actor)
    return mailing.send_scanned(batch, actor, sent_on=dt.date(2026, 11, 24))


def _pages(path: Path) -> list[str]:
    with pypdfium2.PdfDocument(path) as document:
        return ["".join(page.get_textpage().get_text_range().replace("\ufffe", "-").split()) for page in document]


def _qr(path: Path, page: int) -> str:
    with pypdfium2.PdfDocument(path) as document:
        (code,) = zxingcpp.read_barcodes(
            document[page].render(scale=4).to_pil(), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
        )
        return code.text


def test_a_notice_carries_the_record_of_its_card(make_card: MakeCard, clerk: Actor, tmp_path: Path) -> None:
    card = make_card(1, name="髙﨑　德子", born="1980-09-08")
    with time_machine.travel("2026-11-21 10:00:00+09:00"):
        _print(tmp_path / "out.pdf", clerk)
    (text,) = _pages(tmp_path / "out.pdf")
    code = cards.booking_code_of(card)
    assert code is not None
    for part in (
        "〒251-0054神奈川県藤沢市朝日町１番地の１コーポ藤沢２０３号髙﨑德子様",
        f"予約用IDA1B-000001予約コード{code}",
        "交付場所市民窓口センター藤沢市朝日町1番地の1",
        "受取期限2027年（令和9年）1月20日（水）まで",
        "電話0466-25-1111",
        "1/1",
    ):
        assert part in text
    assert _qr(tmp_path / "out.pdf", 0) == f"https://yoyaku.city.example.jp/q#A1B000001.{code}"


def test_a_box_of_159_comes_out_in_one_file_and_is_recorded(make_card: MakeCard, clerk: Actor, tmp_path: Path) -> None:
    for number in range(1, 160):
        make_card(number)
    batch = _print(tmp_path / "out.pdf", clerk)
    pages = _pages(tmp_path / "out.pdf")
    assert len(pages) == 159
    assert all(f"A1B-{number:06d}" in text and f"{number}/159" in text for number, text in enumerate(pages, start=1))
    assert batch.state == BatchState.CHECKED
    assert Sheet.objects.filter(batch=batch, void=False).exclude(page_digest="").count() == 159
    assert set(Card.objects.values_list("notice", flat=True)) == {"made"}
    assert set(Card.objects.values_list("notice_deadline", flat=True)) == {batch.deadline}
    assert CardEvent.objects.filter(act="make_notice").count() == 159
    assert Dispatch.objects.filter(times=1, sent_on=None, has_gaiji=False).count() == 159


def test_every_print_is_in_the_operation_log(make_card: MakeCard, clerk: Actor, tmp_path: Path, as_auditor: Callable[..., object]) -> None:
    make_card(1)
    batch = _print(tmp_path / "out.pdf", clerk)
    with as_auditor():  # type: ignore[attr-defined]
        events = AuditEvent.objects.filter(process_code="dispatch.letters.print", subject=f"letters:{batch.pk}").order_by("pk")
        assert [event.content["step"] for event in events] == ["begun", "released"]
        assert not any("山田" in str(event.content) for event in events)


def test_stopped_cards_get_no_letter_and_no_list_says_why(make_card: MakeCard, clerk: Actor, chief: Actor, tmp_path: Path) -> None:
    make_card(1)
    for number, kind in enumerate((HoldKind.PROTECTED, HoldKind.DIED, HoldKind.MOVED_OUT), start=2):
        card = make_card(number)
        cards.set_hold(card.pk, kind, chief, expected_version=card.version, reason="届出")
    choice = choose_by_state("all")
    assert [card.serial for card in choice.cards] == ["A1B000001"]
    assert {skipped.reason for skipped in choice.skipped} == {"停止中のカードです"}


@pytest.mark.parametrize("portion", [1, 1000], ids=["in another portion", "in the same portion"])
def test_a_card_stopped_while_the_batch_is_printed_stops_the_release(
    portion: int, make_card: MakeCard, clerk: Actor, chief: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "CARDS_AT_ONCE", portion)
    make_card(1)
    card = make_card(2)
    choice = choose_by_state(None)
    cards.set_hold(card.pk, HoldKind.DIED, chief, expected_version=card.version, reason="届出")
    with pytest.raises(services.CardsChanged) as changed:
        services.print_letters(choice, tmp_path / "out.pdf", clerk, progress=Silent())
    assert changed.value.serials == ("A1B000002",)
    assert list(tmp_path.glob("*.pdf")) == []
    assert set(Card.objects.values_list("notice", flat=True)) == {"none"}
    assert Batch.objects.get().state == BatchState.GIVEN_UP


def test_letters_wait_for_the_setting_of_the_card_where_the_municipality_wants_it(make_card: MakeCard, chief: Actor) -> None:
    make_card(1, progress="ordered", place_kind="not_arrived", site=None)
    assert len(choose_by_state("all").cards) == 1
    cards.change_settings({"notice_before_preset": False}, chief)
    choice = choose_by_state("all")
    assert choice.cards == ()
    assert "交付前設定" in choice.skipped[0].reason


def test_swapped_records_stop_all_printing_until_somebody_looked(
    make_card: MakeCard, clerk: Actor, chief: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: two people's addresses change places between record and paper."""
    make_card(1, name="山田　太郎")
    make_card(2, name="鈴木　花子")
    right = services._compose_all

    def swapped(*arguments: object) -> list[letters.Composed]:
        first, second = right(*arguments)  # type: ignore[arg-type]
        names = first.sheet.data["name"], second.sheet.data["name"]
        return [
            replace(first, sheet=replace(first.sheet, data={**first.sheet.data, "name": names[1]})),
            replace(second, sheet=replace(second.sheet, data={**second.sheet.data, "name": names[0]})),
        ]

    monkeypatch.setattr(services, "_compose_all", swapped)
    with pytest.raises(BatchStopped):
        _print(tmp_path / "out.pdf", clerk)
    monkeypatch.undo()
    assert not (tmp_path / "out.pdf").exists()
    stopped = Batch.objects.get()
    assert stopped.state == BatchState.STOPPED
    assert [mismatch["region"] for mismatch in stopped.mismatches] == ["address", "address"]
    assert set(Card.objects.values_list("notice", flat=True)) == {"none"}
    with pytest.raises(services.PrintingStopped):
        _print(tmp_path / "out.pdf", clerk)
    services.clear_stop(stopped, chief, reason="原因を確かめた")
    _print(tmp_path / "out.pdf", clerk)
    assert len(_pages(tmp_path / "out.pdf")) == 2


def test_sending_marks_the_cards_and_removes_the_copy(
    make_card: MakeCard, clerk: Actor, tmp_path: Path, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    make_card(1)
    batch = services.print_letters(choose_by_state(None), None, clerk, progress=Silent())
    assert _pages(kept_file(batch))[0].count("A1B-000001") == 1
    with pytest.raises(mailing.NothingScanned):
        mailing.send_scanned(batch, clerk, sent_on=dt.date(2026, 11, 24))
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        assert _send(batch, clerk) == 1
    assert not kept_file(batch).exists()
    assert Card.objects.get().notice == "sent"
    assert Dispatch.objects.get().sent_on == dt.date(2026, 11, 24)
    with pytest.raises(services.WrongState):
        mailing.send_scanned(batch, clerk, sent_on=dt.date(2026, 11, 24))


def test_a_card_stopped_after_printing_is_pulled_before_sending(make_card: MakeCard, clerk: Actor, chief: Actor, tmp_path: Path) -> None:
    make_card(1)
    card = make_card(2)
    batch = _print(tmp_path / "out.pdf", clerk)
    card.refresh_from_db()
    cards.set_hold(card.pk, HoldKind.DIED, chief, expected_version=card.version, reason="届出")
    (right, stopped) = mailing.unsent(batch)
    mailing.scan_out(batch, right.code, clerk)
    with pytest.raises(mailing.Pull):
        mailing.scan_out(batch, stopped.code, clerk)
    with pytest.raises(services.WrongState):
        mailing.pull(batch, [right.code], clerk)
    assert mailing.pull(batch, [stopped.code], clerk) == 1
    assert mailing.send_scanned(batch, clerk, sent_on=dt.date(2026, 11, 24)) == 1
    batch.refresh_from_db()
    assert batch.state == BatchState.SENT
    assert Card.objects.get(pk=card.pk).notice == "made"
    assert Sheet.objects.get(card=card).void


def test_two_clerks_who_print_the_same_cards_make_one_letter_each(make_card: MakeCard, clerk: Actor, chief: Actor, tmp_path: Path) -> None:
    make_card(1)
    first, second = choose_by_state(None), choose_by_state(None)
    services.print_letters(first, tmp_path / "one.pdf", clerk, progress=Silent())
    with pytest.raises(services.CardsChanged):
        services.print_letters(second, tmp_path / "two.pdf", chief, progress=Silent())
    assert [path.name for path in tmp_path.glob("*.pdf")] == ["one.pdf"]
    assert Dispatch.objects.count() == 1


def test_a_reprint_makes_the_first_sheet_void(make_card: MakeCard, clerk: Actor, tmp_path: Path) -> None:
    make_card(1)
    _print(tmp_path / "one.pdf", clerk)
    _print_again(tmp_path / "two.pdf", clerk, "A1B-000001")
    assert list(Sheet.objects.order_by("pk").values_list("void", flat=True)) == [True, False]
    assert list(Dispatch.objects.order_by("pk").values_list("times", flat=True)) == [1, 2]


def test_a_reprint_asks_for_a_reason_and_keeps_it(
    make_card: MakeCard, clerk: Actor, tmp_path: Path, as_auditor: Callable[..., object]
) -> None:
    card, other = make_card(1), make_card(2)
    services.print_letters(choose_by_serials([card.serial]), tmp_path / "one.pdf", clerk, progress=Silent())
    both = choose_by_serials([card.serial, other.serial])
    with pytest.raises(services.ReasonMissing) as refused:
        services.print_letters(both, tmp_path / "two.pdf", clerk, progress=Silent(), order=services.Order(reprint_reason="  "))
    assert (refused.value.count, (tmp_path / "two.pdf").exists(), Batch.objects.count()) == (1, False, 1)
    _print_again(tmp_path / "two.pdf", clerk, card.serial, other.serial)
    reasons = [CardEvent.objects.filter(card=each).latest("pk").reason for each in (card, other)]
    assert [reason.endswith("刷り直し: 用紙の汚れ") for reason in reasons] == [True, False]
    with as_auditor():  # type: ignore[attr-defined]
        events = AuditEvent.objects.filter(reason__contains="用紙の汚れ")
        assert {(event.process_code, event.subject.partition(":")[0]) for event in events} == {
            ("cards.card.change", "card"),
            ("dispatch.letters.print", "letters"),
        }


@pytest.mark.parametrize("step", ["print", "send"])
def test_the_statements_do_not_grow_with_the_letters(make_card: MakeCard, clerk: Actor, tmp_path: Path, step: str) -> None:
    counts = []
    for first, count in ((1, 2), (100, 12)):
        cards = [make_card(number) for number in range(first, first + count)]
        choice = choose_by_serials([card.serial for card in cards])
        with CaptureQueriesContext(connection) as printing:
            batch = services.print_letters(choice, tmp_path / f"{first}.pdf", clerk, progress=Silent())
        Sheet.objects.filter(batch=batch).update(scanned_at=batch.made_at, scanned_by="clerk")
        with CaptureQueriesContext(connection) as sending:
            mailing.send_scanned(batch, clerk, sent_on=dt.date(2026, 11, 20))
        counts.append(len(printing if step == "print" else sending))
        assert CardEvent.objects.filter(card__in=cards).count() == 2 * count
    assert counts[0] == counts[1]


def test_a_person_whose_birthday_is_unknown_is_sent_to_staff(make_card: MakeCard, clerk: Actor, tmp_path: Path) -> None:
    make_card(1, born="1930-00-00")
    _print(tmp_path / "out.pdf", clerk)
    (text,) = _pages(tmp_path / "out.pdf")
    assert "お電話ください。職員が予約をお取りします" in text
    with pypdfium2.PdfDocument(tmp_path / "out.pdf") as document:
        assert (
            zxingcpp.read_barcodes(document[0].render(scale=4).to_pil(), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
            == []
        )


def test_a_batch_whose_process_was_killed_is_given_up_and_its_leftovers_removed(make_card: MakeCard, clerk: Actor, tmp_path: Path) -> None:
    make_card(1)
    batch = Batch.objects.create(kind="notice", made_by="x", made_on=dt.date(2026, 11, 20), deadline=dt.date(2027, 1, 1))
    part = letters_folder() / ".batch-x"
    part.mkdir()
    (part / "00000.pdf").write_text("somebody's letter")
    _print(tmp_path / "out.pdf", clerk)
    batch.refresh_from_db()
    assert (batch.state, batch.failure) == (BatchState.GIVEN_UP, "InterruptedError")
    assert not part.exists()


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_is_being_printed_is_left_alone(make_card: MakeCard) -> None:
    batch = Batch.objects.create(kind="notice", made_by="x", made_on=dt.date(2026, 11, 20), deadline=dt.date(2027, 1, 1))
    with contextlib.closing(connection.copy()) as other:  # the process that prints it
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [services.LIFE_SIGN, batch.pk.int & 0x7FFFFFFF])
        assert services.find_interrupted() == []
    assert services.find_interrupted() == [batch.pk]


LONG_NAMES = ["\U00020bb7" * 100, "葛\U000e0102城　" + "あ" * 98, "NGUYEN " * 14, "X" * 100]


@pytest.mark.parametrize("name", LONG_NAMES, ids=["𠮷", "葛", "words", "one word"])
def test_a_name_of_100_characters_comes_out_whole_inside_the_window(make_card: MakeCard, clerk: Actor, tmp_path: Path, name: str) -> None:
    make_card(1, name=name, address="神奈川県藤沢市" + "湘南台" * 12 + "　" + "グランドハイツ" * 4)
    _print(tmp_path / "out.pdf", clerk)
    window = letters.WINDOW
    points = 72 / 25.4
    with pypdfium2.PdfDocument(tmp_path / "out.pdf") as document:
        page = document[0]
        height = page.get_height()
        text = page.get_textpage().get_text_bounded(
            left=window.left * points - 1,
            top=height - window.top * points + 2,
            right=(window.left + window.width) * points + 1,
            bottom=height - (window.top + window.height) * points - 2,
        )
    assert "".join(name.split()) in "".join(text.split()).replace("\u200b", "")


def test_a_place_with_a_long_name_and_address_fits(make_card: MakeCard, clerk: Actor, chief: Actor, tmp_path: Path) -> None:
    cards.save_place("01", "交付場所" * 15, chief, address="藤沢市朝日町" * 33)
    make_card(1)
    _print(tmp_path / "out.pdf", clerk)
    assert "藤沢市朝日町" * 33 in _pages(tmp_path / "out.pdf")[0]


def _arguments(out: Path, **given: object) -> argparse.Namespace:
    return argparse.Namespace(**{"kind": "notice", "cards": None, "state": None, "reason": None, "out": str(out), **given})


def test_the_command_prints_and_counts(make_card: MakeCard, tmp_path: Path) -> None:
    for number in range(1, 4):
        make_card(number)
    outcome = commands.print_letters(_arguments(tmp_path / "out.pdf", cards="A1B-000002,A1B000003,ZZZ000009,x"), Silent())
    assert (outcome.data["letters"], outcome.data["pages"], outcome.data["skipped"]) == (2, 2, 2)
    assert [page.count("A1B-000002") for page in _pages(tmp_path / "out.pdf")] == [1, 0]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EIO, errno.ENOENT])
def test_a_place_that_takes_no_file_is_named(number: int, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="書き込めません"), commands.telling_why(tmp_path / "out.pdf", {}):
        raise OSError(number, os.strerror(number))


def test_a_character_without_a_shape_is_named_for_writing_by_hand(make_card: MakeCard, tmp_path: Path) -> None:
    make_card(1, name="外\u0f00字　\ue000太郎")
    write_entries([Entry(0xE000, "邊", "")], automatic("test"), second="second")
    outcome = commands.print_letters(_arguments(tmp_path / "out.pdf"), Silent())
    assert outcome.data["by_hand"] == [{"sheet": 1, "missing": ["U+0F00"]}]
    assert Dispatch.objects.get().has_gaiji


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"state": "nowhere"}, "進捗の値ではありません"),
        ({"cards": "A1B000001", "state": "all"}, "どちらか一つ"),
        ({"cards": ""}, "印刷できるカードがありません"),
    ],
)
def test_the_command_refuses_what_makes_no_sense(city: object, tmp_path: Path, given: dict[str, object], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        commands.print_letters(_arguments(tmp_path / "out.pdf", **given), Silent())


def test_the_command_refuses_a_folder_and_a_missing_folder(city: object, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="フォルダーではなく"):
        commands.print_letters(_arguments(tmp_path), Silent())
    with pytest.raises(Refusal, match="フォルダーがありません"):
        commands.print_letters(_arguments(tmp_path / "nowhere" / "out.pdf"), Silent())
