"""The played clock (ADR 0024): the days of a month pass in minutes, in the processes that play it and in their databases.

A process moves its own `platform.clock`; the databases fill `at` columns by defaults that ask PostgreSQL for the time. While a month is
played those defaults ask a function instead that adds the session's shift; afterwards they are what they were, and the function is gone.
"""

import datetime as dt

import psycopg
from psycopg import sql

from madoguchi.platform import clock
from madoguchi.platform.language import Sentence
from madoguchi.platform.verbs import Refusal

SETTING = "madoguchi.clock_shift"

# procrastinate's own tables stay on the real clock: a played month puts nothing into its queue.
_DEFAULTS_THAT_ASK = """
    SELECT d.adrelid::regclass::text, a.attname, pg_get_expr(d.adbin, d.adrelid)
      FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum JOIN pg_class c ON c.oid = d.adrelid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'procrastinate%%'
       AND pg_get_expr(d.adbin, d.adrelid) ~* '(now|_timestamp)\\(\\)|current_(timestamp|date)'
     ORDER BY 1, 2
"""
# A session without a shift is no player: it fails instead of writing another time than its own.
_FUNCTION = """
    CREATE SCHEMA played;
    GRANT USAGE ON SCHEMA played TO PUBLIC;
    CREATE FUNCTION played.moment() RETURNS timestamptz LANGUAGE sql STABLE
        AS $$ SELECT pg_catalog.statement_timestamp() + pg_catalog.current_setting('madoguchi.clock_shift')::interval $$;
    CREATE TABLE played.replaced (tab text NOT NULL, col text NOT NULL, expression text NOT NULL);
"""


def begin(dsn: str) -> int:
    """Let the time columns of a database follow the sessions' played clocks, as its superuser; return how many do, 0 when they did."""
    with psycopg.connect(dsn) as server:
        if server.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'played'").fetchone():
            return 0
        server.execute(_FUNCTION)
        found = server.execute(_DEFAULTS_THAT_ASK).fetchall()
        for table, column, expression in found:
            server.execute("INSERT INTO played.replaced VALUES (%s, %s, %s)", [table, column, expression])
            _set_default(server, table, column, "played.moment()")
        return len(found)


def end(dsn: str) -> int:
    """Give the time columns their own defaults back and forget the played clock; return how many had another."""
    with psycopg.connect(dsn) as server:
        found = server.execute("SELECT tab, col, expression FROM played.replaced").fetchall()
        for table, column, expression in found:
            _set_default(server, table, column, expression)
        server.execute("DROP TABLE played.replaced")
        server.execute("DROP FUNCTION played.moment()")
        server.execute("DROP SCHEMA played")
        return len(found)


def _set_default(server: "psycopg.Connection[tuple[object, ...]]", table: str, column: str, expression: str) -> None:
    # Table and expression come from the catalogue itself, already quoted.
    words = sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {}")
    server.execute(words.format(sql.SQL(table), sql.Identifier(column), sql.SQL(expression)))


def reach(moment: dt.datetime) -> None:
    """Let this process and its database sessions stand at `moment`; a clock that is past it already goes on as it is."""
    if clock.now() < moment:
        _tell_sessions(clock.play_at(moment))


def start_at(moment: dt.datetime) -> None:
    """Begin to play at `moment`. Raises Refusal in an installation of a real municipality: its clock is never moved."""
    from django.conf import settings

    if not settings.MADOGUCHI_SITE["demo"]:
        raise Refusal(Sentence("見本の市でないところでは、1か月を再生できません。"))
    _tell_sessions(clock.play_at(moment))


def _tell_sessions(shift: dt.timedelta) -> None:
    from django.db import connections

    value = f"{int(shift.total_seconds() * 1_000_000)} microseconds"
    for connection in connections.all():
        options = connection.settings_dict.setdefault("OPTIONS", {})
        others = options.get("options", "").partition(f" -c {SETTING}=")[0]
        options["options"] = f"{others} -c {SETTING}={value.replace(' ', chr(92) + ' ')}"
        if connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config(%s, %s, false)", [SETTING, value])
