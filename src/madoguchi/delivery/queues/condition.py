"""What the delivery zone adds to the page of its condition: the lists that it lives on, and the fonts of its papers."""

from django.db.models import Max
from django.utils.translation import gettext as _

from madoguchi.delivery.intake.models import ImportBatch
from madoguchi.delivery.intake.queries import waiting_batches
from madoguchi.delivery.reconciliation.queries import last_seen
from madoguchi.platform.condition import checks
from madoguchi.platform.condition.figures import Line, Section, line_of, moment_in_words
from madoguchi.platform.documents.zone_fonts import own_font_folder


def section() -> Section:
    """Return the lines of the delivery zone. Three statements."""
    applied = ImportBatch.objects.filter(state=ImportBatch.State.APPLIED).aggregate(at=Max("closed_at"))["at"]
    return Section(
        _("一覧と帳票"),
        [
            Line(_("最後に反映したカード発行一覧"), moment_in_words(applied)),
            Line(_("承認待ちのカード発行一覧"), _("%(number)d件") % {"number": waiting_batches().count()}),
            Line(_("最後に反映した統合端末の一覧"), moment_in_words(last_seen())),
            *(line_of(check) for check in checks.fonts(own_font_folder())),
        ],
    )
