"""Forms of changes."""

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards.list_files import Column, ListFileForm
from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.changes.models import ProtectionDecision
from madoguchi.platform.ui.forms import RadioList


class ChangeListForm(ListFileForm):
    """An 異動リスト of the resident register."""

    columns = (
        Column("kind", "異動事由", is_needed=True),
        Column("on", "異動日"),
        Column("serial", "製造管理番号"),
        Column("application_id", "申請書ID"),
        Column("name", "氏名"),
        Column("born", "生年月日"),
        Column("address", "住所"),
        Column("until", "在留期限"),
    )

    def clean(self) -> dict[str, object]:
        """Ask for a way to find the cards: a number, or name and birth date together."""
        cleaned: dict[str, object] = super().clean() or {}
        by_number = cleaned.get("heading_serial") or cleaned.get("heading_application_id")
        if not by_number and not (cleaned.get("heading_name") and cleaned.get("heading_born")):
            self.add_error("heading_serial", _("番号の見出しか、氏名と生年月日の見出しを入力してください。カードを見つけるのに使います。"))
        return cleaned


class SettleForm(forms.Form):
    """What became of a row: the card that it means, or none, and what was looked at."""

    code = forms.CharField(
        label=_("該当するカードの番号"),
        max_length=60,
        required=False,
        help_text=_("製造管理番号か申請書ID。該当するカードがないときは空にします。"),
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off", "data-accepts-scan": "", "data-expects-number": ""}),
    )
    note = forms.CharField(
        label=_("確かめたこと"),
        max_length=500,
        error_messages={"required": _("確かめたことを入力してください。")},
        widget=forms.Textarea({"rows": 2}),
    )

    def clean_code(self) -> Card | None:
        """Find the card; an empty box means that there is none."""
        text = self.cleaned_data["code"].strip()
        if not text:
            return None
        card = cards.by_any_number(text)
        if card is None:
            raise forms.ValidationError(_("その番号のカードはありません。番号を確かめてください。"))
        return card


class DecisionForm(forms.Form):
    """How the service of a person under protection goes on."""

    way = forms.ChoiceField(
        label=_("対応"),
        choices=ProtectionDecision.Way.choices,
        widget=RadioList(),
        error_messages={"required": _("対応を選んでください。"), "invalid_choice": _("対応を選び直してください。")},
    )
    note = forms.CharField(
        label=_("確かめたこと"),
        max_length=500,
        help_text=_("だれと、どのように確かめたか"),
        error_messages={"required": _("確かめたことを入力してください。")},
        widget=forms.Textarea({"rows": 2}),
    )


class ReasonForm(forms.Form):
    """Why something is done with every card of a list."""

    reason = forms.CharField(
        label=_("理由"),
        max_length=500,
        help_text=_("決裁などの書類の種類と日付。一枚ずつのカードの履歴に残ります。"),
        error_messages={"required": _("理由を入力してください。")},
        widget=forms.Textarea({"rows": 2}),
    )
