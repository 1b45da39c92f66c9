"""Between file and register: accepted rows go to the staging table by COPY, the database finds twins and differences, and one statement
each writes new and changed cards with their history.

Everything here runs inside a transaction of `madoguchi.delivery.intake.services`; nothing here decides who may.
"""

import enum
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from madoguchi.delivery.cards.codes import CodeBox
from madoguchi.delivery.cards.models import LISTED_COLUMNS
from madoguchi.delivery.intake.mappings import Layout
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor

# Folded and raw forms follow their text and are no difference by themselves: the same name in another encoding is the same name.
_FOLLOWING = {"name": ("name_raw", "name_key", "raw_encoding"), "address": ("address_raw", "address_key"), "kana": ("kana_key",)}
_KEY = "application_id"
_CODES_AT_ONCE = 5000
_PIECE = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """What applying a batch would do."""

    new: int
    changed: int
    unchanged: int
    gone: int


class Kind(enum.StrEnum):
    """What a list may do to a card."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Clash:
    """A staged row that may not be applied: its line, the listed column, the code of checking.SENTENCES, the line of the twin."""

    line: int
    column: str
    code: str
    earlier: int = 0


def allow_long_work() -> None:
    """Lift the service's statement time-out for this transaction: a list of 300,000 rows is one statement."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '30min'; SET LOCAL idle_in_transaction_session_timeout = '10min'")


def next_batch_number() -> int:
    """Take the number of a new batch before its rows are written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('intake_importbatch', 'id'))")
        return int(cursor.fetchone()[0])


def copy_rows(columns: Sequence[str], lines: Iterable[str]) -> None:
    """Write lines in COPY's text form into the staging table."""
    statement = sql.SQL("COPY intake_stagedrow ({}) FROM STDIN").format(_names(columns))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        stream = iter(lines)
        while piece := list(islice(stream, _PIECE)):
            copy.write("\n".join(piece) + "\n")


def take_out_clashes(batch_pk: int, refused: Mapping[str, Mapping[str, int]]) -> list[Clash]:
    """Remove from the batch, and return, rows that use a number again or contradict the register.

    `refused` holds per number column the numbers of refused records with their lines: a later row with the same number is a twin too.
    """
    clashes: dict[int, Clash] = {}
    with connection.cursor() as cursor:
        for clash in [*_twins(cursor, batch_pk, refused), *_contradictions(cursor, batch_pk)]:
            clashes.setdefault(clash.line, clash)
        if clashes:
            cursor.execute("DELETE FROM intake_stagedrow WHERE batch_id = %s AND line = ANY(%s)", [batch_pk, list(clashes)])
    return sorted(clashes.values(), key=lambda clash: clash.line)


def _twins(cursor: CursorWrapper, batch_pk: int, refused: Mapping[str, Mapping[str, int]]) -> Iterator[Clash]:
    for column, code in ((_KEY, "application-id-twice"), ("serial", "serial-twice")):
        cursor.execute(
            sql.SQL(
                """
                WITH twice AS (SELECT {column} AS number FROM intake_stagedrow WHERE batch_id = %(batch)s GROUP BY 1 HAVING count(*) > 1),
                     also AS (SELECT number, line FROM unnest(%(numbers)s::text[], %(lines)s::int[]) AS r (number, line)),
                     every AS (SELECT s.{column} AS number, s.line, true AS staged FROM intake_stagedrow s
                                WHERE s.batch_id = %(batch)s AND (s.{column} IN (SELECT number FROM twice) OR
                                      s.{column} IN (SELECT number FROM also))
                               UNION ALL SELECT number, line, false FROM also),
                     placed AS (SELECT line, staged, min(line) OVER (PARTITION BY number) AS first FROM every)
                SELECT line, first FROM placed WHERE staged AND line > first ORDER BY line
                """
            ).format(column=sql.Identifier(column)),
            {"batch": batch_pk, "numbers": list(refused[column]), "lines": list(refused[column].values())},
        )
        yield from [Clash(line, column, code, first) for line, first in cursor.fetchall()]


def _contradictions(cursor: CursorWrapper, batch_pk: int) -> Iterator[Clash]:
    cursor.execute(
        """
        SELECT s.line, 'serial-of-another-card' FROM intake_stagedrow s JOIN cards_card c ON c.serial = s.serial
         WHERE s.batch_id = %(batch)s AND c.application_id <> s.application_id
        UNION ALL
        SELECT s.line, 'serial-changed' FROM intake_stagedrow s JOIN cards_card c ON c.application_id = s.application_id
         WHERE s.batch_id = %(batch)s AND c.serial <> '' AND c.serial <> s.serial
        """,
        {"batch": batch_pk},
    )
    yield from [Clash(line, "serial", code) for line, code in cursor.fetchall()]


def difference(batch_pk: int, layout: Layout) -> Difference:
    """Count what applying the batch would do: new, changed and unchanged cards, and cards still awaited that the list lacks."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                """
                SELECT count(*) FILTER (WHERE c.id IS NULL),
                       count(*) FILTER (WHERE c.id IS NOT NULL AND (c.import_undone OR ({ours}) IS DISTINCT FROM ({theirs}))),
                       count(*)
                  FROM intake_stagedrow s LEFT JOIN cards_card c ON c.application_id = s.application_id
                 WHERE s.batch_id = %s
                """
            ).format(ours=_names(compared_columns(layout), "c"), theirs=_names(compared_columns(layout), "s")),
            [batch_pk],
        )
        new, changed, rows = cursor.fetchone()
        cursor.execute(
            """
            SELECT count(*) FROM cards_card c WHERE progress = 'ordered'
               AND NOT EXISTS (SELECT 1 FROM intake_stagedrow s WHERE s.batch_id = %s AND s.application_id = c.application_id)
            """,
            [batch_pk],
        )
        return Difference(new, changed, rows - new - changed, cursor.fetchone()[0])


_DIFFERING = {
    Kind.NEW: """
        SELECT s.line AS line, NULL::bigint AS card FROM intake_stagedrow s
         WHERE s.batch_id = %(batch)s AND NOT EXISTS (SELECT 1 FROM cards_card c WHERE c.application_id = s.application_id)
         ORDER BY s.line
    """,
    Kind.CHANGED: """
        SELECT s.line AS line, c.id AS card FROM intake_stagedrow s JOIN cards_card c ON c.application_id = s.application_id
         WHERE s.batch_id = %(batch)s AND (c.import_undone OR ({ours}) IS DISTINCT FROM ({theirs}))
         ORDER BY s.line
    """,
    Kind.GONE: """
        SELECT NULL::integer AS line, c.id AS card FROM cards_card c
         WHERE c.progress = 'ordered'
           AND NOT EXISTS (SELECT 1 FROM intake_stagedrow s WHERE s.batch_id = %(batch)s AND s.application_id = c.application_id)
         ORDER BY c.id
    """,
}
"""The rows behind the counts of `difference`, by the same comparison."""


def _differing(compared: Sequence[str], kind: Kind) -> sql.Composed:
    return sql.SQL(_DIFFERING[kind]).format(ours=_names(compared, "c"), theirs=_names(compared, "s"))


def count_differing(batch_pk: int, compared: Sequence[str], kind: Kind) -> int:
    """Return how many cards the batch would bring, would change, or lacks, as the register stands now."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT count(*) FROM ({}) d").format(_differing(compared, kind)), {"batch": batch_pk})
        return int(cursor.fetchone()[0])


def differing(
    batch_pk: int, compared: Sequence[str], kind: Kind, *, offset: int = 0, most: int | None = None
) -> list[tuple[int | None, int | None]]:
    """Return lines of the list and keys of cards that differ in this way; a new card has no key, a missing one no line."""
    statement = sql.SQL("{} LIMIT %(most)s OFFSET %(offset)s").format(_differing(compared, kind))
    with connection.cursor() as cursor:
        cursor.execute(statement, {"batch": batch_pk, "most": most, "offset": offset})
        return list(cursor.fetchall())


def every_row(batch_pk: int, compared: Sequence[str]) -> list[tuple[int, str, list[str], bool]]:
    """Return of every staged row its line, its shown 申請書ID, the columns that it would change, and whether its card is new."""
    changed = sql.SQL(", ").join(
        sql.SQL("CASE WHEN c.id IS NOT NULL AND c.{0} IS DISTINCT FROM s.{0} THEN {1} END").format(
            sql.Identifier(column), sql.Literal(column)
        )
        for column in compared
    )
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                """
                SELECT s.line, s.application_id_shown, array_remove(ARRAY[{changed}]::text[], NULL), c.id IS NULL
                  FROM intake_stagedrow s LEFT JOIN cards_card c ON c.application_id = s.application_id
                 WHERE s.batch_id = %s ORDER BY s.line
                """
            ).format(changed=changed),
            [batch_pk],
        )
        return list(cursor.fetchall())


def register_size() -> int:
    """Return how many cards the register holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cards_card")
        return int(cursor.fetchone()[0])


def insert_new(batch_pk: int, actor: Actor, *, all_are_new: bool) -> int:
    """Register the cards of the batch that are not yet known in the order of the list, each with its first event; returns how many.

    Known cards are passed over by the unique index. An anti-join would read the table that it fills: on an empty register the planner
    takes a nested loop for it, and the time grows with the square of the rows.
    """
    columns = _names(LISTED_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                """
                WITH fresh AS (
                    INSERT INTO cards_card ({columns}, terminal, terminal_seen_at, delivery_place_id)
                    SELECT {staged}, s.terminal, CASE WHEN s.terminal <> 'unseen' THEN %(now)s::timestamptz END, p.id
                      FROM intake_stagedrow s
                      LEFT JOIN cards_deliveryplace p ON p.name = s.listed_place
                     WHERE s.batch_id = %(batch)s
                     ORDER BY s.line
                    {known}
                    RETURNING id
                )
                INSERT INTO cards_cardevent (card_id, version, act, axis, after, actor_kind, user_id, user_name, client, detail)
                SELECT id, 1, 'import', 'progress', 'ordered', %(kind)s, %(user)s, %(name)s, %(client)s, %(detail)s::jsonb FROM fresh
                """
            ).format(
                columns=columns,
                staged=_names(LISTED_COLUMNS, "s"),
                known=sql.SQL("" if all_are_new else "ON CONFLICT (application_id) DO NOTHING"),
            ),
            {"batch": batch_pk, "now": clock.now(), **_by(actor), "detail": json.dumps({"batch": batch_pk})},
        )
        return int(cursor.rowcount)


def update_changed(batch_pk: int, layout: Layout, actor: Actor) -> int:
    """Write what the list says anew about known cards, with one event each that names the changed columns, never the values.

    A card whose first import was undone is awaited again. What the cards said before is kept for undoing this batch.
    """
    compared = compared_columns(layout)
    written = written_columns(layout)
    sees_terminal = "card_status" in compared
    sets: list[sql.Composable] = [sql.SQL("{0} = s.{0}").format(sql.Identifier(column)) for column in written]
    if sees_terminal:
        sets += [sql.SQL("terminal = s.terminal"), sql.SQL("terminal_seen_at = %(now)s::timestamptz")]
    sets += [
        sql.SQL("progress = CASE WHEN c.import_undone THEN 'ordered' ELSE c.progress END"),
        sql.SQL("withdrawn_on = CASE WHEN c.import_undone THEN NULL ELSE c.withdrawn_on END"),
        sql.SQL("import_undone = false"),
    ]
    before = sql.SQL(", ").join(
        sql.SQL("{}, {}").format(sql.Literal(column), sql.Identifier("c", column)) for column in (*written, *RESTORED_WITH)
    )
    changed = sql.SQL(", ").join(
        sql.SQL("CASE WHEN c.{0} IS DISTINCT FROM s.{0} THEN {1} END").format(sql.Identifier(column), sql.Literal(column))
        for column in compared
    )
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                """
                WITH differing AS (
                    SELECT c.id, s.line, array_remove(ARRAY[{changed}], NULL) AS fields, c.terminal AS before, s.terminal AS after,
                           c.import_undone AS revived, jsonb_build_object({before}) AS earlier
                      FROM intake_stagedrow s JOIN cards_card c ON c.application_id = s.application_id
                     WHERE s.batch_id = %(batch)s AND (c.import_undone OR ({ours}) IS DISTINCT FROM ({theirs}))
                ), written AS (
                    UPDATE cards_card c SET {sets}, version = c.version + 1
                      FROM differing d JOIN intake_stagedrow s ON s.batch_id = %(batch)s AND s.line = d.line
                     WHERE c.id = d.id RETURNING c.id, c.version, d.fields, d.before, d.after, d.revived, d.earlier
                ), kept AS (
                    INSERT INTO intake_replacedrow (batch_id, card_id, version, row_values)
                    SELECT %(batch)s, id, version, earlier FROM written
                ), noted AS (
                    INSERT INTO cards_cardevent (card_id, version, act, axis, before, after, actor_kind, user_id, user_name, client, detail)
                    SELECT id, version, 'import', 'data', '', '', %(kind)s, %(user)s, %(name)s, %(client)s,
                           jsonb_build_object('batch', %(batch)s, 'fields', to_jsonb(fields)) FROM written
                    UNION ALL
                    SELECT id, version, 'import', 'terminal', before, after, %(kind)s, %(user)s, %(name)s, %(client)s,
                           jsonb_build_object('batch', %(batch)s) FROM written WHERE before <> after AND %(sees_terminal)s
                    UNION ALL
                    SELECT id, version, 'import', 'progress', 'withdrawn', 'ordered', %(kind)s, %(user)s, %(name)s, %(client)s,
                           jsonb_build_object('batch', %(batch)s) FROM written WHERE revived
                    RETURNING 1
                )
                SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM noted)
                """
            ).format(
                changed=changed,
                before=before,
                ours=_names(compared, "c"),
                theirs=_names(compared, "s"),
                sets=sql.SQL(", ").join(sets),
            ),
            {"batch": batch_pk, "now": clock.now(), **_by(actor), "sees_terminal": sees_terminal},
        )
        return int(cursor.fetchone()[0])


def written_columns(layout: Layout) -> list[str]:
    """Return the columns of a known card that a list in `layout` writes."""
    compared = compared_columns(layout)
    return [*compared, *(extra for column in compared for extra in _FOLLOWING.get(column, ()))]


RESTORED_WITH = ("terminal", "terminal_seen_at", "progress", "withdrawn_on", "import_undone")
"""Columns beside those of the list that come back when a batch is undone."""


def newest_card() -> int:
    """Return the highest key in the register: cards above it are those that this transaction adds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM cards_card")
        return int(cursor.fetchone()[0])


def make_codes(batch_pk: int, above: int) -> Iterator[int]:
    """Make and seal a booking code for every card of the batch with a key over `above`, in portions; yields how many are made so far."""
    box, made = CodeBox(), 0
    with connection.connection.cursor(name="cards_without_code") as keys:
        keys.execute(
            """
            SELECT c.id FROM intake_stagedrow s JOIN cards_card c ON c.application_id = s.application_id
             WHERE s.batch_id = %s AND c.id > %s
            """,
            [batch_pk, above],
        )
        while portion := keys.fetchmany(_CODES_AT_ONCE):
            with connection.cursor() as cursor, cursor.copy("COPY cards_bookingcode (card_id, sealed) FROM STDIN") as copy:
                copy.write("".join([f"{pk}\t\\\\x{box.new(pk).hex()}\n" for (pk,) in portion]))
            made += len(portion)
            yield made


def count_staged(batch_pk: int) -> int:
    """Return how many rows of the batch are still staged."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM intake_stagedrow WHERE batch_id = %s", [batch_pk])
        return int(cursor.fetchone()[0])


def clear(batch_pk: int) -> None:
    """Remove the staged rows of a batch."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM intake_stagedrow WHERE batch_id = %s", [batch_pk])


def compared_columns(layout: Layout) -> list[str]:
    """Return the listed columns that tell whether a list in `layout` says something else about a card than the register."""
    return [column for column in LISTED_COLUMNS if column in layout.fields and column != _KEY]


def _names(columns: Iterable[str], table: str = "") -> sql.Composed:
    parts = [sql.Identifier(table, column) if table else sql.Identifier(column) for column in columns]
    return sql.SQL(", ").join(parts)


def _by(actor: Actor) -> dict[str, str]:
    return {"kind": actor.kind.value, "user": actor.user_id, "name": actor.user_name, "client": actor.client[:200]}
