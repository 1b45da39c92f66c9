"""P-06: every permitted search in a register of 500,000 cards, against looking up a card by its primary key over the same connection.

The register is filled by one INSERT … SELECT that crosses the family names, given names and addresses of everybody who gets a card in a
played month (`demo --month`), so that the commonest names are commoner than in any real town. People are asked for as clerks ask: by a
number, by a name or a reading and a birth date, by a part of a name and a part of an address; one in ten asks for somebody who is not
there. Each person asked for must be found.

What counts is the time in the database, of the statements of a search; the whole search, with what is folded and compared in Python, and
the page stand beside it.
"""

import argparse
import random
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg

from madoguchi.platform.database.cluster import Cluster
from madoguchi.platform.verbs import Progress
from madoguchi.zones.bench.measurement import Figure, Report, percentile
from madoguchi.zones.bench.temporary_zone import MUNICIPALITY, temporary_zone
from madoguchi.zones.command import enter_zone

ROWS, ROUNDS, ASKED, PAGES = 500_000, 3, 200, 30
_ABSENT_EVERY = 10
KINDS = ("number", "name+born", "kana+born", "address+born", "name+address", "given name+address", "kana+address")

_FILL = """
INSERT INTO cards_card (application_id, application_id_shown, serial, dispatch_no, name, name_raw, kana, born, sex, address, address_raw,
                        raw_encoding, name_key, kana_key, address_key)
SELECT lpad(n::text, 23, '0'), lpad(n::text, 23, '0'), 'A' || (n / 10000000) || 'B' || lpad((n %% 1000000)::text, 6, '0'),
       lpad(n::text, 12, '0'), f.family || '　' || g.given, '', f.family_kana || ' ' || g.given_kana,
       to_char(date '1925-01-01' + (n * 7919 %% 36000)::int, 'YYYY-MM-DD'), 'm', a.address, '', 'utf-8',
       f.family_key || g.given_key, f.family_kana_key || g.given_kana_key, a.address_key
  FROM generate_series(1, %(rows)s::bigint) n
  JOIN bench_person f ON f.id = n %% %(sample)s
  JOIN bench_person g ON g.id = n * 31 / 7 %% %(sample)s
  JOIN bench_person a ON a.id = n * 17 / 5 %% %(sample)s
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One person as a clerk asks for them."""

    card_pk: int
    serial: str
    family: str
    given: str
    family_kana: str
    born: str
    town: str


def measure(arguments: argparse.Namespace, progress: Progress) -> Report:
    """Measure every kind of search; `--rows` sets the size of the register."""
    rows = arguments.rows or ROWS
    with temporary_zone("delivery") as (data, cluster):
        enter_zone(data, "delivery", "service")
        progress.advance(0, ROUNDS + 2, f"{rows} 枚の登録簿を作っています")
        _furnish(cluster, rows)
        report = Report()
        times: dict[str, list[float]] = {kind: [] for kind in (*KINDS, "key")}
        middle: dict[str, list[float]] = {kind: [] for kind in (*KINDS, "key")}
        whole: dict[str, list[float]] = {kind: [] for kind in KINDS}
        for number in range(ROUNDS):
            progress.advance(number + 1, ROUNDS + 2, f"{number + 1} 回目: 探しています")
            people = _people(rows, seed=number)
            for kind in KINDS:
                seconds, in_database, missed = _search(kind, people)
                times[kind].append(1000 * percentile(in_database, 0.99))
                middle[kind].append(1000 * percentile(in_database, 0.5))
                whole[kind].append(1000 * percentile(seconds, 0.99))
                if missed:
                    report.violations.append(f"{kind}: {missed} of {len(people)} people were not found, or found where nobody is")
            seconds = _by_key(people)
            times["key"].append(1000 * percentile(seconds, 0.99))
            middle["key"].append(1000 * percentile(seconds, 0.5))
        progress.advance(ROUNDS + 1, ROUNDS + 2, "画面を開いています")
        pages = [1000 * percentile(_pages(_people(rows, seed=number)[:PAGES]), 0.99) for number in range(ROUNDS)]
    report.figures = [
        Figure("P-06", "探す (データベースの中、最も遅い探し方の p99)", "ms", _slowest(times), times["key"]),
        Figure("P-06-median", "探す (データベースの中、最も遅い探し方の中央値)", "ms", _slowest(middle), middle["key"]),
        Figure("P-06-whole", "探す (比べる時間も入れて、最も遅い探し方の p99)", "ms", _slowest(whole)),
        *(Figure(f"P-06-{kind.replace(' ', '-')}", kind, "ms", times[kind]) for kind in KINDS),
        Figure("P-06-page", "探す画面の p99", "ms", pages),
    ]
    return report


def _slowest(times: dict[str, list[float]]) -> list[float]:
    return [max(times[kind][number] for kind in KINDS) for number in range(ROUNDS)]


def _furnish(cluster: Cluster, rows: int) -> None:
    """Fill the register; statistics and the visibility map are brought up to date as autovacuum does in the hours after."""
    from madoguchi.delivery.cards.services import set_up_municipality
    from madoguchi.kernel import names
    from madoguchi.platform import clock
    from madoguchi.platform.audit.actors import automatic
    from madoguchi.zones.month.plan import CARDS, Plan

    set_up_municipality(MUNICIPALITY, automatic("bench"))
    people = list(Plan(seed=6, cards=CARDS, today=clock.today()).people.values())
    with psycopg.connect(cluster.dsn("madoguchi_delivery"), autocommit=True) as server:
        server.execute(
            "CREATE TEMPORARY TABLE bench_person (id int PRIMARY KEY, family text, given text, family_kana text, given_kana text,"
            " address text, family_key text, given_key text, family_kana_key text, given_kana_key text, address_key text)"
        )
        with server.cursor() as cursor, cursor.copy("COPY bench_person FROM STDIN") as copy:
            for number, person in enumerate(people):
                family, _blank, given = person.name.partition("　" if "　" in person.name else " ")
                kana, _blank, given_kana = person.kana.partition(" ")
                written = (family, given, kana, given_kana)
                keys = (
                    names.search_key(family),
                    names.search_key(given),
                    names.kana_key(kana),
                    names.kana_key(given_kana),
                    names.search_key(person.address),
                )
                copy.write_row((number, *written, person.address, *keys))
        server.execute(_FILL, {"rows": rows, "sample": len(people)})
        server.execute("VACUUM (ANALYZE) cards_card")


def _people(rows: int, seed: int) -> list[Asked]:
    """Return people of the register to ask for."""
    from madoguchi.delivery.cards.models import Card

    chance = random.Random(f"search/{seed}")
    keys = chance.sample(range(1, rows + 1), min(ASKED, rows))
    cards = Card.objects.filter(serial__in=[f"A{key // 10000000}B{key % 1000000:06d}" for key in keys]).only(
        "serial", "name", "kana", "born", "address"
    )
    asked = []
    for card in cards:
        family, _blank, given = card.name.partition("　")
        town = card.address.partition("藤沢市")[2]
        if card.pk % 2:
            town = town.partition("丁目")[0]
        asked.append(Asked(card.pk, card.serial, family, given, card.kana.partition(" ")[0], card.born, town))
    return asked


def _search(kind: str, people: Sequence[Asked]) -> tuple[list[float], list[float], int]:
    """Ask for each of `people` in one way; return how long each took, how long its statements took, and how many answers were wrong."""
    from django.db import connection

    from madoguchi.delivery.cards.queries import by_any_number
    from madoguchi.delivery.search.queries import people as find
    from madoguchi.delivery.search.terms import Terms
    from madoguchi.kernel.wareki import parse

    def by_number(one: Asked) -> Sequence[int]:
        card = by_any_number(one.serial)
        return [card.pk] if card else []

    def by_terms(terms: Terms) -> Sequence[int] | None:
        found = find(terms)
        return None if found.is_cut else [hit.card_pk for hit in found.hits]

    ways: dict[str, Callable[[Asked], Sequence[int] | None]] = {
        "number": by_number,
        "name+born": lambda one: by_terms(Terms(name=one.family, born=parse(one.born))),
        "kana+born": lambda one: by_terms(Terms(kana=one.family_kana, born=parse(one.born))),
        "address+born": lambda one: by_terms(Terms(address=one.town, born=parse(one.born))),
        "name+address": lambda one: by_terms(Terms(name=one.family, address=one.town)),
        "given name+address": lambda one: by_terms(Terms(name=one.given, address=one.town)),
        "kana+address": lambda one: by_terms(Terms(kana=one.family_kana, address=one.town)),
    }

    def timed(execute: Callable[..., object], *words: object) -> object:
        begun = time.perf_counter()
        try:
            return execute(*words)
        finally:
            in_database[-1] += time.perf_counter() - begun

    taken, in_database, wrong = list[float](), list[float](), 0
    for number, one in enumerate(people):
        is_absent = number % _ABSENT_EVERY == 0 and kind.endswith("+address")
        asked = one
        if is_absent:
            # Somebody whom nobody is called at a town that is there, or somebody at a town that is not.
            strange = number % (2 * _ABSENT_EVERY) == 0
            who = ("鬼無里", "鬼丸", "キナサ") if strange else (one.family, one.given, one.family_kana)
            asked = Asked(0, one.serial, *who, one.born, one.town if strange else "辻堂元町9丁目")
        in_database.append(0.0)
        begun = time.perf_counter()
        with connection.execute_wrapper(timed):
            found = ways[kind](asked)
        taken.append(time.perf_counter() - begun)
        # A search that found more than it shows has told so, and need not show the one who was meant.
        if found is not None and (bool(found) if is_absent else one.card_pk not in found):
            wrong += 1
    return taken, in_database, wrong


def _by_key(people: Sequence[Asked]) -> list[float]:
    """Look each card up by its primary key, with the columns that a search returns."""
    from django.db import connection

    taken = []
    with connection.cursor() as cursor:
        for one in people:
            begun = time.perf_counter()
            cursor.execute("SELECT id, serial, name, kana, born, address, sex, progress FROM cards_card WHERE id = %s", [one.card_pk])
            cursor.fetchall()
            taken.append(time.perf_counter() - begun)
    return taken


def _pages(people: Sequence[Asked]) -> list[float]:
    """Send the form of the page for each of `people`, signed in as a clerk; return how long each answer took."""
    from django.conf import settings
    from django.contrib.auth.models import AnonymousUser
    from django.test import Client, RequestFactory

    from madoguchi.platform.accounts import services, sign_in
    from madoguchi.platform.accounts.models import Staff
    from madoguchi.platform.accounts.sessions import SessionStore
    from madoguchi.platform.audit.actors import automatic
    from madoguchi.zones.role_catalogue import starting_roles

    actor = automatic("bench")
    services.seed_roles(starting_roles(), actor)
    staff = Staff.objects.filter(user_id="bench").first() or services.create_staff(
        user_id="bench",
        name="測定",
        section=services.section_named("1", "測定"),
        actor=actor,
        password=secrets.token_urlsafe(24),
        must_change_password=False,
    )
    services.assign_role(staff, "clerk", actor=actor, place="")
    request = RequestFactory().get("/")
    request.user, request.session = AnonymousUser(), SessionStore()
    sign_in.open_session(request, staff)
    request.session.save()
    client = Client(HTTP_HOST="localhost")
    client.cookies[settings.SESSION_COOKIE_NAME] = str(request.session.session_key)
    taken = []
    for number, one in enumerate(people):
        terms = {"name": one.family, "address": one.town} if number % 2 else {"kana": one.family_kana, "born": one.born}
        begun = time.perf_counter()
        answer = client.post("/search/", terms)
        taken.append(time.perf_counter() - begun)
        if answer.status_code != 200:
            raise RuntimeError(f"the page answered {answer.status_code}")
    return taken
