"""S34: every page of staff has one short code, the same in both zones, never given twice; the list leads to what the reader may open."""

import inspect
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.delivery.cards.services import set_up_municipality
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.ui.screens import CODE, Screen, by_code, doors
from madoguchi.zones.configuration import ZONES
from madoguchi.zones.screens import RETIRED, ROOMS, chapter
from madoguchi.zones.url_table import addresses_of
from tests.browser.test_every_page import COMMANDS, FILES

CHAPTER = Path(__file__).parents[1] / "docs" / "manual" / "30-gamen-bango.md"
SCREENS: list[Screen] = [one for room in ROOMS for one in room.screens]
# Shown on a wall, and the demo's mailbox: no pages of staff at work.
NOT_OF_STAFF = {"desk:screen", "desk:screen-live"}


def answers_get(view: Callable[..., Any] | None) -> bool:
    """Tell from the view's own declaration (`require_http_methods`) whether it shows a page when it is opened."""
    while view is not None:
        methods = inspect.getclosurevars(view).nonlocals.get("request_method_list") if inspect.isfunction(view) else None
        if methods is not None:
            return "GET" in methods
        view = getattr(view, "__wrapped__", None)
    return True


def pages_of_staff() -> set[str]:
    """Return the names of all addresses of both zones that show staff a page of its own."""
    found = set()
    for zone in ZONES:
        for one in addresses_of(zone):
            for_staff = one.requirement is not None and (not one.requirement.everybody or one.name.startswith("accounts:"))
            if for_staff and one.name not in NOT_OF_STAFF | FILES | COMMANDS:
                found.add(one.name)
    views = {name: door.view for zone in ZONES for name, door in _doors_of(zone).items()}
    return {name for name in found if answers_get(views[name])}


def _doors_of(zone: str) -> Any:
    from madoguchi.platform.ui.screens import _doors

    return _doors(f"madoguchi.zones.{zone}.urls")


def test_every_page_of_staff_has_exactly_one_code_and_nothing_else_has_one() -> None:
    coded = Counter(one.address for one in SCREENS)
    assert set(coded) == pages_of_staff()
    assert [address for address, times in coded.items() if times > 1] == []


def test_no_code_is_given_twice_and_none_is_left_out() -> None:
    codes = [one.code for one in SCREENS] + sorted(RETIRED)
    assert [code for code, times in Counter(codes).items() if times > 1] == []
    for room in ROOMS:
        numbers = sorted(int(code[1:]) for code in codes if code[0] == room.letter)
        assert numbers == list(range(1, len(numbers) + 1)), f"{room.letter}: a page that went leaves its code in RETIRED"
    assert all(CODE.fullmatch(code) for code in codes)
    assert {code[0] for code in codes}.isdisjoint("BDEGINOPV")


def test_the_chapter_of_the_manual_is_the_table() -> None:
    assert CHAPTER.read_text(encoding="utf-8") == chapter(), "python -m madoguchi.zones.screens > docs/manual/30-gamen-bango.md"


def test_a_code_is_understood_as_people_type_it() -> None:
    found = by_code("ｋ１")
    assert found is not None
    assert found.code == "K1"
    assert by_code(" k1 ") == by_code("K 1") == found
    assert by_code("K01") is None
    assert by_code("") is None


@pytest.fixture
def delivery(settings: Any, secrets_folder: Path, db: None) -> None:
    """The delivery zone's addresses, frame and menu."""
    module = import_module("madoguchi.zones.delivery.settings")
    for name in ("ROOT_URLCONF", "MADOGUCHI_SHELL", "MADOGUCHI_MENU", "MADOGUCHI_STAFF_HOME"):
        setattr(settings, name, getattr(module, name))
    set_up_municipality("142051", automatic("test"))


def code_of(address: str) -> str:
    return next(one.code for one in SCREENS if one.address == address)


@pytest.mark.usefixtures("delivery")
def test_the_frame_says_the_code_of_the_page_and_after_a_command_that_of_the_page_it_was_given_on(
    signed_in_client: Callable[..., Client],
) -> None:
    client = signed_in_client("administrator")
    assert f"画面 {code_of('accounts:list')}</p>" in client.get(reverse("accounts:list")).content.decode()
    account = reverse("accounts:account", args=[client.staff.pk])  # type: ignore[attr-defined]  # the fixture's
    sent = client.post(reverse("accounts:request-role", args=[client.staff.pk]), {}, headers={"referer": f"http://testserver{account}"})  # type: ignore[attr-defined]
    assert sent.status_code == 422
    assert f"画面 {code_of('accounts:account')}</p>" in sent.content.decode()


@pytest.mark.usefixtures("delivery")
def test_the_list_links_only_what_the_reader_may_open(signed_in_client: Callable[..., Client]) -> None:
    client = signed_in_client("clerk")
    page = client.get(reverse("accounts:screens")).content.decode()
    assert f'<a href="{reverse("queues:list")}">作業一覧</a></th>' in page
    assert f'<a href="{reverse("audit:log")}">' not in page
    # What was chosen elsewhere is not opened by its address, though that names nothing.
    assert f'{reverse("reports:behind")}">' not in signed_in_client("chief").get(reverse("accounts:screens")).content.decode()
    assert "desk:board" not in doors()
    assert "本日ボード" not in page
    assert client.post(reverse("accounts:screens"), {"code": "A99"}).status_code == 422
    asked = client.post(reverse("accounts:screens"), {"code": code_of("audit:log").lower()}, follow=True).content.decode()
    assert "今の役割では開けない画面です" in asked
    other = client.get(reverse("accounts:screens"), {"code": code_of("desk:board")}).content.decode()
    assert "もう一方で開いてください" in other


@pytest.mark.usefixtures("delivery")
def test_a_code_in_the_scan_box_opens_its_page_or_its_line_in_the_list(signed_in_client: Callable[..., Client]) -> None:
    client = signed_in_client("clerk")
    answers = [
        client.post(reverse("scanning:desk"), {"code": code_of(address)})
        for address in ("queues:list", "cards:card", "audit:log", "desk:board")
    ]
    listed = reverse("accounts:screens")
    assert [answer.headers["Location"].partition("?")[0] for answer in answers] == [reverse("queues:list"), listed, listed, listed]
