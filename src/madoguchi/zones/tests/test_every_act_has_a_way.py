"""Every act on a card can be done by somebody somewhere: at a page that exists, asks for a right, and leads to code that does it."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from madoguchi.delivery.cards import rules, ways
from madoguchi.zones.url_table import addresses_of

REQUIREMENTS = {one.name: one.requirement for one in addresses_of("delivery")}
DOMAIN = Path(rules.__file__).parent.parent
# The act that a file from the other zone leads to is chosen by the room that reads it.
ROOM_BEHIND = {"exchange": "matching"}


def test_every_act_has_a_way() -> None:
    assert [act.code for act in rules.ACTS if not ways.ways_of(act.code)] == []
    assert set(ways.ELSEWHERE) | set(ways.ON_THE_CARD) == set(rules.ACT_BY_CODE)


@pytest.mark.parametrize("act", sorted(rules.ACT_BY_CODE))
def test_every_way_is_a_page_that_asks_for_a_right(act: str) -> None:
    for name in ways.ways_of(act):
        needed = REQUIREMENTS[name]
        assert needed is not None, name
        assert needed.rights, f"{name} lets everybody in"


def test_every_entry_into_the_register_is_a_page_that_asks_for_a_right() -> None:
    assert set(ways.ENTRIES) == {code for code, _name, _target in rules.ENTRIES}
    for names in ways.ENTRIES.values():
        assert names
        assert all(needed is not None and needed.rights for needed in (REQUIREMENTS[name] for name in names))


@pytest.mark.parametrize(("act", "name"), [(act, name) for act, names in ways.ELSEWHERE.items() for name in names])
def test_the_room_behind_the_page_carries_the_act_out(act: str, name: str) -> None:
    namespace = name.partition(":")[0]
    room = ROOM_BEHIND.get(namespace, namespace)
    assert find_spec(f"madoguchi.delivery.{room}")
    sources = "".join(path.read_text(encoding="utf-8") for path in (DOMAIN / room).glob("*.py"))
    assert f'"{act}"' in sources, f"{room} never says {act}"
