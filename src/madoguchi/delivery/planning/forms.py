"""The form of a proposal."""

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.planning.proposing import MOST_COUNTERS, MOST_NOTICES, MOST_PLACES
from madoguchi.platform.ui.forms import CheckboxList

WEEKDAYS = [(0, _("月")), (1, _("火")), (2, _("水")), (3, _("木")), (4, _("金")), (5, _("土")), (6, _("日"))]


def _number(label: object, low: int, high: int, start: int, **more: object) -> forms.IntegerField:
    wrong = _("%(low)d から %(high)d までの数字で入力してください。") % {"low": low, "high": high}
    return forms.IntegerField(
        label=label,  # type: ignore[arg-type]  # a lazy text
        min_value=low,
        max_value=high,
        initial=start,
        error_messages={"required": wrong, "invalid": wrong, "min_value": wrong, "max_value": wrong},
        widget=forms.NumberInput({"class": "width-4"}),
        **more,  # type: ignore[arg-type]
    )


class ProposalForm(forms.Form):
    """Opening rules and notice waves to be tried, and in which world."""

    name = forms.CharField(
        label=_("案の名前"),
        max_length=60,
        error_messages={"required": _("案の名前を入力してください。"), "max_length": _("名前は60文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off", "class": "width-16"}),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("開く曜日"),
        choices=WEEKDAYS,
        coerce=int,
        initial=[0, 1, 2, 3, 4],
        widget=CheckboxList(),
        error_messages={"required": _("開く曜日を一つ以上選んでください。"), "invalid_choice": _("開く曜日を選び直してください。")},
    )
    open_minutes = _number(_("一日に開く時間（分）"), 30, 900, 390)
    slot_minutes = _number(_("一枠の長さ（分）"), 5, 120, 30)
    places_a_slot = _number(_("一枠の人数"), 1, MOST_PLACES, 3)
    counters = _number(_("窓口の数"), 1, MOST_COUNTERS, 3)
    notices_a_day = _number(_("一日に出す通知の数"), 0, MOST_NOTICES, 50)
    days_to_ready = _number(_("到着から通知できるまでの日数"), 0, 60, 3)
    walk_ins_per_hour = _number(_("予約なしで来る人（1時間あたり）"), 0, 100, 0)
    arrivals_percent = _number(_("到着の見込み（過去8週間の何%か）"), 0, 1000, 100)
    target_minutes = _number(_("待ち時間の目標（分、10人に9人まで）"), 1, 240, 15)
    days = _number(_("試算する日数"), 1, 120, 60)
    runs = _number(_("繰返しの数"), 2, 200, 30, help_text=_("多いほど確かですが、時間がかかります。"))
    seed = _number(_("乱数の種"), 0, 2_000_000_000, 1, help_text=_("同じ種なら、いつ試算しても同じ結果になります。"))

    def clean(self) -> dict[str, object]:
        """See to it that a slot fits in the day."""
        length, slot = self.cleaned_data.get("open_minutes"), self.cleaned_data.get("slot_minutes")
        if length and slot and slot > length:
            self.add_error("slot_minutes", _("一枠の長さは、一日に開く時間より短くしてください。"))
        return self.cleaned_data
