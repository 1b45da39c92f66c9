"""Forms of the emergency stop, of the calls that it leaves to do, and of announcements."""

import datetime as dt
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.calendar.models import Place
from madoguchi.booking.desk.models import ContactAttempt, ContactTask
from madoguchi.booking.municipality.own_words import add_language_fields, language_values
from madoguchi.platform import clock
from madoguchi.platform.ui.forms import DateBoxesField, RadioList


class StopForm(forms.Form):
    """Where and when nobody can be received, why, and what the public and the people are told."""

    place = forms.ChoiceField(
        label=_("場所"),
        error_messages={"required": _("場所を選んでください。"), "invalid_choice": _("場所を選び直してください。")},
    )
    day_from = DateBoxesField(label=_("停止を始める日"), error_messages={"required": _("停止を始める日を入力してください。")})
    day_until = DateBoxesField(
        label=_("停止を終える日"),
        help_text=_("1日だけのときは同じ日を入力します。"),
        error_messages={"required": _("停止を終える日を入力してください。")},
    )
    reason = forms.CharField(
        label=_("理由"),
        max_length=100,
        help_text=_("記録に残ります。例：全国システムの障害"),
        error_messages={"required": _("理由を入力してください。"), "max_length": _("理由は100文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    text = forms.CharField(
        label=_("公開ページのお知らせ"),
        required=False,
        max_length=200,
        help_text=_("すべての公開ページの上に、停止を終える日まで出ます。空欄なら出しません。"),
        error_messages={"max_length": _("お知らせは200文字以内で入力してください。")},
        widget=forms.Textarea({"rows": 2}),
    )
    with_mails = forms.BooleanField(
        label=_("メールの登録がある方にメールを送る"), required=False, initial=True, help_text=_("外すと、全員が「連絡要」に入ります。")
    )

    def __init__(self, *args: Any, places: list[Place], everywhere: bool, **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*([("*", _("すべての場所"))] if everywhere else []), *((place.code, place.name) for place in places)]
        self._places = {place.code: place for place in places}
        add_language_fields(self, _("公開ページのお知らせ"))
        self.words: dict[str, str] = {}

    def clean_place(self) -> Place | None:
        """Return the place, None for all of them."""
        return self._places.get(self.cleaned_data["place"])

    def clean(self) -> dict[str, Any]:
        """Check that the days do not end before they begin."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        self.words = language_values(self)
        first, last = values.get("day_from"), values.get("day_until")
        if first and last and last < first:
            self.add_error("day_until", _("停止を終える日は、始める日以後の日にしてください。"))
        return values


class CountForm(forms.Form):
    """A costly act is confirmed by typing how many it hits (research: one look is not enough for a mass act)."""

    count = forms.CharField(
        label=_("件数の確認"),
        max_length=10,
        error_messages={"required": _("件数を入力してください。"), "max_length": _("件数は数字で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "numeric", "class": "width-4 figures"}),
    )

    def __init__(self, *args: Any, expected: int, **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        self._expected = expected
        self.fields["count"].help_text = _("間違いを防ぐため、対象の件数 %(number)d を入力してください。") % {"number": expected}

    def clean_count(self) -> int:
        """Return the number; raises ValidationError for any other than the one shown."""
        typed = unicodedata.normalize("NFKC", self.cleaned_data["count"]).strip()
        if typed != str(self._expected):
            raise ValidationError(_("対象は %(number)d 件です。件数を確かめて入力してください。") % {"number": self._expected})
        return self._expected


class ProposalForm(forms.Form):
    """Within how many days, and whether at other places, new times are looked for."""

    days = forms.ChoiceField(
        label=_("探す期間"),
        choices=[("7", _("7日以内")), ("14", _("14日以内")), ("30", _("30日以内")), ("60", _("60日以内"))],
        initial="14",
        error_messages={"required": _("期間を選んでください。"), "invalid_choice": _("期間を選び直してください。")},
    )
    other_places = forms.BooleanField(label=_("ほかの場所も探す"), required=False, help_text=_("カードを運ぶ必要があります。"))


class AttemptForm(forms.Form):
    """How an attempt to reach somebody went."""

    outcome = forms.ChoiceField(
        label=_("結果"),
        choices=[choice for choice in ContactAttempt.Outcome.choices if choice[0] != ContactAttempt.Outcome.DROPPED],
        widget=RadioList(),
        error_messages={"required": _("結果を選んでください。"), "invalid_choice": _("結果を選び直してください。")},
    )
    note = forms.CharField(
        label=_("メモ"),
        required=False,
        max_length=200,
        help_text=_("お名前、住所、電話番号は書かないでください。"),
        error_messages={"max_length": _("メモは200文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class TaskForm(forms.Form):
    """Put a booking on the list of people to be called."""

    cause = forms.ChoiceField(
        label=_("わけ"),
        choices=[
            (ContactTask.Cause.BACK.value, ContactTask.Cause.BACK.label),
            (ContactTask.Cause.MAIL.value, ContactTask.Cause.MAIL.label),
            (ContactTask.Cause.OTHER.value, ContactTask.Cause.OTHER.label),
        ],
        initial=ContactTask.Cause.BACK.value,
        widget=RadioList(),
        error_messages={"required": _("わけを選んでください。"), "invalid_choice": _("わけを選び直してください。")},
    )
    note = forms.CharField(
        label=_("伝えること"),
        max_length=200,
        help_text=_("お名前、住所、電話番号は書かないでください。"),
        error_messages={"required": _("伝えることを入力してください。"), "max_length": _("200文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    due = DateBoxesField(label=_("期限"), required=False, help_text=_("空欄なら今日です。"))


class AnnouncementForm(forms.Form):
    """A sentence above the public pages, with the days on which it stands there."""

    text = forms.CharField(
        label=_("お知らせ"),
        max_length=200,
        error_messages={"required": _("お知らせの文を入力してください。"), "max_length": _("お知らせは200文字以内で入力してください。")},
        widget=forms.Textarea({"rows": 2}),
    )
    is_urgent = forms.BooleanField(label=_("重要なお知らせとして目立たせる"), required=False)
    day_from = DateBoxesField(label=_("掲載を始める日"), required=False, help_text=_("空欄なら今すぐ出します。"))
    day_until = DateBoxesField(
        label=_("掲載を終える日"),
        help_text=_("この日の終わりまで出します。"),
        error_messages={"required": _("掲載を終える日を入力してください。")},
    )

    def __init__(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        add_language_fields(self, _("お知らせ"))
        self.words: dict[str, str] = {}

    def clean(self) -> dict[str, Any]:
        """Read the words of the other languages."""
        super().clean()
        self.words = language_values(self)
        return self.cleaned_data

    def period(self) -> tuple[dt.datetime, dt.datetime]:
        """Return the moments between which the sentence stands."""
        now, first, last = clock.now(), self.cleaned_data["day_from"], self.cleaned_data["day_until"]
        begins = dt.datetime.combine(first, dt.time(), tzinfo=now.tzinfo) if first else now
        return max(begins, now), dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), tzinfo=now.tzinfo)
