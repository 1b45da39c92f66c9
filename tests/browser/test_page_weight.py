"""How much a telephone must fetch for a public page on the first visit (P-12), counted on the wire."""

import pytest
from playwright.sync_api import Browser

from tests.conftest import RunningDemo

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("demo")]

MOST_BYTES, MOST_REQUESTS = 80_000, 12
PAGES = ("", "book/", "manage/", "calendar/main/", "privacy/", "q")


def first_visit(browser: Browser, address: str, *, scripts: bool) -> tuple[int, int]:
    """Open a page with nothing in the cache; return the bytes that came over the wire and the number of requests."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP", java_script_enabled=scripts)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(address, wait_until="networkidle")
    context.close()
    return int(sum(sizes)), len(sizes)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("path", PAGES)
def test_a_first_visit_is_light(demo: RunningDemo, browser: Browser, path: str, *, scripts: bool) -> None:
    size, requests = first_visit(browser, demo.booking + path, scripts=scripts)
    assert 5_000 < size <= MOST_BYTES
    assert 2 <= requests <= MOST_REQUESTS
