"""Which part of the operation log is wanted."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.platform import clock
from madoguchi.platform.audit.processes import ProcessClass, Result
from madoguchi.platform.audit.queries import Wanted
from madoguchi.platform.ui.forms import DayField

CLASS_NAMES = {
    ProcessClass.SIGN_IN: _("ログイン"),
    ProcessClass.VIEW: _("表示"),
    ProcessClass.SEARCH: _("検索"),
    ProcessClass.CHANGE: _("変更"),
    ProcessClass.APPROVE: _("承認"),
    ProcessClass.IMPORT: _("取込"),
    ProcessClass.EXPORT: _("出力"),
    ProcessClass.PRINT: _("印刷"),
    ProcessClass.ADMINISTER: _("管理"),
    ProcessClass.AUTOMATIC: _("自動処理"),
}
RESULT_NAMES = {Result.DONE: _("完了"), Result.REFUSED: _("拒否"), Result.FAILED: _("失敗")}
ONLY_NAMES = [
    ("", _("すべて")),
    ("one", _("一人の個人情報の閲覧")),
    ("list", _("一覧の閲覧")),
    ("reveal", _("伏せ字を外した閲覧")),
    ("output", _("出力と印刷")),
]
_LONGEST = dt.timedelta(days=366)


def day_field(label: Any, *, missing: Any = "") -> forms.DateField:  # noqa: ANN401 words, translated when shown
    """Return the field of a day; with words for `missing` it has to be filled in."""
    return DayField(
        label=label,
        required=bool(missing),
        input_formats=["%Y-%m-%d"],
        error_messages={"required": missing, "invalid": _("日付は 2026-11-21 のように入力してください。")},
        widget=forms.DateInput({"type": "date"}),
    )


_LAST_WEEK = dt.timedelta(days=6)


class OutputFilter(forms.Form):
    """Filter of the outputs; without dates it shows the last seven days."""

    first = day_field(_("日付(から)"))
    last = day_field(_("日付(まで)"))
    user_id = forms.CharField(label=_("利用者ID"), max_length=64, required=False, widget=forms.TextInput({"autocomplete": "off"}))
    kind = forms.ChoiceField(
        label=_("区分"),
        required=False,
        choices=[("", _("すべて")), *((one.value, CLASS_NAMES[one]) for one in (ProcessClass.EXPORT, ProcessClass.PRINT))],
    )
    process = forms.ChoiceField(label=_("出力したもの"), required=False)

    def __init__(self, *args: Any, names: Mapping[str, str], **kwargs: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **kwargs)
        self.fields["process"].choices = [("", _("すべて")), *names.items()]  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        last = cleaned.get("last") or clock.today()
        first = cleaned.get("first") or last - _LAST_WEEK
        _check_span(self, first, last)
        return {**cleaned, "first": first, "last": last}

    def wanted(self) -> Wanted:
        """Return what the valid form asks for."""
        return Wanted(**{name: self.cleaned_data[name] for name in ("first", "last", "user_id", "process", "kind")})


def _check_span(form: forms.Form, first: dt.date, last: dt.date) -> None:
    if first > last:
        form.add_error("last", _("「まで」の日付が「から」より前です。日付を確かめてください。"))
    elif last - first > _LONGEST:
        form.add_error("first", _("一度に表示できるのは1年分までです。期間を短くしてください。"))


class EventFilter(forms.Form):
    """Filter of the log; without dates it shows today."""

    first = day_field(_("日付(から)"))
    last = day_field(_("日付(まで)"))
    user_id = forms.CharField(label=_("利用者ID"), max_length=64, required=False, widget=forms.TextInput({"autocomplete": "off"}))
    kind = forms.ChoiceField(
        label=_("処理分類"),
        required=False,
        choices=[("", _("すべて")), *((kind.value, name) for kind, name in CLASS_NAMES.items())],
    )
    process = forms.CharField(
        label=_("処理コード"), max_length=64, required=False, widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
    )
    subject = forms.CharField(
        label=_("対象"), max_length=100, required=False, widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
    )
    result = forms.ChoiceField(
        label=_("結果"), required=False, choices=[("", _("すべて")), *((one.value, name) for one, name in RESULT_NAMES.items())]
    )
    only = forms.ChoiceField(label=_("閲覧・出力の種類"), required=False, choices=ONLY_NAMES)

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        today = clock.today()
        last = cleaned.get("last") or max(today, cleaned.get("first") or today)
        first = cleaned.get("first") or last
        _check_span(self, first, last)
        return {**cleaned, "first": first, "last": last}

    def wanted(self) -> Wanted:
        """Return what the valid form asks for."""
        return Wanted(
            **{name: self.cleaned_data[name] for name in ("first", "last", "user_id", "process", "kind", "subject", "result", "only")}
        )
