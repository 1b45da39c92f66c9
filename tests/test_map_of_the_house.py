"""The map in docs/architecture.md is the house as it stands."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_the_map_is_drawn_from_the_present_imports() -> None:
    checked = subprocess.run([sys.executable, ROOT / "scripts" / "draw_house.py", "--check"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
