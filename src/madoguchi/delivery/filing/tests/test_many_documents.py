"""Many papers: every list and search finds its way by an index, so that a hundred thousand cost no more than a thousand."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.filing import queries
from madoguchi.delivery.filing.models import Document, DocumentClass
from madoguchi.kernel.labels import own_code
from madoguchi.platform.database.roles import role_name

pytestmark = pytest.mark.django_db
ROWS = 30_000


@pytest.fixture
def papers(filing: Callable[[str], DocumentClass], make_card: Callable[..., Card]) -> Card:
    """Papers of three years and every kind, most of them shredded; returns a card with a few of them."""
    card = make_card(1)
    kinds = list(DocumentClass.objects.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO filing_document (number, partition_year, fiscal_year, document_class_id, business, identifier, application_id,
                name, name_key, card_id, source, registered_at, registered_by, registered_by_name, updated_at, updated_by,
                updated_by_name, version, keep_until, scanned_for_viruses, paper, looked_at_by, looked_at_by_name, disposal)
            SELECT 'F' || lpad(n::text, 9, '0'), 2024 + n %% 3, 2024 + n %% 3, (%s::bigint[])[1 + n %% %s], '申請',
                   'A1B' || lpad(n::text, 6, '0'), lpad(n::text, 23, '0'), '氏名' || n, chr(19968 + n %% 500) || n,
                   CASE WHEN n %% 6000 = 0 THEN %s END, 'folder',
                   now() - (n %% 1000) * interval '1 day', 'a', '', now(), 'a', '', 1, date '2026-03-31' + (n %% 2000), true,
                   CASE WHEN n %% 500 = 0 THEN 'held' ELSE 'kept' END, '', '', 'none' FROM generate_series(1, %s) n
            """,
            [kinds, len(kinds), card.pk, ROWS],
        )
        # The service role may not: without statistics the planner would guess.
        cursor.execute(f"SET ROLE {role_name('test', 'migrator')}; ANALYZE filing_document; SET ROLE {role_name('test', 'service')}")
    return card


def _scans(found: Any) -> set[str]:
    """Return how PostgreSQL reads the papers for this query."""
    with connection.cursor() as cursor:
        statement, values = found.query.sql_with_params()
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
        plan = cursor.fetchone()[0]
    nodes, scans = [(plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]], set()
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        if node.get("Relation Name") == "filing_document":
            scans.add(node["Node Type"])
    return scans


def test_no_list_and_no_search_reads_all_papers(
    papers: Card, filing: Callable[[str], DocumentClass], django_assert_num_queries: Callable[[int], Any]
) -> None:
    kind, shown = filing("identity"), queries.SEARCH_SHOWS
    everything = queries.documents().exclude(disposal="disposed")
    wanted = queries.Wanted
    by_name = {
        "list": everything[:50],
        "page 40 of the list": everything[1950:2000],
        "count of the list": everything[:2000],
        "list of a year": everything.filter(fiscal_year=2025)[:50],
        "list of a kind": everything.filter(document_class=filing("photo"))[:50],
        "list of originals": everything.filter(paper="held")[:50],
        "number": queries.search(wanted(number=own_code("F", 77)))[:shown],
        "identifier": queries.search(wanted(identifier="A1B000077"))[:shown],
        "application": queries.search(wanted(application_id="0" * 21 + "77"))[:shown],
        "name and year": queries.search(wanted(name="丁", fiscal_year=2025))[:shown],
        "name and kind": queries.search(wanted(name="丁七", document_class=kind.pk))[:shown],
        "work and year": queries.search(wanted(business="申請", partition_year=2025))[:shown],
        "papers of a card": queries.of_card(papers.pk)[:shown],
        "second look": queries.to_look_at()[:100],
        "past their time": queries.past_their_time(dt.date(2026, 4, 10)),
    }
    seen = {name: _scans(found) for name, found in by_name.items()}
    assert {name: scans for name, scans in seen.items() if not scans or "Seq Scan" in scans} == {}
    with django_assert_num_queries(2):
        assert len(queries.search(wanted(identifier="A1B000077"))) == 1
        assert len(queries.of_card(papers.pk)) == 5
    unguarded = Document.objects.filter(registered_by="b")
    assert _scans(unguarded) == {"Seq Scan"}, "the check sees a scan where there is one"
