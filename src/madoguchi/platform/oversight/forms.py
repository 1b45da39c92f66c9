"""Forms of the auditors' tools."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.platform import clock
from madoguchi.platform.audit.forms import ONLY_NAMES, day_field
from madoguchi.platform.audit.queries import Wanted
from madoguchi.platform.oversight.log_export import LARGEST_UPLOAD
from madoguchi.platform.oversight.queries import LONGEST_DAYS
from madoguchi.platform.oversight.rules import Thresholds
from madoguchi.platform.oversight.wording import RULES

_WEEK = dt.timedelta(days=6)
_MOST = 1_000_000


class _Period(forms.Form):
    """Two days; without them the last seven."""

    first = day_field(_("日付(から)"))
    last = day_field(_("日付(まで)"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        last = cleaned.get("last") or clock.today()
        first = cleaned.get("first") or last - _WEEK
        if first > last:
            self.add_error("last", _("「まで」の日付が「から」より前です。日付を確かめてください。"))
        elif (last - first).days >= LONGEST_DAYS:
            self.add_error("first", _("一度に選べるのは31日分までです。期間を短くしてください。"))
        return {**cleaned, "first": first, "last": last}


def _user() -> forms.CharField:
    return forms.CharField(label=_("利用者ID"), max_length=64, required=False, widget=forms.TextInput({"autocomplete": "off"}))


class UseFilter(_Period):
    """Whose use is counted, and when."""

    user_id = _user()


class FindingFilter(forms.Form):
    """Which findings are listed."""

    state = forms.ChoiceField(
        label=_("確認"), required=False, choices=[("", _("まだのもの")), ("signed", _("済んだもの")), ("all", _("すべて"))]
    )
    rule = forms.ChoiceField(
        label=_("種類"), required=False, choices=[("", _("すべて")), *((rule.value, words.name) for rule, words in RULES.items())]
    )
    user_id = _user()


class ExamineForm(forms.Form):
    """The day to examine once more."""

    day = day_field(_("点検する日"), missing=_("点検する日を入力してください。"))


class SignOffForm(forms.Form):
    """What a finding was."""

    note = forms.CharField(
        label=_("確かめたこと"),
        help_text=_("だれに何を聞き、何だったか。市民の氏名や住所は書きません。"),
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": _("確かめたことを入力してください。"), "max_length": _("500文字以内で入力してください。")},
    )


def _count(label: object, why: object = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,  # type: ignore[arg-type]  # a lazy text
        help_text=why,  # type: ignore[arg-type]  # a lazy text
        min_value=0,
        max_value=_MOST,
        widget=forms.TextInput({"class": "figures width-8", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": _("数を入力してください。使わないときは 0 にします。"),
            "invalid": _("数字だけで入力してください。"),
            "min_value": _("0 以上の数にしてください。"),
            "max_value": _("1,000,000 以下の数にしてください。"),
        },
    )


def _time(label: object) -> forms.TimeField:
    return forms.TimeField(
        label=label,  # type: ignore[arg-type]  # a lazy text
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        error_messages={"required": _("時刻を入力してください。"), "invalid": _("時刻は 08:00 のように入力してください。")},
    )


class ThresholdsForm(forms.Form):
    """From how much on each rule speaks, from a day on."""

    since = day_field(_("適用日"), missing=_("適用日を入力してください。"))
    opens = _time(_("業務の始まり"))
    closes = _time(_("業務の終わり"))
    outside = _count(
        _("業務時間の外の閲覧（回から）"), _("土日祝日と年末年始は、一日中が業務時間の外です。0 にすると、この点検をしません。")
    )
    own_times = _count(_("本人のふだんの何倍から"))
    own_least = _count(_("本人のふだんより多い閲覧（少なくとも何回から）"), _("前の28日の、使った日の平均と比べます。0 で点検をしません。"))
    peer_times = _count(_("同じ役割の人の何倍から"))
    peer_least = _count(
        _("同じ役割の人より多い閲覧（少なくとも何回から）"), _("その日の、ほかの人の真ん中の値と比べます。0 で点検をしません。")
    )
    idle = _count(_("処理のない記録の閲覧（件から）"), _("0 で点検をしません。"))
    repeated = _count(_("同じ記録の繰り返しの閲覧（回から）"), _("0 で点検をしません。"))
    protected = _count(_("支援措置の記録の閲覧（回から）"), _("0 で点検をしません。"))
    bulk = _count(_("大量の出力（件から）"), _("0 で点検をしません。"))
    refused = _count(_("拒否された操作の繰り返し（回から）"), _("0 で点検をしません。"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        opens, closes = cleaned.get("opens"), cleaned.get("closes")
        if opens and closes and closes <= opens:
            self.add_error("closes", _("業務の終わりは、始まりより後にしてください。"))
        for name in ("own_times", "peer_times"):
            if cleaned.get(name) == 0:
                self.add_error(name, _("1 以上の数にしてください。"))
        return cleaned

    def thresholds(self) -> Thresholds:
        """Return what the valid form says."""
        return Thresholds(**{name: value for name, value in self.cleaned_data.items() if name != "since"})


class ExportForm(_Period):
    """What is exported, and what for."""

    first = day_field(_("日付(から)"), missing=_("はじめの日を入力してください。"))
    last = day_field(_("日付(まで)"), missing=_("終わりの日を入力してください。"))
    user_id = _user()
    only = forms.ChoiceField(label=_("閲覧・出力の種類"), required=False, choices=ONLY_NAMES)
    purpose = forms.CharField(
        label=_("目的"),
        help_text=_("例：令和8年度の内部監査"),
        max_length=200,
        error_messages={"required": _("目的を入力してください。"), "max_length": _("200文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def wanted(self) -> Wanted:
        """Return what the valid form asks for."""
        return Wanted(**{name: self.cleaned_data[name] for name in ("first", "last", "user_id", "only")})


class CheckForm(forms.Form):
    """An exported package that is to be checked."""

    package = forms.FileField(
        label=_("書き出したファイル（zip）"),
        error_messages={"required": _("ファイルを選んでください。"), "empty": _("ファイルが空です。選び直してください。")},
    )

    def clean_package(self) -> Any:  # noqa: ANN401 Django's uploaded file
        """See to it that the file is not larger than an export can be."""
        package = self.cleaned_data["package"]
        if package.size > LARGEST_UPLOAD:
            raise forms.ValidationError(_("ファイルが大きすぎます。操作記録の書き出しを選んでください。"))
        return package
