"""Forms of registration."""

from django import forms
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import DeliveryPlace
from madoguchi.delivery.registration import rules
from madoguchi.delivery.registration.venue_lists import LARGEST_FILE
from madoguchi.kernel.documents import kinds_on
from madoguchi.kernel.numbers import NumberError, refuse_individual_number
from madoguchi.platform import clock
from madoguchi.platform.ui.forms import CheckboxList, DateBoxesField, RadioList

_SCAN = {"class": "width-16", "autocomplete": "off", "data-expects-number": ""}
_PLAIN = {"autocomplete": "off"}


def _place_field() -> forms.ModelChoiceField:  # type: ignore[type-arg]  # not generic at run time
    return forms.ModelChoiceField(
        label=_("申請場所"),
        queryset=DeliveryPlace.objects.filter(is_open=True),
        empty_label=_("選んでください"),
        to_field_name="code",
        error_messages={"required": _("申請場所を選んでください。"), "invalid_choice": _("申請場所を選び直してください。")},
    )


class ListSizeLimit(FileUploadHandler):
    """Lets no more of an upload reach the disk than shows that it is too large for a photo or a list."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Pass a chunk on, unless the limit is behind it."""
        return raw_data if start <= 4 * LARGEST_FILE else None

    def file_complete(self, file_size: int) -> None:
        """Leave the making of the file to the next handler."""


class RegisterForm(forms.Form):
    """An application as it lies on the counter."""

    application_id = forms.CharField(
        label=_("申請書ID"),
        max_length=60,
        help_text=_("申請書のバーコードを読み取るか、23けたを入力します。"),
        widget=forms.TextInput({**_SCAN, "data-scan-field": ""}),
        error_messages={"required": _("申請書IDを読み取るか、入力してください。")},
    )
    way = forms.ChoiceField(
        label=_("来庁方式"),
        choices=[(way.value, way.label) for way in (rules.Way.COUNTER, rules.Way.EXPRESS)],
        initial=rules.Way.COUNTER.value,
        widget=RadioList(),
        error_messages={"required": _("来庁方式を選んでください。"), "invalid_choice": _("来庁方式を選び直してください。")},
    )
    place = _place_field()
    name = forms.CharField(
        label=_("氏名"), max_length=100, widget=forms.TextInput(_PLAIN), error_messages={"required": _("氏名を入力してください。")}
    )
    kana = forms.CharField(label=_("フリガナ"), max_length=100, required=False, widget=forms.TextInput(_PLAIN))
    born = forms.CharField(
        label=_("生年月日"),
        max_length=30,
        help_text=_("例 昭和55年9月8日、S55.9.8、1980-09-08"),
        widget=forms.TextInput({**_PLAIN, "class": "width-16"}),
        error_messages={"required": _("生年月日を入力してください。")},
    )
    sex = forms.ChoiceField(
        label=_("性別"),
        choices=[("m", _("男")), ("f", _("女"))],
        widget=RadioList(),
        error_messages={"required": _("性別を選んでください。"), "invalid_choice": _("性別を選び直してください。")},
    )
    postcode = forms.CharField(
        label=_("郵便番号"), max_length=10, required=False, widget=forms.TextInput({**_PLAIN, "class": "figures width-8"})
    )
    address = forms.CharField(
        label=_("住所"), max_length=200, widget=forms.TextInput(_PLAIN), error_messages={"required": _("住所を入力してください。")}
    )
    house = forms.CharField(label=_("方書"), max_length=100, required=False, widget=forms.TextInput(_PLAIN))
    receipt = forms.ChoiceField(
        label=_("受取方法"),
        choices=[(value.value, value.label) for value in rules.Receipt],
        widget=RadioList(),
        error_messages={"required": _("受取方法を選んでください。"), "invalid_choice": _("受取方法を選び直してください。")},
    )
    documents = forms.MultipleChoiceField(
        label=_("確かめた本人確認書類"),
        required=False,
        widget=CheckboxList(),
        help_text=_("種類だけを記録します。書類の番号は記録しません。"),
        error_messages={"invalid_choice": _("本人確認書類を選び直してください。")},
    )
    memo = forms.CharField(
        label=_("メモ"),
        max_length=200,
        required=False,
        help_text=_("個人番号や暗証番号は書かないでください。"),
        widget=forms.TextInput(_PLAIN),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self.fields["documents"].choices = [(kind.code, kind.name) for kind in kinds_on(clock.today())]  # type: ignore[attr-defined]

    def clean_memo(self) -> str:
        """Refuse what could be a 個人番号."""
        text: str = self.cleaned_data["memo"]
        try:
            refuse_individual_number(text)
        except NumberError:
            raise forms.ValidationError(_("個人番号とみられる数字があります。取り除いてください。")) from None
        return text

    def person(self) -> rules.Person | None:
        """Return the person once the rest is right; None with the sentence at its field when something cannot be."""
        if not self.is_valid():
            return None
        try:
            return rules.read_person(self.cleaned_data, clock.today())
        except rules.Fault as fault:
            self.add_error(fault.column, fault.sentence)
            return None


class PhotoForm(forms.Form):
    """A photo and the 申請書ID on the application that it lies on."""

    scanned = forms.CharField(
        label=_("申請書ID"),
        max_length=60,
        help_text=_("写真を付ける申請書から読み取ります。"),
        widget=forms.TextInput({**_SCAN, "data-scan-field": ""}),
        error_messages={"required": _("申請書IDを申請書から読み取ってください。")},
    )
    file = forms.FileField(
        label=_("写真のファイル"),
        required=False,
        help_text=_("JPEG か PNG。表紙でスキャンした写真なら、資料番号を入力します。"),
        error_messages={"empty": _("ファイルが空です。撮り直してください。")},
        widget=forms.FileInput({"accept": ".jpg,.jpeg,.png,.tif,.tiff"}),
    )
    number = forms.CharField(
        label=_("写真の資料番号"),
        max_length=20,
        required=False,
        widget=forms.TextInput({"class": "code width-16", "autocomplete": "off", "data-accepts-scan": ""}),
    )

    def clean(self) -> dict[str, object]:
        """Ask for one of the two."""
        cleaned: dict[str, object] = super().clean() or {}
        if not self.errors and bool(cleaned.get("file")) == bool(cleaned.get("number")):
            self.add_error("file", _("写真のファイルか資料番号の、どちらか一つを入れてください。"))
        return cleaned


class SendForm(forms.Form):
    """How and when an application went to J-LIS."""

    way = forms.ChoiceField(
        label=_("送付方法"),
        choices=[(way.value, way.label) for way in (rules.SentWay.WEB, rules.SentWay.POST)],
        widget=RadioList(),
        error_messages={"required": _("送付方法を選んでください。"), "invalid_choice": _("送付方法を選び直してください。")},
    )
    day = DateBoxesField(label=_("送付日・代理投函日"), error_messages={"required": _("送付日を入力してください。")})


class VenueForm(forms.Form):
    """A venue and the length of its list."""

    name = forms.CharField(
        label=_("会場"),
        max_length=60,
        help_text=_("会社・学校・施設などの名前。個人のお宅は、氏名を書かずに「訪問 1」のようにしてください。"),
        widget=forms.TextInput(_PLAIN),
        error_messages={"required": _("会場を入力してください。")},
    )
    day = DateBoxesField(label=_("実施日"), error_messages={"required": _("実施日を入力してください。")})
    place = _place_field()
    rows = forms.IntegerField(
        label=_("一覧の行数"),
        min_value=1,
        max_value=500,
        initial=24,
        widget=forms.TextInput({"class": "figures width-4", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": _("一覧の行数を入力してください。"),
            **dict.fromkeys(("invalid", "min_value", "max_value"), _("一覧の行数は1から500までの数を入力してください。")),
        },
    )


class JoinForm(forms.Form):
    """A list that came back."""

    file = forms.FileField(
        label=_("会場で記入した一覧"),
        help_text=_("XLSX か CSV。同じ一覧を2回取り込んでも、二重にはなりません。"),
        error_messages={"required": _("ファイルを選んでください。"), "empty": _("ファイルが空です。")},
        widget=forms.FileInput({"accept": ".xlsx,.csv"}),
    )


class SettingsForm(forms.Form):
    """After how many days without the card an application alarms."""

    days = forms.IntegerField(
        label=_("送付からカードが届くまでの日数"),
        min_value=5,
        max_value=180,
        widget=forms.TextInput({"class": "figures width-4", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": _("日数を入力してください。"),
            **dict.fromkeys(("invalid", "min_value", "max_value"), _("日数は5から180までの数を入力してください。")),
        },
    )
