"""Forms under the booking list: keep its filters, take it out as a file."""

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.desk.exports import FileKind
from madoguchi.platform.ui.forms import RadioList


class ExportForm(forms.Form):
    """In which form, and what for: the purpose stands in the operation log."""

    kind = forms.ChoiceField(
        label=_("形式"),
        choices=[
            (FileKind.XLSX.value, _("Excel（XLSX）")),
            (FileKind.PDF.value, _("予約者リスト（PDF、印刷用）")),
            (FileKind.CSV.value, _("CSV（UTF-8）")),
            (FileKind.CSV_CP932.value, _("CSV（Shift_JIS）")),
        ],
        initial=FileKind.XLSX.value,
        widget=RadioList(help_texts={FileKind.CSV_CP932.value: _("表せない文字があるときは、出力の前に示します。")}),
        error_messages={"required": _("形式を選んでください。"), "invalid_choice": _("形式を選び直してください。")},
    )
    purpose = forms.CharField(
        label=_("目的"),
        max_length=200,
        help_text=_("操作記録に残ります。例：翌日の受付の準備"),
        error_messages={"required": _("出力の目的を入力してください。"), "max_length": _("目的は200文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class SaveViewForm(forms.Form):
    """The name under which filters are kept."""

    name = forms.CharField(
        label=_("条件の名前"),
        max_length=40,
        help_text=_("日付のほかの条件と、列、並び順を保存します。"),
        error_messages={"required": _("条件の名前を入力してください。"), "max_length": _("名前は40文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off", "class": "width-16"}),
    )
    is_shared = forms.BooleanField(label=_("ほかの職員にも見せる"), required=False)
