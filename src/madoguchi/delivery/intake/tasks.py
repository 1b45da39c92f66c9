"""Long work of the intake: reading a large list, applying it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.urls import reverse

from madoguchi.delivery.intake import services
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.jobs.kinds import job_kind
from madoguchi.platform.jobs.models import Job
from madoguchi.platform.verbs import Outcome, Progress, Refusal


def _page_of(job: Job) -> str:
    batch = job.result.get("batch")
    return reverse("intake:batch", args=[batch]) if batch else reverse("intake:lists")


@job_kind("intake.read", page_of=_page_of)
def read_list(arguments: Mapping[str, Any], progress: Progress, actor: Actor) -> Outcome:
    """Read a list that was left in the zone's folder; the copy is removed whatever comes of it."""
    path = Path(arguments["path"])
    try:
        wanted = services.Wanted(
            services.layout_named(arguments["layout"]),
            expect_rows=arguments["expect_rows"],
            keeps_faulty=True,
            file_name=arguments["file_name"],
        )
        report = services.read_list(path, wanted, actor, progress)
    except services.ImportRefused as refused:
        raise Refusal(refused.message) from refused
    finally:
        path.unlink(missing_ok=True)
    lines = [f"{report.rows:,} 件を調べました。受け付けられない行 {report.rejected:,} 件、注意 {report.warned:,} 件。"]
    if report.batch is None:
        lines.append("変わるところはありません。この一覧の内容は、すべて登録簿にあります。")
    return Outcome({"batch": report.batch}, lines)


@job_kind("intake.apply", page_of=_page_of)
def apply_list(arguments: Mapping[str, Any], progress: Progress, actor: Actor) -> Outcome:
    """Apply a batch as the person who approved it."""
    try:
        batch = services.apply(arguments["batch"], actor, progress, confirmed_changes=arguments.get("confirmed_changes"))
    except services.ImportRefused as refused:
        raise Refusal(refused.message) from refused
    return Outcome({"batch": batch.pk}, [f"新規 {batch.new:,} 件、変更 {batch.changed:,} 件を反映しました。"])
