"""Forms of fees."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.queries import places
from madoguchi.delivery.fees.models import Drawer, DrawerDay
from madoguchi.kernel.fees import ITEM_NAMES
from madoguchi.platform.ui.forms import DateBoxesField

_MOST_YEN = 10_000_000


def _yen(label: Any, **options: Any) -> forms.IntegerField:  # noqa: ANN401 lazy words, Django's options
    return forms.IntegerField(
        label=label,
        max_value=_MOST_YEN,
        widget=forms.TextInput({"class": "figures width-8", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": _("金額を入力してください。ないときは 0 を入力します。"),
            "invalid": _("金額を数字で入力してください。"),
        },
        **options,
    )


class OpenForm(forms.Form):
    """A drawer is opened with what lies in it."""

    drawer = forms.ModelChoiceField(
        Drawer.objects.none(),
        label=_("つり銭箱"),
        empty_label=_("選んでください"),
        error_messages={"required": _("つり銭箱を選んでください。")},
    )
    opening_yen = _yen(_("開始時のつり銭 (円)"), min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **kwargs)
        self.fields["drawer"].queryset = Drawer.objects.filter(is_open=True)  # type: ignore[attr-defined]  # a choice of rows


class CloseForm(forms.Form):
    """What two people counted."""

    counted_yen = _yen(_("数えた現金 (円)"), min_value=0, help_text=_("つり銭を含めて、箱の中の現金をすべて数えます。"))
    cashless_counted = _yen(_("決済端末の日計 (円)"), initial=0, help_text=_("キャッシュレスの決済端末が出した合計です。"))
    explanation = forms.CharField(
        label=_("差の説明"),
        max_length=500,
        required=False,
        help_text=_("合わないときだけ書きます。人の名前は書きません。"),
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class TakeBackForm(forms.Form):
    """Why a payment is taken back, and out of which drawer."""

    drawer_day = forms.ModelChoiceField(
        DrawerDay.objects.none(),
        label=_("返す金を出すつり銭箱"),
        empty_label=_("選んでください"),
        error_messages={"required": _("今日開いているつり銭箱を選んでください。")},
    )
    reason = forms.CharField(
        label=_("取消・返金の理由"),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("取消・返金の理由を書いてください。")},
    )

    def __init__(self, *args: Any, days: list[DrawerDay], **kwargs: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **kwargs)
        field = self.fields["drawer_day"]
        field.queryset = DrawerDay.objects.filter(pk__in=[day.pk for day in days]).select_related("drawer")  # type: ignore[attr-defined]  # a choice of rows
        field.label_from_instance = lambda day: day.drawer.name  # type: ignore[attr-defined]  # a choice of rows


class AmountForm(forms.Form):
    """An own amount from a day on."""

    item = forms.ChoiceField(
        label=_("項目"),
        choices=[("", _("選んでください")), *ITEM_NAMES.items()],
        error_messages={"required": _("項目を選んでください。")},
    )
    yen = _yen(_("金額 (円)"), min_value=0)
    since = DateBoxesField(label=_("この日から"), error_messages={"required": _("始まりの日を入力してください。")})
    until = DateBoxesField(label=_("この日まで"), required=False, help_text=_("決まっていないときは空のままにします。"))
    source = forms.CharField(
        label=_("根拠"),
        max_length=200,
        help_text=_("条例の名前や、決裁の番号を書きます。"),
        error_messages={"required": _("根拠を書いてください。")},
    )


class DrawerForm(forms.Form):
    """A drawer and where it stands."""

    code = forms.SlugField(
        label=_("番号"),
        max_length=20,
        help_text=_("半角の英数字です。同じ番号を入れると、登録した内容を変えます。"),
        error_messages={"required": _("番号を入力してください。"), "invalid": _("半角の英数字、ハイフンで入力してください。")},
    )
    name = forms.CharField(label=_("名称"), max_length=60, error_messages={"required": _("名称を入力してください。")})
    place = forms.ChoiceField(label=_("場所"), error_messages={"required": _("場所を選んでください。")})
    is_open = forms.BooleanField(label=_("使用中"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = [  # type: ignore[attr-defined]  # a choice field
            ("", _("選んでください")),
            *((place.code, place.name) for place in places()),
        ]


class DayForm(forms.Form):
    """The day of a report."""

    day = DateBoxesField(label=_("日"), error_messages={"required": _("日を入力してください。")})
