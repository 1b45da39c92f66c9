"""Long work of the take-over: applying a long list."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.urls import reverse

from madoguchi.delivery.takeover import services
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.jobs.kinds import job_kind
from madoguchi.platform.jobs.models import Job
from madoguchi.platform.verbs import Outcome, Progress, Refusal


def _page_of(job: Job) -> str:
    return reverse("takeover:list", args=[job.arguments["list"]])


def _given_up(arguments: Mapping[str, Any]) -> None:
    services.return_to_waiting(arguments["list"])


@job_kind(services.APPLYING, page_of=_page_of, resumes=True, given_up=_given_up)
def apply_list(arguments: Mapping[str, Any], progress: Progress, actor: Actor) -> Outcome:
    """Apply a list as the person who approved it; one that does not fit the register any more is thrown away, and nothing changes."""
    pk = arguments["list"]
    if not services.is_being_applied(pk):
        raise Refusal("この一覧は反映中ではありません。承認待ちに戻ったときは、もう一度承認してください。")
    try:
        with transaction.atomic():
            written = services.apply_list(pk, actor)
    except Refusal as refused:
        services.discard(pk, actor)
        return Outcome(
            {"list": pk, "cards": 0}, [f"反映できませんでした。{refused.message}", "一覧は取り下げました。カードは何も変わっていません。"]
        )
    progress.advance(written, written)
    return Outcome({"list": pk, "cards": written}, [f"{written:,} 枚を登録しました。"])
