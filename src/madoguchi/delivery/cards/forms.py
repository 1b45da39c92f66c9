"""Forms of the register."""

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.ways import ActPage
from madoguchi.kernel.numbers import NumberError, application_id

_OLD = _("画面の内容が古くなっています。カードを開き直してから、もう一度行ってください。")
PAGE_IS_OLD = {"required": _OLD, "invalid": _OLD}


class FindForm(forms.Form):
    """The number to look for, typed or scanned; it travels in the body and never in an address."""

    code = forms.CharField(
        label=_("番号"),
        max_length=60,
        help_text=_("スリーブのコード、製造管理番号、申請書ID、発送番号のどれか。カードの QR は読み取らないでください。"),
        error_messages={
            "required": _("番号を入力するか、読み取ってください。"),
            "max_length": _("番号が長すぎます。もう一度読み取ってください。"),
        },
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off", "data-scan-field": "", "data-expects-number": ""}),
    )


class RevealForm(forms.Form):
    """Why a masked value is opened; asked for where the municipality demands it."""

    reason = forms.CharField(
        label=_("表示する理由"),
        max_length=200,
        help_text=_("例: 本人からの電話で住所を確かめる。表示した人、日時、項目と一緒に操作記録に残ります。"),
        error_messages={
            "required": _("表示する理由を入力してください。"),
            "max_length": _("理由は200文字以内で入力してください。"),
        },
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off"}),
    )


class HoldForm(forms.Form):
    """Why a card is stopped."""

    kind = forms.ChoiceField(
        label=_("停止の種類"),
        choices=[(kind.value, kind.label) for kind in rules.HoldKind],
        error_messages={"required": _("停止の種類を選んでください。"), "invalid_choice": _("停止の種類を選び直してください。")},
    )
    reason = forms.CharField(
        label=_("停止の理由"),
        max_length=500,
        error_messages={"required": _("停止の理由を入力してください。")},
        widget=forms.Textarea({"rows": 2}),
    )
    source = forms.CharField(label=_("情報源"), max_length=100, required=False, help_text=_("異動リスト、本人の届出など"))
    version = forms.IntegerField(widget=forms.HiddenInput, error_messages=PAGE_IS_OLD)


class ReleaseForm(forms.Form):
    """Why a hold is released; the one who set it cannot."""

    reason = forms.CharField(
        label=_("解除の理由"),
        max_length=500,
        error_messages={"required": _("解除の理由を入力してください。")},
        widget=forms.Textarea({"rows": 2}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, error_messages=PAGE_IS_OLD)


_NUMBER = {"class": "width-16", "autocomplete": "off", "data-accepts-scan": "", "data-expects-number": ""}


class ActForm(forms.Form):
    """What one act on one card asks for: the fields that its page names, and the version that the person saw."""

    document = forms.CharField(
        label=_("届出などの書類"),
        max_length=200,
        help_text=_("種類と日付。例: 交付取りやめ届 令和8年11月21日"),
        error_messages={"required": _("書類の種類と日付を入力してください。")},
    )
    terminal_checked = forms.BooleanField(
        label=_("統合端末の状態を確かめた"), error_messages={"required": _("統合端末の状態を確かめてから、印を付けてください。")}
    )
    site = forms.ModelChoiceField(
        label=_("カードを受け取った施設"),
        queryset=DeliveryPlace.objects.none(),
        empty_label=None,
        to_field_name="code",
        error_messages={"required": _("施設を選んでください。"), "invalid_choice": _("施設を選び直してください。")},
    )
    reason = forms.CharField(
        label=_("理由"), max_length=500, error_messages={"required": _("理由を入力してください。")}, widget=forms.Textarea({"rows": 2})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, error_messages=PAGE_IS_OLD)

    def __init__(self, data: object = None, *, page: ActPage, card: Card) -> None:
        super().__init__(data, initial={"version": card.version, "site": card.site})  # type: ignore[arg-type]  # request.POST or None
        for name in set(self.fields) - {*page.asks, "version"}:
            del self.fields[name]
        if "site" in self.fields:
            self.fields["site"].queryset = DeliveryPlace.objects.filter(is_open=True)  # type: ignore[attr-defined]  # a model choice

    def evidence(self) -> dict[str, object]:
        """Return what the act brings along, as `services.perform` takes it in `detail`."""
        given = self.cleaned_data
        detail: dict[str, object] = {name: given[name] for name in ("document", "terminal_checked") if name in given}
        return detail | ({"site": given["site"].code} if "site" in given else {})


class ReissueForm(forms.Form):
    """A new card for the same person: the 申請書ID of the new application, and why."""

    application_id = forms.CharField(
        label=_("新しい申請書ID"),
        max_length=40,
        help_text=_("再発行の申請書にある23けたの番号"),
        error_messages={"required": _("新しい申請書IDを入力してください。")},
        widget=forms.TextInput(_NUMBER),
    )
    why = forms.ChoiceField(
        label=_("再発行の事由"),
        choices=[(kind.value, kind.label) for kind in rules.ReissueReason],
        error_messages={"required": _("再発行の事由を選んでください。"), "invalid_choice": _("再発行の事由を選び直してください。")},
    )
    reason = forms.CharField(
        label=_("理由"), max_length=500, error_messages={"required": _("理由を入力してください。")}, widget=forms.Textarea({"rows": 2})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, error_messages=PAGE_IS_OLD)

    def clean_application_id(self) -> str:
        """Read the number; say what is wrong with it."""
        try:
            return application_id(self.cleaned_data["application_id"])
        except NumberError as error:
            raise forms.ValidationError(_("申請書IDは23けたの数字です。番号を確かめてください。")) from error
