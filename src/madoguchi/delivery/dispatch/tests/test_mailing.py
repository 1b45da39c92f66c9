"""発送管理: tracking numbers, what comes back, other addresses, and cards that go by mail behind three scans."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pypdfium2
import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from madoguchi.delivery.cards import services as cards
from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.dispatch import lists, mailing, queries, services
from madoguchi.delivery.dispatch.choosing import choose_by_serials
from madoguchi.delivery.dispatch.models import Batch, Dispatch, Kind, OtherAddress, Way
from madoguchi.kernel.labels import sleeve_code
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.jobs import services as jobs
from madoguchi.platform.jobs.models import Job
from madoguchi.platform.verbs import Silent

MakeCard = Callable[..., Card]
SignIn = Callable[..., Client]
TRACKING = "400112345678"  # twelve digits, as recorded mail has

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.delivery.urls")]


def _sent(card: Card, **columns: object) -> Dispatch:
    values = {"kind": "notice", "sent_on": clock.today(), "name": card.name, "address": card.address, "times": 1, "has_gaiji": False}
    return Dispatch.objects.create(card=card, **{**values, **columns})


def _enclosure(card: Card, actor: Actor, out: Path) -> Dispatch:
    order = services.Order(Kind.CARD, Way.RESTRICTED)
    services.print_letters(choose_by_serials([card.serial], Kind.CARD), out, actor, progress=Silent(), order=order)
    return Dispatch.objects.get(card=card, kind="card")


def _to_be_mailed(make_card: MakeCard, number: int = 1, **columns: object) -> Card:
    return make_card(number, sleeve_code=sleeve_code(number), **columns)


@pytest.mark.parametrize(
    ("typed", "one_form"), [("4001-1234-5678", TRACKING), ("４００１１２３４５６７８", TRACKING), (" rr123456789jp ", "RR123456789JP")]
)
def test_a_tracking_number_has_one_form(typed: str, one_form: str) -> None:
    assert mailing.read_tracking(typed) == one_form


@pytest.mark.parametrize("typed", ["", "12345", "40011234567890", "追跡番号"])
def test_what_is_no_tracking_number_is_refused(typed: str) -> None:
    with pytest.raises(mailing.WrongTracking):
        mailing.read_tracking(typed)


def test_a_tracking_number_belongs_to_one_envelope(make_card: MakeCard, clerk: Actor) -> None:
    first, second = _sent(make_card(1)), _sent(make_card(2))
    mailing.change_dispatch(first.pk, clerk, tracking_number=TRACKING, external_code="EX-1", memo="再送の相談あり")
    with pytest.raises(mailing.WrongTracking) as refused:
        mailing.change_dispatch(second.pk, clerk, tracking_number=TRACKING, external_code="", memo="")
    assert refused.value.code == "taken"
    first.refresh_from_db()
    assert (first.tracking_number, first.external_code) == (TRACKING, "EX-1")
    found = mailing.dispatch_scanned("4001-1234-5678")
    assert found is not None
    assert found.pk == first.pk


def test_a_returned_notice_waits_for_its_second_sending(make_card: MakeCard, clerk: Actor) -> None:
    card = make_card(1, notice="sent")
    row = _sent(card)
    mailing.record_return(row, clerk, reason="転居先不明")
    card.refresh_from_db()
    row.refresh_from_db()
    assert (card.notice, row.returned_on, row.return_reason) == ("came_back", clock.today(), "転居先不明")
    with pytest.raises(mailing.NotSent):
        mailing.record_return(row, clerk, reason="転居先不明")
    order = services.Order(Kind.RESEND)
    services.print_letters(choose_by_serials([card.serial], Kind.RESEND), None, clerk, progress=Silent(), order=order)
    assert sorted(Dispatch.objects.values_list("kind", "times")) == [("notice", 1), ("resend", 1)]


def test_an_older_letter_that_comes_back_leaves_the_newer_notice_alone(make_card: MakeCard, clerk: Actor) -> None:
    card = make_card(1, notice="sent")
    older = _sent(card)
    _sent(card, kind="resend")
    mailing.record_return(older, clerk, reason="保管期間経過")
    card.refresh_from_db()
    assert card.notice == "sent"


def test_what_was_not_sent_does_not_come_back(make_card: MakeCard, clerk: Actor) -> None:
    row = _sent(make_card(1), sent_on=None)
    with pytest.raises(mailing.NotSent):
        mailing.record_return(row, clerk, reason="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        Dispatch.objects.filter(pk=row.pk).update(returned_on=clock.today())


def test_letters_go_to_the_other_address_until_its_day(make_card: MakeCard, clerk: Actor, tmp_path: Path) -> None:
    card = make_card(1)
    given = {"postcode": "2520804", "address": "神奈川県藤沢市湘南台２丁目３番　ひまわり苑", "reason": "施設入所", "approved_by": "chief"}
    mailing.set_other_address(card, clerk, until=clock.today() - dt.timedelta(days=1), **given)
    assert queries.other_addresses_of([card.pk], clock.today()) == {}
    mailing.set_other_address(card, clerk, until=clock.today(), **given)
    services.print_letters(choose_by_serials([card.serial]), tmp_path / "out.pdf", clerk, progress=Silent())
    with pypdfium2.PdfDocument(tmp_path / "out.pdf") as document:
        text = "".join(document[0].get_textpage().get_text_range().replace("\ufffe", "-").split())
    assert "〒252-0804神奈川県藤沢市湘南台２丁目３番ひまわり苑" in text
    assert "コーポ藤沢" not in text
    assert Dispatch.objects.get().postcode == "2520804"
    assert mailing.end_other_address(card, clerk) is True
    assert mailing.end_other_address(card, clerk) is False
    with pytest.raises(IntegrityError), transaction.atomic():
        OtherAddress.objects.create(card=card, until=clock.today(), set_by="a", **{**given, "approved_by": "a"})


def test_a_card_goes_by_mail_when_three_scans_belong_together(make_card: MakeCard, clerk: Actor, tmp_path: Path) -> None:
    card, other = _to_be_mailed(make_card), _to_be_mailed(make_card, 2)
    row, foreign = _enclosure(card, clerk, tmp_path / "a.pdf"), _enclosure(other, clerk, tmp_path / "b.pdf")
    assert row.sheet is not None
    assert foreign.sheet is not None
    with pytest.raises(mailing.DoesNotMatch):
        mailing.seal(card.sleeve_code or "", foreign.sheet.code, TRACKING, clerk)
    with pytest.raises(mailing.WrongTracking):
        mailing.seal(card.sleeve_code or "", row.sheet.code, "12", clerk)
    card.refresh_from_db()
    assert card.place_kind == "stored"
    mailing.seal(card.sleeve_code or "", row.sheet.code, TRACKING, clerk)
    card.refresh_from_db()
    row.refresh_from_db()
    assert (card.place_kind, card.custodian, card.progress) == ("mail", "郵便", "preset")
    assert (row.tracking_number, row.sent_on, row.way) == (TRACKING, clock.today(), "restricted")
    with pytest.raises(mailing.NotHere):
        mailing.seal(card.sleeve_code or "", row.sheet.code, "400112345679", clerk)
    with pytest.raises(mailing.WrongTracking):
        mailing.seal(other.sleeve_code or "", foreign.sheet.code, TRACKING, clerk)
    mailing.record_delivery(row, clerk, delivered_on=clock.today())
    card.refresh_from_db()
    assert (card.progress, card.place_kind) == ("delivered", "person")
    with pytest.raises(mailing.NotSent):
        mailing.record_return(row, clerk, reason="保管期間経過")


def test_a_mailed_card_that_comes_back_is_in_the_house_again(make_card: MakeCard, clerk: Actor, tmp_path: Path) -> None:
    card = _to_be_mailed(make_card)
    row = _enclosure(card, clerk, tmp_path / "a.pdf")
    assert row.sheet is not None
    mailing.seal(card.sleeve_code or "", row.sheet.code, TRACKING, clerk)
    row.refresh_from_db()
    mailing.record_return(row, clerk, reason="保管期間経過")
    card.refresh_from_db()
    assert (card.progress, card.place_kind, card.site_id) == ("preset", "stored", card.delivery_place_id)


@pytest.mark.parametrize(
    ("columns", "words"),
    [({"progress": "inspected"}, "交付前設定"), ({"visit": "booked"}, "来庁の予約"), ({"expires": dt.date(2020, 1, 1)}, "有効期限")],
)
def test_a_card_that_may_not_go_by_mail_says_why(make_card: MakeCard, columns: dict[str, object], words: str) -> None:
    assert words in mailing.reason_against_mailing(_to_be_mailed(make_card, 1, **columns))


def test_a_protected_card_is_not_sealed_after_its_enclosure_was_printed(
    make_card: MakeCard, clerk: Actor, chief: Actor, tmp_path: Path
) -> None:
    card = _to_be_mailed(make_card)
    row = _enclosure(card, clerk, tmp_path / "a.pdf")
    assert row.sheet is not None
    card.refresh_from_db()
    cards.set_hold(card.pk, HoldKind.PROTECTED, chief, expected_version=card.version, reason="申出")
    with pytest.raises(cards.NotAllowed):
        mailing.seal(card.sleeve_code or "", row.sheet.code, TRACKING, clerk)
    row.refresh_from_db()
    assert (row.sent_on, row.tracking_number) == (None, "")


def test_recorded_mail_of_a_protected_person_is_posted_on_a_slip_of_its_own(
    make_card: MakeCard, chief: Actor, signed_in_client: SignIn, tmp_path: Path
) -> None:
    """By its number the post tells anybody where an envelope went: neither it nor the name stands on a list that others handle."""
    today, numbers = clock.today(), {}
    for number in (1, 2, 3):
        card = _to_be_mailed(make_card, number, place_kind="mail", custodian="郵便")
        numbers[card.pk] = f"12345678901{number}"
        _sent(card, kind="card", way="restricted", sent_on=today, tracking_number=numbers[card.pk])
        if number > 1:
            cards.set_hold(card.pk, HoldKind.PROTECTED, chief, expected_version=card.version, reason="申出")
    open_one, *hidden = numbers.values()
    clerk_page, head = signed_in_client("clerk", user_id="a"), signed_in_client("chief", user_id="b")
    listed = clerk_page.get("/letters/dispatches/").content.decode()
    assert "支援措置" not in listed
    common = _texts(clerk_page.get(f"/letters/slip/restricted/{today}/").content, tmp_path)
    assert ("差出通数1通" in common[0], open_one in common[0], any(one in "".join(common) for one in hidden)) == (True, True, False)
    assert clerk_page.get("/letters/protected/").status_code == 403
    assert clerk_page.get(f"/letters/protected/slip/restricted/{today}/").status_code == 403
    page = head.get("/letters/protected/").content.decode()
    assert all(one in page for one in hidden)
    assert open_one not in page
    assert "山田" not in page
    own = _texts(head.get(f"/letters/protected/slip/restricted/{today}/").content, tmp_path)
    assert [[one in sheet for one in hidden] for sheet in own] == [[True, False], [False, True]]
    row = Dispatch.objects.get(tracking_number=hidden[0])
    assert head.post(f"/letters/cards/{row.pk}/delivered/", {}).status_code == 422
    said = head.post(f"/letters/cards/{row.pk}/delivered/", _boxes("delivered_on", today))
    assert said["Location"].endswith("/letters/protected/")
    assert Card.objects.get(pk=row.card_id).progress == "delivered"
    assert head.get(f"/letters/protected/slip/registered/{today}/").status_code == 404


def _boxes(name: str, day: dt.date) -> dict[str, str]:
    return {f"{name}_year": str(day.year), f"{name}_month": str(day.month), f"{name}_day": str(day.day)}


def _texts(pdf: bytes, folder: Path) -> list[str]:
    (folder / "some.pdf").write_bytes(pdf)
    with pypdfium2.PdfDocument(folder / "some.pdf") as document:
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]


def test_an_enclosure_that_bears_an_address_of_before_is_not_sealed(make_card: MakeCard, clerk: Actor, tmp_path: Path) -> None:
    card = _to_be_mailed(make_card)
    row = _enclosure(card, clerk, tmp_path / "a.pdf")
    assert row.sheet is not None
    given = {"postcode": "2520804", "address": "神奈川県藤沢市湘南台２丁目３番", "reason": "施設入所", "approved_by": "chief"}
    mailing.set_other_address(card, clerk, until=clock.today(), **given)
    with pytest.raises(mailing.NotHere) as wrong:
        mailing.seal(card.sleeve_code or "", row.sheet.code, TRACKING, clerk)
    assert wrong.value.code == "address"
    row.refresh_from_db()
    assert (row.sent_on, row.tracking_number) == (None, "")


def test_the_list_shows_no_protected_card_and_the_workbook_has_every_item(
    make_card: MakeCard, clerk: Actor, chief: Actor, tmp_path: Path
) -> None:
    _sent(make_card(1), postcode="2510054", external_code="EX-1")
    card = make_card(2)
    _sent(card)
    cards.set_hold(card.pk, HoldKind.PROTECTED, chief, expected_version=card.version, reason="申出")
    assert [row.card.serial for row in queries.listed_dispatches()] == ["A1B000001"]
    (tmp_path / "list.xlsx").write_bytes(lists.workbook(queries.listed_dispatches(), clerk, purpose="点検"))
    sheet = openpyxl.load_workbook(tmp_path / "list.xlsx").active
    assert sheet is not None
    header, row = sheet.iter_rows(values_only=True)
    shown = dict(zip(header, row, strict=True))
    assert shown["製造管理番号"] == "A1B000001"
    assert shown["その他連携コード"] == "EX-1"
    assert {
        "発送ID",
        "申請書ID",
        "発送日",
        "郵便番号",
        "氏名",
        "住所",
        "追跡番号",
        "発送回数",
        "返戻日",
        "返戻事由",
        "外字有無",
        "メモ",
    } <= set(shown)


def test_a_return_is_recorded_with_one_scan_and_one_key(make_card: MakeCard, signed_in_client: SignIn) -> None:
    card = make_card(1, notice="sent")
    row = _sent(card, tracking_number=TRACKING)
    client = signed_in_client("clerk")
    assert client.get("/letters/returns/").status_code == 200
    assert client.post("/letters/returns/", {"code": "ZZZ999999"}).status_code == 422
    answer = client.post("/letters/returns/", {"code": TRACKING})
    assert answer["Location"] == f"/letters/returns/{row.pk}/"
    page = client.get(answer["Location"]).content.decode()
    assert 'data-hot-key="2"' in page
    assert card.name not in page
    assert client.post(answer["Location"], {}).status_code == 422
    assert client.post(answer["Location"], {"reason": "2"})["Location"] == "/letters/returns/"
    row.refresh_from_db()
    assert row.return_reason == "転居先不明"
    assert client.post(f"/letters/returns/{row.pk}/", {"reason": "2"}).status_code == 422
    assert client.post("/letters/returns/", {"code": TRACKING}).status_code == 422


def test_the_pages_of_dispatches_filter_export_and_record_who_looked(
    make_card: MakeCard, signed_in_client: SignIn, as_auditor: Callable[..., object]
) -> None:
    row = _sent(make_card(1, name="髙橋　一郎"))
    _sent(make_card(2), returned_on=clock.today(), return_reason="転居先不明")
    client = signed_in_client("clerk")
    page = client.get("/letters/dispatches/").content.decode()
    assert "A1B-000001" in page
    assert "髙橋　一郎" not in page
    assert "朝日町" not in page
    assert "A1B-000001" not in client.get("/letters/dispatches/?state=returned").content.decode()
    assert client.get("/letters/dispatches/?kind=urge").status_code == 200
    assert client.get("/letters/dispatches/?since=x").status_code == 422
    assert client.post("/letters/dispatches/export/", {"purpose": ""}).status_code == 422
    book = client.post("/letters/dispatches/export/?state=returned", {"purpose": "返戻の点検"})
    assert book["Content-Disposition"].startswith('attachment; filename="hasso_')
    one = client.get(f"/letters/dispatches/{row.pk}/").content.decode()
    assert "朝日町" in one
    assert "data-expects-number" in one
    assert client.post(f"/letters/dispatches/{row.pk}/", {"tracking_number": "12", "memo": ""}).status_code == 422
    assert client.post(f"/letters/dispatches/{row.pk}/", {"tracking_number": TRACKING, "memo": "x"}).status_code == 302
    assert client.get(f"/letters/slip/ordinary/{clock.today():%Y-%m-%d}/").content.startswith(b"%PDF")
    assert client.get("/letters/slip/ordinary/2020-01-01/").status_code == 404
    with as_auditor():  # type: ignore[attr-defined]
        seen = set(AuditEvent.objects.values_list("process_code", flat=True))
    assert {"dispatch.dispatches.list", "dispatch.dispatches.export", "dispatch.dispatch.view", "dispatch.labels.print"} <= seen


def test_the_list_of_dispatches_takes_the_same_number_of_statements(
    make_card: MakeCard, signed_in_client: SignIn, django_assert_max_num_queries: Callable[..., object]
) -> None:
    client = signed_in_client("clerk")
    for number in range(1, 41):
        _sent(make_card(number))
    with django_assert_max_num_queries(14):  # type: ignore[attr-defined]
        client.get("/letters/dispatches/")
    Dispatch.objects.update(kind="card", way="restricted")
    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
        client.get("/letters/cards/")


def test_another_address_takes_a_second_person_and_is_not_shown_for_a_stopped_card(
    make_card: MakeCard, signed_in_client: SignIn, chief: Actor
) -> None:
    card = make_card(1)
    client, second = signed_in_client("clerk", user_id="a"), signed_in_client("chief", user_id="b")
    second.staff.set_password("Second-person-9")  # type: ignore[attr-defined]
    second.staff.save()  # type: ignore[attr-defined]
    day = clock.today()
    given = {
        "postcode": "252-0804", "address": "神奈川県藤沢市湘南台２丁目３番", "reason": "施設入所",
        "until_year": str(day.year), "until_month": str(day.month), "until_day": str(day.day), "witness_user_id": "b",
    }  # fmt: skip
    assert client.post(f"/letters/address/{card.pk}/", {**given, "witness_password": "wrong"}).status_code == 422
    assert client.post(f"/letters/address/{card.pk}/", {**given, "witness_password": "Second-person-9"}).status_code == 302
    row = OtherAddress.objects.get()
    assert (row.postcode, row.set_by, row.approved_by) == ("2520804", "a", "b")
    assert "湘南台" in client.get(f"/letters/address/{card.pk}/").content.decode()
    cards.set_hold(card.pk, HoldKind.PROTECTED, chief, expected_version=card.version, reason="申出")
    assert "湘南台" not in client.get(f"/letters/address/{card.pk}/").content.decode()
    assert client.post(f"/letters/address/{card.pk}/end/").status_code == 302
    assert OtherAddress.objects.get().ended_by == "a"


@pytest.mark.django_db(transaction=True)
def test_a_card_is_mailed_by_scans_alone(make_card: MakeCard, signed_in_client: SignIn) -> None:
    card = _to_be_mailed(make_card)
    client = signed_in_client("clerk")
    assert client.post("/letters/cards/", {"number": "ZZZ999999", "way": "restricted"}).status_code == 422
    assert client.post("/letters/cards/", {"number": card.sleeve_code, "way": "restricted"}).status_code == 302
    jobs.run(Job.objects.latest("pk").pk)
    assert client.post("/letters/cards/", {"number": card.sleeve_code, "way": "restricted"}).status_code == 422
    batch, row = Batch.objects.get(), Dispatch.objects.select_related("sheet").get()
    assert "封緘に進む" in client.get(f"/letters/{batch.pk}/").content.decode()
    assert row.sheet is not None
    page = client.post("/letters/cards/seal/", {"sleeve": card.sleeve_code, "step": "sleeve"})
    assert page.status_code == 200
    assert client.post("/letters/cards/seal/", {"sleeve": "", "step": "sleeve"}).status_code == 422
    # A wrong scan is said at once, not after the last one.
    wrong = client.post("/letters/cards/seal/", {"sleeve": "S999999999", "step": "sleeve"})
    assert (wrong.status_code, "スリーブはありません" in wrong.content.decode()) == (422, True)
    wrong = client.post("/letters/cards/seal/", {"sleeve": card.sleeve_code, "enclosure": "L000000017", "step": "enclosure"})
    assert (wrong.status_code, "封をしないでください" in wrong.content.decode()) == (422, True)
    three = {"sleeve": card.sleeve_code, "enclosure": row.sheet.code, "step": "envelope"}
    wrong = client.post("/letters/cards/seal/", {**three, "envelope": "1"})
    assert wrong.status_code == 422
    assert "封をしないでください" in wrong.content.decode()
    assert client.post("/letters/cards/seal/", {**three, "envelope": TRACKING}).status_code == 302
    assert Card.objects.get().place_kind == "mail"
    assert client.get("/letters/cards/").status_code == 200
    day = clock.today()
    given = {"delivered_on_year": str(day.year), "delivered_on_month": str(day.month), "delivered_on_day": str(day.day)}
    assert client.post(f"/letters/cards/{row.pk}/delivered/", {}).status_code == 422
    assert client.post(f"/letters/cards/{row.pk}/delivered/", given).status_code == 302
    assert client.post(f"/letters/cards/{row.pk}/delivered/", given).status_code == 422
    assert Card.objects.get().progress == "delivered"


def test_nobody_without_the_right_gets_to_what_was_sent(make_card: MakeCard, signed_in_client: SignIn) -> None:
    row = _sent(make_card(1))
    client = signed_in_client("auditor")
    # What was sent may be read, one person's letter with its address may not (SF-04).
    assert client.get("/letters/dispatches/").status_code == 200
    for path in (
        f"dispatches/{row.pk}/",
        "returns/",
        f"returns/{row.pk}/",
        "cards/",
        "cards/seal/",
        f"address/{row.card_id}/",
    ):
        assert client.get(f"/letters/{path}").status_code == 403
