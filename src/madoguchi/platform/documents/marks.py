"""The word across every sheet that an installation for training or verification prints (S34)."""

from pathlib import Path

import pikepdf

from madoguchi.platform.documents.fonts import Shelf
from madoguchi.platform.documents.press import Press
from madoguchi.platform.ui.shell import site

LAYOUT = Path(__file__).parent / "layouts" / "mark.typ"


def mark_sheets(draft: Path, shelf: Shelf) -> None:
    """Lay the word of this installation over every page of `draft`; the sheets of an installation for the work itself stay as they are.

    It comes last, when every sheet has been read back: what is read back is the sheet without it.
    """
    words = site().mark
    if not words:
        return
    with Press(shelf) as press:
        press.start(LAYOUT, {"words": words, "families": list(shelf.text_families)})
        drawn = draft.with_name("mark.pdf")
        drawn.write_bytes(press.take())
    with pikepdf.open(drawn) as mark, pikepdf.open(draft, allow_overwriting_input=True) as whole:
        for page in whole.pages:
            page.add_overlay(mark.pages[0], None)
        whole.save(draft)
