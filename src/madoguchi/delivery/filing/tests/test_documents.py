"""Papers: sealed at rest, indexed, looked at on record, turned without a change of the picture."""

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.cards.services import set_hold
from madoguchi.delivery.filing import queries, rules, services
from madoguchi.delivery.filing.image_store import ImageStore, PictureMissing
from madoguchi.delivery.filing.models import Document, DocumentClass, ImageView, Page
from madoguchi.delivery.filing.reader_process import read_apart
from madoguchi.delivery.filing.tests.conftest import as_file, sheet
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_here")]
Kinds = Callable[[str], DocumentClass]
TWO_PAGES = as_file([sheet("front"), sheet("back", (594, 420))], "TIFF")


@pytest.fixture
def paper(filing: Kinds, make_card: Callable[..., Card], clerk: Actor) -> Document:
    return services.file_for_card(services.check_file(TWO_PAGES, clerk), make_card(), filing("identity"), clerk)


def test_nothing_of_a_person_and_nothing_readable_lies_in_the_folder(paper: Document, zone: Path) -> None:
    kept = [path for path in (zone / "images").rglob("*") if path.is_file()]
    assert len(kept) == 1 + 2 * 2
    for path in kept:
        content = path.read_bytes()
        assert content[:4] not in {b"II*\0", b"\xff\xd8\xff\xe0"}
        assert path.stat().st_mode & 0o077 == 0
        assert paper.application_id not in str(path)
    page = queries.pages(paper)[0]
    assert ImageStore().open(page.file.digest) == TWO_PAGES
    other = ImageStore()
    moved = other._path("0" * 64)
    moved.parent.mkdir()
    moved.write_bytes(other._path(page.file.digest).read_bytes())
    with pytest.raises(PictureMissing):
        other.open("0" * 64)


def test_a_paper_has_the_index_of_the_seed(paper: Document, clerk: Actor) -> None:
    card = paper.card
    assert card is not None
    assert (paper.business, paper.identifier, paper.application_id) == ("交付", card.serial, card.application_id)
    assert (paper.name, paper.registered_by, paper.registered_by_name) == ("髙橋　一郎", "clerk", "窓口 太郎")
    assert paper.number.startswith("F")
    assert [(page.position, page.file_order, page.file_page) for page in queries.pages(paper)] == [(1, 1, 1), (2, 1, 2)]


@pytest.mark.parametrize(
    ("filed", "years", "until"),
    [
        (dt.date(2026, 4, 1), 1, dt.date(2028, 3, 31)),
        (dt.date(2027, 3, 31), 1, dt.date(2028, 3, 31)),
        (dt.date(2026, 11, 21), 5, dt.date(2032, 3, 31)),
    ],
)
def test_years_of_keeping_count_from_the_next_april(filed: dt.date, years: int, until: dt.date) -> None:
    assert rules.keep_until(filed, [(dt.date(2016, 1, 1), 30), (dt.date(2020, 1, 1), years), (dt.date(2099, 1, 1), 2)]) == until
    assert rules.keep_until(filed, [(dt.date(2099, 1, 1), 2)]) is None


def test_the_same_file_twice_is_noticed(paper: Document, make_card: Callable[..., Card], clerk: Actor) -> None:
    with pytest.raises(services.TakenAlready) as known:
        services.check_file(TWO_PAGES, clerk)
    assert known.value.document == paper.number


def test_papers_with_pins_are_never_filed(filing: Kinds, make_card: Callable[..., Card], clerk: Actor) -> None:
    checked = services.check_file(TWO_PAGES, clerk)
    with pytest.raises(services.Refused, match="写しを取らない"):
        services.file_for_card(checked, make_card(), filing("pin"), clerk)
    assert not Document.objects.exists()
    assert not Page.objects.exists()


def test_turning_keeps_an_angle_and_moving_an_order(paper: Document, clerk: Actor) -> None:
    first, second = queries.pages(paper)
    services.turn_page(first, 270, clerk, expected_version=1)
    with pytest.raises(services.Overtaken):
        services.turn_page(first, 90, clerk, expected_version=1)
    assert services.move_page(second, -1, clerk, expected_version=2) == 1
    assert [(page.pk, page.rotation) for page in queries.pages(paper)] == [(second.pk, 0), (first.pk, 270)]
    assert ImageStore().open(first.file.digest) == TWO_PAGES


def test_another_kind_counts_the_time_anew(paper: Document, filing: Kinds, chief: Actor) -> None:
    kind = filing("reissue")
    services.set_period(kind, dt.date(2017, 1, 1), 5, chief)
    before = paper.keep_until
    services.change_class(paper, kind, chief, expected_version=1, reason="区分違い")
    paper.refresh_from_db()
    assert (paper.keep_until.year - before.year, paper.business) == (4, "再交付")
    with pytest.raises(services.Refused):
        services.change_class(paper, filing("pin"), chief, expected_version=2, reason="x")


def test_a_search_finds_by_every_field_of_the_index(paper: Document, filing: Kinds) -> None:
    for wanted in (
        queries.Wanted(number=paper.number.lower()),
        queries.Wanted(identifier="a1b-000001"),
        queries.Wanted(application_id="0" * 22 + "1"),
        queries.Wanted(name="高橋", fiscal_year=paper.fiscal_year),
        queries.Wanted(business="交付", document_class=filing("identity").pk, partition_year=paper.partition_year),
    ):
        assert list(queries.search(wanted)) == [paper], wanted
    assert not queries.search(queries.Wanted(name="高橋", fiscal_year=2001)).exists()
    assert not queries.search(queries.Wanted(number="F1")).exists()


def test_the_pages_file_show_turn_and_say_who_saw(
    filing: Kinds, make_card: Callable[..., Card], signed_in_client: Callable[..., Client]
) -> None:
    client, card = signed_in_client("clerk"), make_card()
    empty = client.post(f"/filing/cards/{card.pk}/", {})
    assert empty.status_code == 422
    assert "ファイルを選んでください。" in empty.content.decode()
    wrong = client.post(
        f"/filing/cards/{card.pk}/", {"document_class": filing("identity").pk, "file": SimpleUploadedFile("x.tif", b"no picture")}
    )
    assert wrong.status_code == 422
    assert "読めない種類" in wrong.content.decode()
    sent = client.post(
        f"/filing/cards/{card.pk}/", {"document_class": filing("identity").pk, "file": SimpleUploadedFile("山田.tif", TWO_PAGES)}
    )
    row = Document.objects.get()
    assert sent.headers["Location"] == f"/filing/{row.pk}/"
    page = client.get(f"/filing/{row.pk}/?page=2").content.decode()
    second = queries.pages(row)[1]
    assert f"/filing/pages/{second.pk}/image/" in page
    assert "山田" not in page
    before = Image.open(io.BytesIO(client.get(f"/filing/pages/{second.pk}/image/").content)).size
    client.post(f"/filing/pages/{second.pk}/turn/", {"version": row.version, "by": 90})
    after = Image.open(io.BytesIO(client.get(f"/filing/pages/{second.pk}/image/").content)).size
    assert after == before[::-1]
    assert ImageView.objects.filter(document=row, page=2, individual_number=False).count() == 2
    assert "試験 clerk" in client.get(f"/filing/{row.pk}/").content.decode()
    assert client.get(f"/filing/pages/{second.pk}/thumb/").status_code == 200
    overtaken = client.post(f"/filing/pages/{second.pk}/turn/", {"version": row.version, "by": 90})
    assert overtaken.status_code == 409
    masked = client.get("/filing/").content.decode()
    assert "髙橋" not in masked
    assert "髙＊" in masked


def test_a_picture_with_an_individual_number_asks_why_and_is_marked(
    filing: Kinds, make_card: Callable[..., Card], clerk: Actor, signed_in_client: Callable[..., Client], as_auditor: Callable[[], object]
) -> None:
    row = services.file_for_card(services.check_file(TWO_PAGES, clerk), make_card(), filing("application"), clerk)
    client, page = signed_in_client("chief"), queries.pages(row)[0]
    shown = client.get(f"/filing/{row.pk}/").content.decode()
    assert "/image/" not in shown
    assert "/thumb/" not in shown
    assert client.get(f"/filing/pages/{page.pk}/image/").status_code == 404
    assert client.get(f"/filing/pages/{page.pk}/thumb/").status_code == 404
    assert client.post(f"/filing/{row.pk}/", {"reason": ""}).status_code == 422
    client.post(f"/filing/{row.pk}/", {"reason": "本人からの照会"})
    assert client.get(f"/filing/pages/{page.pk}/image/").status_code == 200
    view = ImageView.objects.get()
    assert (view.individual_number, view.reason, view.by) == (True, "本人からの照会", "chief")
    with as_auditor():  # type: ignore[attr-defined]
        event = AuditEvent.objects.get(process_code="filing.image.view")
    assert event.individual_number_access
    other = signed_in_client("clerk")
    assert other.get(f"/filing/pages/{page.pk}/image/").status_code == 404


def test_search_needs_two_things_and_keeps_names_out_of_address_and_log(
    paper: Document, signed_in_client: Callable[..., Client], as_auditor: Callable[[], object]
) -> None:
    client = signed_in_client("clerk")
    assert client.post("/filing/search/", {"name": "髙橋"}).status_code == 422
    found = client.post("/filing/search/", {"name": "高橋", "fiscal_year": paper.fiscal_year})
    assert paper.number in found.content.decode()
    with as_auditor():  # type: ignore[attr-defined]
        event = AuditEvent.objects.get(process_code="filing.search")
    assert event.content == {"terms": ["fiscal_year", "name"], "found": 1}


def test_a_number_opens_the_paper_or_the_papers_of_the_card(paper: Document, signed_in_client: Callable[..., Client]) -> None:
    client = signed_in_client("clerk")
    assert client.post("/filing/find/", {"code": paper.number}).headers["Location"] == f"/filing/{paper.pk}/"
    assert client.post("/filing/find/", {"code": paper.identifier}).headers["Location"] == f"/filing/cards/{paper.card_id}/"
    assert client.post("/filing/find/", {"code": "Z99"}).status_code == 422
    assert client.post("/scan/", {"code": paper.number}).headers["Location"] == f"/filing/{paper.pk}/"


def test_covers_print_codes_and_no_name(filing: Kinds, make_card: Callable[..., Card], signed_in_client: Callable[..., Client]) -> None:
    client, card = signed_in_client("clerk"), make_card()
    answer = client.post(f"/filing/cards/{card.pk}/covers/", {"kinds": [filing("identity").pk, filing("application").pk]})
    assert answer.headers["Content-Type"] == "application/pdf"
    pages = list(read_apart(answer.content).pages)
    assert [page.cover for page in pages] == list(card.covers.order_by("id").values_list("code", flat=True))
    assert len(pages) == 2
    assert client.post(f"/filing/cards/{card.pk}/covers/", {}).status_code == 422


def test_lists_take_the_same_statements_however_long_they_are(
    filing: Kinds,
    make_card: Callable[..., Card],
    clerk: Actor,
    signed_in_client: Callable[..., Client],
) -> None:
    client = signed_in_client("clerk")
    counted = []
    for number in (1, 2, 3):
        services.file_for_card(
            services.check_file(as_file([sheet(str(number))], "PNG"), clerk), make_card(number), filing("identity"), clerk
        )
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/filing/").status_code == 200
        counted.append(len(seen))
    assert counted[0] == counted[1] == counted[2]


def test_who_may_not_see_pictures_gets_none(paper: Document, signed_in_client: Callable[..., Client]) -> None:
    page = queries.pages(paper)[0]
    for role in ("operator", "administrator", "auditor"):
        client = signed_in_client(role)
        for path in ("/filing/", f"/filing/{paper.pk}/", f"/filing/pages/{page.pk}/image/"):
            assert client.get(path).status_code == 403, (role, path)


def test_papers_are_those_of_the_cards_of_ones_own_places(
    paper: Document, clerk: Actor, city: DeliveryPlace, signed_in_client: Callable[..., Client]
) -> None:
    card = paper.card
    assert card is not None
    page = queries.pages(paper)[0].pk
    addresses = [reverse("filing:document", args=[paper.pk]), reverse("filing:image", args=[page]), reverse("filing:thumb", args=[page])]
    here = signed_in_client("clerk", place="01", user_id="here")
    there = signed_in_client("clerk", place="02", user_id="there")

    def listed(client: Client) -> bool:
        found = client.post(reverse("filing:search"), {"number": paper.number}).content.decode()
        both = {addresses[0] in client.get(reverse("filing:list")).content.decode(), addresses[0] in found}
        assert len(both) == 1
        return both.pop()

    # Nowhere yet: everybody's.
    assert listed(here)
    assert listed(there)
    Card.objects.filter(pk=card.pk).update(site=city, place_kind="stored")
    assert listed(here)
    assert not listed(there)
    assert [here.get(address).status_code for address in addresses] == [200, 200, 200]
    assert [there.get(address).status_code for address in addresses] == [404, 404, 404]
    assert paper.number not in there.get(reverse("filing:card", args=[card.pk])).content.decode()
    assert paper.number in here.get(reverse("filing:card", args=[card.pk])).content.decode()
    # A protected person's papers stand on no list of a place, and are opened by number.
    card.refresh_from_db()
    set_hold(card.pk, HoldKind.PROTECTED, clerk, expected_version=card.version, reason="届出")
    assert not listed(here)
    assert here.get(addresses[0]).status_code == 200
    assert listed(signed_in_client("clerk", user_id="everywhere"))
