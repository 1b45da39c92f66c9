"""Raised risk in a real browser: the device computes, or its owner waits, and both get in; afterwards the network is released."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.accessibility import faults
from tests.conftest import RunningDemo
from tests.walks import follow, identify, run_in_zone

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("demo")]
PROOF = "機械でないことの確認"
RAISE = """
from madoguchi.booking.abuse.models import Count
from madoguchi.booking.abuse.counting import windows
times = windows()
Count.objects.create(scope="canary 127.0.0.0/24", window_from=times["day"], number=1, last_at=times["now"])
"""
RELEASE = """
from madoguchi.booking.abuse.services import release_network
from madoguchi.platform.audit.actors import automatic
release_network(automatic("test"), "127.0.0.0/24", "test")
"""


@pytest.fixture
def raised(demo: RunningDemo) -> Iterator[RunningDemo]:
    """The network of every browser here has tried a decoy."""
    run_in_zone(demo.data, "booking", RAISE)
    yield demo
    run_in_zone(demo.data, "booking", RELEASE)


def test_the_device_computes_and_its_owner_gets_in(raised: RunningDemo, phone: Page) -> None:
    phone.goto(f"{raised.booking}book/")
    expect(phone.get_by_role("heading", name=PROOF)).to_be_visible()
    expect(phone.get_by_role("status").filter(has_text="終わりました")).to_be_visible()
    assert faults(phone) == []
    identify(phone, raised.citizens[4])
    expect(phone).to_have_url(re.compile("/book/place/"))


def test_a_press_before_the_work_is_done_is_not_lost(raised: RunningDemo, phone: Page) -> None:
    def late(route: Route) -> None:
        phone.wait_for_timeout(1500)
        route.continue_()

    phone.route("**/proof-worker.js", late)
    phone.goto(f"{raised.booking}book/")
    identify(phone, raised.citizens[4])
    expect(phone).to_have_url(re.compile("/book/place/"))


def test_without_javascript_one_waits_and_the_telephone_stands_beside(raised: RunningDemo, phone_without_javascript: Page) -> None:
    page = phone_without_javascript
    page.goto(f"{raised.booking}book/")
    identify(page, raised.citizens[4])
    expect(page.get_by_text("秒待ってから")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name=re.compile("0466")).first).to_be_visible()
    page.wait_for_timeout(31_000)
    follow(page.get_by_role("button", name="次へ進む"))
    expect(page).to_have_url(re.compile("/book/place/"))
