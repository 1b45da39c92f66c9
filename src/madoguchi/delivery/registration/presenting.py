"""How applications that the office takes are shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from madoguchi.delivery.cards.masking import born_words, masked
from madoguchi.delivery.cards.rules import Progress
from madoguchi.delivery.registration import rules
from madoguchi.delivery.registration.models import Registration
from madoguchi.kernel import names
from madoguchi.kernel.documents import KIND_BY_CODE
from madoguchi.kernel.numbers import display_application_id
from madoguchi.platform import clock
from madoguchi.platform.ui.components import SummaryRow


@dataclass(frozen=True, slots=True)
class ListRow:
    """One application on a list."""

    row: Registration
    number: str
    name: str
    way: str
    progress: str
    is_overdue: bool


def list_rows(rows: Sequence[Registration]) -> list[ListRow]:
    """Return the rows of a list, names masked."""
    today = clock.today()
    return [
        ListRow(
            row,
            display_application_id(row.card.application_id),
            masked(row.card.name),
            rules.Way(row.way).label,
            Progress(row.card.progress).label,
            not row.sent_way and rules.is_overdue(row.received_at.astimezone(clock.TOKYO).date(), today),
        )
        for row in rows
    ]


def summary(row: Registration) -> list[SummaryRow]:
    """Return everything that is kept of one application."""
    card = row.card
    kinds = "、".join(KIND_BY_CODE[code].name for code in row.documents if code in KIND_BY_CODE)
    return [
        SummaryRow(_("申請書ID"), display_application_id(card.application_id)),
        SummaryRow(_("製造管理番号"), card.shown_serial or _("まだありません")),
        SummaryRow(_("氏名"), names.display(card.name)),
        SummaryRow(_("フリガナ"), names.display(card.kana)),
        SummaryRow(_("生年月日"), born_words(card.born)),
        SummaryRow(_("性別"), {"m": _("男"), "f": _("女")}.get(card.sex, "")),
        SummaryRow(_("住所"), names.display(f"{card.postcode} {card.address} {card.house}".strip())),
        SummaryRow(_("来庁方式"), rules.Way(row.way).label),
        SummaryRow(_("申請場所"), f"{row.place.name}{f' {row.venue.name}' if row.venue else ''}"),
        SummaryRow(_("受取方法"), rules.Receipt(row.receipt).label),
        SummaryRow(_("確かめた本人確認書類"), kinds or _("記録なし")),
        SummaryRow(_("受付"), f"{row.received_at.astimezone(clock.TOKYO):%Y-%m-%d %H:%M} {row.received_by_name} ({row.received_by})"),
        SummaryRow(_("顔写真"), row.photo.number if row.photo else _("まだです")),
        SummaryRow(_("送付"), f"{row.sent_on} {rules.SentWay(row.sent_way).label}" if row.sent_on else _("まだです")),
        SummaryRow(_("送付者・確認者"), f"{row.sent_by_name} ({row.sent_by})・{row.looked_at_by}" if row.sent_on else _("まだです")),
        SummaryRow(_("進捗"), Progress(card.progress).label),
        SummaryRow(_("メモ"), row.memo),
    ]
