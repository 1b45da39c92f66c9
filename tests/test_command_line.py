"""The command table of the contracts, kept by real processes: exit status, JSON, where `--data` may stand, and what a refusal leaves."""

import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from madoguchi.delivery.intake.mappings import LAYOUTS
from madoguchi.platform.database.cluster import Cluster, embedded_binaries
from madoguchi.zones.command import main
from madoguchi.zones.setting_up import alone_in
from tests.command_line import Done, card_list, in_zone, initialise, installation, madoguchi
from tests.conftest import free_ports

PLACE_AND_BOOKING = """
import datetime as dt, sys, uuid
from madoguchi.booking.calendar.models import OpeningRule, Place, Schedule, Slot
from madoguchi.booking.calendar.services import save_place, save_rule
from madoguchi.booking.reservations.services import book_by_staff
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
actor, day = automatic("test"), clock.today() + dt.timedelta(days=5)
place = save_place(actor, Place(code="main", name="市民窓口センター"))
rule = OpeningRule(place=place, weekday=day.weekday(), opens=dt.time(9), closes=dt.time(12), slot_minutes=30, open_on_holidays=True)
rule.schedule, rule.open_at_year_end = Schedule.default(), True
rule.valid_from, rule.counters_public, rule.counters_internal = clock.today(), 2, 1
save_rule(actor, rule)
slot = Slot.objects.filter(place=place, day=day).first()
print(book_by_staff(actor, sys.argv[1], slot.pk, key=uuid.uuid4()).number)
"""

# One worker takes them all: making the installation takes longer than most of what is tried on it.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("command line")]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An installation with twelve cards, applied by the chief."""
    folder = tmp_path_factory.mktemp("installation")
    with installation(folder) as made:
        taken = madoguchi(
            *("delivery", "cards", "import", card_list(folder / "cards.csv"), "--mapping", "fujisawa", "--approve-as", "chief"),
            *("--data", made, "--json"),
        )
        assert (taken.code, taken.json["applied"], taken.json["new"]) == (0, True, 12), taken
        yield made


def refused(done: Done) -> str:
    """Assert that a command refused as promised; return what it said."""
    assert done.code == 1, done
    assert done.err.strip()
    assert isinstance(done.json, dict)
    return done.err


# Where the data folder is named


@pytest.mark.parametrize(
    "order",
    [
        ["--data", "DATA", "--json", "delivery", "cards", "list"],
        ["delivery", "cards", "list", "--json", "--data", "DATA"],
        ["--json", "delivery", "--data", "DATA", "cards", "list"],
        ["delivery", "cards", "--json", "list", "--data", "DATA"],
    ],
    ids=["before", "behind", "between", "mixed"],
)
def test_data_and_json_may_stand_anywhere(data: Path, order: list[str]) -> None:
    done = madoguchi(*[str(data) if word == "DATA" else word for word in order])
    assert done.code == 0, done
    assert len(done.json["rows"]) == 12


def test_the_data_folder_may_come_from_the_environment(data: Path) -> None:
    assert len(madoguchi("delivery", "cards", "list", "--json", env={"MADOGUCHI_DATA": str(data)}).json["rows"]) == 12


def test_the_option_wins_over_the_environment(data: Path, tmp_path: Path) -> None:
    done = madoguchi("delivery", "cards", "list", "--json", "--data", data, env={"MADOGUCHI_DATA": str(tmp_path / "elsewhere")})
    assert len(done.json["rows"]) == 12


def test_without_a_data_folder_it_says_how_to_name_one() -> None:
    assert "--data" in refused(madoguchi("delivery", "cards", "list", "--json"))


def test_a_folder_that_was_never_initialised_is_named_and_left_alone(tmp_path: Path) -> None:
    assert "madoguchi init" in refused(madoguchi("booking", "reservations", "list", "--json", "--data", tmp_path / "nothing"))
    assert not (tmp_path / "nothing").exists()


# Wrong usage


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("delivery",),
        ("delivery", "cards", "import"),
        ("delivery", "cards", "import", "x.csv"),
        ("delivery", "cards", "import", "x.csv", "--mapping", "fujisawa", "--expect-rows", "many"),
        ("delivery", "cards", "list", "--format", "xml"),
        ("delivery", "exchange", "export", "bookings", "--out", "x"),
        ("booking", "exchange", "export", "targets", "--out", "x"),
        ("delivery", "letters", "print", "--out", "x.pdf"),
        ("booking", "slots", "generate", "--from", "2026-11-01"),
        ("bench", "growing-grass"),
    ],
)
def test_wrong_usage_is_seen_before_anything_is_touched(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert "usage:" in said.err
    assert said.out == ""


@pytest.mark.parametrize("words", [("fly",), ("delivery", "cards", "list", "--state", "lost")])
def test_wrong_usage_ends_with_2(words: tuple[str, ...]) -> None:
    done = madoguchi(*words)
    assert (done.code, done.out) == (2, "")
    assert "usage:" in done.err


def test_help_lists_every_command() -> None:
    done = madoguchi("--help")
    assert done.code == 0
    for word in ("init", "demo", "serve", "doctor", "delivery", "booking", "bench"):
        assert word in done.out


# What each command gives


def test_init_names_both_zones_and_refuses_a_second_time(data: Path) -> None:
    before = {zone: (data / zone / "zone.json").read_bytes() for zone in ("booking", "delivery")}
    assert "すでに" in refused(madoguchi("init", "--data", data, "--json"))
    assert {zone: (data / zone / "zone.json").read_bytes() for zone in ("booking", "delivery")} == before
    assert len(madoguchi("delivery", "cards", "list", "--json", "--data", data).json["rows"]) == 12


def test_init_refuses_a_code_that_is_none_and_a_file_for_a_folder(tmp_path: Path) -> None:
    assert "142051" in refused(madoguchi("init", "--data", tmp_path / "new", "--municipality", "142052", "--json"))
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").write_text("x")
    assert str(tmp_path / "file") in refused(madoguchi("init", "--data", tmp_path / "file", "--json"))
    assert (tmp_path / "file").read_text() == "x"


def test_doctor_gives_checks(data: Path) -> None:
    checks = madoguchi("doctor", "--data", data, "--json").json["checks"]
    assert {"name", "state", "message"} <= checks[0].keys()
    # The test's own database is not one that survives a power cut, and doctor must see it.
    assert [check for check in checks if check["state"] == "error" and "fsync" in check["message"]]


def test_a_dry_run_with_faults_ends_with_0_and_changes_nothing(data: Path, tmp_path: Path) -> None:
    file = card_list(tmp_path / "faulty.csv", rows=60, seed=9, faults=12)
    done = madoguchi("delivery", "cards", "import", file, "--mapping", "fujisawa", "--dry-run", "--data", data, "--json")
    assert done.code == 0, done
    report = done.json
    assert report.keys() >= {"rows", "accepted", "rejected", "warned", "new", "changed", "unchanged", "errors", "warnings", "applied"}
    assert report["rejected"] > 0
    assert report["applied"] is False
    assert all(fault.keys() == {"line", "column", "code", "message"} for fault in report["errors"] + report["warnings"])
    assert len(madoguchi("delivery", "cards", "list", "--json", "--data", data).json["rows"]) == 12


def test_an_import_without_a_second_person_waits(data: Path, tmp_path: Path) -> None:
    file = card_list(tmp_path / "more.csv", rows=3, seed=5)
    done = madoguchi(
        "delivery", "cards", "import", file, "--mapping", "fujisawa", "--dry-run", "--expect-rows", "3", "--data", data, "--json"
    )
    assert (done.code, done.json["applied"]) == (0, False)
    short = madoguchi("delivery", "cards", "import", file, "--mapping", "fujisawa", "--expect-rows", "4", "--data", data, "--json")
    assert refused(short)
    assert short.json["applied"] is False
    nobody = madoguchi("delivery", "cards", "import", file, "--mapping", "fujisawa", "--approve-as", "nobody", "--data", data, "--json")
    assert "nobody" in refused(nobody)


@pytest.mark.parametrize("layout", ["fujisawa", "kobe", "fixed"])
def test_the_mapping_decides_not_the_name_of_the_file(data: Path, tmp_path: Path, layout: str) -> None:
    file = card_list(tmp_path / "list.bin", layout=layout, rows=5, seed=7)  # type: ignore[arg-type]  # the three layouts
    done = madoguchi("delivery", "cards", "import", file, "--mapping", layout, "--dry-run", "--data", data, "--json")
    assert (done.code, done.json["rows"], done.json["rejected"]) == (0, 5, 0), done


def test_cards_are_listed_and_shown(data: Path) -> None:
    rows = madoguchi("delivery", "cards", "list", "--state", "ordered", "--json", "--data", data).json["rows"]
    assert len(rows) == 12
    serial = rows[0]["serial"]
    shown = madoguchi("delivery", "cards", "show", serial, "--json", "--data", data)
    assert shown.code == 0
    assert shown.json["card"]["serial"] == serial
    table = madoguchi("delivery", "cards", "list", "--format", "csv", "--data", data).out.splitlines()
    assert len(table) == 13
    assert json.loads(madoguchi("delivery", "cards", "list", "--state", "ordered", "--format", "json", "--data", data).out) == rows
    nothing = ("delivery", "cards", "list", "--state", "disposed", "--data", data)
    assert json.loads(madoguchi(*nothing, "--format", "json").out) == []
    assert madoguchi(*nothing).out.splitlines() == table[:1]
    assert refused(madoguchi("delivery", "cards", "show", "Z9Z999999", "--json", "--data", data))


def test_letters_are_printed_or_refused(data: Path, tmp_path: Path) -> None:
    rows = madoguchi("delivery", "cards", "list", "--json", "--data", data).json["rows"]
    nothing = madoguchi(
        "delivery", "letters", "print", "--kind", "notice", "--cards", "Z9Z999999", "--out", tmp_path / "no.pdf", "--json", "--data", data
    )
    assert refused(nothing)
    assert nothing.json.keys() >= {"letters", "pages", "skipped"}
    assert not (tmp_path / "no.pdf").exists()
    nowhere = madoguchi("delivery", "letters", "print", "--kind", "notice", "--out", tmp_path / "no" / "x.pdf", "--json", "--data", data)
    assert str(tmp_path / "no") in refused(nowhere)
    serials = ",".join(row["serial"] for row in rows[:2])
    early = madoguchi(
        "delivery", "letters", "print", "--kind", "notice", "--cards", serials, "--out", tmp_path / "two.pdf", "--json", "--data", data
    )
    assert early.json.keys() >= {"letters", "pages", "skipped"}
    assert early.json["letters"] + early.json["skipped"] == 2


def test_slots_and_bookings_and_matches_are_given(data: Path) -> None:
    slots = madoguchi("booking", "slots", "generate", "--from", "2026-12-01", "--to", "2026-12-05", "--json", "--data", data)
    assert (slots.code, "days" in slots.json) == (0, True)
    assert "--to" in refused(madoguchi("booking", "slots", "generate", "--from", "2026-12-01", "--to", "soon", "--json", "--data", data))
    assert refused(madoguchi("booking", "slots", "generate", "--from", "2026-12-05", "--to", "2026-12-01", "--json", "--data", data))
    assert "--month" in refused(madoguchi("booking", "calendar", "show", "--place", "01", "--month", "soon", "--json", "--data", data))
    assert "99" in refused(madoguchi("booking", "calendar", "show", "--place", "99", "--month", "2026-12", "--json", "--data", data))
    assert madoguchi("booking", "reservations", "list", "--date", "2026-12-01", "--json", "--data", data).json["rows"] == []
    assert refused(madoguchi("booking", "reservations", "list", "--date", "tomorrow", "--json", "--data", data))
    assert "rows" in madoguchi("delivery", "matching", "list", "--unmatched", "--json", "--data", data).json


# The exchange


def test_the_whole_round_by_file(tmp_path: Path) -> None:
    """targets → bookings → results on a fresh installation, with the receipts, and every way to carry a file wrongly."""
    with installation(tmp_path) as data:
        first = card_list(tmp_path / "cards.csv", rows=20)
        taken = madoguchi("delivery", "cards", "import", first, "--mapping", "fujisawa", "--approve-as", "chief", "--data", data, "--json")
        assert taken.json["applied"] is True
        medium = tmp_path / "medium"
        medium.mkdir()

        sealed = madoguchi("delivery", "exchange", "export", "targets", "--out", medium, "--state", "all", "--data", data, "--json")
        assert sealed.code == 0, sealed
        assert (sealed.json["seq"], sealed.json["rows"]) == (1, 20)
        file = Path(sealed.json["file"])
        assert file.is_absolute()
        before = (hashlib.sha256(file.read_bytes()).digest(), file.stat().st_mtime_ns)

        came = madoguchi("booking", "exchange", "import", file, "--data", data, "--json")
        assert came.code == 0, came
        assert {name: came.json[name] for name in ("seq", "type", "taken", "refused")} == {
            "seq": 1,
            "type": "targets",
            "taken": 20,
            "refused": 0,
        }
        assert Path(came.json["receipt"]).exists()
        receipt = madoguchi("delivery", "exchange", "import", came.json["receipt"], "--data", data, "--json")
        assert (receipt.code, receipt.json["type"]) == (0, "receipt"), receipt

        again = madoguchi("booking", "exchange", "import", file, "--data", data, "--json")
        assert "E12" in refused(again)
        assert (again.json["error"], again.json["seq"], again.json["type"]) == ("E12", 1, "targets")
        assert Path(again.json["receipt"]).exists()
        assert (hashlib.sha256(file.read_bytes()).digest(), file.stat().st_mtime_ns) == before

        second = madoguchi("delivery", "exchange", "export", "targets", "--out", medium, "--state", "all", "--data", data, "--json").json
        third = madoguchi("delivery", "exchange", "export", "targets", "--out", medium, "--state", "all", "--data", data, "--json").json
        gap = madoguchi("booking", "exchange", "import", third["file"], "--data", data, "--json")
        assert "E15" in refused(gap)
        assert gap.json["error"] == "E15"
        for late in (second, third):
            assert madoguchi("booking", "exchange", "import", late["file"], "--data", data, "--json").code == 0

        wrong_way = madoguchi("delivery", "exchange", "import", file, "--data", data, "--json")
        assert refused(wrong_way)
        assert wrong_way.json["error"] in {"E05", "E08"}

        serial = madoguchi("delivery", "cards", "list", "--json", "--data", data).json["rows"][0]["serial"]
        number = in_zone(data, "booking", PLACE_AND_BOOKING, serial).strip()
        bookings = madoguchi("booking", "exchange", "export", "bookings", "--out", medium, "--data", data, "--json")
        assert (bookings.code, bookings.json["rows"]) == (0, 1), bookings
        matched = madoguchi("delivery", "exchange", "import", bookings.json["file"], "--data", data, "--json")
        assert (matched.code, matched.json["taken"]) == (0, 1), matched
        visits = madoguchi("delivery", "matching", "list", "--json", "--data", data).json["rows"]
        assert [(visit["number"], visit["serial"]) for visit in visits] == [(number, serial)]
        assert madoguchi("booking", "exchange", "import", matched.json["receipt"], "--data", data, "--json").code == 0

        results = madoguchi("delivery", "exchange", "export", "results", "--out", medium, "--data", data, "--json")
        assert results.code == 0, results
        assert results.json.keys() >= {"file", "seq", "rows"}
        assert madoguchi("booking", "exchange", "import", results.json["file"], "--data", data, "--json").code == 0


@pytest.fixture(scope="module")
def foreign_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound file of another installation of the same municipality."""
    folder = tmp_path_factory.mktemp("neighbour")
    with installation(folder, of_its_own=True) as neighbour:
        sealed = madoguchi("delivery", "exchange", "export", "targets", "--out", folder, "--data", neighbour, "--json")
        return Path(sealed.json["file"])


def test_a_refusal_speaks_the_language_of_the_locale(data: Path, tmp_path: Path) -> None:
    for locale, words in (
        ("en_US.UTF-8", ("The file is cut short", "Nothing was changed.")),
        ("ja_JP.UTF-8", ("途中で切れて", "何も変わっていません")),
    ):
        (tmp_path / "empty.kfx").touch()
        done = madoguchi("booking", "exchange", "import", tmp_path / "empty.kfx", "--data", data, "--json", env={"LANG": locale})
        assert all(word in refused(done) for word in words), done


def test_every_verb_speaks_english_in_an_english_locale(data: Path, tmp_path: Path) -> None:
    """Whatever is said, done or refused, has no Japanese in it but data: names of places and columns, and what a card holds."""
    faulty, half = card_list(tmp_path / "faulty.csv", seed=9, faults=6), tmp_path / "half.csv"
    half.write_bytes(card_list(tmp_path / "good.csv", seed=8).read_bytes()[:-40])
    serial = madoguchi("delivery", "cards", "list", "--data", data, "--json").json["rows"][0]["serial"]
    commands: dict[str, tuple[tuple[object, ...], int]] = {
        "init again": (("init",), 1),
        "init elsewhere": (("init", "--municipality", "142052", "--data", tmp_path / "new"), 1),
        "doctor": (("doctor",), 1),
        "port": (("serve", "booking", "--port", "70000"), 1),
        "demo": (("demo", "--port", "70000", "--data", tmp_path / "demo"), 1),
        "faulty list": (("delivery", "cards", "import", faulty, "--mapping", "fujisawa", "--dry-run"), 0),
        "refused rows": (("delivery", "cards", "import", faulty, "--mapping", "fujisawa"), 1),
        "cut list": (("delivery", "cards", "import", half, "--mapping", "fujisawa"), 1),
        "wrong mapping": (("delivery", "cards", "import", faulty, "--mapping", "kobe"), 1),
        "no mapping": (("delivery", "cards", "import", faulty, "--mapping", "tokyo"), 1),
        "waiting": (("delivery", "cards", "import", tmp_path / "good.csv", "--mapping", "fujisawa", "--skip-rejected"), 0),
        "stranger": (("delivery", "cards", "import", tmp_path / "good.csv", "--mapping", "fujisawa", "--approve-as", "nobody"), 1),
        "cards": (("delivery", "cards", "list"), 0),
        "no card": (("delivery", "cards", "show", "ZZZ999999"), 1),
        "no letters": (("delivery", "letters", "print", "--kind", "notice", "--state", "delivered", "--out", tmp_path / "n.pdf"), 1),
        "skipped": (("delivery", "letters", "print", "--kind", "notice", "--cards", f"{serial},ABC", "--out", tmp_path / "l.pdf"), 0),
        "export": (("delivery", "exchange", "export", "targets", "--state", "all", "--out", tmp_path / "out"), 0),
        "export into a file": (("delivery", "exchange", "export", "targets", "--out", faulty), 1),
        "matches": (("delivery", "matching", "list"), 0),
        "slots": (("booking", "slots", "generate", "--from", "2026-12-01", "--to", "2026-12-02"), 0),
        "too many slots": (("booking", "slots", "generate", "--from", "2026-12-01", "--to", "2036-12-02"), 1),
        "no month": (("booking", "calendar", "show", "--place", "01", "--month", "soon"), 1),
        "no place": (("booking", "calendar", "show", "--place", "99", "--month", "2026-12"), 1),
        "no date": (("booking", "reservations", "list", "--date", "tomorrow"), 1),
        "bookings": (("booking", "reservations", "list"), 0),
        "away": (("booking", "away-page", "--out", tmp_path / "503.html"), 0),
        "away to nowhere": (("booking", "away-page", "--out", tmp_path / "nowhere" / "503.html"), 1),
    }
    titles = sorted((column.title for layout in LAYOUTS.values() for column in layout.columns), key=len, reverse=True)
    places = {"市民窓口センター"}
    said = {}
    for name, (words, code) in commands.items():
        # A refusal prints its sentence and its JSON at once.
        options = ("--json",) if code or name == "faulty list" else ()
        done = madoguchi(*words, *(() if "--data" in words else ("--data", data)), *options, env={"LC_ALL": "en_US.UTF-8"})
        assert done.code == code, (name, done)
        text = done.out + done.err
        for known in (*titles, *places, *(f"({layout.name})" for layout in LAYOUTS.values())):
            text = text.replace(known, "")
        if re.search("[ぁ-んァ-ヶ一-龠]", text):
            said[name] = text
    assert said == {}


def test_a_file_of_another_installation_is_refused(data: Path, foreign_file: Path) -> None:
    done = madoguchi("booking", "exchange", "import", foreign_file, "--data", data, "--json")
    assert refused(done)
    assert done.json["error"] in {"E05", "E07"}
    assert done.json.keys() >= {"seq", "type", "taken", "refused", "receipt"}


@pytest.mark.parametrize("kind", ["empty", "cut", "text", "directory", "gigabyte", "missing", "pipe"])
def test_what_is_no_exchange_file_is_refused_and_left_alone(data: Path, foreign_file: Path, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "KFX_142051_C2B_targets_1.kfx"
    if kind == "directory":
        file.mkdir()
    elif kind == "gigabyte":
        with file.open("wb") as sparse:
            sparse.truncate(1024**3)
    elif kind == "pipe":
        os.mkfifo(file)
    elif kind != "missing":
        whole = foreign_file.read_bytes()
        file.write_bytes({"empty": b"", "cut": whole[: len(whole) // 2], "text": "予約一覧\n".encode()}[kind])
    before = file.stat().st_mtime_ns if file.exists() else None

    done = madoguchi("booking", "exchange", "import", file, "--data", data, "--json")

    assert refused(done)
    assert done.json["error"] in {"E01", "E02", "E03", "E05"}, done
    assert (file.stat().st_mtime_ns if file.exists() else None) == before


@pytest.mark.parametrize("kind", ["empty", "directory", "gigabyte", "missing", "binary"])
def test_what_is_no_card_list_is_refused_and_left_alone(data: Path, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "cards.csv"
    if kind == "directory":
        file.mkdir()
    elif kind == "gigabyte":
        with file.open("wb") as sparse:
            sparse.truncate(1024**3)
    elif kind != "missing":
        file.write_bytes({"empty": b"", "binary": bytes(range(256)) * 40}[kind])

    done = madoguchi("delivery", "cards", "import", file, "--mapping", "fujisawa", "--data", data, "--json")

    assert refused(done)
    assert done.json.keys() >= {"rows", "errors", "applied"}
    assert len(madoguchi("delivery", "cards", "list", "--json", "--data", data).json["rows"]) == 12


def test_an_export_makes_its_folder_and_refuses_a_file_in_its_place(data: Path, tmp_path: Path) -> None:
    made = madoguchi("booking", "exchange", "export", "bookings", "--out", tmp_path / "new", "--data", data, "--json")
    assert Path(made.json["file"]).parent == tmp_path / "new"
    (tmp_path / "file").write_text("x")
    said = refused(madoguchi("booking", "exchange", "export", "bookings", "--out", tmp_path / "file", "--data", data, "--json"))
    assert "フォルダーではありません" in said
    assert (tmp_path / "file").read_text() == "x"


# The database


def test_a_command_starts_the_database_and_stops_it_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    initialise(data)
    cluster = Cluster(data / "database", embedded_binaries(), fsync=False)
    assert not cluster.is_running()
    assert madoguchi("booking", "reservations", "list", "--json", "--data", data).code == 0
    assert not cluster.is_running()
    # A long command keeps it for a short one, and takes it along when it ends.
    held = subprocess.Popen([sys.executable, "-m", "madoguchi.zones.command", "work", "booking", "--data", str(data)])
    try:
        for _try in range(300):
            if cluster.is_running():
                break
            time.sleep(0.1)
        assert madoguchi("delivery", "cards", "list", "--json", "--data", data).code == 0
        assert cluster.is_running()
    finally:
        held.terminate()
        held.wait(timeout=120)  # told to end while it still begins, it looks for its database for half a minute
    assert not cluster.is_running()


# Two at once


def test_a_second_init_and_a_demo_wait_outside_while_one_is_at_work(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with alone_in(data):
        for words in (("init",), ("demo", "--port", free_ports())):
            assert "別の madoguchi" in refused(madoguchi(*words, "--data", data, "--json"))
    assert [file.name for file in data.iterdir()] == ["alone.lock"]


def test_a_port_that_is_taken_is_named_before_anything_is_made(tmp_path: Path, data: Path) -> None:
    port = free_ports()
    with socket.create_server(("127.0.0.1", port + 1)):
        said = refused(madoguchi("demo", "--data", tmp_path / "demo", "--port", port, "--json"))
        assert str(port + 1) in said
        assert "--port" in said
        assert not (tmp_path / "demo" / "database").exists()
        assert "--port" in refused(madoguchi("serve", "booking", "--data", data, "--port", port + 1, "--json"))


def test_a_full_medium_leaves_no_half_file_and_no_gap(data: Path, tmp_path: Path) -> None:
    """The export is cut off by a limit on the size of files: nothing is left behind, and the next number is not lost."""
    medium = tmp_path / "medium"
    medium.mkdir()
    before = madoguchi("delivery", "exchange", "export", "targets", "--state", "all", "--out", tmp_path, "--data", data, "--json")
    full = madoguchi(
        "delivery", "exchange", "export", "targets", "--state", "all", "--out", medium, "--data", data, "--json", largest_file=512
    )
    assert refused(full)
    assert list(medium.iterdir()) == []
    later = madoguchi("delivery", "exchange", "export", "targets", "--state", "all", "--out", medium, "--data", data, "--json")
    assert later.code == 0, later
    numbers = sorted(int(file.stem.rsplit("_", 1)[1]) for file in medium.iterdir())
    assert numbers == list(range(before.json["seq"] + 1, later.json["seq"] + 1))
