"""The counter without a mouse: an agent with papers, fee and interruption, and a visit without a card, by keys alone."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.conftest import RunningDemo
from tests.walks import press_enter, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("demo")]
# A page with two lists of papers has some eighty stops.
MOST_STOPS = 120
# Keys that follow each other more quickly are taken for those of a scanner.
AS_PEOPLE_TYPE = 60


def go_to(page: Page, control: Locator) -> None:
    """Press Tab until `control` has the focus."""
    wanted = control.element_handle()
    for _ in range(MOST_STOPS):
        if page.evaluate("control => document.activeElement === control", wanted):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"no way by Tab to {control}")


def press_space(page: Page, control: Locator) -> None:
    """Tick a box, or open what is folded away."""
    go_to(page, control)
    page.wait_for_timeout(AS_PEOPLE_TYPE)
    page.keyboard.press("Space")
    page.wait_for_timeout(AS_PEOPLE_TYPE)


def write(page: Page, name: str, text: str) -> None:
    """Type into a field."""
    go_to(page, page.get_by_role("textbox", name=name))
    page.keyboard.type(text, delay=AS_PEOPLE_TYPE)


def send(page: Page, button: str) -> None:
    """Go to a button and press Enter."""
    go_to(page, page.get_by_role("button", name=button))
    press_enter(page)


def choose_by_arrows(page: Page, group: str, value: str) -> None:
    """Choose one of a group of radio buttons: Tab reaches the group, arrows go round in it."""
    buttons = page.locator(f'input[type=radio][name="{group}"]')
    chosen = page.locator(f'input[type=radio][name="{group}"]:checked')
    go_to(page, chosen if chosen.count() else buttons.first)
    wanted = page.locator(f'input[type=radio][name="{group}"][value="{value}"]')
    for _ in range(buttons.count()):
        if wanted.is_checked():
            return
        page.keyboard.press("ArrowDown")
    expect(wanted).to_be_checked()


def choose_in_list(page: Page, name: str, value: str) -> None:
    """Choose in a list box by its own keys."""
    box = page.get_by_role("combobox", name=name)
    go_to(page, box)
    for _ in range(box.locator("option").count()):
        if box.input_value() == value:
            return
        page.keyboard.press("ArrowDown")
    expect(box).to_have_value(value)


def test_an_agent_is_served_by_keyboard_alone(demo: RunningDemo, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="ja-JP")
    sign_in(page, demo.delivery, demo.staff["clerk"])
    serial = demo.citizens[0]["id"]
    page.goto(demo.delivery)
    write(page, "番号で探す", serial)
    press_enter(page)
    sleeve = re.search(r"S\d{9,}", page.get_by_role("main").inner_text())
    assert sleeve, "the card's page shows its sleeve code"
    page.goto(f"{demo.delivery}counter/")
    write(page, "製造管理番号", serial)
    press_enter(page)
    for code in (sleeve.group(), serial):
        write(page, "読み取った番号", code)
        press_enter(page)
    press_space(page, page.get_by_text("本人でない人が来たとき・事情があるとき"))
    choose_by_arrows(page, "visitor", "agent")
    choose_in_list(page, "本人が来られない理由", "hospital")
    send(page, "来た人を記録する")
    press_space(page, page.get_by_role("checkbox", name="個人番号カード顔写真証明書"))
    papers = page.locator("input[name=escort_kinds]")
    for number in (0, 2):
        press_space(page, papers.nth(number))
    for number in range(page.locator("input[name=proofs]").count()):
        press_space(page, page.locator("input[name=proofs]").nth(number))
    for words in ("顔を見比べた", "説明した"):
        press_space(page, page.get_by_role("checkbox", name=re.compile(words)))
    send(page, "確かめた")
    choose_by_arrows(page, "fee", "cashless")
    choose_in_list(page, "手数料の理由", "lost")
    send(page, "記録する")
    expect(page.get_by_role("heading", name="二人目が確かめて交付します")).to_be_visible()
    press_space(page, page.get_by_text("中断するとき"))
    go_to(page, page.locator("#id_interrupt_reason"))
    page.keyboard.type("電話", delay=AS_PEOPLE_TYPE)
    send(page, "対応を中断する")
    expect(page.get_by_role("button", name="対応を再開する")).to_be_visible()
    page.close()


def test_a_visit_without_a_card_is_served_by_keyboard_alone(demo: RunningDemo, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="ja-JP")
    sign_in(page, demo.delivery, demo.staff["clerk"])
    page.goto(f"{demo.delivery}procedures/")
    choose_in_list(page, "手続き", "release-suspension")
    choose_in_list(page, "場所", "main")
    send(page, "受け付ける")
    send(page, "対応を始める")
    press_space(page, page.get_by_role("checkbox", name="運転免許証"))
    press_space(page, page.get_by_role("checkbox", name="本人のマイナンバーカード"))
    send(page, "確かめた")
    press_space(page, page.get_by_role("checkbox", name="暗証番号を設定した"))
    send(page, "結果を記録する")
    expect(page.get_by_role("main")).to_contain_text("完了")
    page.close()
