import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.booking.notices.mailbox import MailboxFolder, keep, letter, letters
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
