"""Card lists on disk and people who read and approve them, for tests of the intake."""

from collections.abc import Callable
from pathlib import Path

import pytest

from madoguchi.delivery.cards import services as cards
from madoguchi.delivery.cards.models import DeliveryPlace
from madoguchi.delivery.intake import services
from madoguchi.delivery.intake.mappings import LAYOUTS
from madoguchi.kernel import invented, municipalities
from madoguchi.platform.audit.actors import Actor, automatic
from madoguchi.platform.verbs import Silent

IMPORTER = automatic("importer")


@pytest.fixture
def town() -> municipalities.Municipality:
    found = municipalities.find("142051")
    assert found is not None
    return found


@pytest.fixture
def city(db: None, chief: Actor, secrets_folder: Path) -> DeliveryPlace:
    """The municipality with one place and the zone's secrets."""
    cards.set_up_municipality("142051", chief)
    return cards.save_place("01", "本庁", chief)


@pytest.fixture
def write_list(tmp_path: Path, town: municipalities.Municipality) -> Callable[..., tuple[Path, list[invented.PlantedFault]]]:
    """Return a function that writes an invented list and gives its path and the planted faults."""

    def write(layout: invented.LayoutCode, rows: int, seed: int = 1, *, faults: int = 0) -> tuple[Path, list[invented.PlantedFault]]:
        lines, planted = invented.card_list(layout, town, rows, seed, faults=faults, offices=["本庁"])
        path = tmp_path / f"{layout}-{seed}"
        path.write_bytes(b"".join(lines))
        return path, planted

    return write


@pytest.fixture
def read(city: DeliveryPlace) -> Callable[..., services.Report]:
    """Return a function that reads a list as the importer."""

    def reading(path: Path, layout: str, **wanted: object) -> services.Report:
        return services.read_list(path, services.Wanted(LAYOUTS[layout], **wanted), IMPORTER, Silent())  # type: ignore[arg-type]

    return reading
