"""Secrets are read from the zone's folder or nothing happens."""

from pathlib import Path
from typing import Any

import pytest

from madoguchi.platform.secrets import SecretMissing, read


def test_a_secret_is_the_file_of_its_name_and_read_once(tmp_path: Path, settings: Any) -> None:
    settings.MADOGUCHI_SECRETS = tmp_path
    (tmp_path / "pepper").write_bytes(b"\x00first\xff")
    assert read("pepper") == b"\x00first\xff"
    (tmp_path / "pepper").write_bytes(b"second")
    assert read("pepper") == b"\x00first\xff"


def test_a_missing_secret_stops_the_work_and_names_the_file(tmp_path: Path, settings: Any) -> None:
    settings.MADOGUCHI_SECRETS = tmp_path
    with pytest.raises(SecretMissing, match="pepper"):
        read("pepper")
    (tmp_path / "pepper").write_bytes(b"now it is there")
    assert read("pepper") == b"now it is there"


def test_an_empty_secret_is_no_secret(tmp_path: Path, settings: Any) -> None:
    settings.MADOGUCHI_SECRETS = tmp_path
    (tmp_path / "codes").write_bytes(b"")
    with pytest.raises(SecretMissing, match="codes"):
        read("codes")
