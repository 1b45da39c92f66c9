"""Long work of letters: printing a batch with progress on a page, and going on with one that stood still."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from procrastinate.contrib.django import app

from madoguchi.delivery.dispatch import services
from madoguchi.delivery.dispatch.choosing import choose_by_serials, choose_by_state
from madoguchi.delivery.dispatch.commands import telling_why
from madoguchi.delivery.dispatch.folder import letters_folder
from madoguchi.delivery.dispatch.models import Batch, Kind, Way
from madoguchi.platform.audit.actors import Actor, automatic
from madoguchi.platform.jobs.kinds import job_kind
from madoguchi.platform.jobs.models import Job
from madoguchi.platform.language import Sentence
from madoguchi.platform.verbs import Outcome, Progress, Refusal


def _page_of(job: Job) -> str:
    batch = job.result.get("batch")
    return reverse("dispatch:batch", args=[batch]) if batch else reverse("dispatch:list")


# Not one transaction: a page is set and read back outside any, and the batch itself says how it ended.
@job_kind("dispatch.print", atomic=False, page_of=_page_of)
def print_batch_of_letters(arguments: Mapping[str, Any], progress: Progress, actor: Actor) -> Outcome:
    """Print the letters that a member of staff chose; the PDF stays in the zone's folder until the letters are sent."""
    kind, serials = Kind(arguments.get("kind", Kind.NOTICE)), arguments.get("serials")
    choice = choose_by_serials(serials, kind) if serials else choose_by_state(arguments.get("state"), kind)
    order = services.Order(kind, Way(arguments.get("way", Way.ORDINARY)), arguments.get("reason", ""), arguments.get("start_at", 1))
    try:
        with telling_why(letters_folder(), {}):
            batch = services.print_letters(choice, None, actor, progress=progress, order=order)
    except services.Paused as paused:
        return _paused(paused)
    letters = len(choice.cards)
    lines = [f"{letters:,} 通の{kind.label}を印刷し、すべての用紙を読み返しました。"]
    if choice.skipped:
        lines.append(f"{len(choice.skipped):,} 件は印刷していません。")
    return Outcome({"batch": str(batch.pk), "letters": letters, "skipped": len(choice.skipped)}, lines)


@job_kind("dispatch.resume", atomic=False, page_of=_page_of)
def go_on_with_batch(arguments: Mapping[str, Any], progress: Progress, actor: Actor) -> Outcome:
    """Go on with a batch that was paused or cut off, behind the parts that were checked."""
    try:
        with telling_why(letters_folder(), {}):
            batch: Batch = services.resume_batch(UUID(arguments["batch"]), actor, progress=progress)
    except services.Paused as paused:
        return _paused(paused)
    except services.WrongState:
        raise Refusal(Sentence("この印刷分は中断していません。印刷分の画面で今の状態を確かめてください。")) from None
    letters = batch.sheets.count()
    return Outcome({"batch": str(batch.pk), "letters": letters}, [f"続きから {letters:,} 通まで印刷し、すべての用紙を読み返しました。"])


def _paused(paused: services.Paused) -> Outcome:
    return Outcome(
        {"batch": str(paused.batch), "paused": True}, ["中断しました。検査の済んだところまで残っています。印刷分の画面から続けられます。"]
    )


@app.periodic(cron="* * * * *")
@app.task(name="dispatch.find-interrupted")
def find_interrupted_batches(timestamp: int) -> None:  # noqa: ARG001 procrastinate passes the planned time
    """Find the batches whose process is gone."""
    services.find_interrupted()


@app.periodic(cron="50 2 * * *")
@app.task(name="dispatch.expire-letters", queueing_lock="dispatch.expire-letters")
def expire_letters(timestamp: int) -> None:  # noqa: ARG001 procrastinate passes the planned time
    """Remove the PDFs whose days are over."""
    services.expire_letters(automatic("letters"))
