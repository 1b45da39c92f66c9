"""The form of one kind of visit, made from its questions; and the question before a form booking is shown."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.applications.macs import FIGURES, last_figures
from madoguchi.booking.applications.questions import MAIL, Answer, Question
from madoguchi.booking.citizens.forms import WishForm
from madoguchi.kernel.names import has_control_characters
from madoguchi.kernel.numbers import NumberError, normalise_digits, refuse_individual_number
from madoguchi.platform import clock
from madoguchi.platform.ui.forms import DateBoxes, DateBoxesField, RadioList

WANTS_MAIL = "wants_mail"
_FIRST_YEAR = 1868
_TELEPHONE_FIGURES = range(9, 16)


class ApplicationForm(forms.Form):
    """The answers of one form. They live in this request alone: what is not valid is shown again and stored nowhere."""

    def __init__(self, *args: Any, questions: Sequence[Question], **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        self.questions = questions
        for question in questions:
            self.fields[question.code] = _FIELDS[question.answer](question)
            if question.code == MAIL:
                self.fields[WANTS_MAIL] = forms.BooleanField(
                    label=_("このアドレスに予約のお知らせメールを受け取る"),
                    required=False,
                    help_text=_("受け取るときだけ、アドレスをお知らせを送るために予約サイトにも保存します。来庁が済むと消去します。"),
                )

    def clean(self) -> dict[str, Any]:
        """Refuse a 個人番号 wherever it was typed, and a mail that is wanted without an address."""
        for question in self.questions:
            answer = self.cleaned_data.get(question.code)
            if isinstance(answer, str) and question.answer is not Answer.CHOICE:
                try:
                    refuse_individual_number(answer)
                except NumberError:
                    self.add_error(
                        question.code,
                        _now(
                            "%(label)sに個人番号（マイナンバー）と思われる12けたの数字があります。消してください。番号は保存していません。"
                        )
                        % {"label": question.label},
                    )
        if self.cleaned_data.get(WANTS_MAIL) and not self.cleaned_data.get(MAIL) and MAIL not in self.errors:
            self.add_error(MAIL, _("お知らせメールを受け取るときは、メールアドレスを入力してください。"))
        return self.cleaned_data

    def answers(self) -> dict[str, str]:
        """Return the answers as they are sealed: by the code of the question, empty ones left out."""
        found: dict[str, str] = {}
        for question in self.questions:
            answer = self.cleaned_data.get(question.code)
            if isinstance(answer, dt.date):
                found[question.code] = answer.isoformat()
            elif answer:
                found[question.code] = str(answer).strip()
        return found

    def mail_address(self) -> str:
        """Return the address to which mails are wanted; empty when none are."""
        return str(self.cleaned_data.get(MAIL) or "") if self.cleaned_data.get(WANTS_MAIL) else ""

    def lines(self) -> list[tuple[str, str]]:
        """Return (question, answer) in words, for the check page."""
        rows = []
        for question in self.questions:
            answer = self.cleaned_data.get(question.code)
            if question.answer is Answer.CHOICE:
                words = str(dict(question.choices).get(str(answer), ""))
            elif isinstance(answer, dt.date):
                words = _now("%(year)d年%(month)d月%(day)d日") % {"year": answer.year, "month": answer.month, "day": answer.day}
            else:
                words = str(answer or "")
            rows.append((str(question.label), words or _now("未記入")))
        return rows


class DictatedForm(ApplicationForm):
    """The same form for staff who type what a caller says: the browser must neither offer nor keep anything of it."""

    def __init__(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        for field in self.fields.values():
            for widget in getattr(field.widget, "widgets", [field.widget]):
                widget.attrs["autocomplete"] = "off"


def typed_again(posted: Mapping[str, Any], form: ApplicationForm) -> list[tuple[str, str]]:
    """Return what the browser sent for the form's boxes, to be carried as hidden boxes of the next page and stored nowhere."""
    return [
        (name, str(posted.get(name, "")))
        for field in form
        for name in (
            [f"{field.html_name}_{part}" for part in ("year", "month", "day")]
            if isinstance(field.field.widget, DateBoxes)
            else [field.html_name]
        )
        if posted.get(name)
    ]


def _words(question: Question) -> dict[str, Any]:
    return {
        "required": _now("%(label)sを入力してください。") % {"label": question.label},
        "max_length": _now("%(label)sが長すぎます。%(longest)d文字以内で入力してください。")
        % {"label": question.label, "longest": question.longest},
    }


class _Text(forms.CharField):
    """Free text as people type it; characters that nobody sees are refused."""

    def clean(self, value: object) -> str:
        text = str(super().clean(value))
        if has_control_characters(text):
            raise ValidationError(_("見えない文字が含まれています。消すか、入力し直してください。"))
        return text


def _line(question: Question) -> forms.Field:
    return _Text(
        label=str(question.label),
        required=question.needed,
        max_length=question.longest,
        help_text=str(question.help),
        error_messages=_words(question),
        widget=forms.TextInput({"autocomplete": question.fill, "spellcheck": "false"}),
    )


def _text(question: Question) -> forms.Field:
    return forms.CharField(
        label=str(question.label),
        required=question.needed,
        max_length=question.longest,
        help_text=str(question.help),
        error_messages=_words(question),
        widget=forms.Textarea({"rows": 4, "autocomplete": "off"}),
    )


class _PastDay(DateBoxesField):
    """A day of birth: not before the first era of the calendar in use, not in the future."""

    def clean(self, value: Any) -> dt.date | None:  # noqa: ANN401 Django's signature
        day = super().clean(value)
        if day is not None and (day.year < _FIRST_YEAR or day > clock.today()):
            raise ValidationError(_("生年月日を確かめてください。年は西暦4けたで入力してください。"))
        return day


def _day(question: Question) -> forms.Field:
    kind = _PastDay if question.fill == "bday" else DateBoxesField
    return kind(
        label=str(question.label),
        required=question.needed,
        help_text=str(question.help),
        error_messages={"required": _now("%(label)sを入力してください。") % {"label": question.label}},
        widget=DateBoxes(autocomplete=question.fill if question.fill != "off" else ""),
    )


def _choice(question: Question) -> forms.Field:
    return forms.ChoiceField(
        label=str(question.label),
        required=question.needed,
        choices=question.choices,
        help_text=str(question.help),
        widget=RadioList(),
        error_messages={
            "required": _now("%(label)sを選んでください。") % {"label": question.label},
            "invalid_choice": _now("%(label)sを選び直してください。") % {"label": question.label},
        },
    )


class _Telephone(forms.CharField):
    """A telephone number however it is written; kept as typed, counted by its figures."""

    def clean(self, value: object) -> str:
        text = str(super().clean(value))
        figures = normalise_digits(text).removeprefix("+")
        if text and not (figures.isascii() and figures.isdigit() and len(figures) in _TELEPHONE_FIGURES):
            raise ValidationError(_("電話番号は数字で入力してください。例：0466-25-1111"))
        return text


def _telephone(question: Question) -> forms.Field:
    return _Telephone(
        label=str(question.label),
        required=question.needed,
        max_length=question.longest,
        help_text=str(question.help),
        error_messages=_words(question),
        widget=forms.TextInput({"autocomplete": question.fill, "inputmode": "tel", "class": "width-16 figures"}),
    )


def _mail(question: Question) -> forms.Field:
    return forms.EmailField(
        label=str(question.label),
        required=question.needed,
        max_length=question.longest,
        help_text=str(question.help),
        error_messages={
            **_words(question),
            "invalid": _("メールアドレスの形が正しくありません。「name@example.jp」のように入力するか、空欄にしてください。"),
        },
        widget=forms.EmailInput({"autocomplete": question.fill, "spellcheck": "false"}),
    )


_FIELDS: Mapping[Answer, Callable[[Question], forms.Field]] = {
    Answer.LINE: _line,
    Answer.TEXT: _text,
    Answer.DAY: _day,
    Answer.CHOICE: _choice,
    Answer.TELEPHONE: _telephone,
    Answer.MAIL: _mail,
}


class WaitForm(WishForm):
    """What somebody without a booking number waits for, and by what the place in the list is found again."""

    figures = forms.CharField(
        label=_("電話番号の下4けた"),
        max_length=30,
        help_text=_("あとで空き待ちを確かめるときに使います。"),
        error_messages={
            "required": _("電話番号の下4けたを入力してください。"),
            "max_length": _("電話番号の下4けたが長すぎます。4けたの数字で入力してください。"),
        },
        widget=forms.TextInput({"autocomplete": "off", "class": "width-8 figures", "inputmode": "numeric"}),
    )
    field_order = ("places", "first_day", "last_day", "weekdays", "hours", "figures", "email")

    def clean_figures(self) -> str:
        """Return the four figures, of a whole telephone number too."""
        figures = last_figures(self.cleaned_data["figures"])
        if len(figures) != FIGURES or not (figures.isascii() and figures.isdigit()):
            raise ValidationError(_("電話番号の下4けたを、4けたの数字で入力してください。"))
        return figures


class LookUpForm(forms.Form):
    """予約番号 and the last four figures of the telephone number; what is wrong is never said."""

    number = forms.CharField(
        label=_("予約番号"),
        max_length=30,
        help_text=_("予約が完了した画面やメールに書かれている10けたの数字です。"),
        error_messages={"required": _("予約番号を入力してください。"), "max_length": _("予約番号が長すぎます。10けたで入力してください。")},
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "class": "width-16 figures", "inputmode": "numeric"}),
    )
    figures = forms.CharField(
        label=_("電話番号の下4けた"),
        max_length=30,
        help_text=_("予約のときに入力した電話番号の、終わりの4けたです。"),
        error_messages={
            "required": _("電話番号の下4けたを入力してください。"),
            "max_length": _("電話番号の下4けたが長すぎます。4けたの数字で入力してください。"),
        },
        widget=forms.TextInput({"autocomplete": "off", "class": "width-8 figures", "inputmode": "numeric"}),
    )

    def secrets(self) -> tuple[str, str]:
        """Return number and figures as they are compared; sloppy input is understood (a whole telephone number too)."""
        number = normalise_digits(self.cleaned_data["number"]).upper().removeprefix("Y")
        figures = last_figures(self.cleaned_data["figures"])
        return number, figures if len(figures) == FIGURES else ""
