"""One question a page, for citizens."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.guidance.words import ANSWER_NAMES, QUESTION_HINTS, QUESTION_NAMES
from madoguchi.kernel.required_documents import choices
from madoguchi.platform.ui.forms import CheckboxList, RadioList


class QuestionForm(forms.Form):
    """One question with the answers that the way so far leaves open."""

    def __init__(self, *args: Any, question: str, answers: Mapping[str, str], **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        offered = [(code, ANSWER_NAMES[question][code]) for code in choices(question, answers)]
        several = question == "circumstances"
        wording: dict[str, Any] = {"label": QUESTION_NAMES[question], "help_text": QUESTION_HINTS.get(question, ""), "choices": offered}
        if several:
            self.fields["answer"] = forms.MultipleChoiceField(
                **wording,
                required=False,
                widget=CheckboxList(),
                error_messages={"invalid_choice": _("選べない項目が含まれています。選び直してください。")},
            )
        else:
            self.fields["answer"] = forms.ChoiceField(
                **wording,
                widget=RadioList(),
                error_messages={
                    "required": _("当てはまるものを1つ選んでください。"),
                    "invalid_choice": _("選べない項目です。選び直してください。"),
                },
            )

    @property
    def answer(self) -> str:
        """The answer as it is kept: a code, or several with commas between."""
        given = self.cleaned_data["answer"]
        return given if isinstance(given, str) else ",".join(given)
