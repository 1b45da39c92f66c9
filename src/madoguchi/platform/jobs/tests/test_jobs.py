"""Long work: it is seen while it runs, and whatever ends it, the row says how."""

import datetime as dt
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from procrastinate.contrib.django import app

from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_for
from madoguchi.platform.accounts.models import Role
from madoguchi.platform.audit.actors import Actor, automatic
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.jobs import kinds, rules, services
from madoguchi.platform.jobs.kinds import job_kind
from madoguchi.platform.jobs.models import Job
from madoguchi.platform.jobs.progress import Cancelled, JobProgress
from madoguchi.platform.jobs.queries import log_of
from madoguchi.platform.verbs import Outcome, Progress, Refusal

AsAuditor = Callable[[], AbstractContextManager[None]]
CLERK = automatic("importer")


def _count(arguments: Mapping[str, Any], progress: Progress, actor: Actor) -> Outcome:
    """Make a role for each name, telling how far it is; stop as the arguments say."""
    names = arguments["names"]
    for number, name in enumerate(names, 1):
        Role.objects.create(code=name, name=actor.user_id, rights=[])
        progress.advance(number, len(names), f"{number} 件目")
        if name == arguments.get("refuse_at"):
            raise Refusal("名前が正しくありません。", {"line": number})
        if name == arguments.get("break_at"):
            raise ValueError("藤沢 花子 1980-01-01")
    return Outcome({"made": len(names)}, [f"{len(names)} 件を作りました。"])


def _watch(arguments: Mapping[str, Any], progress: Progress, actor: Actor) -> Outcome:
    """Look at the own row over the connection of somebody else while the work's transaction is open."""
    Role.objects.create(code="unfinished", name="", rights=[])
    progress.advance(3, 7, "半分ほど")
    with closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("SELECT done, total, note, state FROM jobs_job")
        seen = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM accounts_role WHERE code = 'unfinished'")
        hidden = cursor.fetchone()
    return Outcome({"seen": seen, "roles_seen": hidden[0]})


@pytest.fixture(autouse=True)
def workshop(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MADOGUCHI_STAFF_HOME = "office:home"
    settings.MADOGUCHI_SHELL = settings.MADOGUCHI_MENU = ""
    monkeypatch.setattr(kinds, "_KINDS", {})
    job_kind("test.count", page_of=lambda job: f"/counted/{job.pk}/")(_count)
    job_kind("test.count-in-steps", atomic=False)(_count)
    job_kind("test.watch")(_watch)


def begun(kind: str = "test.count", **arguments: Any) -> Job:
    return services.start(kind, "数える仕事", CLERK, {"names": ["a", "b", "c"], **arguments})


def after_run(job: Job) -> Job:
    services.run(job.pk)
    job.refresh_from_db()
    return job


@pytest.mark.django_db(transaction=True)
def test_the_worker_does_the_work_and_the_row_tells_how_it_went(as_auditor: AsAuditor, monkeypatch: pytest.MonkeyPatch) -> None:
    # The worker's thread closes its connection behind the task, else it would stay open until the thread is collected.
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    job = begun()
    assert (job.state, Role.objects.count()) == ("queued", 0)
    worker = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]  # the Django connector has it
    worker.run_worker(wait=False, install_signal_handlers=False, listen_notify=False, delete_jobs="always", queues=["long"])
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.result, job.lines) == ("done", 3, 3, {"made": 3}, ["3 件を作りました。"])
    assert set(Role.objects.values_list("name", flat=True)) == {"auto:importer"}
    with as_auditor():
        assert list(AuditEvent.objects.filter(subject=f"job:{job.pk}").order_by("id").values_list("process_code", flat=True)) == [
            "jobs.started",
            "jobs.ended",
        ]


@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_while_the_work_is_not() -> None:
    job = after_run(begun("test.watch"))
    assert job.result == {"seen": [3, 7, "半分ほど", "running"], "roles_seen": 0}
    assert Role.objects.filter(code="unfinished").exists()


@pytest.mark.django_db(transaction=True)
def test_a_start_that_is_rolled_back_never_begins() -> None:
    with transaction.atomic():
        begun()
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'jobs.run'")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_a_refusal_leaves_nothing_and_says_what_to_do(as_auditor: AsAuditor) -> None:
    job = after_run(begun(refuse_at="b"))
    assert (job.state, job.message) == ("failed", "名前が正しくありません。\n何も変更されていません。")
    assert job.result["line"] == 2
    assert Role.objects.count() == 0
    with as_auditor():
        assert AuditEvent.objects.get(process_code="jobs.ended").result == "failed"


@pytest.mark.django_db(transaction=True)
def test_a_fault_leaves_nothing_and_its_text_goes_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        job = after_run(begun(break_at="b"))
    assert job.state == "failed"
    assert "何も変更されていません" in job.message
    assert Role.objects.count() == 0
    assert "ValueError" in caplog.text
    assert "test_jobs.py" in caplog.text
    assert "藤沢" not in caplog.text + job.message + str(job.result)


@pytest.mark.django_db(transaction=True)
def test_work_in_steps_keeps_what_it_has_finished_and_says_so() -> None:
    job = after_run(begun("test.count-in-steps", refuse_at="b"))
    assert "続きから" in job.message
    assert set(Role.objects.values_list("code", flat=True)) == {"a", "b"}


@pytest.mark.django_db(transaction=True)
def test_cancelled_before_it_began_it_never_runs() -> None:
    job = begun()
    services.cancel(job.pk, actor=CLERK)
    assert after_run(job).state == "cancelled"
    assert Role.objects.count() == 0
    with pytest.raises(Refusal, match="もう終わって"):
        services.cancel(job.pk, actor=CLERK)


@pytest.mark.django_db(transaction=True)
def test_cancelled_while_it_runs_it_leaves_nothing() -> None:
    def cancel_itself(arguments: Mapping[str, Any], progress: Progress, actor: Actor) -> Outcome:
        Role.objects.create(code="half", name="", rights=[])
        progress.advance(1, 2, "一")
        with closing(connection.copy()) as other, other.cursor() as cursor:
            cursor.execute("UPDATE jobs_job SET cancel_asked = true")
        progress.advance(2, 2, "二")
        return Outcome({})

    job_kind("test.cancel")(cancel_itself)
    job = after_run(begun("test.cancel"))
    assert (job.state, job.message) == ("cancelled", "中止しました。何も変更されていません。")
    assert Role.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_what_failed_can_be_started_again_once() -> None:
    job = after_run(begun(refuse_at="b"))
    assert job.can_start_again
    again = services.start_again(job.pk, actor=CLERK)
    assert (again.kind, again.arguments, again.state) == (job.kind, job.arguments, "queued")
    assert not Job.objects.get(pk=job.pk).can_start_again
    with pytest.raises(Refusal, match="すでに始め直され"):
        services.start_again(job.pk, actor=CLERK)
    with pytest.raises(Refusal, match="失敗も中止も"):
        services.start_again(after_run(begun(names=["x"])).pk, actor=CLERK)


@pytest.mark.django_db(transaction=True)
def test_a_job_runs_once_even_when_two_workers_take_it() -> None:
    job = begun()
    with closing(JobProgress(job.pk)):
        assert after_run(job).state == "queued"
    assert after_run(job).state == "done"
    assert after_run(job).state == "done"
    assert Role.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_progress_is_written_at_most_twice_a_second_and_at_every_new_note() -> None:
    job = begun()
    Job.objects.update(state="running", began_at=job.created_at)
    at, written = [0.0], []
    with closing(JobProgress(job.pk, lambda: at[0])) as progress:
        for done, second, note in ((1, 0.0, "x"), (2, 0.25, "x"), (3, 0.5, "x"), (4, 0.625, "y"), (5, 0.75, "y")):
            at[0] = second
            progress.advance(done, 9, note)
            job.refresh_from_db()
            written.append(job.done)
        Job.objects.update(state="failed", ended_at=job.created_at)
        at[0] = 9
        with pytest.raises(Cancelled):
            progress.advance(6, 9, "y")
    assert written == [1, 1, 3, 4, 4]


WORKER_THAT_STOPS_HALF_WAY = """
import sys, time
import django
from django.db import connections
django.setup()
connections["default"].settings_dict.update(NAME=sys.argv[1], HOST=sys.argv[2])
from madoguchi.platform.accounts.models import Role
from madoguchi.platform.jobs import services
from madoguchi.platform.jobs.kinds import job_kind

@job_kind("test.count")
def half(arguments, progress, actor):
    Role.objects.create(code="half", name="", rights=[])
    progress.advance(1, 2, "half way")
    print("half way", flush=True)
    time.sleep(60)

services.run(int(sys.argv[3]))
"""


@pytest.fixture
def stuck_worker(transactional_db: None) -> Iterator[tuple[Job, subprocess.Popen[str]]]:
    """A worker in a process of its own, in the middle of a job."""
    job = begun()
    place = connection.settings_dict
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER_THAT_STOPS_HALF_WAY, str(place["NAME"]), str(place["HOST"]), str(job.pk)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "half way\n"
    yield job, worker
    worker.kill()
    worker.wait()
    worker.stdout.close()


def test_the_job_of_a_killed_worker_is_found_has_changed_nothing_and_starts_again(
    stuck_worker: tuple[Job, subprocess.Popen[str]], as_auditor: AsAuditor
) -> None:
    job, worker = stuck_worker
    # Negative control: as long as the worker lives, its job is left alone.
    assert services.find_interrupted() == []
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("running", 1, 2)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    deadline = time.monotonic() + 30
    while not (found := services.find_interrupted()):
        assert time.monotonic() < deadline, "PostgreSQL never noticed that the worker is gone"
        time.sleep(0.05)
    assert found == [job.pk]
    job.refresh_from_db()
    assert (job.state, job.message) == ("failed", "途中で止まりました。何も変更されていません。")
    assert not Role.objects.filter(code="half").exists()
    assert after_run(services.start_again(job.pk, actor=CLERK)).state == "done"
    with as_auditor():
        assert AuditEvent.objects.filter(user_id="auto:jobs", subject=f"job:{job.pk}", result="failed").count() == 1
    assert [(step.event, step.done, step.total) for step in log_of(job)] == [
        ("started", 0, None),
        ("began", 0, None),
        ("phase", 1, 2),
        ("interrupted", 1, 2),
    ]
    assert log_of(job)[1].by == f"ワーカー {worker.pid}"
    going_on = log_of(Job.objects.get(again_of=job))
    assert [step.event for step in going_on if step.job_id != job.pk] == ["again", "went-on", "phase", "phase", "phase", "done"]
    assert len({step.by for step in going_on if step.event in ("began", "went-on")}) == 2


@pytest.mark.django_db
def test_the_database_knows_which_times_fit_which_state() -> None:
    begun()
    with pytest.raises(IntegrityError, match="job_state_fits_its_times"), transaction.atomic():
        Job.objects.update(state="running")
    with pytest.raises(IntegrityError, match="job_counts_up"), transaction.atomic():
        Job.objects.update(done=-1)


@pytest.mark.django_db
def test_two_kinds_with_one_name_are_a_mistake() -> None:
    with pytest.raises(ValueError, match=r"test\.watch"):
        job_kind("test.watch")(_count)


@pytest.mark.django_db(transaction=True)
def test_work_of_a_kind_that_is_gone_ends_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    job = begun()
    monkeypatch.setattr(kinds, "_KINDS", {})
    assert (after_run(job).state, "今の版にはありません" in job.message) == ("failed", True)
    with pytest.raises(Refusal, match="今の版にはありません"):
        services.start_again(job.pk, actor=CLERK)


def test_time_left_is_told_only_when_it_was_measured() -> None:
    minute = dt.timedelta(minutes=1)
    told = {
        "half done in a minute": rules.time_left(50, 100, 0, minute),
        "went on behind 40": rules.time_left(50, 100, 40, minute),
        "too early": rules.time_left(50, 100, 0, dt.timedelta(seconds=9)),
        "too little done": rules.time_left(4, 100, 0, minute),
        "nothing since": rules.time_left(40, 100, 40, minute),
        "all done": rules.time_left(100, 100, 0, minute),
        "nobody knows of how many": rules.time_left(50, None, 0, minute),
    }
    assert list(told.values()) == [minute, 5 * minute, None, None, None, None, None]
    assert [rules.minutes_left(dt.timedelta(seconds=seconds)) for seconds in (1, 60, 61)] == [1, 1, 2]


# Pages

urls = pytest.mark.urls("madoguchi.platform.jobs.tests.workshop_urls")


@pytest.fixture
def clerk(signed_in_client: Callable[..., Client]) -> Client:
    return signed_in_client("clerk")


def job_of(client: Client, **values: Any) -> Job:
    job = services.start("test.count", "案内状の作成", actor_for(client.staff), {"names": ["a"]})  # type: ignore[attr-defined]
    Job.objects.filter(pk=job.pk).update(**values)
    return job


@urls
@pytest.mark.django_db
def test_a_running_job_shows_its_progress_with_and_without_javascript(clerk: Client) -> None:
    job = job_of(clerk, state="running", began_at=dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC), done=1240, total=3000, note="組版")
    page = clerk.get(f"/jobs/{job.pk}/").content.decode()
    assert "1240／3000" in page
    assert "最新の状況を表示する" in page
    assert f'hx-get="/jobs/{job.pk}/progress/"' in page
    part = clerk.get(f"/jobs/{job.pk}/progress/", headers={"hx-request": "true"})
    assert "1240／3000" in part.content.decode()
    assert "HX-Refresh" not in part.headers
    Job.objects.update(state="done", ended_at=job.created_at, lines=["159 通を作りました。"])
    assert clerk.get(f"/jobs/{job.pk}/progress/").headers["HX-Refresh"] == "true"
    page = clerk.get(f"/jobs/{job.pk}/").content.decode()
    assert "159 通を作りました。" in page
    assert f"/counted/{job.pk}/" in page
    assert "htmx" not in page


@urls
@pytest.mark.django_db
def test_a_job_is_cancelled_and_started_again_by_page(clerk: Client) -> None:
    job = job_of(clerk)
    assert clerk.post(f"/jobs/{job.pk}/", {"act": "cancel"}).headers["Location"] == f"/jobs/{job.pk}/"
    assert "もう一度始める" in clerk.get(f"/jobs/{job.pk}/").content.decode()
    again = clerk.post(f"/jobs/{job.pk}/", {"act": "again"})
    newest = Job.objects.latest("pk")
    assert again.headers["Location"] == f"/jobs/{newest.pk}/"
    assert newest.again_of_id == job.pk
    twice = clerk.post(f"/jobs/{job.pk}/", {"act": "again"}, follow=True)
    assert "すでに始め直されています" in twice.content.decode()
    assert "ボタンを押して" in clerk.post(f"/jobs/{job.pk}/", {}, follow=True).content.decode()


@urls
@pytest.mark.django_db
def test_others_see_a_job_only_with_the_right_to(clerk: Client, signed_in_client: Callable[..., Client]) -> None:
    job = job_of(clerk)
    colleague, chief = signed_in_client("clerk", user_id="colleague"), signed_in_client("chief")
    addresses = (f"/jobs/{job.pk}/", f"/jobs/{job.pk}/progress/")
    assert [colleague.get(address).status_code for address in addresses] == [404, 404]
    assert [chief.get(address).status_code for address in addresses] == [200, 200]
    assert colleague.post(f"/jobs/{job.pk}/", {"act": "cancel"}).status_code == 404
    listed = [client.get("/jobs/").content.decode().count("案内状の作成") for client in (clerk, colleague, chief)]
    assert listed == [1, 0, 1]


@urls
@pytest.mark.django_db
def test_the_page_tells_the_time_left_and_who_did_what(clerk: Client) -> None:
    job = job_of(clerk)
    services.cancel(job.pk, actor=actor_for(clerk.staff))  # type: ignore[attr-defined]
    page = clerk.get(f"/jobs/{job.pk}/").content.decode()
    assert page.count(f"<td>{clerk.staff.name}</td>") == 3  # type: ignore[attr-defined]
    assert [words in page for words in ("受付", "中止の指示", "この段階の残り")] == [True, True, False]
    since = clock.now() - dt.timedelta(minutes=1)
    running = job_of(clerk, state="running", began_at=since, paced_from=since, done=1000, total=3000)
    assert "この段階の残り 約3分" in clerk.get(f"/jobs/{running.pk}/").content.decode()


@urls
@pytest.mark.django_db
def test_the_bell_tells_of_own_work_until_it_was_opened(clerk: Client, signed_in_client: Callable[..., Client], settings: Any) -> None:
    settings.MADOGUCHI_SHELL = "madoguchi.platform.jobs.tests.workshop_urls.shell"
    ended = job_of(clerk, state="done", began_at=clock.now(), ended_at=clock.now())
    assert 'data-count="ended" data-name="終わった処理">1<' in clerk.get("/jobs/").content.decode()
    running = job_of(clerk, state="running", began_at=clock.now())
    page = clerk.get("/jobs/").content.decode()
    assert 'data-count="active" data-name="実行中の処理">1<' in page
    assert 'data-from="/jobs/bell/" data-seconds="15"' in page
    assert f'href="/jobs/{running.pk}/">案内状の作成</a> 実行中' in page
    clerk.get(f"/jobs/{ended.pk}/")
    part = clerk.get("/jobs/bell/").content.decode()
    assert [words in part for words in (f"/jobs/{ended.pk}/", f"/jobs/{running.pk}/", "data-count")] == [False, True, True]
    assert "bell" not in signed_in_client("chief").get("/jobs/").content.decode().split("<main")[0]
