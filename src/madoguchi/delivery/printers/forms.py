"""What is entered about printers."""

from collections.abc import Sequence
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import DeliveryPlace
from madoguchi.delivery.printers.models import FARTHEST, Printer
from madoguchi.platform.ui.forms import RadioList

_MM = {"class": "figures width-4", "inputmode": "decimal", "autocomplete": "off"}


def _offset(label: object, help_text: object) -> forms.DecimalField:
    wrong = _("−10.0から10.0までの数（mm、小数1けた）を入力してください。")
    return forms.DecimalField(
        label=label,  # type: ignore[arg-type]  # lazily translated
        help_text=help_text,  # type: ignore[arg-type]
        min_value=-FARTHEST,
        max_value=FARTHEST,
        max_digits=4,
        decimal_places=1,
        initial=Decimal("0.0"),
        widget=forms.TextInput(_MM),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value", "max_digits", "max_decimal_places", "max_whole_digits"), wrong
        ),
    )


class PrinterForm(forms.Form):
    """A printer and how far it lies off."""

    name = forms.CharField(
        label=_("名前"),
        max_length=40,
        help_text=_("例: 2番窓口のプリンター"),
        error_messages={"required": _("プリンターの名前を入力してください。"), "max_length": _("名前は40文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    place = forms.ModelChoiceField(
        label=_("置いてある施設"),
        queryset=DeliveryPlace.objects.none(),
        empty_label=_("選んでください"),
        error_messages={"required": _("施設を選んでください。"), "invalid_choice": _("施設を選び直してください。")},
    )
    offset_x = _offset(_("右へずらす (mm)"), _("左へずらすときは、−を付けます。"))
    offset_y = _offset(_("下へずらす (mm)"), _("上へずらすときは、−を付けます。"))
    is_used = forms.BooleanField(label=_("使っている"), required=False, initial=True)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self.fields["place"].queryset = DeliveryPlace.objects.order_by("code")  # type: ignore[attr-defined]  # a ModelChoiceField


class ChooseForm(forms.Form):
    """The printer of this terminal."""

    printer = forms.ChoiceField(
        label=_("この端末のプリンター"),
        widget=RadioList(),
        required=False,
        error_messages={"invalid_choice": _("プリンターを選び直してください。")},
    )

    def __init__(self, *args: object, printers: Sequence[Printer], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        choices = [("", _("選ばない（ずらさずに印刷する）")), *((str(one.pk), f"{one.place.name} {one.name}") for one in printers)]
        self.fields["printer"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField


class ReadForm(forms.Form):
    """A code that the scanner read from the test sheet."""

    code = forms.CharField(
        label=_("調整用紙のバーコード"),
        max_length=40,
        error_messages={"required": _("調整用紙のバーコードを読み取ってください。")},
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off", "data-scan-field": ""}),
    )
