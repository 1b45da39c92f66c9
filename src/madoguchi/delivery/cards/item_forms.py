"""Forms of a card's items, its 経過記録, the code tables, and the filter by items."""

import datetime as dt
from collections.abc import Mapping

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.forms import PAGE_IS_OLD
from madoguchi.delivery.cards.items import CODED_ITEMS, EDITABLE
from madoguchi.delivery.cards.models import Card, CodeWord, Comment
from madoguchi.platform.ui.forms import DayField

_WRONG_DAY = _("日付は 2026-11-21 のように入力してください。")
DATED_ITEMS = ("expires", "sign_expires", "auth_expires", "applied_on", "managed_since", "posted_on")
FLAGS = ("uses_substitutes", "checked_by_hand")


def title_of(item: str) -> str:
    """Return what a column of the register is called."""
    return str(Card._meta.get_field(item).verbose_name)  # type: ignore[union-attr]  # noqa: SLF001 Django's documented API


def _day(label: str) -> forms.DateField:
    return DayField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _WRONG_DAY},
        widget=forms.DateInput({"type": "date"}),
    )


class CommentForm(forms.Form):
    """One line of the 経過記録."""

    kind = forms.ChoiceField(
        label=_("種類"),
        choices=Comment.Kind.choices,
        error_messages={"required": _("種類を選んでください。"), "invalid_choice": _("種類を選び直してください。")},
    )
    text = forms.CharField(
        label=_("コメント"),
        max_length=1000,
        help_text=_("個人番号は書かないでください。後から直せません。誤りは取り消し線で残ります。"),
        error_messages={
            "required": _("コメントを入力してください。"),
            "max_length": _("コメントが長すぎます。1000文字までにしてください。"),
        },
        widget=forms.Textarea({"rows": 3}),
    )


class StrikeForm(forms.Form):
    """Why a line of the 経過記録 no longer holds."""

    reason = forms.CharField(
        label=_("取り消す理由"),
        max_length=200,
        error_messages={
            "required": _("取り消す理由を入力してください。"),
            "max_length": _("取り消す理由が長すぎます。200文字までにしてください。"),
        },
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class ItemsForm(forms.Form):
    """The items that staff write by hand."""

    managed_since = _day("カード管理開始日")
    posted_on = _day("代理投函日")
    uses_substitutes = forms.BooleanField(label="代替文字使用有無", required=False)
    checked_by_hand = forms.BooleanField(label="手書きチェック", required=False)
    memo = forms.CharField(
        label="メモ",
        required=False,
        max_length=4000,
        error_messages={"max_length": _("メモが長すぎます。4000文字までにしてください。")},
        widget=forms.Textarea({"rows": 3}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, error_messages=PAGE_IS_OLD)

    def __init__(self, data: QueryDict | None, *, card: Card, words: Mapping[str, list[str]]) -> None:
        super().__init__(data, initial={name: getattr(card, name) for name in EDITABLE} | {"version": card.version})
        for item in ("visit_way", "applied_at", "issuing_municipality"):
            known = dict.fromkeys([*words.get(item, []), *([getattr(card, item)] if getattr(card, item) else [])])
            self.fields[item] = forms.ChoiceField(
                label=title_of(item),
                required=False,
                choices=[("", _("未記入")), *((word, word) for word in known)],
                error_messages={"invalid_choice": _("コード表にある値を選んでください。")},
            )
        self.order_fields(EDITABLE)

    def values(self) -> dict[str, object]:
        """Return the columns of the valid form."""
        return {name: self.cleaned_data[name] for name in EDITABLE}


class WordForm(forms.Form):
    """A word for a code table."""

    item = forms.ChoiceField(
        label=_("項目"),
        choices=[(item, title_of(item)) for item in CODED_ITEMS],
        error_messages={"required": _("項目を選んでください。"), "invalid_choice": _("項目を選び直してください。")},
    )
    word = forms.CharField(
        label=_("値"),
        max_length=100,
        help_text=_("一覧に出てくるとおりの文字で入力します。"),
        error_messages={"required": _("値を入力してください。"), "max_length": _("値が長すぎます。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class ItemFilter(forms.Form):
    """Which cards are wanted, by their items. Words travel in the address as numbers of the code table."""

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        words: dict[str, list[CodeWord]] = {}
        for word in CodeWord.objects.all():
            words.setdefault(word.item, []).append(word)
        self._words = {str(word.pk): word.word for listed in words.values() for word in listed}
        for item in CODED_ITEMS:
            self.fields[item] = forms.ChoiceField(
                label=title_of(item),
                required=False,
                choices=[("", _("すべて")), *((str(word.pk), word.word) for word in words.get(item, []))],
                error_messages={"invalid_choice": _("値を選び直してください。")},
            )
        self.fields["certificates"] = forms.ChoiceField(
            label=title_of("certificates"),
            required=False,
            choices=[("", _("すべて")), *[choice for choice in Card._meta.get_field("certificates").flatchoices if choice[0]]],  # noqa: SLF001
            error_messages={"invalid_choice": _("値を選び直してください。")},
        )
        for item in FLAGS:
            self.fields[item] = forms.ChoiceField(
                label=title_of(item),
                required=False,
                choices=[("", _("すべて")), ("1", _("有")), ("0", _("無"))],
                error_messages={"invalid_choice": _("値を選び直してください。")},
            )
        for item in DATED_ITEMS:
            self.fields[f"{item}_from"] = _day(_("%(item)s(から)") % {"item": title_of(item)})
            self.fields[f"{item}_to"] = _day(_("%(item)s(まで)") % {"item": title_of(item)})

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        for item in DATED_ITEMS:
            first, last = cleaned.get(f"{item}_from"), cleaned.get(f"{item}_to")
            if isinstance(first, dt.date) and isinstance(last, dt.date) and first > last:
                self.add_error(f"{item}_to", _("「まで」の日付が「から」より前です。日付を確かめてください。"))
        return cleaned

    def conditions(self) -> dict[str, object]:
        """Return the conditions of the valid form as Django filters."""
        given = self.cleaned_data
        wanted: dict[str, object] = {item: self._words[given[item]] for item in CODED_ITEMS if given[item]}
        if given["certificates"]:
            wanted["certificates"] = given["certificates"]
        wanted |= {item: given[item] == "1" for item in FLAGS if given[item]}
        wanted |= {f"{item}__gte": given[f"{item}_from"] for item in DATED_ITEMS if given[f"{item}_from"]}
        wanted |= {f"{item}__lte": given[f"{item}_to"] for item in DATED_ITEMS if given[f"{item}_to"]}
        return wanted
