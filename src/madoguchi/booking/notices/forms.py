"""Forms of the staff pages of mail."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.calendar.models import Place
from madoguchi.booking.notices.kinds import Kind
from madoguchi.booking.notices.models import Mail
from madoguchi.booking.notices.placeholders import faults, normalised
from madoguchi.booking.notices.queries import RETURNED, Sought
from madoguchi.platform import clock
from madoguchi.platform.ui.forms import DayField

DAYS_SHOWN = 7
_DATE = {"type": "date"}


class LogForm(forms.Form):
    """Which mails of the send log; what cannot be read limits nothing."""

    day_from = DayField(label=_("はじめの日"), required=False, widget=forms.DateInput(_DATE, format="%Y-%m-%d"))
    day_until = DayField(label=_("終わりの日"), required=False, widget=forms.DateInput(_DATE, format="%Y-%m-%d"))
    kind = forms.ChoiceField(label=_("種類"), required=False, choices=[("", _("すべて")), *Kind.choices])
    state = forms.ChoiceField(
        label=_("状態"), required=False, choices=[("", _("すべて")), *Mail.State.choices, (RETURNED, _("届かなかった"))]
    )
    place = forms.ChoiceField(label=_("場所"), required=False)

    def __init__(self, *args: Any, places: list[Place], **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("すべて")), *((place.code, place.name) for place in places)]

    def sought(self, places: frozenset[str] | None) -> Sought:
        """Return what is asked for, within the person's data range."""
        self.is_valid()
        given, today = self.cleaned_data, clock.today()
        until = given.get("day_until") or today
        since = given.get("day_from") or until - dt.timedelta(days=DAYS_SHOWN - 1)
        return Sought(
            day_from=min(since, until),
            day_until=max(since, until),
            kind=given.get("kind", ""),
            state=given.get("state", ""),
            place=given.get("place", ""),
            places=places,
        )


class TextForm(forms.Form):
    """Subject and body of a mail, with placeholders of a closed list; `version` is the version that the author has before them."""

    subject = forms.CharField(
        label=_("件名"),
        max_length=120,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("件名を入力してください。"), "max_length": _("件名は120文字以内で入力してください。")},
    )
    body = forms.CharField(
        label=_("本文"),
        max_length=4000,
        strip=False,
        help_text=_("差し込み項目は {予約番号} のように波かっこで書きます。使える項目は下の一覧にあります。"),
        widget=forms.Textarea({"rows": 22}),
        error_messages={"required": _("本文を入力してください。"), "max_length": _("本文は4,000文字以内で入力してください。")},
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput())

    def __init__(self, *args: Any, kind: Kind, **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        self.kind = kind

    def clean(self) -> dict[str, Any]:
        """Refuse unknown, misplaced and missing placeholders, each with what to do."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if "subject" in values and "body" in values:
            values["subject"] = " ".join(normalised(values["subject"]).split())
            values["body"] = normalised(values["body"])
            for field, words in faults(self.kind, values["subject"], values["body"]):
                self.add_error(field, ValidationError(str(words)))
        return values


class TrialForm(forms.Form):
    """To which address a mail with sample facts goes. It is kept nowhere."""

    address = forms.EmailField(
        label=_("ご自分のメールアドレス"),
        max_length=254,
        help_text=_("見本の内容で1通送ります。アドレスは記録しません。"),
        error_messages={
            "required": _("試し送りの宛先を入力してください。"),
            "invalid": _("メールアドレスを、name@example.jp のような形で入力してください。"),
            "max_length": _("メールアドレスが長すぎます。"),
        },
        widget=forms.EmailInput({"autocomplete": "email", "spellcheck": "false"}),
    )
