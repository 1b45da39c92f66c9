"""The statements of a search. Each begins at an index whatever was typed (P-06), and their number never grows with what is found."""

from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards.own_characters import Known
from madoguchi.delivery.cards.queries import own_municipality
from madoguchi.delivery.search.terms import Described, Terms, answers, area_of, beginning, possible_births
from madoguchi.kernel.municipalities import Municipality
from madoguchi.kernel.names import has_gaiji, search_key

SHOWN_AT_MOST = 100
_CANDIDATES = 150
_BORN_CANDIDATES = 2000

_COLUMNS = """c.id, c.serial, c.name, c.former_name, c.alias, c.kana, c.address || c.house AS address, c.born, c.sex, c.progress,
       c.name_key, c.kana_key, c.address_key,
       EXISTS (SELECT 1 FROM cards_hold h WHERE h.card_id = c.id AND h.kind = %(protected)s AND h.released_at IS NULL) AS is_protected,
       EXISTS (SELECT 1 FROM cards_hold h WHERE h.card_id = c.id AND h.released_at IS NULL) AS is_held"""

# A birth date leaves a few dozen people of half a million; the rest is compared by the rules of `terms`.
_BY_BIRTH = f"""
SELECT {_COLUMNS} FROM cards_card c
 WHERE c.born = ANY(%(births)s)
   AND (c.born = %(birth)s OR %(name)s = '' OR position(%(name)s in c.name_key) > 0 OR c.former_name <> '' OR c.alias <> '')
   AND (%(kana)s = '' OR position(%(kana)s in c.kana_key) > 0)
 ORDER BY c.kana_key, c.born, c.id LIMIT %(limit)s"""  # noqa: S608 constant parts

# Without a birth date there is a name and an address. The parts of town that begin as was typed are stepped through in an index (there are
# a few hundred at most), and in each the name is read from its beginning and from its end: family name, given name.
_AREAS = """
WITH RECURSIVE area (beginning, area_key) AS (
    SELECT typed.beginning, next.area_key
      FROM unnest(%(areas)s::text[]) AS typed (beginning),
           LATERAL (SELECT c.area_key FROM cards_card c WHERE c.area_key ~>=~ typed.beginning ORDER BY c.area_key USING ~<~ LIMIT 1) next
     WHERE starts_with(next.area_key, typed.beginning)
    UNION ALL
    SELECT area.beginning, next.area_key
      FROM area,
           LATERAL (SELECT c.area_key FROM cards_card c WHERE c.area_key ~>~ area.area_key ORDER BY c.area_key USING ~<~ LIMIT 1) next
     WHERE starts_with(next.area_key, area.beginning)
)"""
_AT = "c.address_key LIKE ANY(%(addresses)s::text[])"


def _by_name(kind: str) -> str:
    within = " UNION ".join(
        f"(SELECT c.id FROM cards_card c WHERE c.area_key = area.area_key AND {named} AND {_AT} LIMIT %(limit)s)"  # noqa: S608 constant
        for named in (f"c.{kind}_key LIKE %(begin)s", f"reverse(c.{kind}_key) LIKE %(end)s")
    )
    return f"""{_AREAS},
hits AS (SELECT within.id FROM (SELECT DISTINCT area_key FROM area) area, LATERAL ({within}) within LIMIT %(limit)s)
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
    known, own = Known(), own_municipality()
    terms = replace(terms, name=known.folded(terms.name), address=_without(own, known.folded(terms.address)))
    if terms.born is not None:
        rows, limit = _read(_BY_BIRTH, _birth_values(terms)), _BORN_CANDIDATES
    elif terms.name_key:
        rows, limit = _read(_BY_NAME, _name_values(terms.name_key, terms.address_key, own)), _CANDIDATES
    else:
        rows, limit = _read(_BY_KANA, _name_values(terms.kana_key, terms.address_key, own)), _CANDIDATES
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


def _name_values(key: str, address: str, own: Municipality) -> dict[str, Any]:
    # The register may write our prefecture and city before an address, or not.
    prefecture, city = search_key(own.prefecture), search_key(own.name)
    ways = [address, city + address, prefecture + address, prefecture + city + address]
    return {
        "begin": beginning(key),
        "end": beginning(key[::-1]),
        "areas": [area_of(way) for way in ways],
        "addresses": [beginning(way) for way in ways],
        "limit": _CANDIDATES,
    }


def _without(own: Municipality, address: str) -> str:
    """Take our prefecture and city from the beginning of what was typed; an address that is nothing else stays as it is."""
    key = search_key(address)
    return key.removeprefix(search_key(own.prefecture)).removeprefix(search_key(own.name)) or key


def _folded(person: Described, known: Known) -> Described:
    """Write substitutes in place of own characters, as the search keys of the register have them."""
    if not has_gaiji(person.address + person.former_name + person.alias):
        return person
    return replace(
        person,
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
