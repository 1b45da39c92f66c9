"""A scanned 交付一覧: its bar codes are cards of the box; an individual number is dropped; no file breaks the reading (DL-01)."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.intake import receiving, scanned_lists
from madoguchi.delivery.intake.models import ArrivedCard
from madoguchi.platform.audit.actors import Actor

INDIVIDUAL_NUMBER = "123456789018"


def page_of(*codes: str) -> Image.Image:
    """Draw a page with bar codes below each other."""
    page = Image.new("L", (900, 160 * max(len(codes), 1)), 255)
    for place, code in enumerate(codes):
        drawn = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.Code128).to_image(scale=3)
        bars = Image.fromarray(drawn).resize((700, 90))
        page.paste(bars, (100, 160 * place + 30))
    return page


def write(path: Path, *pages: Image.Image) -> Path:
    pages[0].save(path, save_all=True, append_images=pages[1:], resolution=200)
    return path


@pytest.mark.parametrize("ending", ["tiff", "pdf"])
def test_codes_are_read_from_every_page_and_each_once(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path / f"list.{ending}", page_of("A1B000001", "A1B000002"), Image.new("L", (900, 300), 255), page_of("A1B000001"))
    scanned = scanned_lists.read_scanned(path)
    assert scanned == scanned_lists.ScannedList(("A1B000001", "A1B000002"), 3, (2,), 0)


def test_an_individual_number_goes_no_further(tmp_path: Path) -> None:
    scanned = scanned_lists.read_scanned(write(tmp_path / "list.png", page_of("A1B000001", INDIVIDUAL_NUMBER)))
    assert (scanned.codes, scanned.dropped) == (("A1B000001",), 1)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow warns of damaged pictures before it gives them up
@given(content=st.binary(max_size=200), head=st.sampled_from([b"", b"%PDF-1.7\n", b"II*\0", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_refused_in_words(tmp_path: Path, content: bytes, head: bytes) -> None:
    path = tmp_path / "scan"
    path.write_bytes(head + content)
    with contextlib.suppress(scanned_lists.NoList):
        assert scanned_lists.read_scanned(path).codes == ()


@pytest.mark.django_db
def test_cards_of_the_list_arrive_and_the_rest_is_told(city: DeliveryPlace, chief: Actor, clerk: Actor) -> None:
    for number in (1, 2, 3):
        Card.objects.create(
            application_id=f"{number:023d}", serial=f"A1B{number:06d}", name="東", name_raw=b"", address_raw=b"", born="1980-09-08", sex="m"
        )
    arrival = receiving.open_arrival(city, 2, "", clerk)
    receiving.scan_card(arrival.pk, "A1B000001", clerk)
    other = receiving.open_arrival(city, 1, "", clerk)
    receiving.scan_card(other.pk, "A1B000003", clerk)
    scanned = scanned_lists.ScannedList(("A1B000001", "A1B000002", "A1B000003", "A1B000009", "読めない"), 1, (), 0)
    taken = scanned_lists.take_in_scanned(arrival.pk, scanned, clerk)
    assert (taken.arrived, taken.known, taken.strangers) == (1, 1, 2)
    assert len(taken.refusals) == 1
    assert "別の受入" in taken.refusals[0]
    assert set(ArrivedCard.objects.filter(arrival=arrival).values_list("card__serial", flat=True)) == {"A1B000001", "A1B000002"}
    assert Card.objects.get(serial="A1B000002").progress == "arrived"


@pytest.mark.django_db
def test_the_page_takes_a_scan_in_and_says_what_it_was(
    city: DeliveryPlace, clerk: Actor, signed_in_client: Callable[..., Client], tmp_path: Path, settings: Any
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    Card.objects.create(application_id="1" * 23, serial="A1B000001", name="東", name_raw=b"", address_raw=b"", born="1980-09-08", sex="m")
    arrival, client = receiving.open_arrival(city, 1, "", clerk), signed_in_client("clerk", user_id="first")
    address = f"/intake/arrivals/{arrival.pk}/list/"
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"file": SimpleUploadedFile("a.pdf", b"no picture")}).status_code == 422
    content = write(tmp_path / "a.png", page_of("A1B000001")).read_bytes()
    page = client.post(address, {"file": SimpleUploadedFile("a.png", content)}).content.decode()
    assert "到着にしたカード 1 枚" in page
    assert Card.objects.get().progress == "arrived"
