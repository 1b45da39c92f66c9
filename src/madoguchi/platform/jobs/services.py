"""Commands on long work: start, cancel, start again; run (in the worker), and find what was cut off."""

import contextlib
import logging
import traceback
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, connection, transaction

from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, ActorKind, automatic
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.jobs import audited
from madoguchi.platform.jobs.kinds import Kind, kind_of, known
from madoguchi.platform.jobs.models import Job, Step
from madoguchi.platform.jobs.progress import LIFE_SIGN, AlreadyRunning, Cancelled, JobProgress, worker
from madoguchi.platform.verbs import Outcome, Refusal

logger = logging.getLogger(__name__)
NOTHING_CHANGED = "何も変更されていません。"
MOST_RESUMPTIONS = 3
"""So often work is started again by itself; what stops its worker each time would stop it for ever."""
NOBODY = "自動"
"""Who the log names where nobody's hand did it."""
PART_KEPT = "終わったところまでは残っています。もう一度始めると、その続きから行います。"


def start(kind: str, title: str, actor: Actor, arguments: Mapping[str, Any], *, goes_on_with: Job | None = None) -> Job:
    """Put work in the queue, in the caller's transaction: if that is rolled back, the work never begins.

    `arguments` are JSON values (keys of rows and names of stored files, not the data itself). `goes_on_with` is the job that was
    paused; the log of this one shows what happened in that one too.
    """
    return _start(kind_of(kind), title, actor, arguments, goes_on_with)


def _start(kind: Kind, title: str, actor: Actor, arguments: Mapping[str, Any], again_of: Job | None, *, by: str | None = None) -> Job:
    from madoguchi.platform.jobs.tasks import run_job

    with transaction.atomic():
        job = Job.objects.create(
            kind=kind.code,
            title=title,
            arguments=dict(arguments),
            actor=asdict(actor),
            started_by=actor.user_id,
            started_by_name=actor.user_name,
            again_of=again_of,
            created_at=clock.now(),
        )
        run_job.defer(job=job.pk)
        _log(job.pk, Step.Event.STARTED if again_of is None else Step.Event.AGAIN, by or actor.user_name)
        record(actor, audited.STARTED, subject=f"job:{job.pk}", content={"kind": kind.code})
    return job


def start_again(pk: int, *, actor: Actor) -> Job:
    """Start work that failed or was cancelled once more, as a new job; raises Refusal when that was done already or it still runs."""
    job = Job.objects.get(pk=pk)
    if job.is_active or job.state == Job.State.DONE:
        raise Refusal("この処理は失敗も中止もしていないので、始め直しません。")
    kind = known(job.kind)
    if kind is None:
        raise Refusal("この種類の処理は、今の版にはありません。新しい画面から始めてください。")
    try:
        with transaction.atomic():
            return _start(kind, job.title, actor, job.arguments, job)
    except IntegrityError:
        raise Refusal("この処理はすでに始め直されています。処理の一覧を確かめてください。") from None


def cancel(pk: int, *, actor: Actor) -> None:
    """End work that waits, or ask running work to end at its next step; raises Refusal when it has ended already."""
    with transaction.atomic():
        record(actor, audited.CANCEL_ASKED, subject=f"job:{pk}")
        _log(pk, Step.Event.CANCEL_ASKED, actor.user_name)
        if Job.objects.filter(pk=pk, state=Job.State.QUEUED).update(
            state=Job.State.CANCELLED, ended_at=clock.now(), message=NOTHING_CHANGED
        ):
            _log(pk, Step.Event.CANCELLED, actor.user_name, NOTHING_CHANGED)
            _tell_given_up(Job.objects.get(pk=pk))
            return
        if not Job.objects.filter(pk=pk, state=Job.State.RUNNING).update(cancel_asked=True):
            raise Refusal("この処理はもう終わっています。")


def run(pk: int) -> None:
    """Do the work of a queued job in this process; whatever happens, the row says how it ended."""
    try:
        progress = JobProgress(pk)
    except AlreadyRunning:
        return
    with contextlib.closing(progress):
        if Job.objects.filter(pk=pk, state=Job.State.QUEUED).update(state=Job.State.RUNNING, began_at=clock.now()):
            job = Job.objects.get(pk=pk)
            _log(pk, Step.Event.BEGAN if job.again_of_id is None else Step.Event.WENT_ON, worker())
            _run(job, progress)


def opened(job: Job, *, by: str) -> None:
    """Note that who started a job has opened its page after its end: the bell no longer tells of it."""
    if not job.is_active and job.seen_at is None and job.started_by == by:
        Job.objects.filter(pk=job.pk, seen_at=None).update(seen_at=clock.now())


def _log(pk: int, event: Step.Event, by: str, note: str = "", *, done: int = 0, total: int | None = None) -> None:
    Step.objects.create(job_id=pk, at=clock.now(), event=event, by=by, note=note[:200], done=done, total=total)


def _run(job: Job, progress: JobProgress) -> None:
    kind = known(job.kind)
    if kind is None:
        _end(job, Job.State.FAILED, f"この種類の処理は、今の版にはありません。{NOTHING_CHANGED}")
        return
    what_is_left = _what_is_left(kind)
    try:
        _work(kind, job, progress)
    except Cancelled:
        _end(job, Job.State.CANCELLED, f"中止しました。{what_is_left}")
    except Refusal as refusal:
        _end(job, Job.State.FAILED, f"{refusal.message}\n{what_is_left}", refusal.data)
    except Exception as fault:  # noqa: BLE001 the row must say it, whatever it was
        # The text of an exception may quote rows: only its kind and its places are written down.
        places = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(traceback.extract_tb(fault.__traceback__)))
        logger.error("job %s (%s) failed: %s at %s", job.pk, job.kind, type(fault).__name__, places)  # noqa: TRY400
        _end(job, Job.State.FAILED, f"予期しない問題で止まりました。{what_is_left}管理者に処理の番号 {job.pk} を伝えてください。")


def _what_is_left(kind: Kind | None) -> str:
    return PART_KEPT if kind is not None and not kind.atomic else NOTHING_CHANGED


def _work(kind: Kind, job: Job, progress: JobProgress) -> None:
    actor = _actor_of(job)
    if not kind.atomic:
        outcome = kind.run(job.arguments, progress, actor)
        with transaction.atomic():
            _finish(job, outcome, actor, progress)
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Long work is what this transaction is for; the limits of pages do not fit it.
            cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
        _finish(job, kind.run(job.arguments, progress, actor), actor, progress)


def _finish(job: Job, outcome: Outcome, actor: Actor, progress: JobProgress) -> None:
    Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(
        state=Job.State.DONE,
        ended_at=clock.now(),
        done=progress.done,
        total=progress.total,
        result=dict(outcome.data),
        lines=list(outcome.lines),
    )
    event = Step.Event.PAUSED if outcome.data.get("paused") else Step.Event.DONE
    _log(job.pk, event, worker(), " ".join(str(line) for line in outcome.lines), done=progress.done, total=progress.total)
    record(actor, audited.ENDED, subject=f"job:{job.pk}", content={"state": Job.State.DONE.value})


def _end(
    job: Job,
    state: Job.State,
    message: str,
    data: Mapping[str, object] | None = None,
    actor: Actor | None = None,
    *,
    resumes: bool = False,
) -> None:
    with transaction.atomic():
        ended = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(
            state=state, ended_at=clock.now(), message=message, result=dict(data or {})
        )
        if ended:
            job.refresh_from_db(fields=["done", "total"])
            cut_off = actor is not None
            event = Step.Event.INTERRUPTED if cut_off else Step.Event(state.value)
            _log(job.pk, event, NOBODY if cut_off else worker(), message.replace("\n", " "), done=job.done, total=job.total)
            content = {"state": state.value}
            record(actor or _actor_of(job), audited.ENDED, subject=f"job:{job.pk}", content=content, result=Result.FAILED)
    if ended and not resumes:
        _tell_given_up(job)


def _tell_given_up(job: Job) -> None:
    """Tell the room whose work ended without being done; a fault of its own does not hide how the job ended."""
    kind = known(job.kind)
    if kind is not None:
        try:
            with transaction.atomic():
                kind.given_up(job.arguments)
        except Exception as fault:  # noqa: BLE001 whatever it is, the job has ended
            logger.error("job %s (%s) could not be given up: %s", job.pk, job.kind, type(fault).__name__)  # noqa: TRY400


def _actor_of(job: Job) -> Actor:
    return Actor(**{**job.actor, "kind": ActorKind(job.actor["kind"])})


def find_interrupted() -> list[int]:
    """Mark running jobs whose worker is gone as failed and return their numbers; a living worker holds its job's sign of life.

    Work of a kind that resumes is started again in the same transaction, by nobody's hand and in the name of who began it.
    """
    found = []
    for job in Job.objects.filter(state=Job.State.RUNNING):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LIFE_SIGN, job.pk])
            if cursor.fetchone() == (True,):
                kind = known(job.kind)
                again = kind if kind is not None and _may_resume(kind, job) else None
                words = f"途中で止まりました。{_what_is_left(kind)}" + ("自動でもう一度始めました。" if again else "")
                _end(job, Job.State.FAILED, words, actor=automatic("jobs"), resumes=again is not None)
                if again is not None:
                    _start(again, job.title, _actor_of(job), job.arguments, job, by=NOBODY)
                found.append(job.pk)
    return found


def _may_resume(kind: Kind, job: Job) -> bool:
    if not kind.resumes or job.cancel_asked:
        return False
    earlier, times = job.again_of, 0
    while earlier is not None and times < MOST_RESUMPTIONS:
        earlier, times = earlier.again_of, times + 1
    return times < MOST_RESUMPTIONS
