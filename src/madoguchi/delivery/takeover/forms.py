"""Forms of the take-over."""

from django import forms
from django.utils.translation import gettext_lazy as _


class StockFileForm(forms.Form):
    """The spreadsheet."""

    file = forms.FileField(
        label=_("移行の一覧"),
        help_text=_("ひな形に書いた XLSX か CSV。見出しは変えません。"),
        error_messages={
            "required": _("移行の一覧のファイルを選んでください。"),
            "empty": _("ファイルが空です。正しいファイルか確かめてください。"),
        },
        widget=forms.FileInput({"accept": ".xlsx,.csv"}),
    )
