"""The questions of the public pages, one form for each page."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.calendar.models import Place
from madoguchi.booking.calendar.queries import Time
from madoguchi.booking.municipality.own_words import place_name
from madoguchi.booking.reservations.rules import LONGEST_WISH, REQUESTS
from madoguchi.booking.reservations.services import Wanted
from madoguchi.platform.ui.forms import CheckboxList, DateBoxesField, RadioList
from madoguchi.platform.ui.languages import time_in_words

NUMBER_BOX = {"autocomplete": "off", "spellcheck": "false"}
MANY_TIMES = 8


class BirthdayForm(forms.Form):
    """生月日 alone: the rest has been proved by a link that was mailed."""

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
        field.choices = [(place.code, place_name(place.name)) for place in places]
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


class DayForm(forms.Form):
    """A date by figures, for whoever knows it by heart."""

    day = DateBoxesField(label=_("日付"), help_text=_("例：2026年12月3日"))


WEEKDAYS: Mapping[int, str | Promise] = {
    0: _("月曜日"),
    1: _("火曜日"),
    2: _("水曜日"),
    3: _("木曜日"),
    4: _("金曜日"),
    5: _("土曜日"),
    6: _("日曜日"),
}
NOON = dt.time(12)
HALF_DAYS: Mapping[str, tuple[str | Promise, dt.time, dt.time]] = {
    "any": (_("いつでもよい"), dt.time(0), dt.time(23, 59)),
    "morning": (_("午前"), dt.time(0), NOON),
    "afternoon": (_("午後"), NOON, dt.time(23, 59)),
}


class AddressForm(forms.Form):
    """The mail address of a booking that has none, or a wrong one."""

    email = forms.EmailField(
        label=_("メールアドレス"),
        max_length=254,
        error_messages={
            "required": _("メールアドレスを入力してください。"),
            "invalid": _("メールアドレスの形が正しくありません。「name@example.jp」のように入力してください。"),
            "max_length": _("メールアドレスが長すぎます。254文字以内で入力してください。"),
        },
        widget=forms.EmailInput({"autocomplete": "email", "spellcheck": "false"}),
    )


class WishForm(forms.Form):
    """What somebody waits for: nothing chosen means any place, any day of the week and any time within the days that can be booked."""

    first_day = DateBoxesField(label=_("いつから"), required=False, help_text=_("空欄なら、予約できる最初の日から待ちます。"))
    last_day = DateBoxesField(label=_("いつまで"), required=False, help_text=_("空欄なら、予約できる最後の日まで待ちます。"))
    places = forms.MultipleChoiceField(
        label=_("場所"),
        required=False,
        help_text=_("選ばないときは、どの場所でもかまいません。"),
        widget=CheckboxList(),
        error_messages={"invalid_choice": _("選べない場所が含まれています。選び直してください。")},
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("曜日"),
        required=False,
        choices=list(WEEKDAYS.items()),
        coerce=int,
        help_text=_("選ばないときは、どの曜日でもかまいません。"),
        widget=CheckboxList(),
        error_messages={"invalid_choice": _("選べない曜日が含まれています。選び直してください。")},
    )
    hours = forms.ChoiceField(
        label=_("時間帯"),
        choices=[(code, words) for code, (words, _first, _last) in HALF_DAYS.items()],
        initial="any",
        widget=RadioList(),
        error_messages={"required": _("時間帯を選んでください。"), "invalid_choice": _("選べない時間帯です。選び直してください。")},
    )
    email = forms.EmailField(
        label=_("メールアドレス"),
        required=False,
        max_length=254,
        help_text=_("空きが出たときにメールでお知らせします。入力しないときは、この画面で確かめてください。空き待ちが終わると消去します。"),
        error_messages={
            "invalid": _("メールアドレスの形が正しくありません。「name@example.jp」のように入力するか、空欄にしてください。"),
            "max_length": _("メールアドレスが長すぎます。254文字以内で入力するか、空欄にしてください。"),
        },
        widget=forms.EmailInput({"autocomplete": "email", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, places: Sequence[Place], window: tuple[dt.date, dt.date], until: dt.date | None, **values: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **values)
        self.window = window
        self.until = until
        if until is not None:
            self.fields["last_day"].help_text = _("空欄なら、今の予約の日まで待ちます。")
        field = self.fields["places"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(place.code, place_name(place.name)) for place in places]
        if len(places) < 2:
            del self.fields["places"]

    def clean(self) -> dict[str, Any]:
        """Fill in the days that were left empty, and refuse days that can never be offered."""
        values = super().clean() or {}
        first, last = self.window
        if "first_day" in values and "last_day" in values:
            values["first_day"] = max(values["first_day"] or first, first)
            values["last_day"] = values["last_day"] or self.until or max(last, values["first_day"])
            if values["last_day"] < values["first_day"]:
                self.add_error("last_day", _("「いつまで」は、「いつから」と同じ日か、後の日にしてください。過ぎた日は待てません。"))
            elif values["last_day"] - values["first_day"] > LONGEST_WISH:
                self.add_error("last_day", _("空き待ちは180日以内の期間にしてください。"))
        return values

    def wanted(self) -> Wanted:
        """Return what was asked for; the form is valid."""
        values = self.cleaned_data
        _words, first_time, last_time = HALF_DAYS[values["hours"]]
        return Wanted(values["first_day"], values["last_day"], values.get("places", ()), values["weekdays"], first_time, last_time)
