"""Forms of the sign-in and of one's own account."""

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.utils.translation import gettext_lazy as _

from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.accounts.rules import CODE_DIGITS, code_as_typed


class SignInForm(forms.Form):
    """Page one of the sign-in."""

    user_id = forms.CharField(
        label=_("利用者ID"),
        max_length=64,
        error_messages={"required": _("利用者IDを入力してください。")},
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("パスワード"),
        max_length=200,
        strip=False,
        error_messages={"required": _("パスワードを入力してください。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    """Page two of the sign-in, and the end of an enrolment."""

    code = forms.CharField(
        label=_("確認コード"),
        max_length=20,
        help_text=_("認証アプリに出ている6桁の数字です。30秒ごとに変わります。"),
        error_messages={"required": _("確認コードを入力してください。")},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean_code(self) -> str:
        code = code_as_typed(self.cleaned_data["code"])
        if len(code) != CODE_DIGITS or not (code.isascii() and code.isdigit()):
            raise forms.ValidationError(_("確認コードは6桁の数字で入力してください。"))
        return code


class PasswordForm(forms.Form):
    """Change of one's own password."""

    old_password = forms.CharField(
        label=_("今のパスワード"),
        max_length=200,
        strip=False,
        error_messages={"required": _("今のパスワードを入力してください。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = forms.CharField(
        label=_("新しいパスワード"),
        max_length=200,
        strip=False,
        error_messages={"required": _("新しいパスワードを入力してください。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated_password = forms.CharField(
        label=_("新しいパスワード(もう一度)"),
        max_length=200,
        strip=False,
        error_messages={"required": _("新しいパスワードをもう一度入力してください。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, staff: Staff, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # request.POST or None
        self.staff = staff
        self.fields["new_password"].help_text = " ".join(str(text) for text in password_validators_help_texts())

    def clean_new_password(self) -> str:
        chosen: str = self.cleaned_data["new_password"]
        validate_password(chosen, self.staff)
        if chosen == self.data.get("old_password"):
            raise forms.ValidationError(_("今のパスワードと同じです。別のパスワードにしてください。"))
        return chosen

    def clean(self) -> dict[str, object]:
        cleaned: dict[str, object] = super().clean() or {}
        if {"new_password", "repeated_password"} <= cleaned.keys() and cleaned["new_password"] != cleaned["repeated_password"]:
            self.add_error("repeated_password", _("2回入力した新しいパスワードが一致しません。もう一度入力してください。"))
        return cleaned
