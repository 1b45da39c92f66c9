"""The lock of the screen in a browser: the page goes away in every tab, and comes back with what was typed (S03)."""

import pytest
from playwright.sync_api import Browser, expect

from tests.accessibility import faults
from tests.conftest import RunningDemo
from tests.walks import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("demo")]


def test_what_was_typed_is_there_again_after_the_password(demo: RunningDemo, browser: Browser) -> None:
    context, account = browser.new_context(viewport={"width": 1366, "height": 768}, locale="ja-JP"), demo.staff["clerk"]
    page, other = context.new_page(), context.new_page()
    sign_in(page, demo.delivery, account)
    page.goto(f"{demo.delivery}search/")
    other.goto(f"{demo.delivery}cards/")
    box = page.get_by_role("main").get_by_role("textbox").first
    box.fill("打ちかけの文字")

    page.keyboard.press("Control+Alt+KeyL")
    for tab in (page, other):
        expect(tab.get_by_role("heading", name="画面がロックされています")).to_be_visible()
        assert "打ちかけの文字" not in tab.content()
        assert tab.get_by_role("navigation").count() == 0
    assert faults(page) == []
    page.get_by_role("textbox", name="パスワード").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").get_by_text("パスワードが違います。").first).to_be_visible()
    assert page.request.get(f"{demo.delivery}cards/").status == 423
    page.get_by_role("textbox", name="パスワード").fill(account["password"])
    page.keyboard.press("Enter")
    expect(box).to_have_value("打ちかけの文字")
    expect(box).to_be_focused()
    expect(other.get_by_role("heading", name="画面がロックされています")).to_have_count(0)
    context.close()


def test_what_was_typed_waits_for_its_owner_when_somebody_takes_the_terminal_over(demo: RunningDemo, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="ja-JP")
    sign_in(page, demo.delivery, demo.staff["clerk"])
    page.goto(f"{demo.delivery}search/")
    page.get_by_role("main").get_by_role("textbox").first.fill("打ちかけの文字")
    page.keyboard.press("Control+Alt+KeyL")
    page.get_by_role("button", name="ほかの人がログインする").click()

    sign_in(page, demo.delivery, demo.staff["clerk"])
    assert "打ちかけの文字" not in page.content()
    page.get_by_role("link", name="入力していた画面を開く").click()
    page.get_by_role("button", name="入力を戻す").click()
    expect(page.get_by_role("main").get_by_role("textbox").first).to_have_value("打ちかけの文字")
    expect(page.get_by_role("status").get_by_text("1か所の入力を戻しました")).to_be_visible()
    assert faults(page) == []
    page.reload()
    expect(page.get_by_text("送っていない入力があります")).to_have_count(0)
    page.close()
