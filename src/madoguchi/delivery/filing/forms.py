"""Forms of the filing."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.forms import PAGE_IS_OLD
from madoguchi.delivery.filing import queries, rules
from madoguchi.delivery.filing.masking import MOST_RECTANGLES, Rectangle
from madoguchi.delivery.filing.models import DocumentClass
from madoguchi.delivery.filing.reading import LARGEST_FILE
from madoguchi.platform import clock
from madoguchi.platform.ui.forms import CheckboxList, DateBoxesField
from madoguchi.platform.ui.shell import Words

_FIGURES = {"class": "figures width-8", "inputmode": "numeric", "autocomplete": "off"}
_SCAN = {"class": "width-16", "autocomplete": "off", "data-scan-field": "", "data-expects-number": ""}


_SIDES = {"left": _("左から"), "top": _("上から"), "width": _("幅"), "height": _("高さ")}


def _percent(label: str, shown: int | None) -> forms.DecimalField:
    words = _("0から100までの数で、小数は1けたまでにしてください。")
    return forms.DecimalField(
        label=label,
        required=False,
        initial=None if shown is None else f"{shown / 10:.1f}",
        min_value=0,
        max_value=100,
        max_digits=4,
        decimal_places=1,
        widget=forms.NumberInput({"class": "figures width-4", "step": "0.1", "autocomplete": "off"}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value", "max_digits", "max_decimal_places", "max_whole_digits"), words),
    )


class ScanSizeLimit(FileUploadHandler):
    """Lets no more of an upload reach the disk than shows that it is too large for a scanned file."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Pass a chunk on, unless the limit is behind it."""
        return raw_data if start <= LARGEST_FILE else None

    def file_complete(self, file_size: int) -> None:
        """Leave the making of the file to the next handler."""


class ClassChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """One of the kinds of paper, with the work that it belongs to."""

    def label_from_instance(self, obj: object) -> str:
        return f"{obj.business} {obj.name}" if isinstance(obj, DocumentClass) else str(obj)


def class_field(*, required: bool = True, empty: Words = "") -> ClassChoice:
    """Return the field that chooses a kind of paper which may be scanned."""
    return ClassChoice(
        label=_("資料区分"),
        queryset=DocumentClass.objects.filter(is_open=True, may_be_scanned=True),
        required=required,
        empty_label=str(empty) or _("選んでください"),
        error_messages={"required": _("資料区分を選んでください。"), "invalid_choice": _("資料区分を選び直してください。")},
    )


class CardNumberForm(forms.Form):
    """The card whose papers are wanted."""

    code = forms.CharField(
        label=_("カードの番号"),
        max_length=60,
        help_text=_("スリーブのコード、製造管理番号、申請書ID、発送番号、帳票の表紙のコードのどれか"),
        error_messages={"required": _("番号を入力するか、読み取ってください。")},
        widget=forms.TextInput(_SCAN),
    )


class UploadForm(forms.Form):
    """A scanned file and what it is."""

    document_class = class_field()
    file = forms.FileField(
        label=_("スキャンしたファイル"),
        help_text=_("TIFF (複数ページ)、JPEG、PNG、PDF。64 MB、200 ページまで"),
        error_messages={"required": _("ファイルを選んでください。"), "empty": _("ファイルが空です。スキャンし直してください。")},
        widget=forms.FileInput({"accept": ".tif,.tiff,.jpg,.jpeg,.png,.pdf"}),
    )


class CoverForm(forms.Form):
    """For which kinds of paper cover sheets are printed."""

    kinds = forms.ModelMultipleChoiceField(
        label=_("表紙を印刷する資料区分"),
        queryset=DocumentClass.objects.filter(is_open=True, may_be_scanned=True),
        widget=CheckboxList(),
        error_messages={"required": _("資料区分を選んでください。"), "invalid_choice": _("資料区分を選び直してください。")},
    )


class SearchForm(forms.Form):
    """Index fields of a paper (seed 003 (7)); they travel in the body and never in an address."""

    number = forms.CharField(label=_("資料番号"), max_length=20, required=False, widget=forms.TextInput(_SCAN))
    identifier = forms.CharField(
        label=_("識別番号（製造管理番号）"),
        max_length=20,
        required=False,
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off", "data-expects-number": ""}),
    )
    application_id = forms.CharField(
        label=_("申請書ID"),
        max_length=40,
        required=False,
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off", "data-expects-number": ""}),
    )
    name = forms.CharField(
        label=_("漢字氏名"),
        max_length=100,
        required=False,
        help_text=_("前から一致するもの。年度・分割年・業務区分・資料区分のどれかと一緒に入力します。"),
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off"}),
    )
    fiscal_year = forms.IntegerField(
        label=_("年度（西暦）"),
        min_value=2000,
        max_value=2200,
        required=False,
        widget=forms.TextInput({**_FIGURES, "class": "figures width-4"}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), _("年度は西暦4けたで入力してください。")),
    )
    partition_year = forms.IntegerField(
        label=_("分割年（西暦）"),
        min_value=2000,
        max_value=2200,
        required=False,
        widget=forms.TextInput({**_FIGURES, "class": "figures width-4"}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), _("分割年は西暦4けたで入力してください。")),
    )
    business = forms.ChoiceField(
        label=_("業務区分"), required=False, error_messages={"invalid_choice": _("業務区分を選び直してください。")}
    )
    document_class = class_field(required=False, empty=_("すべて"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        businesses = dict.fromkeys(queries.classes(only_open=False).values_list("business", flat=True))
        self.fields["business"].choices = [("", _("すべて")), *((name, name) for name in businesses)]  # type: ignore[attr-defined]  # a choice

    def clean(self) -> dict[str, object]:
        """Ask for a number, or a name with something beside it."""
        cleaned: dict[str, object] = super().clean() or {}
        if self.errors:
            return cleaned
        if any(cleaned.get(name) for name in ("number", "identifier", "application_id")):
            return cleaned
        beside = [str(cleaned.get(name) or "") for name in ("name", "fiscal_year", "partition_year", "business", "document_class")]
        if not rules.enough_to_search(beside):
            raise forms.ValidationError(_("番号を入力するか、氏名・年度・分割年・業務区分・資料区分のうち2つ以上を入力してください。"))
        return cleaned

    def wanted(self) -> queries.Wanted:
        """Return what was asked for."""
        given = dict(self.cleaned_data)
        kind = given.pop("document_class")
        return queries.Wanted(**given, document_class=kind.pk if kind else None)


class OpenForm(forms.Form):
    """Why somebody opens a picture with a 個人番号 on it."""

    reason = forms.CharField(
        label=_("見る理由"),
        max_length=200,
        help_text=_("個人番号の書かれた書類です。理由は記録に残ります。個人番号は書かないでください。"),
        error_messages={"required": _("見る理由を入力してください。")},
    )


class PageForm(forms.Form):
    """The version of the paper that the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput, error_messages=PAGE_IS_OLD)
    by = forms.IntegerField(widget=forms.HiddenInput, error_messages=PAGE_IS_OLD)


class ClassChangeForm(forms.Form):
    """The right kind of a paper, and why the first was wrong."""

    document_class = class_field()
    reason = forms.CharField(label=_("直す理由"), max_length=200, error_messages={"required": _("直す理由を入力してください。")})
    version = forms.IntegerField(widget=forms.HiddenInput, error_messages=PAGE_IS_OLD)


class AssignForm(forms.Form):
    """Whose paper a file without cover sheet is."""

    code = forms.CharField(
        label=_("カードの番号"),
        max_length=60,
        help_text=_("スリーブのコード、製造管理番号、申請書ID、発送番号のどれか"),
        error_messages={"required": _("カードの番号を入力するか、読み取ってください。")},
        widget=forms.TextInput(_SCAN),
    )
    document_class = class_field()


class ExtractForm(forms.Form):
    """Which papers leave the system, in which form, and why."""

    numbers = forms.CharField(
        label=_("資料番号"),
        max_length=2000,
        help_text=_("一行に一つ。表紙のコードを続けて読み取れます。一度に100件まで"),
        widget=forms.Textarea({"rows": 6, "class": "code", "data-accepts-scan": ""}),
        error_messages={"required": _("資料番号を入力してください。")},
    )
    form = forms.ChoiceField(
        label=_("形式"),
        choices=[("pdf", _("PDF（閲覧用の画像を1つにまとめる）")), ("zip", _("ZIP（取り込んだままのファイルと索引）"))],
        error_messages={"required": _("形式を選んでください。"), "invalid_choice": _("形式を選び直してください。")},
    )
    reason = forms.CharField(
        label=_("取り出す理由"),
        max_length=200,
        help_text=_("開示請求の受付番号など。氏名や個人番号は書かないでください。"),
        error_messages={"required": _("取り出す理由を入力してください。")},
    )


class CutoffForm(forms.Form):
    """The day up to which the time of papers must be over."""

    cutoff = DateBoxesField(
        label=_("基準日"),
        help_text=_("保存期限がこの日より前の帳票を候補にします。"),
        error_messages={"required": _("基準日を入力してください。")},
    )

    def clean_cutoff(self) -> object:
        """Refuse a day to come: nothing goes before its time."""
        day = self.cleaned_data["cutoff"]
        if day > clock.today():
            raise forms.ValidationError(_("基準日は今日までの日にしてください。"))
        return day


class ClassForm(forms.Form):
    """A kind of paper and its rules."""

    code = forms.RegexField(
        label=_("資料区分コード"),
        regex=r"^[a-z0-9_-]{1,20}$",
        help_text=_("半角の小文字・数字・ハイフンで20文字まで。後から変えられません。"),
        widget=forms.TextInput({"class": "code width-16", "autocomplete": "off"}),
        error_messages={
            "required": _("資料区分コードを入力してください。"),
            "invalid": _("コードは半角の小文字・数字・ハイフンで入力してください。"),
        },
    )
    name = forms.CharField(label=_("資料区分の名前"), max_length=60, error_messages={"required": _("資料区分の名前を入力してください。")})
    business = forms.CharField(label=_("業務区分"), max_length=30, error_messages={"required": _("業務区分を入力してください。")})
    holds_individual_number = forms.BooleanField(label=_("個人番号が書かれている（見るたびに理由を記録する）"), required=False)
    may_be_scanned = forms.BooleanField(label=_("写しを取ってよい"), required=False, initial=True)
    is_shredded = forms.BooleanField(label=_("取り込んだ後、原本を細断する"), required=False, initial=True)
    keeps_unmasked = forms.BooleanField(
        label=_("番号を伏せるとき、伏せる前の画像を残す"),
        required=False,
        help_text=_("残した画像は、責任者の確認を得たときだけ表示できます。残さないと、取り込んだファイルも消します。"),
    )
    is_open = forms.BooleanField(label=_("使用中"), required=False, initial=True)

    def __init__(self, *args: object, taken: Iterable[str] = (), **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self._taken = frozenset(taken)

    def clean_name(self) -> str:
        """Refuse the name of another kind."""
        name: str = self.cleaned_data["name"].strip()
        if name in self._taken:
            raise forms.ValidationError(_("同じ名前の資料区分があります。別の名前にしてください。"))
        return name


class PeriodForm(forms.Form):
    """How many years a kind is kept, from a day on."""

    since = DateBoxesField(label=_("適用日"), error_messages={"required": _("適用日を入力してください。")})
    years = forms.IntegerField(
        label=_("保存年限（年）"),
        min_value=1,
        max_value=30,
        widget=forms.TextInput({**_FIGURES, "class": "figures width-2"}),
        error_messages={
            "required": _("保存年限を入力してください。"),
            **dict.fromkeys(("invalid", "min_value", "max_value"), _("保存年限は1から30までの数を入力してください。")),
        },
    )


class SettingsForm(forms.Form):
    """What the municipality sets for its filing."""

    takes_unscanned = forms.BooleanField(label=_("ウイルス対策ソフトが設定されていなくても受け取る"), required=False)
    shred_within_days = forms.IntegerField(
        label=_("取込から原本の細断までの日数"),
        min_value=1,
        max_value=90,
        widget=forms.TextInput({**_FIGURES, "class": "figures width-2"}),
        error_messages={
            "required": _("日数を入力してください。"),
            **dict.fromkeys(("invalid", "min_value", "max_value"), _("日数は1から90までの数を入力してください。")),
        },
    )


class MaskForm(forms.Form):
    """Where a number stands on the page as it is shown, in percent, and why it is masked."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    reason = forms.CharField(
        label=_("伏せる理由"),
        max_length=200,
        help_text=_("番号そのものは書かないでください。"),
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("伏せる理由を入力してください。"), "max_length": _("200文字以内で入力してください。")},
    )

    def __init__(self, *args: Any, proposed: Sequence[Rectangle] = (), **kwargs: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **kwargs)
        for number in range(1, MOST_RECTANGLES + 1):
            place = proposed[number - 1] if number <= len(proposed) else None
            for side, words in _SIDES.items():
                self.fields[f"{side}_{number}"] = _percent(_("%(n)d：%(side)s") % {"n": number, "side": words}, getattr(place, side, None))

    def rows(self) -> list[list[forms.BoundField]]:
        """Return the fields of each rectangle."""
        return [[self[f"{side}_{number}"] for side in _SIDES] for number in range(1, MOST_RECTANGLES + 1)]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        found = []
        for number in range(1, MOST_RECTANGLES + 1):
            names = [f"{side}_{number}" for side in _SIDES]
            given = [cleaned.get(name) for name in names]
            if all(value is None for value in given) or any(name in self.errors for name in names):
                continue
            for name, value in zip(names, given, strict=True):
                if value is None:
                    self.add_error(name, _("4つの数をすべて入力してください。使わない行は、4つとも空にします。"))
            if None not in given:
                place = Rectangle(*(round(value * 10) for value in given if value is not None))
                if not place.is_inside:
                    self.add_error(names[0], _("画像の中に収まり、幅と高さが0.5以上になるようにしてください。"))
                found.append(place)
        if not found and not self.errors:
            self.add_error("left_1", _("伏せる場所を1つは決めてください。"))
        return {**cleaned, "rectangles": found}


class UnmaskedForm(forms.Form):
    """Why the picture before the mask has to be seen."""

    reason = forms.CharField(
        label=_("表示する理由"),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("表示する理由を入力してください。"), "max_length": _("200文字以内で入力してください。")},
    )


class ShreddedForm(forms.Form):
    """The day on which the papers of a list were shredded."""

    day = DateBoxesField(label=_("細断日"), error_messages={"required": _("細断日を入力してください。")})
