"""An authenticator in a real browser: registered on the own page, used for a second person and at the next sign-in, taken off (SF-16).

The authenticator is Chromium's own virtual one; the browser refuses it on every address but the one that the zone is set to.
"""

import pytest
from playwright.sync_api import Browser, expect

from tests.accessibility import faults
from tests.conftest import PATIENCE_MS, RunningDemo
from tests.walks import follow, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("demo")]
KEY = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}


def test_a_key_is_registered_confirms_and_signs_in(demo: RunningDemo, browser: Browser) -> None:
    context, account = browser.new_context(viewport={"width": 1366, "height": 768}, locale="ja-JP"), demo.staff["auditor"]
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    key = session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]
    home = demo.delivery.replace("127.0.0.1", "localhost")

    sign_in(page, home, account)
    page.goto(f"{home}security-keys/")
    assert faults(page) == []
    page.get_by_role("textbox", name="認証器の名前").fill("机の鍵")
    page.get_by_role("textbox", name="パスワード").fill(account["password"])
    follow(page.get_by_role("button", name="次へ進む"))
    assert faults(page) == []
    # A person who holds no finger to the key is told so, and nothing is sent.
    session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    page.get_by_role("button", name="認証器を登録する").click()
    expect(page.get_by_role("alert").filter(has_text="認証器が使われませんでした")).to_be_visible()
    session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": True})
    follow(page.get_by_role("button", name="認証器を登録する"))
    expect(page.get_by_role("row", name="机の鍵")).to_be_visible()

    # At the screen of another person it stands for the password of the second one, who then lacks the right.
    follow(page.get_by_role("button", name="ログアウト"))
    sign_in(page, home, demo.staff["chief"])
    page.goto(f"{home}settings/")
    page.get_by_role("button", name="認証器で確認する").click()
    expect(page.get_by_role("status").filter(has_text="別の人の利用者ID")).to_be_visible()
    page.get_by_role("textbox", name="二人目の利用者ID").fill(account["user"])
    page.get_by_role("button", name="認証器で確認する").click()
    expect(page.get_by_role("status").filter(has_text="認証器で確認しました")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("textbox", name="理由").fill("試し")
    follow(page.get_by_role("button", name="設定を変える"))
    expect(page.get_by_role("alert").get_by_text("この操作を確認する権限がありません").first).to_be_visible()

    follow(page.get_by_role("button", name="ログアウト"))
    page.goto(home)
    page.get_by_role("textbox", name="利用者ID").fill(account["user"])
    page.get_by_role("textbox", name="パスワード").fill(account["password"])
    follow(page.get_by_role("button", name="ログイン"))
    expect(page.get_by_role("textbox", name="確認コード")).to_be_visible()
    assert faults(page) == []
    follow(page.get_by_role("button", name="認証器を使う"))
    expect(page.get_by_role("button", name="ログアウト")).to_be_visible()

    page.goto(f"{home}security-keys/")
    page.get_by_role("radio", name="机の鍵").check()
    page.get_by_label("パスワード").last.fill(account["password"])
    follow(page.get_by_role("button", name="外す"))
    expect(page.get_by_text("登録した認証器はありません")).to_be_visible()
    context.close()
