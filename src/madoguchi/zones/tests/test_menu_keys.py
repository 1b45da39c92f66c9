"""`g` and a letter: each leads to one page of the menu of its zone, and may be switched off (S34, WCAG 2.1.4)."""

from collections.abc import Callable, Sequence

import pytest
from django.test import Client

from madoguchi.zones.booking.menu import CHAPTERS as BOOKING
from madoguchi.zones.delivery.menu import CHAPTERS as DELIVERY
from madoguchi.zones.menus import Chapter


@pytest.mark.parametrize("chapters", [BOOKING, DELIVERY])
def test_a_letter_leads_to_one_page_and_to_none_of_the_keys_of_a_list(chapters: Sequence[Chapter]) -> None:
    keys = [entry.key for chapter in chapters for entry in chapter.entries if entry.key]
    assert len(keys) > 5
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 1 and key.isascii() and key.islower() and key not in "gx" for key in keys)


@pytest.mark.django_db
@pytest.mark.urls("madoguchi.zones.delivery.urls")
def test_the_keys_stand_on_the_page_until_the_terminal_switches_them_off(signed_in_client: Callable[..., Client], settings: object) -> None:
    settings.MADOGUCHI_MENU = "madoguchi.zones.delivery.menu.menu"  # type: ignore[attr-defined]
    settings.MADOGUCHI_SHELL = "madoguchi.zones.delivery.shell.shell"  # type: ignore[attr-defined]
    client = signed_in_client("clerk")
    page = client.get("/preferences/").content.decode()
    assert 'data-go-key="k"' in page
    assert "shortcuts.js" in page
    assert "「カード一覧」を開く" in page
    client.post("/preferences/", {"rows": "normal"})
    page = client.get("/preferences/").content.decode()
    assert "「カード一覧」を開く" not in page
    assert "shortcuts.js" not in page
    client.post("/preferences/", {"rows": "normal", "shortcuts": "on"})
    assert "shortcuts.js" in client.get("/preferences/").content.decode()
