"""The statements of a search. Each begins at an index whatever was typed (P-06), and their number never grows with what is found."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from madoguchi.delivery.cards import rules
from madoguchi.delivery.search.terms import Described, Terms, answers, coarse_pattern, possible_births, ranges

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

# Without a birth date there is a name and an address: the name from its beginning or its end (family name, given name), each read from
# one index that also carries the address, so that the cards of the many others of that name are never fetched.
_HIT = """SELECT id FROM cards_card
     WHERE {key} ~>=~ %({bound}_from)s AND {key} ~<~ %({bound}_to)s AND address LIKE %(address)s
       AND translate(address, '０１２３４５６７８９', '0123456789') LIKE %(digits)s LIMIT %(limit)s"""


def _by_name(kind: str) -> str:
    begins = _HIT.format(key=f"{kind}_key", bound="begin")
    ends = _HIT.format(key=f"reverse({kind}_key)", bound="end")
    return f"""
WITH hits AS (({begins}) UNION ({ends}))
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
    if terms.born is not None:
        statement, values, limit = _BY_BIRTH, _birth_values(terms), _BORN_CANDIDATES
    else:
        by_name = bool(terms.name_key)
        statement = _BY_NAME if by_name else _BY_KANA
        values, limit = _name_values(terms.name_key if by_name else terms.kana_key, terms.address), 2 * _CANDIDATES
    with connection.cursor() as cursor:
        cursor.execute(statement, {**values, "protected": rules.HoldKind.PROTECTED.value})
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    hits = [_hit(row) for row in rows]
    found = [hit for hit in hits if answers(terms, hit.person)]
    few = _CANDIDATES if terms.born is None else limit
    return Found(tuple(found[:SHOWN_AT_MOST]), len(found) > SHOWN_AT_MOST or len(rows) >= few)


def _birth_values(terms: Terms) -> dict[str, Any]:
    assert terms.born is not None
    births = possible_births(terms.born)
    return {"births": list(births), "birth": births[0], "name": terms.name_key, "kana": terms.kana_key, "limit": _BORN_CANDIDATES}


def _name_values(key: str, address: str) -> dict[str, Any]:
    begin, end = ranges(key), ranges(key[::-1])
    bounds = {"begin_from": begin[0], "begin_to": begin[1], "end_from": end[0], "end_to": end[1]}
    return {**bounds, "address": coarse_pattern(address), "digits": coarse_pattern(address, with_digits=True), "limit": _CANDIDATES}


def _hit(row: dict[str, object]) -> Hit:
    described = {name: row[name] for name in Described.__dataclass_fields__}
    return Hit(
        int(str(row["id"])),
        str(row["serial"]),
        Described(**described),  # type: ignore[arg-type]  # the columns of the statement
        rules.Progress(str(row["progress"])),
        bool(row["is_held"]),
    )
