"""移送票: the slip of a bag, one A4 sheet with the code of the transfer in bars and the sleeves in it, read back before it is given out."""

from collections.abc import Sequence
from pathlib import Path

from madoguchi.delivery.storage.models import Transfer
from madoguchi.kernel.wareki import format_long
from madoguchi.platform import clock
from madoguchi.platform.documents.batches import Layout, print_batch
from madoguchi.platform.documents.codes import code_128
from madoguchi.platform.documents.fonts import Shelf
from madoguchi.platform.documents.readback import CodeRegion, Places, Region, Sheet, Symbology
from madoguchi.platform.verbs import Silent

_LAYOUT = Layout(
    Path(__file__).parent / "layouts" / "slip.typ",
    Places(
        texts={"facts": Region(18, 34, 110, 50), "sleeves": Region(17, 92, 176, 140)},
        codes={"bars": CodeRegion(Region(130, 34, 64, 22), Symbology.CODE_128)},
    ),
)


def print_slip(transfer: Transfer, sleeves: Sequence[str], cards: int, out: Path, shelf: Shelf) -> Path:
    """Print the slip of `transfer` to `out`: `cards` in the bag, of which `sleeves` may stand on a list.

    Raises what `print_batch` raises.
    """
    facts = [
        ("移送元", transfer.from_site.name),
        ("移送先", transfer.to_site.name),
        ("枚数", f"{cards} 枚"),
        ("運ぶ人", transfer.carrier or "（未記入）"),
        ("着く予定", format_long(transfer.expected_on) if transfer.expected_on else "（送り出しのとき決まります）"),
    ]
    sheet = Sheet(
        transfer.code,
        data={"facts": facts, "code": transfer.code, "bars": code_128(transfer.code), "sleeves": list(sleeves)},
        texts={"facts": "".join(term + value for term, value in facts), "sleeves": "".join(sleeves)},
        codes={"bars": transfer.code},
    )
    common = {"text_families": shelf.text_families, "title": "移送票", "printed": format_long(clock.today())}
    return print_batch(_LAYOUT, common, [sheet], out, total=1, shelf=shelf, progress=Silent()).path
