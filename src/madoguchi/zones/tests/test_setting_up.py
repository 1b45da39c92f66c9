"""What `madoguchi init` tells."""

import argparse
from pathlib import Path

import pytest

from madoguchi.platform.verbs import Silent
from madoguchi.zones import setting_up


@pytest.mark.parametrize("purpose", ["production", "verification", "training"])
def test_every_purpose_names_its_zones(purpose: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [{"zone": zone, "database": f"madoguchi_{zone}", "accounts": "first-accounts.txt"} for zone in ("booking", "delivery")]
    monkeypatch.setattr(setting_up, "set_up", lambda *_given, **_named: made)
    monkeypatch.setattr(setting_up, "furnish_for_practice", lambda *_given: None)
    arguments = argparse.Namespace(data=tmp_path, municipality="142051", purpose=purpose)
    told = setting_up.run(arguments, Silent()).data
    assert told["data"] == str(tmp_path)
    zones = told["zones"]
    assert isinstance(zones, list)
    assert [zone["zone"] for zone in zones] == ["booking", "delivery"]
    # People to practise with have a list of their own; nothing else is written down.
    where = str(tmp_path / "demo-signin.txt") if purpose == "training" else "first-accounts.txt"
    assert {zone["accounts"] for zone in zones} == {where}
