"""Forms of the pages of letters."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards import rules
from madoguchi.delivery.dispatch.choosing import choose_by_serials
from madoguchi.delivery.dispatch.labels import ADDRESSES, CONCEALING
from madoguchi.delivery.dispatch.models import Kind, Way
from madoguchi.delivery.dispatch.rules import BY_NUMBER_ONLY
from madoguchi.delivery.dispatch.services import reprints
from madoguchi.delivery.dispatch.texts import NOT_WORDS, PLACEHOLDERS, WORDS_OF, LetterWords, placeholders_of
from madoguchi.platform import clock
from madoguchi.platform.ui.forms import CheckboxList, DateBoxesField, DayField, RadioList

AWAITING, BY_NUMBER = "awaiting", "numbers"
_MOST_DAYS_AGO = 31
_SCAN = {"class": "figures width-16", "autocomplete": "off"}


class ChooseForm(forms.Form):
    """For which cards letters of one kind are printed."""

    which = forms.ChoiceField(
        label=_("印刷するカード"), widget=RadioList(), error_messages={"required": _("印刷するカードを選んでください。")}
    )
    numbers = forms.CharField(
        label=_("製造管理番号"),
        help_text=_("「番号で選ぶ」のとき、1行に1つ入力してください。作成済で発送前の案内は、刷り直しになります。"),
        required=False,
        widget=forms.Textarea({"rows": 4, "class": "figures width-16", "autocomplete": "off", "data-accepts-scan": ""}),
    )
    start_at = forms.IntegerField(
        label=_("ラベル用紙の開始位置"),
        help_text=_("使いかけの用紙のとき、最初に印刷する位置を、左上から右へ数えて入力してください。"),
        initial=1,
        widget=forms.TextInput({"class": "figures width-2", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": _("開始位置を入力してください。"), "invalid": _("開始位置は数字で入力してください。")},
    )
    reason = forms.CharField(
        label=_("刷り直す理由"),
        help_text=_(
            "作成済で発送前の案内を刷り直すときに入力してください（例: 用紙の汚れ、住所の訂正）。カードの履歴と操作記録に残ります。"
        ),
        required=False,
        max_length=200,
        error_messages={"max_length": _("刷り直す理由は200文字以内で入力してください。")},
    )

    def __init__(self, *args: object, kind: Kind, counts: Mapping[rules.Progress, int], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self._kind = kind
        choices = []
        if kind not in BY_NUMBER_ONLY:
            waiting = _("通知を待つカードすべて（%(count)s件）") if kind is Kind.NOTICE else _("対象のカードすべて（%(count)s件）")
            choices = [(AWAITING, waiting % {"count": f"{sum(counts.values()):,}"})]
            choices += [
                (value.value, _("進捗が「%(progress)s」のカード（%(count)s件）") % {"progress": value.label, "count": f"{count:,}"})
                for value, count in counts.items()
                if count
            ]
        self.fields["which"].choices = [*choices, (BY_NUMBER, _("番号で選ぶ"))]  # type: ignore[attr-defined]  # a ChoiceField
        if kind is not Kind.LABEL:
            del self.fields["start_at"]

    def clean_start_at(self) -> int:
        """Keep the start on the sheet."""
        start: int = self.cleaned_data["start_at"]
        if not 1 <= start <= CONCEALING.per_page:
            raise forms.ValidationError(_("開始位置は、1から%(most)sまでの数を入力してください。") % {"most": CONCEALING.per_page})
        return start

    def clean(self) -> dict[str, object]:
        """Demand numbers when they are what chooses."""
        if self.cleaned_data.get("which") == BY_NUMBER and not self.cleaned_data.get("numbers", "").strip():
            self.add_error("numbers", _("製造管理番号を1行に1つ入力してください。"))
        elif self.cleaned_data.get("which") == BY_NUMBER and not self.cleaned_data.get("reason", "").strip():
            again = len(reprints(choose_by_serials(self.cleaned_data["numbers"].split(), self._kind).cards, self._kind))
            if again:
                sentence = _("作成済で発送前の案内が %(count)s 通あります。刷り直す理由を入力してください。")
                self.add_error("reason", sentence % {"count": again})
        return self.cleaned_data

    def arguments(self) -> dict[str, object]:
        """Return the arguments of the job that prints."""
        which, given = self.cleaned_data["which"], {"kind": self._kind.value, "start_at": self.cleaned_data.get("start_at", 1)}
        if which == BY_NUMBER:
            return {**given, "serials": self.cleaned_data["numbers"].split(), "reason": self.cleaned_data["reason"]}
        return {**given, "state": None if which == AWAITING else which}


class ScanForm(forms.Form):
    """The code of an envelope that goes to the post."""

    code = forms.CharField(
        label=_("用紙番号"),
        help_text=_("窓から見えるバーコードを読み取ってください。"),
        max_length=40,
        widget=forms.TextInput({**_SCAN, "data-scan-field": ""}),
        error_messages={"required": _("用紙番号を読み取ってください。")},
    )


class SendForm(forms.Form):
    """On which day the scanned envelopes went to the post."""

    sent_on = DateBoxesField(label=_("発送日"), error_messages={"required": _("発送日を入力してください。")})

    def clean_sent_on(self) -> dt.date:
        """Refuse days that cannot be."""
        return _recent(self.cleaned_data["sent_on"], str(_("発送日は、今日までの1か月のあいだの日を入力してください。")))


def _recent(day: dt.date, words: str) -> dt.date:
    today = clock.today()
    if not today - dt.timedelta(days=_MOST_DAYS_AGO) <= day <= today:
        raise forms.ValidationError(words)
    return day


class PullForm(forms.Form):
    """Which sheets were taken out of the pile."""

    pulled = forms.MultipleChoiceField(
        label=_("抜き取った用紙"),
        widget=CheckboxList(),
        help_text=_("印刷のあとで停止、交付または予約されたカードの用紙です。抜き取って、印を付けてください。"),
        error_messages={"required": _("抜き取った用紙に印を付けてください。")},
    )

    def __init__(self, *args: object, to_pull: Sequence[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self.fields["pulled"].choices = list(to_pull)  # type: ignore[attr-defined]  # a MultipleChoiceField


class LabelForm(forms.Form):
    """Where on the sheet the first address label is printed."""

    start = forms.IntegerField(
        label=_("宛名ラベルの開始位置"),
        initial=1,
        min_value=1,
        max_value=ADDRESSES.per_page,
        widget=forms.TextInput({"class": "figures width-2", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("開始位置は、1から12までの数を入力してください。")
        ),
    )


class HistoryForm(forms.Form):
    """Whose history of letters is wanted."""

    number = forms.CharField(
        label=_("カードの番号"),
        help_text=_("製造管理番号、申請書ID、スリーブのコードのどれかを入力するか、読み取ってください。"),
        max_length=40,
        widget=forms.TextInput({**_SCAN, "data-scan-field": ""}),
        error_messages={"required": _("カードの番号を入力してください。")},
    )


class DispatchFilter(forms.Form):
    """Which rows of 発送管理 are shown."""

    kind = forms.ChoiceField(label=_("種類"), required=False, choices=[("", _("すべて")), *Kind.choices])
    way = forms.ChoiceField(label=_("送り方"), required=False, choices=[("", _("すべて")), *Way.choices])
    state = forms.ChoiceField(
        label=_("状態"),
        required=False,
        choices=[
            ("", _("すべて")),
            ("unsent", _("発送前")),
            ("sent", _("発送済")),
            ("returned", _("返戻")),
            ("delivered", _("配達済")),
        ],
    )
    since = DayField(
        label=_("発送日（から）"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
        error_messages={"invalid": _("発送日を正しく入力してください。")},
    )


class ExportForm(forms.Form):
    """What a list is taken out for."""

    purpose = forms.CharField(
        label=_("出力の目的"),
        max_length=100,
        widget=forms.TextInput({"class": "width-16"}),
        error_messages={"required": _("出力の目的を入力してください。操作記録に残ります。")},
    )


class DispatchForm(forms.Form):
    """What staff add to a dispatch."""

    tracking_number = forms.CharField(
        label=_("追跡番号"),
        required=False,
        max_length=20,
        help_text=_("封筒の追跡番号を読み取るか、入力してください。"),
        widget=forms.TextInput({**_SCAN, "data-scan-field": "", "data-expects-number": ""}),
    )
    external_code = forms.CharField(
        label=_("その他連携コード"), required=False, max_length=40, widget=forms.TextInput({"class": "figures width-16"})
    )
    memo = forms.CharField(label=_("メモ"), required=False, max_length=500, widget=forms.Textarea({"rows": 2}))


# By the key that a clerk presses with the returned envelope in the other hand.
RETURN_REASONS: tuple[tuple[str, str], ...] = (
    ("1", "あて所に尋ねあたりません"),
    ("2", "転居先不明"),
    ("3", "転送期間経過・転送不要"),
    ("4", "保管期間経過"),
    ("5", "受取拒絶"),
    ("6", "住所不完全"),
    ("7", "死亡"),
    ("8", "その他"),
)


class FindDispatchForm(forms.Form):
    """An envelope in the hand: its code, its tracking number, or the card's number."""

    code = forms.CharField(
        label=_("戻った封筒の番号"),
        help_text=_("用紙番号、追跡番号、カードの番号のどれかを読み取るか、入力してください。"),
        max_length=40,
        widget=forms.TextInput({**_SCAN, "data-scan-field": "", "data-expects-number": "", "data-scan-submits": "", "autofocus": ""}),
        error_messages={"required": _("封筒の番号を読み取ってください。")},
    )


class ReasonForm(forms.Form):
    """Why an envelope came back."""

    reason = forms.ChoiceField(choices=RETURN_REASONS, error_messages={"required": _("返戻の理由を選んでください。")})


class MailCardForm(forms.Form):
    """Which card goes by mail, and how."""

    number = forms.CharField(
        label=_("カードの番号"),
        help_text=_("スリーブのコードか製造管理番号を読み取ってください。"),
        max_length=40,
        widget=forms.TextInput({**_SCAN, "data-scan-field": ""}),
        error_messages={"required": _("カードの番号を読み取ってください。")},
    )
    way = forms.ChoiceField(
        label=_("送り方"),
        widget=RadioList(),
        choices=[(Way.RESTRICTED.value, Way.RESTRICTED.label), (Way.REGISTERED.value, Way.REGISTERED.label)],
        error_messages={"required": _("送り方を選んでください。")},
    )
    reason = forms.CharField(
        label=_("刷り直す理由"), required=False, max_length=200, help_text=_("同封票をもう一度印刷するときに入力してください。")
    )


class SealForm(forms.Form):
    """The three scans before an envelope with a card is sealed."""

    _asked = ""

    sleeve = forms.CharField(
        label=_("スリーブのコード"),
        max_length=40,
        widget=forms.TextInput(dict(_SCAN)),
        error_messages={"required": _("スリーブのラベルを読み取ってください。")},
    )
    enclosure = forms.CharField(
        label=_("同封票の用紙番号"),
        max_length=40,
        widget=forms.TextInput(dict(_SCAN)),
        error_messages={"required": _("同封票のバーコードを読み取ってください。")},
    )
    envelope = forms.CharField(
        label=_("封筒の追跡番号"),
        max_length=40,
        widget=forms.TextInput({**_SCAN, "data-expects-number": "", "data-scan-submits": ""}),
        error_messages={"required": _("封筒の追跡番号を読み取ってください。")},
    )

    def ask_only_for(self, name: str) -> None:
        """Let the next scan go to the field `name`, which has the focus; the others may still be empty."""
        self.fields[name].widget.attrs |= {"data-scan-field": "", "autofocus": ""}
        self._asked = name

    def full_clean(self) -> None:
        """Check everything, and before the last scan say only what is wrong with the field that is asked for."""
        super().full_clean()
        if self._asked and self.is_bound:
            for other in [name for name in self.errors if name != self._asked]:
                del self.errors[other]


class DeliveredForm(forms.Form):
    """On which day the post delivered a card."""

    delivered_on = DateBoxesField(label=_("配達日"), error_messages={"required": _("配達日を入力してください。")})

    def clean_delivered_on(self) -> dt.date:
        """Refuse days that cannot be."""
        return _recent(self.cleaned_data["delivered_on"], str(_("配達日は、今日までの1か月のあいだの日を入力してください。")))


class OtherAddressForm(forms.Form):
    """Where the letters of a card go instead of the registered address."""

    postcode = forms.RegexField(
        "^[0-9]{3}-?[0-9]{4}$",
        label=_("郵便番号"),
        widget=forms.TextInput({"class": "figures width-8", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": _("郵便番号を入力してください。"),
            "invalid": _("郵便番号は数字7けたで入力してください（例: 2510054）。"),
        },
    )
    address = forms.CharField(
        label=_("送付先の住所"),
        help_text=_("都道府県から入力してください。建物名・施設名の前は、全角の空白を1つ入れます。"),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("送付先の住所を入力してください。")},
    )
    reason = forms.CharField(label=_("理由"), max_length=200, error_messages={"required": _("別の送付先にする理由を入力してください。")})
    until = DateBoxesField(label=_("いつまで"), error_messages={"required": _("いつまで使うかを入力してください。")})

    def clean_postcode(self) -> str:
        """Give the postcode its one form."""
        return str(self.cleaned_data["postcode"]).replace("-", "")

    def clean_until(self) -> dt.date:
        """Refuse an end that has passed."""
        day: dt.date = self.cleaned_data["until"]
        if not clock.today() <= day <= clock.today() + dt.timedelta(days=730):
            raise forms.ValidationError(_("今日から2年のあいだの日を入力してください。"))
        return day


class ClearForm(forms.Form):
    """Why printing may go on."""

    reason = forms.CharField(
        label=_("確かめた原因"),
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": _("確かめた原因を書いてください。")},
    )


class RejectForm(forms.Form):
    """Why words are sent back."""

    reason = forms.CharField(
        label=_("差し戻す理由"),
        max_length=200,
        widget=forms.Textarea({"rows": 2}),
        error_messages={"required": _("差し戻す理由を入力してください。")},
    )


_LABELS = {
    "sender": _("差出人"),
    "section": _("担当"),
    "title": _("題名"),
    "lead": _("前文"),
    "steps": _("進め方（1行に1つ）"),
    "steps_by_staff": _("生年月日の月日が分からない方の予約のしかた（1行に1つ）"),
    "bring": _("持ち物・同封物（1行に1つ）"),
    "notes": _("ご注意（1行に1つ）"),
    "contact": _("お問い合わせ先"),
    "deadline_days": _("期限までの日数"),
    "after_days": _("前の発送からの日数"),
}
_LONG = ("section", "lead", "steps", "steps_by_staff", "bring", "notes", "contact")
_MAY_BE_EMPTY = ("section", "contact", "notes", "bring")
_RANGES = {"deadline_days": (14, 365), "after_days": (7, 365)}


class WordsForm(forms.Form):
    """The words of one kind of letter, from which day on, and why they change."""

    def __init__(self, *args: object, kind: Kind, basis: LetterWords, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self._basis = basis
        own, self.fields = self.fields, {}
        for name in WORDS_OF[kind]:
            self.fields[name] = _number(name) if name in NOT_WORDS else _text(name)
            self.fields[name].initial = getattr(basis, name)
        self.fields |= own

    valid_from = DateBoxesField(label=_("使い始める日"), error_messages={"required": _("使い始める日を入力してください。")})
    reason = forms.CharField(label=_("変える理由"), max_length=200, error_messages={"required": _("文面を変える理由を入力してください。")})

    def clean_valid_from(self) -> dt.date:
        """Refuse a day that has passed: what was printed stays as it was."""
        day: dt.date = self.cleaned_data["valid_from"]
        if day < clock.today():
            raise forms.ValidationError(_("使い始める日は、今日かそれより後の日を入力してください。"))
        return day

    def clean(self) -> dict[str, object]:
        """Name every brace that is no placeholder at the part where it stands."""
        for name, value in list(self.cleaned_data.items()):
            unknown = sorted(placeholders_of(value) - PLACEHOLDERS.keys()) if isinstance(value, str) and name in _LABELS else []
            if unknown:
                sentence = _("「%(found)s」は、決められた差し込み項目ではありません。使えるのは %(known)s です。")
                known = "、".join(f"{{{name}}}" for name in PLACEHOLDERS)
                self.add_error(name, sentence % {"found": "、".join(unknown), "known": known})
        return self.cleaned_data

    def words(self) -> LetterWords:
        """Return the words as entered; a browser ends lines with CR and LF, the words with LF."""
        given: dict[str, Any] = {name: value for name, value in self.cleaned_data.items() if name in _LABELS}
        given |= {name: value.replace("\r\n", "\n") for name, value in given.items() if isinstance(value, str)}
        return dataclasses.replace(self._basis, **given)


def _number(name: str) -> forms.IntegerField:
    least, most = _RANGES[name]
    words = _("%(label)sは、%(least)sから%(most)sまでの数を入力してください。") % {"label": _LABELS[name], "least": least, "most": most}
    return forms.IntegerField(
        label=_LABELS[name],
        min_value=least,
        max_value=most,
        widget=forms.TextInput({"class": "figures width-4", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), words),
    )


def _text(name: str) -> forms.CharField:
    widget: forms.Widget = forms.Textarea({"rows": 3}) if name in _LONG else forms.TextInput()
    return forms.CharField(
        label=_LABELS[name],
        required=name not in _MAY_BE_EMPTY,
        max_length=2000 if name in _LONG else 60,
        widget=widget,
        error_messages={"required": _("%(label)sを入力してください。") % {"label": _LABELS[name]}},
    )
