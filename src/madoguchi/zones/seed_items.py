"""Which column keeps which data item of the two municipalities' papers, on which screen it is seen, and who may open that screen (DL-19).

`docs/seed-items.csv` lists every item as it is spelled there. `python -m madoguchi.zones.seed_items > docs/manual/items.md` writes the
table for people; a test compares both with the models, the addresses and the rights.
"""

import csv
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from madoguchi.zones.url_table import addresses_of, roles_by_right

FILE = Path(__file__).resolve().parents[3] / "docs" / "seed-items.csv"
_ROLES = {"clerk": "窓口担当", "chief": "責任者", "operator": "コールセンター", "administrator": "システム管理者", "auditor": "監査担当"}
_ZONES = {"booking": "予約管理", "delivery": "交付管理"}
_PARTS = {
    "000(3)": "個人番号カードの交付に係る答申 (000) の項目",
    "003(1)": "来庁予約データ (003 (1))",
    "003(2)": "マイナンバーカードデータ (003 (2))",
    "003(3)": "マイナンバーカード履歴 (003 (3))",
    "003(4)": "マイナンバーカードデータ処理履歴 (003 (4))",
    "003(5)": "操作ログ (003 (5))",
    "003(6)": "発送管理 (003 (6))",
    "003(7)": "帳票イメージファイリング情報 (003 (7))",
}
_HEAD = """# データ項目の表

自治体の審議会に出された二つの資料にあるデータ項目が、どの列にあり、どの画面で見え、だれが開けるかの表です。
`python -m madoguchi.zones.seed_items` が `docs/seed-items.csv` から作ります。手で直さないでください。

資料 003 には項目の一覧が二つあります (本文と別紙)。書き方が違うところは、どう読んだかを書きました。
"""


@dataclass(frozen=True, slots=True)
class Item:
    """One item: where it is listed, how it is spelled, the columns that keep it, the screens that show it, or why it is not kept."""

    seed: str
    item: str
    columns: tuple[str, ...]
    screens: tuple[str, ...]
    reading: str
    reason: str


def read_items(path: Path = FILE) -> list[Item]:
    """Return every item of the file in its order."""
    with path.open(encoding="utf-8", newline="") as handle:
        return [
            Item(row["seed"], row["item"], tuple(row["columns"].split()), tuple(row["screens"].split()), row["reading"], row["reason"])
            for row in csv.DictReader(handle)
        ]


def faults(items: Iterable[Item]) -> Iterator[str]:
    """Yield what is wrong: an item without column, screen or reason, a column or screen that there is not."""
    from django.apps import apps
    from django.core.exceptions import FieldDoesNotExist

    screens = {f"{zone}:{address.name}" for zone in _ZONES for address in addresses_of(zone)}  # type: ignore[arg-type]  # the two zones
    for item in items:
        name = f"{item.seed} {item.item}"
        if item.reason and (item.columns or item.screens):
            yield f"{name}: kept and not kept"
        if not item.reason and not (item.columns and item.screens):
            yield f"{name}: no column, no screen and no reason"
        for column in item.columns:
            label, _dot, field = column.rpartition(".")
            try:
                apps.get_model(label)._meta.get_field(field)  # noqa: SLF001 Django's documented API
            except (LookupError, ValueError, FieldDoesNotExist):
                yield f"{name}: no column {column}"
        yield from (f"{name}: no screen {screen}" for screen in item.screens if screen not in screens)


def table(items: Iterable[Item]) -> str:
    """Return the table for people."""
    who = dict(_who())
    text, part = _HEAD, ""
    for item in items:
        here = next(name for name in _PARTS if item.seed.startswith(name))
        if here != part:
            part = here
            text += (
                f"\n## {_PARTS[part]}\n\n| 資料の箇所 | 項目 | 列 | 画面 | 見られる人 | 読み方、持たない理由 |\n|---|---|---|---|---|---|\n"
            )
        screens = [screen for screen in item.screens if screen in who]
        roles = "、".join(dict.fromkeys(role for screen in screens for role in who[screen]))
        columns = "<br>".join(f"`{column}`" for column in item.columns) or "持たない"
        seen = "<br>".join(f"`{screen}`" for screen in screens)
        text += f"| {item.seed} | {item.item} | {columns} | {seen} | {roles} | {item.reading or item.reason} |\n"
    return text


def _who() -> Iterator[tuple[str, list[str]]]:
    holders = roles_by_right()
    for zone, zone_name in _ZONES.items():
        for address in addresses_of(zone):  # type: ignore[arg-type]  # the two zones
            need = address.requirement
            if need is None:
                continue
            codes = {role for right in need.rights for role in holders.get(right.code, [])} if need.rights else set(_ROLES)
            names = ["市民"] if need.everybody else [f"{name} ({zone_name})" for code, name in _ROLES.items() if code in codes]
            yield f"{zone}:{address.name}", names


def main() -> None:
    """Print the table."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.zones.all_apps")
    import django

    django.setup()
    sys.stdout.write(table(read_items()))


if __name__ == "__main__":
    main()
