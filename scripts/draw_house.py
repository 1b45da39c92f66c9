"""Draw the house from its imports: the picture and the table of docs/architecture.md.

Without an option it rewrites the part between the markers; with `--check` it ends with status 1 when the document differs from the code.
"""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "madoguchi"
DOCUMENT = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- drawn by scripts/draw_house.py: begin -->", "<!-- end -->"
FLOORS = ("zones", "booking", "delivery", "platform", "kernel")


def room_of(module: str) -> str | None:
    """Return the room of a module, e.g. `delivery.cards`; kernel and zones are one room each."""
    parts = module.split(".")
    if parts[0] != "madoguchi" or len(parts) < 2 or parts[1] not in FLOORS:
        return None
    if parts[1] in {"kernel", "zones"}:
        return parts[1]
    if len(parts) < 3 or not (SOURCE / parts[1] / parts[2]).is_dir():
        return parts[1]
    return f"{parts[1]}.{parts[2]}"


def imported_modules(path: Path) -> set[str]:
    """Return the modules of the package that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return found


def rooms() -> dict[str, tuple[str, set[str]]]:
    """Return every room with its purpose (first line of its docstring) and the rooms that it builds on; tests are left out."""
    found: dict[str, tuple[str, set[str]]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        inside = path.relative_to(SOURCE.parent).with_suffix("")
        if {"tests", "migrations"} & set(inside.parts) or path.name == "conftest.py":
            continue
        room = room_of(".".join(inside.parts))
        if room is None:
            continue
        purpose, builds_on = found.get(room, ("", set()))
        if path.name == "__init__.py" and ".".join(inside.parts[1:-1]) == room:
            purpose = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").splitlines()[0]
        builds_on |= {other for module in imported_modules(path) if (other := room_of(module)) and other != room}
        found[room] = (purpose, builds_on)
    return found


def drawing() -> str:
    """Return the picture and the table."""
    house = rooms()
    lines = ["```mermaid", "flowchart TD"]
    for floor in FLOORS:
        names = sorted(room for room in house if room.split(".")[0] == floor)
        lines.append(f"  subgraph {floor}_floor[{floor}]")
        lines += [f"    {name.replace('.', '_')}[{name.split('.')[-1]}]" for name in names]
        lines.append("  end")
    for room, (_purpose, builds_on) in sorted(house.items()):
        within = sorted(other for other in builds_on if other.split(".")[0] == room.split(".")[0])
        lines += [f"  {room.replace('.', '_')} --> {other.replace('.', '_')}" for other in within]
    lines += ["  zones_floor --> booking_floor", "  zones_floor --> delivery_floor"]
    lines += ["  booking_floor --> platform_floor", "  delivery_floor --> platform_floor", "  platform_floor --> kernel_floor", "```", ""]
    lines += ["| Room | What it holds | Builds on |", "|---|---|---|"]
    for room, (purpose, builds_on) in sorted(house.items(), key=lambda item: (FLOORS.index(item[0].split(".")[0]), item[0])):
        lines.append(f"| `{room}` | {purpose} | {', '.join(f'`{other}`' for other in sorted(builds_on)) or '—'} |")
    return "\n".join(lines)


def main() -> int:
    """Write the drawing into the document, or check it."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _old, after = rest.split(END)
    wanted = f"{before}{BEGIN}\n{drawing()}\n{END}{after}"
    if "--check" in sys.argv[1:]:
        if wanted != text:
            print("docs/architecture.md differs from the code: run `python scripts/draw_house.py`")
            return 1
        return 0
    DOCUMENT.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
