"""Forms of 代理予約: the time, what was asked to know the caller, who comes along, and moving a booking that stands."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.calendar.queries import Time
from madoguchi.booking.reservations.models import Booking
from madoguchi.booking.reservations.rules import REQUESTS
from madoguchi.kernel import numbers
from madoguchi.platform.ui.forms import CheckboxList, RadioList

# What staff may ask a caller, and what may stand in for it (BS-10). The codes stand in the operation log, never the answers.
QUESTIONS: Mapping[str, str | Promise] = MappingProxyType(
    {
        "letter": _("通知書の番号を読み上げてもらった"),
        "code": _("予約コードを読み上げてもらった"),
        "birthday": _("生月日"),
        "dispatch": _("発送番号"),
        "core": _("通知書なし：交付管理の職員が質問で本人を確かめ、予約用IDを聞いた"),
        "papers": _("窓口で本人確認書類を見た"),
    }
)
_MOST_MEMBERS = 9


def serials_in(text: str) -> list[str]:
    """Read booking numbers that stand one after another; raises ValidationError for what is none, or stands twice."""
    typed = [part for part in re.split(r"[\s,、]+", unicodedata.normalize("NFKC", text)) if part]
    if len(typed) > _MOST_MEMBERS:
        raise ValidationError(_("予約用IDは9人分まで入力できます。"))
    try:
        serials = [numbers.serial_number(part) for part in typed]
    except numbers.NumberError:
        raise ValidationError(_("予約用IDは9文字です（英字と数字3文字、数字6けた）。読み直してください。")) from None
    if len(set(serials)) != len(serials):
        raise ValidationError(_("同じ予約用IDが2回あります。"))
    return serials


class _TimeForm(forms.Form):
    """A time of a day; full ones stand there for those who may overbook, with a reason of its own."""

    slot = forms.ChoiceField(
        label=_("時間"),
        widget=RadioList(),
        error_messages={
            "required": _("時間を選んでください。"),
            "invalid_choice": _("選んだ時間は予約できなくなりました。選び直してください。"),
        },
    )
    overbook_reason = forms.CharField(
        label=_("定員を超える理由"),
        required=False,
        max_length=200,
        help_text=_("満員の時間を選んだときだけ入力します。操作記録に残ります。"),
        error_messages={"max_length": _("理由は200文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, times: Sequence[Time], may_overbook: bool, **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        field = self.fields["slot"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(time.slot), _named(time)) for time in times if time.bookable or may_overbook]
        self._full = {str(time.slot) for time in times if not time.bookable}
        if not (may_overbook and self._full):
            del self.fields["overbook_reason"]

    def clean(self) -> dict[str, Any]:
        """Ask for the reason where a full time was chosen, and forget it where none is needed."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        full = values.get("slot") in self._full
        if full and not values.get("overbook_reason"):
            self.add_error("overbook_reason", _("満員の時間です。定員を超える理由を入力してください。"))
        if not full:
            values["overbook_reason"] = ""
        return values


def _named(time: Time) -> str:
    when = {"hour": time.start.hour, "minute": f"{time.start:%M}", "free": time.free}
    words = _("%(hour)d時%(minute)s分（残り%(free)d）") if time.bookable else _("%(hour)d時%(minute)s分（満員。定員を超えて予約）")
    return words % when


class ProxyForm(_TimeForm):
    """代理予約: the time, how the person asked, what was checked, and who comes along."""

    source = forms.ChoiceField(
        label=_("受付の方法"),
        choices=[(Booking.Source.PHONE.value, _("電話")), (Booking.Source.STAFF.value, _("窓口"))],
        initial=Booking.Source.PHONE.value,
        widget=RadioList(),
        error_messages={"required": _("受付の方法を選んでください。"), "invalid_choice": _("受付の方法を選び直してください。")},
    )
    asked = forms.MultipleChoiceField(
        label=_("本人を確かめた方法"),
        required=False,
        choices=list(QUESTIONS.items()),
        widget=CheckboxList(),
        error_messages={"invalid_choice": _("確かめた方法を選び直してください。")},
    )
    reason = forms.CharField(
        label=_("確認したこと"),
        required=False,
        max_length=120,
        help_text=_("上にないことを確かめたとき。例：受付票を確認。お名前や住所は書かないでください。"),
        error_messages={"max_length": _("120文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    members = forms.CharField(
        label=_("いっしょに来る方の予約用ID"),
        required=False,
        max_length=200,
        help_text=_("ご家族など。2人以上は空白で区切ります。"),
        error_messages={"max_length": _("予約用IDは9人分まで入力できます。")},
        widget=forms.TextInput({"autocomplete": "off", "class": "figures", "spellcheck": "false"}),
    )
    email = forms.EmailField(
        label=_("メールアドレス"),
        required=False,
        max_length=254,
        error_messages={"invalid": _("メールアドレスの形が正しくありません。読み直すか、空欄にしてください。")},
        widget=forms.EmailInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    requests = forms.MultipleChoiceField(
        label=_("当日お手伝いが必要なこと"), required=False, choices=list(REQUESTS.items()), widget=CheckboxList()
    )
    field_order = ("slot", "overbook_reason", "source", "asked", "reason", "members", "email", "requests")

    def clean_members(self) -> list[str]:
        """Return the numbers in their plain form; raises ValidationError for what is none, or stands twice."""
        return serials_in(self.cleaned_data["members"])

    def clean(self) -> dict[str, Any]:
        """Ask for at least one thing by which the caller was known."""
        values = super().clean()
        if not values.get("asked") and not values.get("reason") and "reason" not in self.errors:
            self.add_error("asked", _("本人を確かめた方法を選ぶか、確認したことを入力してください。"))
        return values

    def checked(self) -> str:
        """Return what was checked as one sentence for the history of the booking."""
        asked = "・".join(str(words) for code, words in QUESTIONS.items() if code in self.cleaned_data["asked"])
        return "／".join(part for part in (asked, self.cleaned_data["reason"]) if part)[:200]


class CallerForm(_TimeForm):
    """The time of a visit that a form asks for, and how the person asked."""

    source = forms.ChoiceField(
        label=_("受付の方法"),
        choices=[(Booking.Source.PHONE.value, _("電話")), (Booking.Source.STAFF.value, _("窓口"))],
        initial=Booking.Source.PHONE.value,
        widget=RadioList(),
        error_messages={"required": _("受付の方法を選んでください。"), "invalid_choice": _("受付の方法を選び直してください。")},
    )
    field_order = ("slot", "overbook_reason", "source")


class MoveForm(_TimeForm):
    """Another time for a booking that stands, and why."""

    reason = forms.CharField(
        label=_("理由"),
        max_length=200,
        help_text=_("例：電話で本人から申し出。お名前や住所は書かないでください。"),
        error_messages={"required": _("理由を入力してください。"), "max_length": _("理由は200文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    field_order = ("slot", "overbook_reason", "reason")


class PartyForm(forms.Form):
    """Who comes with a booking that stands: those who stay, those who come along besides, and why."""

    staying = forms.MultipleChoiceField(
        label=_("来る方"),
        required=False,
        widget=CheckboxList(),
        help_text=_("来なくなった方の印を外します。"),
        error_messages={"invalid_choice": _("この予約の方ではありません。選び直してください。")},
    )
    coming = forms.CharField(
        label=_("加わる方の予約用ID"),
        required=False,
        max_length=200,
        help_text=_("2人以上は空白で区切ります。本人を確かめてから加えてください。"),
        error_messages={"max_length": _("予約用IDは9人分まで入力できます。")},
        widget=forms.TextInput({"autocomplete": "off", "class": "figures", "spellcheck": "false"}),
    )
    overbook_reason = forms.CharField(
        label=_("定員を超える理由"),
        required=False,
        max_length=200,
        help_text=_("空きが足りないときだけ入力します。操作記録に残ります。"),
        error_messages={"max_length": _("理由は200文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=_("理由"),
        max_length=200,
        help_text=_("例：電話で本人から申し出。お名前や住所は書かないでください。"),
        error_messages={"required": _("理由を入力してください。"), "max_length": _("理由は200文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, come: Sequence[str], limit: int, may_overbook: bool, **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        self._come, self._limit = tuple(come), limit
        field = self.fields["staying"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(serial, serial) for serial in come]
        field.initial = list(come)
        if not may_overbook:
            del self.fields["overbook_reason"]

    def clean_coming(self) -> list[str]:
        """Return the numbers of those who come along; raises ValidationError for what is none, or stands twice."""
        return serials_in(self.cleaned_data["coming"])

    def clean(self) -> dict[str, Any]:
        """Hold the party to its limit, to somebody, and to a change."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            party = values["party"] = list(dict.fromkeys([*values["staying"], *values["coming"]]))
            if not party:
                self.add_error("staying", _("だれも来ないときは、予約を取り消してください。"))
            elif len(party) > self._limit:
                self.add_error("coming", _("1件で予約できるのは%(limit)d人までです。分けて予約してください。") % {"limit": self._limit})
            elif set(party) == set(self._come):
                self.add_error("coming", _("何も変わっていません。来なくなった方の印を外すか、加わる方の予約用IDを入力してください。"))
        return values
