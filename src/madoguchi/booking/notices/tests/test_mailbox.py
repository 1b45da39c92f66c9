import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.booking.notices.mailbox import MailboxFolder, keep, letter, letters
from madoguchi.booking.notices.posting import post
from madoguchi.booking.notices.rules import Verdict
from madoguchi.booking.notices.services.outbox import hang_up, mail_server, reach
from madoguchi.booking.notices.tests.test_posting import mail


def test_the_sink_keeps_a_mail_that_the_page_can_read(tmp_path: Path) -> None:
    raw = mail().message().as_bytes()
    answer = asyncio.run(MailboxFolder(tmp_path / "mailbox").handle_DATA(None, None, SimpleNamespace(original_content=raw, content=raw)))

    (found,) = letters(tmp_path / "mailbox")
    assert answer.startswith("250")
    assert found.recipient == "hanako@example.jp"
    assert "予約が完了しました" in found.subject
    assert "本庁舎" in found.text
    assert found.calendar_file.startswith("BEGIN:VCALENDAR")


def test_a_mail_is_not_acknowledged_when_it_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "mailbox"
    blocked.write_text("a file stands where the folder should be")
    answer = asyncio.run(MailboxFolder(blocked).handle_DATA(None, None, SimpleNamespace(original_content=b"x", content=b"x")))
    assert answer.startswith("452")


def test_half_written_files_are_not_shown(tmp_path: Path) -> None:
    keep(tmp_path, b"Subject: whole\r\n\r\ntext")
    (tmp_path / "20261203-090000-0123456789ab.part").write_bytes(b"Subject: half")
    assert [found.subject for found in letters(tmp_path)] == ["whole"]


@pytest.mark.parametrize(
    "name",
    ["../secrets/django", "/etc/passwd", "", "x.eml", "20261203-090000-0123456789ab.eml/../../x", "20261203-090000-0123456789ab.eml\n"],
)
def test_no_other_file_is_read(tmp_path: Path, name: str) -> None:
    assert letter(tmp_path, name) is None


@given(raw=st.binary(max_size=400))
def test_any_bytes_can_be_shown(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    folder = tmp_path_factory.mktemp("mailbox")
    keep(folder, raw)
    assert len(letters(folder)) == 1


@pytest.mark.django_db
@pytest.mark.urls("madoguchi.zones.booking.urls")
def test_the_mailbox_page_is_there_in_a_demo_only(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.MADOGUCHI_FOLDER = tmp_path
    kept = keep(tmp_path / "mailbox", mail().message().as_bytes())
    settings.MADOGUCHI_SITE = {**settings.MADOGUCHI_SITE, "demo": True}
    assert "hanako@example.jp" in client.get("/mailbox/").content.decode()
    assert "本庁舎" in client.get(f"/mailbox/{kept.name}/").content.decode()
    assert client.get("/mailbox/20261203-090000-0123456789ab.eml/").status_code == 404
    settings.MADOGUCHI_SITE = {**settings.MADOGUCHI_SITE, "demo": False}
    assert client.get("/mailbox/").status_code == 404
    assert client.get(f"/mailbox/{kept.name}/").status_code == 404


@pytest.mark.django_db
@pytest.mark.urls("madoguchi.zones.booking.urls")
def test_no_mail_leaves_an_installation_for_training_and_its_staff_can_read_it(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signed_in_client: Any
) -> None:
    """S34; the negative control: the same call in an installation for the work itself asks the mail server."""
    asked: list[object] = []

    def no_network(*words: object) -> None:
        asked.append(words)
        raise OSError("no network in tests")

    monkeypatch.setattr("smtplib.SMTP.connect", no_network)
    settings.MADOGUCHI_FOLDER = tmp_path
    settings.MADOGUCHI_SITE = {"zone": "booking", "mode": "training"}
    server = mail_server()
    assert reach(server)
    assert post(mail(), server) is Verdict.SENT
    hang_up(server)
    assert asked == []
    (kept,) = letters(tmp_path / "mailbox")
    assert kept.recipient == "hanako@example.jp"
    page = signed_in_client("operator").get("/mailbox/").content.decode()
    assert "hanako@example.jp" in page
    assert "研修環境のメールは、だれにも送られません" in page
    assert "研修環境です" in page
    assert Client().get("/mailbox/").status_code == 302
    settings.MADOGUCHI_SITE = {"zone": "booking", "mode": "production"}
    assert Client().get("/mailbox/").status_code == 404
    assert not reach(mail_server())
    assert asked
