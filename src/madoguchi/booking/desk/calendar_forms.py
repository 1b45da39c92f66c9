"""Forms of the calendar's settings: hours, exceptions, closures, holidays, schedules, kinds of visit and their quotas (BS-02, BK-10)."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.calendar.models import (
    Closure,
    Holiday,
    KindQuota,
    OpeningException,
    OpeningRule,
    Place,
    Schedule,
    VisitKind,
)
from madoguchi.booking.desk.forms import FIGURES, ClockField, StoredForm
from madoguchi.platform.ui.forms import CheckboxList, DateBoxesField, RadioList
from madoguchi.platform.ui.languages import JAPANESE, LANGUAGES

WEEKS = [(1, _("第1")), (2, _("第2")), (3, _("第3")), (4, _("第4")), (5, _("第5"))]


def _figures(*names: str) -> dict[str, forms.Widget]:
    return {name: forms.TextInput({**FIGURES, "class": "figures width-4"}) for name in names}


class _HoursForm(StoredForm):
    """Hours and counters, of a weekday or of one day."""

    opens = ClockField(label=_("開始時刻"), help_text=_("例：9:00"))
    closes = ClockField(label=_("終了時刻"), help_text=_("最後の枠は、この時刻までに終わります。"))

    HOURS = ("opens", "closes", "slot_minutes", "counters_public", "counters_internal", "phone_limit")
    HELP = {
        "counters_public": _("市民がインターネットで予約できる数です。"),
        "counters_internal": _("職員だけが代理予約で使える数です。公開窓口数に加えます。"),
        "phone_limit": _("1枠のうち電話の代理予約に使える数です。空欄なら決めません。"),
    }

    def __init__(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        schedules = self.fields["schedule"]
        assert isinstance(schedules, forms.ModelChoiceField)
        schedules.empty_label = None
        if not Schedule.objects.exclude(pk=self.instance.schedule_id).exists():
            del self.fields["schedule"]

    def clean_slot_minutes(self) -> int:
        """Return the length of a slot; raises ValidationError outside 5 to 240 minutes."""
        return self.within("slot_minutes", 5, 240)

    def clean_counters_public(self) -> int:
        """Return the counters for citizens; raises ValidationError above 200."""
        return self.within("counters_public", 0, 200)

    def clean_counters_internal(self) -> int:
        """Return the further counters for staff; raises ValidationError above 200."""
        return self.within("counters_internal", 0, 200)

    def clean_phone_limit(self) -> int | None:
        """Return the places for the telephone; raises ValidationError above 400."""
        return None if self.cleaned_data["phone_limit"] is None else self.within("phone_limit", 0, 400)

    def clean(self) -> dict[str, Any]:
        """Check what only several boxes together can tell."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        opens, closes, minutes = values.get("opens"), values.get("closes"), values.get("slot_minutes")
        if opens and closes and opens >= closes:
            self.add_error("closes", _("終了時刻は、開始時刻より後にしてください。"))
        elif opens and closes and minutes and _minutes_between(opens, closes) < minutes:
            self.add_error("slot_minutes", _("開始時刻から終了時刻までに、1枠も入りません。短くしてください。"))
        if values.get("counters_public") == 0 and values.get("counters_internal") == 0:
            self.add_error("counters_public", _("公開窓口数か職員用窓口数の、どちらかを1以上にしてください。"))
        return values


def _minutes_between(opens: dt.time, closes: dt.time) -> int:
    return (closes.hour - opens.hour) * 60 + closes.minute - opens.minute


class RuleForm(_HoursForm):
    """開所規則: the hours of one weekday and how many counters serve them."""

    weeks = forms.TypedMultipleChoiceField(
        label=_("第何週"),
        choices=WEEKS,
        coerce=int,
        required=False,
        widget=CheckboxList(),
        help_text=_("第1・第3土曜日だけ開く、などのときに選びます。何も選ばなければ毎週です。"),
        error_messages={"invalid_choice": _("第1から第5までの中から選んでください。")},
    )
    valid_from = DateBoxesField(label=_("適用開始日"))
    valid_until = DateBoxesField(label=_("適用終了日"), required=False, help_text=_("空欄にすると、ずっと続きます。"))

    class Meta:
        model = OpeningRule
        fields = ("schedule", "weekday", "weeks", *_HoursForm.HOURS, "open_on_holidays", "open_at_year_end", "valid_from", "valid_until")
        help_texts = _HoursForm.HELP
        widgets = _figures("slot_minutes", "counters_public", "counters_internal", "phone_limit")

    def clean(self) -> dict[str, Any]:
        """Check that the rule does not end before it begins."""
        values = super().clean()
        begins, ends = values.get("valid_from"), values.get("valid_until")
        if begins and ends and ends < begins:
            self.add_error("valid_until", _("適用終了日は、適用開始日以後の日にしてください。"))
        return values


class ExceptionForm(_HoursForm):
    """臨時の開所: other hours on one day."""

    day = DateBoxesField(label=_("日"))

    class Meta:
        model = OpeningException
        fields = ("schedule", "day", *_HoursForm.HOURS, "reason")
        help_texts = {**_HoursForm.HELP, "reason": _("例：祝日の臨時開庁")}
        widgets = _figures("slot_minutes", "counters_public", "counters_internal", "phone_limit")


class ClosureForm(StoredForm):
    """休止日, of one place or of all."""

    place = forms.ModelChoiceField(Place.objects.all(), label=_("場所"), required=False, empty_label=_("すべての場所"))
    day_from = DateBoxesField(label=_("休止開始日"))
    day_until = DateBoxesField(label=_("休止終了日"), help_text=_("1日だけのときは、開始日と同じ日を入力します。"))

    class Meta:
        model = Closure
        fields = ("place", "day_from", "day_until", "reason")
        error_messages = {"reason": {"required": _("理由を入力してください。例：施設の点検")}}

    def clean(self) -> dict[str, Any]:
        """Check that the span does not end before it begins."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        begins, ends = values.get("day_from"), values.get("day_until")
        if begins and ends and ends < begins:
            self.add_error("day_until", _("休止終了日は、休止開始日以後の日にしてください。"))
        return values


class HolidayForm(StoredForm):
    """A holiday, a day of the year's end, of the national system's maintenance, or of the municipality's own."""

    day = DateBoxesField(label=_("日"))

    class Meta:
        model = Holiday
        fields = ("day", "name", "kind", "is_closed")
        help_texts = {
            "kind": _("全国システムの停止日は、臨時の開所がある場所も休みにします。"),
            "is_closed": _("外すと、名称は残したまま、ふだんの曜日と同じように開きます。"),
        }

    def __init__(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        if self.instance.pk:
            del self.fields["day"]

    def clean_day(self) -> dt.date:
        """Return the day; raises ValidationError when it has a name already."""
        day: dt.date = self.cleaned_data["day"]
        if Holiday.objects.filter(pk=day).exists():
            raise ValidationError(_("この日はすでに登録されています。一覧から開いて変えてください。"))
        return day


class ScheduleForm(StoredForm):
    """予約表: one set of times."""

    class Meta:
        model = Schedule
        fields = ("code", "name", "position")
        help_texts = {"code": _("半角の英小文字、数字、-、_ で20文字まで。後から変えません。"), "position": _("小さい数から順に並びます。")}
        error_messages = {"code": {"unique": _("このコードはすでに使われています。")}}
        widgets = {"code": forms.TextInput({"class": "width-16", "autocomplete": "off"}), **_figures("position")}

    def __init__(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        self.fields["position"].required = False
        if self.instance.pk:
            del self.fields["code"]

    def clean_position(self) -> int:
        """Return the position, 0 where none was given."""
        return self.cleaned_data["position"] or 0


class KindForm(StoredForm):
    """予約区分, with what it is called and how it is explained in each language."""

    class Meta:
        model = VisitKind
        fields = (
            *("code", "name", "schedule", "identification", "is_open", "minutes", "party_rule", "party_limit"),
            *("earliest_days_ahead", "latest_days_ahead", "counts", "cancel_days_before", "position"),
        )
        help_texts = {
            "code": _("半角の英小文字、数字、- で20文字まで。後から変えません。"),
            "schedule": _("同じ窓口を分け合う予約区分は、同じ予約表にします。窓口が別なら、予約表を分けます。"),
            "is_open": _("外すと、この予約区分の新しい予約を止めます。今ある予約はそのままです。"),
            "minutes": _("空欄なら1枠です。1枠より長いと、続きの枠も使います。"),
            "party_limit": _("1人だけにするときは1とします。"),
            "earliest_days_ahead": _("空欄なら、市区町村の設定のとおりです。"),
            "latest_days_ahead": _("空欄なら、市区町村の設定のとおりです。"),
            "cancel_days_before": _("空欄なら、市区町村の設定のとおりです。0なら当日の開始時刻までです。"),
            "position": _("小さい数から順に並びます。"),
        }
        error_messages = {"code": {"unique": _("このコードはすでに使われています。")}}
        widgets = {
            "code": forms.TextInput({"class": "width-16", "autocomplete": "off"}),
            "identification": RadioList(),
            "party_rule": RadioList(),
            **_figures("minutes", "party_limit", "earliest_days_ahead", "latest_days_ahead", "cancel_days_before", "position"),
        }

    def __init__(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        self.fields["position"].required = False
        counts = self.fields["counts"]
        assert isinstance(counts, forms.ChoiceField)
        counts.choices = [("", _("市区町村の設定のとおり")), *VisitKind.Counts.choices]
        identification = self.fields["identification"]
        assert isinstance(identification, forms.ChoiceField)
        identification.choices = VisitKind.Identification.choices
        schedule = self.fields["schedule"]
        assert isinstance(schedule, forms.ModelChoiceField)
        schedule.empty_label = None
        if self.instance.pk:
            del self.fields["code"]
        texts = {text.language: text for text in self.instance.texts.all()} if self.instance.pk else {}
        for language in LANGUAGES:
            known = texts.get(language.code)
            if language.code != JAPANESE:
                self.fields[f"name_{language.code}"] = forms.CharField(
                    label=_("名称（%(language)s）") % {"language": language.name},
                    max_length=120,
                    required=False,
                    initial=known.name if known else "",
                )
            self.fields[f"description_{language.code}"] = forms.CharField(
                label=_("説明（%(language)s）") % {"language": language.name},
                max_length=400,
                required=False,
                initial=known.description if known else "",
                widget=forms.Textarea({"rows": 2}),
            )

    def clean_position(self) -> int:
        """Return the position, 0 where none was given."""
        return self.cleaned_data["position"] or 0

    def texts(self) -> dict[str, tuple[str, str]]:
        """Return name and description by language; the Japanese name is the kind's own."""
        values = self.cleaned_data
        return {
            language.code: (values.get(f"name_{language.code}", ""), values.get(f"description_{language.code}", ""))
            for language in LANGUAGES
        }


class QuotaForm(StoredForm):
    """1日の枠数の上限."""

    place = forms.ModelChoiceField(Place.objects.all(), label=_("場所"), required=False, empty_label=_("それぞれの場所"))

    class Meta:
        model = KindQuota
        fields = ("place", "days", "allowed", "free_days_before")
        help_texts = {
            "days": _("土日・祝日の上限は、平日や毎日の上限より先に使います。"),
            "free_days_before": _("例：土曜日の枠を取り置き、7日前にすべて開くなら7とします。空欄なら解きません。"),
        }
        widgets = _figures("allowed", "free_days_before")
