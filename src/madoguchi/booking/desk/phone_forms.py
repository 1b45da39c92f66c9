"""Forms of 電話受付: what was asked, the time of the picker, calling back, the result, and the list of results."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.desk.models import WrapUp
from madoguchi.booking.desk.proxy_forms import QUESTIONS, ProxyForm
from madoguchi.booking.reservations.models import Booking
from madoguchi.platform import clock
from madoguchi.platform.ui.forms import CheckboxList, DayField, RadioList

PHONE_QUESTIONS = {code: words for code, words in QUESTIONS.items() if code != "papers"}


class AskedForm(forms.Form):
    """本人確認: the questions that were asked, and those whose answers were right; never an answer."""

    asked = forms.MultipleChoiceField(
        label=_("聞いたこと"),
        required=False,
        choices=list(PHONE_QUESTIONS.items()),
        widget=CheckboxList(),
        error_messages={"invalid_choice": _("聞いたことを選び直してください。")},
    )
    right = forms.MultipleChoiceField(
        label=_("合っていたこと"),
        required=False,
        choices=list(PHONE_QUESTIONS.items()),
        widget=CheckboxList(),
        error_messages={"invalid_choice": _("合っていたことを選び直してください。")},
    )


class PickForm(ProxyForm):
    """The time of a call's booking; how the caller was known stands with the call."""

    def __init__(self, *args: Any, right: list[str], moves: bool, **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        self._right = right
        for name in ("source", "asked", "reason", *(("members", "email", "requests") if moves else ())):
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Hold a booking until the caller is known by at least one right answer."""
        self.cleaned_data |= {"asked": self._right, "reason": "", "source": Booking.Source.PHONE.value}
        values = super().clean() if self._right else self.cleaned_data
        if not self._right:
            self.add_error(None, _("本人確認がまだです。まん中の欄で、合っていたことに印を付けて記録してください。"))
        return values

    def clean_members(self) -> list[str]:
        """Return the numbers of those who come along."""
        return super().clean_members() if "members" in self.fields else []


class CallBackForm(forms.Form):
    """When and about what the caller is called back."""

    note = forms.CharField(
        label=_("伝えること"),
        max_length=200,
        help_text=_("お名前、住所、電話番号は書かないでください。"),
        error_messages={"required": _("伝えることを入力してください。"), "max_length": _("200文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    day = DayField(
        label=_("折り返す日"),
        required=False,
        help_text=_("空欄なら今日です。"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )

    def clean_day(self) -> object:
        """Return the day, today when none was given; raises ValidationError for a day that is over."""
        day = self.cleaned_data["day"] or clock.today()
        if day < clock.today():
            raise forms.ValidationError(_("折り返す日は、今日以後の日にしてください。"))
        return day


class EndForm(forms.Form):
    """通話の結果."""

    wrap_up = forms.ModelChoiceField(
        queryset=WrapUp.objects.none(),
        label=_("通話の結果"),
        empty_label=None,
        widget=RadioList(),
        error_messages={"required": _("通話の結果を選んでください。"), "invalid_choice": _("通話の結果を選び直してください。")},
    )

    def __init__(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        self.fields["wrap_up"].queryset = WrapUp.objects.filter(is_open=True)  # type: ignore[attr-defined]  # a field of models


class DayOfForm(forms.Form):
    """The day of a booking whose number the caller does not have at hand."""

    day = DayField(
        label=_("予約の日"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("予約の日を入力してください。")},
    )


class WrapUpForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """One result of calls."""

    class Meta:
        model = WrapUp
        fields = ("name", "position", "is_open")
        error_messages = {
            "name": {"required": _("名前を入力してください。"), "unique": _("同じ名前がすでにあります。")},
            "position": {"required": _("並び順を入力してください。"), "invalid": _("並び順は数字で入力してください。")},
        }
