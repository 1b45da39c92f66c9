"""Numbers on filed pages are blacked out by two people; what was under them is gone, or kept where the kind's rule says so (DL-32)."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from django.db import connection, transaction
from django.test import Client
from PIL import Image

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.filing import disposal, extraction, masking, queries, services
from madoguchi.delivery.filing.image_store import ImageStore, PictureMissing, unmasked_name, view_name
from madoguchi.delivery.filing.masking import Rectangle
from madoguchi.delivery.filing.models import Document, DocumentClass, Mask, Page, StoredFile
from madoguchi.delivery.filing.tests.conftest import as_file, sheet
from madoguchi.kernel.numbers import individual_number_check_digit
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_here")]
Kinds = Callable[[str], DocumentClass]
PASSWORD = "kawa-no-hotori-7"  # the password of every account that `signed_in_client` makes
CORNER = Rectangle(0, 0, 200, 150)


@pytest.fixture
def paper(filing: Kinds, make_card: Callable[..., Card], clerk: Actor) -> Document:
    pages = as_file([sheet("front"), sheet("back", (594, 420))], "TIFF")
    return services.file_for_card(services.check_file(pages, clerk), make_card(), filing("identity"), clerk)


@pytest.fixture
def boss(signed_in_client: Callable[..., Client]) -> Staff:
    staff: Staff = signed_in_client("chief", user_id="boss").staff  # type: ignore[attr-defined]  # the fixture's account
    return staff


def page_of(paper: Document, position: int = 1) -> Page:
    page = queries.page(queries.pages(paper)[position - 1].pk)
    assert page is not None
    return page


def shade(content: bytes, across: float, down: float) -> int:
    with Image.open(io.BytesIO(content)) as picture:
        grey = picture.convert("L")
        return int(grey.getpixel((int(grey.width * across), int(grey.height * down))))  # type: ignore[arg-type]  # one band


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_a_rectangle_turns_with_its_page(angle: int) -> None:
    place = Rectangle(100, 200, 300, 50)
    assert place.turned(angle).turned(-angle) == place
    view = masking.blacked(as_file([Image.new("RGB", (400, 600), "white")], "JPEG"), [place.turned(-angle)])
    out = io.BytesIO()
    Image.open(io.BytesIO(view)).rotate(-angle, expand=True).save(out, "JPEG")
    assert shade(out.getvalue(), 0.25, 0.225) < 40
    for white in ((0.05, 0.225), (0.25, 0.1), (0.45, 0.225), (0.25, 0.3)):
        assert shade(out.getvalue(), *white) > 215


def test_without_a_rule_the_file_and_the_picture_before_are_gone(paper: Document, clerk: Actor, boss: Staff, zone: Path) -> None:
    page, store = page_of(paper), ImageStore()
    assert shade(store.open(view_name(page.file.digest, 1)), 0.05, 0.9) > 200
    masking.mask(page, [Rectangle(0, 850, 200, 150)], clerk, boss, reason="番号が見える", expected_version=paper.version)
    assert shade(services.open_picture(page, clerk, small=False), 0.05, 0.9) < 40
    assert shade(services.open_picture(page, clerk, small=True), 0.05, 0.9) < 60
    for name in (page.file.digest, unmasked_name(page.file.digest, 1)):
        with pytest.raises(PictureMissing):
            store.open(name)
    assert StoredFile.objects.get().removed_at is not None
    store.open(view_name(page.file.digest, 2))  # the other page keeps its picture
    with pytest.raises(services.Refused, match="残っていません"):
        masking.open_unmasked(page, clerk, boss, "確認")
    with pytest.raises(services.Overtaken):
        masking.mask(page_of(paper), [CORNER], clerk, boss, reason="x", expected_version=paper.version)


def test_with_the_rule_the_picture_before_opens_before_two_and_goes_with_the_paper(
    paper: Document, clerk: Actor, boss: Staff, as_auditor: Callable[..., Any]
) -> None:
    DocumentClass.objects.filter(pk=paper.document_class_id).update(keeps_unmasked=True)
    page = page_of(paper)
    low = Rectangle(0, 850, 200, 150)
    masking.mask(page, [low], clerk, boss, reason="番号", expected_version=paper.version)
    masking.mask(page_of(paper), [CORNER], clerk, boss, reason="番号", expected_version=paper.version + 1)
    assert shade(masking.open_unmasked(page, clerk, boss, "開示請求"), 0.05, 0.9) > 200
    assert shade(services.open_picture(page, clerk, small=False), 0.05, 0.9) < 40
    with as_auditor():
        event = AuditEvent.objects.get(process_code="filing.image.unmasked.reveal")
    assert (event.content["second"], event.reason) == ("boss", "開示請求")
    with pytest.raises(services.Refused, match="伏せた"):
        extraction.extract([paper], "zip", clerk, boss, "開示請求")
    assert extraction.extract([paper], "pdf", clerk, boss, "開示請求")[1].startswith(b"%PDF")
    # The rule changed: what was kept goes with the next mask.
    DocumentClass.objects.filter(pk=paper.document_class_id).update(keeps_unmasked=False)
    masking.mask(page_of(paper), [CORNER], clerk, boss, reason="番号", expected_version=paper.version + 2)
    with pytest.raises(PictureMissing):
        ImageStore().open(unmasked_name(page.file.digest, 1))


@pytest.mark.parametrize("wrong", [[], [Rectangle(900, 0, 200, 100)], [Rectangle(0, 0, 1, 100)], [CORNER] * 5])
def test_a_mask_beside_the_page_is_none(paper: Document, clerk: Actor, boss: Staff, wrong: list[Rectangle]) -> None:
    with pytest.raises(services.Refused):
        masking.mask(page_of(paper), wrong, clerk, boss, reason="番号", expected_version=paper.version)
    assert not Mask.objects.exists()


def test_a_file_that_a_fault_left_is_swept(paper: Document, zone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    StoredFile.objects.update(removed_at=paper.registered_at)
    monkeypatch.setattr(disposal, "_DAY", -60)
    assert disposal.sweep() == 1
    page = page_of(paper)
    ImageStore().open(view_name(page.file.digest, 1))
    with pytest.raises(PictureMissing):
        ImageStore().open(page.file.digest)


def test_a_barcode_with_an_individual_number_is_found_and_others_are_not() -> None:
    body = "12345678901"
    number = body + str(individual_number_check_digit(body))
    page = Image.new("L", (1000, 1400), 255)
    for text, at in ((number, (600, 1000)), ("F000000017", (100, 100))):
        drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=6)
        page.paste(Image.fromarray(drawn) if not isinstance(drawn, Image.Image) else drawn, at)
    (found,) = masking.codes_with_numbers(as_file([page], "JPEG"))
    assert found.is_inside
    assert found.left < 680 < found.left + found.width
    assert found.top < 780 < found.top + found.height


def test_the_page_tries_asks_a_second_person_and_masks(
    paper: Document, signed_in_client: Callable[..., Client], boss: Staff, as_auditor: Callable[..., Any], settings: Any
) -> None:
    settings.MADOGUCHI_SHELL = settings.MADOGUCHI_MENU = ""
    settings.ROOT_URLCONF = "madoguchi.zones.delivery.urls"
    client, page = signed_in_client("clerk", user_id="clerk-1"), page_of(paper)
    address = f"/filing/pages/{page.pk}/mask/"
    assert f'href="{address}"' in client.get(f"/filing/{paper.pk}/").content.decode()
    assert client.get(address).status_code == 200
    sent = {"version": str(paper.version), "left_1": "0", "top_1": "85", "width_1": "20", "height_1": "15", "reason": "番号"}
    tried = client.post(address, {**sent, "step": "try"}).content.decode()
    assert "r=0,850,200,150" in tried.replace("&amp;", "&")
    assert shade(client.get(f"{address}picture/?r=0,850,200,150&r=x&r=9999,0,1,1").content, 0.05, 0.9) < 40
    assert not Mask.objects.exists()
    for more in ({}, {"witness_user_id": "clerk-1", "witness_password": PASSWORD}):
        assert client.post(address, {**sent, **more}).status_code == 422
    boss_says = {"witness_user_id": "boss", "witness_password": PASSWORD}
    assert client.post(address, {**sent, **boss_says, "height_1": ""}).status_code == 422
    assert client.post(address, {**sent, **boss_says, "height_1": "16"}).status_code == 422
    assert client.post(address, {**boss_says, "version": sent["version"], "reason": "番号"}).status_code == 422
    assert client.post(address, {**sent, **boss_says}).status_code == 302
    row = Mask.objects.get()
    assert (row.by, row.second, row.rectangles, row.keeps_unmasked) == ("clerk-1", "boss", [[0, 850, 200, 150]], False)
    shown = client.get(f"/filing/{paper.pk}/").content.decode()
    assert "伏せた記録" in shown
    assert "伏せる前の画像を表示する" not in shown
    assert client.post(address, {**sent, **boss_says}).status_code == 409
    assert signed_in_client("administrator").get(address).status_code == 403
    with as_auditor():
        event = AuditEvent.objects.get(process_code="filing.page.mask")
    assert (event.content, event.reason) == ({"page": 1, "rectangles": 1, "second": "boss", "kept": False}, "番号")


def test_the_picture_before_is_shown_on_the_page_of_the_paper_before_two(
    paper: Document, signed_in_client: Callable[..., Client], clerk: Actor, boss: Staff, settings: Any
) -> None:
    settings.MADOGUCHI_SHELL = settings.MADOGUCHI_MENU = ""
    settings.ROOT_URLCONF = "madoguchi.zones.delivery.urls"
    DocumentClass.objects.filter(pk=paper.document_class_id).update(keeps_unmasked=True)
    page = page_of(paper)
    masking.mask(page, [Rectangle(0, 850, 200, 150)], clerk, boss, reason="番号", expected_version=paper.version)
    client, address = signed_in_client("clerk", user_id="clerk-1"), f"/filing/pages/{page.pk}/unmasked/"
    assert client.post(address, {"reason": "照会"}).status_code == 422
    assert client.post(address, {"witness_user_id": "boss", "witness_password": PASSWORD}).status_code == 422
    answer = client.post(address, {"reason": "照会", "witness_user_id": "boss", "witness_password": PASSWORD})
    assert shade(answer.content, 0.05, 0.9) > 200


def test_a_disposal_takes_masks_along(paper: Document, clerk: Actor, boss: Staff) -> None:
    masking.mask(page_of(paper), [CORNER], clerk, boss, reason="番号", expected_version=paper.version)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        Page.objects.filter(document=paper).delete()
    assert not Mask.objects.exists()
