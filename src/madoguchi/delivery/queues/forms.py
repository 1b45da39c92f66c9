"""Forms of the work queues."""

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.queues.listing import COLUMNS, FIXED_COLUMN
from madoguchi.delivery.queues.models import SavedFilter
from madoguchi.delivery.queues.rules import BULK_ACTS
from madoguchi.platform.ui.forms import CheckboxList, RadioList


class SaveFilterForm(forms.Form):
    """The name under which a filter is kept, and for whom."""

    name = forms.CharField(
        label=_("条件の名前"),
        max_length=40,
        error_messages={"required": _("条件の名前を入力してください。"), "max_length": _("名前は40文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off", "class": "width-16"}),
    )
    scope = forms.ChoiceField(
        label=_("見せる相手"),
        choices=SavedFilter.Scope.choices,
        initial=SavedFilter.Scope.OWN,
        widget=RadioList(),
        error_messages={"required": _("見せる相手を選んでください。"), "invalid_choice": _("見せる相手を選び直してください。")},
    )


class ColumnsForm(forms.Form):
    """Which columns a person wants to see."""

    columns = forms.MultipleChoiceField(
        label=_("列"),
        choices=[(code, words) for code, words in COLUMNS.items() if code != FIXED_COLUMN],
        widget=CheckboxList(),
        error_messages={
            "required": _("列を一つ以上選んでください。"),
            "invalid_choice": _("列を選び直してください。"),
            "invalid_list": _("列を選び直してください。"),
        },
    )


class ExportForm(forms.Form):
    """In which form the list leaves, and what for: the purpose stands in the operation log."""

    kind = forms.ChoiceField(
        label=_("形式"),
        choices=[("xlsx", _("Excel（XLSX）")), ("csv", _("CSV（UTF-8）"))],
        initial="xlsx",
        widget=RadioList(),
        error_messages={"required": _("形式を選んでください。"), "invalid_choice": _("形式を選び直してください。")},
    )
    purpose = forms.CharField(
        label=_("目的"),
        max_length=200,
        help_text=_("操作記録に残ります。例：督促の準備"),
        error_messages={"required": _("出力の目的を入力してください。"), "max_length": _("目的は200文字以内で入力してください。")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class BulkForm(forms.Form):
    """What is to be done with the chosen cards, and why."""

    act = forms.ChoiceField(
        label=_("操作"),
        choices=[("", _("選んでください")), *((bulk.code, bulk.name) for bulk in BULK_ACTS)],
        error_messages={"required": _("操作を選んでください。"), "invalid_choice": _("操作を選び直してください。")},
    )
    chosen = forms.ChoiceField(
        label=_("対象"),
        choices=[("rows", _("印を付けた行（選んだまま移ったページも）")), ("all", _("絞り込み結果すべて（ほかのページも）"))],
        initial="rows",
        widget=RadioList(),
        error_messages={"required": _("対象を選んでください。"), "invalid_choice": _("対象を選び直してください。")},
    )
    reason = forms.CharField(
        label=_("理由"),
        max_length=500,
        help_text=_("一枚ずつのカードの履歴に残ります。"),
        error_messages={"required": _("理由を入力してください。"), "max_length": _("理由は500文字以内で入力してください。")},
        widget=forms.Textarea({"rows": 2}),
    )


class CountForm(forms.Form):
    """That the approver has seen with how many cards it is done."""

    count = forms.IntegerField(
        label=_("実行する件数"),
        help_text=_("上の「実行できる」件数を、二人目の人が確かめて入力します。"),
        error_messages={"required": _("実行する件数を入力してください。"), "invalid": _("実行する件数を数字で入力してください。")},
        widget=forms.TextInput({"class": "figures width-8", "inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, data: object = None, *, ready: int) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # request.POST or None
        self._ready = ready

    def clean_count(self) -> int:
        """Refuse another number: somebody who did not look does not approve."""
        typed: int = self.cleaned_data["count"]
        if typed != self._ready:
            raise forms.ValidationError(_("下見の件数と違います。対象が正しいか、もう一度確かめてください。"))
        return typed
