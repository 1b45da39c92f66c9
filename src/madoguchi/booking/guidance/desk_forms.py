"""For staff: the whole case at once, and the municipality's own rules."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.guidance.words import ANSWER_NAMES, GROUP_NAMES, PAPER_NAMES, QUESTION_NAMES
from madoguchi.kernel.required_documents import CIRCUMSTANCES, GROUPS, PAPERS, PROCEDURES
from madoguchi.platform.ui.forms import CheckboxList, DateBoxesField, RadioList
from madoguchi.platform.ui.languages import EASY, JAPANESE, SiteLanguage

# Who may come: a municipality's own rule can be for some of them only.
VISITORS = ("self", "together", "representative", "agent")


def text_of(question: str) -> Any:  # noqa: ANN401 a text that is translated when it is shown; Django's stubs know it only as their own class
    """Return the words of a question as the label of a field."""
    return QUESTION_NAMES[question]


def _choice(question: str, *, empty: bool = False) -> forms.ChoiceField:
    first = [("", _("（選ばない）"))] if empty else []
    return forms.ChoiceField(
        label=text_of(question),
        required=not empty,
        choices=[*first, *ANSWER_NAMES[question].items()],
        error_messages={"required": _("選んでください。"), "invalid_choice": _("選べない項目です。選び直してください。")},
    )


class CaseForm(forms.Form):
    """The whole case on one page, for the clerk at the desk and for looking at rules of another day."""

    procedure = _choice("procedure")
    owner = _choice("owner")
    guardianship = _choice("guardianship", empty=True)
    visitor = _choice("visitor")
    reason = _choice("reason", empty=True)
    notice = _choice("notice")
    circumstances = forms.MultipleChoiceField(
        label=text_of("circumstances"),
        required=False,
        choices=list(ANSWER_NAMES["circumstances"].items()),
        widget=CheckboxList(),
        error_messages={"invalid_choice": _("選べない項目が含まれています。選び直してください。")},
    )
    day = DateBoxesField(label=_("来庁する日"), required=False, help_text=_("空欄なら今日の規則で案内します。"))
    language = forms.ChoiceField(label=_("案内のことば"), required=False)

    def __init__(self, *args: Any, languages: Sequence[SiteLanguage], **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        field = self.fields["language"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(language.code, language.name) for language in languages]

    def answers(self) -> dict[str, str]:
        """Return the case as the wizard keeps it; what does not belong to it is left out."""
        given = {name: self.cleaned_data[name] for name in ("procedure", "owner", "guardianship", "visitor", "reason", "notice")}
        allowed = CIRCUMSTANCES[given["procedure"]]
        given["circumstances"] = ",".join(code for code in self.cleaned_data["circumstances"] if code in allowed)
        if given["owner"] != "ward":
            given["guardianship"] = ""
        if given["visitor"] != "agent":
            given["reason"] = ""
        return given


class OwnRuleForm(forms.Form):
    """The municipality's words for one thing to bring, from a day on; for each language offered a text and a note."""

    since = DateBoxesField(label=_("この日から"), error_messages={"required": _("始まりの日を入力してください。")})
    until = DateBoxesField(label=_("この日まで"), required=False, help_text=_("空欄なら、次に変えるまで続きます。"))
    hidden = forms.BooleanField(label=_("この持ち物は案内しない"), required=False)
    text = forms.CharField(
        label=_("持ち物"),
        required=False,
        max_length=100,
        error_messages={"max_length": _("持ち物は100文字以内で入力してください。")},
        help_text=_("空欄なら国の規則の言葉のままです。"),
    )
    note = forms.CharField(
        label=_("説明"), required=False, max_length=200, error_messages={"max_length": _("説明は200文字以内で入力してください。")}
    )
    papers = forms.MultipleChoiceField(
        label=_("本人確認書類の組み合わせ（どれか1つで足りるもの）"),
        required=False,
        choices=[(code, PAPER_NAMES[code]) for code in PAPERS],
        widget=CheckboxList(),
        help_text=_("選ばないときは国の規則のままです。"),
        error_messages={"invalid_choice": _("選べない項目が含まれています。選び直してください。")},
    )

    def __init__(self, *args: Any, languages: Sequence[SiteLanguage], **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        self.languages = [language for language in languages if language.code not in {JAPANESE, EASY}]
        for language in self.languages:
            self.fields[f"text_{language.code}"] = forms.CharField(
                label=_("持ち物（%(language)s）") % {"language": language.name},
                required=False,
                max_length=200,
                widget=forms.TextInput({"lang": language.code}),
                error_messages={"max_length": _("200文字以内で入力してください。")},
            )
            self.fields[f"note_{language.code}"] = forms.CharField(
                label=_("説明（%(language)s）") % {"language": language.name},
                required=False,
                max_length=400,
                widget=forms.TextInput({"lang": language.code}),
                error_messages={"max_length": _("400文字以内で入力してください。")},
            )

    def translations(self) -> dict[str, dict[str, str]]:
        """Return text and note of every language in which there is a text."""
        values = self.cleaned_data
        return {
            language.code: {"text": values[f"text_{language.code}"], "note": values[f"note_{language.code}"]}
            for language in self.languages
            if values.get(f"text_{language.code}")
        }


class AdditionalRuleForm(OwnRuleForm):
    """A thing that only this municipality asks for: also under which heading, and for whom."""

    group = forms.ChoiceField(
        label=_("見出し"),
        choices=[(code, GROUP_NAMES[code]) for code in GROUPS],
        widget=RadioList(),
        error_messages={"required": _("見出しを選んでください。")},
    )
    procedures = forms.MultipleChoiceField(
        label=_("手続き"),
        required=False,
        choices=[(code, ANSWER_NAMES["procedure"][code]) for code in PROCEDURES],
        widget=CheckboxList(),
        help_text=_("選ばないときは、すべての手続きで案内します。"),
    )
    visitors = forms.MultipleChoiceField(
        label=_("来る人"),
        required=False,
        choices=[(code, ANSWER_NAMES["visitor"][code]) for code in VISITORS],
        widget=CheckboxList(),
        help_text=_("選ばないときは、だれが来る場合も案内します。"),
    )
    field_order = ("group", "procedures", "visitors", "text", "note", "papers", "since", "until")

    def __init__(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        del self.fields["hidden"]
        text = self.fields["text"]
        text.required, text.help_text, text.error_messages["required"] = True, "", _("持ち物を入力してください。")

    def when(self) -> dict[str, list[str]]:
        """Return for whom the thing is asked."""
        chosen = {"procedure": self.cleaned_data["procedures"], "visitor": self.cleaned_data["visitors"]}
        return {question: answers for question, answers in chosen.items() if answers}
