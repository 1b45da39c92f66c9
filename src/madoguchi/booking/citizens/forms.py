"""The questions of the public pages, one form for each page."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.calendar.models import Place
from madoguchi.booking.calendar.queries import Time
from madoguchi.booking.reservations.rules import REQUESTS
from madoguchi.platform.ui.forms import CheckboxList, RadioList
from madoguchi.platform.ui.languages import time_in_words

NUMBER_BOX = {"autocomplete": "off", "spellcheck": "false"}
MANY_TIMES = 8


class IdentifyForm(forms.Form):
    """予約用ID, 生月日 and, where the municipality uses it, 予約コード, taken as typed; what is wrong is never said (BK-01, 02)."""

    booking_id = forms.CharField(
        label=_("予約用ID"),
        max_length=60,
        help_text=_("交付通知書や交付案内に書かれている、数字とアルファベット9文字です。ハイフンや空白は、あってもなくてもかまいません。"),
        error_messages={"required": _("予約用IDを入力してください。"), "max_length": _("予約用IDが長すぎます。9文字で入力してください。")},
        widget=forms.TextInput({**NUMBER_BOX, "class": "width-16 figures", "autocapitalize": "characters"}),
    )
    birthday = forms.CharField(
        label=_("生月日"),
        max_length=20,
        help_text=_("生まれた月と日を4けたの数字で入力してください。9月8日なら 0908 です。"),
        error_messages={
            "required": _("生月日を入力してください。"),
            "max_length": _("生月日が長すぎます。4けたの数字で入力してください。"),
        },
        widget=forms.TextInput({**NUMBER_BOX, "class": "width-8 figures", "inputmode": "numeric"}),
    )
    code = forms.CharField(
        label=_("予約コード"),
        max_length=60,
        help_text=_("交付案内に書かれている8けたの数字です。"),
        error_messages={
            "required": _("予約コードを入力してください。"),
            "max_length": _("予約コードが長すぎます。8けたの数字で入力してください。"),
        },
        widget=forms.TextInput({**NUMBER_BOX, "class": "width-16 figures", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, uses_codes: bool, **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        if not uses_codes:
            del self.fields["code"]
        self.order_fields(["booking_id", "code", "birthday"])


class PlaceForm(forms.Form):
    """受け取る場所, each with its address and the first day that is free."""

    place = forms.ChoiceField(
        label=_("受け取る場所を選んでください"),
        error_messages={
            "required": _("受け取る場所を選んでください。"),
            "invalid_choice": _("この場所では受け取れません。場所を選び直してください。"),
        },
    )

    def __init__(self, *args: Any, places: Sequence[Place], lines: Mapping[str, str], **values: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **values)
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)
        field.widget = RadioList(help_texts=lines)
        field.choices = [(place.code, place.name) for place in places]
        if len(places) == 1:
            field.initial = places[0].code


class TimeForm(forms.Form):
    """The times of one day that can be taken."""

    slot = forms.ChoiceField(
        label=_("時間を選んでください"),
        widget=RadioList(),
        error_messages={
            "required": _("時間を選んでください。"),
            "invalid_choice": _("選んだ時間は予約できません。時間を選び直してください。"),
        },
    )

    def __init__(self, *args: Any, times: Sequence[Time], **values: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **values)
        field = self.fields["slot"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = _by_half_day([time for time in times if time.bookable])


def _by_half_day(times: Sequence[Time]) -> list[Any]:
    rows = [(str(time.slot), _("%(time)s（残り%(free)d）") % {"time": time_in_words(time.start), "free": time.free}) for time in times]
    if len(rows) <= MANY_TIMES:
        return rows
    morning = [row for row, time in zip(rows, times, strict=True) if time.start.hour < 12]
    afternoon = [row for row, time in zip(rows, times, strict=True) if time.start.hour >= 12]
    return [group for group in ((_("午前"), morning), (_("午後"), afternoon)) if group[1]]


class ContactForm(forms.Form):
    """Whether a mail is wanted, and what help on the day; nothing chosen means no mail and no help."""

    email = forms.EmailField(
        label=_("メールアドレス"),
        required=False,
        max_length=254,
        help_text=_("予約完了のメールと予定表ファイルを送ります。入力しなくても予約できます。受け取りが済むと消去します。"),
        error_messages={
            "invalid": _("メールアドレスの形が正しくありません。「name@example.jp」のように入力するか、空欄にしてください。"),
            "max_length": _("メールアドレスが長すぎます。254文字以内で入力するか、空欄にしてください。"),
        },
        widget=forms.EmailInput({"autocomplete": "email", "spellcheck": "false"}),
    )
    requests = forms.MultipleChoiceField(
        label=_("当日お手伝いが必要なこと"),
        required=False,
        choices=list(REQUESTS.items()),
        widget=CheckboxList(),
        error_messages={"invalid_choice": _("選べない項目が含まれています。選び直してください。")},
    )
