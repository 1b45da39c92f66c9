"""Every column of the booking zone's database that could hold words stands in docs/booking-columns.csv with its purpose and its limit.

No column may hold a citizen's name or address (architecture.md, "The house"): the Internet zone knows people by booking number alone.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from psycopg import sql

from madoguchi.booking.municipality.models import Municipality
from madoguchi.platform.database.roles import role_name
from madoguchi.zones.delivery.settings import APPS as DELIVERY_APPS

LIST = Path(__file__).resolve().parent.parent / "docs" / "booking-columns.csv"
# Columns of these types hold no words. Every other type, known or new, belongs on the list.
WORDLESS = re.compile(
    r"(bigint|integer|smallint(\[\])?|boolean|uuid|date|double precision|interval|numeric.*|time without time zone|timestamp with.*)"
)
SMELL = re.compile(
    r"name|kana|kanji|address|street|postal|zip|birth|born|tel$|phone|mobile|mail|gender|sex$|age$|nationality|individual|mynumber|resident"
)
# What a column may tell of a citizen: how to write to those who wish it, what proves a booking number without naming a person, and, sealed
# for half an hour, what staff were typing when their screen was locked.
OF_CITIZENS = {
    ("applications_sealedapplication", "sealed"),
    ("applications_sealedapplication", "telephone_mac"),
    ("applications_waitingnumber", "telephone_mac"),
    ("accounts_keptinput", "sealed"),
    ("notices_mail", "address"),
    ("reservations_booking", "email"),
    ("reservations_credential", "birthday_mac"),
    ("reservations_credential", "wrong_birthdays"),
    ("reservations_draft", "email"),
    ("reservations_wish", "email"),
}
# Counters of places that are given out by telephone; no number of anybody stands in them.
COUNTERS = {
    ("calendar_openingexception", "phone_limit"),
    ("calendar_openingrule", "phone_limit"),
    ("calendar_slot", "phone_capacity"),
    ("calendar_slot", "taken_phone"),
}
# How the list begins to say what keeps a column in form that the database lets grow.
APPLICATION = "application: "
SCHEMA = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), COALESCE(string_agg(k.conname, ' ' ORDER BY k.conname), '')
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'c' AND a.attnum = ANY(k.conkey)
WHERE c.relkind IN ('r', 'p')
GROUP BY c.relname, a.attname, a.attnum, a.atttypid, a.atttypmod
ORDER BY c.relname, a.attnum
"""

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Column:
    table: str
    name: str
    type: str
    checks: str

    @property
    def held_by(self) -> str:
        """What keeps the column small and in form: the length in its type, and the CHECKs on it."""
        length = re.search(r"\(([0-9]+)\)", self.type)
        each = "each " if self.type.endswith("[]") else ""
        return "; ".join(part for part in (f"{each}at most {length[1]} characters" if length else "", self.checks) if part)


def columns() -> list[Column]:
    """Read the real schema; the test database has both zones, so the tables of the delivery zone's apps are left out."""
    delivery = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if apps.get_app_config(model._meta.app_label).name in DELIVERY_APPS
    }
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA)
        return [column for row in cursor.fetchall() if (column := Column(*row)).table not in delivery]


def listed() -> dict[tuple[str, str], dict[str, str]]:
    with LIST.open(encoding="utf-8", newline="") as lines:
        return {(row["table"], row["column"]): row for row in csv.DictReader(lines)}


def faults(real: Sequence[Column], known: dict[tuple[str, str], dict[str, str]]) -> Iterator[str]:
    """Yield what differs between schema and list, and what looks like a person."""
    wordy = {(column.table, column.name): column for column in real if not WORDLESS.fullmatch(column.type)}
    for key, column in wordy.items():
        if key not in known:
            yield f"not on the list: {column.table}.{column.name} {column.type}"
        elif column.held_by != known[key]["held_by"] and (column.held_by or not known[key]["held_by"].startswith(APPLICATION)):
            yield f"held by something else: {column.table}.{column.name}: {column.held_by!r}"
    for table, name in known.keys() - wordy.keys():
        yield f"on the list, not in the schema: {table}.{name}"
    for column in real:
        key = (column.table, column.name)
        about = known[key]["about"] if key in known else "unknown"
        if about == "citizen" and key not in OF_CITIZENS:
            yield f"about a citizen: {column.table}.{column.name}"
        if (
            SMELL.search(column.name)
            and column.type != "boolean"
            and key not in OF_CITIZENS | COUNTERS
            and about not in {"staff", "office", "program"}
        ):
            yield f"smells of a person: {column.table}.{column.name}"


def test_list_and_schema_say_the_same() -> None:
    assert list(faults(columns(), listed())) == []


def test_every_line_says_what_for() -> None:
    assert [
        key for key, row in listed().items() if len(row["purpose"]) < 10 or row["about"] not in {"citizen", "staff", "office", "program"}
    ] == []


def test_columns_of_the_booking_apps_are_all_held_by_the_database() -> None:
    own = ("applications_", "calendar_", "desk_", "municipality_", "notices_", "reservations_")
    bare = [column for column in columns() if column.table.startswith(own) and not WORDLESS.fullmatch(column.type) and not column.held_by]
    assert bare == []


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ("family_name varchar(50)", {"not on the list: reservations_booking.family_name character varying(50)", "smells of a person"}),
        ("remark text", {"not on the list: reservations_booking.remark text"}),
        ("born date", {"smells of a person: reservations_booking.born"}),
        ("search_words tsvector", {"not on the list: reservations_booking.search_words tsvector"}),
    ],
)
def test_a_planted_column_is_found(planted: str, said: set[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role_name("test", "migrator"))))
        cursor.execute(f"ALTER TABLE reservations_booking ADD COLUMN {planted}")
        cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role_name("test", "service"))))
    found = list(faults(columns(), listed()))
    assert found
    assert all(any(fault.startswith(words) for fault in found) for words in said)


def test_a_column_that_went_and_a_check_that_went_are_found() -> None:
    table = Municipality._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role_name("test", "migrator"))))
        cursor.execute(f"ALTER TABLE {table} DROP COLUMN changed_by, DROP CONSTRAINT municipality_code_form")
        cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role_name("test", "service"))))
    assert set(faults(columns(), listed())) == {
        f"on the list, not in the schema: {table}.changed_by",
        f"held by something else: {table}.code: 'at most 6 characters'",
    }
