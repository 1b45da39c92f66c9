"""Lists described by staff: any order, codes, workbooks; tried before they are handed in, used only after a second person (DL-01)."""

import contextlib
import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.own_characters import Entry, write_entries
from madoguchi.delivery.intake import describing, picking, services
from madoguchi.delivery.intake.mapping_forms import HowForm
from madoguchi.delivery.intake.models import ImportBatch, ListMapping
from madoguchi.delivery.intake.picking import Description, SourceColumn
from madoguchi.kernel.tables import TableError
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.audit.actors import Actor, automatic
from madoguchi.platform.verbs import Silent

TITLES = ("番号", "姓名", "ふりがな", "誕生日", "男女", "住んでいる所", "ID", "備考")
FIELDS = ("serial", "name", "kana", "born", "sex", "address", "application_id", "")
CODES = {"男女": (("M", "男"), ("F", "女"))}
ROW = ("A1B-000001", "髙橋　一郎", "たかはし いちろう", "S55.9.8", "M", "神奈川県藤沢市辻堂１丁目", "1" * 23, "見ない列")


def description(**changes: Any) -> Description:
    columns = tuple(SourceColumn(title, field, CODES.get(title, ())) for title, field in zip(TITLES, FIELDS, strict=True))
    values = {"encoding": "cp932", "separator": "semicolon", "has_header": True, "dates": "wareki", "columns": columns}
    return Description(**{**values, **changes})


def text_of(*rows: tuple[str, ...], encoding: str = "cp932", separator: str = ";") -> bytes:
    return "".join(separator.join(row) + "\r\n" for row in rows).encode(encoding)


def book_of(*rows: tuple[object, ...]) -> bytes:
    book, stream = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr,arg-type]  # a new workbook has a sheet
    book.save(stream)
    return stream.getvalue()


def used(description_: Description, maker: Actor, approver: Actor, sample: Path) -> ListMapping:
    draft = describing.make_draft("own", "自庁の一覧", description_, maker)
    describing.try_on(draft.pk, sample, maker)
    describing.hand_in(draft.pk, maker)
    describing.put_to_use(draft.pk, approver)
    draft.refresh_from_db()
    return draft


@pytest.mark.django_db
def test_a_described_list_goes_the_whole_way_and_keeps_the_bytes_of_the_name(
    city: DeliveryPlace, tmp_path: Path, clerk: Actor, chief: Actor
) -> None:
    path = tmp_path / "list"
    path.write_bytes(text_of(TITLES, ROW))
    mapping = used(description(), clerk, chief, path)
    report = services.read_list(path, services.Wanted(services.layout_named("own")), automatic("importer"), Silent())
    assert (report.rows, report.accepted, report.new) == (1, 1, 1)
    services.apply(report.batch or 0, chief, Silent())
    card = Card.objects.get()
    assert (card.serial, card.name, card.born, card.sex, card.application_id) == ("A1B000001", "髙橋　一郎", "1980-09-08", "m", "1" * 23)
    assert bytes(card.name_raw) == "髙橋　一郎".encode("cp932")
    assert card.kana_key == "タカハシイチロウ"
    assert card.memo == ""
    batch = ImportBatch.objects.get()
    assert (batch.layout, batch.layout_version) == ("own", mapping.version)


@pytest.mark.django_db
def test_a_batch_is_applied_in_the_version_that_read_it(city: DeliveryPlace, tmp_path: Path, clerk: Actor, chief: Actor) -> None:
    path = tmp_path / "list"
    path.write_bytes(text_of(TITLES, ROW))
    used(description(), clerk, chief, path)
    report = services.read_list(path, services.Wanted(services.layout_named("own")), automatic("importer"), Silent())
    services.apply(report.batch or 0, chief, Silent())
    changed = (*ROW[:5], "神奈川県藤沢市本町２丁目", *ROW[6:])
    path.write_bytes(text_of(TITLES, changed))
    waiting = services.read_list(path, services.Wanted(services.layout_named("own")), automatic("importer"), Silent())
    narrow = description(
        columns=tuple(SourceColumn(one.title, "" if one.field == "kana" else one.field, one.codes) for one in description().columns)
    )
    newer = used(narrow, clerk, chief, path)
    assert newer.version == 2
    assert [one.state for one in ListMapping.objects.order_by("version")] == ["replaced", "approved"]
    services.apply(waiting.batch or 0, chief, Silent())
    assert ImportBatch.objects.get(pk=waiting.batch or 0).layout_version == 1
    assert Card.objects.get().address == "神奈川県藤沢市本町２丁目"


@pytest.mark.django_db
def test_a_workbook_is_read_with_its_dates_and_numbers(city: DeliveryPlace, tmp_path: Path, clerk: Actor, chief: Actor) -> None:
    path = tmp_path / "list.xlsx"
    row = ("A1B-000001", "𠮷川　一", None, dt.date(1980, 9, 8), "F", "神奈川県藤沢市本町", "2" * 23, 7.0)
    path.write_bytes(book_of(TITLES, row, (None,) * 8))
    mapping = used(description(encoding="xlsx"), clerk, chief, path)
    report = services.read_list(path, services.Wanted(services.layout_of(mapping)), automatic("importer"), Silent())
    assert (report.rows, report.accepted) == (1, 1)
    services.apply(report.batch or 0, chief, Silent())
    card = Card.objects.get()
    assert (card.name, card.born, card.sex, bytes(card.name_raw).decode()) == ("𠮷川　一", "1980-09-08", "f", "𠮷川　一")


@pytest.mark.django_db
def test_a_long_number_that_a_workbook_spoilt_is_refused(city: DeliveryPlace, tmp_path: Path, clerk: Actor) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(book_of(TITLES, (*ROW[:6], 1.2345e22, "")))
    draft = describing.make_draft("own", "一覧", description(encoding="xlsx"), clerk)
    trial = describing.try_on(draft.pk, path, clerk)
    assert (trial.rows, trial.accepted) == (1, 0)
    assert [problem.code for problem in trial.problems] == ["application-id-digits"]
    with pytest.raises(describing.DescribingRefused, match="試していません"):
        describing.hand_in(draft.pk, clerk)


@pytest.mark.django_db
def test_nothing_is_handed_in_that_was_not_tried_as_it_stands(city: DeliveryPlace, tmp_path: Path, clerk: Actor, chief: Actor) -> None:
    path = tmp_path / "list"
    path.write_bytes(text_of(TITLES, ROW, (*ROW[:3], "S55.13.8", *ROW[4:])))
    draft = describing.make_draft("own", "一覧", description(), clerk)
    with pytest.raises(describing.DescribingRefused, match="試していません"):
        describing.hand_in(draft.pk, clerk)
    trial = describing.try_on(draft.pk, path, clerk)
    assert (trial.rows, trial.rejected, trial.problems[0].line, trial.problems[0].column) == (2, 1, 3, "誕生日")
    assert trial.records[0][trial.titles.index("性別")] == "m"
    describing.change_draft(draft.pk, "一覧", description(dates="slash"), clerk, row_version=1)
    with pytest.raises(describing.DescribingRefused, match="試していません"):
        describing.hand_in(draft.pk, clerk)
    with pytest.raises(describing.DescribingRefused, match="先に更新"):
        describing.change_draft(draft.pk, "一覧", description(), clerk, row_version=1)
    assert not Card.objects.exists()
    assert not ImportBatch.objects.exists()
    with pytest.raises(services.ImportRefused, match="own"):
        services.layout_named("own")


@pytest.mark.django_db
def test_one_version_is_open_at_a_time_and_built_in_codes_are_taken(city: DeliveryPlace, clerk: Actor) -> None:
    describing.make_draft("own", "一覧", description(), clerk)
    with pytest.raises(describing.DescribingRefused, match="下書きか承認待ち"):
        describing.make_draft("own", "一覧", description(), clerk)
    with pytest.raises(describing.DescribingRefused, match="初めから"):
        describing.make_draft("kobe", "一覧", description(), clerk)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"columns": ()}, "列がありません"),
        ({"columns": description().columns[:-2]}, "申請書ID"),
        ({"columns": (*description().columns, SourceColumn("別の姓名", "name"))}, "「氏名」になる列が二つ"),
        ({"columns": (*description().columns, SourceColumn("番号", ""))}, "見出し「番号」が二つ"),
    ],
)
def test_what_a_description_lacks_is_said(changes: dict[str, Any], sentence: str) -> None:
    assert any(sentence in fault for fault in description(**changes).faults())
    with pytest.raises(picking.WrongSource):
        description(**changes).layout("own", "一覧", 1)


def test_a_description_survives_its_storage() -> None:
    assert Description.from_json(description().as_json()) == description()
    assert list(description().faults()) == []


@pytest.mark.parametrize("titles", [TITLES[::-1], (*TITLES, "新しい列"), TITLES[:-1]])
def test_another_title_refuses_a_workbook_and_a_text(tmp_path: Path, titles: tuple[str, ...]) -> None:
    for encoding, content in (("xlsx", book_of(titles, ROW)), ("cp932", text_of(titles, ROW))):
        path = tmp_path / f"list-{encoding}"
        path.write_bytes(content)
        layout = description(encoding=encoding).layout("own", "一覧", 1)
        with pytest.raises((picking.WrongSource, TableError)), picking.open_list(path, layout) as table:
            list(table)


@given(content=st.binary(max_size=400), encoding=st.sampled_from(["utf-8", "cp932", "xlsx"]), header=st.booleans())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_looked_at_or_refused_in_words(tmp_path: Path, content: bytes, encoding: str, header: bool) -> None:
    path = tmp_path / "sample"
    path.write_bytes(b"PK\x03\x04" + content if encoding == "xlsx" else content)
    with contextlib.suppress(picking.WrongSource):
        assert 6 <= len(picking.look_at(path, encoding, "comma", has_header=header).titles) <= picking.MOST_COLUMNS
    layout = description(encoding=encoding).layout("own", "一覧", 1)
    with contextlib.suppress(picking.WrongSource, TableError), picking.open_list(path, layout) as table:
        assert all(item.line >= 1 for item in table)


def test_only_a_title_that_is_the_very_name_of_a_column_is_guessed() -> None:
    guessed = describing.guessed_columns(picking.Sample(("申請書ＩＤ", "氏　名", "氏名", "名前", "生年月日")))
    assert [one.field for one in guessed] == ["application_id", "name", "", "", "born"]


@pytest.mark.django_db
def test_the_pages_lead_from_a_sample_to_use(
    city: DeliveryPlace,
    signed_in_client: Callable[..., Client],
    tmp_path: Path,
    settings: Any,
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    client, head = signed_in_client("clerk"), signed_in_client("chief")
    how = {"name": "自庁", "encoding": "cp932", "separator": "semicolon", "has_header": "on", "dates": "wareki"}
    sample = text_of(TITLES, ROW)
    assert "初めからある対応付け" in client.get("/intake/mappings/").content.decode()
    assert client.post("/intake/mappings/new/", {**how, "code": "own"}).status_code == 422
    wrong = client.post("/intake/mappings/new/", {**how, "separator": "comma", "code": "own", "file": SimpleUploadedFile("a.csv", sample)})
    assert "列が足りません" in wrong.content.decode()
    made = client.post("/intake/mappings/new/", {**how, "code": "own", "file": SimpleUploadedFile("a.csv", sample)})
    page = made["Location"]
    assert "まだ使えません" in client.get(page).content.decode()
    columns = {f"field_{place}": field for place, field in enumerate(FIELDS)} | {f"codes_{place}": "" for place in range(len(FIELDS))}
    bad = client.post(page, {**how, **columns, "codes_4": "M男", "row_version": 1})
    assert bad.status_code == 422
    assert "一覧の値=当方の値" in bad.content.decode()
    assert client.post(page, {**how, **columns, "codes_4": "M=男\nF=女", "row_version": 1}).status_code == 302
    assert "見本で試すと、承認に出せます" in client.get(page).content.decode()
    tried = client.post(f"{page}try/", {"file": SimpleUploadedFile("a.csv", sample)}).content.decode()
    assert "受け付けられる行 1 件" in tried
    assert "髙橋　一郎" in tried
    assert client.post(f"{page}hand-in/").status_code == 302
    approval = Approval.objects.get()
    assert head.get(page).status_code == 200
    assert head.post(f"/approvals/{approval.pk}/", {"decision": "approve", "reason": ""}).status_code == 302
    mapping = ListMapping.objects.get()
    assert (mapping.state, mapping.made_by, mapping.approved_by) == ("approved", "clerk", "chief")
    assert "own 自庁 (第1版)" in client.get("/intake/lists/").content.decode()
    assert client.post("/intake/lists/", {"layout": "own", "file": SimpleUploadedFile("a.csv", sample)}).status_code == 302
    assert ImportBatch.objects.get().layout == "own"
    assert "次の版を作る" in client.get(page).content.decode()
    assert signed_in_client("administrator").get("/intake/mappings/").status_code == 403


PLACES = ((1, 10), (11, 30), (41, 20), (61, 7), (68, 1), (69, 60), (129, 23), (152, 10))
"""Where the columns of TITLES stand in a list of fixed width, in bytes of CP932."""
FIXED_ROW = (*ROW[:3], "3550908", *ROW[4:])


def fixed_description(**changes: Any) -> Description:
    columns = tuple(
        SourceColumn(title, field, CODES.get(title, ()), start, width)
        for title, field, (start, width) in zip(TITLES, FIELDS, PLACES, strict=True)
    )
    return description(**{"separator": "bytes", "dates": "coded", "has_header": False, "columns": columns, **changes})


def fixed_text(*rows: tuple[str, ...]) -> bytes:
    return b"".join(
        b"".join(cell.encode("cp932").ljust(width) for cell, (_start, width) in zip(row, PLACES, strict=True)) + b"\r\n" for row in rows
    )


@pytest.mark.django_db
def test_a_list_of_fixed_width_goes_the_whole_way_with_its_codes_and_bytes(
    city: DeliveryPlace, tmp_path: Path, clerk: Actor, chief: Actor
) -> None:
    path = tmp_path / "list"
    second = ("A1B-000002", "渡\ue000　二郎", *FIXED_ROW[2:6], "2" * 23, "")
    write_entries([Entry(0xE000, "辺", "")], chief, second="second")
    path.write_bytes(fixed_text(FIXED_ROW) + fixed_text(FIXED_ROW)[:70] + b"\r\n" + fixed_text(second))
    mapping = used(fixed_description(), clerk, chief, path)
    assert (mapping.tried_rows, mapping.tried_rejected) == (3, 1)
    wanted = services.Wanted(services.layout_named("own"), leaves_out_rejected=True)
    report = services.read_list(path, wanted, automatic("importer"), Silent())
    assert (report.rows, report.accepted) == (3, 2)
    services.apply(report.batch or 0, chief, Silent())
    one, two = Card.objects.order_by("serial")
    assert (one.name, one.born, one.sex, one.address) == ("髙橋　一郎", "1980-09-08", "m", "神奈川県藤沢市辻堂１丁目")
    assert bytes(one.name_raw) == "髙橋　一郎".encode("cp932")
    assert (two.name, two.name_key) == ("渡\ue000　二郎", "渡辺二郎")
    assert bytes(two.name_raw) == b"\x93n\xf0\x40\x81\x40\x93\xf1\x98Y"


@pytest.mark.django_db
def test_a_list_with_bars_keeps_characters_whose_second_byte_is_a_bar(
    city: DeliveryPlace, tmp_path: Path, clerk: Actor, chief: Actor
) -> None:
    path = tmp_path / "list"
    row = (ROW[0], "ポール　\ue03c", *ROW[2:])  # 83 7C and F0 7C
    path.write_bytes(text_of(TITLES, row, separator="|"))
    used(description(separator="bar"), clerk, chief, path)
    report = services.read_list(path, services.Wanted(services.layout_named("own")), automatic("importer"), Silent())
    services.apply(report.batch or 0, chief, Silent())
    card = Card.objects.get()
    assert card.name == "ポール　\ue03c"
    assert bytes(card.name_raw) == row[1].encode("cp932")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"encoding": "xlsx"}, "ブックは固定長では読めません"),
        ({"columns": tuple(SourceColumn(title, field) for title, field in zip(TITLES, FIELDS, strict=True))}, "位置がありません"),
        ({"columns": (*fixed_description().columns, SourceColumn("元号", "memo", (), 61, 1))}, "位置が重なって"),
    ],
)
def test_what_is_wrong_with_the_places_is_said(changes: dict[str, Any], sentence: str) -> None:
    assert any(sentence in fault for fault in fixed_description(**changes).faults())


@pytest.mark.parametrize(
    ("positions", "words"),
    [
        ("", "列の位置を入力"),
        ("申請書ID,1,二十三", "1 行目"),
        ("申請書ID,1,23\n氏名,0,10", "2 行目の始まり"),
        ("申請書ID,23\n申請書ID,10", "2 行目の名前"),
    ],
)
def test_places_that_cannot_be_read_name_their_line(positions: str, words: str) -> None:
    how = {"name": "自庁", "encoding": "cp932", "separator": "bytes", "dates": "coded", "positions": positions}
    form = HowForm(how)
    assert not form.is_valid()
    assert words in str(form.errors["positions"])


@pytest.mark.django_db
def test_the_editor_takes_places_and_shows_them_again(
    city: DeliveryPlace, signed_in_client: Callable[..., Client], tmp_path: Path, settings: Any
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    client = signed_in_client("clerk")
    # Behind the first column, the places follow by themselves.
    positions = "\n".join(f"{title},{width}" for title, (_start, width) in zip(TITLES, PLACES, strict=True))
    how = {"name": "自庁", "encoding": "cp932", "separator": "bytes", "dates": "coded", "positions": positions}

    def sample(content: bytes) -> SimpleUploadedFile:
        return SimpleUploadedFile("list.txt", content)

    short = client.post("/intake/mappings/new/", {**how, "code": "own", "file": sample(fixed_text(FIXED_ROW)[:90])})
    assert "90 バイト" in short.content.decode()
    page = client.post("/intake/mappings/new/", {**how, "code": "own", "file": sample(fixed_text(FIXED_ROW))})["Location"]
    shown = client.get(page).content.decode()
    assert "129–151" in shown
    assert "住んでいる所,69,60" in shown
    columns = {f"field_{place}": field for place, field in enumerate(FIELDS)} | {"codes_4": "M=男"}
    assert client.post(page, {**how, **columns, "row_version": 1}).status_code == 302
    tried = client.post(f"{page}try/", {"file": sample(fixed_text(FIXED_ROW))}).content.decode()
    assert "受け付けられる行 1 件" in tried
    assert "1980-09-08" in tried
    # A column more keeps what the others mean.
    more = positions.replace("備考,10", "備考,8\n予備,2")
    columns["field_7"] = "memo"
    assert client.post(page, {**how, **columns, "positions": more, "row_version": 2}).status_code == 302
    spec = Description.from_json(ListMapping.objects.get().spec)
    assert [(one.title, one.field, one.start, one.width) for one in spec.columns[-2:]] == [("備考", "memo", 152, 8), ("予備", "", 160, 2)]
