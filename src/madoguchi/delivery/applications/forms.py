"""Forms of the applications' pages."""

import datetime as dt
import unicodedata
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.applications.rules import MESSAGE_LENGTH, STAGE_NAMES, enough_to_search
from madoguchi.delivery.cards.forms import PAGE_IS_OLD
from madoguchi.delivery.cards.models import DeliveryPlace
from madoguchi.kernel.names import search_key
from madoguchi.kernel.numbers import NumberError, normalise_digits, refuse_individual_number
from madoguchi.platform import clock
from madoguchi.platform.ui.forms import DateBoxesField, RadioList

_WORDS = {"autocomplete": "off", "spellcheck": "false"}


class SearchForm(forms.Form):
    """予約番号 alone, or two things about the person (seed 002 Ⅲ.2R1). It is sent in the body and never stands in an address."""

    number = forms.CharField(
        label=_("予約番号"),
        max_length=20,
        required=False,
        error_messages={"max_length": _("予約番号が長すぎます。10けたの数字で入力してください。")},
        widget=forms.TextInput({**_WORDS, "class": "width-16 figures", "inputmode": "numeric", "data-scan-field": ""}),
    )
    name = forms.CharField(
        label=_("氏名またはフリガナ"),
        max_length=100,
        required=False,
        error_messages={"max_length": _("氏名が長すぎます。100文字以内で入力してください。")},
        widget=forms.TextInput(_WORDS),
    )
    born = DateBoxesField(label=_("生年月日"), required=False)
    address = forms.CharField(
        label=_("住所の一部"),
        max_length=200,
        required=False,
        error_messages={"max_length": _("住所が長すぎます。200文字以内で入力してください。")},
        widget=forms.TextInput(_WORDS),
    )
    telephone = forms.CharField(
        label=_("電話番号"),
        max_length=30,
        required=False,
        error_messages={"max_length": _("電話番号が長すぎます。30文字以内で入力してください。")},
        widget=forms.TextInput({**_WORDS, "class": "width-16 figures", "inputmode": "tel"}),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for a number, or for two things that are more than blanks."""
        terms = self.terms()
        personal = (terms["name"], terms["born"], terms["address"], terms["telephone"])
        if not self.errors and not terms["number"] and not enough_to_search(personal):
            raise ValidationError(_("予約番号か、氏名・生年月日・住所・電話番号のうち2つ以上を入力してください。"))
        return self.cleaned_data

    def terms(self) -> dict[str, str]:
        """Return what is searched for, empty where nothing searchable was typed."""
        typed = self.cleaned_data
        born = typed.get("born")
        return {
            "number": normalise_digits(typed.get("number") or ""),
            "name": str(typed.get("name") or "") if search_key(typed.get("name") or "") else "",
            "born": born.isoformat() if born else "",
            "address": str(typed.get("address") or "") if search_key(typed.get("address") or "") else "",
            "telephone": normalise_digits(typed.get("telephone") or ""),
        }


class _OfOneApplication(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, error_messages=PAGE_IS_OLD)


class StageForm(_OfOneApplication):
    """How far the office is."""

    stage = forms.ChoiceField(
        label=_("対応状況"),
        choices=[(stage.value, name) for stage, name in STAGE_NAMES.items()],
        widget=RadioList(),
        error_messages={"required": _("対応状況を選んでください。"), "invalid_choice": _("対応状況を選び直してください。")},
    )
    reason = forms.CharField(
        label=_("メモ"),
        max_length=200,
        required=False,
        help_text=_("履歴に残ります。申請者には見えません。"),
        error_messages={"max_length": _("メモが長すぎます。200文字以内で入力してください。")},
        widget=forms.TextInput(_WORDS),
    )


class MessageForm(_OfOneApplication):
    """A message to the applicant. It leaves for the Internet zone, so that it is no place for names."""

    text = forms.CharField(
        label=_("申請者へのメッセージ"),
        max_length=MESSAGE_LENGTH,
        help_text=_("申請者が予約を確かめる画面に出ます。インターネット側に置かれるため、氏名・住所・番号は書かないでください。"),
        error_messages={
            "required": _("メッセージを入力してください。"),
            "max_length": _("メッセージが長すぎます。200文字以内で入力してください。"),
        },
        widget=forms.Textarea({"rows": 3}),
    )

    def clean_text(self) -> str:
        """Refuse what could be a 個人番号."""
        text = str(self.cleaned_data["text"])
        try:
            refuse_individual_number(text)
        except NumberError:
            raise ValidationError(_("メッセージに個人番号と思われる12けたの数字があります。消してください。何も送っていません。")) from None
        return text


class _WithReason(_OfOneApplication):
    reason = forms.CharField(
        label=_("理由"),
        max_length=200,
        help_text=_("本人からの電話など。履歴に残ります。"),
        error_messages={"required": _("理由を入力してください。"), "max_length": _("理由が長すぎます。200文字以内で入力してください。")},
        widget=forms.TextInput(_WORDS),
    )


class CancelForm(_WithReason):
    """Why the booking is to be cancelled."""


class MoveForm(_WithReason):
    """Where and when the booking is to be moved to."""

    place = forms.ChoiceField(
        label=_("新しい場所"),
        error_messages={"required": _("新しい場所を選んでください。"), "invalid_choice": _("新しい場所を選び直してください。")},
    )
    day = DateBoxesField(label=_("新しい日"), error_messages={"required": _("新しい日を入力してください。")})
    start = forms.CharField(
        label=_("新しい開始時刻"),
        max_length=10,
        help_text=_("例：9:30。予約管理でその時間が空いていれば変更されます。"),
        error_messages={
            "required": _("新しい開始時刻を入力してください。"),
            "max_length": _("開始時刻は 9:30 のように入力してください。"),
        },
        widget=forms.TextInput({**_WORDS, "class": "width-8 figures"}),
    )

    def __init__(self, *args: Any, places: Sequence[DeliveryPlace], **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(place.code, place.name) for place in places]
        self.order_fields(["place", "day", "start", "reason", "version"])

    def clean_day(self) -> dt.date | None:
        """Refuse a day that has passed."""
        day: dt.date | None = self.cleaned_data["day"]
        if day is not None and day < clock.today():
            raise ValidationError(_("新しい日が過ぎています。今日からあとの日を入力してください。"))
        return day

    def clean_start(self) -> dt.time:
        """Read 9:30, ９：３０ or 09:30."""
        hour, _separator, minute = unicodedata.normalize("NFKC", self.cleaned_data["start"]).replace(" ", "").partition(":")
        try:
            return dt.time(int(hour), int(minute))
        except ValueError:
            raise ValidationError(_("開始時刻は 9:30 のように入力してください。")) from None
