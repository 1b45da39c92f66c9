"""Statements that the database plans once for each connection.

The statements of the calendar and of a booking are long and always the same: planning one takes longer than carrying it out. The ORM and
everything else go on without: a plan that is kept fits whatever values come, and for a search that is the wrong one (80 times slower).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper


@contextmanager
def prepared_cursor() -> Iterator[CursorWrapper]:
    """Return a cursor like `connection.cursor()` whose statements are prepared once they come again and again.

    A connection that is set to prepare nothing (behind a pooler that gives each transaction another one) carries them out as they are.
    """
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        # Counted, told in the language of django.db and logged like any other statement.
        wrapped = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
        yield wrapped(cast("CursorWrapper", cursor))
