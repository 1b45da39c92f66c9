"""Forms of the counter."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.handover.rules import FeeKind
from madoguchi.kernel.documents import kinds_on
from madoguchi.platform import clock
from madoguchi.platform.ui.forms import CheckboxList, RadioList

FREE_REASONS = [
    ("first", _("初めての交付")),
    ("renewal", _("有効期間内の更新")),
    ("full", _("追記欄の満欄")),
    ("fault", _("初期不良・市の都合")),
]
CHARGED_REASONS = [("lost", _("紛失・破損による再交付")), ("unreturned", _("前のカードを返納できない更新"))]


class ScanForm(forms.Form):
    """One scanned or typed code."""

    code = forms.CharField(
        label=_("読み取った番号"),
        max_length=64,
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off", "data-scan-field": "", "inputmode": "text"}),
        error_messages={"required": _("番号を読み取るか入力してください。")},
    )


class ReceiveForm(ScanForm):
    """Whose visit begins: the number on the notice, or the sleeve."""

    code = forms.CharField(
        label=_("製造管理番号"),
        help_text=_("持ってこられた交付通知書の番号を読み取ります。予約の控えのQRコード、予約番号、スリーブのコードでも受け付けられます。"),
        max_length=64,
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off", "data-scan-field": ""}),
        error_messages={"required": _("番号を読み取るか入力してください。")},
    )


class DocumentsForm(forms.Form):
    """Which kinds of papers were shown, and what was compared and said. No number of a paper is asked."""

    kinds = forms.MultipleChoiceField(
        label=_("確かめた書類"),
        help_text=_("種類だけを記録します。番号は記録しません。A は顔写真付き、B はそのほかです。"),
        widget=CheckboxList(),
        error_messages={"required": _("確かめた書類を選んでください。")},
    )
    face_compared = forms.BooleanField(
        label=_("書類の写真・カードの写真と顔を見比べた"), error_messages={"required": _("顔を見比べてから印を付けてください。")}
    )
    certificates_explained = forms.BooleanField(
        label=_("暗証番号の設定と電子証明書を説明した"), error_messages={"required": _("説明してから印を付けてください。")}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **kwargs)
        kinds = kinds_on(clock.today())
        self.fields["kinds"].choices = [(kind.code, f"{kind.proves}　{kind.name}") for kind in kinds]  # type: ignore[attr-defined]  # a choice field


class FeeForm(forms.Form):
    """Whether a fee was due and how it was paid."""

    fee = forms.ChoiceField(
        label=_("手数料"),
        choices=[(kind.value, kind.label) for kind in FeeKind if kind is not FeeKind.UNDECIDED],
        widget=RadioList(),
        error_messages={"required": _("無料か、徴収の方法を選んでください。")},
    )
    reason = forms.ChoiceField(
        label=_("理由"),
        choices=[("", _("選んでください")), *FREE_REASONS, *CHARGED_REASONS],
        error_messages={"required": _("無料・有料の理由を選んでください。")},
    )
    yen = forms.IntegerField(
        label=_("徴収した金額 (円)"),
        required=False,
        min_value=0,
        max_value=10_000,
        widget=forms.TextInput({"class": "figures width-8", "inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("無料のときは空のままにします。"),
    )


class RefuseForm(forms.Form):
    """Why the card could not be handed over."""

    reason = forms.CharField(
        label=_("交付できなかった理由"),
        max_length=500,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("理由を書いてください。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 Django's signature
        # The fee's reason stands on the same page.
        super().__init__(*args, **{"auto_id": "id_refusal_%s", **kwargs})
