"""What the reconciliation says on the page of a card: our side beside the terminal's, and whether they agree (DL-03, S06)."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import Card, CardEvent
from madoguchi.delivery.cards.parts import Part, Tab, register
from madoguchi.delivery.cards.rules import Progress, Terminal
from madoguchi.delivery.reconciliation.models import TerminalRow
from madoguchi.delivery.reconciliation.rules import REMEDIES, difference
from madoguchi.platform.ui.shell import Link

_TIME = "%Y-%m-%d %H:%M"


def two_sides_part(card: Card) -> Part:
    """Return both accounts of a card in two columns, as far as a list of the terminal has shown it. At most two statements."""
    progress, terminal = Progress(card.progress), Terminal(card.terminal)
    at = CardEvent.objects.filter(card=card, axis="progress").order_by("-id").values_list("at", flat=True).first()
    seen = card.terminal_seen_at
    rows: list[tuple[object, ...]] = [
        (_("状態"), progress.label, terminal.label),
        (_("日時"), f"{timezone.localtime(at):{_TIME}}" if at else "", f"{timezone.localtime(seen):{_TIME}}" if seen else ""),
    ]
    if terminal is not Terminal.UNSEEN:
        word = TerminalRow.objects.filter(card=card).order_by("-at", "-pk").values_list("word", flat=True).first()
        rows.append((_("カードステータス"), card.card_status, word or ""))
    fault = difference(progress, terminal)
    title, heads = _("当方と統合端末"), (_("項目"), _("当方"), _("統合端末"))
    if fault:
        links = (Link(_("差異を説明する"), reverse("reconciliation:explain", args=[card.pk])),)
        return Part(title, heads, rows, "", links, finding=fault.label, tone="warning", advice=REMEDIES[fault].words)
    if terminal is Terminal.UNSEEN:
        return Part(title, heads, rows, "", finding=_("未照合"), tone="info", advice=_("統合端末の一覧に、まだ出ていません。"))
    return Part(title, heads, rows, "", finding=_("一致"), tone="success")


register(Tab.COURSE, two_sides_part)
