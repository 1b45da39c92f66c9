"""Scanned files as tests need them, and a zone folder for the sealed pictures."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.filing import reader_process, services
from madoguchi.delivery.filing.models import DocumentClass
from madoguchi.delivery.filing.reading import mime_of, read_pages
from madoguchi.platform.audit.actors import Actor


def sheet(words: str = "A", size: tuple[int, int] = (420, 594), mode: str = "L") -> Image.Image:
    """A page with a word and a corner mark, so that turning can be seen."""
    picture = Image.new(mode, size, 255 if mode in {"L", "1"} else (255, 255, 255))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((5, 5, 60, 60), fill=0 if mode in {"L", "1"} else (0, 0, 0))
    draw.text((80, 200), words, fill=0 if mode in {"L", "1"} else (0, 0, 0))
    return picture


def as_file(pages: list[Image.Image], kind: str) -> bytes:
    """The pages as a file of the kind TIFF, JPEG, PNG or PDF."""
    out = io.BytesIO()
    more = {"save_all": True, "append_images": pages[1:]} if len(pages) > 1 else {}
    pages[0].save(out, kind, **more)
    return out.getvalue()


@pytest.fixture
def zone(secrets_folder: Path, settings: Any) -> Path:
    """The zone's folder, without a virus scanner."""
    settings.MADOGUCHI_VIRUS_SCANNER = ""
    return secrets_folder.parent


@pytest.fixture
def filing(zone: Path, make_card: Callable[..., Card], chief: Actor) -> Callable[[str], DocumentClass]:
    """The starting kinds of paper; returns one by its code."""
    services.set_up_filing(chief)
    return lambda code: DocumentClass.objects.get(code=code)


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read files in this process: what the process apart does is tested by itself."""

    def read(content: bytes) -> reader_process.ReadFile:
        return reader_process.ReadFile(mime_of(content), tuple(read_pages(content)))

    monkeypatch.setattr(services, "read_apart", read)
