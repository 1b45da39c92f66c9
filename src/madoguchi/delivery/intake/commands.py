"""`madoguchi delivery cards import`."""

import argparse
from pathlib import Path

from madoguchi.delivery.intake import services
from madoguchi.delivery.intake.rights import APPROVE_LISTS
from madoguchi.platform.accounts.access import actor_for, rights_of
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.audit.actors import Actor, automatic
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
        )
        approver = _approver(arguments.approve_as) if arguments.approve_as else None
        report = services.read_list(Path(arguments.file), wanted, IMPORTER, progress)
        if approver and report.batch is not None:
            services.apply(report.batch, approver, progress)
            report.applied = True
    except services.ImportRefused as refused:
        raise Refusal(refused.message, refused.report.as_json()) from refused
    return Outcome(report.as_json(), _lines(report))


def _approver(user_id: str) -> Actor:
    """Return the second person; refuses an unknown, closed or unauthorised account before anything is read."""
    staff = Staff.objects.filter(user_id=user_id, is_active=True).first()
    if staff is None:
        raise services.ImportRefused(f"利用者「{user_id}」は登録されていないか、使えなくなっています。何も変更していません。")
    if APPROVE_LISTS.code not in rights_of(staff):
        raise services.ImportRefused(f"利用者「{user_id}」に取り込みを承認する権限がありません。何も変更していません。")
    return actor_for(staff, client="command line")


def _lines(report: services.Report) -> list[str]:
    lines = [problem.message for problem in report.errors] + [f"注意 {problem.message}" for problem in report.warnings]
    if report.known_since:
        lines.append(f"この内容のファイルは {report.known_since} に反映済みです。")
    lines.append(
        f"{report.rows} 件: 受付 {report.accepted}、受付不可 {report.rejected}、注意 {report.warned}。"
        f"新規 {report.new}、変更 {report.changed}、変更なし {report.unchanged}、一覧にない未着カード {report.gone}。"
    )
    if report.is_mass_change:
        lines.append("変更が登録簿の大きな割合にあたります。正しい一覧か、承認の前に確かめてください。")
    if report.applied:
        lines.append("反映しました。")
    elif report.batch is not None:
        lines.append(f"承認待ちです (取り込み {report.batch})。別の職員が承認すると反映されます。")
    else:
        lines.append("試し読みです。何も変更していません。")
    return lines
