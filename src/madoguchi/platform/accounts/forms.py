"""Forms of the sign-in and of one's own account."""

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.utils.translation import gettext_lazy as _

from madoguchi.platform import clock
from madoguchi.platform.accounts import own_roles
from madoguchi.platform.accounts.duty import Choices, Duty
from madoguchi.platform.accounts.models import Role, SecurityKey, Staff
from madoguchi.platform.accounts.rules import CODE_DIGITS, MOST_LOCK_MINUTES, code_as_typed, is_user_id, window_as_called
from madoguchi.platform.ui.forms import CheckboxList, RadioList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.functional import _StrOrPromise


def _password(label: "_StrOrPromise", missing: "_StrOrPromise", autocomplete: str) -> forms.CharField:
    """Return a box for a password, taken as it is typed; `autocomplete` tells a password manager which one is meant (HTML, 4.10.18.7)."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=200, strip=False, error_messages={"required": missing}, widget=widget)


class AnswerInput(forms.HiddenInput):
    """The hidden box that the script fills; an answer that was refused does not come back, it would be sent again."""

    def format_value(self, value: object) -> None:  # noqa: ARG002 Django's signature
        return None


_NO_ANSWER = _("認証器の答えがありません。「認証器を使う」を押し、認証器に触れてください。")


class SignInForm(forms.Form):
    """Page one of the sign-in."""

    user_id = forms.CharField(
        label=_("利用者ID"),
        max_length=64,
        error_messages={"required": _("利用者IDを入力してください。")},
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = _password(_("パスワード"), _("パスワードを入力してください。"), "current-password")


class ScreenLockForm(forms.Form):
    """The password that opens a locked screen again, and the page that was left."""

    password = _password(_("パスワード"), _("パスワードを入力してください。"), "current-password")
    next = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)

    def __init__(self, data: object = None, *, initial: dict[str, str] | None = None) -> None:
        # Its boxes stand for a while beside those of the page that is hidden.
        super().__init__(data, initial=initial, auto_id="lock-%s")  # type: ignore[arg-type]  # request.POST or None


class DutyForm(forms.Form):
    """今日の担当. Only what there is a choice of is asked; `initial` is what was chosen the last time."""

    window = forms.CharField(
        label=_("窓口"),
        required=False,
        max_length=10,
        help_text=_("窓口の番号か記号。半角の数字か英字で4文字まで。窓口で働かないときは空のままにします。"),
        error_messages={"max_length": _("窓口の番号が長すぎます。4文字までにしてください。")},
        widget=forms.TextInput({"autocomplete": "off", "class": "width-4 figures", "autofocus": True}),
    )

    def __init__(self, choices: Choices, data: object = None, *, initial: dict[str, str]) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type]  # request.POST or None
        self.choices = choices
        if len(choices.roles) > 1:
            self.fields["role"] = self._one_of(_("役割"), choices.roles, _("今日の役割を選んでください。"))
            self.fields["role"].help_text = _("選んだ役割の画面と操作だけを使えます。")
        if len(choices.places) > 1:
            everywhere = any(not place for _role, place in choices.held)
            places = (("", str(_("決めない"))), *choices.places) if everywhere else choices.places
            self.fields["place"] = self._one_of(_("場所"), places, _("今日の場所を選んでください。"), required=not everywhere)
        self.order_fields(["role", "place", "window"])

    @staticmethod
    def _one_of(
        label: "_StrOrPromise", choices: "Sequence[tuple[str, str]]", missing: "_StrOrPromise", *, required: bool = True
    ) -> forms.ChoiceField:
        words = {"required": missing, "invalid_choice": missing}
        return forms.ChoiceField(label=label, choices=choices, required=required, error_messages=words, widget=RadioList())

    def clean_window(self) -> str:
        typed: str = self.cleaned_data["window"]
        if not typed:
            return ""
        try:
            return window_as_called(typed)
        except ValueError:
            raise forms.ValidationError(_("窓口は、半角の数字か英字で4文字までです。例：3")) from None

    def clean(self) -> dict[str, object]:
        cleaned: dict[str, object] = super().clean() or {}
        if not self.errors and not self.choices.fits(str(cleaned.get("role", "")), str(cleaned.get("place", ""))):
            self.add_error("place", _("選んだ役割は、この場所では使えません。別の場所か役割を選んでください。"))
        return cleaned

    def chosen(self) -> Duty:
        """Return the duty of a valid form; what there was no choice of is what there is."""
        only = self.choices.places[0][0] if len(self.choices.places) == 1 else ""
        place = self.cleaned_data.get("place", only)
        role = self.cleaned_data.get("role", "")
        return Duty(
            role=role,
            role_name=dict(self.choices.roles)[role] if role else "",
            place=place,
            place_name=dict(self.choices.places).get(place, ""),
            window=self.cleaned_data["window"],
        )


class TrainingSiteForm(forms.Form):
    """Where the installation for training is; empty when there is none."""

    address = forms.URLField(
        label=_("研修環境のアドレス"),
        required=False,
        max_length=200,
        assume_scheme="https",
        help_text=_("交付管理の研修環境の最初のページ。ないときは空にします。例：https://kenshu.example.lg.jp/"),
        error_messages={
            "invalid": _("研修環境のアドレスは、https:// か http:// で始まる形で入力してください。"),
            "max_length": _("研修環境のアドレスは、200字までです。"),
        },
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "url"}),
    )


class LockTimeForm(forms.Form):
    """After how long a screen locks by itself."""

    minutes = forms.IntegerField(
        label=_("操作がないとき、画面をロックするまでの時間(分)"),
        min_value=0,
        max_value=MOST_LOCK_MINUTES,
        help_text=_("0から15まで。0にすると自動ではロックしません。ボタンとキーでのロックは、いつでも使えます。"),
        error_messages={
            "required": _("画面をロックするまでの分数を入力してください。自動でロックしないときは0です。"),
            "invalid": _("画面をロックするまでの分数は、0から15までの数字で入力してください。"),
            "min_value": _("画面をロックするまでの分数は、0以上にしてください。"),
            "max_value": _("画面をロックするまでの分数は、15以下にしてください。15分で自動的にログアウトするためです。"),
        },
        widget=forms.TextInput({"class": "figures width-2", "inputmode": "numeric", "autocomplete": "off"}),
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


class OwnAppForm(CodeForm):
    """The end of an enrolment from one's own session, with the password anew: whoever finds an open screen adds nothing."""

    password = _password(_("パスワード"), _("パスワードを入力してください。"), "current-password")


class IdentityForm(forms.Form):
    """Whom of the municipality's sign-in service an account is to belong to."""

    subject = forms.CharField(
        label=_("職員認証基盤の識別子(sub)"),
        # The approver reads it whole in the title of what they approve.
        max_length=100,
        help_text=_("本人が職員認証基盤でログインすると、画面に出ます。本人に会って確かめ、そのまま写します。"),
        error_messages={
            "required": _("職員認証基盤の識別子(sub)を入力してください。"),
            "max_length": _("識別子(sub)は100文字までです。写したものを確かめてください。"),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "code", "spellcheck": "false"}),
    )
    reason = forms.CharField(
        label=_("結び付ける理由"),
        max_length=500,
        error_messages={"required": _("結び付ける理由を入力してください。承認する人に伝わります。")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data, prefix="identity")  # type: ignore[arg-type]  # request.POST or None


def _one_of_keys(keys: "Sequence[SecurityKey]") -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=_("外す認証器"),
        choices=[(key.pk, key.name) for key in keys],
        coerce=int,
        error_messages={"required": _("外す認証器を選んでください。"), "invalid_choice": _("外す認証器を選び直してください。")},
        widget=RadioList(),
    )


class KeyAnswerForm(forms.Form):
    """What the browser has got from an authenticator; its script fills it."""

    answer = forms.CharField(max_length=50_000, error_messages={"required": _NO_ANSWER}, widget=AnswerInput)

    def __init__(self, data: object = None, *, auto_id: str = "key-%s") -> None:
        # It stands beside the form for the code.
        super().__init__(data, auto_id=auto_id)  # type: ignore[arg-type]  # request.POST or None


class KeyNameForm(forms.Form):
    """What somebody calls a new authenticator."""

    name = forms.CharField(
        label=_("認証器の名前"),
        max_length=40,
        help_text=_("見分けるための名前です。例：机の鍵、職員カード"),
        error_messages={"required": _("認証器の名前を入力してください。")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: object = None, *, taken: "Sequence[str]" = (), initial: dict[str, str] | None = None) -> None:
        super().__init__(data, auto_id="key-%s", initial=initial)  # type: ignore[arg-type]  # request.POST or None
        self.taken = taken

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name in self.taken:
            raise forms.ValidationError(_("同じ名前の認証器があります。別の名前にしてください。"))
        return name


class NewKeyForm(KeyNameForm):
    """The name of a new authenticator, and the password anew: whoever finds an open screen adds none."""

    password = _password(_("パスワード"), _("パスワードを入力してください。"), "current-password")


class AddedKeyForm(KeyNameForm):
    """A new authenticator as the browser made it."""

    answer = forms.CharField(max_length=50_000, error_messages={"required": _NO_ANSWER}, widget=AnswerInput)


class RemoveKeyForm(forms.Form):
    """Which of one's own authenticators goes, and the password anew."""

    password = _password(_("パスワード"), _("パスワードを入力してください。"), "current-password")

    def __init__(self, keys: "Sequence[SecurityKey]", data: object = None) -> None:
        super().__init__(data, prefix="remove")  # type: ignore[arg-type]  # request.POST or None
        self.fields["key"] = _one_of_keys(keys)
        self.order_fields(["key", "password"])


class LostKeyForm(forms.Form):
    """Which authenticator of somebody else is lost, and how that is known."""

    reason = forms.CharField(
        label=_("外す理由"),
        max_length=500,
        error_messages={"required": _("外す理由を入力してください。記録に残ります。")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, keys: "Sequence[SecurityKey]", data: object = None) -> None:
        super().__init__(data, prefix="lost")  # type: ignore[arg-type]  # request.POST or None
        self.fields["key"] = _one_of_keys(keys)
        self.order_fields(["key", "reason"])


class PasswordForm(forms.Form):
    """Change of one's own password."""

    old_password = _password(_("今のパスワード"), _("今のパスワードを入力してください。"), "current-password")
    new_password = _password(_("新しいパスワード"), _("新しいパスワードを入力してください。"), "new-password")
    repeated_password = _password(_("新しいパスワード(もう一度)"), _("新しいパスワードをもう一度入力してください。"), "new-password")

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


class PreferencesForm(forms.Form):
    """個人の設定: how the pages look for one person."""

    rows = forms.ChoiceField(
        label=_("表の行の高さ"),
        choices=[("normal", _("ふつう")), ("compact", _("低い"))],
        error_messages={"required": _("行の高さを選んでください。"), "invalid_choice": _("行の高さを選び直してください。")},
        widget=RadioList(help_texts={"compact": _("一つの画面に多くの行が入ります。")}),
    )
    shortcuts = forms.BooleanField(
        label=_("一つのキーだけの操作を使う（/、?、g と文字、一覧の行のキー）"),
        required=False,
        help_text=_("この端末だけの設定です。音声で文字を入れる人など、思わぬキーが入る端末では切ってください。"),
    )


class AccountForm(forms.Form):
    """A new account; its first password is made by the product."""

    user_id = forms.CharField(
        label=_("利用者ID"),
        max_length=64,
        help_text=_("半角の英字、数字、ピリオド、ハイフン、下線。一度使った利用者IDは二度と使えません。"),
        error_messages={"required": _("利用者IDを入力してください。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label=_("氏名"),
        max_length=100,
        error_messages={"required": _("氏名を入力してください。")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=_("区分"),
        choices=[(Staff.Kind.STAFF.value, Staff.Kind.STAFF.label), (Staff.Kind.CONTRACTOR.value, Staff.Kind.CONTRACTOR.label)],
        error_messages={"required": _("区分を選んでください。"), "invalid_choice": _("区分を選び直してください。")},
    )
    section_code = forms.CharField(
        label=_("部課コード"),
        max_length=20,
        error_messages={"required": _("部課コードを入力してください。")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    section_name = forms.CharField(
        label=_("部課名"),
        max_length=100,
        help_text=_("登録済みの部課コードなら、登録済みの名称が使われます。"),
        error_messages={"required": _("部課名を入力してください。")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_user_id(self) -> str:
        user_id: str = self.cleaned_data["user_id"]
        if not is_user_id(user_id):
            raise forms.ValidationError(_("半角の英字、数字、ピリオド、ハイフン、下線だけを使ってください。先頭は英字か数字です。"))
        return user_id


class RoleForm(forms.Form):
    """Which role somebody is to get, and where."""

    role = forms.ModelChoiceField(
        label=_("役割"),
        queryset=Role.objects.none(),
        to_field_name="code",
        empty_label=_("選んでください"),
        error_messages={"required": _("役割を選んでください。"), "invalid_choice": _("役割を選び直してください。")},
    )
    place = forms.CharField(
        label=_("場所コード"),
        max_length=20,
        required=False,
        help_text=_("空のままにすると、すべての場所が対象です。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    until = forms.DateField(
        label=_("期限"),
        required=False,
        help_text=_("この日の終わりまで。過ぎると自動で外れます。空のままにすると、期限はありません。例：2027-03-31"),
        error_messages={"invalid": _("期限は、2027-03-31 のように年月日で入力してください。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "figures width-8"}),
    )
    reason = forms.CharField(
        label=_("理由"),
        max_length=500,
        error_messages={"required": _("理由を入力してください。承認する人に伝わります。")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # request.POST or None
        field = self.fields["role"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Role.objects.filter(is_retired=False).order_by("code")

    def clean_until(self) -> dt.date | None:
        """Return the day; refuse one that is over."""
        until: dt.date | None = self.cleaned_data["until"]
        if until is not None and until < clock.today():
            raise forms.ValidationError(_("期限は、今日より後の日にしてください。"))
        return until


class OwnRoleForm(forms.Form):
    """What a role of the municipality's own is called and which rights it holds; `role` is the code of the one to be changed."""

    name = forms.CharField(
        label=_("役割の名前"),
        max_length=40,
        error_messages={"required": _("役割の名前を入力してください。"), "max_length": _("役割の名前は40字までです。")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    rights = forms.MultipleChoiceField(
        label=_("権限"),
        error_messages={"required": _("権限を一つ以上選んでください。"), "invalid_choice": _("権限を選び直してください。")},
        widget=CheckboxList(),
    )
    reason = forms.CharField(
        label=_("理由"),
        max_length=500,
        error_messages={"required": _("理由を入力してください。承認する人に伝わります。")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, role: str, data: object = None, *, initial: Mapping[str, object] | None = None) -> None:
        super().__init__(data, initial=dict(initial or {}))  # type: ignore[arg-type]  # request.POST or None
        self.role = role
        rights = self.fields["rights"]
        assert isinstance(rights, forms.MultipleChoiceField)
        rights.choices = [(right.code, f"{right.name}（{right.code}）") for right in own_roles.rights_to_choose()]

    def clean_name(self) -> str:
        """Return the name; refuse that of another role."""
        name = str(self.cleaned_data["name"])
        if own_roles.is_name_taken(name, role=self.role):
            raise forms.ValidationError(_("同じ名前の役割があります。別の名前にしてください。"))
        return name


class ReviewForm(forms.Form):
    """What is decided about the ticked rights of a review."""

    decision = forms.ChoiceField(choices=[("keep", ""), ("withdraw", "")], required=False, widget=forms.HiddenInput())
    note = forms.CharField(
        label=_("備考・取消しの理由"),
        help_text=_("取消しを依頼するときは必ず入力します。記録と棚卸表に残ります。"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, object]:
        """Demand one of the two buttons: the decision is no box that could be marked."""
        cleaned = super().clean() or {}
        if not cleaned.get("decision"):
            self.errors.pop("decision", None)
            raise forms.ValidationError(_("「続ける」か「取消しを依頼する」を押してください。"))
        return cleaned


class ReasonForm(forms.Form):
    """Why something is done to an account."""

    reason = forms.CharField(
        label=_("理由"),
        max_length=500,
        error_messages={"required": _("理由を入力してください。記録に残ります。")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, label: str, data: object = None, *, prefix: str) -> None:
        super().__init__(data, prefix=prefix)  # type: ignore[arg-type]  # request.POST or None
        self.fields["reason"].label = label
