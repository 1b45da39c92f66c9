"""The second person's fields, for every page that needs one, and the decision on a request."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.platform.accounts.forms import AnswerInput
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.accounts.rights import Right
from madoguchi.platform.approvals import services
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.verbs import Refusal


class WitnessForm(forms.Form):
    """二人目: id and password, or id and authenticator, of the second person on the same screen.

    Show it with `{% include "approvals/witness-fields.html" with witness_form=form %}` inside the form of the act; call `witness` once
    the act's own form is valid.
    """

    witness_user_id = forms.CharField(
        label=_("二人目の利用者ID"),
        max_length=64,
        error_messages={"required": _("二人目の利用者IDを入力してください。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    # A browser that fills in the first person's password here would only cause refusals.
    witness_password = forms.CharField(
        label=_("二人目のパスワード"),
        max_length=200,
        strip=False,
        error_messages={"required": _("二人目のパスワードを入力してください。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    # Filled by the script when the second person used an authenticator in place of the password.
    witness_answer = forms.CharField(max_length=50_000, required=False, widget=AnswerInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, auto_id: str = "id_%s") -> None:
        super().__init__(data, auto_id=auto_id)
        if self.data.get("witness_answer"):
            self.fields["witness_password"].required = False

    def witness(self, right: Right, other_than: Actor, place: str = "") -> Staff | None:
        """Return the second person, or None with the sentence why not in the form's errors."""
        if not self.is_valid():
            return None
        try:
            return services.witness(
                self.cleaned_data["witness_user_id"],
                self.cleaned_data["witness_password"],
                answer=self.cleaned_data["witness_answer"],
                right=right,
                other_than=other_than,
                place=place,
            )
        except Refusal as refusal:
            self.add_error("witness_user_id", refusal.message)
            return None


class DecisionForm(forms.Form):
    """The reason of a decision; a rejection needs one."""

    reason = forms.CharField(
        label=_("理由"),
        max_length=500,
        required=False,
        help_text=_("差し戻すときは必ず入力してください。依頼した人に伝わります。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
