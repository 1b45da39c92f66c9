"""A municipality, places and cards for the tests of every step of a card's way."""

from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any

import pytest
from django.db import connection
from django.http.response import HttpResponseBase
from django.test import Client

from madoguchi.delivery.applications import audited as applications
from madoguchi.delivery.cards import audited as cards
from madoguchi.delivery.cards import services
from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.dispatch import audited as dispatch
from madoguchi.delivery.disposal import audited as disposal
from madoguchi.delivery.fees import audited as fees
from madoguchi.delivery.filing import audited as filing
from madoguchi.delivery.intake import audited as intake
from madoguchi.delivery.printers import audited as printers
from madoguchi.delivery.procedures import audited as procedures
from madoguchi.delivery.queues import audited as queues
from madoguchi.delivery.reconciliation import audited as reconciliation
from madoguchi.delivery.registration import audited as registration
from madoguchi.delivery.reports import audited as reports
from madoguchi.delivery.storage import audited as storage
from madoguchi.delivery.takeover import audited as takeover
from madoguchi.platform.accounts import audited as accounts
from madoguchi.platform.audit.actors import Actor, ActorKind
from madoguchi.platform.audit.processes import Process
from madoguchi.platform.exchange import audited as exchange
from madoguchi.platform.oversight import audited as oversight

OUTPUTS: Mapping[str, Process] = {
    "accounts:print-review": accounts.REVIEW_PRINTED,
    "characters:export": cards.EXPORT_CHARACTERS,
    "dispatch:export": dispatch.EXPORT_DISPATCHES,
    "dispatch:labels": dispatch.PRINT_LABELS,
    "dispatch:pdf": dispatch.OPEN_LETTERS,
    "dispatch:protected-slip": dispatch.PRINT_PROTECTED_SLIP,
    "dispatch:slip": dispatch.PRINT_LABELS,
    "disposal:certificate": disposal.PRINT_CERTIFICATE,
    "exchange:download": exchange.FILE_WRITTEN,
    "exchange:print-ledger": exchange.LEDGER_PRINTED,
    "fees:receipt": fees.RECEIPT_PRINTED,
    "fees:report-file": fees.REPORT_MADE,
    "filing:certificate": filing.PRINT_CERTIFICATE,
    "filing:covers": filing.PRINT_COVERS,
    "filing:extract": filing.EXTRACT,
    "intake:labels": intake.PRINT_LABEL,
    "procedures:figures-file": procedures.FIGURES_EXPORTED,
    "oversight:exports": oversight.LOG_EXPORTED,
    "oversight:facts-file": oversight.FACTS_TAKEN,
    "oversight:facts-print": oversight.FACTS_PRINTED,
    "queues:export": queues.QUEUE_EXPORTED,
    "printers:sheet": printers.PRINT_TEST_SHEET,
    "storage:stock-export": storage.EXPORT_REPORT,
    "received:print": applications.APPLICATION_PRINTED,
    "received:print-list": applications.APPLICATION_PRINTED,
    "intake:result": intake.EXPORT_RESULT,
    "reconciliation:export": reconciliation.EXPORT_DIFFERENCES,
    "registration:venue-sheets": registration.TAKE_LIST,
    "registration:venue-workbook": registration.TAKE_LIST,
    "reports:export": reports.REPORT_EXPORTED,
    "reports:export-behind": reports.BEHIND_EXPORTED,
    "storage:label": storage.PRINT_LABELS,
    "storage:safe-labels": storage.PRINT_LABELS,
    "storage:slip": storage.PRINT_SLIP,
    "storage:slot-labels": storage.PRINT_LABELS,
    "takeover:labels": takeover.PRINT_LABELS,
}
"""The addresses of this zone that give a file away, each with the process that it records."""

ON_PAPER: Mapping[str, Process] = {"reports:export": reports.REPORT_PRINTED}
"""Those that print as well as write files, and record the printing as such."""

NOT_OUTPUTS: Set[str] = {
    "accounts:ask-witness",  # a question to a key
    "characters:font",
    "characters:style",  # part of the pages
    "dispatch:preview-picture",
    "dispatch:sample",
    "dispatch:version-sample",  # letters to nobody
    "filing:image",
    "filing:mask-picture",
    "filing:preview",
    "filing:thumb",
    "filing:unmasked",  # looked at, and recorded as looks
    "takeover:template",  # empty
}
"""The addresses that answer with something other than a page, of which nothing leaves the house."""


@pytest.fixture
def clerk() -> Actor:
    return Actor(kind=ActorKind.STAFF, user_id="clerk", user_name="窓口 太郎")


@pytest.fixture
def chief() -> Actor:
    return Actor(kind=ActorKind.STAFF, user_id="chief", user_name="責任 花子")


@pytest.fixture
def city(db: None, chief: Actor) -> DeliveryPlace:
    """藤沢市 with two places; the main one is returned."""
    services.set_up_municipality("142051", chief)
    services.save_place("02", "湘南台市民センター", chief)
    return services.save_place("01", "市民窓口センター", chief)


@pytest.fixture
def make_card(city: DeliveryPlace) -> Callable[..., Card]:
    """Return a maker of cards; columns may be given by name."""

    def make(number: int = 1, **columns: object) -> Card:
        values: dict[str, object] = {
            "application_id": f"{number:023d}",
            "serial": f"A1B{number:06d}",
            "dispatch_no": f"{202611200000 + number}",
            "name": "髙橋　一郎",
            "name_raw": "髙橋　一郎".encode("cp932"),
            "raw_encoding": "cp932",
            "address_raw": b"",
            "born": "1980-09-08",
            "sex": "m",
        }
        card = Card.objects.create(**{**values, **columns})
        card.refresh_from_db()
        return card

    return make


@pytest.fixture(autouse=True)
def _delivery_zone(settings: Any) -> None:  # noqa: ANN401 pytest-django's settings wrapper
    """Let the pages of these tests stand in the delivery zone: its addresses, its shell, its menu."""
    settings.ROOT_URLCONF = "madoguchi.zones.delivery.urls"
    settings.MADOGUCHI_SHELL = "madoguchi.zones.delivery.shell.shell"
    settings.MADOGUCHI_MENU = "madoguchi.zones.delivery.menu.menu"
    settings.MADOGUCHI_STAFF_HOME = "queues:home"


def process_faults(name: str, answer: HttpResponseBase, recorded: Set[str]) -> str:
    """Say what is wrong with an answer of the address `name` that was given while the processes `recorded` were written down."""
    is_file = answer.has_header("Content-Disposition") or not str(answer.headers.get("Content-Type", "text/html")).startswith(
        ("text/html", "application/json", "text/plain", "text/css", "image/", "font/")
    )
    if answer.status_code != 200 or not is_file or name in NOT_OUTPUTS:
        return ""
    if name not in OUTPUTS:
        return f"{name} gives a file and is unknown"
    wanted = {OUTPUTS[name].code} | ({ON_PAPER[name].code} if name in ON_PAPER else set())
    return "" if wanted & recorded else f"{name} gave a file and recorded no {OUTPUTS[name].code}"


@pytest.fixture(autouse=True)
def _every_file_is_recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Look at each answer of the test client: who is given a file stands in the operation log."""
    faults, ask = list[str](), Client.request

    def ask_and_look(client: Client, **request: Any) -> Any:  # noqa: ANN401 Django's signature
        values = list[object]()

        def watch(execute: Any, statement: str, given: Any, many: bool, context: Any) -> Any:  # noqa: ANN401 Django's signature
            if "INSERT INTO audit_auditevent" in statement:
                values.extend(given.values() if isinstance(given, Mapping) else given)
            return execute(statement, given, many, context)

        with connection.execute_wrapper(watch):
            answer = ask(client, **request)
        match = getattr(answer, "resolver_match", None)
        if match is not None:
            faults.append(process_faults(match.view_name, answer, {value for value in values if isinstance(value, str)}))
        return answer

    monkeypatch.setattr(Client, "request", ask_and_look)
    yield
    assert not any(faults), "\n".join(filter(None, faults))
