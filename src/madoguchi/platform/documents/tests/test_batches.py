"""A batch is released whole and right, or not at all."""

import errno
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

import madoguchi
from madoguchi.platform.documents import batches, labels
from madoguchi.platform.documents.batches import CHUNK, BatchStopped, Layout, NoRoom, print_batch
from madoguchi.platform.documents.binder import bind
from madoguchi.platform.documents.codes import qr_svg
from madoguchi.platform.documents.fonts import Shelf, open_shelf
from madoguchi.platform.documents.press import Press, TypesettingFailed
from madoguchi.platform.documents.readback import CodeRegion, Places, Region, Sheet, Symbology
from madoguchi.platform.verbs import Silent

PAPER = """
#set document(title: "案内")
#set page(paper: "a4", margin: 0mm)
#set text(lang: "ja")
#let given = json(bytes(sys.inputs.data))
#for (index, sheet) in given.sheets.enumerate() {
  if index > 0 { pagebreak() }
  place(dx: 20mm, dy: 20mm, block(width: 60mm, for run in sheet.name { text(font: run.at(0), fallback: false, run.at(1)) }))
  place(dx: 20mm, dy: 100mm, text(font: given.common.families, sheet.number))
  place(dx: 120mm, dy: 20mm, image(bytes(sheet.qr), format: "svg", width: 36mm))
}
"""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    path = tmp_path / "paper.typ"
    path.write_text(PAPER)
    return Layout(
        path,
        Places(
            {"name": Region(18, 18, 64, 60), "number": Region(18, 98, 60, 8)},
            {"qr": CodeRegion(Region(118, 18, 40, 40), Symbology.QR)},
        ),
    )


def _sheet(shelf: Shelf, number: int, name: str = "山田 太郎") -> Sheet:
    setting = shelf.set_name(name)
    url = f"https://example.jp/q#A0A{number:06d}.12345674"
    return Sheet(
        f"L{number:06d}",
        {"name": setting.runs, "number": f"A0A-{number:06d}", "qr": qr_svg(url)},
        {"name": setting.printed, "number": f"A0A-{number:06d}"},
        {"qr": url},
    )


def _print(layout: Layout, sheets: Sequence[Sheet], out: Path, shelf: Shelf) -> batches.Printed:
    return print_batch(layout, {"families": shelf.text_families}, sheets, out, total=len(sheets), shelf=shelf, progress=Silent())


def _texts(path: Path) -> list[str]:
    with pypdfium2.PdfDocument(path) as document:
        return [page.get_textpage().get_text_range() for page in document]


def _read_aloud(path: Path) -> tuple[str, str, bool, bool]:
    """Return what a screen reader asks of a file: its title, its language, whether the window shows the title, and whether it is tagged."""
    with pikepdf.open(path) as pdf:
        root = pdf.Root
        tagged = "/StructTreeRoot" in root and "/MarkInfo" in root and bool(root.MarkInfo.Marked)
        shows_title = "/ViewerPreferences" in root and bool(root.ViewerPreferences.DisplayDocTitle)
        return str(pdf.docinfo.get("/Title", "")), str(root.get("/Lang", "")).partition("-")[0], shows_title, tagged


def test_a_file_of_one_part_keeps_its_tags(shelf: Shelf, tmp_path: Path) -> None:
    printed = labels.print_labels([labels.Label("S0000001")], tmp_path / "labels.pdf", shelf=shelf, progress=Silent())
    assert _read_aloud(printed.path) == ("ラベル", "ja", True, True)


def test_every_layout_says_its_title_and_its_language() -> None:
    layouts = {path: path.read_text(encoding="utf-8") for path in Path(madoguchi.__file__).parent.rglob("layouts/*.typ")}
    # No paper of its own: it is laid over the pages of others.
    layouts = {path: text for path, text in layouts.items() if path.name != "mark.typ"}
    # What a family of letters shares stands once, in its base.
    settings = {
        path: text + (path.with_name("base.typ").read_text(encoding="utf-8") if "#letters(" in text else "")
        for path, text in layouts.items()
    }
    assert len(layouts) > 10
    for path, text in settings.items():
        assert re.search(r"set document\(title: (\"[^\"]+\"|common\.title)\)", text), path.name
        assert 'lang: "ja"' in text, path.name


def test_every_sheet_carries_its_own_record_over_several_chunks(layout: Layout, shelf: Shelf, tmp_path: Path) -> None:
    sheets = [_sheet(shelf, number) for number in range(120)]
    printed = _print(layout, sheets, tmp_path / "out.pdf", shelf)
    texts = _texts(printed.path)
    assert len(texts) == len(printed.page_digests) == 120
    assert all(f"A0A-{number:06d}" in text for number, text in enumerate(texts))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.pdf", "paper.typ"]
    assert _read_aloud(printed.path) == ("案内", "ja", True, False)


NAMES = [
    "葛\U000e0102城 太郎",
    "葛\U000e0100城 太郎",
    "𠮷田 花子",
    "髙﨑 德子",
    "\ufa19田",
    "か\u309aの",
    "Nguyễn Thị Đặng",
    "あ" * 100,
    "X" * 100,
    "MARIA DEL CARMEN ALEXANDRA-SOFIA VON HOHENZOLLERN-SIGMARINGEN DE LA CRUZ Y BORBON DOS SANTOS O'BRIEN JR",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_comes_out_whole(layout: Layout, shelf: Shelf, tmp_path: Path, name: str) -> None:
    sheet = _sheet(shelf, 1, name)
    assert sheet.texts["name"] == name
    (text,) = _texts(_print(layout, [sheet], tmp_path / "out.pdf", shelf).path)
    assert name.replace(" ", "") in "".join(text.replace("\ufffe", "-").replace("\u200b", "").split())


def test_a_private_use_character_comes_out_with_the_municipalitys_font(layout: Layout, own_fonts: Path, tmp_path: Path) -> None:
    shelf = open_shelf(own_fonts)
    (text,) = _texts(_print(layout, [_sheet(shelf, 1, "外\ue000字")], tmp_path / "out.pdf", shelf).path)
    assert "外\ue000字" in text


def test_a_private_use_character_without_a_font_leaves_a_geta(layout: Layout, shelf: Shelf, tmp_path: Path) -> None:
    (text,) = _texts(_print(layout, [_sheet(shelf, 1, "外\ue000字")], tmp_path / "out.pdf", shelf).path)
    assert "外〓字" in text


def test_swapped_names_stop_the_whole_batch(layout: Layout, shelf: Shelf, tmp_path: Path) -> None:
    """Negative control: two people's data change places between record and paper, as in a shifted list."""
    sheets = [_sheet(shelf, number, name) for number, name in enumerate(["山田 太郎", "鈴木 花子", "佐藤 次郎"])]
    sheets[0], sheets[1] = (
        replace(sheets[0], data={**sheets[0].data, "name": sheets[1].data["name"]}),
        replace(sheets[1], data={**sheets[1].data, "name": sheets[0].data["name"]}),
    )
    with pytest.raises(BatchStopped) as stopped:
        _print(layout, sheets, tmp_path / "out.pdf", shelf)
    assert [(mismatch.sheet_id, mismatch.region) for mismatch in stopped.value.mismatches] == [("L000000", "name"), ("L000001", "name")]
    assert not (tmp_path / "out.pdf").exists()


def test_one_wrong_character_of_a_variant_is_noticed(layout: Layout, shelf: Shelf, tmp_path: Path) -> None:
    sheet = _sheet(shelf, 1, "葛\U000e0102城")
    with pytest.raises(BatchStopped):
        _print(layout, [replace(sheet, data={**sheet.data, "name": shelf.set_name("葛城").runs})], tmp_path / "out.pdf", shelf)


def test_a_code_of_another_person_stops_the_batch(layout: Layout, shelf: Shelf, tmp_path: Path) -> None:
    sheets = [_sheet(shelf, number) for number in range(60)]
    sheets[55] = replace(sheets[55], data={**sheets[55].data, "qr": sheets[54].data["qr"]})
    with pytest.raises(BatchStopped) as stopped:
        _print(layout, sheets, tmp_path / "out.pdf", shelf)
    assert stopped.value.mismatches[0].sheet_id == "L000055"
    assert list(tmp_path.iterdir()) == [layout.path]


def test_pages_out_of_order_after_merging_are_noticed(
    layout: Layout, shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "bind", lambda parts, draft: bind([*reversed(parts)], draft))
    with pytest.raises(BatchStopped) as stopped:
        _print(layout, [_sheet(shelf, number) for number in range(60)], tmp_path / "out.pdf", shelf)
    assert stopped.value.mismatches[0].region == "merged"


def test_a_sheet_that_runs_over_the_page_stops_the_batch(layout: Layout, shelf: Shelf, tmp_path: Path) -> None:
    layout.path.write_text(
        PAPER.replace('image(bytes(sheet.qr), format: "svg", width: 36mm)', "[]") + "\n#pagebreak() #text[one page too many]"
    )
    with pytest.raises(BatchStopped) as stopped:
        _print(layout, [_sheet(shelf, 1)], tmp_path / "out.pdf", shelf)
    assert stopped.value.mismatches[0].region == "pages"


def test_data_is_text_and_never_markup(layout: Layout, shelf: Shelf, tmp_path: Path) -> None:
    name = '#panic("x") $a$ *b* \\u{41} //'
    (text,) = _texts(_print(layout, [_sheet(shelf, 1, name)], tmp_path / "out.pdf", shelf).path)
    assert "".join(name.split()) in "".join(text.split())


def test_cancelling_leaves_nothing(layout: Layout, shelf: Shelf, tmp_path: Path) -> None:
    class Cancelled(Exception):
        pass

    class CancelledAfterAChunk:
        def advance(self, done: int, total: int | None = None, note: str = "") -> None:
            if done:
                raise Cancelled

    sheets = [_sheet(shelf, number) for number in range(120)]
    common = {"families": shelf.text_families}
    with pytest.raises(Cancelled):
        print_batch(layout, common, sheets, tmp_path / "out.pdf", total=len(sheets), shelf=shelf, progress=CancelledAfterAChunk())
    assert list(tmp_path.iterdir()) == [layout.path]


def test_a_full_medium_is_said_and_leaves_the_older_file(
    layout: Layout, shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out.pdf").write_text("older")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(batches, "bind", full)
    with pytest.raises(NoRoom):
        _print(layout, [_sheet(shelf, 1)], tmp_path / "out.pdf", shelf)
    assert (tmp_path / "out.pdf").read_text() == "older"


def test_a_medium_that_fills_up_while_the_parts_are_bound_is_told_from_the_process_that_binds(
    layout: Layout, shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "bind", lambda parts, _draft: bind(parts, Path("/dev/full")))
    with pytest.raises(NoRoom):
        _print(layout, [_sheet(shelf, number) for number in range(60)], tmp_path / "out.pdf", shelf)
    assert list(tmp_path.iterdir()) == [layout.path]


def test_a_broken_layout_says_which_one(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "broken.typ").write_text("#unknown-thing")
    with pytest.raises(TypesettingFailed, match=r"broken\.typ"):
        _print(Layout(tmp_path / "broken.typ", Places({}, {})), [Sheet("L000001", {})], tmp_path / "out.pdf", shelf)


def test_the_press_is_replaced_before_it_grows(layout: Layout, shelf: Shelf) -> None:
    seen = set()
    with Press(shelf, chunks_per_process=2) as press:
        for _ in range(5):
            press.start(layout.path, {"common": {"families": shelf.text_families}, "sheets": [_sheet(shelf, 1).data]})
            press.take()
            assert press._process is not None
            seen.add(press._process.pid)
    assert len(seen) == 3


def test_a_killed_press_is_an_error_and_not_half_a_document(layout: Layout, shelf: Shelf) -> None:
    with Press(shelf) as press:
        press.start(layout.path, {"common": {"families": shelf.text_families}, "sheets": []})
        press.take()
        assert press._process is not None
        press._process.kill()
        press._process.wait()
        with pytest.raises(TypesettingFailed, match="ended before"):
            press.start(layout.path, {"common": {}, "sheets": []})


def test_progress_reaches_the_end(layout: Layout, shelf: Shelf, tmp_path: Path) -> None:
    steps: list[tuple[int, int | None]] = []

    class Watched:
        def advance(self, done: int, total: int | None = None, note: str = "") -> None:
            steps.append((done, total))

    sheets = [_sheet(shelf, number) for number in range(2 * CHUNK + 21)]
    total = len(sheets)
    print_batch(layout, {"families": shelf.text_families}, sheets, tmp_path / "out.pdf", total=total, shelf=shelf, progress=Watched())
    assert steps == [(0, total), (CHUNK, total), (2 * CHUNK, total), (total, total)]


def test_labels_carry_their_codes(shelf: Shelf, tmp_path: Path) -> None:
    wanted = [labels.Label(f"S{number:07d}", ("藤沢 2026-11-21",)) for number in range(30)]
    printed = labels.print_labels(wanted, tmp_path / "labels.pdf", shelf=shelf, progress=Silent())
    assert len(printed.page_digests) == 2
    assert "S0000029" in _texts(printed.path)[1]


@pytest.mark.parametrize("code", ["123456789018", "", "S123456789012"])
def test_a_label_code_begins_with_a_letter_and_fits(shelf: Shelf, tmp_path: Path, code: str) -> None:
    with pytest.raises(ValueError, match="begins with a letter"):
        labels.print_labels([labels.Label(code)], tmp_path / "labels.pdf", shelf=shelf, progress=Silent())


def test_labels_begin_where_the_sheet_is_still_whole(shelf: Shelf, tmp_path: Path) -> None:
    wanted = [labels.Label(f"S{number:09d}") for number in range(3)]
    printed = labels.print_labels(wanted, tmp_path / "labels.pdf", shelf=shelf, progress=Silent(), start_at=23)
    assert ["S000000002" in text for text in _texts(printed.path)] == [False, True]
    with pytest.raises(ValueError, match="start_at"):
        labels.print_labels(wanted, tmp_path / "labels.pdf", shelf=shelf, progress=Silent(), start_at=25)


def test_every_sheet_of_an_installation_for_training_carries_its_word(layout: Layout, shelf: Shelf, tmp_path: Path, settings: Any) -> None:
    """S34: and none of an installation for the work itself does."""
    words = {}
    for mode in ("production", "training", "verification"):
        settings.MADOGUCHI_SITE = {"mode": mode}
        out = tmp_path / f"{mode}.pdf"
        sheets = [_sheet(shelf, number) for number in (1, 2)]
        print_batch(layout, {"families": list(shelf.text_families)}, sheets, out, total=2, shelf=shelf, progress=Silent())
        with closing(pypdfium2.PdfDocument(out)) as pdf:
            words[mode] = [page.get_textpage().get_text_range() for page in pdf]
    assert [["研修" in text for text in words[mode]] for mode in words] == [[False, False], [True, True], [False, False]]
    assert ["検証" in text for text in words["verification"]] == [True, True]
    assert all("A0A-00000" in text for text in words["training"])
