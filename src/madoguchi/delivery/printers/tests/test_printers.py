"""Printers: measured by a sheet, chosen at a terminal, and nothing but the place of a print changes by it."""

import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from django.db import IntegrityError, transaction
from django.test import Client

from madoguchi.delivery.cards.models import DeliveryPlace
from madoguchi.delivery.printers import services, test_sheet
from madoguchi.delivery.printers.models import Printer
from madoguchi.platform.documents import shifting
from madoguchi.platform.documents.batches import BatchStopped
from madoguchi.platform.documents.readback import digests_of_part

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
POINTS_PER_MM = 72 / 25.4


@pytest.fixture
def printer(city: DeliveryPlace, settings: Any, tmp_path: Path) -> Printer:
    settings.MADOGUCHI_FOLDER = tmp_path
    return Printer.objects.create(name="2番窓口", place=city, offset_x=Decimal("1.5"), offset_y=Decimal("-2.0"))


def first_dark(pdf: bytes) -> tuple[float, float]:
    """Return how far (mm) the frame's first line is from the left and from the upper edge of the sheet."""
    scale = 4
    picture = pypdfium2.PdfDocument(pdf)[0].render(scale=scale, grayscale=True).to_pil()
    dark = picture.point(lambda value: 255 if value < 200 else 0).getbbox()
    assert dark is not None
    return dark[0] / scale / POINTS_PER_MM, dark[1] / scale / POINTS_PER_MM


def test_the_test_sheet_is_shifted_by_the_millimetres_and_draws_the_same(printer: Printer) -> None:
    pdf = test_sheet.print_test_sheet(printer)
    moved = services.fitted(pdf, printer)
    assert first_dark(pdf) == pytest.approx((20, 20), abs=0.2)
    assert first_dark(moved) == pytest.approx((21.5, 18), abs=0.2)
    assert services.fitted(pdf, None) == pdf
    pictures = [pypdfium2.PdfDocument(one)[0].render(scale=6, grayscale=True).to_pil() for one in (pdf, moved)]
    assert [{code.text for code in zxingcpp.read_barcodes(picture)} for picture in pictures] == [set(test_sheet.CODES)] * 2
    with pikepdf.open(io.BytesIO(moved)) as whole:
        left, bottom, right, top = (float(side) for side in whole.pages[0].mediabox)
    assert (right - left, top - bottom) == pytest.approx((595.28, 841.89), abs=0.1)


def test_a_file_that_would_draw_anything_else_is_not_given_out(printer: Printer, monkeypatch: pytest.MonkeyPatch) -> None:
    pdf = test_sheet.print_test_sheet(printer)
    digests = iter([digests_of_part(pdf), ["another"]])
    monkeypatch.setattr(shifting, "page_digests", lambda _whole: next(digests))
    with pytest.raises(BatchStopped, match="shifted"):
        services.fitted(pdf, printer)


def test_the_sheet_of_labels_goes_on_where_it_ended(printer: Printer) -> None:
    services.remember_labels(printer, "sleeves", 3, 30, 24)
    services.remember_labels(printer, "addresses", 1, 12, 12)
    services.remember_labels(None, "sleeves", 1, 5, 24)
    printer.refresh_from_db()
    assert printer.label_starts == {"sleeves": 9, "addresses": 1}


def test_a_terminal_chooses_its_printer_and_the_head_measures_it(printer: Printer, city: DeliveryPlace, signed_in_client: SignIn) -> None:
    clerk, chief = signed_in_client("clerk"), signed_in_client("chief")
    assert clerk.get("/printers/").status_code == 200
    assert clerk.post("/printers/", {"printer": "999"}).status_code == 422
    assert clerk.post("/printers/", {"printer": str(printer.pk)}).status_code == 302
    assert "この端末" in clerk.get("/printers/").content.decode()
    assert "この端末</" not in chief.get("/printers/").content.decode()
    given = {"name": "2番窓口", "place": city.pk, "offset_x": "0.5", "offset_y": "0", "is_used": "on", "version": "1"}
    assert clerk.get("/printers/new/").status_code == 403
    assert clerk.post(f"/printers/{printer.pk}/", given).status_code == 422
    assert chief.post(f"/printers/{printer.pk}/", {**given, "offset_x": "10.1"}).status_code == 422
    assert chief.post(f"/printers/{printer.pk}/", given).status_code == 302
    assert chief.post(f"/printers/{printer.pk}/", given).status_code == 422  # looked at before it was changed
    assert chief.post("/printers/new/", {**given, "version": ""}).status_code == 422  # the name is taken
    printer.refresh_from_db()
    assert (printer.offset_x, printer.version) == (Decimal("0.5"), 2)
    assert clerk.get(f"/printers/{printer.pk}/sheet.pdf").content.startswith(b"%PDF")
    for code, words in (("test-033", "0.33 mm"), ("S000000013", "調整用紙のコードではありません")):
        assert words in clerk.post(f"/printers/{printer.pk}/read/", {"code": code}).content.decode()
    assert clerk.post(f"/printers/{printer.pk}/read/", {"code": ""}).status_code == 422
    with pytest.raises(IntegrityError, match="printer_lies_near"), transaction.atomic():
        Printer.objects.update(offset_x=11)
