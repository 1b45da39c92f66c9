"""Forms of the media pages."""

import datetime as dt

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.platform.exchange.direct import certificates
from madoguchi.platform.exchange.models import Medium
from madoguchi.platform.ui.forms import CheckboxList
from madoguchi.platform.ui.periods import DaysForm

_NUMBER = r"^[A-Za-z0-9-]{1,32}$"
WEEKDAYS = [(0, _("月")), (1, _("火")), (2, _("水")), (3, _("木")), (4, _("金")), (5, _("土")), (6, _("日"))]
_WHY = {"required": _("理由を入力してください。"), "max_length": _("理由は200文字以内で入力してください。")}


def _text(label: object, length: int, missing: object = None, **more: object) -> forms.CharField:
    return forms.CharField(
        label=label,  # type: ignore[arg-type]  # a lazy text
        max_length=length,
        required=missing is not None,
        error_messages={"required": missing or "", "max_length": _("%(limit_value)d文字以内で入力してください。")},  # type: ignore[dict-item]
        widget=forms.TextInput({"autocomplete": "off"}),
        **more,  # type: ignore[arg-type]
    )


class MediumForm(forms.Form):
    """A new medium."""

    number = forms.RegexField(
        regex=_NUMBER,
        label=_("媒体番号"),
        help_text=_("半角の英数字とハイフン。媒体に貼るラベルと同じにします。"),
        error_messages={
            "required": _("媒体番号を入力してください。"),
            "invalid": _("半角の英数字とハイフンで、32文字までにしてください。"),
        },
        widget=forms.TextInput({"class": "figures width-16", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=_("種類"),
        choices=Medium.Kind.choices,
        error_messages={"required": _("種類を選んでください。"), "invalid_choice": _("種類を選び直してください。")},
    )
    serial = _text(_("製造番号"), 64)
    encryption = _text(_("暗号化の方式"), 60, help_text=_("例：ハードウェア暗号化 AES-256"))
    kept_at = _text(_("保管場所"), 60, _("保管場所を入力してください。"))


class TakeOutForm(forms.Form):
    """What a medium is taken out for, and where to."""

    purpose = _text(_("目的"), 100, _("目的を入力してください。"), help_text=_("例：交付対象者を予約管理へ運ぶ"))
    destination = _text(_("行き先"), 60, _("行き先を入力してください。"))


class StepForm(forms.Form):
    """A remark on a step; may stay empty."""

    remarks = _text(_("備考"), 200)


class DisposeForm(forms.Form):
    """How a medium was destroyed."""

    how = _text(_("廃棄の方法"), 100, _("廃棄の方法を入力してください。"), help_text=_("例：物理破壊"))


class RulesForm(forms.Form):
    """What is asked of media, and when they travel."""

    medium_required = forms.BooleanField(label=_("登録し、持ち出している媒体だけを使う"), required=False)
    release_required = forms.BooleanField(label=_("書き出したファイルは、別の職員が承認してから出す"), required=False)
    days_out = forms.IntegerField(
        label=_("持出しの期限（日）"),
        min_value=1,
        max_value=60,
        error_messages={"required": _("持出しの期限を入力してください。"), "invalid": _("期限は数字で入力してください。")},
        widget=forms.NumberInput({"class": "width-4"}),
    )
    trip_weekdays = forms.TypedMultipleChoiceField(
        label=_("媒体を運ぶ曜日"), choices=WEEKDAYS, coerce=int, required=False, widget=CheckboxList()
    )
    trip_time = forms.TimeField(
        label=_("媒体を運ぶ時刻"),
        required=False,
        error_messages={"invalid": _("時刻は「16:30」の形で入力してください。")},
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
    )
    transfer_minutes = forms.IntegerField(
        label=_("運ぶ時間（分）"),
        min_value=0,
        max_value=2880,
        error_messages={"required": _("運ぶ時間を入力してください。"), "invalid": _("運ぶ時間は数字で入力してください。")},
        widget=forms.NumberInput({"class": "width-4"}),
    )
    picking_minutes = forms.IntegerField(
        label=_("取り出しの時間（分）"),
        min_value=0,
        max_value=2880,
        error_messages={"required": _("取り出しの時間を入力してください。"), "invalid": _("取り出しの時間は数字で入力してください。")},
        widget=forms.NumberInput({"class": "width-4"}),
    )
    late_cancels_by_telephone = forms.BooleanField(
        label=_("間に合わない取消は電話で知らせる"),
        required=False,
        help_text=_("選ばないときは、窓口に間に合わない変更・取消の締切を設定できません。予約管理だけで使います。"),
    )
    direct_on = forms.BooleanField(
        label=_("直接連携を使う"),
        required=False,
        help_text=_("回線でつながっているときだけ使います。証明書を入れてからにしてください。媒体はそのまま使えます。"),
    )
    direct_host = forms.RegexField(
        regex=r"^[A-Za-z0-9.:_-]*$",
        label=_("予約管理のアドレス"),
        required=False,
        max_length=253,
        error_messages={"invalid": _("半角の名前か番地にしてください。")},
        widget=forms.TextInput({"autocomplete": "off", "class": "width-16"}),
    )
    direct_port = forms.IntegerField(
        label=_("予約管理の番号（ポート）"),
        min_value=1,
        max_value=65535,
        error_messages={"required": _("番号を入力してください。"), "invalid": _("番号は数字で入力してください。")},
        widget=forms.NumberInput({"class": "width-8"}),
    )
    direct_minutes = forms.IntegerField(
        label=_("直接連携の間隔（分）"),
        help_text=_("つなぐのは交付管理です。予約管理では、締切が守れるかの確認に使います。"),
        min_value=1,
        max_value=1440,
        error_messages={"required": _("間隔を入力してください。"), "invalid": _("間隔は数字で入力してください。")},
        widget=forms.NumberInput({"class": "width-4"}),
    )
    reason = forms.CharField(label=_("変更の理由"), max_length=200, error_messages=_WHY, widget=forms.TextInput({"autocomplete": "off"}))

    def __init__(self, *args: object, calls: bool = True, **kwargs: object) -> None:
        """Leave out, in the zone that only listens, what the caller alone needs."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own
        if not calls:
            for name in ("direct_host", "direct_port"):
                del self.fields[name]

    def clean(self) -> dict[str, object]:
        """See to it that trips have a time, and that a line that is switched on can be made."""
        if self.cleaned_data.get("direct_on"):
            if "direct_host" in self.fields and not self.cleaned_data.get("direct_host") and "direct_host" not in self.errors:
                self.add_error("direct_host", _("直接連携を使うときは、予約管理のアドレスを入力してください。"))
            held = certificates.standing()
            if held is None or held.is_over:
                self.add_error("direct_on", _("使える証明書がありません。管理者が証明書を入れてから、もう一度行ってください。"))
        if self.cleaned_data.get("trip_weekdays") and not self.cleaned_data.get("trip_time") and "trip_time" not in self.errors:
            self.add_error("trip_time", _("運ぶ曜日を選んだときは、時刻も入力してください。"))
        return self.cleaned_data


class LedgerForm(DaysForm):
    """Which days of the ledger."""

    @property
    def span(self) -> tuple[dt.date, dt.date]:
        """Return the days, in their order, of a valid form."""
        first, last = self.cleaned_data["day_from"], self.cleaned_data["day_until"]
        return min(first, last), max(first, last)
