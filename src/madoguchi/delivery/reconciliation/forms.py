"""Forms of the reconciliation."""

import datetime as dt

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.list_files import Column, ListFileForm
from madoguchi.platform import clock


class TerminalListForm(ListFileForm):
    """A list of the terminal, and when the terminal showed it."""

    columns = (
        Column("serial", "製造管理番号"),
        Column("application_id", "申請書ID"),
        Column("state", "カードステータス", is_needed=True),
        Column("at", "日時"),
    )
    as_of = forms.DateTimeField(
        label=_("一覧を出した日時"),
        help_text=_("行に日時がないときに使います。例: 2026-11-21 17:30"),
        error_messages={
            "required": _("一覧を出した日時を入力してください。"),
            "invalid": _("日時は 2026-11-21 17:30 のように入力してください。"),
        },
        widget=forms.DateTimeInput({"class": "width-16", "autocomplete": "off"}, format="%Y-%m-%d %H:%M"),
    )

    def clean_as_of(self) -> dt.datetime:
        """Refuse a moment that has not come yet."""
        found: dt.datetime = self.cleaned_data["as_of"]
        if found > clock.now() + dt.timedelta(minutes=10):
            raise forms.ValidationError(_("未来の日時です。一覧を出した日時を入力してください。"))
        return found

    def clean(self) -> dict[str, object]:
        """Ask for at least one number by which cards are found."""
        cleaned: dict[str, object] = super().clean() or {}
        if not cleaned.get("heading_serial") and not cleaned.get("heading_application_id"):
            self.add_error("heading_serial", _("製造管理番号か申請書IDの見出しを入力してください。カードを見つけるのに使います。"))
        return cleaned


class NoteForm(forms.Form):
    """Why something that differs may stand; the pair of values that the person saw goes along."""

    note = forms.CharField(
        label=_("説明"),
        max_length=500,
        help_text=_("だれが何を確かめたか。記録は消せません。"),
        error_messages={"required": _("説明を入力してください。")},
        widget=forms.Textarea({"rows": 2}),
    )
    progress = forms.CharField(widget=forms.HiddenInput, required=False)
    terminal = forms.CharField(widget=forms.HiddenInput, required=False)


class SignForm(forms.Form):
    """The head's signature under a day."""

    note = forms.CharField(label=_("特記事項"), max_length=500, required=False, widget=forms.Textarea({"rows": 2}))
