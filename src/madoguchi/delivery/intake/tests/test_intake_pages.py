"""Pages of the intake: from the upload to the approval by another person, and from the box to the shelf."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.intake import forms, services, views
from madoguchi.delivery.intake.models import Arrival, ImportBatch, ImportProblem
from madoguchi.kernel import invented
from madoguchi.kernel.labels import sleeve_code
from madoguchi.platform.jobs import services as jobs
from madoguchi.platform.jobs.models import Job

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[..., Client]
WriteList = Callable[..., tuple[Path, list[invented.PlantedFault]]]
PASSWORD = "kawa-no-hotori-7"  # the password of every account that `signed_in_client` makes


def upload(client: Client, path: Path, layout: str, **entered: object) -> object:
    file = SimpleUploadedFile("一覧.csv", path.read_bytes())
    return client.post("/intake/lists/", {"file": file, "layout": layout, **entered}, follow=True)


def test_a_list_is_read_by_one_and_approved_by_another(city: DeliveryPlace, write_list: WriteList, signed_in_client: SignIn) -> None:
    clerk, chief = signed_in_client("clerk"), signed_in_client("chief")
    page = upload(clerk, write_list("kobe", 12)[0], "kobe").content.decode()  # type: ignore[attr-defined]
    assert "承認を待っています" in page
    batch = ImportBatch.objects.get()
    assert (batch.imported_by, batch.state) == ("clerk", "waiting")
    assert chief.post(f"/intake/lists/{batch.pk}/approve/", follow=True).status_code == 200
    batch.refresh_from_db()
    assert (batch.state, batch.approved_by, Card.objects.count()) == ("applied", "chief", 12)


def test_a_list_that_waits_stands_in_the_queue_of_who_may_approve_it(
    city: DeliveryPlace, write_list: WriteList, signed_in_client: SignIn
) -> None:
    clerk, chief = signed_in_client("clerk"), signed_in_client("chief")
    upload(clerk, write_list("kobe", 12)[0], "kobe")
    address = f"/intake/lists/{ImportBatch.objects.get().pk}/"
    page = chief.get("/approvals/").content.decode()
    assert f'<a href="{address}">取り込み' in page
    assert "新規 12 件、変更 0 件" in page
    assert address not in clerk.get("/approvals/").content.decode()
    own = upload(chief, write_list("fixed", 3, 2)[0], "fixed")
    assert own.status_code == 200  # type: ignore[attr-defined]
    assert "新規 3 件" not in chief.get("/approvals/").content.decode()
    chief.post(f"{address}approve/")
    assert address not in chief.get("/approvals/").content.decode()


def test_a_list_without_a_difference_says_so(city: DeliveryPlace, write_list: WriteList, signed_in_client: SignIn) -> None:
    clerk, chief = signed_in_client("clerk"), signed_in_client("chief")
    path = write_list("kobe", 12)[0]
    upload(clerk, path, "kobe")
    chief.post(f"/intake/lists/{ImportBatch.objects.get().pk}/approve/")
    again = upload(clerk, path, "kobe")
    assert "変わるところはありません" in again.content.decode()  # type: ignore[attr-defined]
    assert ImportBatch.objects.count() == 1


def test_the_approver_of_many_changes_types_how_many_they_are(city: DeliveryPlace, write_list: WriteList, signed_in_client: SignIn) -> None:
    clerk, chief = signed_in_client("clerk"), signed_in_client("chief")
    path = write_list("fixed", 120)[0]
    upload(clerk, path, "fixed")
    first = ImportBatch.objects.get()
    assert "変更されるカードの枚数" not in chief.get(f"/intake/lists/{first.pk}/").content.decode()
    chief.post(f"/intake/lists/{first.pk}/approve/")
    path.write_bytes(path.read_bytes().replace("番".encode("cp932"), "番地".encode("cp932")))
    upload(clerk, path, "fixed")
    batch = ImportBatch.objects.latest("pk")
    assert batch.is_mass_change
    assert "変更されるカードの枚数" in chief.get(f"/intake/lists/{batch.pk}/").content.decode()
    for typed in ({}, {"confirmed_changes": "many"}, {"confirmed_changes": batch.changed + 1}):
        assert chief.post(f"/intake/lists/{batch.pk}/approve/", typed).status_code == 422
    batch.refresh_from_db()
    assert batch.state == "waiting"
    chief.post(f"/intake/lists/{batch.pk}/approve/", {"confirmed_changes": batch.changed})
    batch.refresh_from_db()
    assert batch.state == "applied"


def test_the_second_person_may_confirm_on_the_same_screen(city: DeliveryPlace, write_list: WriteList, signed_in_client: SignIn) -> None:
    clerk, _chief = signed_in_client("clerk"), signed_in_client("chief")
    upload(clerk, write_list("fixed", 5)[0], "fixed")
    address = f"/intake/lists/{ImportBatch.objects.get().pk}/approve/"
    assert clerk.post(address, {"witness_user_id": "clerk", "witness_password": PASSWORD}).status_code == 422
    assert clerk.post(address, {"witness_user_id": "chief", "witness_password": "wrong"}).status_code == 422
    assert Card.objects.count() == 0
    assert clerk.post(address, {"witness_user_id": "chief", "witness_password": PASSWORD}).status_code == 302
    assert Card.objects.count() == 5


def test_a_row_is_called_as_the_spreadsheet_calls_it(
    city: DeliveryPlace, write_list: WriteList, signed_in_client: SignIn, tmp_path: Path
) -> None:
    # A memo of three lines is one row of a sheet: what comes behind stands two rows higher than its line in the file.
    header, first, second, *_rest = write_list("kobe", 12)[0].read_text().splitlines()
    before_memo, _comma, _memo = first.rpartition(",")
    faulty = tmp_path / "faulty.csv"
    cells = second.split(",")
    cells[2] = "ABC"
    faulty.write_text("\r\n".join([header, f'{before_memo},"一\n二\n三"', ",".join(cells), ""]), newline="")
    page = upload(signed_in_client("clerk"), faulty, "kobe").content.decode()  # type: ignore[attr-defined]
    problem = ImportProblem.objects.get(is_error=True)
    assert (problem.line, problem.row, problem.column) == (5, 3, "製造管理番号")
    assert '<th scope="row" class="is-number">3</th><td class="code">C</td><td>製造管理番号</td>' in page


def test_faults_are_shown_by_line_and_may_be_left_out(city: DeliveryPlace, write_list: WriteList, signed_in_client: SignIn) -> None:
    clerk, chief = signed_in_client("clerk"), signed_in_client("chief")
    path, planted = write_list("fujisawa", 60, faults=19)
    page = upload(clerk, path, "fujisawa").content.decode()  # type: ignore[attr-defined]
    batch = ImportBatch.objects.get()
    assert batch.state == "faulty"
    first = next(fault for fault in planted if fault.refused)
    assert f'<th scope="row" class="is-number">{first.line}</th><td class="code">A</td><td>申請書ID</td>' in page
    assert "<td>申請書IDは23桁です。" in page
    assert f"{first.line}行A列 申請書ID: " in clerk.get(f"/intake/lists/{batch.pk}/result.csv").content.decode()
    chief.post(f"/intake/lists/{batch.pk}/approve/")
    assert Card.objects.count() == 0
    clerk.post(f"/intake/lists/{batch.pk}/leave-out/")
    chief.post(f"/intake/lists/{batch.pk}/approve/")
    assert Card.objects.count() == 60 - sum(fault.refused for fault in planted)


@pytest.mark.parametrize(
    ("content", "entered", "words"),
    [
        (b"", {}, "ファイルが空です"),
        (b"PK\x03\x04xl/workbook", {}, "Excel"),
        (b"a,b,c\r\n1,2,3\r\n", {}, "見出しが違います"),
        (b"a,b,c\r\n", {"expect_rows": "many"}, "件数は数字で"),
        (b"a,b,c\r\n", {"layout": "unknown"}, "対応付けを選び直してください。"),
    ],
)
def test_a_wrong_file_is_answered_in_words(
    content: bytes, entered: dict[str, str], words: str, city: DeliveryPlace, signed_in_client: SignIn
) -> None:
    file = SimpleUploadedFile("x.csv", content)
    answer = signed_in_client("clerk").post("/intake/lists/", {"layout": "kobe", **entered, "file": file})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert ImportBatch.objects.count() == 0


def test_an_upload_over_the_limit_is_cut_off_and_refused(
    city: DeliveryPlace, signed_in_client: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "LARGEST_FILE", 1000)
    monkeypatch.setattr(services, "LARGEST_FILE", 1000)
    file = SimpleUploadedFile("x.csv", b"0" * 200_000)
    answer = signed_in_client("clerk").post("/intake/lists/", {"layout": "kobe", "file": file})
    assert answer.status_code == 422
    assert "ファイルが大きすぎます" in answer.content.decode()


def test_an_upload_without_the_token_of_the_page_is_refused(city: DeliveryPlace, signed_in_client: SignIn) -> None:
    client = signed_in_client("clerk")
    client.handler.enforce_csrf_checks = True
    assert client.post("/intake/lists/", {"layout": "kobe", "file": SimpleUploadedFile("x.csv", b"a")}).status_code == 403


def test_a_large_list_is_read_and_applied_by_the_worker(
    city: DeliveryPlace, write_list: WriteList, signed_in_client: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "_READ_AT_ONCE", 100)
    monkeypatch.setattr(views, "_APPLY_AT_ONCE", 2)
    clerk, chief = signed_in_client("clerk"), signed_in_client("chief")
    upload(clerk, write_list("kobe", 12)[0], "kobe")
    job = Job.objects.get()
    kept = Path(job.arguments["path"])
    assert kept.stat().st_mode & 0o077 == 0
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, kept.exists()) == ("done", False)
    batch = ImportBatch.objects.get()
    chief.post(f"/intake/lists/{batch.pk}/approve/")
    jobs.run(Job.objects.order_by("-pk")[0].pk)
    assert (Card.objects.count(), ImportBatch.objects.get().approved_by) == (12, "chief")


def test_a_list_is_thrown_away_with_a_reason(city: DeliveryPlace, write_list: WriteList, signed_in_client: SignIn) -> None:
    clerk = signed_in_client("clerk")
    upload(clerk, write_list("fixed", 5)[0], "fixed")
    address = f"/intake/lists/{ImportBatch.objects.get().pk}/discard/"
    assert clerk.post(address, {"reason": ""}).status_code == 422
    assert clerk.post(address, {"reason": "先月の一覧"}).status_code == 302
    assert ImportBatch.objects.get().state == "discarded"


def test_a_box_is_received_by_two(make_card: Callable[..., Card], signed_in_client: SignIn) -> None:
    card = make_card(1)
    clerk, chief = signed_in_client("clerk"), signed_in_client("chief")
    assert clerk.post("/intake/arrivals/", {"place": "01", "expected": "0"}).status_code == 422
    assert clerk.post("/intake/arrivals/", {"place": "01", "expected": "1"}).status_code == 302
    address = f"/intake/arrivals/{Arrival.objects.get().pk}/"
    assert clerk.post(f"{address}scan/", {"code": "A1B-999999"}).status_code == 422
    assert clerk.post(f"{address}scan/", {"code": "A1B-000001"}).status_code == 302
    sheet = clerk.post(f"{address}labels/")
    assert (sheet["Content-Type"], sheet.content[:5]) == ("application/pdf", b"%PDF-")
    inspected = {"sleeve": sleeve_code(card.pk), "number": card.serial, "compared": "on"}
    own = clerk.post(f"{address}inspect/", inspected)
    assert own.status_code == 422
    assert "別の職員が検品してください" in own.content.decode()
    assert chief.post(f"{address}inspect/", {**inspected, "compared": ""}).status_code == 422
    assert chief.post(f"{address}inspect/", inspected).status_code == 302
    assert clerk.post(f"{address}correct/", {"expected": "1", "reason": ""}).status_code == 422
    assert clerk.post(f"{address}close/").status_code == 302
    assert Arrival.objects.get().closed_by == "clerk"
    assert "受入は完了しました" in clerk.get(address).content.decode()
    assert clerk.get("/intake/arrivals/").status_code == 200


def test_a_card_that_ended_on_the_way_gets_its_place_and_is_not_inspected(make_card: Callable[..., Card], signed_in_client: SignIn) -> None:
    for number, progress in enumerate(("withdrawn", "lapsed"), start=1):
        make_card(number, progress=progress)
    clerk = signed_in_client("clerk")
    assert clerk.post("/intake/arrivals/", {"place": "01", "expected": "2"}).status_code == 302
    address = f"/intake/arrivals/{Arrival.objects.get().pk}/"
    for code in ("A1B-000001", "A1B-000002"):
        assert clerk.post(f"{address}scan/", {"code": code}).status_code == 302
    assert list(Card.objects.order_by("pk").values_list("progress", "place_kind", "custodian")) == [
        ("withdrawn", "stored", "clerk"),
        ("lapsed", "stored", "clerk"),
    ]
    page = clerk.get(address).content.decode()
    assert "取りやめ・失効 (検品しない)" in page
    assert clerk.post(f"{address}labels/").status_code == 302  # no label: nothing waits for the inspection
    assert clerk.post(f"{address}close/").status_code == 302
    assert Arrival.objects.get().closed_by == "clerk"


def test_results_of_the_preset_are_entered_by_scan(make_card: Callable[..., Card], signed_in_client: SignIn) -> None:
    city = DeliveryPlace.objects.get(code="01")
    card = make_card(1, progress="inspected", place_kind="stored", site=city, sleeve_code=sleeve_code(1))
    client = signed_in_client("clerk")
    assert card.shown_serial in client.get("/intake/presets/").content.decode()
    assert client.post("/intake/presets/", {"code": card.serial, "result": "ng", "kind": "chip", "reason": ""}).status_code == 422
    assert client.post("/intake/presets/", {"code": "A1B-999999", "result": "ok"}).status_code == 422
    assert client.post("/intake/presets/", {"code": card.sleeve_code, "result": "ok"}).status_code == 302
    card.refresh_from_db()
    assert card.progress == "preset"


@pytest.mark.parametrize("role", ["operator", "auditor", "administrator"])
def test_others_do_not_open_the_intake(role: str, city: DeliveryPlace, signed_in_client: SignIn) -> None:
    client = signed_in_client(role)
    assert {client.get(f"/intake/{page}/").status_code for page in ("lists", "arrivals", "presets")} == {403}


def test_the_second_person_inspects_card_after_card_by_scan(make_card: Callable[..., Card], signed_in_client: SignIn) -> None:
    first, second, third = make_card(1, braille="有"), make_card(2), make_card(3)
    clerk, chief = signed_in_client("clerk"), signed_in_client("chief")
    clerk.post("/intake/arrivals/", {"place": "01", "expected": "3"})
    arrival = f"/intake/arrivals/{Arrival.objects.get().pk}/"
    for card in (first, second, third):
        clerk.post(f"{arrival}scan/", {"code": card.serial})
    clerk.post(f"{arrival}labels/")
    address, label = f"{arrival}inspection/", sleeve_code(first.pk)
    assert chief.get(address).status_code == 200
    assert chief.post(address, {"code": ""}).status_code == 422
    assert chief.post(address, {"code": "A1B-999999"}).status_code == 422
    shown = chief.post(address, {"code": first.serial}).content.decode()
    assert "髙橋" in shown
    assert "点字の刻印" in shown
    assert "検品済にする" not in shown
    wrong = chief.post(address, {"code": sleeve_code(second.pk), "first": first.serial})
    assert wrong.status_code == 409
    assert "検品済にする" not in wrong.content.decode()
    right = chief.post(address, {"code": label, "first": first.serial}).content.decode()
    assert "match-match" in right
    assert "検品済にする" in right
    assert "検品済にする" in chief.post(address, {"code": first.serial, "first": label}).content.decode()
    read = {"label": label, "number": first.serial}
    assert "別の職員が検品" in clerk.post(f"{address}{first.pk}/done/", read).content.decode()
    assert chief.post(f"{address}{first.pk}/done/", {"label": "", "number": first.serial}).status_code == 422
    assert chief.post(f"{address}{first.pk}/done/", read).status_code == 302
    assert "もう済んでいます" in chief.post(address, {"code": label}).content.decode()
    assert chief.post(f"{address}{third.pk}/fault/", {"kind": "misprint", "reason": ""}).status_code == 422
    assert chief.post(f"{address}{third.pk}/fault/", {"kind": "misprint", "reason": "かすれ"}).status_code == 302
    assert "残り 1 枚" in chief.get(address).content.decode()
    assert chief.post(f"{address}99999/done/", read).status_code == 404
