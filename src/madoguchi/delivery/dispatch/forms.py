"""Forms of the pages of letters."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import fields

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards import rules
from madoguchi.delivery.dispatch.choosing import choose_by_serials
from madoguchi.delivery.dispatch.models import LetterText
from madoguchi.delivery.dispatch.queries import TEXT_FIELDS
from madoguchi.delivery.dispatch.services import is_reprint
from madoguchi.delivery.dispatch.texts import NoticeText
from madoguchi.platform import clock
from madoguchi.platform.ui.forms import CheckboxList, DateBoxesField, RadioList

AWAITING, BY_NUMBER = "awaiting", "numbers"
_MOST_DAYS_AGO = 31


class ChooseForm(forms.Form):
    """For which cards notices are printed."""

    which = forms.ChoiceField(
        label=_("印刷するカード"), widget=RadioList(), error_messages={"required": _("印刷するカードを選んでください。")}
    )
    numbers = forms.CharField(
        label=_("製造管理番号"),
        help_text=_("「番号で選ぶ」のとき、1行に1つ入力してください。作成済で発送前の案内は、刷り直しになります。"),
        required=False,
        widget=forms.Textarea({"rows": 4, "class": "figures width-16", "autocomplete": "off", "data-accepts-scan": ""}),
    )

    reason = forms.CharField(
        label=_("刷り直す理由"),
        help_text=_(
            "作成済で発送前の案内を刷り直すときに入力してください（例: 用紙の汚れ、住所の訂正）。カードの履歴と操作記録に残ります。"
        ),
        required=False,
        max_length=200,
        error_messages={"max_length": _("刷り直す理由は200文字以内で入力してください。")},
    )

    def __init__(self, *args: object, counts: Mapping[rules.Progress, int], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        choices = [(AWAITING, _("通知を待つカードすべて（%(count)s件）") % {"count": f"{sum(counts.values()):,}"})]
        choices += [
            (value.value, _("進捗が「%(progress)s」のカード（%(count)s件）") % {"progress": value.label, "count": f"{count:,}"})
            for value, count in counts.items()
            if count
        ]
        self.fields["which"].choices = [*choices, (BY_NUMBER, _("番号で選ぶ"))]  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, object]:
        """Demand numbers when they are what chooses."""
        if self.cleaned_data.get("which") == BY_NUMBER and not self.cleaned_data.get("numbers", "").strip():
            self.add_error("numbers", _("製造管理番号を1行に1つ入力してください。"))
        elif self.cleaned_data.get("which") == BY_NUMBER and not self.cleaned_data.get("reason", "").strip():
            again = sum(map(is_reprint, choose_by_serials(self.cleaned_data["numbers"].split()).cards))
            if again:
                sentence = _("作成済で発送前の案内が %(count)s 通あります。刷り直す理由を入力してください。")
                self.add_error("reason", sentence % {"count": again})
        return self.cleaned_data

    def arguments(self) -> dict[str, object]:
        """Return the arguments of the job that prints."""
        which = self.cleaned_data["which"]
        if which == BY_NUMBER:
            return {"serials": self.cleaned_data["numbers"].split(), "reason": self.cleaned_data["reason"]}
        return {"state": None if which == AWAITING else which}


class SendForm(forms.Form):
    """That a batch went to the post, and which sheets were taken out before."""

    sent_on = DateBoxesField(label=_("発送日"), error_messages={"required": _("発送日を入力してください。")})
    pulled = forms.MultipleChoiceField(
        label=_("抜き取った用紙"),
        required=False,
        widget=CheckboxList(),
        help_text=_("印刷のあとで停止されたカードの用紙です。すべて抜き取ってください。"),
    )

    def __init__(self, *args: object, to_pull: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        if to_pull:
            self.fields["pulled"].choices = to_pull  # type: ignore[attr-defined]  # a MultipleChoiceField
        else:
            del self.fields["pulled"]

    def clean_sent_on(self) -> dt.date:
        """Refuse days that cannot be."""
        day: dt.date = self.cleaned_data["sent_on"]
        today = clock.today()
        if not today - dt.timedelta(days=_MOST_DAYS_AGO) <= day <= today:
            raise forms.ValidationError(_("発送日は、今日までの1か月のあいだの日を入力してください。"))
        return day


class HistoryForm(forms.Form):
    """Whose history of letters is wanted."""

    number = forms.CharField(
        label=_("カードの番号"),
        help_text=_("製造管理番号、申請書ID、スリーブのコードのどれかを入力するか、読み取ってください。"),
        max_length=40,
        widget=forms.TextInput({"class": "figures width-16", "autocomplete": "off", "data-scan-field": ""}),
        error_messages={"required": _("カードの番号を入力してください。")},
    )


class ClearForm(forms.Form):
    """Why printing may go on."""

    reason = forms.CharField(
        label=_("確かめた原因"),
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": _("確かめた原因を書いてください。")},
    )


class TextForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """The words of the notice."""

    class Meta:
        model = LetterText
        fields = TEXT_FIELDS
        widgets = {
            name: forms.Textarea({"rows": 3}) for name in ("section", "lead", "steps", "steps_by_staff", "bring", "notes", "contact")
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        for field in self.fields.values():
            field.error_messages["required"] = _("%(label)sを入力してください。") % {"label": field.label}
        self.fields["steps"].help_text = _("{public_url} と書いたところに、予約ページのアドレスが入ります。")
        self.fields["deadline_days"].help_text = _("印刷した日から数えます。14日から365日まで。")

    def clean_deadline_days(self) -> int:
        """Keep the deadline within what makes sense for people and for the exchange."""
        days: int = self.cleaned_data["deadline_days"]
        if not 14 <= days <= 365:
            raise forms.ValidationError(_("受取期限までの日数は、14から365までの数を入力してください。"))
        return days

    def text(self) -> NoticeText:
        """Return the words as entered."""
        return NoticeText(**{field.name: self.cleaned_data[field.name] for field in fields(NoticeText)})
