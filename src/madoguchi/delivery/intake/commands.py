"""`madoguchi delivery cards import`."""

import argparse
from pathlib import Path

from madoguchi.delivery.intake import services
from madoguchi.delivery.intake.rights import APPROVE_LISTS
from madoguchi.platform.accounts.access import actor_for, rights_of
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.audit.actors import Actor, automatic
from madoguchi.platform.language import Sentence
from madoguchi.platform.verbs import Outcome, Progress, Refusal

IMPORTER = automatic("importer")


def import_cards(arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Read a card list as the named automatic account, and apply it when a second person is named."""
    try:
        wanted = services.Wanted(
            services.layout_named(arguments.mapping),
            expect_rows=arguments.expect_rows,
            leaves_out_rejected=arguments.skip_rejected,
            dry_run=arguments.dry_run,
            file_name=Path(arguments.file).name,
            is_approved_at_once=bool(arguments.approve_as),
        )
        approver = _approver(arguments.approve_as) if arguments.approve_as else None
        report = services.read_list(Path(arguments.file), wanted, IMPORTER, progress)
        if approver and report.batch is not None:
            # Who names the approver on the command line answers for the number that the command prints.
            services.apply(report.batch, approver, progress, confirmed_changes=report.changed)
            report.applied = True
    except services.ImportRefused as refused:
        raise Refusal(refused.message, refused.report.as_json()) from refused
    return Outcome(report.as_json(), _lines(report, is_dry_run=arguments.dry_run))


def _approver(user_id: str) -> Actor:
    """Return the second person; refuses an unknown, closed or unauthorised account before anything is read."""
    staff = Staff.objects.filter(user_id=user_id, is_active=True).first()
    if staff is None:
        raise services.ImportRefused(
            Sentence("利用者「{user_id}」は登録されていないか、使えなくなっています。何も変更していません。", user_id=user_id)
        )
    if APPROVE_LISTS.code not in rights_of(staff):
        raise services.ImportRefused(
            Sentence("利用者「{user_id}」に取り込みを承認する権限がありません。何も変更していません。", user_id=user_id)
        )
    return actor_for(staff, client="command line")


def _lines(report: services.Report, *, is_dry_run: bool) -> list[str]:
    lines = [problem.message for problem in report.errors] + [
        Sentence("注意 {message}", message=problem.message) for problem in report.warnings
    ]
    if report.known_since:
        lines.append(Sentence("この内容のファイルは {known_since} に反映済みです。", known_since=report.known_since))
    lines.append(
        Sentence(
            "{rows} 件: 受付 {accepted}、受付不可 {rejected}、注意 {warned}。"
            "新規 {new}、変更 {changed}、変更なし {unchanged}、一覧にない未着カード {gone}。",
            rows=report.rows,
            accepted=report.accepted,
            rejected=report.rejected,
            warned=report.warned,
            new=report.new,
            changed=report.changed,
            unchanged=report.unchanged,
            gone=report.gone,
        )
    )
    if report.is_mass_change:
        lines.append(Sentence("変更が登録簿の大きな割合にあたります。正しい一覧か、承認の前に確かめてください。"))
    if report.applied:
        lines.append(Sentence("反映しました。"))
    elif report.batch is not None:
        lines.append(Sentence("承認待ちです (取り込み {batch})。別の職員が承認すると反映されます。", batch=report.batch))
    elif not is_dry_run:
        lines.append(Sentence("変わるところはありません。承認を待つものもありません。"))
    else:
        lines.append(Sentence("試し読みです。何も変更していません。"))
    return lines
