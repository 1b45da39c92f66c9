"""The statements of a search. Each begins at an index whatever was typed (P-06), and their number never grows with what is found."""

from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards.own_characters import Known
from madoguchi.delivery.cards.queries import own_municipality
from madoguchi.delivery.search.terms import Described, Terms, answers, beginning, possible_births
from madoguchi.kernel.names import has_gaiji, search_key

SHOWN_AT_MOST = 100
_CANDIDATES = 150
_BORN_CANDIDATES = 2000

_COLUMNS = """c.id, c.serial, c.name, c.former_name, c.alias, c.kana, c.address || c.house AS address, c.born, c.sex, c.progress,
       EXISTS (SELECT 1 FROM cards_hold h WHERE h.card_id = c.id AND h.kind = %(protected)s AND h.released_at IS NULL) AS is_protected,
       EXISTS (SELECT 1 FROM cards_hold h WHERE h.card_id = c.id AND h.released_at IS NULL) AS is_held"""

# A birth date leaves a few dozen people of half a million; the rest is compared by the rules of `terms`.
_BY_BIRTH = f"""
SELECT {_COLUMNS} FROM cards_card c
 WHERE c.born = ANY(%(births)s)
   AND (c.born = %(birth)s OR %(name)s = '' OR position(%(name)s in c.name_key) > 0 OR c.former_name <> '' OR c.alias <> '')
   AND (%(kana)s = '' OR position(%(kana)s in c.kana_key) > 0)
 ORDER BY c.kana_key, c.born, c.id LIMIT %(limit)s"""  # noqa: S608 constant parts

# Without a birth date there is a name and an address. The name is read from its beginning or its end (family name, given name), the
# address from its beginning, each out of its own index, and the two are put together before any card is fetched.
# LIKE, not bounds: only of LIKE does the planner know how many begin so, and puts the two indexes together when both are common.
_NAMED = "({key} LIKE %(begin)s OR reverse({key}) LIKE %(end)s)"
_AT = "(address_key LIKE %(typed)s OR address_key LIKE %(town)s OR address_key LIKE %(city)s)"


def _by_name(kind: str) -> str:
    named = _NAMED.format(key=f"{kind}_key")
    return f"""
WITH hits AS (SELECT id FROM cards_card WHERE {named} AND {_AT} LIMIT %(limit)s)
SELECT {_COLUMNS} FROM hits JOIN cards_card c ON c.id = hits.id ORDER BY c.kana_key, c.born, c.id"""  # noqa: S608 constant parts


_BY_NAME, _BY_KANA = _by_name("name"), _by_name("kana")


@dataclass(frozen=True, slots=True)
class Hit:
    """One person that was found."""

    card_pk: int
    serial: str
    person: Described
    progress: rules.Progress
    is_held: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a search found; `is_cut` when there are more than are shown, so that somebody must ask more exactly."""

    hits: tuple[Hit, ...]
    is_cut: bool


def people(terms: Terms) -> Found:
    """Return the people who answer to `terms`, by reading, at most SHOWN_AT_MOST. One statement.

    Raises ValueError for terms that are not enough: nobody comes around the rule by calling this.
    """
    if not terms.are_enough:
        raise ValueError("two of name, address and birth date are needed")
    known = Known()
    terms = replace(terms, name=known.folded(terms.name), address=known.folded(terms.address))
    if terms.born is not None:
        rows, limit = _read(_BY_BIRTH, _birth_values(terms)), _BORN_CANDIDATES
    elif terms.name_key:
        rows, limit = _read(_BY_NAME, _name_values(terms.name_key, terms.address_key)), _CANDIDATES
    else:
        rows, limit = _read(_BY_KANA, _name_values(terms.kana_key, terms.address_key)), _CANDIDATES
    found = [hit for hit in map(_hit, rows) if answers(terms, _folded(hit.person, known))]
    return Found(tuple(found[:SHOWN_AT_MOST]), len(found) > SHOWN_AT_MOST or len(rows) >= limit)


def _read(statement: str, values: dict[str, Any]) -> list[dict[str, object]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {**values, "protected": rules.HoldKind.PROTECTED.value})
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _birth_values(terms: Terms) -> dict[str, Any]:
    assert terms.born is not None
    births = possible_births(terms.born)
    return {"births": list(births), "birth": births[0], "name": terms.name_key, "kana": terms.kana_key, "limit": _BORN_CANDIDATES}


def _name_values(key: str, address: str) -> dict[str, Any]:
    town = own_municipality()
    return {
        "begin": beginning(key),
        "end": beginning(key[::-1]),
        "typed": beginning(address),
        "town": beginning(search_key(town.prefecture + town.name) + address),
        "city": beginning(search_key(town.prefecture) + address),
        "limit": _CANDIDATES,
    }


def _folded(person: Described, known: Known) -> Described:
    """Write substitutes in place of own characters, as the search keys of the register have them."""
    if not has_gaiji(person.name + person.address + person.former_name + person.alias):
        return person
    return replace(
        person,
        name=known.folded(person.name),
        address=known.folded(person.address),
        former_name=known.folded(person.former_name),
        alias=known.folded(person.alias),
    )


def _hit(row: dict[str, object]) -> Hit:
    described = {name: row[name] for name in Described.__dataclass_fields__}
    return Hit(
        int(str(row["id"])),
        str(row["serial"]),
        Described(**described),  # type: ignore[arg-type]  # the columns of the statement
        rules.Progress(str(row["progress"])),
        bool(row["is_held"]),
    )
