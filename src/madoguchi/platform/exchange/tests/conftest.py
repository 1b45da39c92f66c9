"""Two zones in one test database: the core zone sends, the booking zone takes in. Their tables for sending and receiving are apart."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pytest_django import Settings

from madoguchi.kernel import kfx
from madoguchi.kernel.kfx_keys import KeyPair
from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Section
from madoguchi.platform.audit.actors import Actor, automatic
from madoguchi.platform.exchange import enrolment, keys
from madoguchi.platform.exchange.handlers import SCHEMAS, Applied, RowRefusal, Source
from madoguchi.platform.exchange.models import IncomingFile, IncomingStream, OutgoingFile, OutgoingStream, PeerKey
from madoguchi.platform.exchange.services import receiving

INSTALLATION = "0f5f5a52-90a6-4a4e-8b07-3a0de7bd0f11"
CLERK = automatic("test")
RECORDS = [{"id": f"A0A00000{number}", "rev": 1, "status": "open"} for number in range(1, 4)]


class SectionHandler:
    """A small domain for the tests: each record becomes a section whose name is the record's status."""

    def check(self, records: Sequence[kfx.Record]) -> Iterable[RowRefusal]:
        for line, row in enumerate(records, start=1):
            if "code" in row:
                yield RowRefusal(row["code"], line, "code", "asked-for")

    def apply(self, records: Sequence[kfx.Record], actor: Actor, source: Source) -> Applied:
        puzzling = [row for row in records if row["status"] == "puzzling"]
        for row in records:
            Section.objects.update_or_create(code=row["id"], defaults={"name": row["status"]})
        return Applied(taken=len(records) - len(puzzling), refused=len(puzzling), reasons={"puzzling": len(puzzling)})

    def state_digest(self) -> str:
        return kfx.state_digest((section.code, 1, section.name) for section in Section.objects.all())


class Domain(ModuleType):
    """What a zone's settings point at; `records` is what the core zone has to send."""

    def __init__(self) -> None:
        super().__init__("exchange_test_domain")
        self.to_send: list[dict[str, Any]] = list(RECORDS)
        self.handler_class = SectionHandler
        self.TargetsHandler: type = SectionHandler

    def records(self, state: str = "") -> list[dict[str, Any]]:
        return [row for row in self.to_send if not state or row["status"] == state]


class TwoZones:
    """Switches the process from one zone to the other, and makes files as the core zone would."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder, self.settings = folder, settings

    def enter(self, zone: str) -> None:
        self.settings.MADOGUCHI_ZONE = zone
        self.settings.MADOGUCHI_FOLDER = self.folder / zone
        self.settings.MADOGUCHI_SECRETS = self.folder / zone / "secrets"

    def own_keys(self, zone: str) -> KeyPair:
        before = self.settings.MADOGUCHI_ZONE
        self.enter(zone)
        try:
            return keys.own_keys()
        finally:
            self.enter(before)

    def make_file(
        self,
        records: Iterable[dict[str, Any]] = tuple(RECORDS),
        *,
        seq: int = 1,
        prev: str = kfx.NO_HASH,
        type: str = "targets",  # noqa: A002
        now: datetime | None = None,
        sender: KeyPair | None = None,
        recipient: KeyPair | None = None,
        schema: kfx.Schema | None = None,
        state: str = "",
    ) -> Path:
        """Seal a file as the core zone and lay it on a medium of its own."""
        sender, recipient = sender or self.own_keys("delivery"), recipient or self.own_keys("booking")
        header = kfx.new_header(
            sender=sender.public, recipient=recipient.public, type=type, seq=seq, prev=prev, now=now or clock.now(), mode="full"
        )
        content = kfx.seal(
            header, records, schema=schema or SCHEMAS[type], sender=sender, recipient=recipient.public, created_by="s-1", state=state
        )
        medium = self.folder / f"medium-{kfx.hash_of(content)[:8]}"
        medium.mkdir()
        path = medium / header.file_name
        path.write_bytes(content)
        return path

    def take_in(self, path: Path, **arguments: Any) -> receiving.ImportOutcome:
        """Import a file in the booking zone."""
        self.enter("booking")
        arguments.setdefault("receipt_folder", receiving.receipt_folder())
        return receiving.import_file(path, CLERK, **arguments)


@pytest.fixture
def domain(settings: Settings) -> Iterator[Domain]:
    module = Domain()
    sys.modules[module.__name__] = module
    settings.MADOGUCHI_EXCHANGE_RECEIVES = {"targets": "exchange_test_domain.TargetsHandler"}
    settings.MADOGUCHI_EXCHANGE_SENDS = {"targets": "exchange_test_domain.records"}
    yield module
    del sys.modules[module.__name__]


@pytest.fixture
def zones(tmp_path: Path, settings: Settings, domain: Domain) -> TwoZones:
    """Both zones with keys, enrolled in each other; the process is in the booking zone."""
    settings.MADOGUCHI_MUNICIPALITY = "142051"
    settings.MADOGUCHI_INSTALLATION = INSTALLATION
    both = TwoZones(tmp_path, settings)
    for zone in ("booking", "delivery"):
        both.enter(zone)
        enrolment.make_own_keys()
    for zone, other in (("booking", "delivery"), ("delivery", "booking")):
        both.enter(zone)
        enrolment.enrol_peer((tmp_path / other / "public-keys.json").read_bytes())
    # Files may be made a while before the test's present moment.
    PeerKey.objects.update(valid_from=clock.now() - timedelta(days=100))
    both.enter("booking")
    return both


@pytest.fixture
def taken_state() -> Callable[[], object]:
    """Return a function that gives everything an import may change for good; a refusal must leave it as it is."""

    def read() -> object:
        return (
            sorted(Section.objects.values_list("code", "name")),
            sorted(IncomingFile.objects.values_list("type", "seq", "file_hash", "taken", "refused")),
            sorted(IncomingStream.objects.values_list("type", "seq", "file_hash")),
            sorted(OutgoingFile.objects.exclude(type="receipt").values_list("type", "seq", "file_hash", "state", "answer")),
            sorted(OutgoingStream.objects.exclude(type="receipt").values_list("type", "seq", "file_hash")),
            sorted(PeerKey.objects.values_list("sender_id", "valid_until", "revoked_at")),
        )

    return read
