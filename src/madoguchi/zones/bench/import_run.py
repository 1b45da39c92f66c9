"""One round of the import bench in a process of its own, so that its memory is its own: `python -m … DATA FILE LINES`.

Reads and applies the list as `madoguchi delivery cards import` does, or (LINES given) copies prepared rows and inserts them without any
check. Prints seconds and the process's peak memory as JSON.
"""

import json
import resource
import sys
import time
from pathlib import Path

from madoguchi.platform.verbs import Silent
from madoguchi.zones.command import enter_zone

LAYOUT = "kobe"


def take_in(path: Path) -> float:
    """Read and apply a list as two people; return the seconds."""
    from madoguchi.delivery.intake import services
    from madoguchi.platform.audit.actors import automatic

    wanted = services.Wanted(services.layout_named(LAYOUT), file_name=path.name)
    begun = time.perf_counter()
    report = services.read_list(path, wanted, automatic("bench-importer"), Silent())
    services.apply(report.batch or 0, automatic("bench-approver"), Silent())
    return time.perf_counter() - begun


def copy_in(lines: Path) -> float:
    """Copy prepared rows to the staging table and insert them into the same tables, nothing checked; return the seconds."""
    from django.db import connection, transaction
    from psycopg import sql

    from madoguchi.delivery.cards.models import LISTED_COLUMNS

    columns = json.loads(lines.with_suffix(".columns").read_text(encoding="utf-8"))
    names = sql.SQL(", ").join(map(sql.Identifier, LISTED_COLUMNS))
    insert = sql.SQL(
        """
        WITH fresh AS (
            INSERT INTO cards_card ({names}, terminal, terminal_seen_at) SELECT {names}, terminal, now() FROM intake_stagedrow RETURNING id
        ), sealed AS (
            INSERT INTO cards_bookingcode (card_id, sealed) SELECT id, {code} FROM fresh
        )
        INSERT INTO cards_cardevent (card_id, version, act, axis, after, actor_kind, user_id, user_name, detail)
        SELECT id, 1, 'import', 'progress', 'ordered', 'automatic', 'auto:bench', 'bench', {detail}::jsonb FROM fresh
        """
    ).format(names=names, code=sql.Literal(bytes(36)), detail=sql.Literal('{"batch": 1}'))
    copy_statement = sql.SQL("COPY intake_stagedrow ({}) FROM STDIN").format(sql.SQL(", ").join(map(sql.Identifier, columns)))
    begun = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        with cursor.copy(copy_statement) as copy, lines.open("rb") as source:
            while piece := source.read(1 << 17):
                copy.write(piece)
        cursor.execute(insert)
    return time.perf_counter() - begun


def main() -> None:
    """Run one round and print what it took."""
    data, path, lines = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None
    enter_zone(data, "delivery", "service")
    seconds = copy_in(lines) if lines else take_in(path)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "megabytes": megabytes}) + "\n")


if __name__ == "__main__":
    main()
