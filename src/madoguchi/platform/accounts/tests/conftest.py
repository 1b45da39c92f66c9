"""Tests of accounts know no domain: a small office of their own, without shell and menu of a zone."""

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def office(settings: Any) -> None:
    settings.MADOGUCHI_STAFF_HOME = "office:home"
    settings.MADOGUCHI_SITE = {"zone": "delivery", "demo": False}
    settings.MADOGUCHI_SHELL = settings.MADOGUCHI_MENU = ""
