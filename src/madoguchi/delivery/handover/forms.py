"""Forms of the counter."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.fees.queries import charge_for, open_days
from madoguchi.delivery.handover import cases
from madoguchi.delivery.handover.models import Encounter
from madoguchi.delivery.handover.queries import paper_rules
from madoguchi.delivery.handover.rules import Certificates, FeeKind, OldCard, PinWay, RefusalKind, Returned, SealedKind
from madoguchi.kernel.documents import WAY_NAMES, DocumentKind, kinds_on, special_kinds
from madoguchi.kernel.fees import CARD_REASONS
from madoguchi.kernel.required_documents import Rule, rules_on
from madoguchi.platform import clock
from madoguchi.platform.ui.forms import CheckboxList, DateBoxesField, RadioList

_NOT_CHOSEN = ("", _("選んでください"))


class ScanForm(forms.Form):
    """One scanned or typed code; the QR of a notice holds an address."""

    code = forms.CharField(
        label=_("読み取った番号"),
        max_length=400,
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off", "data-scan-field": "", "inputmode": "text"}),
        error_messages={"required": _("番号を読み取るか入力してください。")},
    )


class ReceiveForm(ScanForm):
    """Whose visit begins: the number on the notice, or the sleeve."""

    code = forms.CharField(
        label=_("製造管理番号"),
        help_text=_("持ってこられた交付通知書の番号を読み取ります。予約の控えのQRコード、予約番号、スリーブのコードでも受け付けられます。"),
        max_length=400,
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off", "data-scan-field": ""}),
        error_messages={"required": _("番号を読み取るか入力してください。")},
    )


class CaseForm(forms.Form):
    """Whose card it is and who came for it."""

    owner = forms.ChoiceField(
        label=_("カードの持ち主"),
        choices=list(cases.OWNER_NAMES.items()),
        widget=RadioList(),
        error_messages={"required": _("カードの持ち主を選んでください。")},
    )
    guardianship = forms.ChoiceField(
        label=_("成年被後見人などの種類"), choices=[("", _("当てはまらない")), *cases.GUARDIANSHIP_NAMES.items()], required=False
    )
    visitor = forms.ChoiceField(
        label=_("来た人"),
        choices=list(cases.VISITOR_NAMES.items()),
        widget=RadioList(),
        error_messages={"required": _("来た人を選んでください。")},
    )
    reason = forms.ChoiceField(
        label=_("本人が来られない理由"),
        help_text=_("本人が頼んだ代理人のときに選びます。仕事や学校が忙しいことは理由になりません。"),
        choices=[("", _("当てはまらない")), *cases.REASON_NAMES.items()],
        required=False,
    )
    circumstances = forms.MultipleChoiceField(
        label=_("事情"), choices=list(cases.CIRCUMSTANCE_NAMES.items()), widget=CheckboxList(), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **{"auto_id": "id_case_%s", **kwargs})

    def case(self, encounter: Encounter) -> cases.Case:
        """Return what was chosen."""
        given = self.cleaned_data
        return cases.Case(
            given["owner"],
            given["guardianship"],
            given["visitor"],
            given["reason"],
            frozenset(given["circumstances"]),
            encounter.infant,
        )


def _named(kind: DocumentKind) -> tuple[str, str]:
    return kind.code, kind.name if kind.proves == "special" else f"{kind.proves}　{kind.name}"


def _copied(kind: DocumentKind) -> tuple[str, str]:
    return kind.code, str(_("%(kind)s (%(hides)sを隠す)") % {"kind": kind.name, "hides": kind.hides}) if kind.hides else kind.name


class DocumentsForm(forms.Form):
    """Which kinds of papers were shown, and what was compared and said; what is asked follows from the case. No number is asked."""

    kinds = forms.MultipleChoiceField(
        label=_("本人の書類"),
        widget=CheckboxList(),
        error_messages={"required": _("確かめた本人の書類を選んでください。")},
    )
    escort_kinds = forms.MultipleChoiceField(
        label=_("来た人 (法定代理人・代理人) の書類"),
        widget=CheckboxList(),
        error_messages={"required": _("確かめた、来た人の書類を選んでください。")},
    )
    proofs = forms.MultipleChoiceField(label=_("そのほかに確かめるもの (すべて)"), widget=CheckboxList())
    changed = forms.BooleanField(
        label=_("申請の後に転居・氏名変更がある"),
        help_text=_("あるときは、新しい住所・氏名を追記欄に書いてから渡します。転居・氏名変更で署名用電子証明書は失効します。"),
        required=False,
    )
    copies = forms.MultipleChoiceField(
        label=_("写しを取った書類"),
        help_text=_("写しを取るかどうかは、書類の種類で決まっています。ここにない書類の写しは取れません。"),
        widget=CheckboxList(),
        required=False,
    )
    copies_masked = forms.BooleanField(label=_("隠すものを隠してから写しを取った"), required=False)
    face_compared = forms.BooleanField(
        label=_("書類の写真・カードの写真と顔を見比べた"), error_messages={"required": _("顔を見比べてから印を付けてください。")}
    )
    certificates_explained = forms.BooleanField(
        label=_("暗証番号の設定と電子証明書を説明した"), error_messages={"required": _("説明してから印を付けてください。")}
    )

    def __init__(self, *args: Any, encounter: Encounter, **kwargs: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **kwargs)
        today, case = clock.today(), encounter.case()
        wanted = cases.checklist(case, today, with_notice=encounter.notice_matched, own=paper_rules())
        kinds = kinds_on(today)
        self._set("kinds", [_named(kind) for kind in (*kinds, *special_kinds(wanted.own, today))])
        self._set("copies", [_copied(kind) for kind in kinds if kind.copy != "never"])
        if wanted.escort:
            self._set("escort_kinds", [_named(kind) for kind in kinds])
        else:
            del self.fields["escort_kinds"]
        if wanted.ticks:
            self._set("proofs", [(tick.code, tick.text) for tick in wanted.ticks])
            papers = "".join(f"「{tick.text}」" for tick in wanted.ticks)
            self.fields["proofs"].error_messages["required"] = _("%(papers)sを確かめてください。") % {"papers": papers}
        else:
            del self.fields["proofs"]
        if not case.in_person:
            self.fields["face_compared"].label = _("来た人の書類の写真と、来た人の顔を見比べた")
        if case.somebody_else:
            # Who comes for somebody else says so with the case: it changes what has to be shown.
            del self.fields["changed"]

    def _set(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # a choice field


def fee_reasons() -> list[tuple[str, str]]:
    """Return the reasons with what they cost today; a reason without an amount today is left out."""
    offered = []
    for reason in CARD_REASONS:
        try:
            dearest, cheapest = (charge_for(reason, clock.today(), certificates=certificates).yen for certificates in (True, False))
        except KeyError:
            continue
        words = str(_("無料")) if reason.is_free else str(_("%(yen)s円") % {"yen": f"{dearest:,}"})
        if dearest != cheapest:
            words = str(_("%(yen)s円、電子証明書なしは%(less)s円") % {"yen": f"{dearest:,}", "less": f"{cheapest:,}"})
        offered.append((reason.code, f"{reason.name} ({words})"))
    return offered


class SettingForm(forms.Form):
    """How the card was set up, what came back, and the fee: everything between papers and hand-over on one page."""

    pin_way = forms.ChoiceField(
        label=_("暗証番号"),
        choices=[(way.value, way.label) for way in PinWay if way is not PinWay.UNDECIDED],
        widget=RadioList(),
        error_messages={"required": _("暗証番号をどう設定したかを選んでください。")},
    )
    certificates = forms.ChoiceField(
        label=_("発行した電子証明書"),
        choices=[(one.value, one.label) for one in Certificates if one is not Certificates.UNDECIDED],
        widget=RadioList(),
        error_messages={"required": _("発行した電子証明書を選んでください。")},
    )
    endorsed = forms.BooleanField(
        label=_("新しい住所・氏名を追記欄に書いた"), error_messages={"required": _("追記欄に書いてから印を付けてください。")}
    )
    old_card = forms.ChoiceField(
        label=_("前のマイナンバーカード"),
        choices=[(one.value, one.label) for one in OldCard],
        widget=RadioList(),
        error_messages={"required": _("前のマイナンバーカードがどうなったかを選んでください。")},
    )
    returned = forms.MultipleChoiceField(
        label=_("ほかに返却されたもの"), choices=[(one.value, one.label) for one in Returned], widget=CheckboxList(), required=False
    )
    fee = forms.ChoiceField(
        label=_("手数料"),
        choices=[(kind.value, kind.label) for kind in FeeKind if kind is not FeeKind.UNDECIDED],
        widget=RadioList(),
        error_messages={"required": _("無料か、徴収の方法を選んでください。")},
    )
    reason = forms.ChoiceField(label=_("手数料の理由"), error_messages={"required": _("無料・有料の理由を選んでください。")})
    exemption = forms.CharField(
        label=_("減免の理由"),
        max_length=200,
        required=False,
        help_text=_("減免のときに、条例のどの定めによるかを書きます。"),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    drawer_day = forms.ChoiceField(label=_("つり銭箱"), help_text=_("有料のときに選びます。"), required=False)

    def __init__(self, *args: Any, encounter: Encounter, **kwargs: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **{"initial": _first_setting(encounter), **kwargs})
        self.fields["reason"].choices = [_NOT_CHOSEN, *fee_reasons()]  # type: ignore[attr-defined]  # a choice field
        days = open_days()
        self.fields["drawer_day"].choices = [_NOT_CHOSEN, *((str(day.pk), day.drawer.name) for day in days)]  # type: ignore[attr-defined]  # a choice field
        if len(days) == 1:
            self.fields["drawer_day"].initial = str(days[0].pk)
        if encounter.owner == "child":
            offered = (Certificates.AUTH, Certificates.NONE)
            self.fields["certificates"].choices = [(one.value, one.label) for one in offered]  # type: ignore[attr-defined]  # a choice field
        if "changed" not in encounter.circumstances:
            del self.fields["endorsed"]


def _first_setting(encounter: Encounter) -> dict[str, object]:
    """Return what is set in most cases like this one, so that the clerk only confirms."""
    card, child = encounter.card, encounter.owner == "child"
    listed = {"both": "both", "sign": "both", "auth": "auth", "none": "none"}.get(card.certificates, "both")
    return {
        "pin_way": PinWay.SEALED.value if encounter.visitor == "agent" else PinWay.BY_PERSON.value,
        "certificates": encounter.certificates or ("auth" if child and listed == "both" else listed),
        "old_card": encounter.old_card,
        "returned": encounter.returned,
        "fee": FeeKind.FREE.value,
        "reason": "renewal" if card.replaces_id else "first",
    }


class ReasonForm(forms.Form):
    """Why a visit is interrupted or a card is kept."""

    reason = forms.CharField(
        label=_("理由"),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("理由を書いてください。")},
    )


class RefuseForm(forms.Form):
    """Why the card could not be handed over."""

    kind = forms.ChoiceField(
        label=_("交付できなかった理由の種類"),
        choices=[_NOT_CHOSEN, *((kind.value, kind.label) for kind in RefusalKind)],
        error_messages={"required": _("理由の種類を選んでください。")},
    )
    reason = forms.CharField(
        label=_("交付できなかった理由"),
        help_text=_("何が足りなかったか、次に何を持ってくるかを書きます。書類の番号は書きません。"),
        max_length=500,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("理由を書いてください。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **{"auto_id": "id_refusal_%s", **kwargs})


def counter_rules(rules: Sequence[Rule]) -> list[Rule]:
    """Return those of `rules` that the counter checks: letters, papers of identity, proofs; not what only some people have."""
    checked = [rule for rule in rules if rule.group in {"letter", "own", "escort", "proof"} and rule.if_known]
    return [rule for rule in checked if rule.code not in {"notice", "notice-lost"}]


class PaperRuleForm(forms.Form):
    """What is asked instead of a national rule, from a day on."""

    code = forms.ChoiceField(label=_("国の規則"), error_messages={"required": _("変える規則を選んでください。")})
    papers = forms.MultipleChoiceField(
        label=_("足りる組み合わせ"),
        help_text=_("どれか一つを満たせば足ります。組み合わせのない規則では選べません。"),
        choices=list(WAY_NAMES.items()),
        widget=CheckboxList(),
        required=False,
    )
    hidden = forms.BooleanField(label=_("この市区町村では確かめない"), required=False)
    since = DateBoxesField(label=_("この日から"), error_messages={"required": _("始まりの日を入力してください。")})
    until = DateBoxesField(label=_("この日まで"), required=False, help_text=_("決まっていないときは空のままにします。"))
    source = forms.CharField(
        label=_("根拠"),
        max_length=200,
        help_text=_("要綱の名前や、決裁の番号を書きます。"),
        error_messages={"required": _("根拠を書いてください。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **kwargs)
        rules = counter_rules(rules_on(clock.today()))
        self.fields["code"].choices = [  # type: ignore[attr-defined]  # a choice field
            _NOT_CHOSEN,
            *((rule.code, f"{rule.text} ({cases.condition_words(rule)})") for rule in rules),
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse a row that says nothing, or two things, or ends before it begins."""
        given = super().clean() or {}
        chosen = next((rule for rule in rules_on(clock.today()) if rule.code == given.get("code")), None)
        if bool(given.get("papers")) == given.get("hidden", False):
            self.add_error("papers", _("組み合わせを選ぶか、「確かめない」に印を付けてください。両方は選べません。"))
        elif chosen and given.get("papers") and not chosen.papers:
            self.add_error("papers", _("この規則に組み合わせはありません。「確かめない」だけを選べます。"))
        if given.get("since") and given.get("until") and given["until"] < given["since"]:
            self.add_error("until", _("終わりの日は、始まりの日より後にしてください。"))
        return given


class SealedPaperForm(forms.Form):
    """A sealed paper that came: whose card, which paper."""

    code = forms.CharField(
        label=_("カードの番号"),
        help_text=_("交付通知書の番号かスリーブのコードを読み取ります。封は開けません。"),
        max_length=64,
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off", "data-scan-field": ""}),
        error_messages={"required": _("番号を読み取るか入力してください。")},
    )
    kind = forms.ChoiceField(
        label=_("書面の種類"),
        choices=[(kind.value, kind.label) for kind in SealedKind],
        error_messages={"required": _("書面の種類を選んでください。")},
    )


class DestroyForm(forms.Form):
    """A sealed paper is destroyed: why, when it was never used."""

    unused_reason = forms.CharField(
        label=_("使わずに廃棄する理由"),
        max_length=200,
        required=False,
        help_text=_("使った書面のときは空のままにします。"),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
