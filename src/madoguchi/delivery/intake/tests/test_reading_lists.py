"""Card lists of every layout: each planted fault on its line, sound lists without a word, whole files refused with one sentence."""

import contextlib
import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.delivery.cards.models import Card, CardEvent
from madoguchi.delivery.intake.checking import SENTENCES
from madoguchi.delivery.intake.mappings import LAYOUTS
from madoguchi.delivery.intake.models import ImportBatch, ImportProblem, StagedRow
from madoguchi.delivery.intake.services import ImportRefused, Report
from madoguchi.kernel import invented, municipalities

pytestmark = pytest.mark.django_db
Read = Callable[..., Report]
WriteList = Callable[..., tuple[Path, list[invented.PlantedFault]]]


def _number(report: Report) -> int:
    assert report.batch is not None
    return report.batch


LAYOUT_CODES: tuple[invented.LayoutCode, ...] = ("fujisawa", "kobe", "fixed")


@pytest.mark.parametrize("layout", LAYOUT_CODES)
def test_a_sound_list_is_taken_without_a_word(layout: str, read: Read, write_list: WriteList) -> None:
    path, _planted = write_list(layout, 200)
    report = read(path, layout)
    assert (report.rows, report.accepted, report.new, report.errors, report.warnings) == (200, 200, 200, [], [])
    assert StagedRow.objects.count() == 200
    assert Card.objects.count() == 0


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("layout", LAYOUT_CODES)
def test_every_planted_fault_is_reported_once_on_its_line(layout: str, seed: int, read: Read, write_list: WriteList) -> None:
    path, planted = write_list(layout, 120, seed, faults=57)
    report = read(path, layout, dry_run=True)
    assert [problem.line for problem in report.errors] == [fault.line for fault in planted if fault.refused]
    assert [problem.line for problem in report.warnings] == [fault.line for fault in planted if not fault.refused]
    assert (report.rows, report.rejected, report.warned) == (120, len(report.errors), len(report.warnings))
    assert ImportBatch.objects.count() == 0
    assert StagedRow.objects.count() == 0


def test_no_report_holds_a_value_of_the_list(read: Read, write_list: WriteList) -> None:
    path, planted = write_list("kobe", 60, faults=38)
    said = json.dumps(read(path, "kobe", dry_run=True).as_json(), ensure_ascii=False)
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    cells = {cell.strip('"') for fault in planted for cell in lines[fault.line - 1].split('","')}
    ordinary = {"男", "女", "無", "発行済", "有料", "無料", "なし", "本庁"}
    assert not [cell for cell in cells - ordinary if len(cell) > 3 and cell in said]


@pytest.mark.parametrize("layout", LAYOUT_CODES)
def test_a_twin_is_reported_on_the_later_line_and_names_the_earlier(layout: invented.LayoutCode, read: Read, write_list: WriteList) -> None:
    path, _planted = write_list(layout, 20)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:15], lines[9], *lines[15:]]))
    report = read(path, layout, dry_run=True)
    assert [(problem.line, problem.code, problem.earlier) for problem in report.errors] == [(16, "application-id-twice", 10)]
    assert "10行目" in report.errors[0].message


def test_a_number_of_a_refused_row_is_used_up_too(read: Read, write_list: WriteList) -> None:
    path, _planted = write_list("fixed", 20)
    lines = path.read_bytes().split(b"\r\n")
    spoilt = lines[4].split(b"\t")
    lines[4] = b"\t".join([*spoilt[:5], b"19911131", *spoilt[6:]])
    lines[12] = b"\t".join([*lines[12].split(b"\t")[:1], spoilt[1], *lines[12].split(b"\t")[2:]])
    path.write_bytes(b"\r\n".join(lines))
    report = read(path, "fixed", dry_run=True)
    assert [(problem.line, problem.code) for problem in report.errors] == [(5, "birth-impossible"), (13, "serial-twice")]


def test_names_keep_their_bytes_and_their_characters(read: Read, write_list: WriteList) -> None:
    path, _planted = write_list("fujisawa", 3)
    lines = path.read_bytes().splitlines(keepends=True)
    cells = lines[1].split(b'","')
    # FBFC and EEE0 are two codes of one character, F040 is the municipality's own.
    cells[3] = b"\xee\xe0\xf0\x40\x81\x40\xfb\xfc"
    lines[1] = b'","'.join(cells)
    path.write_bytes(b"".join(lines))
    report = read(path, "fujisawa")
    row = StagedRow.objects.get(line=2)
    assert row.name == cells[3].decode("cp932")
    assert bytes(row.name_raw) == cells[3]
    assert row.raw_encoding == "cp932"
    assert [problem.code for problem in report.warnings] == ["own-character"]


def test_backslashes_quotes_and_line_breaks_come_through(read: Read, write_list: WriteList) -> None:
    path, _planted = write_list("kobe", 2)
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[1].split('","')
    cells[12], cells[27] = "Ａ\\B Ｃ\\N", 'メモ\n2行目\\t"'
    lines[1] = '","'.join(cells)
    path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8", newline="")
    assert read(path, "kobe").errors == []
    row = StagedRow.objects.order_by("line").first()
    assert row is not None
    assert (row.house, row.memo) == ("Ａ\\B Ｃ\\N", "メモ\n2行目\\t")


def test_a_record_with_several_faults_is_reported_once_and_says_so(read: Read, write_list: WriteList) -> None:
    path, _planted = write_list("fixed", 5)
    lines = path.read_bytes().split(b"\r\n")
    cells = lines[2].split(b"\t")
    cells[1], cells[6] = b"", b"9"
    lines[2] = b"\t".join(cells)
    path.write_bytes(b"\r\n".join(lines))
    (problem,) = read(path, "fixed", dry_run=True).errors
    assert (problem.line, problem.column, problem.code) == (3, "製造管理番号", "serial-missing")
    assert "ほかにも1件" in problem.message


def test_refused_rows_keep_the_whole_list_out(read: Read, write_list: WriteList) -> None:
    path, planted = write_list("kobe", 60, faults=19)
    with pytest.raises(ImportRefused, match="skip-rejected") as refused:
        read(path, "kobe")
    assert refused.value.report.rejected == sum(fault.refused for fault in planted)
    assert (ImportBatch.objects.count(), StagedRow.objects.count(), ImportProblem.objects.count()) == (0, 0, 0)


def test_refused_rows_may_be_left_out(read: Read, write_list: WriteList) -> None:
    path, _planted = write_list("kobe", 60, faults=19)
    report = read(path, "kobe", leaves_out_rejected=True)
    batch = ImportBatch.objects.get(pk=_number(report))
    assert (batch.state, batch.accepted, batch.rejected) == ("waiting", 60 - report.rejected, report.rejected)
    assert ImportProblem.objects.filter(is_error=True).count() == report.rejected
    assert StagedRow.objects.count() == batch.accepted


def test_another_number_of_rows_than_expected_is_refused(read: Read, write_list: WriteList) -> None:
    path, _planted = write_list("fixed", 20)
    with pytest.raises(ImportRefused, match="21 件のはずが 20 件"):
        read(path, "fixed", expect_rows=21)
    assert read(path, "fixed", expect_rows=20).accepted == 20


def _cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


WHOLE_FILES: list[tuple[str, str, Callable[[bytes], bytes], str]] = [
    ("kobe", "empty", lambda _data: b"", "空です"),
    ("kobe", "blank lines", lambda _data: b"\r\n\r\n", "空です"),
    ("kobe", "header only", lambda data: data.splitlines(keepends=True)[0], "1件もありません"),
    ("kobe", "UTF-16", lambda data: data.decode("utf-8-sig").encode("utf-16"), "UTF-16"),
    ("kobe", "in CP932", lambda data: data.decode("utf-8-sig").encode("cp932", "replace"), "文字コードが違います"),
    ("fujisawa", "in UTF-8", lambda data: data.decode("cp932").encode(), "文字コードが違います"),
    ("fujisawa", "a workbook", lambda _data: b"PK\x03\x04" + b"xl/workbook.xml" * 20, "Excel"),
    ("fixed", "a PDF", lambda _data: b"%PDF-1.7\n" + b"\x00" * 200, "PDF"),
    ("fixed", "zeros", lambda _data: b"\0" * 5000, "UTF-16|NUL|空"),
    ("kobe", "half", _cut, "途中で切れています"),
    ("fixed", "half", _cut, "途中で切れています"),
    ("fujisawa", "half", _cut, "途中で切れています"),
    ("fixed", "commas", lambda data: data.replace(b"\t", b","), "区切り文字"),
    ("kobe", "other titles", lambda data: data.replace("発送番号".encode(), "発送日".encode(), 1), "見出しが違います"),
    ("fixed", "in EUC", lambda data: data.decode("cp932", "replace").encode("euc_jp", "replace"), "EUC-JP"),
    ("fujisawa", "in JIS", lambda data: data.decode("cp932", "replace").encode("iso2022_jp", "replace"), "ISO-2022-JP"),
    ("kobe", "a photograph", lambda _data: b"\xff\xd8\xff\xe0" + b"JFIF" * 500, "画像"),
    ("fixed", "fewer columns", lambda data: b"".join(b"\t".join(r.split(b"\t")[:8]) + b"\r\n" for r in data.splitlines()), "列の数"),
]


@pytest.mark.parametrize(("layout", "kind", "spoil", "word"), WHOLE_FILES, ids=[f"{case[0]} {case[1]}" for case in WHOLE_FILES])
def test_a_file_that_is_no_such_list_is_refused_with_one_sentence(
    layout: str, kind: str, spoil: Callable[[bytes], bytes], word: str, read: Read, write_list: WriteList
) -> None:
    path, _planted = write_list(layout, 60)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(ImportRefused, match=word):
        read(path, layout, leaves_out_rejected=True)
    assert (ImportBatch.objects.count(), StagedRow.objects.count()) == (0, 0)


_KOBE_COLUMNS = [column.title for column in LAYOUTS["kobe"].columns]


@pytest.mark.parametrize(
    ("spoilt", "column", "code", "is_error"),
    [
        ({"申請受付日": "1899/12/31"}, "申請受付日", "applied-before-birth", True),
        ({"申請受付日": "2026/10/15", "カード有効期限": "2026/10/15"}, "カード有効期限", "expires-before-application", True),
        ({"申請受付日": "", "カード有効期限": "2020/01/31"}, "カード有効期限", "expired", False),
        ({"カード有効期限": ""}, "", "", False),
        ({"カード保管場所": "1234 5678 9018"}, "カード保管場所", "individual-number", True),
        ({"カード交付場所": "１２３４５６７８９０１８"}, "カード交付場所", "individual-number", True),
        ({"登録事由": "123456789018"}, "登録事由", "individual-number", True),
        ({"氏名": "森田\uffff"}, "氏名", "control-character", True),
        (dict(zip(_KOBE_COLUMNS, _KOBE_COLUMNS, strict=True)), "申請書ID(内部キー用)", "header-again", True),
    ],
)
def test_a_cell_that_contradicts_its_record_is_reported_and_its_neighbours_are_taken(
    spoilt: dict[str, str], column: str, code: str, is_error: bool, read: Read, write_list: WriteList
) -> None:
    path, _planted = write_list("kobe", 5)
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    cells = next(csv.reader([lines[3]]))
    for title, value in spoilt.items():
        cells[_KOBE_COLUMNS.index(title)] = value
    lines[3] = ",".join(f'"{cell}"' for cell in cells)
    path.write_text("\r\n".join([*lines, ""]), encoding="utf-8-sig", newline="")
    report = read(path, "kobe", dry_run=True)
    problem = (4, column, code)
    assert [item[:3] for item in report.errors] == ([problem] if is_error else [])
    assert [item[:3] for item in report.warnings] == ([problem] if code and not is_error else [])
    assert (report.rows, report.accepted) == (5, 4 if is_error else 5)


@pytest.mark.parametrize("layout", LAYOUT_CODES)
def test_a_list_cut_anywhere_is_refused_unless_the_cut_is_between_records(
    layout: invented.LayoutCode, read: Read, write_list: WriteList
) -> None:
    path, _planted = write_list(layout, 12)
    data = path.read_bytes()
    last = data[:-2].rindex(b"\r\n") + 2
    for cut in range(last, len(data) - 2):
        path.write_bytes(data[:cut])
        if cut == last:
            assert read(path, layout, dry_run=True).rows == 11
            continue
        with pytest.raises(ImportRefused, match="途中で切れています"):
            read(path, layout, leaves_out_rejected=True, dry_run=True)
    path.write_bytes(data[:-2])
    assert read(path, layout, dry_run=True).accepted == 12


def test_a_list_of_another_layout_is_refused(read: Read, write_list: WriteList) -> None:
    for own in LAYOUT_CODES:
        for other in LAYOUT_CODES:
            if own != other:
                path, _planted = write_list(own, 30)
                with pytest.raises(ImportRefused, match="違います"):
                    read(path, other)


def test_a_folder_and_a_missing_file_are_refused(read: Read, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="フォルダーです"):
        read(tmp_path, "kobe")
    with pytest.raises(ImportRefused, match="見つかりません"):
        read(tmp_path / "nothing.csv", "kobe")


def test_an_enormous_file_is_refused_before_it_is_read(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "enormous.csv"
    with path.open("wb") as handle:
        handle.truncate(1 << 30)
    with pytest.raises(ImportRefused, match="大きすぎます"):
        read(path, "kobe")


def test_the_list_of_another_town_is_refused_as_a_whole(read: Read, tmp_path: Path) -> None:
    elsewhere = municipalities.find("131016")
    assert elsewhere is not None
    path = tmp_path / "elsewhere.csv"
    path.write_bytes(b"".join(invented.card_list("kobe", elsewhere, 40)[0]))
    with pytest.raises(ImportRefused, match="別の市区町村の一覧") as refused:
        read(path, "kobe")
    assert refused.value.report.warned == 40


def test_reading_the_same_file_again_leaves_one_batch_waiting(read: Read, write_list: WriteList) -> None:
    path, _planted = write_list("fixed", 20)
    first, second = read(path, "fixed"), read(path, "fixed")
    assert list(ImportBatch.objects.filter(state="waiting").values_list("pk", flat=True)) == [second.batch]
    assert ImportBatch.objects.get(pk=_number(first)).state == "discarded"
    assert StagedRow.objects.count() == 20


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_mutated_list_is_read_or_refused_and_never_breaks(
    data: st.DataObject, read: Read, town: municipalities.Municipality, tmp_path: Path
) -> None:
    layout = data.draw(st.sampled_from(LAYOUT_CODES))
    raw = bytearray(b"".join(invented.card_list(layout, town, 12)[0]))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        piece = data.draw(
            st.one_of(st.binary(max_size=4), st.sampled_from([b'"', b"\r\n", b",", b"\t", b"\0", b"\\", b"\xff", b"\xef\xbb\xbf"]))
        )
        raw[at : at + data.draw(st.integers(0, 12))] = piece
    path = tmp_path / "mutated"
    path.write_bytes(bytes(raw))
    with contextlib.suppress(ImportRefused):
        report = read(path, layout, dry_run=True)
        assert report.rows == report.accepted + len(report.errors)
        assert report.accepted == report.new + report.changed + report.unchanged


def test_every_code_has_a_sentence_that_ends() -> None:
    assert all(sentence.endswith("。") for sentence in SENTENCES.values())


def test_nothing_of_a_list_is_in_the_register_before_approval(read: Read, write_list: WriteList) -> None:
    read(write_list("kobe", 20)[0], "kobe")
    assert (Card.objects.count(), CardEvent.objects.count()) == (0, 0)
