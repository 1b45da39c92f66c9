"""Forms of the desk."""

import datetime as dt
import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.calendar.models import Place
from madoguchi.booking.municipality.models import Municipality
from madoguchi.platform.ui.forms import CheckboxList, DateBoxesField
from madoguchi.platform.ui.languages import CODES, JAPANESE, LANGUAGES

FIGURES = {"autocomplete": "off", "inputmode": "numeric"}
_TIME = re.compile(r"(\d{1,2})(?::|時)?(\d{2})?(?:分|:00)?", re.ASCII)


class ClockField(forms.Field):
    """A time of day as people type it: 9:00, 0900, 9時, 13時30分, full-width figures."""

    widget = forms.TextInput({**FIGURES, "class": "figures width-4"})
    default_error_messages = {
        "required": _("時刻を入力してください。"),
        "invalid": _("時刻は 9:00 のように入力してください。"),
    }

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 Django's signature
        """Show a stored time as 9:00."""
        return f"{value.hour}:{value:%M}" if isinstance(value, dt.time) else value

    def clean(self, value: Any) -> dt.time | None:  # noqa: ANN401 Django's signature
        """Return the time; raises ValidationError for what is none."""
        text = "".join(unicodedata.normalize("NFKC", value or "").split())
        if not text:
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        figures = f"{text[:-2]}:{text[-2:]}" if text.isascii() and text.isdigit() and len(text) in {3, 4} else text
        found = _TIME.fullmatch(figures)
        if found is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        try:
            return dt.time(int(found[1]), int(found[2] or 0))
        except ValueError as wrong:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from wrong


class StoredForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A form over a table whose own rules are checked with words of the form; the table's constraints stand behind them."""

    def __init__(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        for name, field in self.fields.items():
            own = (self._meta.error_messages or {}).get(name, {})
            if "required" not in own and not isinstance(field, ClockField | DateBoxesField):
                chosen = isinstance(field, forms.ChoiceField)
                words = _("%(label)sを選んでください。") if chosen else _("%(label)sを入力してください。")
                field.error_messages["required"] = words % {"label": field.label}

    def validate_constraints(self) -> None:
        """Leave the constraints to the service that stores the row."""

    def within(self, name: str, least: int, most: int) -> int:
        """Return the number in the box `name`; raises ValidationError outside `least` to `most`."""
        value: int = self.cleaned_data[name]
        if not least <= value <= most:
            raise ValidationError(_("%(least)d から %(most)d までの数を入力してください。") % {"least": least, "most": most})
        return value


class PlaceForm(StoredForm):
    """交付場所."""

    class Meta:
        model = Place
        fields = ("code", "name", "address", "access", "lead_days", "position", "is_open")
        help_texts = {
            "code": _("半角の英数字、-、_ で20文字まで。予約とファイルに使うため、後から変えません。"),
            "access": _("例：藤沢駅北口から歩いて5分"),
            "lead_days": _("カードが別の場所にあり、運ぶのに日数がかかるとき。届く前の日は予約できません。運ばないなら0とします。"),
            "position": _("小さい数から順に並びます。"),
            "is_open": _("外すと、この場所の新しい予約を止めます。今ある予約はそのままです。"),
        }
        error_messages = {
            "code": {"required": _("交付場所コードを入力してください。"), "unique": _("このコードはすでに使われています。")},
            "name": {"required": _("名称を入力してください。")},
        }
        widgets = {
            "code": forms.TextInput({"class": "width-16", "autocomplete": "off"}),
            "position": forms.TextInput({**FIGURES, "class": "figures width-4"}),
            "lead_days": forms.TextInput({**FIGURES, "class": "figures width-4"}),
        }

    def __init__(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        self.fields["position"].required = False
        self.fields["lead_days"].required = False
        if self.instance.pk:
            del self.fields["code"]

    def clean_code(self) -> str:
        """Return the code; raises ValidationError for what the files between the zones could not carry."""
        code: str = self.cleaned_data["code"]
        if not re.fullmatch(r"[0-9A-Za-z_-]{1,20}", code, re.ASCII):
            raise ValidationError(_("交付場所コードは、半角の英数字、-、_ で入力してください。"))
        return code

    def clean_position(self) -> int:
        """Return the position, 0 where none was given."""
        return self.cleaned_data["position"] or 0

    def clean_lead_days(self) -> int:
        """Return the days that a card travels, 0 where none were given."""
        return self.cleaned_data["lead_days"] or 0


class MunicipalityForm(StoredForm):
    """The settings that a municipality may change itself."""

    languages = forms.MultipleChoiceField(
        label=_("公開ページの言語"),
        required=False,
        choices=[(language.code, language.name) for language in LANGUAGES],
        widget=CheckboxList(),
        help_text=_("市民のページとメールで選べることば。日本語は外しても残ります。"),
    )
    release_time = ClockField(
        label=_("新しい日の受付を始める時刻"),
        help_text=_("予約期間の最後の日は、毎日この時刻に受付を始めます。夜中に集中しないようにするためです。例：8:30"),
    )

    class Meta:
        model = Municipality
        fields = (
            *("telephone", "telephone_hours", "uses_booking_codes", "hold_minutes", "hold_extensions"),
            *("earliest_days_ahead", "latest_days_ahead", "window_counts", "release_time", "cancel_days_before", "languages"),
            *("reminder_days", "reminder_hour"),
            *("undo_minutes", "undo_keeps_place", "release_delay_minutes", "offer_hours"),
            *("late_minutes", "results_from_delivery", "no_show_wait_days", "cancellation_limit"),
        )
        help_texts = {
            "telephone": _("市民のページ、メール、エラーの画面に出します。"),
            "telephone_hours": _("電話番号のそばに出します。例：平日 8時30分から17時15分まで。外国語は「言葉と訳」で書けます。"),
            "uses_booking_codes": _("外すと、生月日だけが本人確認の手がかりになります。失敗の上限が厳しくなります。"),
            "hold_minutes": _("3分から60分まで。"),
            "window_counts": _("開庁日で数えると、土日、祝日、年末年始を飛ばします。"),
            "cancel_days_before": _("0なら当日の開始時刻まで取り消せます。"),
            "reminder_days": _("半角の数字をコンマで区切ります（5つまで）。例：7,1。空にすると送りません。"),
            "reminder_hour": _("6から20まで。この時刻より前には送りません。"),
            "undo_minutes": _("0なら取り下げられません。取消のすぐ後の画面にだけ出ます。"),
            "undo_keeps_place": _("付けると、取り下げられる時間が過ぎるまで、その枠をほかの人に出しません。"),
            "release_delay_minutes": _("0ならすぐに戻します。横取りや転売を防ぐには、この時間の中の、でたらめな時に戻します。"),
            "offer_hours": _("この時間のうちに答えがなければ、次の人に案内します。1から168まで。"),
            "late_minutes": _("市民のページに出します。0なら出しません。"),
            "results_from_delivery": _(
                "付けると、日報の画面では来庁と遅刻の連絡だけを記録します。完了、交付不可、来庁なしは、連携ファイルで届いたものを見るだけになります。"
            ),
            "no_show_wait_days": _("0ならすぐに予約し直せます。1なら翌日からです。電話と窓口では、いつでも予約できます。"),
            "cancellation_limit": _("この回数を超えると、電話と窓口だけで受けます。"),
        }
        widgets = {
            name: forms.TextInput({**FIGURES, "class": "figures width-4"})
            for name in (
                "hold_minutes",
                "hold_extensions",
                "earliest_days_ahead",
                "latest_days_ahead",
                "cancel_days_before",
                "reminder_hour",
                *("undo_minutes", "release_delay_minutes", "offer_hours", "late_minutes", "no_show_wait_days", "cancellation_limit"),
            )
        }

    def clean_languages(self) -> list[str]:
        """Return the languages in the product's order; Japanese always is one of them."""
        chosen = {*self.cleaned_data["languages"], JAPANESE}
        return [code for code in CODES if code in chosen]

    def clean_reminder_days(self) -> list[int]:
        """Return the days once each, the earliest reminder first."""
        return sorted(set(self.cleaned_data["reminder_days"] or []), reverse=True)

    def clean_telephone(self) -> str:
        """Return the telephone number; raises ValidationError for anything but figures and the usual signs between them."""
        telephone = unicodedata.normalize("NFKC", self.cleaned_data["telephone"]).strip()
        if not re.fullmatch(r"[0-9+() -]*", telephone, re.ASCII):
            raise ValidationError(_("電話番号は、数字とハイフンで入力してください。例：0466-25-1111"))
        return telephone

    def clean(self) -> dict[str, Any]:
        """Check that the booking window is not empty."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        earliest, latest = values.get("earliest_days_ahead"), values.get("latest_days_ahead")
        if earliest is not None and latest is not None and latest < earliest:
            self.add_error("latest_days_ahead", _("「何日後まで」は「何日後から」以上の数にしてください。"))
        return values


class NumberForm(forms.Form):
    """The number that a caller reads out: 予約用ID, or 予約番号."""

    number = forms.CharField(
        label=_("予約用IDまたは予約番号"),
        max_length=60,
        help_text=_("予約用ID（9文字）か予約番号（数字10けた）。全角、空白、ハイフンがあってもかまいません。"),
        error_messages={
            "required": _("予約用IDまたは予約番号を入力してください。"),
            "max_length": _("番号が長すぎます。読み直してください。"),
        },
        widget=forms.TextInput(
            {
                "class": "width-16 figures",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "data-scan-field": "",
                "autofocus": True,
            }
        ),
    )


class ReasonForm(forms.Form):
    """Why staff act for a person; stands in the history of the booking."""

    reason = forms.CharField(
        label=_("理由"),
        max_length=200,
        help_text=_("例：電話で本人から申し出。お名前や住所は書かないでください。"),
        error_messages={"required": _("理由を入力してください。"), "max_length": _("理由は200文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class AddressForm(forms.Form):
    """The mail address of a caller, for a booking that has none or a wrong one."""

    email = forms.EmailField(
        label=_("メールアドレス"),
        max_length=254,
        help_text=_("本人が読み上げたものを、1文字ずつ復唱して入力します。予約完了のメールを送り、届いたことを本人のボタンで確かめます。"),
        error_messages={
            "required": _("メールアドレスを入力してください。"),
            "invalid": _("メールアドレスの形が正しくありません。読み直してください。"),
            "max_length": _("メールアドレスが長すぎます。254文字以内で入力してください。"),
        },
        widget=forms.EmailInput({"autocomplete": "off", "spellcheck": "false"}),
    )


class MessageForm(forms.Form):
    """What the office tells the person on the page of their booking."""

    message = forms.CharField(
        label=_("メッセージ"),
        required=False,
        max_length=200,
        help_text=_("本人の予約の画面に出ます。お名前や住所は書かないでください。空欄にすると消えます。"),
        error_messages={"max_length": _("メッセージは200文字以内で入力してください。")},
        widget=forms.Textarea({"rows": 3}),
    )
    by_mail = forms.BooleanField(label=_("メールでも送る"), required=False)

    def __init__(self, *args: Any, reachable: bool, **kwargs: Any) -> None:  # noqa: ANN401 Django's own parameters
        super().__init__(*args, **kwargs)
        if not reachable:
            del self.fields["by_mail"]
