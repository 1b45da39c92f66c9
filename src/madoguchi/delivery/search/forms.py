"""The form of a search for people."""

import datetime as dt

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.search.terms import Terms
from madoguchi.kernel import wareki
from madoguchi.platform.ui.forms import DayField

_LONGEST = 100
_LONGEST_SPAN = dt.timedelta(days=366)


def _text(label: object, help_text: object = "") -> forms.CharField:
    return forms.CharField(
        label=label,  # type: ignore[arg-type]  # translated when shown
        help_text=help_text,  # type: ignore[arg-type]  # translated when shown
        max_length=_LONGEST,
        required=False,
        error_messages={"max_length": _("長すぎます。100文字までで入力してください。")},
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )


class PeopleForm(forms.Form):
    """At least two of 氏名, 住所, 生年月日."""

    name = _text(_("氏名"), _("姓だけ、名だけでもかまいません。髙と高、﨑と崎、邊と辺は同じ字として探します。"))
    kana = _text(_("カナ"), _("ひらがな、半角カナ、濁点の有無は問いません。"))
    born = _text(_("生年月日"), _("昭和55年9月8日、S55.9.8、1980-09-08、19800908 のどれでも"))
    address = _text(_("住所"), _("町名から入力します。番地はなくてもかまいません。"))
    sex = forms.ChoiceField(
        label=_("性別"),
        required=False,
        choices=[("", _("指定しない")), ("m", _("男")), ("f", _("女"))],
        help_text=_("絞り込みに使えます。二つには数えません。"),
        error_messages={"invalid_choice": _("性別を選び直してください。")},
    )

    def clean_born(self) -> wareki.PartialDate | None:
        text = self.cleaned_data["born"].strip()
        if not text:
            return None
        try:
            return wareki.parse(text)
        except wareki.DateError:
            raise forms.ValidationError(
                _("生年月日として読めません。昭和55年9月8日 または 1980-09-08 のように入力してください。")
            ) from None

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if not self.errors and not self._suffice():
            self.add_error(
                None, _("氏名、住所、生年月日のうち二つ以上を入力してください。性別は数えません。番号が分かるときは、番号だけで探せます。")
            )
        return cleaned

    def _suffice(self) -> bool:
        return self.terms().are_enough

    def terms(self) -> Terms:
        """Return what was asked for; parts that could not be read are left out."""
        given = self.cleaned_data
        return Terms(
            name=given.get("name", ""),
            kana=given.get("kana", ""),
            address=given.get("address", ""),
            born=given.get("born"),
            sex=given.get("sex", ""),
        )


class TraceForm(PeopleForm):
    """A term that somebody may have searched for; one is enough, since no person is shown. With the days of the searches."""

    day_from = DayField(
        label=_("探した日（から）"),
        error_messages={"required": _("探した日（から）を入力してください。"), "invalid": _("探した日（から）を日付で入力してください。")},
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    day_until = DayField(
        label=_("探した日（まで）"),
        error_messages={"required": _("探した日（まで）を入力してください。"), "invalid": _("探した日（まで）を日付で入力してください。")},
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own
        del self.fields["sex"]
        for field in self.fields.values():
            field.help_text = ""

    def _suffice(self) -> bool:
        return True

    def clean(self) -> dict[str, object]:
        cleaned = super().clean()
        if not self.errors and not self.terms().folded():
            self.add_error(None, _("氏名、カナ、生年月日、住所のどれか一つを、探したと思われる書き方で入力してください。"))
        first, last = cleaned.get("day_from"), cleaned.get("day_until")
        if isinstance(first, dt.date) and isinstance(last, dt.date) and not first <= last <= first + _LONGEST_SPAN:
            self.add_error("day_until", _("「まで」は「から」以後の日、長くても1年までにしてください。"))
        return cleaned
