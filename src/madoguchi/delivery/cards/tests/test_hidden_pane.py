"""画面を隠す: kept in the session, on every page of it, and nowhere in the browser."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from madoguchi.delivery.cards.models import DeliveryPlace

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


def test_the_pages_of_a_session_come_hidden_until_they_are_shown_again(
    city: DeliveryPlace, signed_in_client: SignIn, settings: Any
) -> None:
    settings.ROOT_URLCONF = "madoguchi.zones.delivery.urls"
    settings.MADOGUCHI_SHELL = "madoguchi.zones.delivery.shell.shell"
    settings.MADOGUCHI_MENU = ""
    clerk, other = signed_in_client("clerk"), signed_in_client("clerk", user_id="other")
    assert 'class="is-private"' not in clerk.get("/cards/").content.decode()
    told = clerk.post("/hide/", {"hide": "1"}, headers={"X-Privacy": "ask"})
    assert (told.status_code, set(told.cookies) - {settings.SESSION_COOKIE_NAME}) == (204, set())
    for page in ("/cards/", "/cards/progress/"):
        text = clerk.get(page).content.decode()
        assert '<body class="is-private">' in text
        assert "画面を出す" in text
    assert 'class="is-private"' not in other.get("/cards/").content.decode()
    # Without the script the button leads back to the page that it stood on.
    shown = clerk.post("/hide/", {"hide": "0"}, headers={"Referer": "http://testserver/cards/progress/"})
    assert (shown.status_code, shown.headers["Location"]) == (302, "/cards/progress/")
    assert 'class="is-private"' not in clerk.get("/cards/").content.decode()
    clerk.cookies["madoguchi_shortcuts"] = "off"
    page = clerk.get("/cards/").content.decode()
    assert ("data-shortcut" in page, "Alt＋P" in page, "画面を隠す" in page) == (False, False, True)
    assert Client().post("/hide/", {"hide": "1"}).status_code == 302
