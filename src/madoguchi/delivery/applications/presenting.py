"""An application in the words of its page and of its print."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from madoguchi.delivery.applications.models import Application
from madoguchi.delivery.applications.rules import Reading
from madoguchi.kernel.wareki import format_long
from madoguchi.platform.ui.components import SummaryRow

# What the codes of the usual choices say; the choices of a municipality's own questions are words already.
_CHOICES: Mapping[str, Mapping[str, str]] = {
    "sex": {"m": "男", "f": "女"},
    "comer": {"self": "本人", "with": "本人と付き添いの人", "parent": "親権者などの法定代理人", "agent": "代理人"},
}


def answer_lines(row: Application) -> Iterator[tuple[str, str]]:
    """Yield (question, answer) in the order of the form; what the form does not name any more comes last."""
    labels = {str(code): str(label) for code, label in row.labels}
    answers: dict[str, str] = row.answers
    codes = [code for code in labels if code in answers] + [code for code in answers if code not in labels]
    for code in codes:
        answer = answers[code]
        yield labels.get(code, code), _CHOICES.get(code, {}).get(answer, answer)


def visit_lines(row: Application) -> list[tuple[str, str]]:
    """Return what is known of the visit without opening anything."""
    place = str(getattr(row, "place_name", row.place))
    return [
        (_("予約番号"), row.number),
        (_("手続きの種類"), row.kind_name),
        (_("予約日時"), f"{format_long(row.day)} {row.start:%H:%M}～{row.end:%H:%M}"),
        (_("場所"), place),
        (_("申請日時"), f"{row.recorded_at.astimezone():%Y-%m-%d %H:%M}"),
    ]


def visit_rows(row: Application) -> list[SummaryRow]:
    """Return the lines of the visit and of the state for the page."""
    lines = [*visit_lines(row), (_("予約の状態"), row.state_name), (_("対応状況"), row.stage_name)]
    if row.message:
        lines.append((_("送ったメッセージ"), row.message))
    return [SummaryRow(term, value) for term, value in lines]


def answer_rows(row: Application) -> list[SummaryRow]:
    """Return the opened answers for the page."""
    return [SummaryRow(term, value) for term, value in answer_lines(row)]


def why_no_answers(row: Application) -> str:
    """Return why there is nothing to read; empty when there is."""
    if row.reading == Reading.UNREADABLE:
        return _(
            "申請の内容を開けません。封をした鍵がこのシステムの鍵と違うか、途中で壊れています。保守窓口へ連絡し、申請者には電話で確かめてください。"
        )
    if row.reading == Reading.LEFT_CLOSED:
        return _("受け取る前に取り消されたため、申請の内容は開いていません。")
    return ""
