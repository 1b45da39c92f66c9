"""Statements that come again and again are planned once, and are otherwise statements like any other."""

from collections.abc import Iterator

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from madoguchi.platform.database.prepared import prepared_cursor

pytestmark = pytest.mark.django_db
STATEMENT = "SELECT %(one)s::int + 1"


def plans() -> int:
    """Return how many plans of the statement this connection keeps."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT $1::int + 1'")
        found: int = cursor.fetchone()[0]
    return found


def ask(times: int) -> list[int]:
    answers = []
    for one in range(times):
        with prepared_cursor() as cursor:
            cursor.execute(STATEMENT, {"one": one})
            answers.append(cursor.fetchone()[0])
    return answers


@pytest.fixture
def after_two() -> Iterator[None]:
    connection.ensure_connection()
    before, connection.connection.prepare_threshold = connection.connection.prepare_threshold, 2
    yield
    connection.connection.prepare_threshold = before


@pytest.mark.usefixtures("after_two")
def test_a_plan_is_kept_from_the_third_time_on() -> None:
    assert (ask(2), plans()) == ([1, 2], 0)
    assert (ask(2), plans()) == ([1, 2], 1)


@pytest.mark.usefixtures("after_two")
def test_other_statements_are_never_prepared() -> None:
    with connection.cursor() as cursor:
        for one in range(5):
            cursor.execute(STATEMENT, {"one": one})
    assert plans() == 0


def test_where_nothing_may_be_prepared_nothing_is() -> None:
    connection.ensure_connection()
    before, connection.connection.prepare_threshold = connection.connection.prepare_threshold, None
    try:
        assert (ask(5), plans()) == ([1, 2, 3, 4, 5], 0)
    finally:
        connection.connection.prepare_threshold = before


def test_its_statements_are_counted_and_its_faults_are_those_of_django() -> None:
    with CaptureQueriesContext(connection) as asked:
        ask(3)
    assert len(asked) == 3
    with pytest.raises(DataError), transaction.atomic(), prepared_cursor() as cursor:
        cursor.execute("SELECT 1 / %(none)s::int", {"none": 0})
