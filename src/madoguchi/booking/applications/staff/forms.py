"""What staff set about the forms."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.applications.models import OwnQuestion, SealedApplication
from madoguchi.booking.applications.questions import BUILT_IN, TELEPHONE, USUAL
from madoguchi.booking.calendar.models import VisitKind
from madoguchi.platform.ui.forms import CheckboxList, RadioList

_BOX = {"autocomplete": "off"}
_CODE = re.compile(r"own_[a-z0-9_]{1,16}")
_MOST_CHOICES = 20


class QuestionsForm(forms.Form):
    """Which questions the form of one kind asks; they stand in the order of this list."""

    questions = forms.MultipleChoiceField(
        label=_("聞くこと"),
        required=False,
        widget=CheckboxList(),
        help_text=_("電話番号は、予約を確かめるために必ず聞きます。何も選ばないときは、標準の質問をすべて聞きます。"),
        error_messages={"invalid_choice": _("選べない質問が含まれています。選び直してください。")},
    )

    def __init__(self, *args: Any, kind: VisitKind, **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        self.initial = {"questions": kind.questions or list(USUAL)}
        field = self.fields["questions"]
        assert isinstance(field, forms.MultipleChoiceField)
        own = [(question.code, question.label) for question in OwnQuestion.objects.all()]
        field.choices = [(code, question.label) for code, question in BUILT_IN.items() if code != TELEPHONE] + own

    def codes(self) -> list[str]:
        """Return what was chosen with the telephone number at its place; nothing when nothing was chosen."""
        chosen = set(self.cleaned_data["questions"])
        if not chosen:
            return []
        own = [question.code for question in OwnQuestion.objects.all()]
        return [code for code in (*BUILT_IN, *own) if code in chosen or code == TELEPHONE]


class QuestionForm(forms.Form):
    """A question that the municipality adds."""

    code = forms.CharField(
        label=_("コード"),
        max_length=20,
        help_text=_("own_ で始まる半角の小文字と数字。あとから変えられません。例：own_card"),
        error_messages={"required": _("コードを入力してください。"), "max_length": _("コードが長すぎます。20文字以内で入力してください。")},
        widget=forms.TextInput({**_BOX, "class": "width-16"}),
    )
    label = forms.CharField(
        label=_("質問"),
        max_length=60,
        error_messages={"required": _("質問を入力してください。"), "max_length": _("質問が長すぎます。60文字以内で入力してください。")},
        widget=forms.TextInput(_BOX),
    )
    help = forms.CharField(
        label=_("説明"),
        max_length=200,
        required=False,
        error_messages={"max_length": _("説明が長すぎます。200文字以内で入力してください。")},
        widget=forms.TextInput(_BOX),
    )
    answer = forms.ChoiceField(
        label=_("答え方"),
        choices=OwnQuestion.Kind.choices,
        widget=RadioList(),
        error_messages={"required": _("答え方を選んでください。"), "invalid_choice": _("答え方を選び直してください。")},
    )
    choices = forms.CharField(
        label=_("選択肢"),
        required=False,
        max_length=1500,
        help_text=_("「選択肢から1つ」のとき、1行に1つずつ入力してください。"),
        error_messages={"max_length": _("選択肢が長すぎます。短くしてください。")},
        widget=forms.Textarea({"rows": 4}),
    )
    needed = forms.BooleanField(label=_("必ず答えてもらう"), required=False)

    def __init__(self, *args: Any, known: OwnQuestion | None, **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        self.known = known
        if known is not None:
            del self.fields["code"]

    def clean_code(self) -> str:
        """Hold the code to its form, and to one question."""
        code = str(self.cleaned_data["code"])
        if not _CODE.fullmatch(code):
            raise ValidationError(_("コードは own_ で始め、半角の小文字・数字・下線で入力してください。"))
        if OwnQuestion.objects.filter(code=code).exists():
            raise ValidationError(_("このコードの質問は、もうあります。別のコードにしてください。"))
        return code

    def clean(self) -> dict[str, Any]:
        """Ask for at least two choices where one is to be chosen."""
        lines = list(dict.fromkeys(line.strip() for line in str(self.cleaned_data.get("choices") or "").splitlines() if line.strip()))
        if self.cleaned_data.get("answer") == OwnQuestion.Kind.CHOICE:
            if not 2 <= len(lines) <= _MOST_CHOICES or any(len(line) > 60 for line in lines):
                self.add_error("choices", _("選択肢を1行に1つずつ、2から20まで入力してください。1つは60文字以内です。"))
        else:
            lines = []
        self.cleaned_data["choices"] = lines
        return self.cleaned_data

    def question(self) -> OwnQuestion:
        """Return the question as it was entered."""
        entered = {name: value for name, value in self.cleaned_data.items() if name != "code"}
        question = self.known or OwnQuestion(code=self.cleaned_data["code"])
        for name, value in entered.items():
            setattr(question, name, value)
        return question


class ReleaseForm(forms.Form):
    """Which locked look-up is released, and why."""

    booking = forms.ChoiceField(
        label=_("予約番号"),
        widget=RadioList(),
        error_messages={
            "required": _("予約番号を選んでください。"),
            "invalid_choice": _("この予約は、もう停止していません。選び直してください。"),
        },
    )
    reason = forms.CharField(
        label=_("確認したこと"),
        max_length=200,
        help_text=_("本人からの電話で何を確かめたかなど。氏名は書かないでください。"),
        error_messages={
            "required": _("確認したことを入力してください。"),
            "max_length": _("確認したことが長すぎます。200文字以内で入力してください。"),
        },
        widget=forms.TextInput(_BOX),
    )

    def __init__(self, *args: Any, locked: list[SealedApplication], **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        field = self.fields["booking"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(one.pk), one.booking.number) for one in locked]
