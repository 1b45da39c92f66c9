"""Forms of the zone's settings and places."""

from django import forms
from django.utils.translation import gettext_lazy as _

_WHY = {"required": _("変更の理由を入力してください。"), "max_length": _("理由は200文字以内で入力してください。")}


def _reason() -> forms.CharField:
    return forms.CharField(label=_("変更の理由"), max_length=200, error_messages=_WHY, widget=forms.TextInput({"autocomplete": "off"}))


def _days(label: object, help_text: object) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,  # type: ignore[arg-type]  # lazily translated
        help_text=help_text,  # type: ignore[arg-type]
        min_value=1,
        max_value=365,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), _("日数は1から365までの数字で入力してください。")),
        widget=forms.NumberInput({"class": "width-4"}),
    )


class SettingsForm(forms.Form):
    """What the municipality sets for this zone."""

    uses_booking_codes = forms.BooleanField(
        label=_("予約コードを使う"),
        required=False,
        help_text=_("使わないと、予約用IDと生月日だけで予約でき、番号を推測されるおそれが高くなります。"),
    )
    notice_before_preset = forms.BooleanField(label=_("交付前設定より先に通知を作れる"), required=False)
    second_person_at_handover = forms.BooleanField(label=_("交付を二人で行う"), required=False)
    mass_change_percent = forms.IntegerField(
        label=_("大量変更とみなす割合（%）"),
        min_value=1,
        max_value=100,
        help_text=_("一度にこれより多くのカードを変えるときは、二人目の確認がいります。"),
        error_messages={
            "required": _("割合を入力してください。"),
            "invalid": _("割合は1から100までの数字で入力してください。"),
            "min_value": _("割合は1から100までの数字で入力してください。"),
            "max_value": _("割合は1から100までの数字で入力してください。"),
        },
        widget=forms.NumberInput({"class": "width-4"}),
    )
    sends_place = forms.BooleanField(
        label=_("交付場所を予約管理に送る"),
        required=False,
        help_text=_("特定個人情報保護評価書に「交付場所」を書きます。送らないと、市民はどの場所でも予約できます。"),
    )
    sends_deadline = forms.BooleanField(
        label=_("受取期限を予約管理に送る"),
        required=False,
        help_text=_("評価書に「受取期限」を書きます。送らないと、期限を過ぎた日も予約でき、市民の画面に期限は出ません。"),
    )
    sends_stage = forms.BooleanField(
        label=_("カードの状況を予約管理に送る"),
        required=False,
        help_text=_("評価書に「カードの状況」を書きます。送らないと、市民の「カードの状況を見る」に準備の段階は出ません。"),
    )
    reveal_seconds = forms.IntegerField(
        label=_("伏せた項目を表示しておく秒数"),
        min_value=10,
        max_value=600,
        help_text=_("カードの画面で氏名や住所を表示してから、また伏せるまでの時間。ふつうは60秒です。"),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), _("秒数は10から600までの数字で入力してください。")),
        widget=forms.NumberInput({"class": "width-4"}),
    )
    reveal_needs_reason = forms.BooleanField(
        label=_("伏せた項目を表示する理由を必ず入力する"),
        required=False,
        help_text=_("理由は操作記録に残ります。"),
    )
    days_without_arrival = _days(_("登録から届かないとみなす日数"), _("作業一覧の「長く未着」に出るまでの日数。初めは45日です。"))
    days_without_booking = _days(
        _("通知の発送から予約がないとみなす日数"), _("作業一覧の「長く予約なし」に出るまでの日数。初めは30日です。")
    )
    days_before_expiry = _days(_("カードの有効期限が近いとみなす日数"), _("作業一覧の「有効期限間近」に出る日数。初めは30日です。"))
    days_before_stay_ends = _days(_("在留期限が近いとみなす日数"), _("「期限経過」の画面に在留期限を出す日数。初めは30日です。"))
    days_of_patience = _days(
        _("督促や返戻から次の提案までの日数"), _("「期限経過」で、督促2や交付取りやめを提案するまでの日数。初めは90日です。")
    )
    days_letters_kept = _days(
        _("通知のPDFを残す日数"), _("印刷したPDFは、すべて発送すると消えます。発送しないままでも、この日数で消えます。初めは30日です。")
    )
    reason = _reason()


class PlaceForm(forms.Form):
    """One delivery place; its code never changes, for it stands in files and on labels."""

    code = forms.RegexField(
        regex=r"^[A-Za-z0-9_-]{1,20}$",
        label=_("場所コード"),
        help_text=_("予約管理の場所コードと同じにします。あとから変えられません。"),
        error_messages={"required": _("場所コードを入力してください。"), "invalid": _("半角の英数字で、20文字までにしてください。")},
        widget=forms.TextInput({"class": "figures width-8", "autocomplete": "off"}),
    )
    name = forms.CharField(
        label=_("名称"),
        max_length=60,
        error_messages={"required": _("名称を入力してください。"), "max_length": _("名称は60文字以内で入力してください。")},
    )
    address = forms.CharField(label=_("所在地"), max_length=200, required=False)
    telephone = forms.CharField(label=_("電話番号"), max_length=20, required=False)
    is_open = forms.BooleanField(label=_("使用中"), required=False, initial=True)
    reason = _reason()
