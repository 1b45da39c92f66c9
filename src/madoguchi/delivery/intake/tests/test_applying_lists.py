"""Applying a list: by somebody else, whole or not at all, with history and booking codes."""

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest
from django.db import IntegrityError, connection

from madoguchi.delivery.cards import services as cards
from madoguchi.delivery.cards.models import BookingCode, Card, CardEvent, DeliveryPlace
from madoguchi.delivery.cards.queries import open_holds
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.intake import services, staging
from madoguchi.delivery.intake.models import ImportBatch, StagedRow
from madoguchi.delivery.intake.services import ImportRefused, Report
from madoguchi.kernel import invented
from madoguchi.kernel.numbers import is_booking_code
from madoguchi.platform.audit.actors import Actor, automatic
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.verbs import Silent

pytestmark = pytest.mark.django_db
Read = Callable[..., Report]
WriteList = Callable[..., tuple[Path, list[invented.PlantedFault]]]


def _number(report: Report) -> int:
    assert report.batch is not None
    return report.batch


def test_an_approved_list_is_in_the_register_with_history_and_codes(
    read: Read, write_list: WriteList, chief: Actor, city: DeliveryPlace
) -> None:
    path, _planted = write_list("kobe", 30)
    batch = services.apply(_number(read(path, "kobe")), chief, Silent())
    assert (batch.state, batch.approved_by) == ("applied", "chief")
    cells = path.read_text(encoding="utf-8-sig").splitlines()[1].strip('"').split('","')
    card = Card.objects.get(application_id=cells[0])
    assert (card.application_id, card.application_id_shown, card.serial, card.dispatch_no, card.name, card.kana) == tuple(cells[:6])
    assert (card.born, card.sex) == (cells[8].replace("/", "-"), {"男": "m", "女": "f"}[cells[9]])
    assert (card.progress, card.place_kind, card.terminal, card.delivery_place, card.version) == (
        "ordered",
        "not_arrived",
        "issued",
        city,
        1,
    )
    assert CardEvent.objects.filter(act="import", axis="progress", after="ordered", user_id="chief").count() == 30
    codes = cards.booking_codes_of(list(Card.objects.values_list("pk", flat=True)))
    assert len(codes) == 30
    assert all(is_booking_code(code) for code in codes.values())
    assert StagedRow.objects.count() == 0


def test_a_listed_card_of_a_protected_person_is_stopped_as_it_comes(read: Read, write_list: WriteList, chief: Actor) -> None:
    path, _planted = write_list("kobe", 10)
    services.apply(_number(read(path, "kobe")), chief, Silent())
    first = Card.objects.order_by("id").first()
    assert first is not None
    cards.set_hold(first.pk, HoldKind.PROTECTED, chief, expected_version=first.version, reason="申出")
    renewed = path.with_name("renewed.csv")
    text = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    cells = text[1].split('","')
    cells[0], cells[1], cells[2], cells[3] = '"' + "7" * 23, "7777-7777-7777-7777-7777-777", "Z9Z000007", "202611209999"
    renewed.write_text(text[0] + '","'.join(cells), encoding="utf-8-sig", newline="")
    services.apply(_number(read(renewed, "kobe")), chief, Silent())
    new = Card.objects.get(application_id="7" * 23)
    assert set(open_holds(new.pk)) == {HoldKind.PROTECTED}


def test_without_codes_none_are_made(read: Read, write_list: WriteList, chief: Actor) -> None:
    cards.change_settings({"uses_booking_codes": False}, chief)
    services.apply(_number(read(write_list("fixed", 5)[0], "fixed")), chief, Silent())
    assert (Card.objects.count(), BookingCode.objects.count()) == (5, 0)


def test_the_importer_never_approves(read: Read, write_list: WriteList) -> None:
    report = read(write_list("fixed", 5)[0], "fixed")
    with pytest.raises(ImportRefused, match="取り込んだ人は承認できません"):
        services.apply(_number(report), automatic("importer"), Silent())
    with pytest.raises(IntegrityError, match="import_approved_by_a_second_person"):
        ImportBatch.objects.filter(pk=_number(report)).update(state="applied", approved_by="auto:importer")


def test_the_same_list_twice_changes_nothing(read: Read, write_list: WriteList, chief: Actor) -> None:
    path, _planted = write_list("kobe", 20)
    services.apply(_number(read(path, "kobe")), chief, Silent())
    before = list(Card.objects.order_by("id").values())
    again = read(path, "kobe", is_approved_at_once=True)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 20)
    assert again.known_since
    services.apply(_number(again), chief, Silent())
    assert list(Card.objects.order_by("id").values()) == before
    assert CardEvent.objects.count() == 20


def test_a_list_without_a_difference_waits_for_nobody(
    read: Read, write_list: WriteList, chief: Actor, as_auditor: Callable[[], AbstractContextManager[None]]
) -> None:
    path, _planted = write_list("kobe", 20)
    services.apply(_number(read(path, "kobe")), chief, Silent())
    again = read(path, "kobe", keeps_faulty=True)
    assert (again.batch, again.is_without_difference, again.unchanged, again.applied) == (None, True, 20, False)
    assert list(ImportBatch.objects.values_list("state", flat=True)) == ["applied"]
    assert StagedRow.objects.count() == 0
    with as_auditor():
        told = AuditEvent.objects.filter(process_code="intake.list.read").latest("pk").content
    assert told["without_difference"] is True


def test_refused_rows_are_kept_for_a_look_even_where_the_rest_is_known(read: Read, write_list: WriteList, chief: Actor) -> None:
    path, _planted = write_list("kobe", 20, faults=3)
    services.apply(_number(read(path, "kobe", leaves_out_rejected=True)), chief, Silent())
    again = read(path, "kobe", keeps_faulty=True)
    assert (again.new, again.changed, again.rejected > 0) == (0, 0, True)
    assert ImportBatch.objects.get(pk=_number(again)).state == "faulty"
    assert read(path, "kobe", leaves_out_rejected=True).batch is None


def test_a_changed_row_changes_its_columns_and_says_which(read: Read, write_list: WriteList, chief: Actor) -> None:
    path, _planted = write_list("kobe", 20)
    services.apply(_number(read(path, "kobe")), chief, Silent())
    target = Card.objects.order_by("id")[4]
    code = cards.booking_code_of(target)
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    cells = lines[5].split('","')
    cells[4], cells[13] = "新しい　名前", "一時停止"
    lines[5] = '","'.join(cells)
    path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8", newline="")
    report = read(path, "kobe")
    assert (report.new, report.changed, report.unchanged) == (0, 1, 19)
    services.apply(_number(report), chief, Silent())
    target.refresh_from_db()
    assert (target.name, bytes(target.name_raw).decode(), target.terminal, target.version) == (
        "新しい　名前",
        "新しい　名前",
        "suspended",
        2,
    )
    assert (target.progress, cards.booking_code_of(target)) == ("ordered", code)
    events = list(CardEvent.objects.filter(card=target, version=2).order_by("id").values_list("axis", "before", "after", "detail"))
    assert events == [
        ("data", "", "", {"batch": report.batch, "fields": ["name", "card_status"]}),
        ("terminal", "issued", "suspended", {"batch": report.batch}),
    ]


def test_a_layout_with_fewer_columns_leaves_the_others_alone(read: Read, write_list: WriteList, chief: Actor, tmp_path: Path) -> None:
    path, _planted = write_list("kobe", 3)
    services.apply(_number(read(path, "kobe")), chief, Silent())
    card = Card.objects.order_by("id")[0]
    fixed = tmp_path / "fixed"
    row = [card.application_id, card.serial, card.dispatch_no, "改姓　太郎", "ｶｲｾｲ ﾀﾛｳ", card.born.replace("-", ""), "1", card.postcode]
    fixed.write_bytes("\t".join([*row, card.address, card.house, "11"]).encode("cp932") + b"\r\n")
    report = read(fixed, "fixed")
    assert (report.new, report.changed, report.gone) == (0, 1, 2)
    services.apply(_number(report), chief, Silent())
    after = Card.objects.get(pk=card.pk)
    assert (after.name, after.raw_encoding, after.kana_key) == ("改姓　太郎", "cp932", "カイセイタロウ")
    assert (after.card_status, after.listed_storage, after.expires) == ("発行済", card.listed_storage, card.expires)


def test_a_serial_of_another_card_is_refused_by_line(read: Read, write_list: WriteList, chief: Actor) -> None:
    path, _planted = write_list("fixed", 4)
    services.apply(_number(read(path, "fixed")), chief, Silent())
    lines = path.read_bytes().split(b"\r\n")
    cells = lines[2].split(b"\t")
    lines[1] = b"\t".join([b"9" * 23, *lines[1].split(b"\t")[1:]])
    lines[2] = b"\t".join([cells[0], b"Z9Z999999", *cells[2:]])
    path.write_bytes(b"\r\n".join(lines))
    report = read(path, "fixed", dry_run=True)
    assert [(problem.line, problem.code) for problem in report.errors] == [(2, "serial-of-another-card"), (3, "serial-changed")]


def test_a_register_that_changed_meanwhile_stops_the_approval(read: Read, write_list: WriteList, chief: Actor, tmp_path: Path) -> None:
    path, _planted = write_list("fixed", 6)
    other = tmp_path / "other"
    other.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    waiting = read(path, "fixed")
    services.apply(_number(read(other, "fixed")), chief, Silent())
    with pytest.raises(ImportRefused, match="登録簿が変わりました"):
        services.apply(_number(waiting), chief, Silent())
    assert Card.objects.count() == 2
    assert ImportBatch.objects.get(pk=_number(waiting)).state == "waiting"


def test_rows_lost_by_a_crash_stop_the_approval(read: Read, write_list: WriteList, chief: Actor) -> None:
    report = read(write_list("fixed", 6)[0], "fixed")
    staging.clear(_number(report))
    with pytest.raises(ImportRefused, match="失われました"):
        services.apply(_number(report), chief, Silent())


def test_a_batch_is_applied_once(read: Read, write_list: WriteList, chief: Actor) -> None:
    report = read(write_list("fixed", 6)[0], "fixed")
    services.apply(_number(report), chief, Silent())
    with pytest.raises(ImportRefused, match="承認待ちではありません"):
        services.apply(_number(report), chief, Silent())
    with pytest.raises(ImportRefused, match="取り下げられません"):
        services.discard(_number(report), chief, "")


def test_a_batch_may_be_thrown_away(read: Read, write_list: WriteList, chief: Actor) -> None:
    report = read(write_list("fixed", 6)[0], "fixed")
    services.discard(_number(report), chief, "別の月の一覧")
    assert (ImportBatch.objects.get().state, StagedRow.objects.count()) == ("discarded", 0)


def _with_other_addresses(data: bytes, rows: int) -> bytes:
    lines = data.split(b"\r\n")
    changed = [line.replace("番".encode("cp932"), "番地".encode("cp932")) for line in lines[:rows]]
    return b"\r\n".join([*changed, *lines[rows:]])


def test_many_changes_at_once_are_called_so(read: Read, write_list: WriteList, chief: Actor) -> None:
    path, _planted = write_list("fixed", 120)
    services.apply(_number(read(path, "fixed")), chief, Silent())
    data = path.read_bytes()
    path.write_bytes(_with_other_addresses(data, 120))
    assert read(path, "fixed", dry_run=True).is_mass_change
    path.write_bytes(_with_other_addresses(data, 10))
    assert not read(path, "fixed", dry_run=True).is_mass_change


def test_many_changes_are_applied_by_who_can_say_how_many_they_are(read: Read, write_list: WriteList, chief: Actor) -> None:
    path, _planted = write_list("fixed", 120)
    services.apply(_number(read(path, "fixed")), chief, Silent())
    path.write_bytes(_with_other_addresses(path.read_bytes(), 120))
    report = read(path, "fixed")
    for confirmed in (None, report.changed - 1):
        with pytest.raises(ImportRefused, match="枚数が確かめられていません"):
            services.apply(_number(report), chief, Silent(), confirmed_changes=confirmed)
    assert CardEvent.objects.count() == 120
    assert services.apply(_number(report), chief, Silent(), confirmed_changes=report.changed).state == "applied"


def test_reading_and_approving_are_in_the_operation_log(
    read: Read, write_list: WriteList, chief: Actor, as_auditor: Callable[[], AbstractContextManager[None]]
) -> None:
    report = read(write_list("fixed", 5)[0], "fixed")
    services.apply(_number(report), chief, Silent())
    with pytest.raises(ImportRefused):
        read(write_list("fixed", 5, 2)[0], "kobe")
    with as_auditor():
        events = list(
            AuditEvent.objects.filter(process_code__startswith="intake").order_by("id").values_list("process_code", "user_id", "result")
        )
    assert events == [
        ("intake.list.read", "auto:importer", "done"),
        ("intake.list.apply", "chief", "done"),
        ("intake.list.read", "auto:importer", "refused"),
    ]


class Stop(Exception):
    """The process dies here."""


@pytest.mark.parametrize("step", ["update_changed", "insert_new", "make_codes", "clear"])
def test_a_death_at_any_step_of_applying_leaves_the_register_as_it_was(
    step: str, read: Read, write_list: WriteList, chief: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _planted = write_list("kobe", 10)
    services.apply(_number(read(path, "kobe")), chief, Silent())
    longer, _planted = write_list("kobe", 12)
    text = longer.read_text(encoding="utf-8").replace("発行済", "運用中", 3)
    longer.write_text(text, encoding="utf-8", newline="")
    report = read(longer, "kobe")
    assert (report.new, report.changed) == (2, 3)
    real = getattr(staging, step)

    def dies(*arguments: object, **words: object) -> object:
        outcome = real(*arguments, **words)
        if isinstance(outcome, Generator):
            next(outcome)
            outcome.close()
        raise Stop

    before = list(Card.objects.order_by("id").values())
    with monkeypatch.context() as patch:
        patch.setattr(staging, step, dies)
        with pytest.raises(Stop):
            services.apply(_number(report), chief, Silent())
    assert list(Card.objects.order_by("id").values()) == before
    assert (CardEvent.objects.count(), BookingCode.objects.count(), ImportBatch.objects.get(pk=_number(report)).state) == (
        10,
        10,
        "waiting",
    )
    services.apply(_number(report), chief, Silent())
    assert (Card.objects.count(), CardEvent.objects.count(), BookingCode.objects.count()) == (12, 10 + 2 + 6, 12)


@pytest.mark.django_db(transaction=True)
def test_a_connection_cut_while_rows_are_copied_leaves_nothing(
    read: Read, write_list: WriteList, cluster: "object", monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _planted = write_list("kobe", 3000)
    real = staging.copy_rows

    def cut(columns: object, lines: Iterator[str]) -> None:
        def until_cut() -> Iterator[str]:
            for number, line in enumerate(lines):
                if number == 1500:
                    pid = connection.connection.info.backend_pid
                    with psycopg.connect(cluster.dsn("postgres"), autocommit=True) as server:  # type: ignore[attr-defined]
                        server.execute("SELECT pg_terminate_backend(%s)", [pid])
                yield line

        real(columns, until_cut())  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(staging, "copy_rows", cut)
        with pytest.raises(Exception, match=r"terminat|closed|lost|consuming"):
            read(path, "kobe")
    connection.close()
    assert (ImportBatch.objects.count(), StagedRow.objects.count(), Card.objects.count()) == (0, 0, 0)
    assert read(path, "kobe").accepted == 3000
