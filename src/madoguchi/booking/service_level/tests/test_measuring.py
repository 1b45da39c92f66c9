import datetime as dt
import http.server
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from unittest import mock

import pypdfium2
import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from madoguchi.booking.calendar.models import Place
from madoguchi.booking.service_level import probing, services, tasks
from madoguchi.booking.service_level.models import Case, Incident, Probe, ServedDay, ServedMinute
from madoguchi.booking.service_level.queries import agreed_on, days_between, incidents_between, measured_between
from madoguchi.booking.service_level.rules import CLASSES, STARTING_VALUES, Audience
from madoguchi.booking.service_level.tally import MeasureAnswers, Tally
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.booking.urls")]
ACTOR = automatic("test")
NOON = dt.datetime(2026, 12, 15, 12, 0, tzinfo=clock.TOKYO)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as moved:
        yield moved


def answering(status: int = 200) -> MeasureAnswers:
    return MeasureAnswers(lambda _request: HttpResponse(status=status))


def ask(middleware: MeasureAnswers, path: str = "/") -> int:
    return middleware(RequestFactory().get(path)).status_code


def test_answers_are_counted_in_memory_and_written_when_the_minute_is_over(
    noon: time_machine.Traveller, django_assert_num_queries: Callable[[int], CaptureQueriesContext]
) -> None:
    middleware = answering()
    with django_assert_num_queries(0):
        for path in ("/", "/book/", "/desk/", "/static/x.js", "/status/"):
            ask(middleware, path)
    noon.shift(60)
    with django_assert_num_queries(1):
        ask(middleware, "/status/")
    found = {row.audience: (row.requests, row.errors, sum(row.histogram)) for row in ServedMinute.objects.all()}
    assert found == {"public": (2, 0, 2), "staff": (1, 0, 1)}
    assert ServedMinute.objects.filter(minute=NOON).count() == 2


def test_errors_of_the_server_are_counted_and_refusals_are_not(noon: time_machine.Traveller) -> None:
    broken = answering(503)
    ask(broken)
    broken.get_response = lambda _request: HttpResponse(status=404)
    ask(broken)
    noon.shift(60)
    ask(broken, "/status/")
    assert list(ServedMinute.objects.values_list("requests", "errors")) == [(2, 1)]


def test_counts_wait_while_the_database_is_away(noon: time_machine.Traveller) -> None:
    middleware = answering()
    ask(middleware)
    noon.shift(60)
    with mock.patch("madoguchi.booking.service_level.tally.write", side_effect=DatabaseError):
        assert ask(middleware) == 200, "nobody pays for a count that cannot be written"
    noon.shift(60)
    ask(middleware, "/status/")
    assert list(ServedMinute.objects.order_by("minute").values_list("minute", flat=True)) == [NOON, NOON + MINUTE]


def test_threads_lose_no_answer(noon: time_machine.Traveller) -> None:
    tally = Tally()
    written: list[int] = []

    def work() -> None:
        for number in range(3_000):
            over = tally.add(number // 1_000, Audience.PUBLIC, 0.01, failed=False)
            written.append(sum(counted.requests for counted in over.values()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written.append(sum(counted.requests for counted in tally.add(99, None, 0, failed=False).values()))
    assert sum(written) == 12_000


def test_a_day_is_added_up_once_and_read_the_same_before_and_behind(noon: time_machine.Traveller) -> None:
    middleware = answering()
    for _minute in range(3):
        for _answer in range(5):
            ask(middleware)
        noon.shift(60)
    ask(middleware, "/status/")
    day = NOON.date()
    running = measured_between(day, day + dt.timedelta(days=1))
    assert (running.requests, running.errors) == (15, 0)
    services.close_day(day)
    services.close_day(day)
    assert measured_between(day, day + dt.timedelta(days=1)) == running
    assert ServedDay.objects.get().requests == 15
    noon.shift(dt.timedelta(days=41))
    services.forget()
    assert not ServedMinute.objects.exists()
    assert measured_between(day, day + dt.timedelta(days=1)).requests == 15


def probe(minute: int, *, answered: bool = True) -> None:
    services.note_probe(NOON + minute * MINUTE, answered=answered, milliseconds=4)


def incidents() -> list[tuple[int, int | None]]:
    rows = Incident.objects.order_by("began_at")
    return [((row.began_at - NOON) // MINUTE, (row.ended_at - NOON) // MINUTE if row.ended_at else None) for row in rows]


def test_three_minutes_without_an_answer_open_an_incident_and_an_answer_closes_it() -> None:
    probe(0)
    for minute in (1, 2):
        probe(minute, answered=False)
    assert incidents() == []
    probe(3, answered=False)
    assert incidents() == [(1, None)]
    probe(4, answered=False)
    assert incidents() == [(1, None)]
    probe(5)
    assert incidents() == [(1, 5)]
    probe(6, answered=False)
    probe(7)
    assert incidents() == [(1, 5)]


def test_minutes_without_a_probe_are_an_incident_too() -> None:
    probe(0)
    probe(1)
    probe(10)
    assert incidents() == [(2, 10)]
    probe(10)
    assert incidents() == [(2, 10)]


def test_nothing_counts_before_the_site_has_answered_once(noon: time_machine.Traveller) -> None:
    for minute in range(5):
        probe(minute, answered=minute == 4)
    assert incidents() == []
    noon.shift(10 * MINUTE)
    measured = measured_between(dt.date(2026, 12, 1), dt.date(2027, 1, 1))
    assert (measured.minutes, measured.minutes_answered) == (6, 1)


def test_availability_counts_every_minute_since_the_first_probe(noon: time_machine.Traveller) -> None:
    for minute in range(100):
        if not 10 <= minute < 15:
            probe(minute, answered=minute != 50)
    noon.shift(100 * MINUTE)
    measured = measured_between(dt.date(2026, 12, 1), dt.date(2027, 1, 1))
    assert (measured.minutes, measured.minutes_answered) == (100, 94)
    assert measured.availability_percent == Decimal("94.00")
    days = days_between(dt.date(2026, 12, 1), dt.date(2027, 1, 1))
    assert [(one.day.day, one.availability) for one in days if one.availability is not None] == [(15, 94.0)]
    assert len(incidents_between(dt.date(2026, 12, 1), dt.date(2027, 1, 1))) == 1


class Site(http.server.BaseHTTPRequestHandler):
    """A site that answers as its server says."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/status/" and self.server.works else 500)  # type: ignore[attr-defined]  # set by the test
        self.end_headers()

    def log_message(self, *_given: Any) -> None:
        """Say nothing."""


def test_the_probe_asks_over_http(noon: time_machine.Traveller, settings: Any) -> None:
    server = http.server.HTTPServer(("127.0.0.1", 0), Site)
    server.works = True  # type: ignore[attr-defined]  # read by the handler
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.MADOGUCHI_PROBE = f"http://127.0.0.1:{server.server_port}/"
    assert probing.probe() is True
    noon.shift(60)
    server.works = False  # type: ignore[attr-defined]
    assert probing.probe() is False
    server.shutdown()
    server.server_close()
    noon.shift(60)
    assert probing.probe() is False
    settings.MADOGUCHI_PROBE = ""
    assert probing.probe() is None
    assert list(Probe.objects.order_by("minute").values_list("answered", flat=True)) == [True, False, False]


def slow_month(noon: time_machine.Traveller) -> None:
    """In November every answer took two seconds; December has come."""
    histogram = [0] * CLASSES
    histogram[-4] = 100
    ServedDay.objects.create(day=dt.date(2026, 11, 10), audience="public", requests=100, errors=9, histogram=histogram)
    noon.move_to(dt.datetime(2026, 12, 1, 0, 20, tzinfo=clock.TOKYO))


def test_each_missed_value_of_a_month_that_is_over_opens_one_case(noon: time_machine.Traveller) -> None:
    slow_month(noon)
    assert services.open_cases(ACTOR, dt.date(2026, 12, 5)) == 0, "the month still runs"
    tasks.close_day(0)
    assert {case.measure for case in Case.objects.all()} == {"p95", "errors"}
    assert services.open_cases(ACTOR, dt.date(2026, 11, 5)) == 0
    case = Case.objects.get(measure="errors")
    assert (case.month, case.agreed, case.measured) == (dt.date(2026, 11, 1), Decimal("0.50"), Decimal("9.00"))


def test_a_case_takes_cause_and_action_before_it_is_done(noon: time_machine.Traveller) -> None:
    slow_month(noon)
    services.open_cases(ACTOR, dt.date(2026, 11, 1))
    case = Case.objects.get(measure="p95")
    with pytest.raises(ValidationError):
        services.describe_case(ACTOR, case.pk, version=1, cause="索引がない", action="", done_on=clock.today())
    with pytest.raises(ValidationError):
        services.describe_case(ACTOR, case.pk, version=1, cause="a", action="b", done_on=clock.today() + dt.timedelta(days=1))
    assert services.describe_case(ACTOR, case.pk, version=1, cause="索引がない", action="索引を作る", done_on=clock.today())
    assert not services.describe_case(ACTOR, case.pk, version=1, cause="x", action="y", done_on=None), "somebody was faster"


def test_agreed_values_keep_their_history_and_the_past_is_not_changed(noon: time_machine.Traveller) -> None:
    assert agreed_on(NOON.date()) == STARTING_VALUES
    values = {"availability_percent": Decimal("99.9"), "p95_ms": 300, "error_percent": Decimal("0.1"), "reason": "契約更新"}
    services.agree(ACTOR, valid_from=dt.date(2027, 1, 15), **values)  # type: ignore[arg-type]
    assert agreed_on(dt.date(2026, 12, 1)) == STARTING_VALUES
    assert agreed_on(dt.date(2027, 1, 1)).p95_ms == 300
    with pytest.raises(ValidationError):
        services.agree(ACTOR, valid_from=dt.date(2026, 11, 30), **values)  # type: ignore[arg-type]


@pytest.fixture
def administrator(town: Place, signed_in_client: Callable[..., Client]) -> Client:
    return signed_in_client("administrator")


def text(answer: Any) -> str:
    return bytes(answer.content).decode()


def test_the_page_has_as_many_statements_for_a_full_month_as_for_an_empty_one(administrator: Client) -> None:
    Probe.objects.create(minute=clock.now() - dt.timedelta(days=61), answered=True, milliseconds=2)
    with CaptureQueriesContext(connection) as few:
        assert "この月の障害はありません" in text(administrator.get(reverse("service_level:overview")))
    today = clock.today()
    histogram = [10] * CLASSES
    for number in range(60):
        for audience in ("public", "staff"):
            ServedDay.objects.create(day=today - dt.timedelta(days=number), audience=audience, requests=9, errors=1, histogram=histogram)
        begun = clock.now() - dt.timedelta(days=number)
        Incident.objects.create(began_at=begun, ended_at=begun + dt.timedelta(minutes=5))
        Probe.objects.create(minute=begun.replace(second=0, microsecond=0), answered=True, milliseconds=2)
    services.open_cases(ACTOR, today.replace(day=1) - dt.timedelta(days=1))
    with CaptureQueriesContext(connection) as many:
        page = text(administrator.get(reverse("service_level:overview")))
    assert "5分" in page
    assert "<svg" in page
    assert len(many) == len(few)
    for month in ("2020-01", "x", "9999-99", "2026-13", "-", "0001-01", "99999999999999999999-01"):
        assert administrator.get(reverse("service_level:overview") + f"?month={month}").status_code == 200


def test_the_report_of_a_month_is_a_pdf_that_was_read_back(administrator: Client, secrets_folder: object) -> None:
    last = clock.today().replace(day=1) - dt.timedelta(days=1)
    histogram = [0] * CLASSES
    histogram[-4] = 100
    ServedDay.objects.create(day=last, audience="public", requests=100, errors=9, histogram=histogram)
    services.open_cases(ACTOR, last)
    begun = dt.datetime.combine(last, dt.time(3), clock.TOKYO)
    for number in range(40):
        Incident.objects.create(began_at=begun + number * 9 * MINUTE, ended_at=begun + (number * 9 + 4) * MINUTE)
    answer = administrator.get(reverse("service_level:report") + f"?month={last:%Y-%m}")
    assert answer.status_code == 200
    assert bytes(answer.content).startswith(b"%PDF")
    pages = pypdfium2.PdfDocument(bytes(answer.content))
    words = "".join(page.get_textpage().get_text_bounded() for page in pages)
    assert len(pages) == 3
    assert "2950ミリ秒" in words, "95 of 100 answers lie at the end of the class from 2 to 3 seconds"
    assert "未達" in words


def test_values_and_cases_are_kept_on_their_pages(administrator: Client) -> None:
    empty = administrator.post(reverse("service_level:agreement"), {})
    assert empty.status_code == 422
    assert "変更の理由を入力してください" in text(empty)
    today = clock.today()
    boxes = {"valid_from_year": today.year, "valid_from_month": today.month, "valid_from_day": today.day}
    values = {**boxes, "availability_percent": "99.9", "p95_ms": "800", "error_percent": "0.2", "reason": "契約"}
    assert administrator.post(reverse("service_level:agreement"), values).status_code == 302
    assert agreed_on(today).p95_ms == 800
    past = administrator.post(reverse("service_level:agreement"), {**values, "valid_from_year": today.year - 1})
    assert past.status_code == 422
    assert "終わった月" in text(past)
    case = Case.objects.create(
        month=dt.date(2026, 10, 1), measure="p95", agreed=1, measured=2, opened_at=clock.now(), changed_at=clock.now()
    )
    address = reverse("service_level:case", args=[case.pk])
    assert administrator.post(address, {"version": 1, "cause": "遅い", "action": ""}).status_code == 302
    assert administrator.post(address, {"version": 1, "cause": "x", "action": ""}).status_code == 409
    done = {"done_on_year": today.year, "done_on_month": today.month, "done_on_day": today.day}
    assert administrator.post(address, {"version": 2, "cause": "遅い", "action": "", **done}).status_code == 422
    assert administrator.post(address, {"version": 2, "cause": "遅い", "action": "直す", **done}).status_code == 302
    case.refresh_from_db()
    assert case.done_on == today


def test_the_status_address_says_health_and_nothing_else(client: Client) -> None:
    answer = client.get(reverse("service_level:status"))
    assert (answer.status_code, answer.json()) == (200, {"status": "up"})
    with mock.patch.object(connection, "cursor", side_effect=DatabaseError):
        down = client.get(reverse("service_level:status"))
    assert (down.status_code, down.json()) == (503, {"status": "down"})


def test_who_may(town: Place, signed_in_client: Callable[..., Client]) -> None:
    auditor, clerk = signed_in_client("auditor"), signed_in_client("clerk")
    assert auditor.get(reverse("service_level:overview")).status_code == 200
    assert auditor.get(reverse("service_level:agreement")).status_code == 403
    assert clerk.get(reverse("service_level:overview")).status_code == 403
