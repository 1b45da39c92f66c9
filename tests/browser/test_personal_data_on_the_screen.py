"""What names a person goes away again by itself, and the whole pane at a key (S06)."""

import pytest
from playwright.sync_api import Browser, expect

from tests.accessibility import faults
from tests.conftest import RunningDemo
from tests.walks import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("demo")]


def test_an_opened_name_is_masked_again_and_the_pane_hides_at_a_key(demo: RunningDemo, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="ja-JP")
    page = context.new_page()
    sign_in(page, demo.delivery, demo.staff["clerk"])
    page.goto(f"{demo.delivery}cards/")
    page.clock.install()
    page.locator("tbody td.code a").first.click()
    name = page.locator("[data-masked=name] [data-value]")
    mask = name.inner_text()
    assert "＊" in mask
    address = page.url
    page.get_by_role("button", name="氏名を表示", exact=True).click()
    expect(page.get_by_role("button", name="氏名を伏せる")).to_be_visible()
    assert "＊" not in name.inner_text()
    assert page.url == address
    expect(page.locator("[data-reveal-count]")).to_be_visible()
    assert faults(page) == []
    page.clock.run_for(58_000)
    assert "＊" not in name.inner_text()
    page.clock.run_for(3_000)
    expect(name).to_have_text(mask)

    with page.expect_response(lambda answer: answer.url.endswith("/hide/")):
        page.keyboard.press("Alt+KeyP")
    expect(name).to_be_hidden()
    expect(page.get_by_role("heading", name="画面を隠しています")).to_be_visible()
    assert faults(page) == []
    page.reload()
    expect(name).to_be_hidden()
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    with page.expect_response(lambda answer: answer.url.endswith("/hide/")):
        page.keyboard.press("Alt+KeyP")
    expect(name).to_be_visible()
    context.close()
