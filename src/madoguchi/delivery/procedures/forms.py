"""Forms of visits without stock."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.queries import places
from madoguchi.delivery.fees.queries import charge_for, open_days
from madoguchi.delivery.handover.cases import GUARDIANSHIP_NAMES, OWNER_NAMES, VISITOR_NAMES, Case
from madoguchi.delivery.handover.queries import paper_rules
from madoguchi.delivery.handover.rules import FeeKind
from madoguchi.delivery.procedures.models import ProcedureVisit
from madoguchi.delivery.procedures.rules import RESULTS, ProcedureKind, may_issue_certificates, may_set_pins, wanted
from madoguchi.kernel.documents import kinds_on
from madoguchi.kernel.fees import PROCEDURE_REASONS
from madoguchi.platform import clock
from madoguchi.platform.ui.forms import CheckboxList, RadioList

_NOT_CHOSEN = ("", _("選んでください"))


class ReceiveForm(forms.Form):
    """What somebody comes for, where, and the number of a booking if there is one."""

    kind = forms.ChoiceField(
        label=_("手続き"),
        choices=[_NOT_CHOSEN, *((kind.value, kind.label) for kind in ProcedureKind)],
        error_messages={"required": _("手続きを選んでください。")},
    )
    place = forms.ChoiceField(label=_("場所"), error_messages={"required": _("場所を選んでください。")})
    number = forms.CharField(
        label=_("予約番号"),
        max_length=20,
        required=False,
        help_text=_("申請予約のある人だけです。控えのQRコードを読み取ることもできます。"),
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off", "data-scan-field": ""}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **kwargs)
        offered = [(place.code, place.name) for place in places()]
        self.fields["place"].choices = offered if len(offered) == 1 else [_NOT_CHOSEN, *offered]  # type: ignore[attr-defined]  # a choice field


class CaseForm(forms.Form):
    """Who came, for whose card."""

    owner = forms.ChoiceField(
        label=_("カードの持ち主"),
        choices=list(OWNER_NAMES.items()),
        widget=RadioList(),
        error_messages={"required": _("カードの持ち主を選んでください。")},
    )
    guardianship = forms.ChoiceField(
        label=_("成年被後見人などの種類"), choices=[("", _("当てはまらない")), *GUARDIANSHIP_NAMES.items()], required=False
    )
    visitor = forms.ChoiceField(
        label=_("来た人"),
        choices=list(VISITOR_NAMES.items()),
        widget=RadioList(),
        error_messages={"required": _("来た人を選んでください。")},
    )

    def case(self) -> Case:
        """Return what was chosen."""
        return Case(self.cleaned_data["owner"], self.cleaned_data["guardianship"], self.cleaned_data["visitor"])


class PapersForm(forms.Form):
    """Which kinds of papers were shown; what is asked follows from procedure and case."""

    kinds = forms.MultipleChoiceField(label=_("本人の書類"), widget=CheckboxList(), required=False)
    escort_kinds = forms.MultipleChoiceField(label=_("来た人 (法定代理人・代理人) の書類"), widget=CheckboxList(), required=False)
    proofs = forms.MultipleChoiceField(label=_("そのほかに確かめるもの"), widget=CheckboxList(), required=False)

    def __init__(self, *args: Any, visit: ProcedureVisit, case: Case, **kwargs: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **kwargs)
        today = clock.today()
        needed = wanted(ProcedureKind(visit.kind), case, today, paper_rules())
        kinds = [(kind.code, f"{kind.proves}　{kind.name}") for kind in kinds_on(today)]
        offered = {
            "kinds": kinds if needed.own else [],
            "escort_kinds": kinds if needed.escort else [],
            "proofs": [(tick.code, tick.text) for tick in needed.ticks],
        }
        for name, choices in offered.items():
            if choices:
                self.fields[name].choices = choices  # type: ignore[attr-defined]  # a choice field
            else:
                del self.fields[name]


class ResultForm(forms.Form):
    """How it ended, and the fee."""

    result = forms.ChoiceField(
        label=_("結果"),
        choices=[(state.value, state.label) for state in RESULTS],
        widget=RadioList(),
        error_messages={"required": _("結果を選んでください。")},
    )
    certificates_issued = forms.BooleanField(label=_("電子証明書を発行した"), required=False)
    pins_set = forms.BooleanField(label=_("暗証番号を設定した"), required=False)
    code = forms.CharField(
        label=_("返納されたカードの番号"),
        max_length=64,
        required=False,
        help_text=_("この市区町村で交付したカードのときだけ、製造管理番号を入力します。カードの裏のQRコードは読み取りません。"),
        widget=forms.TextInput({"class": "width-16", "autocomplete": "off", "data-scan-field": ""}),
    )
    fee = forms.ChoiceField(
        label=_("手数料"),
        choices=[(kind.value, kind.label) for kind in FeeKind if kind is not FeeKind.UNDECIDED],
        widget=RadioList(),
        initial=FeeKind.FREE.value,
        error_messages={"required": _("無料か、徴収の方法を選んでください。")},
    )
    fee_reason = forms.ChoiceField(
        label=_("手数料の理由"), initial="procedure", error_messages={"required": _("無料・有料の理由を選んでください。")}
    )
    drawer_day = forms.ChoiceField(label=_("つり銭箱"), help_text=_("有料のときに選びます。"), required=False)
    reason = forms.CharField(
        label=_("理由"),
        max_length=200,
        required=False,
        help_text=_("できなかったときと、減免のときに書きます。書類の番号は書きません。"),
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, kind: ProcedureKind, **kwargs: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **kwargs)
        today, days = clock.today(), open_days()
        self.fields["fee_reason"].choices = [  # type: ignore[attr-defined]  # a choice field
            _NOT_CHOSEN,
            *((one.code, f"{one.name} ({charge_for(one, today, certificates=False).yen:,}円)") for one in PROCEDURE_REASONS),
        ]
        self.fields["drawer_day"].choices = [_NOT_CHOSEN, *((str(day.pk), day.drawer.name) for day in days)]  # type: ignore[attr-defined]  # a choice field
        if len(days) == 1:
            self.fields["drawer_day"].initial = str(days[0].pk)
        if not may_issue_certificates(kind):
            del self.fields["certificates_issued"]
        if not may_set_pins(kind):
            del self.fields["pins_set"]
        if kind is not ProcedureKind.RETURN:
            del self.fields["code"]


class LeftForm(forms.Form):
    """Why somebody went before it was their turn."""

    reason = forms.CharField(
        label=_("帰った理由"),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("理由を書いてください。")},
    )
